"""What can be read but cannot be right: each planted fault is found at its place; the shipped catalogue has none."""

import copy

import pytest

from programs import checks
from programs.catalogue import shipped, units, written
from programs.checks import check_program, examine, is_possible
from programs.compiled import Compiled
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


# -- Tiers, wherever they stand, and drafts that are half written -----------------------------------------------------
def bands(*rows):
    """(low, high, opens) with opens of "(", ")" → data."""
    return [
        {"low": low, "high": high, "amount": 10} | ({"low_open": True} if "(" in opens else {})
        | ({"high_open": True} if ")" in opens else {})
        for low, high, opens in rows
    ]  # fmt: skip


def found_for(pay, condition=None, **benefit):
    data = {
        "code": "T-1", "name": ["试"], "kind": "medical_aid", "applicants": ["self"], "why": "附件",
        "benefit": {"period": "once", "why": "附件", "rules": [{"id": "r", "says": "甲", "pay": pay}]} | benefit,
    }  # fmt: skip
    if condition:
        data["condition"] = condition | {"why": "附件"}
    return [(one.place.removeprefix("benefit.rules[0].pay."), one.message) for one in check_program(read_program(data))]


SCORES = [
    ([(400, 500, ")"), (500, None, "")], []),
    ([(500, None, ""), (400, 500, ")")], []),
    ([(None, 500, ")"), (500, 1000, "")], []),
    ([(400, 499, ""), (500, None, "")], [("tiers[1]", "与前一档之间有空档")]),
    ([(400, 800, ""), (450, 500, ""), (800, None, "(")], [("tiers[1]", "与前一档重叠")]),
    ([(400, None, ""), (500, None, "")], [("tiers[1]", "与前一档重叠")]),
    ([(None, None, ""), (500, None, "")], [("tiers[1]", "与前一档重叠")]),
    ([(400, 500, ""), (500, 500, "("), (500, None, "(")], [("tiers[1]", "这一档里没有任何数")]),
    ([(600, 500, "")], [("tiers[0]", "这一档里没有任何数")]),
    ([(400, 500, ""), (500, 600, "")], [("tiers[1]", "正好 500 同时属于两档")]),
    ([(400, 500, ")"), (500, 600, "(")], [("tiers[1]", "正好 500 不属于任何一档")]),
    ([(1001, 1200, "")], [("tiers[0]", "符合条件的人到不了这一档")]),
]


@pytest.mark.parametrize(("rows", "expected"), SCORES)
def test_tiers_meet_without_gap_or_overlap(rows, expected):
    assert found_for({"kind": "tiers", "fact": "gaokao_score", "tiers": bands(*rows)}) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 5, ""), (6, 10, "")], []),
        ([(0, 5, ""), (7, 10, "")], [("tiers[1]", "与前一档之间有空档")]),
        ([(5, 6, "()")], [("tiers[0]", "这一档里没有任何数")]),
        ([(0, 5, ")"), (6, 10, "")], [("tiers[1]", "与前一档之间有空档")]),
    ],
)
def test_between_whole_numbers_there_is_no_gap(rows, expected):
    assert found_for({"kind": "tiers", "fact": "age_years", "tiers": bands(*rows)}) == expected


def test_a_tier_nobody_of_the_program_can_reach_is_found():
    pay = {"kind": "tiers", "fact": "age_years", "tiers": bands((0, 14, ""), (14, 18, "("))}
    condition = {"fact": "age_years", "test": "range", "low": 0, "high": 14}
    assert found_for(pay, condition) == [("tiers[1]", "符合条件的人到不了这一档")]
    assert found_for(pay, condition | {"high": 15}) == []


def test_tiers_below_other_ways_of_paying_are_checked_too():
    inner = {"kind": "tiers", "fact": "gaokao_score", "tiers": bands((400, 500, ""), (500, 600, ""))}
    pay = {"kind": "choice", "fact": "hukou_type", "table": {"rural": 10}, "otherwise": inner}
    assert found_for(pay) == [("otherwise.tiers[1]", "正好 500 同时属于两档")]


def test_the_rest_of_nothing_is_told():
    inner = {"kind": "fixed", "amount": 5}
    pay = {"kind": "choice", "fact": "hukou_type", "table": {"rural": 10, "urban": 20}, "otherwise": inner}
    assert found_for(pay) == [("otherwise", "“其余情况”永远用不上：没有剩下的情况")]
    pay = {"kind": "tiers", "fact": "gaokao_score", "tiers": bands((None, None, "")), "otherwise": inner}
    assert found_for(pay) == [("otherwise", "“其余情况”永远用不上：没有剩下的情况")]


ZERO = "金额是零：不发放的请选“不发放”，还没有定的请选“金额未定”"


@pytest.mark.parametrize(
    ("pay", "place", "message"),
    [
        ({"kind": "fixed", "amount": 0}, "amount", ZERO),
        ({"kind": "periodic", "fact": "quota_used", "amount": 0}, "amount", ZERO),
        ({"kind": "range", "low": 0, "high": 0}, "high", ZERO),
        ({"kind": "choice", "fact": "hukou_type", "table": {"rural": 0}}, "table.rural", ZERO),
        ({"kind": "choice", "fact": "hukou_type", "table": {"rural": 900}}, "table.rural", "金额高于每件上限"),
        ({"kind": "fixed", "amount": 400, "times": 2}, "amount", "金额高于每件上限"),
        ({"kind": "range", "low": 800, "high": 900}, "high", "金额高于每件上限"),
        ({"kind": "tiers", "fact": "gaokao_score", "tiers": bands((0, None, "")), "pending": [9, 1]}, "pending",
         "下限大于上限"),
    ],
)  # fmt: skip
def test_sums_that_cannot_be_paid_are_found(pay, place, message):
    assert found_for(pay, case_cap=700) == [(place, message)]


def test_free_of_charge_is_no_sum_of_zero():
    assert found_for({"kind": "copay", "copay": 0}) == []
    assert found_for({"kind": "unset"}) == []


def half_written(change):
    data = copy.deepcopy(next(entry for entry in written()["programs"] if entry["code"] == "P02"))
    change(data)
    return [one.place for one in examine(data)]


def test_a_gap_is_told_though_the_rest_cannot_be_read_yet():
    def change(data):
        data.pop("why")
        data["papers"][0]["name"] = 5
        tiers_of(data)[1]["low"] = 11000

    assert half_written(change) == ["why", "papers[0].name", "benefit.rules[0].pay.tiers[1]"]


def test_what_cannot_be_read_makes_no_findings_of_its_own():
    assert half_written(lambda d: d["condition"]["all"].append({"fact": "x"})) == [
        "condition.all[4].fact", "condition.all[4].test",
    ]  # fmt: skip
    assert half_written(lambda d: d["benefit"]["rules"][0].update(when={"fact": "x", "test": "eq"})) == [
        "benefit.rules[0].when.fact"
    ]
    assert half_written(lambda d: d["benefit"]["rules"][0]["pay"].update(fact="x")) == ["benefit.rules[0].pay.fact"]


def test_a_sound_draft_has_the_findings_of_a_program():
    for entry in written()["programs"]:
        assert examine(entry) == []


def either(number):
    return {"any": [{"fact": "age_years", "test": "range", "low": low, "why": "x"} for low in range(number)]}


def test_ways_are_counted_before_they_are_made():
    several = {"all": [*(either(4) for _part in range(5)), either(3)]}  # 3,072 ways; of two such, nine million
    assert is_possible(read_condition({"all": [several, several]}))
    assert is_possible(read_condition({"any": [several, several]}))


def test_a_check_that_takes_too_long_takes_the_rest_to_be_possible(monkeypatch):
    never = {"all": [either(4), {"fact": "age_years", "test": "lt", "value": 0, "why": "x"}]}
    assert changed("P02", lambda d: d["condition"]["all"].append(never)) != []
    monkeypatch.setattr(checks, "MOST_TRIED", 0)
    assert changed("P02", lambda d: d["condition"]["all"].append(never)) == []


def rules_for(data, number):
    """So many rules, each for one age and the last for everybody else."""
    pay = {"kind": "fixed", "amount": 5}
    ages = [{"fact": "age_years", "test": "eq", "value": age} for age in range(number - 1)]
    data["benefit"] = {"period": "once", "why": "x"} | {
        "rules": [{"id": str(n), "says": "x", "pay": pay, **({"when": when} if when else {})}
                  for n, when in enumerate([*ages, None])]
    }  # fmt: skip


def test_rules_stand_one_inside_the_other_so_there_are_not_too_many():
    data = copy.deepcopy(next(entry for entry in written()["programs"] if entry["code"] == "P02"))
    rules_for(data, 40)
    program = read_program(data)
    assert examine(data) == []
    assert Compiled([program]).match({}) == (None,)
    rules_for(data, 500)
    assert ("benefit.rules", "最多 40 项") in [(one.place, one.message) for one in examine(data)]
