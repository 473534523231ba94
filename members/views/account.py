"""My account: what is known about me, how I sign in, who stands in for me."""

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import relations
from members.access import Refusal, requires
from members.actions import deputies as deputy_actions
from members.actions import staff as actions
from members.forms.staff import DeputyForm, OwnDetailsForm
from members.models import Deputy, Staff
from members.models.staff import Role
from members.sign_in import SECOND_FACTORS
from members.views.staff import find


@requires("account.manage")
def show_account(request):
    me = request.user
    shown = {
        "roles": me.role_assignments.open().order_by("proposed_at"),
        "relations": relations.summary_of(me),
        "statement_is_due": relations.is_statement_due(me),
        "carried": [(Role(role).label, code) for role, code in me.deputised_roles.items()],
        "has_second_factor": is_mfa_enabled(me, SECOND_FACTORS),
        "session_count": UserSession.objects.filter(user=me).count(),
        "deputies": Deputy.objects.open().filter(staff=me).select_related("deputy"),
        "deputises": Deputy.objects.open().filter(deputy=me).select_related("staff"),
    }
    return render(request, "members/account/show.html", shown)


@requires("account.manage")
@reauthentication_required
def edit_account(request):
    """The address is where a reset link goes: who changes it shows once more who they are."""
    form = OwnDetailsForm(request.POST or None, instance=Staff.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_own_details(request.user, form.cleaned_data["version"], form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("members:account")
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
            form.data = {**form.data.dict(), "version": refusal.current.version}
    return render(request, "members/account/edit.html", {"form": form})


@requires("account.manage")
def set_own_deputy(request):
    return _set_deputy(request, request.user, "members:account")


@requires("deputy.set")
def set_deputy(request, code):
    person = find(request, code, "deputy.set")
    return _set_deputy(request, person, "members:show_staff", code)


def _set_deputy(request, person, *back):
    form = DeputyForm(request.POST or None, staff=person)
    if request.method == "POST" and form.is_valid():
        try:
            made = deputy_actions.set_deputy(request.user, person, **form.cleaned_data)
            words = {"deputy": made.deputy, "since": made.since, "until": made.until}
            messages.success(request, _("%(since)s 至 %(until)s 由 %(deputy)s 代理。") % words)
            return redirect(*back)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/account/deputy.html", {"form": form, "person": person})


@requires("account.manage")
@require_POST
def end_deputy(request, code):
    """Either of the two may end it, and the unit's admin; for anybody else it is not there."""
    arrangement = get_object_or_404(Deputy.objects.select_related("staff__organization", "deputy"), code=code)
    if request.user.pk not in (arrangement.staff_id, arrangement.deputy_id):
        find(request, arrangement.staff.code, "deputy.set")
    try:
        deputy_actions.end_deputy(request.user, arrangement)
        messages.success(request, _("代理已结束。"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    if request.user.pk in (arrangement.staff_id, arrangement.deputy_id):
        return redirect("members:account")
    return redirect("members:show_staff", arrangement.staff.code)
