"""What must stand before data goes to a receiver: an agreement on data, and a current impact assessment.

Both cover purposes and groups of items, so that neither has to be renewed for each new item. Either may be made by the
provider itself or by a bureau above it, on behalf of its area.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from members.kinds import BUREAU_KINDS
from referrals.items import ITEMS, Group
from referrals.models import DataAgreement, ImpactAssessment


@dataclass(frozen=True)
class Standing:
    """What was found, and in sentences what is wanting."""

    agreement: object
    assessment: object
    wanting: tuple

    def __bool__(self):
        return not self.wanting


def check(provider, receiver, purpose, items, on=None):
    """May data of these items go from this unit to that one, as far as paper goes?"""
    wanted = {ITEMS[code].group for code in items}
    groups = [group.value for group in Group if group in wanted]
    wanting = []
    agreement = agreement_for(provider, receiver, purpose, groups, on)
    if agreement is None and needs_agreement(receiver):
        wanting.append(
            _("与%(receiver)s还没有有效的个人信息条款（%(groups)s）。请先在合作协议上登记。")
            % {"receiver": receiver, "groups": _words(groups)}
        )
    assessment = assessment_for(provider, receiver, purpose, groups, on)
    if assessment is None:
        wanting.append(
            _("没有有效的个人信息保护影响评估包括向%(kind)s提供%(groups)s。请先完成评估。")
            % {"kind": receiver.get_kind_display(), "groups": _words(groups)}
        )
    return Standing(agreement, assessment, tuple(wanting))


def needs_agreement(receiver):
    """The civil-affairs side acts under the law that sets it up; everybody else by contract."""
    return receiver.kind not in BUREAU_KINDS


def agreement_for(provider, receiver, purpose, groups, on=None):
    rows = DataAgreement.objects.current(on).filter(
        receiver=receiver, purposes__contains=[purpose], groups__contains=groups
    )
    sides = Q()
    for side in ("party_a", "party_b", "party_c"):
        sides |= _responsible_for(provider, f"agreement__{side}__")
    return rows.filter(sides).order_by("-pk").first()


def assessment_for(provider, receiver, purpose, groups, on=None):
    rows = ImpactAssessment.objects.current(on).filter(
        purposes__contains=[purpose], groups__contains=groups, receiver_kinds__contains=[receiver.kind]
    )
    return rows.filter(_responsible_for(provider, "organization__")).order_by("-valid_until", "-pk").first()


def ready_among(provider, receivers, purpose, on=None):
    """Ids of the units to which anything at all could go as far as paper goes; two queries however many they are."""
    sides = Q()
    for side in ("party_a", "party_b", "party_c"):
        sides |= _responsible_for(provider, f"agreement__{side}__")
    agreed = DataAgreement.objects.current(on).filter(sides, purposes__contains=[purpose], receiver__in=receivers)
    agreed = set(agreed.values_list("receiver", flat=True))
    assessed = ImpactAssessment.objects.current(on).filter(purposes__contains=[purpose])
    assessed = assessed.filter(_responsible_for(provider, "organization__")).values_list("receiver_kinds", flat=True)
    kinds = {kind for kinds in assessed for kind in kinds}
    return {one.pk for one in receivers if one.kind in kinds and (one.pk in agreed or not needs_agreement(one))}


def _responsible_for(provider, prefix):
    """The unit itself, or a bureau of its area or above."""
    area = provider.area
    return Q(**{f"{prefix}pk": provider.pk}) | Q(
        **{f"{prefix}kind__in": sorted(BUREAU_KINDS), f"{prefix}area__code__in": [area.code, *area.ancestor_codes]}
    )


def _words(groups):
    return str(_("、")).join(str(Group(one).label) for one in groups)
