"""谁可以代办: who of another unit may act for which unit."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires, within_reach
from members.actions import grants as actions
from members.form_pages import confirm_page, form_page
from members.forms.grants import GrantForm
from members.models import Organization, OrganizationGrant
from portal.lib.forms import refuse
from portal.lib.pages import page_of


@requires("grant.view")
def list_grants(request):
    """All that this person may see: for the units in reach, and those given to the person."""
    grants = _visible(request.user)
    shows_all = request.GET.get("show") == "all"
    if not shows_all:
        grants = grants.filter(revoked_at=None, expires_at__gt=timezone.now())
    page = page_of(request, grants, ["-pk"])
    context = {"page": page, "shows_all": shows_all, "revocable": _revocable(request.user, page.rows)}
    return render(request, "members/grants/list.html", context)


@requires("grant.view")
def show_grants(request, code):
    """Those of one unit, the live ones first."""
    organization = get_object_or_404(Organization.objects.select_related("area"), code=code)
    if not may(request.user, "grant.view", organization):
        raise PermissionDenied
    grants = list(_visible(request.user).filter(content_object=organization)[:200])
    context = {
        "organization": organization,
        "live": [grant for grant in grants if grant.state == "live"],
        "past": [grant for grant in grants if grant.state != "live"],
        "revocable": _revocable(request.user, grants),
        "may_give": may(request.user, "grant.give", organization),
    }
    return render(request, "members/grants/show.html", context)


@requires("grant.give")
def give_grant(request, code):
    organization = get_object_or_404(Organization.objects.select_related("area"), code=code)
    if not may(request.user, "grant.give", organization):
        raise PermissionDenied
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        grantee = values.pop("username")
        try:
            actions.give_grant(request.user, organization, grantee, **values)
            words = {"name": grantee.name, "unit": grantee.organization.name, "day": values["expires_on"].isoformat()}
            messages.success(
                request, _("已授权 %(unit)s 的 %(name)s 代办，到 %(day)s 为止。如不是此人，请立即收回。") % words
            )
            return redirect("members:show_grants", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("对方以自己的账号为本单位办理所选的事，每一步都记在对方名下；人员、角色和授权本身不能代办。")
    crumbs = [
        (organization.name, reverse("members:show_organization", args=[code])),
        (_("谁可以代办"), reverse("members:show_grants", args=[code])),
    ]
    return form_page(request, form, _("授权他人代办"), _("授权"), crumbs, intro=intro)


@requires("grant.view")
def revoke_grant(request, code):
    grant = get_object_or_404(_visible(request.user), code=code)
    if not actions.may_revoke(request.user, grant.content_object):
        raise PermissionDenied
    back = reverse("members:show_grants", args=[grant.content_object.code])
    asked = {
        "heading": _("收回 %(name)s 的代办授权") % {"name": grant.user.name},
        "consequence": _("收回后，对方立即不能再为 %(unit)s 办理“%(what)s”；已经办的不受影响。")
        % {"unit": grant.content_object.name, "what": grant.words},
        "button": _("收回授权"),
        "is_destructive": True,
    }
    act = partial(actions.revoke_grant, request.user, grant)
    return confirm_page(request, asked, act, _("已收回，立即生效。"), back=back)


def _visible(user):
    reach = within_reach(user, "grant.view")
    mine = OrganizationGrant.objects.filter(Q(content_object__in=reach) | Q(user=user))
    return mine.select_related("permission", "content_object__area", "user__organization", "given_by", "revoked_by")


def _revocable(user, grants):
    """The codes of those that this person may revoke now."""
    return {grant.code for grant in grants if grant.state == "live" and actions.may_revoke(user, grant.content_object)}
