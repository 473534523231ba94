"""Split payments: what is paid in which month, in which parts, and what the donor pays in each quarter."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

# A schedule has no more instalments than these; the last of them carries the rest.
MOST = 120
AUTUMN, SPRING = (9, 10, 11, 12, 1), (3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Plan:
    """So many terms of so many months; each month's sum in named parts."""

    terms: int
    parts: tuple  # ((name, amount), …)
    months: tuple = (AUTUMN, SPRING)
    donor_pays: str = "quarter"

    @property
    def per_month(self):
        return sum((amount for _name, amount in self.parts), Decimal(0))

    @property
    def total(self):
        return sum(self.per_month * len(self.months[number % len(self.months)]) for number in range(self.terms))


@dataclass(frozen=True)
class Instalment:
    number: int
    term: int
    month: date
    amount: Decimal
    parts: tuple
    # The first month of those that the donor pays together.
    due_on: date | None = None

    @property
    def quarter(self):
        return self.month.year, (self.month.month + 2) // 3


def month_starts(plan, first_year):
    """(term, first day of the month) for every month that is paid; a school year begins in autumn."""
    for term in range(plan.terms):
        year = first_year + term // len(plan.months)
        autumn = plan.months[0][0]
        for month in plan.months[term % len(plan.months)]:
            yield term + 1, date(year if month >= autumn else year + 1, month, 1)


def schedule(plan, first_year):
    return [
        Instalment(number, term, month, plan.per_month, plan.parts)
        for number, (term, month) in enumerate(month_starts(plan, first_year), start=1)
    ]


def school_year_of(plan, day):
    """The year in which the school year begins that a decision of this day is for: from two months before its start."""
    return day.year if day.month >= plan.months[0][0] - 2 else day.year - 1


def spread(plan, first_year, amount):
    """A decided sum month by month until it is used up; the last month carries what is left. With the day on which
    the donor pays each of them."""
    found, left = [], amount if plan.per_month else Decimal(0)
    for number, (term, month) in enumerate(month_starts(replace(plan, terms=MOST), first_year), start=1):
        if left <= 0:
            break
        share = left if number == MOST else min(plan.per_month, left)
        found.append(Instalment(number, term, month, share, tuple(_filled(plan.parts, share))))
        left -= share
    first_of = {}
    for one in found:
        first_of.setdefault(_paid_with(plan, one), one.month)
    return [replace(one, due_on=first_of[_paid_with(plan, one)]) for one in found]


def _filled(parts, amount):
    """The parts in their order, as far as the sum reaches; what is more than all of them goes to the last."""
    for place, (name, whole) in enumerate(parts, start=1):
        share = amount if place == len(parts) else min(whole, amount)
        if share > 0:
            yield name, share
            amount -= share


def _paid_with(plan, instalment):
    """What is the same for the instalments that the donor pays together."""
    if plan.donor_pays == "quarter":
        return instalment.quarter
    if plan.donor_pays == "term":
        return instalment.term
    if plan.donor_pays == "year":
        return (instalment.term - 1) // len(plan.months)
    return instalment.month


def by_quarter(instalments):
    """(year, quarter) -> what the donor transfers."""
    sums = Counter()
    for instalment in instalments:
        sums[instalment.quarter] += instalment.amount
    return dict(sorted(sums.items()))
