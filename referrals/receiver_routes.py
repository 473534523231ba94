"""To whom, and by which program: what the first page of a referral offers, the best first."""

from dataclasses import dataclass, field

from programs import outcomes
from programs.matching import sum_text
from referrals import matching, receivers, safeguards
from referrals.items import Purpose
from referrals.models import Referral


@dataclass
class Route:
    """One unit by one of its programs, or by none: then the unit itself looks what it can do."""

    unit: object
    program: object = None
    # True fits, None open.
    eligible: bool | None = None
    sum: str = ""
    # An open referral of this person that stands in the way.
    existing: object = None

    @property
    def value(self):
        return f"{self.unit.code}/{self.program.code}" if self.program else self.unit.code


@dataclass
class Offered:
    """A unit with its routes; `why_not` is empty for those that can take it."""

    candidate: receivers.Candidate
    routes: list = field(default_factory=list)
    # Is there an agreement on data and an assessment, so that anything can go to it at all?
    is_ready: bool = True

    @property
    def unit(self):
        return self.candidate.organization

    @property
    def takes(self):
        return self.candidate.takes

    @property
    def fits(self):
        return any(route.eligible for route in self.routes)


def offered_to(sender, person, need_kinds=()):
    """Everything near, with the programs that fit or may fit: the same number of queries for two units as for forty."""
    found = [Offered(one) for one in receivers.candidates(sender, person, need_kinds)]
    programs = _programs(person)
    members = receivers.members_of({program.organization_id for program, _verdict in programs})
    waiting = _open_of(person)
    ready = safeguards.ready_among(person.keeper, [one.unit for one in found if one.takes], Purpose.REFER_TO_ORG)
    for one in found:
        if one.takes:
            one.is_ready = one.unit.pk in ready
            one.routes = [
                _route(one.unit, program, verdict, waiting)
                for program, verdict in programs
                if receivers.manages(one.unit, program, members)
            ]
            one.routes.append(Route(one.unit, existing=waiting.get((one.unit.pk, None))))
    return sorted(found, key=lambda one: (not one.takes, not one.candidate.is_same_level, not one.is_ready))


def _programs(person):
    """[(program, verdict)], those that fit before those that are open, as the matching ranks them."""
    matched = matching.match_person(person)
    verdicts = [*matched.fits, *matched.open]
    rows = outcomes.rows_of([one.program.code for one in verdicts])
    return [
        (rows[one.program.code], one)
        for one in verdicts
        if one.program.code in rows and rows[one.program.code].organization_id
    ]


def _route(unit, program, verdict, waiting):
    told = sum_text(verdict.amount, verdict.program.benefit.unit) if verdict.eligible else ""
    return Route(unit, program, verdict.eligible, told, waiting.get(program.pk))


def _open_of(person):
    """{program: open referral}, and {(unit, None): one that names no program}."""
    found = {}
    for one in Referral.objects.live().of(person).select_related("program"):
        found[one.program_id or (one.receiver_id, None)] = one
    return found


def best_of(offered, *, program="", besides=()):
    """What is chosen beforehand: the program somebody comes with; else, of what can be sent now, one that fits, or the
    first of the same level. Where there is none of these, nothing: then somebody must look."""
    asked = [one for one in offered if one.takes and one.unit.pk not in besides]
    routes = [(one, route) for one in asked for route in one.routes if route.existing is None]
    named = [route for _one, route in routes if route.program and route.program.code == program]
    fitting = [route for one, route in routes if one.is_ready and route.eligible]
    near = [route for one, route in routes if one.is_ready and one.candidate.is_same_level]
    return next((route.value for route in (*named, *fitting, *near)), "")
