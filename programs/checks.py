"""What is wrong with a program though every word of it can be read: the editor shows these with their place.

A condition no one can meet, a rule or tier that can never apply, gaps and overlaps, papers nobody will ever need.
"""

from typing import NamedTuple

from django.utils.translation import gettext as _

from programs import benefits
from programs.examples import TODAY, examples
from programs.facts import VOCABULARY
from programs.rules import AllOf, Always, AnyOf, Negation, Test, all_of, decide, negation, tests_of

MOST_WAYS = 4000  # ways to meet a condition that are tried; beyond that it is taken to be possible


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
    parts = [ways(part, wanted) for part in condition.parts]
    if isinstance(condition, AnyOf) is wanted:
        return [way for part in parts for way in part]
    product = [()]
    for part in parts:
        product = [way + more for way in product for more in part]
        if len(product) > MOST_WAYS:
            raise TooMany
    return product


def is_possible(condition, vocabulary=VOCABULARY):
    """Whether anybody at all can meet it; facts are taken to be free of each other."""
    try:
        return any(has_example(way, vocabulary) for way in ways(condition))
    except TooMany:
        return True


def has_example(way, vocabulary):
    by_fact = {}
    for test, wanted in way:
        by_fact.setdefault(test.fact, []).append((test, wanted))
    return all(fits_some(vocabulary[name], pairs) for name, pairs in by_fact.items())


def fits_some(fact, pairs):
    facts = {"as_of": TODAY}
    tried = [None, *examples(fact, [test for test, _wanted in pairs])]
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


def check_program(program, vocabulary=VOCABULARY):
    """Every finding about a program, in the order of its parts."""
    if program.is_container:
        return []
    findings = impossible_parts(program.condition, "condition", vocabulary)
    findings += check_rules(program, vocabulary)
    findings += check_papers(program, vocabulary)
    findings += check_steps(program)
    findings += check_ages(program)
    return findings + check_quota(program)


def check_rules(program, vocabulary):
    findings, before = [], program.condition
    is_sound = is_possible(before, vocabulary)
    for number, rule in enumerate(program.benefit.rules):
        place = f"benefit.rules[{number}]"
        findings += impossible_parts(rule.when, f"{place}.when", vocabulary)
        if is_sound and not is_possible(all_of(before, rule.when), vocabulary):
            findings.append(Finding(place, _("这一条永远用不上：符合它的人都先适用了前面的规定")))
        findings += check_pay(rule.pay, f"{place}.pay", program.benefit)
        before = all_of(before, negation(rule.when))
    if is_sound and is_possible(before, vocabulary):
        findings.append(Finding("benefit.rules", _("有人符合条件，却没有哪一条待遇规定适用：请写明其余情况")))
    return findings


def check_pay(pay, place, benefit):
    findings = []
    if isinstance(pay, benefits.Tiers):
        findings += check_tiers(pay, place, benefit.cap)
    if benefit.cap is not None and isinstance(pay, benefits.Fixed) and pay.amount * pay.times > benefit.cap:
        findings.append(Finding(f"{place}.amount", _("金额高于累计上限")))
    if benefit.plan and isinstance(pay, benefits.Fixed) and benefit.plan.total != pay.amount * pay.times:
        findings.append(Finding("benefit.plan", _("分期合计与资助总额不相等")))
    if isinstance(pay, benefits.Highest):
        for number, option in enumerate(pay.options):
            findings += impossible_parts(option.when, f"{place}.options[{number}].when", VOCABULARY)
    return findings


def check_tiers(pay, place, cap):
    findings, order = [], sorted(range(len(pay.tiers)), key=lambda number: lower_end(pay.tiers[number]))
    for number in order:
        tier, here = pay.tiers[number], f"{place}.tiers[{number}]"
        if is_empty(tier):
            findings.append(Finding(here, _("这一档里没有任何数")))
        if tier.amount == 0:
            findings.append(Finding(here, _("这一档的金额是零：不发放的区间不要列为一档")))
        if cap is not None and tier.amount > cap:
            findings.append(Finding(here, _("金额高于累计上限")))
        if VOCABULARY[pay.fact].type == "money" and tier.amount > (tier.low or 0):
            findings.append(Finding(here, _("资助可能高于自家所付"), is_grave=False))
    for one, other in zip(order, order[1:], strict=False):
        findings += check_neighbours(pay.tiers[one], pay.tiers[other], f"{place}.tiers[{other}]")
    return findings


def lower_end(tier):
    return (tier.low is not None, tier.low or 0, tier.is_low_open)


def is_empty(tier):
    if tier.low is None or tier.high is None:
        return False
    return tier.low > tier.high or (tier.low == tier.high and (tier.is_low_open or tier.is_high_open))


def check_neighbours(below, above, place):
    """Two tiers that follow each other must meet in one point that belongs to exactly one of them."""
    if below.high is None or above.low is None or above.low < below.high:
        return [Finding(place, _("与前一档重叠"))]
    if above.low > below.high:
        return [Finding(place, _("与前一档之间有空档"))]
    if below.is_high_open and above.is_low_open:
        return [Finding(place, _("正好 %s 不属于任何一档") % f"{above.low:,}")]
    if not below.is_high_open and not above.is_low_open:
        return [Finding(place, _("正好 %s 同时属于两档") % f"{above.low:,}")]
    return []


def check_papers(program, vocabulary):
    findings = []
    for number, paper in enumerate(program.papers):
        place = f"papers[{number}].when"
        inner = impossible_parts(paper.when, place, vocabulary)
        findings += inner
        findings += check_paper(paper, f"papers[{number}]")
        if not inner and not is_possible(all_of(program.condition, paper.when), vocabulary):
            findings.append(Finding(place, _("符合项目条件的人永远用不着这份材料"), is_grave=False))
    return findings


def check_paper(paper, place):
    findings = []
    if both := set(paper.seals) & set(paper.refused_seals):
        labels = "、".join(VOCABULARY["document_seals"].label_of(seal) for seal in sorted(both))
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
