"""Roles: proposed by one, confirmed by another, ended, never deleted.

Nobody grants to themselves, nobody confirms their own proposal, administrators and the catalogue stand apart from
casework. The database holds the same (constraints and a trigger on RoleAssignment); here the refusals get words.
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.actions.staff import refuse_last_holder
from members.kinds import group_of
from members.models import RoleAssignment, Staff
from members.models.staff import Role
from members.roles import ADMINISTRATORS, GROUPS_OF_ROLE, NEEDS_SECOND_FACTOR, OWN, ROLES, exclude_each_other


@transaction.atomic
def propose_role(actor, staff, role):
    """Weighty roles, and whatever an administrator proposes, wait for a second person; others hold at once."""
    _require(actor, "role.propose", staff)
    staff = Staff.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=staff.pk)
    if not staff.is_active:
        raise Refusal(_("%(name)s 已停用，不能增加角色。") % {"name": staff})
    refuse_unfit(actor, staff.organization, [role])
    _refuse_beside_others(staff, role)
    return grant(actor, staff, role)


def grant(actor, staff, role):
    """The row, after the checks. Called for an invitation too, whose roles were checked when it was written."""
    now = None if waits_for_another(actor, role) else timezone.now()
    try:
        with transaction.atomic():
            made = RoleAssignment.objects.create(staff=staff, role=role, proposed_by=actor, confirmed_at=now)
    except IntegrityError:
        raise Refusal(_("这个角色与已有或待确认的角色冲突。"), field="role") from None
    changes = {"role": ["", role]}
    if now:
        audit.record(actor, "role.give", staff, organization=staff.organization, changes=changes)
    else:
        audit.record(actor, "role.propose", staff, organization=staff.organization, changes=changes)
    return made


def waits_for_another(actor, role):
    return role in NEEDS_SECOND_FACTOR or bool(actor.roles & ADMINISTRATORS)


@transaction.atomic
def confirm_role(actor, staff, role):
    proposal = _pending(actor, staff, role)
    proposal.confirmed_by, proposal.confirmed_at = actor, timezone.now()
    proposal.save(update_fields=["confirmed_by", "confirmed_at"])
    audit.record(actor, "role.confirm", staff, organization=staff.organization, changes={"role": ["", role]})
    return proposal


@transaction.atomic
def decline_role(actor, staff, role, *, reason):
    proposal = _pending(actor, staff, role)
    proposal.ended_by, proposal.ended_at = actor, timezone.now()
    proposal.save(update_fields=["ended_by", "ended_at"])
    changes = {"role": [role, ""]}
    audit.record(actor, "role.decline", staff, organization=staff.organization, reason=reason, changes=changes)
    return proposal


@transaction.atomic
def end_role(actor, staff, role, *, reason):
    """The rights end with the next click."""
    _require(actor, "role.propose", staff)
    if actor.permissions["role.propose"] == OWN and role in ADMINISTRATORS:
        raise Refusal(_("系统、安全、审计管理员的角色由安全管理员办理。"))
    held = RoleAssignment.objects.open().select_for_update(no_key=True).filter(staff=staff, role=role).first()
    if held is None:
        raise Refusal(_("%(name)s 没有这个角色。") % {"name": staff})
    if held.confirmed_at and staff.is_active:
        refuse_last_holder(staff, role)
    held.ended_by, held.ended_at = actor, timezone.now()
    held.save(update_fields=["ended_by", "ended_at"])
    changes = {"role": [role, ""]}
    audit.record(actor, "role.end", staff, organization=staff.organization, reason=reason, changes=changes)
    return held


def roles_on_offer(actor, organization):
    """What this person may propose in that unit."""
    group = group_of(organization.kind)
    offered = [role for role in ROLES if group in GROUPS_OF_ROLE[role]]
    if actor.permissions.get("role.propose") == OWN:
        offered = [role for role in offered if role not in ADMINISTRATORS]
    return offered


def refuse_unfit(actor, organization, roles):
    """Roles that do not belong into this kind of unit, that the person may not propose, or that exclude each other."""
    for role in roles:
        if role not in roles_on_offer(actor, organization):
            words = {"role": Role(role).label if role in ROLES else role, "unit": organization}
            raise Refusal(_("%(unit)s不能设“%(role)s”，或应由系统管理员提出。") % words, field="role")
    for role in roles:
        if clash := next((other for other in roles if exclude_each_other(role, other)), None):
            raise Refusal(_clash(role, clash), field="role")


def _refuse_beside_others(staff, role):
    for other in RoleAssignment.objects.open().filter(staff=staff).values_list("role", flat=True):
        if other == role:
            raise Refusal(_("%(name)s 已有这个角色，或正等待确认。") % {"name": staff}, field="role")
        if exclude_each_other(role, other):
            raise Refusal(_clash(role, other), field="role")


def _clash(role, other):
    words = {"role": Role(role).label, "other": Role(other).label}
    return _("“%(role)s”与“%(other)s”不能由同一个人担任。") % words


def _pending(actor, staff, role):
    _require(actor, "role.confirm", staff)
    proposals = RoleAssignment.objects.pending().select_for_update(no_key=True, of=("self",))
    proposal = proposals.filter(staff=staff, role=role).first()
    if proposal is None:
        raise Refusal(_("这项申请已被处理，不需要再确认。"))
    if proposal.proposed_by_id == actor.pk:
        raise Refusal(_("不能确认自己提出的角色，请另一位安全管理员确认。"))
    return proposal


def _require(actor, permission, staff):
    if not may(actor, permission, staff.organization):
        raise PermissionDenied
    if actor.pk == staff.pk:
        raise Refusal(_("不能为自己办理角色。"))
