"""Conditions and answers in words that a caseworker can read to a family."""

from datetime import date
from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from programs.facts import VOCABULARY
from programs.rules import AllOf, Always, Answer, AnyOf, Negation, Test

LISTED = 8  # longer lists are cut in a sentence; the page shows them whole


def number(value):
    """12000 → 12,000; 5000.01 → 5,000.01; no zeros behind the point."""
    text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_text(fact, value):
    if value is None:
        return _("不知道")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return value.isoformat()
    if fact.is_number:
        return f"{number(value)} {fact.unit}".strip()
    if isinstance(value, frozenset | set | tuple | list):
        return many_text(fact, value)
    return fact.label_of(value)


def many_text(fact, values, joiner="、"):
    order = list(fact.choices)
    known = sorted(values, key=lambda code: (order.index(code) if code in order else len(order), str(code)))
    if not known:
        return _("没有")
    text = joiner.join(fact.label_of(code) for code in known[:LISTED])
    return _("%(some)s等 %(count)s 项") % {"some": text, "count": len(known)} if len(known) > LISTED else text


def range_text(fact, test):
    """0–14 周岁; 大于 5,000 元、不超过 10,000 元; 60 周岁以上."""
    show = (lambda value: value_text(fact, value)) if not fact.is_number else number
    low, high, unit = test.low, test.high, f" {fact.unit}" if fact.unit else ""
    if low is not None and high is not None and not test.is_low_open and not test.is_high_open:
        return f"{show(low)}–{show(high)}{unit}"
    parts = []
    if low is not None:
        parts.append((_("大于 %s") if test.is_low_open else _("不小于 %s")) % (show(low) + unit))
    if high is not None:
        parts.append((_("小于 %s") if test.is_high_open else _("不超过 %s")) % (show(high) + unit))
    return "、".join(parts)


def wanted(fact, test):
    """What the test asks for, as the second half of a sentence."""
    if test.called:
        return test.called
    if test.test == "range":
        return range_text(fact, test)
    if test.test in {"in", "not_in", "contains_any", "contains_all"}:
        return many_text(fact, test.value, _("、") if test.test == "contains_all" else _("或"))
    if test.test in {"within_days", "within_months", "startswith"}:
        return str(test.value)
    return value_text(fact, test.value)


REQUIREMENTS = {
    "eq": gettext_noop("%(label)s：%(wanted)s"),
    "ne": gettext_noop("%(label)s：不是%(wanted)s"),
    "in": gettext_noop("%(label)s：%(wanted)s"),
    "not_in": gettext_noop("%(label)s：不是%(wanted)s"),
    "lt": gettext_noop("%(label)s小于 %(wanted)s"),
    "lte": gettext_noop("%(label)s不超过 %(wanted)s"),
    "gt": gettext_noop("%(label)s大于 %(wanted)s"),
    "gte": gettext_noop("%(label)s不小于 %(wanted)s"),
    "range": gettext_noop("%(label)s：%(wanted)s"),
    "startswith": gettext_noop("%(label)s：%(wanted)s"),
    "contains": gettext_noop("%(label)s包括%(wanted)s"),
    "contains_any": gettext_noop("%(label)s包括%(wanted)s"),
    "contains_all": gettext_noop("%(label)s同时包括%(wanted)s"),
    "within_days": gettext_noop("%(label)s在近 %(wanted)s 天内"),
    "within_months": gettext_noop("%(label)s在近 %(wanted)s 个月内"),
    "is_known": gettext_noop("%(label)s已查明"),
}


def requirement_of_test(test, vocabulary):
    fact = vocabulary[test.fact]
    return _(REQUIREMENTS[test.test]) % {"label": fact.label, "wanted": wanted(fact, test)}


def requirement(condition, vocabulary=VOCABULARY):
    """The condition itself, as a sentence."""
    if isinstance(condition, Test):
        return requirement_of_test(condition, vocabulary)
    if isinstance(condition, Always):
        return _("不限") if condition.met else _("不适用")
    if isinstance(condition, Negation):
        return _("不属于（%s）") % requirement(condition.part, vocabulary)
    inner = [
        f"（{requirement(part, vocabulary)}）" if isinstance(part, AllOf | AnyOf) else requirement(part, vocabulary)
        for part in condition.parts
    ]
    return (_("，并且") if isinstance(condition, AllOf) else _("，或者")).join(inner)


def unknown_text(fact):
    """Yes-or-no facts ask "whether"; the others name the thing."""
    if fact.type == "bool":
        return _("还不知道：是否%s") % fact.label
    return _("还不知道：%s") % fact.label


ASKED = {
    "lt": gettext_noop("小于 %s"),
    "lte": gettext_noop("不超过 %s"),
    "gt": gettext_noop("大于 %s"),
    "gte": gettext_noop("不小于 %s"),
    "within_days": gettext_noop("在近 %s 天内"),
    "within_months": gettext_noop("在近 %s 个月内"),
    "ne": gettext_noop("不是%s"),
    "not_in": gettext_noop("不是%s"),
    "contains": gettext_noop("包括%s"),
    "contains_any": gettext_noop("包括%s"),
    "contains_all": gettext_noop("同时包括%s"),
}


def asked(fact, test):
    """What follows "要求"; yes and no are set in quotation marks."""
    text = wanted(fact, test)
    if fact.type == "bool":
        text = f"“{text}”"
    return _(ASKED[test.test]) % text if test.test in ASKED else text


def held_text(fact, given):
    """The fact with its value: 年龄 15 周岁, or 性别：男."""
    held = value_text(fact, given.held)
    return f"{fact.label} {held}" if fact.is_number or fact.type in {"area", "date"} else f"{fact.label}：{held}"


def failed(fact, given):
    test = given.condition
    words = {"held": held_text(fact, given), "wanted": wanted(fact, test), "label": fact.label}
    if test.test == "is_known":
        return _("%(label)s没有查明") % words
    if test.test == "range" and None not in (test.low, test.high):
        return _("%(held)s，超出 %(wanted)s") % words
    if test.called:
        return _("%(label)s不在%(wanted)s") % words if fact.type == "area" else _("%(held)s，不在%(wanted)s") % words
    return _("%(held)s，要求%(asked)s") % {**words, "asked": asked(fact, test)}


def passed(fact, given):
    test = given.condition
    words = {"held": held_text(fact, given), "wanted": wanted(fact, test), "label": fact.label}
    if test.test == "is_known":
        return _("%(label)s已查明") % words
    if test.test == "range" and None not in (test.low, test.high):
        return _("%(held)s，在 %(wanted)s之内") % words
    if test.called:
        return _("%(label)s在%(wanted)s") % words if fact.type == "area" else _("%(held)s，在%(wanted)s") % words
    return _("%(held)s，符合") % words


def sentence_of_test(given, vocabulary, is_wanted):
    """Many people give the same answer to the same test, so its sentence is remembered, for each language."""
    return remembered(given.condition, given.met, given.held, vocabulary, is_wanted, get_language())


@lru_cache(maxsize=50_000)
def remembered(test, met, held, vocabulary, is_wanted, language):
    """Inside a negation what is met speaks against the person, and the other way round."""
    given = Answer(test, met, held)
    fact = vocabulary[test.fact]
    if given.met is None:
        says = unknown_text(fact)
    elif not is_wanted:
        says = (_("%s，属于除外情形") if given.met else _("%s，符合")) % held_text(fact, given)
    else:
        says = passed(fact, given) if given.met else failed(fact, given)
    return says, test.why


def reasons(given, vocabulary=VOCABULARY):
    """The sentences that make the answer what it is: all that hold, or those that fail, or those still open."""
    return [with_source(says, why) for says, why in told(given, vocabulary, True)]


def told(given, vocabulary, is_wanted):
    """(sentence, source) pairs. A failed `any` is one sentence that names every way that was tried."""
    condition = given.condition
    if isinstance(condition, Test):
        return [sentence_of_test(given, vocabulary, is_wanted)]
    if isinstance(condition, Always):
        return []
    if isinstance(condition, Negation):
        return told(given.parts[0], vocabulary, not is_wanted)
    telling = [part for part in given.parts if part.met is given.met and concerns(part)]
    is_choice = isinstance(condition, AnyOf) is is_wanted
    if is_choice and given.met is (not is_wanted) and len(telling) > 1:
        tried = dict.fromkeys(says for part in telling for says, _why in told(part, vocabulary, is_wanted)[:1])
        return [(_("几种情形都不符合：%s") % "；".join(tried), condition.why)]
    if is_choice and given.met is is_wanted:
        telling = telling[:1]
    return [pair for part in telling for pair in told(part, vocabulary, is_wanted)]


def concerns(given):
    """An exception concerns only those who meet its first part: nobody is told of grants they never had."""
    condition = given.condition
    return not (isinstance(condition, AllOf) and condition.is_exception and given.parts[0].met is False)


def with_source(sentence, why):
    return sourced(sentence, why, get_language()) if why else sentence


@lru_cache(maxsize=50_000)
def sourced(sentence, why, language):
    return _("%(says)s（出处：%(why)s）") % {"says": sentence, "why": why}
