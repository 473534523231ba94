"""Values of a fact that make a difference to given tests: the bounds, just beside them, and something else.

With these, "can anybody meet this?" and "what would an answer decide?" are tried out instead of reasoned about, by
the same interpreter that decides about people.
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

CENT = Decimal("0.01")
TODAY = date(2024, 6, 15)  # any day serves; tests of "the last n days" are tried around it
MOST_MEMBERS = 8  # up to here every set of members is tried


def examples(fact, tests, today=TODAY):
    """Values worth trying for a fact, given the tests that look at it."""
    if fact.type == "bool":
        return [True, False]
    if fact.is_number:
        return numbers(fact, tests)
    if fact.type == "date":
        return days(tests, today)
    if fact.type == "choices":
        return sets(tests)
    named = {value for test in tests for value in values_of(test) if isinstance(value, str)}
    if fact.type == "choice":
        return [code for code in fact.choices if code in named] + [c for c in fact.choices if c not in named]
    return words(fact, named, tests)


def values_of(test):
    if isinstance(test.value, frozenset):
        return sorted(test.value, key=str)
    return [value for value in (test.value, test.low, test.high) if value is not None]


def numbers(fact, tests):
    step = 1 if fact.type == "int" else CENT
    bounds = sorted({value for test in tests for value in values_of(test)})
    tried = {value + shift for value in bounds for shift in (-step, 0, step)}
    tried |= {type(low)((low + high) // 2) for low, high in zip(bounds, bounds[1:], strict=False)}
    least = 0 if fact.type == "money" and fact.minimum is None else fact.minimum
    tried |= {end for end in (least, fact.maximum) if end is not None}
    return sorted(
        value
        for value in tried or {0}
        if (least is None or value >= least) and (fact.maximum is None or value <= fact.maximum)
    )


def days(tests, today):
    tried = {today}
    for test in tests:
        if test.test in {"within_days", "within_months"}:
            span = test.value * (1 if test.test == "within_days" else 31)
            tried |= {today - timedelta(days=count) for count in (0, 1, span - 1, span + 31)} | {today + timedelta(1)}
        else:
            bounds = [value for value in values_of(test) if isinstance(value, date)]
            tried |= {bound + timedelta(days=shift) for bound in bounds for shift in (-1, 0, 1)}
    return sorted(tried)


def sets(tests):
    """Sets of the codes the tests name: every one of a few, else the whole, the empty and all but one."""
    codes = sorted({value for test in tests for value in values_of(test)})
    if len(codes) <= MOST_MEMBERS:
        return [frozenset(some) for size in range(len(codes) + 1) for some in combinations(codes, size)]
    whole = frozenset(codes)
    return [frozenset(), whole, *(frozenset({code}) for code in codes), *(whole - {code} for code in codes)]


def words(fact, named, tests):
    """Words of a shape: those named, those that begin as asked, and one that nobody named."""
    begins = {test.value for test in tests if test.test == "startswith"}
    whole = named - begins
    if fact.type == "area":
        filled = {(start + figure * 6)[:6] for start in begins for figure in "0123456789"}
        return sorted(value for value in whole | filled | {"990000"} if len(value) == 6)
    if fact.type == "country":
        return sorted(whole | {"CN", "ZZ"})
    return sorted(whole | begins | {start + "…" for start in begins} | {"……"})
