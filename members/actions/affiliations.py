"""What one unit is to another. A hub sees more of its members, so the bureau says who is one, not the hub itself."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.kinds import CHARITY_KINDS, HUB_KINDS, RelationKind
from members.models import OrganizationRelation


def add_relation(actor, organization, other, kind, from_on, note=""):
    if not may(actor, "organization.relate", organization):
        raise PermissionDenied
    if organization.pk == other.pk:
        raise Refusal(_("请选择另一个单位。"), field="other")
    if kind == RelationKind.HUB:
        _refuse_no_hub(organization, other)
        _refuse_far_member(actor, other)
    try:
        with transaction.atomic():
            relation = OrganizationRelation.objects.create(
                organization=organization, other=other, kind=kind, from_on=from_on, note=note, added_by=actor
            )
            changes = {relation.kind: [None, other.code]}
            audit.record(actor, "organization.relate", organization, organization=organization, changes=changes)
    except IntegrityError as error:
        raise Refusal(_("这个关系已经登记过，还没有结束。"), field="other") from error
    return relation


def end_relation(actor, relation):
    """It ends today; the line stays."""
    if not may(actor, "organization.relate", relation.organization):
        raise PermissionDenied
    with transaction.atomic():
        today = max(timezone.localdate(), relation.from_on)
        if not OrganizationRelation.objects.filter(pk=relation.pk, until_on=None).update(until_on=today):
            raise Refusal(_("这个关系已经结束。"))
        audit.record(
            actor, "organization.unrelate", relation.organization, organization=relation.organization,
            changes={relation.kind: [relation.other.code, None]},
        )  # fmt: skip


def _refuse_far_member(actor, other):
    """A bureau does not open another area's unit to a hub of its own."""
    if not may(actor, "organization.relate", other):
        raise Refusal(_("%(unit)s不在您的区域，请由共同的上级民政部门登记。") % {"unit": other}, field="other")


def _refuse_no_hub(organization, other):
    if organization.kind not in HUB_KINDS:
        raise Refusal(_("只有慈善总会、慈善会、枢纽型和行业性组织可以作枢纽。"), field="kind")
    if other.kind not in CHARITY_KINDS:
        raise Refusal(_("枢纽单位的成员应为慈善组织或社会组织。"), field="other")
