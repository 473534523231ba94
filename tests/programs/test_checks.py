"""What can be read but cannot be right: each planted fault is found at its place; the shipped catalogue has none."""

import copy

import pytest

from programs.catalogue import shipped, units, written
from programs.checks import check_program, is_possible
from programs.facts import VOCABULARY
from programs.matching import match
from programs.questions import next_question, ranked
from programs.reading import read_program
from programs.rules import read_condition


def test_the_shipped_catalogue_has_no_findings():
    assert {program.code: found for program in shipped() if (found := check_program(program))} == {}


def changed(code, change):
    data = copy.deepcopy(next(entry for entry in written()["programs"] if entry["code"] == code))
    change(data)
    return [(finding.place, finding.message) for finding in check_program(read_program(data))]


def tiers_of(data):
    return data["benefit"]["rules"][0]["pay"]["tiers"]


FAULTS = [
    ("P02", lambda d: tiers_of(d)[1].update(low=11000), "benefit.rules[0].pay.tiers[1]", "空档"),
    ("P02", lambda d: tiers_of(d)[1].update(low=9000), "benefit.rules[0].pay.tiers[1]", "重叠"),
    ("P02", lambda d: tiers_of(d)[1].update(low_open=False), "benefit.rules[0].pay.tiers[1]", "同时属于两档"),
    ("P02", lambda d: tiers_of(d)[0].update(high_open=True), "benefit.rules[0].pay.tiers[1]", "不属于任何一档"),
    ("P02", lambda d: tiers_of(d)[0].update(high=5000), "benefit.rules[0].pay.tiers[0]", "没有任何数"),
    ("P02", lambda d: tiers_of(d)[0].update(amount=0), "benefit.rules[0].pay.tiers[0]", "零"),
    ("P02", lambda d: tiers_of(d)[0].update(amount=9000), "benefit.rules[0].pay.tiers[0]", "高于自家所付"),
    ("P02", lambda d: tiers_of(d)[4].update(amount=40000), "benefit.rules[0].pay.tiers[4]", "累计上限"),
    ("P01", lambda d: d["benefit"].update(cap=40000), "benefit.rules[0].pay.amount", "累计上限"),
    ("P01", lambda d: d["benefit"]["rules"].pop(), "benefit.rules", "没有哪一条"),
    ("P01", lambda d: d["benefit"]["rules"].insert(0, d["benefit"]["rules"][-1]), "benefit.rules[1]", "永远用不上"),
    ("P08-2", lambda d: d["benefit"]["rules"].pop(), "benefit.rules", "没有哪一条"),
    ("P08-2", lambda d: d.update(age_convention="until_birthday"), "age_convention", "年龄下限"),
    ("P06-2", lambda d: d["condition"]["all"].pop(), "quota", "名额"),
    ("P06-2", lambda d: d["benefit"]["plan"].update(terms=5), "benefit.plan", "不相等"),
    ("P11", lambda d: d["condition"]["all"][2].update(value=["primary"]), None, None),
    (
        "P11",
        lambda d: d["condition"]["all"].append({"not": d["condition"]["all"][0], "why": "附件"}),
        "condition",
        "没有人能符合",
    ),
    (
        "P12",
        lambda d: d["papers"][1].update(when={"fact": "economic_hardship", "test": "eq", "value": False}),
        "papers[1].when",
        "用不着",
    ),
]


@pytest.mark.parametrize(("code", "change", "place", "words"), FAULTS)
def test_a_planted_fault_is_found_at_its_place(code, change, place, words):
    found = changed(code, change)
    if place is None:
        assert found == []
    else:
        assert [here for here, message in found if here == place and words in message] == [place], found


def leaf(fact, test, value=None, **more):
    return {"fact": fact, "test": test, **({} if value is None else {"value": value}), **more}


@pytest.mark.parametrize(
    ("parts", "possible"),
    [
        ([leaf("age_years", "gt", 14), leaf("age_years", "lt", 15)], False),
        ([leaf("self_paid_yuan", "gt", 14), leaf("self_paid_yuan", "lt", 15)], True),
        ([leaf("age_years", "lt", 0)], False),
        ([leaf("hukou_code", "startswith", "2303"), leaf("hukou_code", "eq", "230102")], False),
        ([leaf("hukou_code", "startswith", "23"), leaf("hukou_code", "startswith", "2303")], True),
        ([leaf("categories", "contains", "dibao"), {"not": leaf("categories", "contains", "dibao")}], False),
        ([leaf("categories", "contains_all", ["dibao", "tekun"]), leaf("categories", "contains", "orphan")], True),
        ([leaf("gender", "ne", "male"), leaf("gender", "ne", "female")], False),
        ([leaf("gender", "is_known"), {"not": leaf("gender", "is_known")}], False),
        ([{"not": leaf("gender", "is_known")}], True),
        ([{"not": leaf("gender", "is_known")}, leaf("gender", "eq", "male")], False),
        ([leaf("hsct_date", "within_days", 30), leaf("hsct_date", "within_months", 12)], True),
        ([leaf("hsct_date", "lt", "2020-01-01"), leaf("hsct_date", "gt", "2020-01-01")], False),
        ([{"any": [leaf("age_years", "lt", 3), leaf("age_years", "gt", 90)]}, leaf("age_years", "eq", 50)], False),
    ],
)
def test_whether_anybody_can_meet_it(parts, possible):
    assert is_possible(read_condition({"all": parts}, needs_source=False)) is possible


def test_a_contradiction_deep_inside_is_marked_where_it_stands():
    def change(data):
        young, old = leaf("age_years", "lt", 3, why="附件"), leaf("age_years", "gt", 5, why="附件")
        data["condition"]["all"].append({"any": [{"all": [young, old]}, old], "why": "附件"})

    assert ("condition.all[7].any[0]", "没有人能符合这个条件") in changed("P04", change)


STATE = {"as_of": "2024-09-02", "quota_used": 0, "campaign_open": True, "agreement_cap_yuan": 1500}


def test_the_best_question_comes_first_and_program_state_is_never_asked():
    facts = VOCABULARY.read({"as_of": "2024-09-02"})
    question = next_question(facts, units())
    assert question.fact.name == "diagnoses"
    assert question.text == "医院确诊了什么病？"
    only = [program for program in units() if program.code == "P06-2"]
    facts = VOCABULARY.read(
        {
            "junior_high_graduate_this_year": True,
            "hardship_level": "severe",
            "home_visit_verified": True,
            "good_conduct_and_grades": True,
            "public_notice_done": True,
            "prior_grants": [],
        }
    )
    assert match(facts, only)[0].unknown == ["quota_used"]
    assert next_question(facts, only) is None


def test_a_person_is_led_to_an_answer_for_every_program_by_few_questions():
    """A girl of ten with leukaemia, answering what she is asked."""
    answers = VOCABULARY.read(
        {
            "diagnoses": ["leukemia"],
            "prior_grants": [],
            "hardship_level": "none",
            "economic_hardship": True,
            "education_stage": "primary",
            "household_flags": ["major_illness_family"],
            "age_years": 10,
            "gender": "female",
            "nationality": "CN",
            "hsct_done": False,
            "enrolled": True,
            "hukou_code": "230302",
            "good_conduct_and_grades": True,
        }
    )
    facts, asked = VOCABULARY.read(STATE), []
    while question := next_question(facts, units()):
        name = question.fact.name
        asked.append(name)
        facts[name] = answers.get(name, False)
    assert len(asked) <= 18
    verdicts = ranked(match(facts, units()))
    assert [v.program.code for v in verdicts if v.eligible] == ["P01", "P03", "P11", "P12"]
    assert [v for v in verdicts if v.eligible is None] == []


def test_eligible_programs_come_first_then_those_that_lack_least():
    facts = {"as_of": "2024-09-02", "birth_date": "2014-06-01", "nationality": "CN", "diagnoses": ["leukemia"]}
    verdicts = ranked(
        match(VOCABULARY.read(facts | {"prior_grants": [], "household_flags": ["organ_donor_family"]}), units())
    )
    kinds = [verdict.eligible for verdict in verdicts]
    assert kinds == sorted(kinds, key=[True, None, False].index)
    assert [verdict.program.code for verdict in verdicts[:2]] == ["P03", "P01"]
