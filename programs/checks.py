"""What is wrong with a program though every word of it can be read: the editor shows these with their place.

A condition no one can meet, a rule or tier that can never apply, gaps and overlaps, papers nobody will ever need.
"""

import math
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from programs import benefits
from programs.examples import TODAY, examples
from programs.facts import VOCABULARY
from programs.reading import ProgramReader
from programs.rules import AllOf, Always, AnyOf, Negation, Test, all_of, decide, negation, tests_of

MOST_WAYS = 4000  # ways to meet a condition that are tried; beyond that it is taken to be possible
MOST_TRIED = 3_000_000  # comparisons in one check, about a second; whatever comes later is taken to be possible


class Finding(NamedTuple):
    """`is_grave` findings stop a release; the others are to be looked at."""

    place: str
    message: str
    is_grave: bool = True


class TooMany(Exception):
    pass


def ways(condition, wanted=True):
    """Every way to make a condition surely met (or surely not): lists of (test, wanted)."""
    if isinstance(condition, Always):
        return [()] if condition.met is wanted else []
    if isinstance(condition, Test):
        return [((condition, wanted),)]
    if isinstance(condition, Negation):
        return ways(condition.part, not wanted)
    # Counted before they are made: two conditions with some thousand ways each have millions together.
    if isinstance(condition, AnyOf) is wanted:
        found = []
        for part in condition.parts:
            found += ways(part, wanted)
            refuse_beyond(len(found))
        return found
    product = [()]
    for part in condition.parts:
        more = ways(part, wanted)
        refuse_beyond(len(product) * len(more))
        product = [way + one for way in product for one in more]
    return product


def refuse_beyond(number):
    if number > MOST_WAYS:
        raise TooMany


# What the check that is under way may still try; each check begins anew.
_left = ContextVar("left")


@contextmanager
def bounded():
    token = _left.set([MOST_TRIED])
    try:
        yield
    finally:
        _left.reset(token)


def is_possible(condition, vocabulary=VOCABULARY):
    """Whether anybody at all can meet it; facts are taken to be free of each other."""
    left = _left.get(None) or [MOST_TRIED]
    try:
        return any(has_example(way, vocabulary, left) for way in ways(condition))
    except TooMany:
        return True


def has_example(way, vocabulary, left):
    by_fact = {}
    for test, wanted in way:
        by_fact.setdefault(test.fact, []).append((test, wanted))
    return all(fits_some(vocabulary[name], pairs, left) for name, pairs in by_fact.items())


def fits_some(fact, pairs, left):
    facts = {"as_of": TODAY}
    if left[0] < 0:
        raise TooMany
    tried = [None, *examples(fact, [test for test, _wanted in pairs])]
    left[0] -= len(tried) * len(pairs)
    return any(all(decide(test, value, facts) is wanted for test, wanted in pairs) for value in tried)


def impossible_parts(condition, place, vocabulary):
    """The innermost parts that no one can meet, with their places."""
    inner = []
    if isinstance(condition, AllOf | AnyOf):
        key = "all" if isinstance(condition, AllOf) else "any"
        for number, part in enumerate(condition.parts):
            inner += impossible_parts(part, f"{place}.{key}[{number}]", vocabulary)
    elif isinstance(condition, Negation):
        inner = impossible_parts(condition.part, f"{place}.not", vocabulary)
        if inner:
            return []  # "not the impossible" holds for everybody
    if inner or is_possible(condition, vocabulary):
        return inner
    return [Finding(place, _("没有人能符合这个条件"))]


def everything(place):
    return True


def check_program(program, vocabulary=VOCABULARY, is_sound=everything):
    """Every finding about a program, in the order of its parts. Parts that could not be read are not `is_sound`."""
    if program.is_container:
        return []
    with bounded():
        findings = impossible_parts(program.condition, "condition", vocabulary)
        findings += check_rules(program, vocabulary, is_sound)
        findings += check_papers(program, vocabulary, is_sound)
    findings += check_steps(program)
    findings += check_ages(program)
    findings += check_quota(program)
    return [finding for finding in findings if is_sound(finding.place)]


def examine(data, vocabulary=VOCABULARY):
    """All that is wrong with a draft, however unfinished: what can be read is checked even where the rest cannot."""
    reader = ProgramReader(data, vocabulary)
    program = reader.read()
    wrong = {fault.place for fault in reader.faults}

    def is_sound(place):
        return not any(is_within(one, place) or is_within(place, one) for one in wrong)

    if not program.is_container:
        unread = {key: None for key in ("cap", "case_cap", "plan") if not is_sound(f"benefit.{key}")}
        program = replace(program, benefit=replace(program.benefit, **unread))
    findings = [Finding(fault.place, fault.message) for fault in reader.faults]
    return findings + check_program(program, vocabulary, is_sound)


def is_within(inner, outer):
    """Whether a place is the other one, or a part of it: papers[3].when lies within papers[3]."""
    return inner == outer or (inner.startswith(outer) and inner[len(outer) : len(outer) + 1] in {".", "["})


def check_rules(program, vocabulary, is_sound=everything):
    """`before` is who comes as far as a rule; where that cannot be told, rules are not called out of reach."""
    findings, before = [], program.condition if is_sound("condition") else None
    if before is not None and not is_possible(before, vocabulary):
        before = None
    for number, rule in enumerate(program.benefit.rules):
        place = f"benefit.rules[{number}]"
        findings += impossible_parts(rule.when, f"{place}.when", vocabulary)
        is_known = before is not None and is_sound(f"{place}.when")
        reach = all_of(before, rule.when) if is_known else None
        if is_known and not is_possible(reach, vocabulary):
            findings.append(Finding(place, _("这一条永远用不上：符合它的人都先适用了前面的规定")))
            reach = None
        if is_sound(f"{place}.pay"):
            findings += check_pay(rule.pay, f"{place}.pay", program.benefit, vocabulary, reach)
        before = all_of(before, negation(rule.when)) if is_known else None
    if before is not None and is_sound("benefit.rules") and is_possible(before, vocabulary):
        findings.append(Finding("benefit.rules", _("有人符合条件，却没有哪一条待遇规定适用：请写明其余情况")))
    return findings


def check_pay(pay, place, benefit, vocabulary=VOCABULARY, reach=None):
    """`reach` is the condition of all whom this way of paying may concern; None where that is not known."""
    findings = check_sums(pay, place, benefit)
    rest = reach
    if isinstance(pay, benefits.Tiers):
        findings += check_tiers(pay, place, vocabulary[pay.fact], vocabulary, reach)
        if reach is not None and pay.tiers:
            rest = all_of(reach, *(negation(tier.test(pay.fact)) for tier in pay.tiers))
    if isinstance(pay, benefits.Choice) and reach is not None:
        rest = all_of(reach, negation(Test(pay.fact, "in", frozenset(pay.table))))
    if benefit.plan and isinstance(pay, benefits.Fixed) and benefit.plan.total != pay.amount * pay.times:
        findings.append(Finding("benefit.plan", _("分期合计与资助总额不相等")))
    if isinstance(pay, benefits.Highest):
        for number, option in enumerate(pay.options):
            findings += impossible_parts(option.when, f"{place}.options[{number}].when", vocabulary)
    if otherwise := getattr(pay, "otherwise", None):
        if rest is not None and not is_possible(rest, vocabulary):
            findings.append(Finding(f"{place}.otherwise", _("“其余情况”永远用不上：没有剩下的情况"), is_grave=False))
        findings += check_pay(otherwise, f"{place}.otherwise", benefit, vocabulary, rest)
    return findings


def sums_of(pay):
    """(place within the way of paying, sum, what it comes to in all) for every sum that it names."""
    match pay:
        case benefits.Fixed():
            yield "amount", pay.amount, pay.amount * pay.times
        case benefits.Periodic():
            yield "amount", pay.amount, pay.amount
        case benefits.Tiers():
            yield from ((f"tiers[{number}].amount", tier.amount, tier.amount) for number, tier in enumerate(pay.tiers))
        case benefits.Choice():
            yield from ((f"table.{code}", amount, amount) for code, amount in pay.table.items())
        case benefits.Highest():
            yield from ((f"options[{n}].amount", one.amount, one.amount) for n, one in enumerate(pay.options))
        case benefits.Range():
            yield "high", pay.high, pay.low


def check_sums(pay, place, benefit):
    """No sum is zero, for nothing is paid as nothing; none is above a ceiling, or it would never be paid whole."""
    findings = []
    for key, amount, total in sums_of(pay):
        here = f"{place}.{key.removesuffix('.amount')}"
        if amount == 0 and isinstance(pay, benefits.Tiers):
            findings.append(Finding(here, _("这一档的金额是零：不发放的区间不要列为一档")))
        elif amount == 0:
            findings.append(Finding(here, _("金额是零：不发放的请选“不发放”，还没有定的请选“金额未定”")))
        if benefit.cap is not None and total > benefit.cap:
            findings.append(Finding(here, _("金额高于累计上限")))
        elif benefit.case_cap is not None and total > benefit.case_cap:
            findings.append(Finding(here, _("金额高于每件上限")))
    return findings


def check_tiers(pay, place, fact, vocabulary=VOCABULARY, reach=None):
    findings, is_whole = [], fact.type == "int"
    if pay.pending and pay.pending[0] > pay.pending[1]:
        findings.append(Finding(f"{place}.pending", _("下限大于上限")))
    sound = []
    for number, tier in enumerate(pay.tiers):
        here = f"{place}.tiers[{number}]"
        if is_empty(tier, is_whole):
            findings.append(Finding(here, _("这一档里没有任何数")))
            continue
        sound.append(number)
        if reach is not None and not is_possible(all_of(reach, tier.test(pay.fact)), vocabulary):
            findings.append(Finding(here, _("符合条件的人到不了这一档")))
        if fact.type == "money" and tier.amount > (tier.low or 0):
            findings.append(Finding(here, _("资助可能高于自家所付"), is_grave=False))
    sound.sort(key=lambda number: lower_end(pay.tiers[number]))
    furthest = None
    for number in sound:
        tier = pay.tiers[number]
        if furthest is not None:
            findings += check_neighbours(furthest, tier, f"{place}.tiers[{number}]", is_whole)
        if furthest is None or upper_end(tier) > upper_end(furthest):
            furthest = tier
    return findings


def lower_end(tier):
    return (tier.low is not None, tier.low or 0, tier.is_low_open)


def upper_end(tier):
    return (tier.high is None, tier.high or 0, not tier.is_high_open)


def is_empty(tier, is_whole=False):
    if tier.low is None or tier.high is None:
        return False
    if is_whole:
        first = math.floor(tier.low) + 1 if tier.is_low_open else math.ceil(tier.low)
        last = math.ceil(tier.high) - 1 if tier.is_high_open else math.floor(tier.high)
        return first > last
    return tier.low > tier.high or (tier.low == tier.high and (tier.is_low_open or tier.is_high_open))


def check_neighbours(below, above, place, is_whole=False):
    """Two tiers that follow each other must meet in one point that belongs to exactly one of them."""
    if below.high is None or above.low is None or above.low < below.high:
        return [Finding(place, _("与前一档重叠"))]
    if is_whole and above.low == below.high + 1 and not (below.is_high_open or above.is_low_open):
        return []  # 1 to 5, then 6 to 10: there is no whole number between
    if above.low > below.high:
        return [Finding(place, _("与前一档之间有空档"))]
    if below.is_high_open and above.is_low_open:
        return [Finding(place, _("正好 %s 不属于任何一档") % f"{above.low:,}")]
    if not below.is_high_open and not above.is_low_open:
        return [Finding(place, _("正好 %s 同时属于两档") % f"{above.low:,}")]
    return []


def check_papers(program, vocabulary, is_sound=everything):
    findings = []
    for number, paper in enumerate(program.papers):
        place = f"papers[{number}].when"
        inner = impossible_parts(paper.when, place, vocabulary)
        findings += inner
        findings += check_paper(paper, f"papers[{number}]") if is_sound(f"papers[{number}]") else []
        is_told = not inner and is_sound("condition") and is_sound(place)
        if is_told and not is_possible(all_of(program.condition, paper.when), vocabulary):
            findings.append(Finding(place, _("符合项目条件的人永远用不着这份材料"), is_grave=False))
    return findings


def check_paper(paper, place):
    findings = []
    if both := set(paper.seals) & set(paper.refused_seals):
        labels = _("、").join(VOCABULARY["document_seals"].label_of(seal) for seal in sorted(both))
        findings.append(Finding(f"{place}.refused_seals", _("%s既要求又不认") % labels))
    if paper.filed and not paper.is_either and len(paper.filed) != paper.originals:
        words = {"originals": paper.originals, "places": len(paper.filed)}
        message = _("要 %(originals)s 份原件，却写了 %(places)s 处存放") % words
        findings.append(Finding(f"{place}.filed", message, is_grave=False))
    return findings


def check_steps(program):
    """What a step of its kind cannot do without, and samples that come too late."""
    findings, kinds = [], [step.kind for step in program.steps]
    decided = kinds.index("approve") if "approve" in kinds else len(kinds)
    for number, step in enumerate(program.steps):
        place = f"steps[{number}]"
        if step.kind == "sample" and step.share is None:
            findings.append(Finding(f"{place}.share", _("抽样走访要写明抽多大比例")))
        if step.kind == "sign_off" and not step.bodies:
            findings.append(Finding(f"{place}.bodies", _("会签要写明由哪些单位会签")))
        if step.is_drawn and step.kind != "approve":
            findings.append(Finding(f"{place}.drawn", _("只有审批环节可以随机抽取第二位审批人")))
        if step.kind == "sample" and number > decided:
            findings.append(Finding(f"{place}.kind", _("抽样走访要在审批以前")))
        if step.share is not None and step.kind != "sample":
            findings.append(Finding(f"{place}.share", _("只有抽样走访才写抽样比例"), is_grave=False))
        if step.bodies and step.kind != "sign_off":
            findings.append(Finding(f"{place}.bodies", _("只有会签才写会签单位"), is_grave=False))
        if step.days is not None and step.kind != "notice":
            findings.append(Finding(f"{place}.days", _("只有公示才写公示天数"), is_grave=False))
    return findings


def check_ages(program):
    """Counting "until the birthday" is meant for upper ends; a lower end would come a year early."""
    if program.age_convention != "until_birthday":
        return []
    lows = [test for test in tests_of(program.condition) if test.fact == "age_years" and (test.low or 0) > 0]
    return [Finding("age_convention", _("“到生日为止”的算法不能用于年龄下限"))] if lows else []


def check_quota(program):
    names = {test.fact for test in tests_of(program.condition)}
    if program.quota is not None and "quota_used" not in names:
        return [Finding("quota", _("写了名额，条件里却没有检查已用名额"))]
    return []
