"""Split payments: what is paid in which month, in which parts, and what the donor pays in each quarter."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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


def by_quarter(instalments):
    """(year, quarter) -> what the donor transfers."""
    sums = Counter()
    for instalment in instalments:
        sums[instalment.quarter] += instalment.amount
    return dict(sorted(sums.items()))
