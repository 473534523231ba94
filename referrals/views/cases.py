"""The page of a case and what hangs on it: the time line, and who can see it."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import requires
from portal.lib.pages import page_of
from referrals import case_lines, cases_shown, disclosure, shares, viewers
from referrals.actions.notes import see_notes
from referrals.actions.provisions import log_seen
from referrals.forms.notes import NoteForm
from referrals.views.referrals import find_referral
from referrals.workflow import Side


@requires("referral.view")
@never_cache
def show_referral(request, code):
    """The same page for both sides, each with what it may see and may do."""
    referral = find_referral(request, code)
    context = cases_shown.page_of_case(request.user, referral)
    see_notes(request.user, referral, context["read_now"])
    if context["writes"] and not context["why_not_write"]:
        context["note_form"] = NoteForm(audiences=context["writes"])
    if context["rows"]:
        log_seen(request.user, referral.person, context["permitted"], context["rows"])
    audit.record(request.user, "referral.view", referral, organization=referral.sender)
    return render(request, "referrals/referrals/show.html", context)


@requires("referral.view")
@never_cache
def list_steps(request, code):
    """Everything that happened, the newest first, and for how long it was whose turn."""
    referral = find_referral(request, code)
    steps = cases_shown.steps_of(referral)
    permitted = disclosure.permitted(request.user, referral.person)
    lines = case_lines.lines_of(request.user, referral, steps, permitted)
    labels = {Side.SENDER: _("转出方一共用时"), Side.RECEIVER: _("接收方一共用时")}
    spent = [(labels[side], time) for side, time in case_lines.spent_by_side(referral, steps).items()]
    audit.record(request.user, "referral.view", referral, organization=referral.sender)
    context = {
        "referral": referral, "page": case_lines.page_of_lines(request, lines), "in_all": len(lines), "spent": spent,
        "desk": cases_shown.desk_of(request.user, referral),
    }  # fmt: skip
    return render(request, "referrals/referrals/steps.html", context)


@requires("referral.view")
@never_cache
def print_file(request, code):
    """案卷: the whole case on paper, as far as whoever prints it may see it; each opening is a line of its own."""
    referral = find_referral(request, code)
    context = cases_shown.whole_file(request.user, referral)
    see_notes(request.user, referral, context["read_now"])
    if context["rows"]:
        log_seen(request.user, referral.person, context["permitted"], context["rows"], reason=_("打印案卷"))
    audit.record(request.user, "referral.print", referral, organization=referral.sender)
    return render(request, "referrals/referrals/file.html", context)


@requires("referral.view")
@never_cache
def list_viewers(request, code):
    """谁能看到: by unit and reason; and who has looked, as far as that is for the person to know."""
    referral = find_referral(request, code)
    page = page_of(request, viewers.looks_at(request.user, referral), ["-at", "-id"])
    audit.record(request.user, "referral.list_viewers", referral, organization=referral.sender)
    context = {
        "referral": referral, "units": viewers.units_of(request.user, referral), "page": page,
        "provisions": viewers.provisions_of(request.user, referral),
        "shares": shares.of_case(referral), "may_share": shares.may_share(request.user, referral),
        "sees_all": viewers.sees_all(request.user, referral), "desk": cases_shown.desk_of(request.user, referral),
    }  # fmt: skip
    for line in page.rows:
        line.words = audit.words_of(line.action)
    return render(request, "referrals/referrals/viewers.html", context)
