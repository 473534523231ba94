"""Roles: what each may do, who waits for a second person, and the steps on a person's page."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import role_words
from members.access import Refusal, requires
from members.actions import roles as actions
from members.forms.staff import ReasonForm, RoleForm
from members.models import RoleAssignment
from members.models.staff import Role
from members.roles import NEEDS_SECOND_FACTOR, ROLES
from members.views.staff import ask, find
from portal.lib.pages import page_of


@requires("help.view")
def list_roles(request):
    """The table of roles in words."""
    shown = [
        {
            "label": Role(role).label,
            "about": role_words.ABOUT[role],
            "units": role_words.groups_of(role),
            "is_weighty": role in NEEDS_SECOND_FACTOR,
            "permissions": role_words.permissions_of(permissions),
        }
        for role, permissions in ROLES.items()
    ]
    return render(request, "members/roles/list.html", {"roles": shown, "everyone": role_words.everyone()})


@requires("role.confirm")
def list_pending_roles(request):
    waiting = RoleAssignment.objects.waiting_for(request.user)
    waiting = waiting.select_related("staff__organization", "proposed_by__organization")
    return render(request, "members/roles/pending.html", {"page": page_of(request, waiting, ["proposed_at", "id"])})


@requires("role.propose")
def propose_role(request, code):
    person = find(request, code, "role.propose")
    form = RoleForm(request.POST or None, actor=request.user, staff=person)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose_role(request.user, person, form.cleaned_data["role"])
            text = _("“%(role)s”已生效。") if made.confirmed_at else _("“%(role)s”已提出，等待安全管理员确认。")
            messages.success(request, text % {"role": made})
            return redirect("members:show_staff", code)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/roles/propose.html", {"form": form, "person": person})


@requires("role.confirm")
@require_POST
def confirm_role(request, code, role):
    person = find(request, code, "role.confirm")
    _known(role)
    try:
        made = actions.confirm_role(request.user, person, role)
        messages.success(request, _("已确认：%(name)s 担任“%(role)s”。") % {"name": person, "role": made})
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:show_staff", code)


@requires("role.confirm")
def decline_role(request, code, role):
    person = find(request, code, "role.confirm")
    words = {"name": person, "role": _known(role)}
    asked = {
        "heading": _("退回 %(name)s 的“%(role)s”申请") % words,
        "consequence": _("退回后这项申请结束，需要时可以重新提出。"),
        "button": _("退回申请"),
    }
    return ask(request, person, partial(actions.decline_role, role=role), asked, _("已退回。"), ReasonForm)


@requires("role.propose")
def end_role(request, code, role):
    person = find(request, code, "role.propose")
    words = {"name": person, "role": _known(role)}
    asked = {
        "heading": _("结束 %(name)s 的“%(role)s”角色") % words,
        "consequence": _("结束后立即失去这个角色的全部权限。手头的工作不会自动移交，必要时请先交接。"),
        "button": _("结束角色"),
        "is_destructive": True,
    }
    return ask(request, person, partial(actions.end_role, role=role), asked, _("角色已结束。"), ReasonForm)


def _known(role):
    if role not in ROLES:
        raise Http404
    return Role(role).label
