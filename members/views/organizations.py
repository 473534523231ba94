"""The register of units: find, look at, change, pause, copy to a county."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from members.access import Refusal, Stale, may, may_in, requires, within_reach
from members.actions import organizations as actions
from members.form_pages import confirm_page
from members.forms.organizations import (
    CapacityForm,
    CloneForm,
    OrganizationFilter,
    OrganizationForm,
    ReasonForm,
    in_words,
    label_of,
)
from members.models import Agreement, Area, Organization
from members.models.organizations import CAPACITY_HOLDS_FOR, awaiting_confirmation
from portal.lib import replica, xlsx
from portal.lib.forms import refuse, refuse_hidden_marks
from portal.lib.pages import page_of

ORDER = ["area__code", "name", "pk"]
TABS = [
    ("", gettext_lazy("全部")),
    ("open", gettext_lazy("可接收")),
    ("limited", gettext_lazy("名额有限")),
    ("full", gettext_lazy("已满")),
    ("unconfirmed", gettext_lazy("待确认")),
    ("suspended", gettext_lazy("已暂停")),
]


@requires("organization.view")
def list_organizations(request):
    filters = OrganizationFilter(request.GET)
    narrowed = filters.narrow(Organization.objects.using(replica.for_lists()))
    counts = _counts(narrowed)
    rows = filters.TABS[filters.tab](narrowed).select_related("area")
    kept = request.GET.copy()
    for name in ("show", "after", "before"):
        kept.pop(name, None)
    context = {
        "page": page_of(request, rows, ORDER),
        "filters": filters,
        "tabs": [(key, label, counts[key or "all"]) for key, label in TABS],
        "tab": filters.tab,
        "kept": kept.urlencode(),
        "may_create": "organization.create" in request.user.permissions,
        "may_clone": "organization.clone" in request.user.permissions,
    }
    return render(request, "members/organizations/list.html", context)


@requires("organization.view")
def show_organization(request, code):
    organization = _find(code)
    user = request.user
    context = {
        "organization": organization,
        "service_areas": organization.service_areas.all(),
        "posts": organization.contact_posts.filter(ended_at=None),
        "relations": organization.relations.current().select_related("other"),
        "relations_to": organization.relations_to.current().select_related("organization"),
        "seats": organization.seats.current().select_related("joint_body"),
        "agreements": _agreements(user, organization),
        "number_of_staff": organization.staff.filter(is_active=True).count(),
        "may_see_grants": may(user, "grant.view", organization),
        "deputies": organization.grants.live().select_related("user__organization", "permission")[:20],
        "history": _history(organization),
        "capacity_form": CapacityForm(initial={"seen": organization.capacity, "capacity": organization.capacity}),
        "capacity_days": CAPACITY_HOLDS_FOR.days,
        "may": {
            name: may(user, f"organization.{name}", organization)
            for name in ("edit", "suspend", "relate", "confirm_capacity")
        },
        "may_agree": may(user, "agreement.edit", organization),
    }
    return render(request, "members/organizations/show.html", context)


@requires("organization.view")
def show_my_organization(request):
    return redirect("members:show_organization", request.user.organization.code)


@require_POST
@requires("organization.export")
def export_organizations(request):
    """What the list shows, with its filters, as a workbook. By POST, because the audit tells of it."""
    filters = OrganizationFilter(request.GET)
    narrowed = filters.narrow(Organization.objects.all())
    content = actions.export_organizations(request.user, filters.TABS[filters.tab](narrowed))
    name = _("单位名录-%(day)s.xlsx") % {"day": timezone.localdate().isoformat()}
    return xlsx.download(content, name)


@requires("organization.create")
def create_organization(request):
    area = request.user.organization.area
    form = OrganizationForm(request.POST or None, actor=request.user, initial={"area": area, "level": area.level})
    if request.method == "POST" and form.is_valid():
        try:
            organization = actions.create_organization(request.user, form.cleaned_data)
            messages.success(request, _("已登记 %(unit)s。") % {"unit": organization.name})
            return redirect("members:show_organization", organization.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "members/organizations/edit.html", {"form": form})


@requires("organization.edit")
def edit_organization(request, code):
    organization = _changeable(request, "organization.edit", code)
    initial = OrganizationForm.initial_of(organization)
    form = OrganizationForm(request.POST or None, actor=request.user, organization=organization, initial=initial)
    context = {"organization": organization}
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data.get("version") or 0
        try:
            actions.edit_organization(request.user, organization, seen, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("members:show_organization", code)
        except Stale as stale:
            form, context["differences"] = _bring_together(request.user, form, stale.current, seen)
            context["stale"] = stale.message
        except Refusal as refusal:
            refuse(form, refusal)
    status = 409 if "stale" in context else 200
    return render(request, "members/organizations/edit.html", {**context, "form": form}, status=status)


@require_POST
@requires("organization.confirm_capacity")
def confirm_capacity(request, code):
    organization = _changeable(request, "organization.confirm_capacity", code)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择现在的接收能力。"))
        return redirect("members:show_organization", code)
    try:
        actions.confirm_capacity(request.user, organization, form.cleaned_data["seen"], form.cleaned_data["capacity"])
        messages.success(request, _("已确认：%(capacity)s。") % {"capacity": organization.get_capacity_display()})
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:show_organization", code)


@requires("organization.suspend")
def suspend_organization(request, code):
    asked = {
        "heading": _("暂停 %(unit)s"),
        "consequence": _("暂停后，不再有新的转介给它，也不再出现在同级单位中；手上的办理不受影响，随时可以恢复。"),
        "button": _("暂停这个单位"),
        "is_destructive": True,
    }
    return _ask_reason(request, code, actions.suspend_organization, asked, _("已暂停。"))


@requires("organization.suspend")
def resume_organization(request, code):
    asked = {
        "heading": _("恢复 %(unit)s"),
        "consequence": _("恢复后，可以重新接收转介。"),
        "button": _("恢复这个单位"),
    }
    return _ask_reason(request, code, actions.resume_organization, asked, _("已恢复。"))


@requires("organization.clone")
def clone_organizations(request):
    """Choose a county, look at the units that would be made, untick and rename, create."""
    form = CloneForm(request.GET or None)
    context = {"form": form, "counties": _counties(request.user)}
    if request.GET and form.is_valid():
        county = form.cleaned_data["county"]
        if not (county.parent and may_in(request.user, "organization.clone", county)):
            form.add_error("county", _("只能选本区域内、上面还有一级区划的县（市、区）。"))
        else:
            plan = actions.plan_clone(county.parent, county)
            is_complete = all(present for _unit, _name, present in plan)
            context |= {"county": county, "source": county.parent, "plan": plan, "is_complete": is_complete}
    return render(request, "members/organizations/clone.html", context)


@require_POST
@requires("organization.clone")
def create_clones(request, code):
    county = get_object_or_404(Area.objects.select_related("parent").exclude(parent=None), code=code)
    if not may_in(request.user, "organization.clone", county):
        raise PermissionDenied
    wanted = {code: request.POST.get(f"name_{code}", "").strip() for code in request.POST.getlist("unit")}
    back = f"{reverse('members:clone_organizations')}?county={county.code}"
    try:
        names = {code: _clean_name(name) for code, name in wanted.items()}
        made = actions.clone_member_units(request.user, county.parent, county, names)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(back)
    words = {"county": county, "count": len(made)}
    messages.success(request, _("已为 %(county)s 新建 %(count)s 个成员单位，请补充资料和联系岗位。") % words)
    return redirect(f"{reverse('members:list_organizations')}?area={county.code}")


def _find(code):
    return get_object_or_404(Organization.objects.select_related("area", "parent", "capacity_confirmed_by"), code=code)


def _changeable(request, permission, code):
    organization = _find(code)
    if not may(request.user, permission, organization):
        raise PermissionDenied
    return organization


def _counts(rows):
    ready = Q(is_suspended=False)
    return rows.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=ready & Q(capacity="open")),
        limited=Count("pk", filter=ready & Q(capacity="limited")),
        full=Count("pk", filter=ready & Q(capacity="full")),
        unconfirmed=Count("pk", filter=ready & awaiting_confirmation()),
        suspended=Count("pk", filter=~ready),
    )


def _agreements(user, organization):
    """Those of this unit that the person may see: a party to them, or who looks over one."""
    visible = Agreement.objects.of([organization]).of(within_reach(user, "agreement.view"))
    return visible.select_related("party_a", "party_b", "party_c").distinct()[:50]


def _history(organization, most=12):
    """Saves and pauses in one line of time, newest first."""
    saves = [
        (save.made_at, save.made_by, _("登记") if save.version == 1 else _("修改"), [label_of(n) for n in save.changes])
        for save in organization.changes.select_related("made_by")[:most]
    ]
    states = [
        (state.made_at, state.made_by, str(state), [state.reason])
        for state in organization.state_changes.select_related("made_by")[:most]
    ]
    return sorted([*saves, *states], key=lambda line: line[0], reverse=True)[:most]


def _bring_together(actor, form, current, seen):
    """A fresh form on the newest version, with what this person typed; and what the other changed meanwhile.

    A field that only the other touched takes the other's value. A field that only this person touched keeps what was
    typed. Where both did, what was typed stays in the form and the other's value stands beside it.
    """
    changed = actions.changed_since(current, seen)
    newest = actions.values_of(current)
    initial = OrganizationForm.initial_of(current)
    typed = {name: form.cleaned_data[name] for name in form.fields if name in newest}
    plain = {name: actions.plain(value) for name, value in typed.items()}
    mine = {name for name in typed if plain[name] != (changed[name][0] if name in changed else newest[name])}
    initial.update({name: typed[name] for name in mine})
    differences = [
        {
            "label": label_of(name), "then": in_words(name, then), "now": in_words(name, now), "by": by, "at": at,
            "mine": in_words(name, plain[name]) if name in mine and plain[name] != now else "",
        }
        for name, (then, now, by, at) in changed.items()
    ]  # fmt: skip
    return OrganizationForm(actor=actor, organization=current, initial=initial), differences


def _ask_reason(request, code, action, asked, done):
    organization = _changeable(request, "organization.suspend", code)
    asked = {**asked, "heading": asked["heading"] % {"unit": organization.name}}
    form, act = ReasonForm(request.POST or None), partial(action, request.user, organization)
    back = reverse("members:show_organization", args=[code])
    return confirm_page(request, asked, act, done, back=back, form=form)


def _counties(user):
    """Where this person may copy to: the divisions right below, and the own one."""
    area = user.organization.area
    return Area.objects.current().filter(Q(parent=area) | Q(pk=area.pk), level="county").order_by("code")


def _clean_name(name):
    """As strict as the form of a single unit."""
    try:
        field = forms.CharField(max_length=120, validators=[refuse_hidden_marks])
        return field.clean(name)
    except forms.ValidationError as error:
        raise Refusal(_("“%(name)s”：%(why)s") % {"name": name[:40], "why": error.messages[0]}) from error
