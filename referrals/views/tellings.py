"""Charity to bureau: telling it of a family, verifying what was told, and the way back after a no."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page
from members.kinds import BUREAU_KINDS
from members.profile_words import duty_to_tell
from members.profiles import profile_of
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import cases_shown, disclosure, double_loop, likely_aid, matching, tellings, turns, verification
from referrals.actions import checks, loops, visits
from referrals.actions import people as actions
from referrals.actions import tellings as telling
from referrals.forms.answers import ReferBackForm
from referrals.forms.checks import AskCheckForm
from referrals.forms.people import PersonForm
from referrals.forms.tellings import TellForm
from referrals.forms.visits import VisitForm
from referrals.kinds import IdentityKind, VisitOccasion
from referrals.views.people import find, is_paced, refuse_alike, shows_names
from referrals.views.referrals import crumbs_of, find_referral
from referrals.workflow import ReferralKind


@requires("referral.write")
def list_tellings(request):
    """Whom the region binds the unit to tell of (R85), and what it told. Not for civil affairs."""
    if not tellings.is_outside(request.user):
        raise Http404
    asked = request.GET.get("show", "")
    show = asked if asked in TELLING_TABS else "waiting"
    page = page_of(request, *TELLING_TABS[show](request.user))
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    counts = {"late": tellings.count_late(request.user), "waiting": tellings.count_in_time(request.user)}
    counts["waiting"] += counts["late"]
    context = {
        "page": page, "show": show, "counts": counts,
        "duty": duty_to_tell(profile_of(request.user.organization.area)),
        "names": [("waiting", _("待告知")), ("late", _("已逾期")), ("told", _("已告知"))],
    }  # fmt: skip
    return render(request, "referrals/tellings/list.html", context)


TELLING_TABS = {
    "waiting": lambda staff: (tellings.duties_of(staff), ["due_on", "pk"]),
    "late": lambda staff: (tellings.duties_of(staff).late(), ["due_on", "pk"]),
    "told": lambda staff: (tellings.told_by(staff), ["-pk"]),
}


@requires("referral.write")
@never_cache
def tell_bureau(request, code):
    """Offered to units outside civil affairs, for people they keep."""
    person = find(request, code, "disclosure.provide")
    if request.user.organization.kind in BUREAU_KINDS:
        raise Http404
    bureaus = tellings.bureaus_for(person)
    form = TellForm(
        request.POST or None, staff=request.user, person=person, bureaus=bureaus, initial=_preset(request, person)
    )
    if request.method == "POST" and bureaus and form.is_valid():
        said = form.cleaned_data
        try:
            made = telling.tell_bureau(request.user, person, said["receiver"], form.values(), said.get("lead"))
            return redirect("referrals:preview_referral", made.code)
        except Refusal as refusal:
            refuse(form, refusal)
    context = {
        "person": person, "form": form, "bureaus": bureaus, "told": tellings.of_person(person)[:5],
        "likely": _likely(person), "duty": duty_to_tell(profile_of(person.residence)),
    }  # fmt: skip
    return render(request, "referrals/tellings/tell.html", context)


def _preset(request, person):
    """Of the record: the most urgent need in its words, and the scheme that the record points to."""
    need = person.needs.open().order_by("rank", "-pk").first()
    likely = _likely(person)
    scheme = request.GET.get("scheme", "")
    return {
        "kind": ReferralKind.ASSIST_APPLY if scheme else ReferralKind.LEAD,
        "urgency": need.urgency if need else "normal", "circumstances": need.wish if need else "",
        "needs": [need.code] if need else [], "scheme": scheme or (likely[0].value if likely else ""),
        "lead": request.GET.get("lead", ""),
    }  # fmt: skip


def _likely(person):
    recorded = person.government_aid.values_list("scheme", flat=True)
    return likely_aid.likely_schemes(person, matching.categories_of(person), recorded)


# -- Verifying --------------------------------------------------------------------------------------------------------
def _case(request, code, permission):
    """404 for whoever it does not concern and for whoever does not verify it."""
    referral = find_referral(request, code)
    if not verification.may_verify(request.user, referral, permission):
        raise Http404
    return referral


def _page(request, referral, form, heading, button):
    return form_page(request, form, heading, button, crumbs_of(request, referral))


@requires("visit.record")
@never_cache
def record_case_visit(request, code):
    referral = _case(request, code, "visit.record")
    occasion = VisitOccasion.APPLICATION if referral.kind == ReferralKind.ASSIST_APPLY else VisitOccasion.LEAD
    form = VisitForm(
        request.POST or None, request.FILES or None, staff=request.user, initial={"occasion": occasion.value}
    )
    if request.method == "POST" and form.is_valid():
        try:
            visits.record_case_visit(request.user, referral, form.values(), form.cleaned_data["photos"])
            messages.success(request, _("走访已记下；告知单位能看到日期和结果。"))
            return redirect("referrals:show_referral", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, referral, form, _("入户核实"), _("记下"))


@requires("check.ask")
@never_cache
def ask_case_check(request, code):
    referral = _case(request, code, "check.ask")
    person = referral.person
    form = AskCheckForm(
        request.POST or None, request.FILES or None, staff=request.user, adults=checks.adults_of(person),
        tells_relations=checks.knows_family(request.user, person),
        initial={"purpose": _("核实转介单 %(number)s") % {"number": referral.number}},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = checks.ask_check(request.user, person, form.values(), form.cleaned_data["file"], referral)
            messages.success(request, _("已向%(bureau)s申请核对。") % {"bureau": made.bureau})
            return redirect("referrals:show_referral", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, referral, form, _("申请家庭经济状况核对"), _("申请核对"))


@requires("person.register")
@never_cache
def register_from_case(request, code):
    """The bureau's own record of somebody a charity told it of, with what it may see already filled in."""
    referral = _case(request, code, "person.register")
    initial = _known(referral.person, disclosure.permitted(request.user, referral.person))
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and is_paced(request, form):
        try:
            person = actions.register_person(request.user, form.values(), is_another=form.cleaned_data["is_another"])
            messages.success(request, _("已登记，编号 %(code)s。") % {"code": person.code})
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse_alike(request.user, form, refusal)
    back = reverse("referrals:show_referral", args=[code])
    context = {"form": form, "heading": _("由转介登记"), "button": _("登记"), "back": back}
    return render(request, "referrals/people/form.html", context)


def _known(person, permitted):
    """Only what the list shows; the rest the family is asked for."""
    told = {
        "name": {"name": person.name}, "gender": {"gender": person.gender},
        "birth_date": {"birth_date": person.birth_date},
        "number": {"number": person.number, "identity_kind": person.identity_kind},
        "phone": {"phone": person.private.get("phone", "")}, "residence": {"residence": person.residence},
        "address": {"address": person.address},
    }  # fmt: skip
    known = {"identity_kind": IdentityKind.RESIDENT}
    for item, values in told.items():
        known |= values if item in permitted else {}
    return known


# -- The way back -----------------------------------------------------------------------------------------------------
@requires("referral.write")
@never_cache
def refer_back(request, code):
    referral = find_referral(request, code)
    if not turns.answers_for(request.user, referral.receiver, request.user.permissions.get("referral.write")):
        raise Http404
    if not double_loop.is_open(referral):
        raise Http404
    permitted, _rows = cases_shown.shown_of(request.user, referral)
    proposed = double_loop.proposals_for(referral, permitted)
    form = ReferBackForm(request.POST or None, proposed=proposed, initial={"program": request.GET.get("program", "")})
    asked = {
        "heading": _("转回%(unit)s") % {"unit": referral.sender}, "button": _("转回"),
        "consequence": _("写明政府救助的答复，按转介办理：对方可以走简化程序。个人信息由对方自己保管，不另外提供。"),
        "crumbs": crumbs_of(request, referral), "about": cases_shown.about(request.user, referral),
    }  # fmt: skip
    back = reverse("referrals:show_referral", args=[code])
    act = partial(loops.refer_back, request.user, referral)
    return confirm_page(request, asked, act, _("已转回，由对方签收。"), back=back, form=form)
