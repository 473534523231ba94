"""How each program of the annex is read at its edges, beyond the sample applicants."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from programs.catalogue import units
from programs.facts import VOCABULARY
from programs.matching import judge

PROGRAMS = {program.code: program for program in units()}
SAMPLES = json.loads((Path(__file__).parent / "vectors" / "programs.json").read_text(), parse_float=Decimal)
UNKNOWN = object()
# Somebody who gets the program; each test changes what it is about.
BASES = {
    code: next(vector["facts"] for vector in SAMPLES if vector["program"] == code and vector["expect"]["eligible"])
    for code in PROGRAMS
}
BASES["P01"] |= {"birth_date": "2015-05-20"}
BASES["P02"] |= {"birth_date": "2018-03-15"}
BASES["P04"] |= {"birth_date": "2020-10-10", "hearing_device": "cochlear_implant"}


def verdict(code, **changes):
    facts = BASES[code] | {"prior_grants": []} | changes
    return judge(
        VOCABULARY.read({name: value for name, value in facts.items() if value is not UNKNOWN}), PROGRAMS[code]
    )


def grant(code, amount, day, **more):
    return {"program": code, "amount_yuan": amount, "date": day, **more}


P01_FIRST = grant("P01", 30000, "2024-02-10")
P02_FIRST = grant("P02", 10000, "2023-05-05")
AGAIN = {"complex_chd": True, "surgery_number": 2, "surgery_done": True, "prior_grants": [P02_FIRST]}

CASES = [
    # P01: the child's age, the transplant, the supplement
    ("P01", {"birth_date": "2024-09-02"}, True, 30000),
    ("P01", {"as_of": "2023-02-28", "birth_date": "2004-02-29"}, True, 30000),
    ("P01", {"as_of": "2023-03-01", "birth_date": "2004-02-29"}, False, 0),
    ("P01", {"hsct_done": True, "hsct_date": "2024-01-01"}, True, 50000),
    ("P01", {"hsct_done": True, "hsct_date": None}, True, 50000),
    ("P01", {"hsct_done": True, "hsct_date": "2024-02-09", "prior_grants": [P01_FIRST]}, False, 0),
    ("P01", {"hsct_done": True, "hsct_date": "2024-02-10", "prior_grants": [P01_FIRST]}, False, 0),
    ("P01", {"hsct_done": True, "hsct_date": "2024-02-11", "prior_grants": [P01_FIRST]}, True, 20000),
    ("P01", {"hsct_done": True, "hsct_date": None, "prior_grants": [P01_FIRST]}, None, None),
    (
        "P01",
        {"hsct_done": True, "hsct_date": "2024-03-01", "prior_grants": [P01_FIRST, grant("P01", 20000, "2024-04-01")]},
        False,
        0,
    ),
    ("P01", {"prior_grants": [grant("P02", 30000, "2024-02-10")]}, True, 30000),
    ("P01", {"nationality": "MN"}, False, 0),
    ("P01", {"diagnoses": []}, False, 0),
    ("P01", {"diagnoses": ["pre_leukemia", "leukemia"]}, True, 30000),
    ("P01", {"economic_hardship": False}, True, 30000),
    # P02: the tiers at their bounds, supplements, the ceiling
    ("P02", {"self_paid_yuan": 0}, False, 0),
    ("P02", {"self_paid_yuan": Decimal("4999.99")}, False, 0),
    ("P02", {"self_paid_yuan": Decimal("10000.01")}, True, 10000),
    ("P02", {"self_paid_yuan": 20000}, True, 15000),
    ("P02", {"self_paid_yuan": Decimal("20000.01")}, True, 20000),
    ("P02", {"self_paid_yuan": 30000}, True, 20000),
    ("P02", {"self_paid_yuan": 1000000}, True, 30000),
    ("P02", {"self_paid_yuan": UNKNOWN, "surgery_done": False}, True, (0, 30000)),
    ("P02", {"needs_surgery": False}, False, 0),
    ("P02", {"birth_date": "2009-09-03"}, True, 10000),
    ("P02", {"birth_date": "2009-09-02"}, False, 0),
    ("P02", AGAIN | {"self_paid_yuan": 18000}, True, 15000),
    ("P02", AGAIN | {"self_paid_yuan": 45000}, True, 20000),
    ("P02", AGAIN | {"self_paid_yuan": 45000, "surgery_number": 3}, True, 20000),
    ("P02", AGAIN | {"surgery_number": 4}, False, 0),
    ("P02", AGAIN | {"surgery_number": 1}, False, 0),
    ("P02", AGAIN | {"surgery_done": False}, False, 0),
    ("P02", AGAIN | {"complex_chd": False}, False, 0),
    ("P02", AGAIN | {"complex_chd": UNKNOWN}, None, None),
    ("P02", AGAIN | {"self_paid_yuan": 5000}, False, 0),
    ("P02", AGAIN | {"birth_date": "2008-06-01", "self_paid_yuan": 18000}, True, 15000),
    ("P02", AGAIN | {"birth_date": "2008-05-05", "self_paid_yuan": 18000}, False, 0),
    ("P02", {"prior_grants": UNKNOWN, "self_paid_yuan": 4000}, False, 0),
    ("P02", {"prior_grants": UNKNOWN}, None, None),
    # P03: once a campaign and household
    ("P03", {"prior_grants": [grant("P03", 300, "2024-01-12", campaign="2024")]}, False, 0),
    ("P03", {"prior_grants": [grant("P03", 300, "2024-01-12", campaign="2024")], "campaign": UNKNOWN}, None, None),
    ("P03", {"prior_grants": [], "campaign": UNKNOWN}, True, (200, 400)),
    ("P03", {"hardship_causes": UNKNOWN}, True, (200, 400)),
    ("P03", {"household_flags": [], "red_cross_roles": ["hsc_donor"]}, True, (200, 400)),
    ("P03", {"household_flags": [], "hardship_causes": ["major_disaster"]}, True, (200, 400)),
    ("P03", {"household_flags": [], "hardship_causes": ["sudden_accident"]}, False, 0),
    # P04: kinds of disability, the highest counts once
    ("P04", {"disability_kinds": ["limb", "hearing"]}, True, 20000),
    ("P04", {"disability_kinds": ["limb", "hearing"], "hearing_device": UNKNOWN}, True, 20000),
    ("P04", {"disability_kinds": ["hearing", "autism"], "hearing_device": UNKNOWN}, True, 18000),
    ("P04", {"disability_kinds": ["hearing"], "hearing_device": UNKNOWN}, None, None),
    ("P04", {"disability_kinds": ["hearing"], "hearing_device": "none"}, True, None),
    ("P04", {"disability_kinds": ["speech"]}, True, None),
    ("P04", {"disability_kinds": ["mental"]}, False, 0),
    ("P04", {"disability_kinds": ["multiple"]}, False, 0),
    ("P04", {"disability_kinds": ["vision", "intellectual"]}, True, 18000),
    ("P04", {"assessed_by_professional": False}, False, 0),
    ("P04", {"rehab_indicated": False}, False, 0),
    ("P04", {"prior_grants": [grant("P04", 18000, "2024-01-01")]}, False, 0),
    ("P04", {"prior_grants": [grant("P04", 18000, "2023-12-31")]}, True, 18000),
    ("P04", {"hukou_code": UNKNOWN}, True, 18000),
    ("P04", {"hukou_code": UNKNOWN, "residence_code": "230102"}, None, None),
    # P05: bands that are not printed
    ("P05", {"gaokao_score": UNKNOWN}, True, None),
    ("P05", {"categories": ["dibao"], "parent_disabled": True, "economic_hardship": True}, True, None),
    ("P05", {"categories": ["dibao"], "parent_disabled": False}, False, 0),
    ("P05", {"categories": UNKNOWN, "parent_disabled": False}, None, None),
    ("P05", {"admitted_this_year": False}, False, 0),
    ("P05", {"gaokao_candidate_this_year": False}, False, 0),
    # P06-1: once a term, six at most
    ("P06-1", {"prior_grants": [grant("P06-1", 2500, "2024-03-01", term="2024-spring")]}, True, 2500),
    (
        "P06-1",
        {"prior_grants": [grant("P06-1", 2500, f"202{n}-03-01", term=f"term-{n}") for n in range(6)]},
        False,
        0,
    ),
    ("P06-1", {"prior_grants": [grant("P06-2", 12000, "2024-09-01", term="2024-autumn")]}, True, 2500),
    ("P06-1", {"education_stage": "secondary_vocational"}, False, 0),
    ("P06-1", {"economic_hardship": False}, False, 0),
    ("P06-1", {"hukou_code": "230102", "residence_code": "230102"}, False, 0),
    # P06-2: fifty places
    ("P06-2", {"quota_used": 49}, True, 12000),
    ("P06-2", {"quota_used": 50}, False, 0),
    ("P06-2", {"quota_used": UNKNOWN}, None, None),
    ("P06-2", {"home_visit_verified": False}, False, 0),
    ("P06-2", {"public_notice_done": False}, False, 0),
    ("P06-2", {"categories": []}, True, 12000),
    # P07
    ("P07", {"in_spring_festival_gov_list": True}, False, 0),
    ("P07", {"home_visit_verified": False}, False, 0),
    ("P07", {"hardship_level": "some"}, False, 0),
    ("P07", {"hukou_code": "230102"}, True, None),
    ("P07", {"prior_grants": [grant("P07", 1000, "2025-01-10", campaign="2025-spring-festival")]}, False, 0),
    ("P07", {"prior_grants": [grant("P07", 1000, "2024-01-10", campaign="2024-spring-festival")]}, True, None),
    ("P07", {"residence_code": "230308"}, False, 0),
    ("P07", {"residence_code": "230300"}, False, 0),
    # P08-1: the lower of own share, agreement and 1,500
    ("P08-1", {"self_paid_yuan": 1500, "agreement_cap_yuan": 2000}, True, (0, 1500)),
    ("P08-1", {"self_paid_yuan": Decimal("1500.01"), "agreement_cap_yuan": 2000}, True, (0, 1500)),
    ("P08-1", {"self_paid_yuan": 2600, "agreement_cap_yuan": 1000}, True, (0, 1000)),
    ("P08-1", {"self_paid_yuan": Decimal("0.01")}, True, (0, Decimal("0.01"))),
    ("P08-1", {"self_paid_yuan": UNKNOWN}, None, None),
    ("P08-1", {"agreement_cap_yuan": UNKNOWN, "self_paid_yuan": 2600}, True, (0, 1500)),
    ("P08-1", {"diagnoses": ["congenital_heart_disease"]}, False, 0),
    ("P08-1", {"hukou_code": "230102", "residence_code": "230102"}, False, 0),
    # P08-2
    ("P08-2", {"hukou_type": UNKNOWN}, None, None),
    ("P08-2", {"birth_date": "1900-01-01"}, True, None),
    ("P08-2", {"categories": []}, True, None),
    # P09, P10
    ("P09", {"residence_code": "230381"}, False, 0),
    ("P09", {"hardship_causes": ["schooling"]}, False, 0),
    ("P09", {"aid_still_insufficient": UNKNOWN}, None, None),
    ("P10", {"hospital_grade": 1}, False, 0),
    ("P10", {"hospital_grade": 3}, True, (0, 36500)),
    ("P10", {"identity_known": True, "can_pay_medical_costs": False}, True, (0, 36500)),
    ("P10", {"identity_known": True, "can_pay_medical_costs": UNKNOWN}, None, None),
    ("P10", {"emergency_cost_unpaid_yuan": 0}, False, 0),
    ("P10", {"emergency_cost_unpaid_yuan": UNKNOWN}, None, None),
    # P11, P12: stages
    ("P11", {"gender": "male"}, False, 0),
    ("P11", {"education_stage": "primary"}, True, 500),
    ("P11", {"education_stage": "senior_high"}, True, 1200),
    ("P11", {"education_stage": "secondary_vocational"}, True, 1200),
    ("P11", {"education_stage": "graduate"}, False, 0),
    ("P11", {"enrolled": False}, False, 0),
    ("P11", {"residence_code": "230102"}, True, 3000),
    ("P12", {"education_stage": "primary", "full_time": UNKNOWN, "in_national_plan": UNKNOWN}, True, (2000, 5000)),
    ("P12", {"education_stage": "higher_vocational", "in_national_plan": False}, True, (2000, 5000)),
    ("P12", {"education_stage": "secondary_vocational", "full_time": False}, False, 0),
    ("P12", {"education_stage": "preschool"}, False, 0),
    ("P12", {"education_stage": UNKNOWN, "full_time": False}, None, None),
    ("P12", {"good_conduct_and_grades": False}, False, 0),
    ("P12", {"prior_grants": [grant("P12", 3000, "2024-03-01")]}, True, (2000, 5000)),
]


@pytest.mark.parametrize(("code", "changes", "eligible", "amount"), CASES)
def test_the_program_at_its_edge(code, changes, eligible, amount):
    given = verdict(code, **changes)
    assert (given.eligible, given.amount) == (eligible, amount)


UNKNOWNS = [
    ("P01", {"birth_date": UNKNOWN}, ["age_years"]),
    ("P01", {"prior_grants": UNKNOWN}, ["prior_count"]),
    ("P01", {"birth_date": "2005-01-01", "prior_grants": UNKNOWN}, ["prior_count"]),
    ("P01", {"diagnoses": UNKNOWN, "nationality": UNKNOWN}, ["nationality", "diagnoses"]),
    ("P01", {"hsct_done": True, "hsct_date": None, "prior_grants": [P01_FIRST]}, ["hsct_after_prior_grant"]),
    ("P02", {"prior_grants": UNKNOWN}, ["prior_count"]),
    ("P04", {"hukou_code": UNKNOWN, "residence_code": UNKNOWN}, ["hukou_code", "residence_code"]),
    ("P04", {"hukou_code": "230102", "residence_code": UNKNOWN}, ["residence_code"]),
    ("P04", {"disability_kinds": ["hearing"], "hearing_device": UNKNOWN}, ["hearing_device"]),
    ("P05", {"categories": UNKNOWN, "parent_disabled": False}, ["categories"]),
    ("P08-1", {"self_paid_yuan": UNKNOWN}, ["self_paid_yuan"]),
    ("P08-2", {"hukou_type": UNKNOWN}, ["hukou_type"]),
    ("P10", {"identity_known": True, "can_pay_medical_costs": UNKNOWN}, ["can_pay_medical_costs"]),
    ("P12", {"education_stage": UNKNOWN, "full_time": False}, ["education_stage"]),
    ("P06-1", {"term": UNKNOWN, "prior_grants": [grant("P06-1", 2500, "2024-03-01", term="x")]}, ["prior_same_term"]),
]


@pytest.mark.parametrize(("code", "changes", "names"), UNKNOWNS)
def test_only_the_facts_that_still_decide_are_asked_for(code, changes, names):
    given = verdict(code, **changes)
    assert (given.eligible, given.unknown, given.missing, given.copay) == (None, names, [], None)


def test_a_fact_is_not_asked_for_once_another_has_settled_the_answer():
    given = verdict("P01", nationality="MN", birth_date=UNKNOWN, diagnoses=UNKNOWN)
    assert (given.eligible, given.unknown, given.amount) == (False, [], 0)
    used_up = verdict("P01", nationality=UNKNOWN, prior_grants=[grant("P01", 50000, "2024-02-10")])
    assert used_up.eligible is False


@pytest.mark.parametrize(
    ("seal", "is_missing"),
    [
        (None, False),
        ("hospital_official", False),
        ("medical_affairs_office", False),
        ("diagnosis_certificate_special", False),
        ("medical_record_copy_special", True),
        ("department", True),
        ("ward", True),
        ("none", True),
    ],
)
def test_a_certificate_counts_with_the_right_seal_or_while_nobody_has_looked(seal, is_missing):
    seals = {} if seal is None else {"P01-D4": seal}
    held = [paper.code for paper in PROGRAMS["P01"].papers]
    given = verdict("P01", documents_held=held, document_seals=seals)
    assert (given.missing == ["P01-D4"], given.eligible) == (is_missing, True)


def test_a_seal_on_a_paper_that_asks_for_none_does_not_matter():
    held = [paper.code for paper in PROGRAMS["P01"].papers]
    assert verdict("P01", documents_held=held, document_seals={"P01-D1": "none", "P01-D6": "ward"}).missing == []


def test_papers_of_later_stages_are_not_asked_for_at_the_application():
    assert verdict("P11").missing == []
    assert verdict("P06-2", documents_held=[]).missing == ["P06-2-D1", "P06-2-D2"]
    assert verdict("P10", documents_held=[]).missing == ["P10-D1"]


def test_a_paper_whose_need_is_not_known_is_shown_but_not_demanded():
    given = verdict("P01", has_id_card=UNKNOWN, documents_held=[])
    assert "P01-D2b" not in given.missing
    assert [(ask.paper.code, ask.open_facts) for ask in given.asks if not ask.is_certain] == [
        ("P01-D2b", ("has_id_card",))
    ]


def test_without_a_list_of_papers_the_whole_list_is_still_to_come():
    assert len(verdict("P12", documents_held=UNKNOWN).missing) == 5
    assert "P12-D2" not in verdict("P12", documents_held=UNKNOWN, education_stage="junior_high").missing
    assert "P12-D2" in verdict("P12", documents_held=UNKNOWN, education_stage="senior_high").missing


KINDS = sorted(VOCABULARY["applied_by"].choices)
ROUTES = {
    "P01": {"guardian", "self"},
    "P02": {"guardian"},
    "P03": {"self", "guardian", "red_cross", "bureau"},
    "P04": {"guardian"},
    "P05": {"self", "guardian"},
    "P06-1": {"self", "guardian", "school"},
    "P06-2": {"school"},
    "P07": {"district_charity"},
    "P08-1": {"hospital"},
    "P08-2": {"self"},
    "P09": {"self", "guardian", "bureau"},
    "P10": {"hospital"},
    "P11": {"self", "guardian", "school", "womens_federation"},
    "P12": {"self", "guardian", "school", "league_committee"},
}


@pytest.mark.parametrize("code", sorted(PROGRAMS))
def test_the_wrong_applicant_is_sent_elsewhere_not_refused(code):
    given = {kind: verdict(code, applied_by=kind) for kind in KINDS}
    assert {kind for kind in KINDS if given[kind].route_ok} == ROUTES[code]
    assert {one.eligible for one in given.values()} == {True}
    assert verdict(code, applied_by=UNKNOWN).route_ok is True


def test_the_route_is_no_question_where_nothing_is_due():
    assert verdict("P07", applied_by="self", campaign_open=False).route_ok is True


def test_urban_pays_the_expert_fee_and_rural_nothing():
    assert [(verdict("P08-2", hukou_type=kind).copay, verdict("P08-2", hukou_type=kind).amount) for kind in KIND] == [
        (500, None),
        (0, None),
    ]


KIND = ["urban", "rural"]


def test_the_reason_can_be_read_to_a_family():
    assert verdict("P02", birth_date="2009-05-01").reasons() == [
        "年龄 15 周岁，超出 0–14 周岁（出处：附件第2项·受助对象：0–14 周岁）"
    ]
    assert verdict("P02", needs_surgery=UNKNOWN).reasons() == [
        "还不知道：是否需要手术（出处：附件第2项·受助对象：需要手术治疗）"
    ]
    assert verdict("P07", applied_by="self").reasons()[-1] == "申请途径不对：应由区慈善会提出"
    unset = verdict("P05").reasons()
    assert "按高考分数分档资助：金额未定（出处：附件第5项·救助标准）" in unset
    assert not [line for line in unset if "0 元" in line]
