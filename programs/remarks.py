"""What does not stop a release and yet is to be looked at by whoever writes and whoever releases.

The public text is compared by its numbers only: what its words say, nobody checks. And in one direction on purpose: a
rule may well be left out of a few plain sentences, but a number that stands there and in no rule is most likely of an
older version.
"""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from programs import benefits, funds
from programs.checks import Finding, examine
from programs.definitions import codes_of
from programs.reading import WrongProgram, read_program
from programs.rules import YES, tests_of

AGES = re.compile(
    r"(?P<under>不满|未满)?\s*(?P<one>[0-9]{1,3})(?:\s*(?:周岁|岁)?\s*[-–—~～至到]\s*(?P<two>[0-9]{1,3}))?\s*(?:周岁|岁)"
    r"|ag(?:e|ed)\s+(?P<aged>[0-9]{1,3})(?:\s*(?:[-–—]|to)\s*(?P<upto>[0-9]{1,3}))?"
)
# 3 万元, 30,000 元, 30,000 yuan; of a range the first number too: 200–400 元.
SUMS = re.compile(
    r"(?:(?P<low>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<lots>万)?(?:元|\s*yuan)?\s*[-–—~～至到]\s*)?"
    r"(?P<high>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<many>万)?\s*(?:元|yuan)"
)

# From the number of a test to the last one that it lets in.
INWARD = {"lt": -1, "gt": 1}


def findings_of(definition, vocabulary):
    """All that is to be said of a text: what stops it, and what does not."""
    return examine(definition, vocabulary) + list(remarks(definition, vocabulary))


def remarks(definition, vocabulary):
    for code in funds.unregistered(codes_of(definition.get("fund_codes"))):
        yield Finding("fund_codes", _("基金编号 %s 还没有登记在“基金与台账”里") % code, is_grave=False)
    try:
        program = read_program(definition, vocabulary)
    except WrongProgram:
        return
    if program.is_container:
        return
    if program.condition is YES:
        yield Finding("condition", _("没有写条件：这样发布，人人可以申请"), is_grave=False)
    for says in strange_numbers(program):
        yield Finding("public_text", says, is_grave=False)


def strange_numbers(program):
    """Sentences about numbers of the public text that no rule has."""
    tests = [*tests_of(program.condition), *(test for rule in program.benefit.rules for test in tests_of(rule.when))]
    tests += [test for paper in program.papers for test in tests_of(paper.when)]
    tests += [test for rule in program.benefit.rules for test in _tests_within(rule.pay)]
    text = " ".join(program.public_texts)
    ages, sums = known_ages(tests), known_sums(program.benefit, tests)
    for age in ages_in(text):
        if ages is not None and age not in ages:
            yield _("公开说明里写着 %s 岁，条件和待遇里没有这个年龄") % age
    for amount in sums_in(text):
        if amount not in sums:
            yield _("公开说明里写着 %s 元，条件和待遇里没有这个金额") % f"{amount:,f}"


def ages_in(text):
    found = []
    for match in AGES.finditer(text):
        numbers = [match[name] for name in ("one", "two", "aged", "upto") if match[name]]
        found += [int(number) - bool(match["under"]) for number in numbers]
    return list(dict.fromkeys(found))


def sums_in(text):
    found = []
    for match in SUMS.finditer(text):
        if match["low"]:
            found.append(_sum(match["low"], match["lots"] or match["many"]))
        found.append(_sum(match["high"], match["many"]))
    return list(dict.fromkeys(found))


def _sum(digits, is_lots):
    return Decimal(digits.replace(",", "")) * (10_000 if is_lots else 1)


def known_ages(tests):
    """The first and the last age that each test lets in; None where the day of birth itself is looked at."""
    found = set()
    for test in tests:
        if test.fact in {"age_years", "age_at_first_grant"}:
            found |= {number + INWARD.get(test.test, 0) for number in _numbers_of(test)}
            found |= {test.low + 1} if test.is_low_open and test.low is not None else set()
            found |= {test.high - 1} if test.is_high_open and test.high is not None else set()
        elif test.fact == "birth_date":
            return None
    return found


def known_sums(benefit, tests):
    found = {sum_ for test in tests for sum_ in _numbers_of(test)}
    for rule in benefit.rules:
        found |= set(_sums_of(rule.pay))
    plan = [amount for _name, amount in benefit.plan.parts] if benefit.plan else []
    found |= {benefit.cap, benefit.case_cap, *plan}
    # A sum for a year may be written for its months, and the other way round.
    found |= {one / benefit.months_per_year for one in found if one and benefit.months_per_year}
    return found - {None}


def _numbers_of(test):
    values = test.value if isinstance(test.value, frozenset) else [test.value]
    return [one for one in (*values, test.low, test.high) if type(one) in (int, Decimal)]


def _tests_within(pay):
    """The conditions inside a way of paying: the options of a choice of the highest."""
    if isinstance(pay, benefits.Highest):
        yield from (test for option in pay.options for test in tests_of(option.when))
    if otherwise := getattr(pay, "otherwise", None):
        yield from _tests_within(otherwise)


def _sums_of(pay):
    match pay:
        case benefits.Fixed() | benefits.Periodic():
            yield pay.amount
            yield pay.amount * (pay.times if isinstance(pay, benefits.Fixed) else pay.most)
        case benefits.Tiers():
            yield from (one for tier in pay.tiers for one in (tier.amount, tier.low, tier.high))
            yield from pay.pending or ()
        case benefits.Choice():
            yield from pay.table.values()
        case benefits.Highest():
            yield from (option.amount for option in pay.options)
        case benefits.Range():
            yield from (pay.low, pay.high)
        case benefits.Actual():
            yield pay.cap
        case benefits.Copay():
            yield pay.copay
    if otherwise := getattr(pay, "otherwise", None):
        yield from _sums_of(otherwise)
