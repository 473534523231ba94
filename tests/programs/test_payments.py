"""A decided sum spread over months: with its parts, and with the day from which the donor pays them."""

from datetime import date
from decimal import Decimal

import pytest

from programs.payments import MOST, Plan, school_year_of, spread

PLAN = Plan(terms=6, parts=(("canteen_card", Decimal(300)), ("cash", Decimal(100))))


def test_the_whole_course_is_thirty_months_and_each_quarter_is_paid_from_its_first_month():
    rows = spread(PLAN, 2026, Decimal(12000))
    assert (len(rows), sum(one.amount for one in rows), rows[-1].month) == (30, 12000, date(2029, 7, 1))
    first = [(one.month, one.due_on, dict(one.parts)) for one in rows[:6]]
    split = {"canteen_card": 300, "cash": 100}
    assert first == [
        (date(2026, 9, 1), date(2026, 9, 1), split),
        (date(2026, 10, 1), date(2026, 10, 1), split),
        (date(2026, 11, 1), date(2026, 10, 1), split),
        (date(2026, 12, 1), date(2026, 10, 1), split),
        (date(2027, 1, 1), date(2027, 1, 1), split),
        (date(2027, 3, 1), date(2027, 1, 1), split),
    ]


@pytest.mark.parametrize(
    ("every", "days"),
    [
        ("month", [(2026, 9), (2026, 10), (2026, 11), (2026, 12), (2027, 1), (2027, 3), (2027, 4)]),
        ("term", [(2026, 9)] * 5 + [(2027, 3)] * 2),
        ("year", [(2026, 9)] * 7),
    ],
)
def test_a_donor_may_pay_by_month_term_or_year(every, days):
    plan = Plan(terms=6, parts=PLAN.parts, donor_pays=every)
    assert [(one.due_on.year, one.due_on.month) for one in spread(plan, 2026, Decimal(2800))] == days


def test_another_sum_than_the_plans_ends_with_what_is_left():
    rows = spread(PLAN, 2026, Decimal(1150))
    assert [one.amount for one in rows] == [400, 400, 350]
    assert rows[-1].parts == (("canteen_card", 300), ("cash", 50))
    long = spread(PLAN, 2026, Decimal(100_000))
    assert (len(long), sum(one.amount for one in long)) == (MOST, 100_000)
    assert sum(amount for _name, amount in long[-1].parts) == long[-1].amount
    assert spread(Plan(terms=1, parts=()), 2026, Decimal(100)) == []


def test_a_school_year_begins_two_months_before_its_first_month():
    assert [school_year_of(PLAN, date(2026, month, 15)) for month in (1, 6, 7, 12)] == [2025, 2025, 2026, 2026]
