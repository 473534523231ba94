"""A person's consents: asked at the counter, printed, answered, taken back."""

from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page, refuse_stale
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import consents_shown, disclosure, minors, proposals, safeguards
from referrals.actions import consents as actions
from referrals.consent_papers import paper_of
from referrals.forms.consents import AnswerForm, BeginForm, DiscardForm, RefusalForm, ScopeForm, WithdrawalForm
from referrals.models import Consent, Person, Referral
from referrals.permissions import may
from referrals.views.people import crumbs, find, shows_names
from referrals.workflow import State


@requires("consent.view")
@never_cache
def list_consents(request, code):
    person = find(request, code, "consent.view")
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=_("同意"))
    context = {
        **_about(request, person),
        "rows": consents_shown.lines_of(person),
        "log": consents_shown.log_of(person)[:20],
        "may_provide": may(request.user, "disclosure.provide", person),
        "may_record": may(request.user, "consent.record", person),
    }
    return render(request, "referrals/consents/list.html", context)


@requires("consent.record")
def list_ending_consents(request):
    """Those that end within a month or that the family took back by itself, to be seen to. Names nobody."""
    is_ending = request.GET.get("show") != "taken_back"
    which = consents_shown.ending_soon if is_ending else consents_shown.taken_back_unseen
    rows = which(request.user).select_related("person", "wording", "organization").with_terms()
    page = page_of(request, rows, ["valid_until", "pk"])
    page.rows = consents_shown.lines(page.rows)
    return render(request, "referrals/consents/ending.html", {"page": page, "is_ending": is_ending})


@requires("consent.record")
def begin_consent(request, code):
    person = find(request, code, "consent.record")
    form = BeginForm(request.POST or None, initial={"purpose": request.GET.get("purpose") or "refer_to_org"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            consent = actions.begin_consent(
                request.user, person, said["purpose"], reopened_reason=said["reopened_reason"]
            )
            return redirect(_onward(request, "scope_consent", consent.code))
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, person, form, _("征求同意"), _("下一步：写明单位和内容"))


@requires("consent.view")
@never_cache
def show_consent(request, code):
    consent = _find(request, code)
    person = consent.person
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=_("同意"))
    actions.see_withdrawals(request.user, consent)
    context = {
        **_about(request, person),
        "line": consents_shown.lines([consent])[0],
        "consent": consent,
        "paper": paper_of(consent),
        "withdrawals": consent.withdrawals.select_related("recipient", "recorded_by"),
        "provisions": consent.provisions.select_related("receiver"),
        "wanting": _wanting(consent),
        "shows_giver": shows_names(request.user),
        "may_record": may(request.user, "consent.record", person),
        "may_withdraw": may(request.user, "consent.withdraw", person) and consent.is_live,
        "may_provide": may(request.user, "disclosure.provide", person) and consent.is_live,
    }
    return render(request, "referrals/consents/show.html", context)


@requires("consent.record")
def scope_consent(request, code):
    consent = _find(request, code, "consent.record")
    proposal = _proposal(request, consent)
    initial = ScopeForm.initial_of(consent, proposal)
    form = ScopeForm(request.POST or None, consent=consent, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_scope(request.user, consent, form.cleaned_data["version"] or 0, **form.scope())
            return redirect(_onward(request, "give_consent", consent.code))
        except Refusal as refusal:
            refuse_stale(form, refusal)
    context = {**_about(request, consent.person), "consent": consent, "form": form, "step": 2, "proposal": proposal}
    return render(request, "referrals/consents/scope.html", context)


@requires("consent.record")
@never_cache
def give_consent(request, code):
    """Read out, ticked off, answered: yes is written here, no behind a button of the same weight."""
    consent = _find(request, code, "consent.record")
    initial = {"version": consent.version, "language": consent.language}
    form = AnswerForm(request.POST or None, request.FILES or None, consent=consent, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            actions.give_consent(request.user, consent, said["version"] or 0, said, form.kept_file())
            messages.success(request, _("已登记同意。可以打印留存，也可以凭编号和校验码在网上查看、撤回。"))
            return redirect(*_back_to(_waiting_for(request, consent), code))
        except Refusal as refusal:
            refuse_stale(form, refusal)
    context = {**_about(request, consent.person), "consent": consent, "paper": paper_of(consent), "form": form}
    context |= {"step": 3, "wanting": _wanting(consent)}
    return render(request, "referrals/consents/answer.html", context)


@requires("consent.record")
def refuse_consent(request, code):
    consent = _find(request, code, "consent.record")
    form = RefusalForm(request.POST or None, initial={"version": consent.version})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.refuse_consent(request.user, consent, said["version"] or 0, said["reason"], said["signed_on"])
            messages.success(request, _("已登记不同意。系统不再提示征求，政府救助照常办理。"))
            return redirect("referrals:show_consent", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("不同意会保留记录，不影响本人依法申请和得到政府救助，以后也不再反复征求。")
    return _form(request, consent.person, form, _("登记不同意"), _("登记不同意"), intro)


@requires("consent.record")
def discard_consent(request, code):
    consent = _find(request, code, "consent.record")
    asked = {
        "heading": _("放弃这份告知书"),
        "consequence": _("还没有答复，放弃以后不留记录。本人已经表示不同意的，请登记不同意，不要放弃。"),
        "button": _("放弃告知书"),
        "is_destructive": True,
    }
    form = DiscardForm(request.POST or None, initial={"version": consent.version})
    act, back = partial(actions.discard_consent, request.user, consent), reverse("referrals:show_consent", args=[code])
    listing = reverse("referrals:list_consents", args=[consent.person.code])
    return confirm_page(request, asked, act, _("已放弃这份没有答复的告知书。"), back=back, form=form, to=listing)


@requires("consent.view")
@never_cache
def print_consent(request, code):
    """The paper, as it will be frozen or as it was. Whoever may not ask does not get the check that withdraws."""
    consent = _find(request, code)
    person = consent.person
    may_hand_out = may(request.user, "consent.record", person)
    audit.record(request.user, "consent.print", consent, organization=person.keeper)
    context = {
        **_about(request, person),
        "consent": consent,
        "paper": paper_of(consent),
        "check": consent.paper_check if may_hand_out else "",
        # On screen or before a witness there is no signed sheet: the paper itself says how it was answered.
        "answered": consent.state == Consent.State.GIVEN and consent.form != Consent.Form.SIGNED and may_hand_out,
        "look_up": request.build_absolute_uri(reverse("referrals:look_up_consent")),
    }
    return render(request, "referrals/consents/paper.html", context)


@requires("consent.view")
def download_consent(request, code):
    consent = _find(request, code)
    if not consent.file_key or not shows_names(request.user):
        raise Http404
    audit.record(request.user, "consent.download", consent, organization=consent.person.keeper)
    return uploads.download(consent.file_key, f"{consent.code}.{consent.file_kind}")


@requires("consent.withdraw")
def withdraw_consent(request, code):
    consent = _find(request, code, "consent.withdraw")
    form = WithdrawalForm(request.POST or None, consent=consent, initial={"extent": "whole"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.withdraw_consent(
                request.user, consent, channel=said["channel"], reason=said["reason"], **form.parts()
            )
            messages.success(request, _("已撤回，接收单位从现在起不能再看。"))
            return redirect("referrals:show_consent", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("撤回马上生效，不用说明理由，也不能挽留。以前按同意提供过的留有记录，已经得到的帮助不受影响。")
    return _form(request, consent.person, form, _("撤回同意"), _("撤回同意"), intro)


# -- What these views share -------------------------------------------------------------------------------------------
def _find(request, code, permission="consent.view"):
    """404 for the consent of somebody out of sight, 403 where it is seen but not to be touched."""
    people = Person.objects.visible_to(request.user)
    rows = Consent.objects.select_related("person__keeper__area", "person__residence", "organization__area", "wording")
    rows = rows.select_related("explained_by", "recorded_by", "begun_by").with_terms()
    consent = get_object_or_404(rows.filter(person__in=people) | rows.filter(person__merged_into__in=people), code=code)
    person = consent.person.merged_into or consent.person
    if not may(request.user, permission, person):
        raise PermissionDenied
    minors.require(request.user, person)
    return consent


def _wanting(consent):
    """Recipients to whom nothing could be sent as things stand, and why: said before anybody signs."""
    if consent.state == Consent.State.REFUSED:
        return []
    found = []
    for one in consent.recipients.select_related("organization__area"):
        standing = safeguards.check(consent.person.keeper, one.organization, consent.purpose, consent.all_items)
        found += list(standing.wanting)
    return found


def _onward(request, name, code):
    """The next page, with what somebody came for."""
    kept = {key: request.GET[key] for key in ("program", "referral") if request.GET.get(key)}
    where = reverse(f"referrals:{name}", args=[code])
    return f"{where}?{urlencode(kept)}" if kept else where


def _proposal(request, consent):
    """What is ticked beforehand: for the referral somebody is writing, or for a program."""
    if waiting := _waiting_for(request, consent):
        wanted = disclosure.covered(waiting.person, waiting.receiver, consent.purpose, waiting.items)
        return proposals.for_referral(waiting, wanted.missing)
    return proposals.for_program(request.GET["program"]) if "program" in request.GET else None


def _waiting_for(request, consent):
    """The referral somebody left for this consent: of this person, a draft or sent by 救急难 before it; None for
    everything else."""
    asked = request.GET.get("referral", "")
    rows = Referral.objects.visible_to(request.user).of(consent.person).filter(code=asked)
    rows = rows.filter(Q(state=State.DRAFT) | Q(is_urgent_lane=True))
    return rows.select_related("receiver__area", "program", "person").first() if asked else None


def _back_to(waiting, code):
    """Where somebody goes on whose referral waited for the consent."""
    if waiting is None:
        return "referrals:show_consent", code
    return ("referrals:preview_referral" if waiting.state == State.DRAFT else "referrals:show_referral"), waiting.code


def _about(request, person):
    return {"person": person, "shown_name": person.name if shows_names(request.user) else person.masked_name}


def _form(request, person, form, heading, button, intro=""):
    consents = (_("同意"), reverse("referrals:list_consents", args=[person.code]))
    return form_page(request, form, heading, button, [*crumbs(person), consents], intro=intro)
