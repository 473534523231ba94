"""What the rules of a program would pay this person, reckoned from the record and the ledger of both sides.

Earlier grants come out of the ledger with the other facts (referrals.earlier_grants), whoever keeps the record under
which they stand; so "once", "this year" and every ceiling hold whichever unit asks.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from programs import catalogue, rounds
from programs.ceilings import Limits
from programs.matching import judge
from referrals.matching import facts_of, readable
from referrals.models import Person


@dataclass(frozen=True)
class Entitlement:
    """What is due by the rules: from low to high, None where no sum is fixed; and line by line why."""

    # True, False, or None while a fact is missing.
    is_eligible: bool | None
    low: Decimal | None = None
    high: Decimal | None = None
    lines: tuple = ()
    reasons: tuple = ()
    # What is left under each ceiling of the program for this person, (rule, sum), the least first.
    rooms: tuple = ()
    # What this version says of duplicates and excess.
    limits: Limits = Limits()
    unit: str = "money"
    period: str = "once"
    beneficiary: str = "person"
    # Nothing is due any more, though the person fits: used up, or given already.
    is_used_up: bool = False

    @property
    def is_fixed(self):
        return self.low is not None

    def allows(self, amount):
        """Is this a sum of the rules?"""
        return amount is None or not self.is_fixed or self.low <= amount <= self.high

    @property
    def is_at_its_end(self):
        """Is nothing due any more because the sum of all grants is reached? Other reasons are the rules' own."""
        return self.is_used_up and any(rule == "lifetime" and left <= 0 for rule, left in self.rooms)


def same_human(person):
    """Every record of this person, whoever keeps it: by the number of their document."""
    root = Q(pk=person.pk) | Q(merged_into=person.pk)
    if person.number:
        root |= Person.number_question(person.number)
    return set(Person.objects.filter(root).values_list("pk", flat=True))


def family_of(records):
    """Everyone in the households of these records."""
    households = Person.objects.filter(pk__in=records).values("household")
    return set(Person.objects.filter(household__in=households).values_list("pk", flat=True))


def entitlement_of(person, program, *, version=None, round=None, on=None, without=None, holds_place=False):
    """By the version of its day, with the bounds of its round. `without`: the key of the line that is being judged;
    `holds_place`: of the places used in the round one is this person's."""
    on = on or timezone.localdate()
    words = catalogue.vocabulary()
    version = version or program.versions.holding_on(on).first()
    if version is None:
        return Entitlement(is_eligible=False)
    text = rounds.bounded(catalogue.parsed(version, words), round)
    facts = facts_of(person, on, without=without)
    # Whoever decides has the ledger: what is not in it and what nobody wrote down was not given.
    held = {"prior_grants": [], **facts}
    state = _state(program, round, on, holds_place)
    return _judged(judge(state | readable(held, words), text, words))


def _state(program, round, on, holds_place):
    """What is known of the program. Of the round of the case its campaign and term count, though it may be over."""
    state = rounds.program_state(program, on)
    if round is None:
        return state
    named = {"campaign": round.campaign or round.label, "term": round.term, "campaign_open": True}
    if round.quota is not None:
        named["quota_used"] = max(round.quota_used - holds_place, 0)
    return state | {name: value for name, value in named.items() if value not in (None, "")}


def _judged(verdict):
    benefit = verdict.program.benefit
    about = {
        "unit": benefit.unit, "period": benefit.period, "beneficiary": verdict.program.beneficiary,
        "limits": verdict.program.limits, "rooms": tuple(_rooms(verdict)),
    }  # fmt: skip
    if verdict.eligible is not True:
        fits = verdict.answer.met
        return Entitlement(
            is_eligible=verdict.eligible, reasons=tuple(verdict.reasons()), **about,
            is_used_up=verdict.eligible is False and fits is True,
        )  # fmt: skip
    sums = [line for line in verdict.grant.lines if line.low is not None]
    total = (sum(line.low for line in sums), sum(line.high for line in sums)) if sums else (None, None)
    return Entitlement(
        is_eligible=True, low=total[0], high=total[1], reasons=tuple(verdict.reasons()), **about,
        lines=tuple({"rule": line.rule, "says": line.says, "why": line.why, "low": _plain(line.low),
                     "high": _plain(line.high)} for line in verdict.grant.lines),
    )  # fmt: skip


def _plain(amount):
    return None if amount is None else str(amount)


def _rooms(verdict):
    """What each ceiling leaves for one more grant, the least first."""
    benefit, facts, limits = verdict.program.benefit, verdict.facts, verdict.program.limits
    found = []
    if benefit.case_cap is not None:
        found.append(("episode", benefit.case_cap))
    if benefit.cap is not None and facts["prior_sum"] is not None:
        found.append(("lifetime", benefit.cap - facts["prior_sum"]))
    if limits.year_cap is not None:
        found.append(("yearly", limits.year_cap - _given_this_year(facts, verdict.program.code)))
    return sorted(found, key=lambda pair: pair[1])


def _given_this_year(facts, code):
    """Sums of this program in the calendar year; hours have no price."""
    year = facts["as_of"].year
    grants = [one for one in facts.get("prior_grants") or () if one.program == code]
    return sum((one.amount or 0 for one in grants if one.day is not None and one.day.year == year), Decimal(0))
