"""Security incidents with personal data, and the people they may have touched."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, may, requires, within_reach
from members.form_pages import form_page, refuse_stale
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import affected
from referrals.actions import incidents as actions
from referrals.forms.incidents import IncidentForm
from referrals.models import Incident


@requires("incident.view")
def list_incidents(request):
    page = page_of(request, _visible(request.user), ["-pk"])
    may_record = "incident.edit" in request.user.permissions
    return render(request, "referrals/incidents/list.html", {"page": page, "may_record": may_record})


@requires("incident.view")
@never_cache
def show_incident(request, code):
    """Who may be affected: those in sight by their numbers, and how many in all."""
    incident = get_object_or_404(_visible(request.user), code=code)
    people, number = affected.visible_people_of(incident, request.user)
    audit.record(request.user, "incident.look", incident)
    is_open = incident.state == Incident.State.OPEN
    context = {
        "incident": incident,
        "page": page_of(request, people.select_related("keeper", "residence"), ["pk"]),
        "number": number,
        "may_edit": is_open and may(request.user, "incident.edit", incident.organization),
    }
    return render(request, "referrals/incidents/show.html", context)


@requires("incident.edit")
def record_incident(request):
    form = IncidentForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            incident = actions.record_incident(request.user, form.cleaned_data)
            messages.success(request, _("已登记，请核对受影响的人并按规定报告和通知。"))
            return redirect("referrals:show_incident", incident.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, form, _("登记个人信息安全事件"), _("登记事件"))


@requires("incident.edit")
def edit_incident(request, code):
    return _change(request, code, _("更新个人信息安全事件"), _("保存修改"), closes=False)


@requires("incident.edit")
def close_incident(request, code):
    return _change(request, code, _("办结个人信息安全事件"), _("办结"), closes=True)


def _change(request, code, heading, button, *, closes):
    incident = get_object_or_404(_visible(request.user), code=code)
    if not may(request.user, "incident.edit", incident.organization):
        raise PermissionDenied
    form = IncidentForm(request.POST or None, actor=request.user, initial=IncidentForm.initial_of(incident))
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            actions.edit_incident(request.user, incident, said["version"] or 0, said, closes=closes)
            messages.success(request, _("已办结。") if closes else _("修改已保存。"))
            return redirect("referrals:show_incident", code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return _form(request, form, heading, button, reverse("referrals:show_incident", args=[code]))


def _visible(staff):
    rows = Incident.objects.filter(organization__in=within_reach(staff, "incident.view"))
    return rows.select_related("organization__area", "receiver", "staff", "recorded_by")


def _form(request, form, heading, button, back=None):
    return form_page(request, form, heading, button, [(_("安全事件"), reverse("referrals:list_incidents"))], back=back)
