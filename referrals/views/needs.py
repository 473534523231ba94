"""Needs: of one person, as a list in one's scope, as totals, as a workbook."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import refuse_stale
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from referrals import minors, need_figures
from referrals.actions import needs as actions
from referrals.forms.needs import MoveNeedForm, NeedEntryForm, NeedFilter
from referrals.models import Need
from referrals.permissions import may
from referrals.views.people import find, shows_names, small_form


@requires("person.view")
def list_needs(request):
    filters = NeedFilter(request.GET)
    needs = filters.narrow(Need.objects.visible_to(request.user))
    number, has_more = capped_count(needs)
    page = page_of(request, needs.select_related("person__residence"), filters.order)
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    for need in page:
        need.shown_wish = need.wish if _tells(request.user, need.person) else ""
    context = {"page": page, "filters": filters, "number": number, "has_more": has_more}
    return render(request, "referrals/needs/list.html", context)


@requires("person.view")
def total_needs(request):
    """Grouped one way at a time; each figure leads to the list behind it."""
    filters = NeedFilter(request.GET)
    by = request.GET.get("by", "") if request.GET.get("by") in need_figures.GROUPINGS else "kind"
    needs = filters.narrow(Need.objects.visible_to(request.user))
    area = filters.cleaned_data.get("area") or request.user.organization.area
    kept = request.GET.copy()
    for name in ("by", by):
        kept.pop(name, None)
    rows = need_figures.totals(needs, by, area)
    context = {
        "filters": filters, "by": by, "rows": rows, "groupings": need_figures.GROUPINGS.items(),
        "query": kept.urlencode(), "counts_twice": by in {"cause", "category"},
    }  # fmt: skip
    return render(request, "referrals/needs/totals.html", context)


@requires("need.export")
@require_POST
def export_needs(request):
    """What the list shows, with its filters. By POST, because the audit tells of it."""
    filters = NeedFilter(request.GET)
    content = actions.export_needs(request.user, filters.narrow(Need.objects.visible_to(request.user)))
    name = _("需求清单-%(day)s.xlsx") % {"day": timezone.localdate().isoformat()}
    return xlsx.download(content, name)


@requires("person.edit")
def add_need(request, code):
    person = find(request, code, "person.edit")
    form = NeedEntryForm(request.POST or None, initial={"causes": person.causes})
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_need(request.user, person, form.values())
            messages.success(request, _("需求已登记。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, person, form, _("登记需求"), _("登记"))


@requires("person.view")
@never_cache
def show_need(request, code):
    need = find_need(request, code)
    is_editor = may(request.user, "person.edit", need.person)
    posting = need.postings.filter(state="open").first()
    may_post = is_editor and need.is_open and posting is None and "posting.edit" in request.user.permissions
    audit.record(request.user, "person.view", need.person, organization=need.person.keeper)
    context = {
        "need": need, "person": need.person, "steps": need.steps.select_related("made_by"), "is_editor": is_editor,
        "tells": _tells(request.user, need.person), "posting": posting, "may_post": may_post,
    }  # fmt: skip
    return render(request, "referrals/needs/show.html", context)


@requires("person.edit")
def change_need(request, code):
    need = find_need(request, code, "person.edit")
    form = NeedEntryForm(request.POST or None, initial=NeedEntryForm.initial_of(need))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_need(request.user, need, form.cleaned_data["version"] or 0, form.values())
            messages.success(request, _("修改已保存。"))
            return redirect("referrals:show_need", need.code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return small_form(request, need.person, form, _("修改需求"), _("保存修改"))


@requires("person.edit")
def move_need(request, code):
    need = find_need(request, code, "person.edit")
    form = MoveNeedForm(request.POST or None, initial={"state": need.state})
    if request.method == "POST" and form.is_valid():
        try:
            actions.move_need(request.user, need, form.cleaned_data["state"], form.cleaned_data["note"])
            messages.success(request, _("已记下。"))
            return redirect("referrals:show_need", need.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, need.person, form, _("更新进展"), _("记下"), intro=str(need.get_kind_display()))


def find_need(request, code, permission="person.view"):
    """Through the person: out of sight 404, a minor without approval leads on to asking."""
    need = get_object_or_404(
        Need.objects.visible_to(request.user).select_related("person__residence", "person__keeper", "organization"),
        code=code,
    )
    if permission != "person.view" and not may(request.user, permission, need.person):
        raise PermissionDenied
    minors.require(request.user, need.person)
    return need


def _tells(staff, person):
    """The family's own words are for those who work on people."""
    return shows_names(staff) and minors.may_see(staff, person)
