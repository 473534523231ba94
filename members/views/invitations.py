"""Inviting colleagues, and the page behind the link."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members.access import Refusal, public, requires, within_reach
from members.actions import invitations as actions
from members.form_pages import press
from members.forms.staff import AcceptForm, InviteForm
from members.models import Invitation, Organization
from members.models.staff import Role
from portal.lib.codes import as_code

# The link of an invitation just made waits here for the one page that shows it.
FRESH_LINK = "fresh_invitation"


@requires("staff.invite")
def invite_staff(request):
    unit = _unit_asked_for(request)
    form = InviteForm(request.POST or None, actor=request.user, organization=unit, initial={"organization": unit})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data.get(name) or "" for name in ("label", "post", "email")}
        organization = form.cleaned_data.get("organization") or request.user.organization
        try:
            invitation, token = actions.invite_staff(
                request.user, organization, roles=form.cleaned_data.get("roles", []), **values
            )
            return _show_link_once(request, invitation, token)
        except Refusal as refusal:
            form.add_error("roles" if refusal.field == "role" else refusal.field, refusal.message)
    return render(request, "members/invitations/invite.html", {"form": form})


def _unit_asked_for(request):
    """The unit chosen in the form decides which roles are on offer."""
    code = as_code(request.POST.get("organization") or request.GET.get("unit"))
    unit = within_reach(request.user, "staff.invite").filter(code=code).first() if code else None
    return unit or Organization.objects.get(pk=request.user.organization_id)


def _show_link_once(request, invitation, token):
    request.session[FRESH_LINK] = {"code": invitation.code, "token": token}
    return redirect("members:show_invitation", invitation.code)


@requires("staff.invite")
@never_cache
def show_invitation(request, code):
    invitation = _find(request, code)
    fresh = request.session.get(FRESH_LINK)
    link = ""
    if fresh and fresh["code"] == code:
        link = request.build_absolute_uri(reverse("members:accept_invitation", args=[fresh["token"]]))
        del request.session[FRESH_LINK]
    roles = [Role(role).label for role in invitation.roles]
    return render(request, "members/invitations/show.html", {"invitation": invitation, "link": link, "roles": roles})


@requires("staff.invite")
@require_POST
def renew_invitation(request, code):
    invitation = _find(request, code)
    try:
        return _show_link_once(request, *actions.renew_invitation(request.user, invitation))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("members:show_invitation", code)


@requires("staff.invite")
@require_POST
def revoke_invitation(request, code):
    invitation = _find(request, code)
    act = partial(actions.revoke_invitation, request.user, invitation)
    return press(request, act, _("邀请已撤回，链接不能再用。"), "members:list_staff")


@public
@never_cache
def accept_invitation(request, token):
    """The same answer for a link that is wrong, used, expired or withdrawn."""
    invitation = actions.find_invitation(token)
    if invitation is None:
        return render(request, "members/invitations/dead.html", status=404)
    form = AcceptForm(request.POST or None, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        del given["again"]
        try:
            actions.accept_invitation(token, **given)
            messages.success(request, _("账号已开通，请登录。"))
            return redirect("account_login")
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/invitations/accept.html", {"form": form, "invitation": invitation})


def _find(request, code):
    mine = Invitation.objects.filter(organization__in=within_reach(request.user, "staff.invite"))
    return get_object_or_404(mine.select_related("organization", "invited_by", "accepted_by"), code=code)
