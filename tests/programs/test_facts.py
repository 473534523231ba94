"""What may be known of a person, and what is refused, fault by fault."""

from datetime import date
from decimal import Decimal

import pytest

from programs.derived import View, age_on
from programs.facts import VOCABULARY, Grant, WrongFacts


def faults_of(given):
    with pytest.raises(WrongFacts) as caught:
        VOCABULARY.read(given)
    return {fault.place: fault.message for fault in caught.value.faults}


def test_null_and_a_missing_key_both_mean_not_known_while_empty_answers_are_answers():
    facts = VOCABULARY.read({"gender": None, "diagnoses": [], "enrolled": False, "quota_used": 0})
    assert facts == {"diagnoses": frozenset(), "enrolled": False, "quota_used": 0}


def test_every_wrong_fact_is_named_not_only_the_first():
    faults = faults_of({"shoe_size": 43, "birth_date": "2023-02-29", "enrolled": "yes", "self_paid_yuan": -1})
    assert set(faults) == {"shoe_size", "birth_date", "enrolled", "self_paid_yuan"}
    assert faults["birth_date"] == "没有 2023-02-29 这一天"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hospital_grade", True),
        ("hospital_grade", 2.0),
        ("hospital_grade", Decimal("2.0")),
        ("hospital_grade", 4),
        ("surgery_number", 0),
        ("quota_used", -1),
        ("enrolled", 1),
        ("enrolled", "true"),
        ("self_paid_yuan", "12000"),
        ("self_paid_yuan", 0.1),
        ("self_paid_yuan", Decimal("0.001")),
        ("self_paid_yuan", Decimal("NaN")),
        ("self_paid_yuan", Decimal("1e400000")),
        ("self_paid_yuan", True),
        ("birth_date", "2024-9-2"),
        ("birth_date", "0001-01-01"),
        ("birth_date", 20240902),
        ("hukou_code", 230302),
        ("hukou_code", "2303"),
        ("hukou_code", "２３０３０２"),
        ("nationality", "China"),
        ("gender", "other"),
        ("gender", ["female"]),
        ("categories", "dibao"),
        ("categories", ["dibao", "rich"]),
        ("diagnoses", [None]),
        ("term", ""),
        ("term", "x" * 201),
        ("document_seals", ["P01-D4"]),
        ("document_seals", {"P01-D4": "kitchen"}),
        ("documents_held", [1]),
        ("prior_grants", {"program": "P01"}),
        ("prior_count", 1),
    ],
)
def test_a_wrong_value_is_refused(name, value):
    assert [place.split("[")[0] for place in faults_of({name: value})] == [name]


def test_a_wrong_grant_is_named_with_its_place():
    grants = [{"program": "P01", "amount_yuan": 5}, {"amount_yuan": -5, "date": "2024-13-01", "colour": "red"}]
    places = set(faults_of({"prior_grants": grants}))
    assert places == {f"prior_grants[1]{key}" for key in (".program", ".amount_yuan", ".date", ".colour")}


def test_a_birth_after_the_day_of_judgement_is_impossible():
    assert set(faults_of({"birth_date": "2024-09-03", "as_of": "2024-09-02"})) == {"birth_date"}
    assert set(faults_of({"birth_date": "1880-01-01", "as_of": "2024-09-02"})) == {"birth_date"}


def test_facts_that_are_no_object_are_refused():
    assert faults_of([]) == {"": "一个人的事实应当是一个 JSON 对象"}


def test_a_diagnosis_outside_the_list_is_known_but_fits_nothing():
    assert VOCABULARY.read({"diagnoses": ["uremia"]}) == {"diagnoses": frozenset({"uremia"})}


def test_money_stays_decimal_to_the_cent():
    assert VOCABULARY.read({"self_paid_yuan": Decimal("5000.01")}) == {"self_paid_yuan": Decimal("5000.01")}


def test_a_place_can_add_facts_by_data_but_cannot_redefine_one():
    local = {"name": "distance_km", "type": "int", "label": ["到医院的距离", "Distance"], "min": 0}
    vocabulary = VOCABULARY.extended([local])
    assert vocabulary.read({"distance_km": 30}) == {"distance_km": 30}
    assert "distance_km" not in VOCABULARY
    with pytest.raises(ValueError, match="已经有了"):
        VOCABULARY.extended([local | {"name": "gender"}])


def test_every_fact_has_words_for_people():
    bare = [fact.name for fact in VOCABULARY.values() if not (all(fact.labels) and fact.question and fact.proof)]
    assert bare == []
    assert [f.name for f in VOCABULARY.values() if not all(all(pair) for pair in f.choices.values())] == []


@pytest.mark.parametrize(
    ("convention", "ages"),
    [
        ("completed_years", {"2024-09-01": 17, "2024-09-02": 18, "2025-09-01": 18, "2025-09-02": 19, "2025-09-03": 19}),
        ("day_after_birthday", {"2024-09-02": 17, "2024-09-03": 18, "2025-09-02": 18, "2025-09-03": 19}),
        ("until_birthday", {"2024-09-01": 18, "2024-09-02": 18, "2024-09-03": 19, "2025-09-02": 19}),
    ],
)
def test_the_three_conventions_differ_only_around_the_birthday(convention, ages):
    born = date(2006, 9, 2)
    assert {day: age_on(born, date.fromisoformat(day), convention) for day in ages} == ages


@pytest.mark.parametrize(
    ("convention", "day", "age"),
    [
        ("completed_years", "2023-02-28", 18),
        ("completed_years", "2023-03-01", 19),
        ("completed_years", "2024-02-28", 19),
        ("completed_years", "2024-02-29", 20),
        ("day_after_birthday", "2023-03-01", 18),
        ("day_after_birthday", "2023-03-02", 19),
        ("until_birthday", "2023-03-01", 19),
        ("until_birthday", "2023-02-28", 19),
        ("until_birthday", "2023-03-02", 20),
        ("completed_years", "2004-02-29", 0),
        ("day_after_birthday", "2004-02-29", 0),
        ("until_birthday", "2004-02-29", 0),
    ],
)
def test_who_is_born_on_a_leap_day_is_a_year_older_on_the_first_of_march(convention, day, age):
    assert age_on(date(2004, 2, 29), date.fromisoformat(day), convention) == age


def seen(facts, program="P01"):
    return View(VOCABULARY.read(facts), program, "completed_years")


def test_earlier_grants_count_only_for_their_own_program():
    view = seen(
        {
            "as_of": "2024-09-02",
            "term": "2024-autumn",
            "prior_grants": [
                {"program": "P01", "amount_yuan": 30000, "date": "2024-02-10", "term": "2024-spring"},
                {"program": "P02", "amount_yuan": 5000, "date": "2024-03-10"},
            ],
        }
    )
    assert view["prior_count"] == 1
    assert view["prior_sum"] == 30000
    assert view["prior_same_year"] == 1
    assert view["prior_same_term"] == 0
    assert view["prior_same_campaign"] is None


def test_nobody_looked_is_not_the_same_as_nothing_granted():
    names = ["prior_count", "prior_sum", "prior_same_year", "prior_same_term", "prior_same_campaign"]
    assert [seen({"as_of": "2024-09-02"})[name] for name in names] == [None] * 5
    assert [seen({"prior_grants": []})[name] for name in names] == [0] * 5


def test_a_grant_without_sum_or_date_leaves_what_hangs_on_it_unknown():
    view = seen({"as_of": "2024-09-02", "birth_date": "2015-01-01", "prior_grants": [{"program": "P01"}]})
    assert view["prior_count"] == 1
    assert [view[name] for name in ("prior_sum", "prior_same_year", "age_at_first_grant")] == [None] * 3


def test_the_transplant_must_come_after_everything_granted_so_far():
    grant = {"program": "P01", "amount_yuan": 30000, "date": "2024-02-10"}
    given = {day: seen({"hsct_date": day, "prior_grants": [grant]})["hsct_after_prior_grant"] for day in DAYS}
    assert given == {"2024-02-09": False, "2024-02-10": False, "2024-02-11": True}
    assert seen({"hsct_date": "2024-02-11", "prior_grants": []})["hsct_after_prior_grant"] is False
    assert seen({"prior_grants": [grant]})["hsct_after_prior_grant"] is None


DAYS = ["2024-02-09", "2024-02-10", "2024-02-11"]


def test_an_age_given_directly_serves_while_the_birthday_is_not_known():
    assert seen({"age_years": 9})["age_years"] == 9
    assert seen({"age_years": 9, "birth_date": "2010-01-01", "as_of": "2020-01-01"})["age_years"] == 10


def test_a_grant_is_read_whole():
    given = {"program": "P03", "amount_yuan": 300, "date": "2024-01-02", "campaign": "2024"}
    assert VOCABULARY.read({"prior_grants": [given]})["prior_grants"] == (
        Grant("P03", Decimal(300), date(2024, 1, 2), None, "2024"),
    )
