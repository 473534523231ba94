"""What is paid: every kind of benefit, its ceilings, its parts, and what must never happen."""

import copy
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.catalogue import shipped, units, written
from programs.derived import View
from programs.facts import VOCABULARY
from programs.matching import judge, plain_sum, sum_text
from programs.papers import asks, struck_off
from programs.payments import by_quarter, schedule
from programs.reading import WrongProgram, read_program

PROGRAMS = {program.code: program for program in units()}
CENTS = st.integers(0, 20_000_000).map(lambda cents: Decimal(cents) / 100)


def program(pay, **benefit):
    rules = [{"id": "only", "says": "资助", "pay": pay}]
    data = {
        "code": "T-1",
        "name": ["试", "Trial"],
        "kind": "medical_aid",
        "applicants": ["self"],
        "why": "附件",
        "benefit": {"period": "once", "why": "附件", "rules": rules} | benefit,
    }
    return read_program(data)


def due(pay, facts=None, **benefit):
    verdict = judge(VOCABULARY.read({"prior_grants": []} | (facts or {})), program(pay, **benefit))
    return verdict.eligible, verdict.amount


TIERS = {
    "kind": "tiers",
    "fact": "self_paid_yuan",
    "tiers": [{"low": 0, "low_open": True, "high": 100, "amount": 10}, {"low": 100, "low_open": True, "amount": 20}],
}
KINDS = [
    ({"kind": "fixed", "amount": 800}, {}, (True, 800)),
    ({"kind": "fixed", "amount": 400, "times": 5, "every": "month"}, {}, (True, 2000)),
    ({"kind": "periodic", "fact": "quota_used", "amount": 300, "most": 10}, {"quota_used": 4}, (True, 1200)),
    ({"kind": "periodic", "fact": "quota_used", "amount": 300, "most": 10}, {"quota_used": 40}, (True, 3000)),
    ({"kind": "periodic", "fact": "quota_used", "amount": 300, "most": 10}, {"quota_used": 0}, (False, 0)),
    ({"kind": "periodic", "fact": "quota_used", "amount": 300, "most": 10}, {}, (None, None)),
    (TIERS, {"self_paid_yuan": 0}, (False, 0)),
    (TIERS, {"self_paid_yuan": 100}, (True, 10)),
    (TIERS, {"self_paid_yuan": Decimal("100.01")}, (True, 20)),
    (TIERS, {}, (None, None)),
    (TIERS | {"pending": [0, 20]}, {}, (True, (0, 20))),
    (TIERS | {"otherwise": {"kind": "unset"}}, {"self_paid_yuan": 0}, (True, None)),
    (TIERS | {"otherwise": {"kind": "unset"}}, {}, (None, None)),
    ({"kind": "choice", "fact": "hukou_type", "table": {"rural": 5}}, {"hukou_type": "rural"}, (True, 5)),
    ({"kind": "choice", "fact": "hukou_type", "table": {"rural": 5}}, {"hukou_type": "urban"}, (False, 0)),
    ({"kind": "choice", "fact": "hukou_type", "table": {"rural": 5}}, {}, (None, None)),
    (
        {"kind": "choice", "fact": "hukou_type", "table": {"rural": 5}, "otherwise": {"kind": "fixed", "amount": 3}},
        {"hukou_type": "urban"},
        (True, 3),
    ),
    ({"kind": "range", "low": 200, "high": 400}, {}, (True, (200, 400))),
    ({"kind": "actual", "fact": "self_paid_yuan", "cap": 50}, {"self_paid_yuan": 80}, (True, (0, 50))),
    ({"kind": "actual", "fact": "self_paid_yuan"}, {"self_paid_yuan": 80}, (True, (0, 80))),
    ({"kind": "actual", "fact": "self_paid_yuan"}, {"self_paid_yuan": 0}, (False, 0)),
    ({"kind": "copay", "copay": 500}, {}, (True, None)),
    ({"kind": "discretionary"}, {}, (True, None)),
    ({"kind": "unset"}, {}, (True, None)),
    ({"kind": "nothing"}, {}, (False, 0)),
]


@pytest.mark.parametrize(("pay", "facts", "expected"), KINDS)
def test_every_kind_of_benefit(pay, facts, expected):
    assert due(pay, facts) == expected


@pytest.mark.parametrize(
    ("granted", "expected"),
    [(0, (True, 800)), (300, (True, 700)), (999, (True, 1)), (1000, (False, 0)), (None, (None, None))],
)
def test_all_grants_together_stay_under_the_ceiling(granted, expected):
    grants = None if granted is None else [{"program": "T-1", "amount_yuan": granted}]
    assert due({"kind": "fixed", "amount": 800}, {"prior_grants": grants}, cap=1000) == expected


def test_one_case_stays_under_its_own_ceiling():
    assert due({"kind": "range", "low": 200, "high": 900}, case_cap=500) == (True, (200, 500))
    assert due({"kind": "fixed", "amount": 900}, case_cap=500) == (True, 500)


@given(paid=CENTS, earlier=st.lists(st.sampled_from([5000, 10000, 15000, 20000]), max_size=2), number=st.integers(1, 4))
def test_the_heart_fund_never_pays_more_than_the_family_did_nor_above_its_ceiling(paid, earlier, number):
    grants = [{"program": "P02", "amount_yuan": amount, "date": "2023-05-05"} for amount in earlier]
    facts = {
        "as_of": "2024-09-02",
        "birth_date": "2018-03-15",
        "nationality": "CN",
        "diagnoses": ["congenital_heart_disease"],
        "needs_surgery": True,
        "surgery_done": True,
        "surgery_number": number,
        "complex_chd": True,
        "self_paid_yuan": paid,
        "prior_grants": grants,
    }
    verdict = judge(VOCABULARY.read(facts), PROGRAMS["P02"])
    assert verdict.eligible is not None
    if verdict.eligible:
        assert 0 < verdict.amount < paid
        assert verdict.amount + sum(earlier) <= 30000
    else:
        assert verdict.amount == 0


@given(paid=CENTS, ceiling=CENTS)
def test_the_eye_project_never_pays_above_own_share_agreement_or_fifteen_hundred(paid, ceiling):
    facts = {"diagnoses": ["cataract"], "categories": ["tekun"], "hukou_code": "230302"}
    facts |= {"self_paid_yuan": paid, "agreement_cap_yuan": ceiling}
    verdict = judge(VOCABULARY.read(facts), PROGRAMS["P08-1"])
    assert verdict.eligible is (paid > 0 and ceiling > 0)
    if verdict.eligible:
        assert verdict.amount == (0, min(paid, ceiling, 1500))


def test_a_sum_nobody_has_fixed_is_never_zero():
    assert sum_text(None) == "金额未定"
    assert plain_sum(None) is None
    assert plain_sum(Decimal("1500.50")) == 1500.5
    assert plain_sum((Decimal(0), Decimal("1500.00"))) == [0, 1500]
    assert isinstance(plain_sum(Decimal("1500.00")), int)


def test_the_answer_is_itemized_with_rule_and_source():
    facts = {"hukou_type": "urban", "birth_date": "1950-01-01", "as_of": "2024-09-02"}
    verdict = judge(VOCABULARY.read(facts | {"diagnoses": ["cataract"], "hukou_code": "230302"}), PROGRAMS["P08-2"])
    (line,) = verdict.grant.lines
    assert (line.rule, line.copay, line.low, line.why) == ("urban", 500, None, "附件第8项·救助标准")


def test_the_sunshine_class_pays_thirty_months_in_two_parts_and_by_quarters():
    plan = PROGRAMS["P06-2"].benefit.plan
    instalments = schedule(plan, 2024)
    assert plan.total == sum(one.amount for one in instalments) == 12000
    assert [one.month.month for one in instalments[:10]] == [9, 10, 11, 12, 1, 3, 4, 5, 6, 7]
    assert (instalments[0].month, instalments[4].month) == (date(2024, 9, 1), date(2025, 1, 1))
    assert instalments[-1].month == date(2027, 7, 1)
    assert dict(instalments[0].parts) == {"canteen_card": 300, "cash": 100}
    quarters = by_quarter(instalments)
    assert [quarters[key] for key in ((2024, 3), (2024, 4), (2025, 1), (2025, 2), (2025, 3))] == [
        400,
        1200,
        800,
        1200,
        800,
    ]
    assert sum(quarters.values()) == 12000


def test_under_the_simplified_procedure_verified_papers_are_struck_off():
    paper_list = PROGRAMS["P12"].papers
    plain = View(VOCABULARY.read({"categories": ["other_hardship"]}), "P12", "completed_years")
    certified = View(VOCABULARY.read({"categories": ["dibao"]}), "P12", "completed_years")
    assert struck_off(paper_list, plain) == frozenset()
    struck = struck_off(paper_list, certified)
    assert struck == {"P12-D3", "P12-D5"}
    left = [ask.paper.code for ask in asks(paper_list, certified, struck=struck) if ask.is_certain]
    assert left == ["P12-D1", "P12-D4"]


def test_the_whole_annex_is_there():
    codes = ["P01", "P02", "P03", "P04", "P05", "P06", "P06-1", "P06-2", "P07", "P08", "P08-1", "P08-2"]
    assert [program.code for program in shipped()] == [*codes, "P09", "P10", "P11", "P12"]
    assert [program.code for program in shipped() if program.is_container] == ["P06", "P08"]
    assert sum(len(program.papers) for program in units()) == 62
    bare = [p.code for p in units() if not (p.steps and p.notes and p.texts["unit"] and p.texts["handed_to"])]
    assert bare == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("condition", "all", 0, "fact"), "shoe_size", "condition.all[0].fact"),
        (("condition", "all", 0, "test"), "gt", "condition.all[0].test"),
        (("condition", "all", 0, "value"), None, "condition.all[0].value"),
        (("condition", "all", 0, "size"), 3, "condition.all[0].size"),
        (("benefit", "why"), "", "benefit.why"),
        (("benefit", "rules", 0, "pay", "kind"), "gift", "benefit.rules[0].pay.kind"),
        (("benefit", "rules", 0, "pay", "tiers", 1, "amount"), -5, "benefit.rules[0].pay.tiers[1].amount"),
        (("benefit", "rules", 0, "pay", "tiers", 1, "amount"), 0.5, "benefit.rules[0].pay.tiers[1].amount"),
        (("benefit", "rules", 0, "pay", "fact"), "gender", "benefit.rules[0].pay.fact"),
        (("papers", 1, "code"), "P02-D1", "papers[1].code"),
        (("papers", 1, "copies"), 0, "papers[1]"),
        (("papers", 0, "seals"), ["kitchen"], "papers[0].seals"),
        (("applicants",), [], "applicants"),
        (("applicants",), ["king"], "applicants"),
        (("code",), "a b", "code"),
        (("age_convention",), "moon_years", "age_convention"),
    ],
)
def test_a_wrong_program_is_refused_with_the_place_marked(path, value, place):
    data = copy.deepcopy(next(entry for entry in written()["programs"] if entry["code"] == "P02"))
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(WrongProgram) as caught:
        read_program(data)
    assert place in [fault.place for fault in caught.value.faults]
