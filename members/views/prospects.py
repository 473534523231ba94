"""The outreach list: who might give, and how far the talk has come."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires, within_reach
from members.actions import prospects as actions
from members.form_pages import form_page, refuse_stale
from members.forms.prospects import ProspectForm
from members.kinds import ProspectState
from members.models import Prospect
from portal.lib.forms import refuse
from portal.lib.pages import page_of


@requires("prospect.view")
def list_prospects(request):
    rows = _visible(request.user)
    state = request.GET.get("state", "")
    if state in ProspectState.values:
        rows = rows.filter(state=state)
    context = {
        "page": page_of(request, rows, ["-pk"]),
        "states": ProspectState.choices,
        "state": state,
        "may_create": "prospect.edit" in request.user.permissions,
    }
    return render(request, "members/prospects/list.html", context)


@requires("prospect.edit")
def create_prospect(request):
    form = ProspectForm(request.POST or None, initial={"area": request.user.organization.area})
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_prospect(request.user, form.cleaned_data)
            messages.success(request, _("已登记。"))
            return redirect("members:list_prospects")
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, form, _("登记拟动员的社会力量"), _("登记"))


@requires("prospect.edit")
def edit_prospect(request, code):
    prospect = get_object_or_404(_visible(request.user), code=code)
    if not may(request.user, "prospect.edit", prospect.owner):
        raise PermissionDenied
    initial = {name: getattr(prospect, name) for name in (*actions.EDITABLE, "version")}
    form = ProspectForm(request.POST or None, initial=initial)
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_prospect(request.user, prospect, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("members:list_prospects")
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return _form(request, form, _("更新联系情况"), _("保存修改"), current)


def _visible(user):
    owners = within_reach(user, "prospect.view")
    return Prospect.objects.filter(owner__in=owners).select_related("area", "owner__area", "changed_by")


def _form(request, form, heading, button, current=()):
    crumbs = [(_("拟动员的社会力量"), reverse("members:list_prospects"))]
    return form_page(request, form, heading, button, crumbs, current=current)
