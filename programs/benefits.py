"""What a program pays: line by line, each with its rule and its source, reckoned in decimals.

The rules are tried in order; the first whose condition holds applies. An amount that is not known, not printed or
left to an approver is None and never zero. `gate` says as a condition when anything at all is due, so that
"eligible" has one definition for the interpreter, the compiled function and the database.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from programs.rules import NO, YES, AnyOf, Test, all_of, answer, any_of, negation, open_facts

ZERO = Decimal(0)
PERIODS = ("once", "month", "term", "year", "per_operation", "per_campaign", "per_case", "per_award", "whole_course")


@dataclass(frozen=True)
class Tier:
    amount: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    is_low_open: bool = False
    is_high_open: bool = False

    def test(self, fact, why=""):
        return Test(fact, "range", None, self.low, self.high, self.is_low_open, self.is_high_open, why=why)


@dataclass(frozen=True, eq=False)
class Due:
    """What one way of paying makes due: from low to high, both None where no sum is fixed."""

    low: Decimal | None = None
    high: Decimal | None = None
    copay: Decimal | None = None
    waits_for: tuple = ()
    is_nothing: bool = False
    says: str = ""


NOTHING = Due(is_nothing=True, low=ZERO, high=ZERO)


@dataclass(frozen=True, eq=False)
class Pay:
    """A way of paying. `due` reckons with known facts; `payable` is the condition under which it is not nothing."""

    why: str = ""

    def payable(self):
        return YES

    def due(self, facts):
        raise TypeError("a way of paying says what is due")


@dataclass(frozen=True, eq=False)
class Fixed(Pay):
    """A sum, or a sum every month, term or year for so many of them."""

    amount: Decimal = ZERO
    times: int = 1
    every: str = ""

    def due(self, facts):
        total = self.amount * self.times
        return Due(total, total)


@dataclass(frozen=True, eq=False)
class Periodic(Pay):
    """A sum for every month (or term) that a fact counts, up to a limit."""

    fact: str = ""
    amount: Decimal = ZERO
    most: int = 12

    def payable(self):
        return Test(self.fact, "gt", 0)

    def due(self, facts):
        count = facts[self.fact]
        if count is None:
            return Due(ZERO, self.amount * self.most, waits_for=(self.fact,))
        total = self.amount * min(count, self.most)
        return Due(total, total)


@dataclass(frozen=True, eq=False)
class Tiers(Pay):
    """By the step in which a fact lies. With `pending`, the step may be left open until the fact is known."""

    fact: str = ""
    tiers: tuple = ()
    pending: tuple | None = None
    otherwise: Pay | None = None

    def payable(self):
        inside = any_of(*(tier.test(self.fact) for tier in merged(self.tiers)))
        if self.otherwise:
            return YES if self.pending or not self.tiers else known(inside)
        return any_of(negation(Test(self.fact, "is_known")), inside) if self.pending else inside

    def due(self, facts):
        held = facts[self.fact]
        if held is None and self.tiers:
            low, high = self.pending or (None, None)
            return Due(low, high, waits_for=(self.fact,))
        for tier in self.tiers if held is not None else ():
            if answer(tier.test(self.fact), facts).met:
                return Due(tier.amount, tier.amount)
        return self.otherwise.due(facts) if self.otherwise else NOTHING


@dataclass(frozen=True, eq=False)
class Choice(Pay):
    """By a table over the values of a fact."""

    fact: str = ""
    table: dict = field(default_factory=dict)
    otherwise: Pay | None = None

    def payable(self):
        listed = Test(self.fact, "in", frozenset(self.table))
        return known(listed) if self.otherwise else listed

    def due(self, facts):
        amount = self.table.get(facts[self.fact])
        if amount is not None:
            return Due(amount, amount)
        return self.otherwise.due(facts) if self.otherwise else NOTHING


@dataclass(frozen=True, eq=False)
class Range(Pay):
    """Between two sums, as the approver decides; goods carry the range of their value."""

    low: Decimal = ZERO
    high: Decimal = ZERO

    def due(self, facts):
        return Due(self.low, self.high)


@dataclass(frozen=True, eq=False)
class Actual(Pay):
    """Up to what was really spent, under fixed ceilings and ceilings that are facts (an agreement's maximum)."""

    fact: str = ""
    cap: Decimal | None = None
    cap_facts: tuple = ()

    def payable(self):
        return all_of(Test(self.fact, "gt", 0), *(self.room(name) for name in self.cap_facts))

    def room(self, name):
        """A ceiling that nobody has told does not stop the person: the fixed one stands alone."""
        return (
            any_of(negation(Test(name, "is_known")), Test(name, "gt", 0))
            if self.cap is not None
            else Test(name, "gt", 0)
        )

    def due(self, facts):
        ceilings = [facts[name] for name in (self.fact, *self.cap_facts)]
        top = min(value for value in (*ceilings, self.cap) if value is not None)
        return Due(ZERO, top, waits_for=tuple(name for name in self.cap_facts if facts[name] is None))


@dataclass(frozen=True, eq=False)
class Copay(Pay):
    """The person pays so much, the program the rest."""

    copay: Decimal = ZERO

    def due(self, facts):
        return Due(copay=self.copay)


@dataclass(frozen=True, eq=False)
class Unset(Pay):
    """Due, but nobody has printed or decided how much."""

    is_discretionary: bool = False

    def due(self, facts):
        return Due()


@dataclass(frozen=True, eq=False)
class Nothing(Pay):
    def payable(self):
        return NO

    def due(self, facts):
        return NOTHING


@dataclass(frozen=True, eq=False)
class Option:
    when: object
    amount: Decimal
    label: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False)
class Highest(Pay):
    """Several may apply; the highest counts, once."""

    options: tuple = ()
    otherwise: Pay | None = None

    def steps(self):
        """(amount, condition) from the highest down, equal amounts together."""
        amounts = sorted({option.amount for option in self.options}, reverse=True)
        return [
            (amount, any_of(*(option.when for option in self.options if option.amount == amount))) for amount in amounts
        ]

    def payable(self):
        """Not before it is known which one counts: half a sum would be shown as the whole."""
        condition = self.otherwise.payable() if self.otherwise else NO
        for _amount, when in reversed(self.steps()):
            condition = AnyOf((when, all_of(negation(when), condition)))
        return condition

    def due(self, facts):
        for amount, when in self.steps():
            if answer(when, facts).met:
                same = [option for option in self.options if option.amount == amount]
                labels = [option.label for option in same if answer(option.when, facts).met]
                return Due(amount, amount, says="；".join(labels))
        return self.otherwise.due(facts) if self.otherwise else NOTHING


def narrowed(pay, facts):
    """A way of paying without the steps that are not this person's."""
    otherwise = getattr(pay, "otherwise", None)
    if isinstance(pay, Highest):
        options = tuple(option for option in pay.options if answer(option.when, facts).met is not False)
        return replace(pay, options=options) if options else narrowed(otherwise, facts) if otherwise else Nothing()
    if not isinstance(pay, Tiers | Choice) or facts[pay.fact] is None:
        return pay
    due = pay.due(facts)
    if due.is_nothing:
        return Nothing()
    if due.low is not None and due.low == due.high:
        return Fixed(pay.why, due.low)
    return narrowed(otherwise, facts) if otherwise else pay


def known(test):
    """Met when the test can be decided either way, else not known: never simply "no", as is_known would be."""
    return AnyOf((test, negation(test)))


def merged(tiers):
    """Neighbouring tiers as one, so that the condition is short; amounts play no part here."""
    whole = []
    for tier in tiers:
        last = whole[-1] if whole else None
        if last and last.high is not None and last.high == tier.low and last.is_high_open != tier.is_low_open:
            whole[-1] = Tier(ZERO, last.low, tier.high, last.is_low_open, tier.is_high_open)
        else:
            whole.append(tier)
    return whole


@dataclass(frozen=True, eq=False)
class Rule:
    id: str
    pay: Pay
    when: object = YES
    says: str = ""
    why: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the answer: what is due, by which rule, from which source."""

    rule: str
    says: str
    why: str
    low: Decimal | None = None
    high: Decimal | None = None
    copay: Decimal | None = None


@dataclass(frozen=True)
class Grant:
    """What a person would get. state: due, nothing, or open (waiting for the facts in `open_facts`)."""

    state: str
    lines: tuple = ()
    open_facts: tuple = ()
    pending: tuple = ()

    @property
    def amount(self):
        """A sum, a range, or None where no sum is fixed."""
        sums = [line for line in self.lines if line.low is not None]
        if not sums:
            return None
        low, high = sum((line.low for line in sums), ZERO), sum((line.high for line in sums), ZERO)
        return low if low == high else (low, high)

    @property
    def copay(self):
        shares = [line.copay for line in self.lines if line.copay is not None]
        return sum(shares, ZERO) if shares else None


@dataclass(frozen=True, eq=False)
class Benefit:
    rules: tuple
    period: str = "once"
    unit: str = "money"
    payee: str = ""
    fund: str = ""
    cap: Decimal | None = None
    case_cap: Decimal | None = None
    months_per_year: int | None = None
    plan: object = None
    why: str = ""

    def gate(self):
        """The condition under which anything is due: one definition of "eligible" for every back end."""
        condition = NO
        for rule in reversed(self.rules):
            here = all_of(rule.when, rule.pay.payable())
            # When the rule holds, it decides; what stands below counts only where it surely does not hold.
            condition = any_of(here, all_of(negation(rule.when), condition))
        return all_of(condition, self.has_room())

    def has_room(self):
        return Test("prior_sum", "lt", self.cap) if self.cap is not None else YES

    def grant(self, facts):
        """What the first rule that holds makes due. A rule that cannot be settled stops the search."""
        for rule in self.rules:
            holds = answer(rule.when, facts)
            if holds.met is None:
                return Grant("open", open_facts=tuple(open_facts(holds)))
            if holds.met:
                return self.grant_by(rule, facts)
        return Grant("nothing", (Line("", _("没有哪一条待遇规定适用"), self.why),))

    def left(self, facts):
        """The ways of paying that may still come out for this person, narrowed to what is known of them."""
        found = []
        for rule in self.rules:
            met = answer(rule.when, facts).met
            if met is not False:
                found.append(narrowed(rule.pay, facts))
            if met:
                break
        return found

    def grant_by(self, rule, facts):
        payable = answer(all_of(rule.pay.payable(), self.has_room()), facts)
        why = rule.pay.why or rule.why or self.why
        if payable.met is None:
            return Grant("open", open_facts=tuple(open_facts(payable)))
        due = rule.pay.due(facts) if payable.met else NOTHING
        if due.is_nothing:
            return Grant("nothing", (Line(rule.id, rule.says or _("按规定不发放"), why, ZERO, ZERO),))
        line = self.limited(Line(rule.id, due.says or rule.says, why, due.low, due.high, due.copay), facts)
        return Grant("due", (line,), pending=due.waits_for)

    def limited(self, line, facts):
        """Under the ceiling of all grants together and the ceiling of one case."""
        room = [self.case_cap] if self.case_cap is not None else []
        if self.cap is not None and facts["prior_sum"] is not None:
            room.append(self.cap - facts["prior_sum"])
        if not room or line.high is None or line.high <= min(room):
            return line
        top = min(room)
        says = _("%(says)s（受上限所限，最多 %(top)s 元）") % {"says": line.says, "top": f"{top:,}"}
        return Line(line.rule, says, line.why, min(line.low, top), top, line.copay)
