"""A program in words: the lines that a page shows, that a search finds, and between which differences are told."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from programs import benefits, ceilings
from programs.facts import VOCABULARY, pick
from programs.rules import AllOf, Always, AnyOf, any_of
from programs.sentences import number, range_text, requirement
from programs.targets import label as label_of_group
from programs.words import (
    BENEFICIARIES,
    CONVENTIONS,
    KINDS,
    PARTIES,
    PARTS,
    PAYING,
    PERIODS,
    PROJECT_KINDS,
    RHYTHMS,
    STAGES,
    STEPS,
    UNITS,
    say,
)


@dataclass(frozen=True)
class Line:
    """One thing a program says. `key` names it across versions, so that a change is told as a change."""

    section: str
    key: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the benefit table: for whom, how much, from which source."""

    says: str
    when: str
    sum: str
    source: str


def lines_of(program, vocabulary=VOCABULARY):
    """Everything the program says, section by section."""
    found = list(general_lines(program, vocabulary))
    if not program.is_container:
        found += condition_lines(program, vocabulary)
        found += paper_lines(program, vocabulary)
        found += benefit_lines(program, vocabulary)
        found += limit_lines(program)
        found += step_lines(program)
    return found + [Line(_("说明"), note, note) for note in program.notes]


def general_lines(program, vocabulary=VOCABULARY):
    section, texts = _("概况"), program.texts
    named = [
        ("name", _("名称"), program.names[0]),
        ("name_en", _("英文名称"), program.names[1]),
        ("kind", _("帮扶类别"), say(KINDS, program.kind)),
        ("kinds", _("项目分类"), kinds_text(program)),
        ("groups", _("帮扶人群"), groups_text(program)),
        ("parent", _("上级项目"), program.parent),
        ("unit", _("主管单位"), texts.get("unit", "")),
        ("sponsor", _("出资或发起"), texts.get("sponsor", "")),
        ("region", _("地区"), texts.get("region", "")),
        ("handed_to", _("交到哪里"), texts.get("handed_to", "")),
        ("fund_codes", _("基金编号"), _("、").join(program.fund_codes)),
        ("public_text", _("公开说明"), program.public_texts[0]),
        ("public_text_en", _("英文公开说明"), program.public_texts[1]),
    ]
    if not program.is_container:
        named += [
            ("beneficiary", _("帮扶对象"), say(BENEFICIARIES, program.beneficiary)),
            ("age_convention", _("年龄算法"), say(CONVENTIONS, program.age_convention)),
            ("applicants", _("谁可以申请"), applicants_text(program, vocabulary)),
            ("quota", _("名额"), "" if program.quota is None else str(program.quota)),
        ]
    for key, label, text in named:
        if text:
            yield Line(section, key, _("%(label)s：%(text)s") % {"label": label, "text": text})

    for position, deadline in enumerate(program.deadlines, start=1):
        text = _("%(label)s：%(text)s") % {"label": _("期限"), "text": deadline_text(deadline)}
        yield Line(section, f"deadline#{position}", text)


def kinds_text(program):
    return _("、").join(say(PROJECT_KINDS, code) for code in program.kinds)


def groups_text(program):
    return _("、").join(map(label_of_group, program.groups))


def deadline_text(deadline):
    """每学期申请一次。（每年 03-01 至 04-30）"""
    words = {"says": pick(deadline.texts), "from": deadline.opens, "to": deadline.closes}
    if deadline.opens and deadline.closes:
        return _("%(says)s（每年 %(from)s 至 %(to)s）") % words
    if deadline.opens:
        return _("%(says)s（每年 %(from)s 起）") % words
    return _("%(says)s（每年 %(to)s 止）") % words if deadline.closes else words["says"]


def applicants_text(program, vocabulary=VOCABULARY):
    by = vocabulary["applied_by"]
    return _("、").join(by.label_of(code) for code in by.choices if code in program.applicants)


def conditions_of(program):
    """The parts that must all be met; one condition alone stands for itself."""
    condition = program.condition
    if isinstance(condition, Always):
        return ()
    return condition.parts if isinstance(condition, AllOf) and not condition.is_exception else (condition,)


def condition_lines(program, vocabulary=VOCABULARY):
    for part in conditions_of(program):
        text = requirement(part, vocabulary)
        yield Line(_("条件"), text, text, part.why)


def paper_lines(program, vocabulary=VOCABULARY):
    for paper in program.papers:
        parts = [paper.name, paper.count_text(), *paper_details(paper, vocabulary)]
        yield Line(_("材料"), paper.code, _("；").join(part for part in parts if part), paper.why)


def paper_details(paper, vocabulary=VOCABULARY):
    """Seals, condition, who, stage, validity, form and note, each a half-sentence; what is not said is left out."""
    seals = vocabulary["document_seals"]
    if paper.seals:
        yield _("盖%s") % _("或").join(seals.label_of(code) for code in paper.seals)
    if paper.refused_seals:
        yield _("不认%s") % _("、").join(seals.label_of(code) for code in paper.refused_seals)
    if not isinstance(paper.when, Always):
        yield when_text(paper.when, vocabulary)
    yield _("由%(who)s在%(stage)s提交") % {"who": say(PARTIES, paper.brought_by), "stage": say(STAGES, paper.stage)}
    if paper.valid_days:
        yield _("%s 天内有效") % paper.valid_days
    if paper.form:
        yield _("用表：%s") % paper.form
    if paper.fields:
        yield _("表上的栏目：%s") % _("、").join(paper.fields)
    if paper.filed:
        yield _("一式 %(count)s 份，%(who)s各存一份") % {"count": len(paper.filed), "who": parties(paper.filed)}
    if paper.struck is not None:
        yield _("简易程序可以免交") if paper.struck else _("简易程序也要交")
    if paper.note:
        yield paper.note


def when_text(condition, vocabulary=VOCABULARY):
    return "" if isinstance(condition, Always) else _("仅在“%s”时") % requirement(condition, vocabulary)


def benefit_lines(program, vocabulary=VOCABULARY):
    section = _("待遇")
    for key, text in benefit_facts(program.benefit):
        yield Line(section, key, text, program.benefit.why)
    for position, row in enumerate(benefit_rows(program.benefit, vocabulary)):
        text = _("%(says)s：%(sum)s") % {"says": row.says, "sum": row.sum}
        if row.when:
            text = _("%(text)s（%(when)s）") % {"text": text, "when": row.when}
        yield Line(section, f"{row.says}#{position}", text, row.source)


def benefit_facts(benefit):
    yield "period", _("发放周期：%s") % say(PERIODS, benefit.period)
    yield "unit", _("形式：%s") % say(UNITS, benefit.unit)
    if benefit.payee:
        yield "payee", _("付给：%s") % benefit.payee
    if benefit.fund:
        yield "fund", _("资金来源：%s") % benefit.fund
    if benefit.cap is not None:
        yield "cap", _("累计最高 %s 元") % number(benefit.cap)
    if benefit.case_cap is not None:
        yield "case_cap", _("每件最高 %s 元") % number(benefit.case_cap)
    if benefit.months_per_year:
        yield "months", _("每年按 %s 个月计算") % benefit.months_per_year
    if benefit.plan:
        yield "plan", plan_text(benefit.plan)


def limit_lines(program):
    """Of duplicates and excess what the version says itself; what it leaves as usual is said by nobody."""
    section = _("重复和超额")
    if program.limits.year_cap is not None:
        yield Line(section, "year_cap", _("每人每年最高 %s 元") % number(program.limits.year_cap))
    for rule, label, manner in ceilings.lines(program.limits):
        if rule in program.limits.manners:
            yield Line(section, rule, _("%(label)s：%(text)s") % {"label": label, "text": manner})


def limits_for_all(limits):
    """What of it a family needs to know before it applies."""
    if limits.year_cap is not None:
        yield _("每人每年最高 %s 元") % number(limits.year_cap)
    if limits.stops("same_period"):
        yield _("同一时期同一户只帮扶一次")


def plan_text(plan):
    parts = _("、").join(
        _("%(part)s %(sum)s 元") % {"part": say(PARTS, name), "sum": number(amount)} for name, amount in plan.parts
    )
    words = {"terms": plan.terms, "month": number(plan.per_month), "parts": parts, "total": number(plan.total)}
    text = _("分 %(terms)s 个学期按月发放，每月 %(month)s 元（%(parts)s），共 %(total)s 元") % words
    return (
        _("%(text)s；资助方%(every)s拨付") % {"text": text, "every": say(PAYING, plan.donor_pays)}
        if plan.donor_pays
        else text
    )


def benefit_rows(benefit, vocabulary=VOCABULARY):
    """The rules in their order, tiers and tables opened: each row one sum."""
    for rule in benefit.rules:
        when = "" if isinstance(rule.when, Always) else requirement(rule.when, vocabulary)
        source = rule.pay.why or rule.why
        for says, total in pay_rows(rule.pay, rule.says, vocabulary, benefit.unit):
            yield Row(says, when, total, source)


def pay_rows(pay, says, vocabulary=VOCABULARY, unit="money"):
    """(what for, how much) for one way of paying."""
    yield from ROWS[type(pay)](pay, says, vocabulary, unit)
    if otherwise := getattr(pay, "otherwise", None):
        yield from pay_rows(otherwise, _("%s：其余情况") % says, vocabulary, unit)


def fixed_rows(pay, says, vocabulary, unit):
    total = _("%s 元") % number(pay.amount)
    if pay.every:
        total = _("%(every)s %(sum)s") % {"every": say(PERIODS, pay.every), "sum": total}
    if pay.times > 1:
        words = {"sum": total, "times": pay.times, "total": number(pay.amount * pay.times)}
        total = _("%(sum)s，共 %(times)s 次，合计 %(total)s 元") % words
    yield says, total


def periodic_rows(pay, says, vocabulary, unit):
    words = {"fact": vocabulary[pay.fact].label, "sum": number(pay.amount), "most": pay.most}
    yield says, _("按%(fact)s，每次 %(sum)s 元，最多 %(most)s 次") % words


def tier_rows(pay, says, vocabulary, unit):
    fact = vocabulary[pay.fact]
    for tier in pay.tiers:
        words = {"says": says, "fact": fact.label, "range": range_text(fact, tier.test(pay.fact))}
        yield _("%(says)s：%(fact)s%(range)s") % words, _("%s 元") % number(tier.amount)
    if not pay.tiers and pay.otherwise is None:
        yield says, _("金额未定")


def choice_rows(pay, says, vocabulary, unit):
    fact = vocabulary[pay.fact]
    for code in sorted(pay.table, key=list(fact.choices).index):
        words = {"says": says, "fact": fact.label, "choice": fact.label_of(code)}
        yield _("%(says)s：%(fact)s为%(choice)s") % words, _("%s 元") % number(pay.table[code])


def range_rows(pay, says, vocabulary, unit):
    words = {"low": number(pay.low), "high": number(pay.high)}
    yield says, (_("价值 %(low)s–%(high)s 元的物资") if unit == "goods" else _("%(low)s–%(high)s 元")) % words


def actual_rows(pay, says, vocabulary, unit):
    total = _("按%s据实") % vocabulary[pay.fact].label
    if pay.cap is not None:
        total = _("%(sum)s，最高 %(cap)s 元") % {"sum": total, "cap": number(pay.cap)}
    for name in pay.cap_facts:
        total = _("%(sum)s，不超过%(fact)s") % {"sum": total, "fact": vocabulary[name].label}
    yield says, total


def copay_rows(pay, says, vocabulary, unit):
    yield says, _("自付 %s 元，其余由项目承担") % number(pay.copay) if pay.copay else _("免费，不用自付")


def unset_rows(pay, says, vocabulary, unit):
    yield says, _("由审批人决定") if pay.is_discretionary else _("金额未定")


def nothing_rows(pay, says, vocabulary, unit):
    yield says, _("不发放")


def highest_rows(pay, says, vocabulary, unit):
    for option in pay.options:
        words = {"says": option.label, "when": requirement(option.when, vocabulary)}
        yield _("%(says)s（%(when)s）") % words, _("%s 元") % number(option.amount)


ROWS = {
    benefits.Fixed: fixed_rows,
    benefits.Periodic: periodic_rows,
    benefits.Tiers: tier_rows,
    benefits.Choice: choice_rows,
    benefits.Range: range_rows,
    benefits.Actual: actual_rows,
    benefits.Copay: copay_rows,
    benefits.Unset: unset_rows,
    benefits.Nothing: nothing_rows,
    benefits.Highest: highest_rows,
}


def whom(program, vocabulary=VOCABULARY, most=3):
    """Who is helped, in half a line: the first conditions, without the ways in for a few."""
    said = [requirement(plainer(part), vocabulary) for part in conditions_of(program)]
    text = _("；").join(said[:most])
    return _("%s 等") % text if len(said) > most else text


def plainer(condition):
    """A choice without its exceptions: those already granted, judged by an earlier day."""
    if not isinstance(condition, AnyOf):
        return condition
    usual = [part for part in condition.parts if not (isinstance(part, AllOf) and part.is_exception)]
    return any_of(*usual) if usual else condition


def how_much(program, facts=None):
    """What is paid, in half a line: from the least sum to the highest; what nobody has fixed is said so. For a person
    of whom something is known: only what may still come out."""
    if program.is_container:
        return ""
    benefit = program.benefit
    pays = [rule.pay for rule in benefit.rules] if facts is None else benefit.left(facts)
    sums = sorted({total for pay in pays for total in _sums(pay)})
    texts = []
    if sums:
        words = {"low": number(sums[0]), "high": number(sums[-1])}
        texts.append(_("%(low)s–%(high)s 元") % words if len(sums) > 1 else _("%(low)s 元") % words)
    texts += dict.fromkeys(text for pay in pays for text in _without_sum(pay))
    every = "" if benefit.period == "once" else say(PERIODS, benefit.period)
    unit = "" if benefit.unit == "money" else say(UNITS, benefit.unit)
    said = _("；").join(texts) or _("金额未定")
    return _(" · ").join(part for part in (every, unit, said) if part)


def _sums(pay):
    """Every sum that a way of paying names."""
    match pay:
        case benefits.Fixed():
            yield pay.amount * pay.times
        case benefits.Periodic():
            yield pay.amount
        case benefits.Tiers():
            yield from (tier.amount for tier in pay.tiers)
        case benefits.Choice():
            yield from pay.table.values()
        case benefits.Range():
            yield from (pay.low, pay.high)
        case benefits.Highest():
            yield from (option.amount for option in pay.options)
    if otherwise := getattr(pay, "otherwise", None):
        yield from _sums(otherwise)


def _without_sum(pay):
    """What is due without a sum of its own: at cost, with a share, as decided."""
    match pay:
        case benefits.Actual():
            yield _("据实，最高 %s 元") % number(pay.cap) if pay.cap is not None else _("据实")
        case benefits.Copay():
            yield _("自付 %s 元") % number(pay.copay) if pay.copay else _("免费")
        case benefits.Unset():
            yield _("由审批人决定") if pay.is_discretionary else _("部分金额未定")
    if otherwise := getattr(pay, "otherwise", None):
        yield from _without_sum(otherwise)


def step_lines(program):
    for position, step in enumerate(program.steps, start=1):
        kind = _("［%s］") % say(STEPS, step.kind) if step.kind else ""
        to = _("；交给%s") % say(PARTIES, step.to) if step.to else ""
        yield Line(_("步骤"), str(position), f"{position}. {kind}{step_text(step)}{to}")


def step_text(step):
    """慈善总会：审核（20 个工作日内），一式 6 份."""
    text = _("%(who)s：%(does)s") % {"who": say(PARTIES, step.actor), "does": pick(step.texts)}
    details = _("；").join(step_details(step))
    if details:
        text = _("%(text)s（%(details)s）") % {"text": text, "details": details}
    return _("%(text)s，一式 %(sheets)s 份") % {"text": text, "sheets": step.sheets} if step.sheets else text


def step_details(step):
    """What a step asks for beyond its sentence, each a half-sentence."""
    if step.bodies:
        yield _("会签：%s") % parties(step.bodies)
    if step.share is not None:
        yield _("抽样 %s%%，至少一名") % number(step.share * 100)
    if step.is_drawn:
        yield _("随机抽取第二位审批人")
    if step.days is not None:
        yield _("公示 %s 天") % step.days
    if step.working_days is not None:
        yield _("%s 个工作日内") % step.working_days
    elif step.deadline:
        yield step.deadline
    elif step.every:
        yield say(RHYTHMS, step.every)


def parties(codes):
    return _("、").join(say(PARTIES, code) for code in codes)


def search_text(program, vocabulary=VOCABULARY):
    """Its sentences in one text, for the search box."""
    return "\n".join(line.text for line in lines_of(program, vocabulary))[:20_000]
