"""Who of another unit may work on one program: with a reason, until a day. A grant never passes on."""

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.access import may as may_at
from members.actions.grants import end_of, refuse_grantee, revoke_row
from programs.access import GRANTABLE
from programs.models import Program, ProgramGrant


def give_program_grant(actor, program, grantee, codenames, expires_on, reason):
    """One row for each thing that is granted; `expires_on` is the last day on which it counts."""
    if not may_at(actor, "program.delegate", program.organization):
        raise PermissionDenied
    refuse_grantee(actor, grantee)
    if grantee.organization_id == program.organization_id and "catalogue_admin" in grantee.roles:
        raise Refusal(_("%(name)s 已是本单位的目录管理员，不用授权。") % {"name": grantee}, field="username")
    until = end_of(expires_on)
    if not codenames or set(codenames) - set(GRANTABLE):
        raise Refusal(_("请至少选择一项。"), field="codenames")
    with transaction.atomic():
        Program.objects.select_for_update().get(pk=program.pk)
        _refuse_again(program, grantee, codenames)
        grants = [
            ProgramGrant.objects.create(
                user=grantee, permission=_permission(codename), content_object=program, reason=reason, given_by=actor,
                expires_at=until,
            )
            for codename in codenames
        ]  # fmt: skip
        audit.record(
            actor, "program_grant.give", program, reason=reason,
            changes={"grantee": [None, grantee.code], "permissions": [None, list(codenames)],
                     "expires_on": [None, expires_on.isoformat()]},
        )  # fmt: skip
    return grants


def revoke_program_grant(actor, grant):
    """It counts no longer, from this moment on."""
    if not may_revoke(actor, grant.content_object):
        raise PermissionDenied
    revoke_row(actor, "program_grant.revoke", grant)


def may_revoke(actor, program):
    """The catalogue's keeper at the unit, and those who look after security everywhere."""
    return may_at(actor, "program.delegate", program.organization) or may_at(
        actor, "grant.revoke", program.organization
    )


def _permission(codename):
    return Permission.objects.get(content_type__app_label="programs", content_type__model="program", codename=codename)


def _refuse_again(program, grantee, codenames):
    live = ProgramGrant.objects.live().filter(user=grantee, content_object=program)
    if again := live.filter(permission__codename__in=codenames).first():
        words = {"name": grantee, "day": timezone.localtime(again.expires_at).date().isoformat()}
        raise Refusal(_("%(name)s 已有这项授权（到 %(day)s 前），请先收回。") % words, field="codenames")
