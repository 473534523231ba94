"""Writing a referral in two steps and a look at what the receiver will see; then it is sent."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.access import Refusal, requires
from members.form_pages import confirm_page, refuse_stale
from programs import catalogue
from programs.interview import facts_in
from programs.models import Program
from referrals import disclosure, matching, minors, receivers, turns
from referrals.actions import referrals as actions
from referrals.actions.moves import Moved
from referrals.forms.writing import ReceiverForm, ReferralForm
from referrals.items import ITEMS, Purpose, in_order, item_of_fact
from referrals.referral_papers import papers_of
from referrals.views.people import find, shows_names
from referrals.views.referrals import find_referral
from referrals.workflow import State

# Without these nobody can be helped; everything else only where the program asks for it.
LEAST = ("name", "phone", "residence", "category", "circumstances", "needs", "government_aid")


@requires("referral.write")
@never_cache
def refer_person(request, code):
    """For which needs, to whom; ?program= comes from the page of matches, ?need= from a need."""
    person = find(request, code)
    minors.require(request.user, person)
    program = Program.objects.filter(code=request.GET.get("program", "")).select_related("organization").first()
    needs = list(person.needs.open())
    found = receivers.candidates(request.user.organization, person, program=program)
    initial = {
        "needs": [need.code for need in needs if need.code == request.GET.get("need")] or [n.code for n in needs[:1]],
        "program": program.code if program else "",
        "receiver": program.organization.code if program else next((c.organization.code for c in found if c.takes), ""),
    }
    form = ReceiverForm(
        request.POST or None, initial=initial, person=person, candidates=found, programs=_programs(person)
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            referral = actions.draft_referral(
                request.user, person, said["receiver"], preset(person, said["needs"], said["program"])
            )
            return redirect("referrals:edit_referral", referral.code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    context = {
        "person": person, "form": form, "needs": needs, "shows_names": shows_names(request.user),
        "refused": [one for one in found if not one.takes][:12], "takes": any(one.takes for one in found),
    }  # fmt: skip
    return render(request, "referrals/referrals/refer.html", context)


def _programs(person):
    """Those that fit or may fit, as the matching ranks them."""
    matched = matching.match_person(person)
    codes = [one.program.code for one in (*matched.fits, *matched.open)]
    rows = {program.code: program for program in Program.objects.filter(code__in=codes)}
    return [rows[code] for code in codes if code in rows]


def preset(person, needs, program):
    """From the record: the ground of the need, the last word of the government, the least that the program needs."""
    first = needs.order_by("rank").first()
    aid = person.government_aid.order_by("-pk").first()
    return {
        "needs": list(needs), "program": program, "urgency": first.urgency,
        "ground": first.ground or ("still_in_difficulty" if aid and aid.state == "granted" else "policy_gap"),
        "scheme": aid.scheme if aid else "", "scheme_result": aid.state if aid else "",
        "circumstances": first.wish, "items": least_items(program),
    }  # fmt: skip


def least_items(program):
    """The items without which the program could not be judged, and those of every referral."""
    wanted = set(LEAST)
    for unit in catalogue.current_units() if program else ():
        if program.code in (unit.code, unit.parent):
            wanted |= {item.code for fact in facts_in(unit.condition) if (item := item_of_fact(fact))}
    return [item.code for item in in_order(wanted)]


def own_draft(request, code):
    referral = find_referral(request, code)
    if not turns.answers_for(request.user, referral.sender, request.user.permissions.get("referral.write")):
        raise PermissionDenied
    return referral


@requires("referral.write")
@never_cache
def edit_referral(request, code):
    referral = own_draft(request, code)
    if referral.state != State.DRAFT:
        messages.error(request, _("已经不是草稿，不能再改；签收以前可以“更正内容”。"))
        return redirect("referrals:show_referral", code)
    form = ReferralForm(request.POST or None, referral=referral)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_draft(request.user, referral, form.cleaned_data["version"], form.values())
            return redirect("referrals:preview_referral", code)
        except Moved as moved:
            messages.error(request, moved.message)
            return redirect("referrals:show_referral", code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return render(request, "referrals/referrals/write.html", {"referral": referral, "form": form})


def previewed(staff, referral):
    """What would be seen, what the consent and the safeguards want yet, the papers, and what may be done now."""
    coverage = disclosure.covered(referral.person, referral.receiver, Purpose.REFER_TO_ORG, referral.items)
    standing = disclosure.safeguards.check(
        referral.person.keeper, referral.receiver, Purpose.REFER_TO_ORG, referral.items
    )
    return {
        "rows": disclosure.project(referral.person, set(referral.items) - set(coverage.missing)),
        "missing": in_order(coverage.missing), "wanting": () if standing else standing.wanting,
        "papers": papers_of(referral), "moves": turns.open_to(staff, referral),
    }  # fmt: skip


@requires("referral.write")
@never_cache
def preview_referral(request, code):
    """Exactly what the receiver will see, what the consent covers of it, and which papers are wanting."""
    referral = own_draft(request, code)
    context = {"referral": referral, "all": len(ITEMS), **previewed(request.user, referral)}
    return render(request, "referrals/referrals/preview.html", context)


@requires("referral.write")
def discard_referral(request, code):
    referral = own_draft(request, code)
    asked = {
        "heading": _("放弃草稿"), "consequence": _("草稿不再保留；困难群众的资料和需求不受影响。"),
        "button": _("放弃草稿"), "is_destructive": True,
    }  # fmt: skip
    act = partial(actions.discard_draft, request.user, referral, referral.version)
    back = reverse("referrals:show_referral", args=[code])
    done, to = _("草稿已放弃。"), reverse("referrals:list_sent_referrals")
    return confirm_page(request, asked, act, done, back=back, to=to)
