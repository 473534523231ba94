"""Who of another unit may act for this one: a few named things, with a reason, until a day.

A grant never passes on: whoever gives it must hold the right by role, and the right to give is itself not grantable.
"""

import datetime

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may, may_by_role
from members.kinds import Grantable
from members.models import Organization, OrganizationGrant
from members.roles import ADMINISTRATORS

LONGEST = datetime.timedelta(days=366)


def give_grant(actor, organization, grantee, permissions, expires_on, reason):
    """One row for each permission; `expires_on` is the last day on which it counts."""
    if not may_by_role(actor, "grant.give", organization):
        raise PermissionDenied
    _refuse_more_than_one_has(actor, organization, permissions)
    refuse_grantee(actor, grantee)
    if grantee.organization_id == organization.pk:
        raise Refusal(_("%(name)s 就在本单位，请用角色分工，不用代办授权。") % {"name": grantee}, field="username")
    until = end_of(expires_on)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        _refuse_again(organization, grantee, permissions)
        grants = [
            OrganizationGrant.objects.create(
                user=grantee, permission=_permission(permission), content_object=organization, reason=reason,
                given_by=actor, expires_at=until,
            )
            for permission in permissions
        ]  # fmt: skip
        audit.record(
            actor, "grant.give", organization, organization=organization, reason=reason,
            changes={"grantee": [None, grantee.code], "permissions": [None, list(permissions)],
                     "expires_on": [None, expires_on.isoformat()]},
        )  # fmt: skip
    return grants


def revoke_grant(actor, grant):
    """It counts no longer, from this moment on."""
    organization = grant.content_object
    if not may_revoke(actor, organization):
        raise PermissionDenied
    revoke_row(actor, "grant.revoke", grant)


def revoke_row(actor, deed, grant):
    """A grant of any kind, where the actor may."""
    with transaction.atomic():
        live = type(grant).objects.live().filter(pk=grant.pk)
        if not live.update(revoked_at=timezone.now(), revoked_by=actor):
            grant.refresh_from_db()
            raise Refusal(_("这项授权已经到期。") if grant.state == "expired" else _("这项授权已经收回。"))
        changes = {"grantee": [grant.user.code, None], "permissions": [[grant.permission.codename], None]}
        audit.record(actor, deed, grant.content_object, changes=changes)


def refuse_grantee(actor, grantee):
    """Those to whom nothing is granted, whatever it is about."""
    if grantee.pk == actor.pk:
        raise Refusal(_("不能授权给自己。"), field="username")
    if not grantee.is_active:
        raise Refusal(_("这个账号已停用，不能代办。"), field="username")
    if grantee.roles & ADMINISTRATORS:
        raise Refusal(_("系统、安全、审计管理员不代办业务。"), field="username")


def end_of(expires_on):
    """The moment at which a grant ends whose last day this is."""
    today = timezone.localdate()
    if expires_on < today:
        raise Refusal(_("到期日已经过去。"), field="expires_on")
    if expires_on > today + LONGEST:
        raise Refusal(_("一次最多授权一年，到期可以再授权。"), field="expires_on")
    return timezone.make_aware(datetime.datetime.combine(expires_on + datetime.timedelta(days=1), datetime.time()))


def may_revoke(actor, organization):
    """The unit's own administrator, and those who look after security everywhere."""
    return may_by_role(actor, "grant.give", organization) or may(actor, "grant.revoke", organization)


def _permission(permission):
    return Permission.objects.get(
        content_type__app_label="members", content_type__model="organization", codename=Grantable(permission).codename
    )


def _refuse_more_than_one_has(actor, organization, permissions):
    if not permissions:
        raise Refusal(_("请至少选择一项。"), field="permissions")
    for permission in permissions:
        if permission not in Grantable.values:
            raise Refusal(_("这项权限不能授权他人代办。"), field="permissions")
        if not may_by_role(actor, permission, organization):
            words = {"what": Grantable(permission).label}
            raise Refusal(_("您自己没有“%(what)s”的权限，不能授权他人。") % words, field="permissions")


def _refuse_again(organization, grantee, permissions):
    codenames = [Grantable(permission).codename for permission in permissions]
    live = OrganizationGrant.objects.live().filter(user=grantee, content_object=organization)
    again = live.filter(permission__codename__in=codenames).select_related("permission").first()
    if again:
        words = {
            "name": grantee, "what": again.words, "day": timezone.localtime(again.expires_at).date().isoformat(),
        }  # fmt: skip
        raise Refusal(_("%(name)s 已有“%(what)s”的授权（到 %(day)s 前），请先收回。") % words, field="permissions")
