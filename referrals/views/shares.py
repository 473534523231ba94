"""A case shared with one more party: choosing, looking at it as they will, their own page, the end."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, press
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import cases_shown, disclosure, minors, shares
from referrals.actions import provisions
from referrals.actions import shares as actions
from referrals.forms.shares import PartyForm, RevokeForm, ShareForm, ShareNoteForm
from referrals.items import ITEMS, in_order
from referrals.kinds import ShareTask
from referrals.models import Referral, ReferralShare
from referrals.views.referrals import find_referral


# -- Giving -----------------------------------------------------------------------------------------------------------
@requires("disclosure.provide")
@never_cache
def share_referral(request, code):
    """With whom and for what (in the address); then to whom and what; then as they will see it; then it is given."""
    referral = _own(request, code)
    back = reverse("referrals:list_viewers", args=[code])
    if reason := shares.why_not_now(request.user, referral):
        messages.error(request, reason)
        return redirect(back)
    choice = PartyForm(request.GET if request.GET else None, parties=shares.parties_for(referral))
    context = {"referral": referral, "choice": choice, "desk": cases_shown.desk_of(request.user, referral)}
    if not choice.is_valid():
        return render(request, "referrals/shares/choose.html", context)
    party, task = choice.party, choice.cleaned_data["task"]
    form = ShareForm(request.POST or None, referral=referral, party=party, task=task)
    context |= {"party": party, "task": ShareTask(task).label, "form": form}
    if request.method == "POST" and "change" not in request.POST and form.is_valid():
        if "confirm" not in request.POST:
            return _preview(request, referral, form, context)
        try:
            holders = list(form.cleaned_data["holders"])
            actions.give_share(request.user, referral, party, holders, {**form.cleaned_data, "task": task})
            messages.success(request, _("已共享给%(unit)s，对方每次查看都有记录。") % {"unit": party})
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    wanting = disclosure.safeguards.check(referral.person.keeper, party, "refer_to_org", form["items"].value() or [])
    least, more = form.rows()
    context |= {"least": least, "more": more, "wanting": wanting.wanting}
    return render(request, "referrals/shares/give.html", context)


def _preview(request, referral, form, context):
    """Exactly what they will see, by the same functions; long numbers stay covered for whoever only shares."""
    items = frozenset(form.cleaned_data["items"])
    permitted = disclosure.permitted(request.user, referral.person)
    rows = cases_shown.rows_of(referral, items)
    provisions.log_seen(request.user, referral.person, permitted, rows)
    seen = disclosure.Permitted(items, basis=disclosure.CONSENT)
    said = form.cleaned_data
    context |= {
        "rows": rows, "documents": disclosure.papers(referral.person, seen), "said": said, "all": len(ITEMS),
        "is_covered": bool(items & cases_shown.COVERED.keys()),
    }  # fmt: skip
    return render(request, "referrals/shares/preview.html", context)


def _own(request, code):
    referral = find_referral(request, code)
    if not shares.may_share(request.user, referral):
        raise PermissionDenied
    minors.require(request.user, referral.person)
    return referral


# -- The page of a share ----------------------------------------------------------------------------------------------
@requires("received.view")
@never_cache
def list_shares(request):
    """What is shared with the person who asks, by name; no word of whom it is about."""
    is_over = request.GET.get("show") == "ended"
    rows = shares.ended_with(request.user) if is_over else shares.held_by(request.user)
    order = ["-pk"] if is_over else ["expires_on", "pk"]
    page = page_of(request, rows.order_by(*order), order)
    return render(request, "referrals/shares/list.html", {"page": page, "show": request.GET.get("show", "")})


@requires("referral.view")
@never_cache
def show_share(request, code):
    """For those it was given to: only this. For the two sides: to whom, what, and what was written on it."""
    share = _found(request, code)
    if shares.is_shown_to(request.user, share):
        return _show_to_holder(request, share)
    permitted = disclosure.permitted(request.user, share.referral.person)
    audit.record(request.user, "share.view", share.referral, organization=share.organization, reason=share.code)
    context = {
        "share": share, "referral": share.referral, "people": _people(share), "permitted": permitted,
        "items": [(item, share.reasons.get(item.code, "")) for item in in_order(share.items)],
        "may_revoke": not share.is_over and shares.may_share(request.user, share.referral),
        "desk": cases_shown.desk_of(request.user, share.referral), **_written(request, share, permitted),
    }  # fmt: skip
    return render(request, "referrals/shares/given.html", context)


def _show_to_holder(request, share):
    """What is over is told as over; of the case itself nothing is read any more."""
    if share.is_over:
        audit.record(request.user, "share.view", organization=share.organization, reason=share.code)
        waits = share.provisions.filter(ended_at__isnull=False, deleted_at=None).exists()
        return render(request, "referrals/shares/over.html", {"share": share, "waits": waits})
    permitted, rows = provisions.see_share(request.user, share)
    audit.record(request.user, "share.view", share.referral, organization=share.organization, reason=share.code)
    person = share.referral.person
    context = {
        "share": share, "referral": share.referral, "permitted": permitted, "rows": rows, "people": _people(share),
        "documents": disclosure.papers(person, permitted), "withheld": in_order(permitted.withheld),
        "asks_for_minor": person.is_minor and not minors.may_see(request.user, person),
        "shown_name": person.name if "name" in permitted else "", "days_left": shares.days_left(share),
        **_written(request, share, permitted),
    }  # fmt: skip
    return render(request, "referrals/shares/show.html", context)


def _people(share):
    return [grant.user for grant in share.grants.select_related("user").order_by("pk")]


def _written(request, share, permitted):
    """The notes on it, for whoever may see the person; and whether they may write one."""
    try:
        why_not = actions.why_not_write(request.user, share)
    except PermissionDenied:
        why_not = None
    notes = share.notes.select_related("author", "organization").order_by("pk") if permitted else ()
    form = ShareNoteForm() if why_not == "" else None
    return {"notes": notes, "note_form": form, "why_not_write": why_not or ""}


def _found(request, code):
    """Of those it was given to, also when it is over; and of whoever the case concerns. 404 for all others."""
    share = get_object_or_404(ReferralShare.objects.select_related("party", "organization", "given_by"), code=code)
    if shares.is_shown_to(request.user, share):
        if not share.is_over:
            share.referral = Referral.objects.select_related("person__keeper", "sender", "receiver").get(
                pk=share.referral_id
            )
        return share
    seen = Referral.objects.visible_to(request.user).select_related("person__keeper__area", "person__residence")
    share.referral = get_object_or_404(seen.select_related("sender__area", "receiver__area"), pk=share.referral_id)
    return share


@requires("referral.view")
@require_POST
def write_share_note(request, code):
    share = _found(request, code)
    form = ShareNoteForm(request.POST)
    to = reverse("referrals:show_share", args=[code])
    if not form.is_valid():
        actions.why_not_write(request.user, share)  # nobody who may not learns what is wrong with their words
        messages.error(request, form.errors["text"][0])
        return redirect(to)
    act = partial(actions.write_share_note, request.user, share, form.cleaned_data["text"])
    return press(request, act, _("已写入。"), to)


@requires("disclosure.provide")
def revoke_share(request, code):
    share = _found(request, code)
    if shares.is_shown_to(request.user, share) or not shares.may_share(request.user, share.referral):
        raise PermissionDenied
    asked = {
        "heading": _("收回共享：%(unit)s") % {"unit": share.party},
        "consequence": _("对方马上不能再看；看过的和写过的都留有记录。还需要的，要重新共享一次。"),
        "button": _("收回共享"), "is_destructive": True,
    }  # fmt: skip
    form = RevokeForm(request.POST or None, initial={"version": share.version})
    back = reverse("referrals:list_viewers", args=[share.referral.code])
    act = partial(actions.revoke_share, request.user, share)
    return confirm_page(request, asked, act, _("已收回，立即生效。"), back=back, form=form)


@requires("received.view")
def confirm_share_deletion(request, code):
    share = _found(request, code)
    if not shares.is_shown_to(request.user, share):
        raise Http404
    asked = {
        "heading": _("确认已删除留存的信息"),
        "consequence": _("请先删除打印件、下载的文件、抄录和聊天记录里的内容，依法必须留存的除外，再来确认。"),
        "button": _("确认已全部删除"),
    }
    act = partial(actions.confirm_share_deletion, request.user, share)
    return confirm_page(request, asked, act, _("已确认删除。"), back=reverse("referrals:show_share", args=[code]))
