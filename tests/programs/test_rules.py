"""Conditions: what may be written, what it means for facts that are not known, and how it reads."""

import pytest
from hypothesis import HealthCheck, given, settings

from programs.catalogue import units
from programs.derived import View
from programs.facts import VOCABULARY
from programs.rules import WrongCondition, answer, open_facts, read_condition, written
from programs.sentences import reasons, requirement
from tests.programs import people

GIRL = {"fact": "gender", "test": "eq", "value": "female", "why": "附件"}
AGED = {"fact": "age_years", "test": "range", "low": 0, "high": 14, "why": "附件"}
LEAF = {"fact": "enrolled", "test": "eq", "value": True}


def ask(condition, **facts):
    view = View(VOCABULARY.read(facts), "T", "completed_years")
    return answer(read_condition(condition, needs_source=False), view)


def test_all_and_any_with_a_part_that_is_not_known():
    unknown = {"fact": "enrolled", "test": "eq", "value": True}
    assert ask({"all": [GIRL, unknown]}, gender="male").met is False
    assert ask({"all": [GIRL, unknown]}, gender="female").met is None
    assert ask({"any": [GIRL, unknown]}, gender="female").met is True
    assert ask({"any": [GIRL, unknown]}, gender="male").met is None
    assert ask({"not": unknown}).met is None
    assert ask({"fact": "enrolled", "test": "is_known"}).met is False


def test_only_open_parts_are_asked_for():
    condition = {"any": [{"all": [GIRL, LEAF]}, {"fact": "full_time", "test": "eq", "value": True}]}
    assert open_facts(ask(condition, gender="male")) == ["full_time"]
    assert open_facts(ask(condition, gender="female")) == ["enrolled", "full_time"]


@pytest.mark.parametrize(
    ("day", "test", "value", "met"),
    [
        ("2024-08-31", "within_months", 6, True),
        ("2024-02-29", "within_months", 6, True),
        ("2024-02-28", "within_months", 6, False),
        ("2024-09-01", "within_months", 6, False),
        ("2024-08-01", "within_days", 30, True),
        ("2024-07-31", "within_days", 30, False),
    ],
)
def test_the_last_months_end_on_the_last_day_of_a_short_month(day, test, value, met):
    condition = {"fact": "hsct_date", "test": test, "value": value}
    assert ask(condition, hsct_date=day, as_of="2024-08-31").met is met
    assert ask(condition, hsct_date=day).met is None


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ([], "condition"),
        ({}, "condition"),
        ({"all": []}, "condition.all"),
        ({"all": [GIRL], "any": [GIRL]}, "condition"),
        ({"all": [GIRL, {"fact": "x", "test": "eq", "value": 1, "why": "附件"}]}, "condition.all[1].fact"),
        ({"not": {**GIRL, "value": "child"}}, "condition.not.value"),
        ({**GIRL, "why": " "}, "condition.why"),
        ({**GIRL, "test": "contains"}, "condition.test"),
        ({**GIRL, "test": ["eq"]}, "condition.test"),
        ({**GIRL, "fact": {"a": 1}}, "condition.fact"),
        ({**AGED, "low": "0"}, "condition.low"),
        ({**AGED, "low": True}, "condition.low"),
        ({"fact": "age_years", "test": "range", "why": "附件"}, "condition"),
        ({"fact": "gender", "test": "in", "value": [], "why": "附件"}, "condition.value"),
        ({"fact": "hukou_code", "test": "startswith", "value": "", "why": "附件"}, "condition.value"),
        ({"fact": "hsct_date", "test": "within_months", "value": 0, "why": "附件"}, "condition.value"),
        ({"fact": "self_paid_yuan", "test": "gt", "value": 0.1, "why": "附件"}, "condition.value"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_place(condition, place):
    with pytest.raises(WrongCondition) as caught:
        read_condition(condition)
    assert place in [fault.place for fault in caught.value.faults]


def test_hostile_depth_and_size_are_refused():
    deep = GIRL
    for _step in range(500):
        deep = {"not": deep}
    for condition in (deep, {"all": [GIRL] * 5000}, {"all": [{"any": [GIRL] * 100}] * 100}):
        with pytest.raises(WrongCondition):
            read_condition(condition)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=people.rules())
def test_a_condition_written_down_reads_the_same_and_says_something(data):
    condition = read_condition(data, needs_source=False)
    again = read_condition(written(condition), needs_source=False)
    assert written(again) == written(condition)
    assert requirement(condition)


def test_a_condition_reads_as_a_sentence():
    assert requirement(read_condition(AGED)) == "年龄：0–14 周岁"
    tier = {"fact": "self_paid_yuan", "test": "range", "low": 5000, "low_open": True, "high": 10000, "why": "附件"}
    assert requirement(read_condition(tier)) == "本次手术自付费用：大于 5,000 元、不超过 10,000 元"
    both = {"all": [GIRL, {"any": [AGED, {"fact": "age_years", "test": "gte", "value": 60, "why": "附件"}]}]}
    assert requirement(read_condition(both)) == "性别：女，并且（年龄：0–14 周岁，或者年龄不小于 60 周岁）"


def test_an_answer_reads_as_a_sentence():
    assert reasons(ask({**AGED, "why": ""}, age_years=15)) == ["年龄 15 周岁，超出 0–14 周岁"]
    assert reasons(ask({**AGED, "why": ""}, age_years=14)) == ["年龄 14 周岁，在 0–14 周岁之内"]
    assert reasons(ask({"not": LEAF}, enrolled=True)) == ["在校就读：是，属于除外情形"]
    assert reasons(ask(LEAF)) == ["还不知道：是否在校就读"]
    area = {"fact": "hukou_code", "test": "startswith", "value": "2303", "called": "鸡西市"}
    assert reasons(ask(area, hukou_code="230102")) == ["户籍所在地不在鸡西市"]


def test_nobody_is_told_of_an_exception_that_does_not_concern_them():
    condition = next(program for program in units() if program.code == "P01").condition
    facts = {"as_of": "2024-09-02", "birth_date": "2000-01-01", "nationality": "CN", "diagnoses": ["leukemia"]}
    view = View(VOCABULARY.read(facts | {"prior_grants": []}), "P01", "completed_years")
    assert reasons(answer(condition, view)) == ["年龄 24 周岁，超出 0–18 周岁（出处：附件第1项·受助对象：0–18 周岁）"]
