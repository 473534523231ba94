"""Units that work together: the linkage mechanism of an area, and bodies over county, town and village."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, is_within, may_in
from members.kinds import Level
from members.models import JointBody, Seat


def create_joint_body(actor, values, lead):
    """The body and the seat of its lead, who coordinates."""
    joint_body = JointBody(**values)
    if not may_in(actor, "joint_body.edit", joint_body.area):
        raise Refusal(_("您只能为本区域建立。"), field="area")
    _refuse_lead(joint_body, lead)
    try:
        joint_body.validate_constraints()
        with transaction.atomic():
            joint_body.save()
            Seat.objects.create(joint_body=joint_body, organization=lead, role="lead", from_on=joint_body.from_on)
            audit.record(actor, "joint_body.create", joint_body, organization=lead)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error
    except IntegrityError as error:
        raise Refusal(_("这个区域已有衔接工作机制。"), field="area") from error
    return joint_body


def end_joint_body(actor, joint_body):
    _require(actor, joint_body)
    today = timezone.localdate()
    with transaction.atomic():
        if not JointBody.objects.filter(pk=joint_body.pk, until_on=None).update(until_on=today):
            raise Refusal(_("已经结束。"))
        Seat.objects.filter(joint_body=joint_body, until_on=None, from_on__lte=today).update(until_on=today)
        audit.record(actor, "joint_body.end", joint_body)


def take_seat(actor, joint_body, organization, role):
    _require(actor, joint_body)
    if joint_body.until_on:
        raise Refusal(_("已经结束，不能再加入单位。"))
    if not is_within(organization.area, joint_body.area) and not is_within(joint_body.area, organization.area):
        raise Refusal(
            _("%(unit)s 不在 %(area)s 的范围内。") % {"unit": organization, "area": joint_body.area},
            field="organization",
        )
    if organization.is_suspended:
        raise Refusal(_("%(unit)s 已暂停，恢复后才能加入。") % {"unit": organization}, field="organization")
    try:
        with transaction.atomic():
            seat = Seat.objects.create(joint_body=joint_body, organization=organization, role=role)
            audit.record(
                actor, "seat.take", joint_body, organization=organization, changes={role: [None, organization.code]}
            )
    except IntegrityError as error:
        raise Refusal(_("%(unit)s 已经在里面了。") % {"unit": organization}, field="organization") from error
    return seat


def end_seat(actor, seat):
    _require(actor, seat.joint_body)
    today = max(timezone.localdate(), seat.from_on)
    with transaction.atomic():
        JointBody.objects.select_for_update().get(pk=seat.joint_body_id)
        leads = Seat.objects.filter(joint_body=seat.joint_body, role="lead", until_on=None)
        if seat.role == "lead" and leads.count() == 1:
            raise Refusal(_("至少要有一个牵头单位：请先加入新的牵头单位，再让它退出。"))
        if not Seat.objects.filter(pk=seat.pk, until_on=None).update(until_on=today):
            raise Refusal(_("这个单位已经退出。"))
        changes = {seat.role: [seat.organization.code, None]}
        audit.record(actor, "seat.end", seat.joint_body, organization=seat.organization, changes=changes)


def _require(actor, joint_body):
    if not may_in(actor, "joint_body.edit", joint_body.area):
        raise PermissionDenied


def _refuse_lead(joint_body, lead):
    if not is_within(lead.area, joint_body.area):
        raise Refusal(_("牵头单位应在 %(area)s。") % {"area": joint_body.area}, field="lead")
    if joint_body.kind == "joint_body" and joint_body.area.level not in (Level.COUNTY, Level.TOWN):
        raise Refusal(_("联合体建在县（市、区）或乡镇（街道）。"), field="area")
