"""Which organizations can take a referral of this person, and why the others cannot (R64, R65)."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from members.kinds import BUREAU_KINDS, PARTICIPANT_KINDS, Capacity, Direction, NeedKind
from members.models import Organization, OrganizationRelation
from members.profiles import profile_of
from referrals.paces import paces_of
from referrals.workflow import direction_of


@dataclass
class Candidate:
    """A receiver as the form ranks it; `why_not` is empty for those that can take it."""

    organization: object
    is_same_level: bool
    why_not: tuple = ()
    # How fast it answered lately (referrals.paces); None where nobody asked.
    pace: object = None

    @property
    def takes(self):
        return not self.why_not


def direction_between(sender, receiver):
    return direction_of(sender.kind, receiver.kind, BUREAU_KINDS)


def why_not(sender, receiver, person, need_kinds=(), program=None, members=None):
    """What keeps this unit from taking it, in sentences; empty when nothing does. `members`: see manages()."""
    found = []
    if receiver.pk == sender.pk:
        found.append(_("不能转介给本单位。"))
    if receiver.is_suspended:
        found.append(_("%(unit)s已被暂停，不能接收转介。") % {"unit": receiver})
    if receiver.kind in PARTICIPANT_KINDS:
        found.append(_("%(unit)s不接收个案。") % {"unit": receiver})
    found += _refused_by_scope(sender, receiver, person, need_kinds)
    if program is not None and not manages(receiver, program, members):
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
    return unit.area.code in here or any(area.code in here for area in unit.service_areas.all())


def manages(unit, program, members=None):
    """The program's own unit, one of its kind at another level (the chain upwards), or a member of its hub.

    `members`, {hub: its members}, spares the query where many units are looked at: members_of().
    """
    managing = program.organization
    if unit.pk == managing.pk or unit.kind == managing.kind:
        return True
    return unit.pk in (members or members_of([managing.pk]))[managing.pk]


def members_of(hubs):
    """{hub: the units that belong to it or work with it}, in one query."""
    found = {hub: set() for hub in hubs}
    rows = OrganizationRelation.objects.current().filter(organization__in=found)
    for hub, other in rows.values_list("organization", "other"):
        found[hub].add(other)
    return found


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
    """Every unit near that takes referrals: those of the same level, with room and quick to answer stand first."""
    here = [person.residence.code, *person.residence.ancestor_codes]
    near = Q(area__code__in=here) | Q(service_areas__code__in=here) | Q(area__county=person.residence.county or None)
    takes = ~Q(directions=[]) | Q(kind__in=BUREAU_KINDS)
    rows = Organization.objects.active().filter(near, takes).exclude(pk=sender.pk).exclude(kind__in=PARTICIPANT_KINDS)
    units = list(rows.distinct().select_related("area").prefetch_related("service_areas"))
    members = members_of([program.organization_id]) if program else None
    pace = paces_of([unit.pk for unit in units])
    found = [
        Candidate(
            unit, is_same_level(sender, unit), tuple(why_not(sender, unit, person, need_kinds, program, members)),
            pace.get(unit.pk),
        )
        for unit in units
    ]  # fmt: skip
    return sorted(found, key=lambda one: _place(sender, one))


# Those that never answered stand behind those that did.
_UNKNOWN_PACE = 999
_ROOM = {Capacity.OPEN: 0, Capacity.LIMITED: 1, Capacity.FULL: 2}


def _place(sender, candidate):
    unit = candidate.organization
    is_colleague = unit.kind in BUREAU_KINDS and sender.kind in BUREAU_KINDS
    days = candidate.pace.days if candidate.pace else _UNKNOWN_PACE
    return (
        not candidate.takes, not candidate.is_same_level, is_colleague, _ROOM[unit.capacity], days, str(unit), unit.pk
    )  # fmt: skip
