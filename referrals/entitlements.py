"""What the rules of a program would pay this person, reckoned from the record and the ledger of both sides.

Earlier grants are read from the ledger, whoever keeps the record under which they stand, and for help to a family from
everyone in it; so "once", "this year" and every ceiling hold whichever unit asks.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from portal.lib import row_security
from programs import catalogue, rounds
from programs.matching import judge
from referrals.matching import facts_of, readable
from referrals.models import AidLine, Person


@dataclass(frozen=True)
class Entitlement:
    """What is due by the rules: from low to high, None where no sum is fixed; and line by line why."""

    # True, False, or None while a fact is missing.
    is_eligible: bool | None
    low: Decimal | None = None
    high: Decimal | None = None
    lines: tuple = ()
    reasons: tuple = ()
    # What is left under the ceilings of the program for this person, None where there is none.
    room: Decimal | None = None
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


@row_security.widely("duplicates and ceilings")
def grants_of(people, program_code, without=None):
    """What the ledger says one program decided for these people, as the vocabulary has it (prior_grants)."""
    rows = AidLine.objects.counted().filter(person__in=people, program__code=program_code).exclude(pk=without)
    return [as_grant(line) for line in rows.select_related("program", "round").order_by("pk")]


def as_grant(line):
    day = line.given_on or timezone.localdate(line.approved_at or line.proposed_at)
    worth = line.worth_yuan
    return {
        "program": line.program.code,
        "amount_yuan": str(worth) if worth is not None else None,
        "date": day.isoformat(),
        "term": line.round.term or None if line.round else None,
        "campaign": line.round.campaign or line.round.label if line.round else None,
    }


def entitlement_of(person, program, *, version=None, round=None, on=None, without=None, holds_place=False):
    """By the version of its day, with the bounds of its round. `without`: the key of the line that is being judged;
    `holds_place`: of the places used in the round one is this person's."""
    on = on or timezone.localdate()
    words = catalogue.vocabulary()
    version = version or program.versions.holding_on(on).first()
    if version is None:
        return Entitlement(is_eligible=False)
    text = rounds.bounded(catalogue.parsed(version, words), round)
    records = same_human(person)
    about = family_of(records) if text.beneficiary == "household" else records
    held = _with_ledger(facts_of(person, on), grants_of(about, program.code, without), program.code)
    state = _state(program, round, on, holds_place)
    return _judged(judge(state | readable(held, words), text, words))


def _with_ledger(facts, grants, code):
    """The ledger comes before what somebody wrote down of the same program; of other places both are known."""
    told = [one for one in facts.get("prior_grants") or () if one.get("program") != code]
    mine = [one for one in facts.get("prior_grants") or () if one.get("program") == code]
    seen = {(one["date"], one["amount_yuan"]) for one in grants}
    kept = [one for one in mine if (one.get("date"), one.get("amount_yuan")) not in seen]
    return facts | {"prior_grants": [*told, *kept, *grants]}


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
    about = {"unit": benefit.unit, "period": benefit.period, "beneficiary": verdict.program.beneficiary}
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
        room=_room(benefit, verdict.facts),
        lines=tuple({"rule": line.rule, "says": line.says, "why": line.why, "low": _plain(line.low),
                     "high": _plain(line.high)} for line in verdict.grant.lines),
    )  # fmt: skip


def _plain(amount):
    return None if amount is None else str(amount)


def _room(benefit, facts):
    """The smallest ceiling that still bounds one more grant."""
    bounds = [benefit.case_cap] if benefit.case_cap is not None else []
    if benefit.cap is not None and facts["prior_sum"] is not None:
        bounds.append(benefit.cap - facts["prior_sum"])
    return min(bounds) if bounds else None
