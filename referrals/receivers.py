"""Which organizations can take a referral of this person, and why the others cannot (R64, R65)."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from members.kinds import BUREAU_KINDS, PARTICIPANT_KINDS, Capacity, Direction, NeedKind
from members.models import Organization, OrganizationRelation
from members.profiles import profile_of
from referrals.workflow import direction_of


@dataclass
class Candidate:
    """A receiver as the form ranks it; `why_not` is empty for those that can take it."""

    organization: object
    is_same_level: bool
    why_not: tuple = ()
    remarks: tuple = field(default=())

    @property
    def takes(self):
        return not self.why_not


def direction_between(sender, receiver):
    return direction_of(sender.kind, receiver.kind, BUREAU_KINDS)


def why_not(sender, receiver, person, need_kinds=(), program=None):
    """What keeps this unit from taking it, in sentences; empty when nothing does."""
    found = []
    if receiver.pk == sender.pk:
        found.append(_("不能转介给本单位。"))
    if receiver.is_suspended:
        found.append(_("%(unit)s已被暂停，不能接收转介。") % {"unit": receiver})
    if receiver.kind in PARTICIPANT_KINDS:
        found.append(_("%(unit)s不接收个案。") % {"unit": receiver})
    found += _refused_by_scope(sender, receiver, person, need_kinds)
    if program is not None and not manages(receiver, program):
        words = {"unit": receiver, "program": program.name}
        found.append(_("“%(program)s”不由%(unit)s受理。") % words)
    return found


def _refused_by_scope(sender, receiver, person, need_kinds):
    direction = direction_between(sender, receiver)
    if receiver.kind not in BUREAU_KINDS:
        if direction not in receiver.directions:
            yield _("%(unit)s不接收“%(direction)s”的转介。") % {
                "unit": receiver, "direction": Direction(direction).label,
            }  # fmt: skip
        refused = [kind for kind in need_kinds if receiver.need_kinds and kind not in receiver.need_kinds]
        if refused:
            words = {"unit": receiver, "needs": str(_("、")).join(str(NeedKind(kind).label) for kind in refused)}
            yield _("%(unit)s不接收这类需求：%(needs)s。") % words
    if not serves(receiver, person.residence):
        yield _("%(unit)s的服务区域不包括此人的居住地。") % {"unit": receiver}


def serves(unit, place):
    """Does this unit work where somebody lives? Its own area and what lies below, and the areas it named besides."""
    here = {place.code, *place.ancestor_codes}
    return unit.area.code in here or unit.service_areas.filter(code__in=here).exists()


def manages(unit, program):
    """The program's own unit, one of its kind at another level (the chain upwards), or a member of its hub."""
    managing = program.organization
    if unit.pk == managing.pk or unit.kind == managing.kind:
        return True
    return OrganizationRelation.objects.current().filter(organization=managing, other=unit).exists()


def is_same_level(sender, receiver):
    """同级: of the very division the sender belongs to; a town's county counts as its own level."""
    return receiver.level == _level_of(sender) and (
        receiver.area.county == sender.area.county or receiver.area_id == sender.area_id
    )


def _level_of(sender):
    return "county" if sender.level in ("town", "village") else sender.level


def refused_by_region(sender, receiver, categories, reason):
    """What the region's settings say against it: whom it refers at all, and other levels only with a reason."""
    profile = profile_of(sender.area)
    if sender.kind in BUREAU_KINDS and not profile.takes(categories):
        return _("本地只转介名单以内类别的困难群众。")
    if is_same_level(sender, receiver) or receiver.kind in BUREAU_KINDS:
        return ""
    if not profile.same_level_only or reason.strip():
        return ""
    return _("本地规定先转介给同级单位；转给别级的，请写明理由。")


def candidates(sender, person, need_kinds=(), program=None):
    """Every unit that takes such referrals, those of the same level and with room first."""
    rows = Organization.objects.active().exclude(pk=sender.pk).exclude(kind__in=PARTICIPANT_KINDS)
    rows = rows.exclude(directions=[], kind__in=[]).select_related("area")
    found = [
        Candidate(unit, is_same_level(sender, unit), tuple(why_not(sender, unit, person, need_kinds, program)))
        for unit in rows
        if unit.directions or unit.kind in BUREAU_KINDS
    ]
    room = {Capacity.OPEN: 0, Capacity.LIMITED: 1, Capacity.FULL: 2}
    order = lambda one: (not one.takes, not one.is_same_level, room[one.organization.capacity], str(one.organization))  # noqa: E731
    return sorted(found, key=order)
