"""What a benefit would pay, tried out: for each rule the values of its fact that make a difference, and a case of
one's own. By the same interpreter that decides about people; a sum that nobody has fixed is never shown as zero.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from django.utils.translation import gettext as _

from programs import benefits
from programs.benefits import Grant
from programs.checks import TooMany, ways
from programs.derived import View
from programs.examples import TODAY, examples
from programs.facts import VOCABULARY
from programs.rules import Test, all_of, decide, facts_of, negation
from programs.sentences import unknown_text, value_text

MOST_ROWS = 40
# Who has had nothing yet, unless a rule speaks of somebody else.
EARLIER = ("prior_count", "prior_same_year", "prior_same_term", "prior_same_campaign")
NEWCOMER = dict.fromkeys(EARLIER, 0) | {"prior_sum": Decimal(0)}
TYPICAL = Decimal(3000)  # a cost to try where no ceiling says which one matters


@dataclass(frozen=True)
class Try:
    """One value tried: what would be paid, by which rule, from which source."""

    given: str
    sum: str
    says: str = ""
    rule: str = ""
    why: str = ""
    state: str = "due"


@dataclass(frozen=True)
class Table:
    """The values tried for one rule; `place` is where the rule stands."""

    place: str
    says: str
    fact: str
    why: str
    rows: tuple

    @property
    def grouped(self):
        """Neighbours that come to the same, together: (the first of them, what all of them were given)."""
        alike = groupby(self.rows, key=lambda row: (row.sum, row.says, row.why, row.state))
        groups = [list(rows) for _same, rows in alike]
        return [(rows[0], [row.given for row in rows]) for rows in groups]


def tables_of(program, vocabulary=VOCABULARY):
    """One table for each rule that pays: by the values of its fact, or by its options, or a single row."""
    found, before = [], ()
    for position, rule in enumerate(program.benefit.rules):
        reach = (rule.when, *(negation(one.when) for one in before))
        before = (*before, rule)
        if isinstance(rule.pay, benefits.Nothing):
            continue
        rows = tuple(rows_of(program, rule.pay, reach, vocabulary))
        label = vocabulary[rule.pay.fact].label if getattr(rule.pay, "fact", "") else ""
        if rows:
            found.append(Table(f"benefit.rules[{position}]", rule.says, label, rule.why, rows))
    return found


def first_case(program, vocabulary=VOCABULARY):
    """Somebody to begin with: the first who would be paid something."""
    before = ()
    for rule in program.benefit.rules:
        reach = (rule.when, rule.pay.payable(), *(negation(one.when) for one in before))
        before = (*before, rule)
        person = somebody(reach, vocabulary)
        if person is not None:
            return typical(program, rule.pay, person, vocabulary)
    return dict(NEWCOMER)


def typical(program, pay, person, vocabulary):
    """With a value in the middle of those for which something is due, where the sum hangs on one."""
    name = getattr(pay, "fact", "")
    tried = [person | {name: value} for value in values_of(pay, vocabulary)] if name else []
    fits = [facts for facts in tried if granted(program, facts).state == "due"]
    return fits[len(fits) // 2] if fits else person


def rows_of(program, pay, reach, vocabulary):
    if isinstance(pay, benefits.Highest):
        yield from option_rows(program, pay, reach, vocabulary)
        return
    person = somebody(reach, vocabulary)
    if person is None:
        return
    name = getattr(pay, "fact", "")
    if not name:
        yield paid(program, person, _("符合时"), vocabulary)
    for value in values_of(pay, vocabulary)[:MOST_ROWS] if name else ():
        yield paid(program, person | {name: value}, given_text(vocabulary[name], value), vocabulary)


def option_rows(program, pay, reach, vocabulary):
    """Somebody for each option, and somebody for none."""
    wanted = [(option.label, (option.when,)) for option in pay.options]
    wanted.append((_("以上都不是"), tuple(negation(option.when) for option in pay.options)))
    for label, conditions in wanted[:MOST_ROWS]:
        person = somebody((*reach, *conditions), vocabulary)
        if person is not None:
            yield paid(program, person, label, vocabulary)


def paid(program, facts, given, vocabulary=VOCABULARY):
    """What these facts make due, as one row."""
    grant = granted(program, facts)
    says, rules, whys = (_("；").join(getattr(line, key) for line in grant.lines) for key in ("says", "rule", "why"))
    return Try(given, sum_of(grant, program.benefit.unit, vocabulary), says, rules, whys, grant.state)


def given_text(fact, value):
    return f"{value:,.2f} {fact.unit}" if fact.type == "money" else value_text(fact, value)


def granted(program, facts):
    view = View({"as_of": TODAY} | facts, program.code, program.age_convention)
    view.update(facts)  # ages and earlier grants are given here, not reckoned
    return program.benefit.grant(view)


def sum_of(grant, unit, vocabulary=VOCABULARY):
    if grant.state == "open":
        return _("；").join(unknown_text(vocabulary[name]) for name in grant.open_facts)
    if grant.state == "nothing":
        return _("不发放")
    if grant.copay is not None:
        return _("自付 %s 元，其余由项目承担") % money(grant.copay) if grant.copay else _("免费，不用自付")
    if grant.amount is None:
        return _("金额未定")
    low, high = grant.amount if isinstance(grant.amount, tuple) else (grant.amount, grant.amount)
    words = {"low": money(low), "high": money(high)}
    text = _("%(high)s 元") if low == high else _("%(low)s–%(high)s 元") if low else _("最多 %(high)s 元")
    text = text % words
    text = _("价值 %s的物资") % text if unit == "goods" else text
    return _("%s，待定") % text if grant.pending else text


def money(amount):
    return f"{amount:,.2f}"


def values_of(pay, vocabulary=VOCABULARY):
    """The values worth trying: on each bound, just below it and just above; every choice of a list."""
    fact = vocabulary[pay.fact]
    if isinstance(pay, benefits.Choice):
        return list(fact.choices)
    if isinstance(pay, benefits.Tiers):
        bounds = {bound for tier in pay.tiers for bound in (tier.low, tier.high) if bound is not None}
        tests = [Test(fact.name, "eq", bound) for bound in bounds]
    else:
        tests = [Test(fact.name, "eq", top) for top in (pay.most if isinstance(pay, benefits.Periodic) else TYPICAL, 0)]
        if getattr(pay, "cap", None) is not None:
            tests[0] = Test(fact.name, "eq", pay.cap)
    middles = {(one.value + other.value) / 2 for one, other in pairwise(sorted(tests, key=lambda test: test.value))}
    return [value for value in examples(fact, tests) if value not in middles]


def somebody(conditions, vocabulary=VOCABULARY):
    """Facts of somebody who meets all of these, or None where nobody can."""
    try:
        found = ways(all_of(*conditions))
    except TooMany:
        return None
    return next((facts for way in found if (facts := fitting(way, vocabulary)) is not None), None)


def fitting(way, vocabulary):
    by_fact, facts = {}, dict(NEWCOMER)
    for test, wanted in way:
        by_fact.setdefault(test.fact, []).append((test, wanted))
    for name, pairs in by_fact.items():
        tried = [NEWCOMER.get(name), *examples(vocabulary[name], [test for test, _wanted in pairs])]
        fits = [value for value in tried if all(decide(t, value, {"as_of": TODAY}) is wanted for t, wanted in pairs)]
        if not fits:
            return None
        facts[name] = fits[0]
    return facts


def itemized(program, facts, vocabulary=VOCABULARY):
    """Every line of what is due: for what, how much, by which rule, from which source."""
    grant, unit = granted(program, facts), program.benefit.unit
    if grant.state == "open":
        return [Try("", sum_of(grant, unit, vocabulary), state="open")]
    alone = [(line, Grant(grant.state, (line,), pending=grant.pending)) for line in grant.lines]
    return [Try("", sum_of(one, unit, vocabulary), line.says, line.rule, line.why, one.state) for line, one in alone]


def asked_of(program):
    """The facts that a benefit looks at, in the order of its rules."""
    names = [name for rule in program.benefit.rules for name in (*facts_of(rule.when), *facts_in(rule.pay))]
    return list(dict.fromkeys([*names, *(["prior_sum"] if program.benefit.cap is not None else [])]))


def facts_in(pay):
    if name := getattr(pay, "fact", ""):
        yield name
    yield from getattr(pay, "cap_facts", ())
    for option in getattr(pay, "options", ()):
        yield from facts_of(option.when)
    if otherwise := getattr(pay, "otherwise", None):
        yield from facts_in(otherwise)
