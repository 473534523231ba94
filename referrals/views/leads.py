"""Leads: filed on a phone, triaged at a desk, answered to whoever filed them."""

import base64
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import form_page, press
from portal.lib import encryption, uploads
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from referrals import finding, lead_figures
from referrals.actions import leads as actions
from referrals.forms.facts import ReasonForm
from referrals.forms.leads import CloseForm, DuplicateForm, LeadFilter, LeadForm, LinkForm, PassForm, PeriodForm
from referrals.forms.people import PersonForm
from referrals.kinds import IdentityKind, LeadState
from referrals.minors import shown_name
from referrals.models import Lead, LeadPhoto, Person
from referrals.permissions import may
from referrals.views.people import is_paced, refuse_alike, shows_names

# tab -> (which, in which order)
TABS = {
    "": (lambda leads, staff: leads.waiting(), ["rank", "due_on", "pk"]),
    "mine": (lambda leads, staff: leads.waiting().filter(taken_by=staff), ["rank", "due_on", "pk"]),
    "late": (lambda leads, staff: leads.late(), ["rank", "due_on", "pk"]),
    "done": (lambda leads, staff: leads.exclude(decided_at=None), ["-pk"]),
}


@requires("lead.view")
def list_leads(request):
    """What waits, the most urgent first; what was done, the newest first."""
    staff = request.user
    shown = request.GET.get("show", "") if request.GET.get("show") in TABS else ""
    filters = LeadFilter(request.GET)
    which, order = TABS[shown]
    leads = filters.narrow(which(Lead.objects.visible_to(staff), staff))
    number, has_more = capped_count(leads)
    page = page_of(request, _rows(leads), order)
    if page.rows:
        audit.record(staff, "lead.list", changes={"rows": [None, len(page.rows)]})
    context = {"page": page, "filters": filters, "show": shown, "number": number, "has_more": has_more}
    return render(request, "referrals/leads/list.html", {**context, "is_triage": "lead.triage" in staff.permissions})


@requires("lead.file")
def list_my_leads(request):
    """What I told, and what became of it."""
    page = page_of(request, _rows(Lead.objects.visible_to(request.user).filter(filed_by=request.user)), ["-pk"])
    return render(request, "referrals/leads/mine.html", {"page": page})


@requires("lead.file")
@never_cache
def file_lead(request):
    """The key in the form makes that a lead counts once, on whatever line it came."""
    form = LeadForm(request.POST or None, request.FILES or None, staff=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            lead, is_new = actions.file_lead(request.user, said["key"], form.values(), said["photos"])
            if is_new:
                messages.success(request, _("线索已报送，编号 %(code)s。有了结果会告诉您。") % {"code": lead.code})
            else:
                messages.info(request, _("这条线索已经报送过，没有重复登记。"))
            return _went(request, lead)
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "referrals/leads/file.html", {"form": form, "draft_key": _draft_key(request.user)})


@requires("lead.file")
@never_cache
def show_lead(request, code):
    lead = _find(request, code)
    is_mine = lead.filed_by_id == request.user.pk
    is_triage = Lead.objects.for_triage(request.user).filter(pk=lead.pk).exists()
    if is_mine and not lead.is_open:
        actions.see_answer(request.user, lead)
    audit.record(request.user, "lead.view", lead, organization=lead.organization)
    context = {
        "lead": lead, "photos": lead.photos.all(), "is_mine": is_mine, "is_triage": is_triage,
        "similar": lead_figures.similar_to(lead, request.user) if is_triage and lead.is_open else [],
        "person": _linked(request.user, lead), "shows_names": shows_names(request.user),
    }  # fmt: skip
    return render(request, "referrals/leads/show.html", context)


@requires("lead.file")
def show_lead_photo(request, code, photo):
    lead = _find(request, code)
    picture = get_object_or_404(LeadPhoto, lead=lead, code=photo)
    return uploads.download(picture.file_key, f"{lead.code}-{picture.code}.{picture.file_name.rsplit('.', 1)[-1]}")


@requires("lead.triage")
@require_POST
def take_lead(request, code):
    lead = _triaged(request, code)
    back = reverse("referrals:show_lead", args=[code])
    return press(request, partial(actions.take_lead, request.user, lead), _("由您处理。"), back)


@requires("lead.triage")
def link_lead(request, code):
    lead = _triaged(request, code)

    def act(said):
        person = finding.one_of(Person.objects.visible_to(request.user, "person.edit"), said["who"])
        actions.link_lead(request.user, lead, person, said["answer"])
        return redirect("referrals:show_person", person.code)

    meant = Person.objects.visible_to(request.user, "person.edit").filter(code=request.GET.get("who", "")).first()
    words = {
        "initial": {"who": meant.code} if meant else None,
        "intro": f"{shown_name(request.user, meant)} · {meant.residence}" if meant else "",
        "done": _("线索已关联到这个人；报送人会收到结果。"),
    }
    return _decide(request, lead, LinkForm, act, _("关联到已登记的人"), _("关联"), "who", **words)


@requires("lead.triage")
def mark_duplicate(request, code):
    lead = _triaged(request, code)

    def act(said):
        seen = Lead.objects.for_triage(request.user).select_related("duplicate_of")
        first = seen.filter(code=said["first"].strip().lower()).first()
        if first is None:
            raise Refusal(_("在您能处理的范围内没有这条线索。"), field="first")
        actions.mark_duplicate(request.user, lead, first, said["answer"])

    initial = {"first": request.GET.get("first", "")[:12]}
    words = {"initial": initial, "done": _("已记为重复。")}
    return _decide(request, lead, DuplicateForm, act, _("记为重复线索"), _("记为重复"), "first", **words)


@requires("lead.triage")
def close_lead(request, code):
    lead = _triaged(request, code)

    def act(said):
        actions.close_lead(request.user, lead, said["closing"], said["answer"])

    return _decide(request, lead, CloseForm, act, _("了结线索"), _("了结"), done=_("线索已了结；报送人会收到结果。"))


@requires("lead.triage")
def pass_lead(request, code):
    lead = _triaged(request, code)

    def act(said):
        actions.pass_lead(request.user, lead, said["area"], said["reason"])
        return redirect("referrals:list_leads")

    return _decide(request, lead, PassForm, act, _("转到别的镇街"), _("转过去"), done=_("已转过去，由那里处理。"))


@requires("lead.triage")
def reopen_lead(request, code):
    lead = _triaged(request, code)

    def act(said):
        actions.reopen_lead(request.user, lead, said["reason"])

    return _decide(request, lead, ReasonForm, act, _("重新处理"), _("重新处理"), done=_("由您重新处理。"))


@requires("lead.triage")
@never_cache
def register_from_lead(request, code):
    """The form of a new record, with what the lead tells already in it."""
    lead = _triaged(request, code)
    if "person.register" not in request.user.permissions:
        raise PermissionDenied
    initial = {
        "name": lead.name, "phone": lead.phone, "residence": lead.area, "address": lead.place,
        "identity_kind": IdentityKind.RESIDENT,
    }  # fmt: skip
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and is_paced(request, form):
        try:
            person = actions.register_from_lead(
                request.user, lead, form.values(), is_another=form.cleaned_data["is_another"]
            )
            messages.success(request, _("已登记，编号 %(code)s；报送人会收到结果。") % {"code": person.code})
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse_alike(request.user, form, refusal)
    context = {"form": form, "heading": _("由线索登记"), "button": _("登记"), "lead": lead}
    return render(request, "referrals/leads/register.html", context)


@requires("lead.view")
def count_finders(request):
    """Who found how many, and what came of it (R53)."""
    form = PeriodForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    leads = Lead.objects.visible_to(request.user)
    if asked.get("since"):
        leads = leads.filter(filed_at__date__gte=asked["since"])
    if asked.get("until"):
        leads = leads.filter(filed_at__date__lte=asked["until"])
    rows = list(
        leads.values("organization__name", "organization__code", "filed_by__name", "filed_by__code")
        .annotate(
            filed=Count("pk"),
            registered=Count("pk", Q(state=LeadState.REGISTERED)),
            open=Count("pk", Q(decided_at=None)),
        )
        .order_by("-registered", "-filed", "filed_by__code")[:200]
    )
    return render(request, "referrals/leads/finders.html", {"rows": rows, "filters": form})


# -- What the views of a lead share -------------------------------------------------------------------------------
def _rows(leads):
    return leads.select_related("area", "organization", "filed_by", "taken_by", "duplicate_of")


def _went(request, lead):
    """A script gets the address alone: what is said of the lead stands on the page that it opens next."""
    where = reverse("referrals:show_lead", args=[lead.code])
    is_script = request.headers.get("X-Requested-With") == "lead"
    return HttpResponse(status=201, headers={"Location": where}) if is_script else redirect(where)


def _draft_key(staff):
    """What seals a draft on the device: it stands in this person's pages alone and is never stored there."""
    return base64.b64encode(encryption.provider().blind_index(staff.code.encode(), "referrals.lead.draft")).decode()


def _find(request, code):
    seen = Lead.objects.visible_to(request.user)
    return get_object_or_404(
        seen.select_related(
            "area", "organization", "filed_by", "taken_by", "decided_by", "duplicate_of", "person__residence"
        ),
        code=code,
    )


def _triaged(request, code):
    """404 when out of sight, 403 when it is only one's own to look at."""
    lead = _find(request, code)
    if not Lead.objects.for_triage(request.user).filter(pk=lead.pk).exists():
        raise PermissionDenied
    return lead


def _linked(staff, lead):
    """The person it led to, for those who see that person."""
    if lead.person is None:
        return None
    person = lead.person.merged_into or lead.person
    return person if may(staff, "person.view", person) else None


def _decide(request, lead, form_class, act, heading, button, field=None, *, done, initial=None, intro=""):
    """Asks, acts, and goes back to the lead."""
    form = form_class(request.POST or None, initial=initial)
    back = reverse("referrals:show_lead", args=[lead.code])
    if request.method == "POST" and form.is_valid():
        try:
            where = act(form.cleaned_data)
            messages.success(request, done)
            return where or redirect(back)
        except Refusal as refusal:
            refuse(form, Refusal(refusal.message, field=refusal.field or field))
    crumbs = [(_("线索"), reverse("referrals:list_leads")), (lead.code, back)]
    return form_page(request, form, heading, button, crumbs, intro=intro)
