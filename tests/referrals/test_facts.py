"""Facts with their provenance, dated categories, government aid, the time line, and what matching is told."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from programs.facts import VOCABULARY
from referrals import matching, timeline
from referrals.actions.categories import add_category, end_category
from referrals.actions.facts import record_facts
from referrals.actions.government_aid import change_aid, record_aid
from referrals.actions.guardianships import add_guardian, end_guardianship
from referrals.actions.households import change_head, move_person
from referrals.actions.people import unmask_person, verify_person
from referrals.facts import GROUPS, SENSITIVE, step_of
from referrals.facts import VOCABULARY as OF_RECORDS
from referrals.models import Person, PersonFact
from tests.make.people import make_category, make_fact, make_household, make_person


@pytest.fixture
def person(cast):
    return make_person(cast.bureau, registration=cast.other_county)


# -- Facts ------------------------------------------------------------------------------------------------------------
def test_record_facts(person, cast):
    values = {
        "hardship_causes": ["major_illness"], "hardship_level": "severe", "no_self_care": True, "seriously_ill": False,
        "medical_cost_left_yuan": Decimal("12600.50"),
    }  # fmt: skip
    assert set(record_facts(cast.bureau_officer, person, values, source="入户记录")) == set(values)
    facts = {fact.name: fact for fact in person.facts.standing()}
    assert {name: fact.known for name, fact in facts.items()} == values
    assert facts["hardship_level"].source == "入户记录"
    assert facts["hardship_level"].recorded_by == cast.bureau_officer
    person.refresh_from_db()
    assert (person.causes, person.level, person.flags) == (["major_illness"], "severe", ["no_self_care"])


def test_what_concerns_health_is_sealed(person, cast):
    record_facts(cast.bureau_officer, person, {"diagnoses": ["leukemia"], "dwelling": "rented"})
    with connection.cursor() as cursor:
        cursor.execute("select name, value::text, private is null from referrals_personfact order by name")
        assert cursor.fetchall() == [("diagnoses", None, False), ("dwelling", '"rented"', True)]
    assert person.facts.get(name="diagnoses").known == ["leukemia"]


def test_a_new_value_supersedes_the_old_one_which_stays(person, cast):
    record_facts(cast.bureau_officer, person, {"hardship_level": "some"})
    record_facts(cast.bureau_officer, person, {"hardship_level": "severe"})
    assert [fact.known for fact in person.facts.order_by("pk")] == ["some", "severe"]
    assert [fact.known for fact in person.facts.standing()] == ["severe"]
    record_facts(cast.bureau_officer, person, {"hardship_level": None})
    assert list(person.facts.standing()) == []
    person.refresh_from_db()
    assert person.level == ""


def test_the_same_value_again_is_a_verification(person, cast):
    old = timezone.localdate() - datetime.timedelta(days=400)
    fact = make_fact(person, "hardship_level", "some", verified_on=old)
    assert fact.is_stale
    assert record_facts(cast.bureau_officer, person, {"hardship_level": "some"}) == []
    fact.refresh_from_db()
    assert (fact.verified_on, fact.verified_by) == (timezone.localdate(), cast.bureau_officer)
    assert not AuditEntry.objects.filter(action="fact.record").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"hardship_level": "terrible"}, "hardship_level"),
        ({"medical_cost_left_yuan": Decimal("-1")}, "medical_cost_left_yuan"),
        ({"diagnoses": "leukemia"}, "diagnoses"),
        ({"birth_date": "2000-01-01"}, None),
        ({"no_such": True}, None),
    ],
)
def test_a_fact_that_is_none_is_refused_at_its_field(values, field, person, cast):
    with pytest.raises(Refusal) as refused:
        record_facts(cast.bureau_officer, person, values)
    assert refused.value.field == field
    assert not PersonFact.objects.exists()


def test_those_who_only_look_record_nothing(person, cast):
    for name in ("bureau_approver", "city_supervisor", "town_caseworker", "charity_reviewer"):
        with pytest.raises(PermissionDenied):
            record_facts(cast[name], person, {"hardship_level": "some"})


def test_every_fact_of_a_page_is_in_the_vocabulary_and_asked_once():
    asked = [name for _title, names in GROUPS.values() for name in names]
    assert len(asked) == len(set(asked))
    assert set(asked) <= set(OF_RECORDS)
    assert set(asked) >= SENSITIVE
    derived = {"birth_date", "gender", "nationality", "compatriot_origin", "hukou_code", "residence_code", "categories",
               "has_id_card", "identity_known", "as_of", "age_years"}  # fmt: skip
    assert not derived & set(asked)


def test_the_five_steps_of_education():
    assert str(step_of("junior_high")) == "义务教育"
    assert str(step_of("graduate")) == "高等教育"
    assert step_of("none") == ""


# -- What matching is told ----------------------------------------------------------------------------------------
def test_facts_of_a_record_in_the_programs_vocabulary(person, cast):
    make_category(person, "dibao")
    make_category(person, "orphan", since=datetime.date(2000, 1, 1), until=datetime.date(2001, 1, 1))
    record_facts(cast.bureau_officer, person, {"diagnoses": ["cataract"], "skills": "木工", "enrolled": False})
    facts = matching.facts_of(person)
    assert facts == {
        "as_of": timezone.localdate(), "birth_date": datetime.date(1980, 1, 1), "gender": "female", "nationality": "CN",
        "hukou_code": "230303", "residence_code": "230302", "identity_known": True, "has_id_card": True,
        "categories": ["dibao"], "diagnoses": ["cataract"], "enrolled": False, "economic_hardship": True,
    }  # fmt: skip
    assert VOCABULARY.read(facts)


def test_unknown_stays_unknown(cast):
    unknown = make_person(cast.bureau, number="", born=None, gender="", is_identity_known=False, nationality="")
    facts = matching.facts_of(unknown)
    assert {"birth_date", "gender", "nationality", "hukou_code", "diagnoses"} & facts.keys() == set()
    assert (facts["has_id_card"], facts["identity_known"]) == (False, False)


def test_special_people_of_families_with_low_income(cast):
    old = make_person(cast.bureau, born="1940-01-01", flags=["no_self_care"])
    child = make_person(cast.bureau, born="2020-01-01", gender="male", flags=["seriously_ill"])
    grown = make_person(cast.bureau, flags=["no_self_care"])
    assert matching.groups_of(old) == []
    for person in (old, child, grown):
        make_category(person, "dibao_edge")
    assert matching.groups_of(old) == ["dibao_edge", "elderly_no_self_care"]
    assert matching.groups_of(child) == ["dibao_edge", "minor", "seriously_ill"]
    assert matching.groups_of(grown) == ["dibao_edge"]


def test_girls_in_difficulty_are_known_from_primary_age_on(cast):
    today = timezone.localdate()
    born = {age: (today - datetime.timedelta(days=age * 365 + 30)).isoformat() for age in (4, 10, 19)}
    girls = {age: make_person(cast.bureau, born=day, level="severe") for age, day in born.items()}
    boy = make_person(cast.bureau, born=born[10], gender="male", level="severe")
    well = make_person(cast.bureau, born=born[10])
    found = [age for age, girl in girls.items() if "girl_in_difficulty" in matching.groups_of(girl)]
    assert found == [10]
    assert matching.groups_of(boy) == matching.groups_of(well) == []
    make_category(well, "dibao")
    assert "girl_in_difficulty" in matching.groups_of(well)


def test_what_somebody_said_of_the_means_outweighs_the_category(person, cast):
    make_category(person, "dibao")
    record_facts(cast.bureau_officer, person, {"economic_hardship": False})
    assert matching.facts_of(person)["economic_hardship"] is False


def test_the_old_the_frail_the_ill_and_the_disabled_come_first(cast):
    assert matching.is_weak(make_person(cast.bureau, born="1940-01-01"), [])
    assert matching.is_weak(make_person(cast.bureau, flags=["frail"]), [])
    assert matching.is_weak(make_person(cast.bureau), ["disabled"])
    assert not matching.is_weak(make_person(cast.bureau), ["dibao"])


def test_certified_groups_follow_the_place(cast):
    person = make_person(cast.bureau)
    assert matching.is_certified(person, ["orphan"])
    assert not matching.is_certified(person, ["disabled"])


# -- Categories -----------------------------------------------------------------------------------------------------
def test_temporary_relief_counts_for_a_year_and_lapses_by_itself(person, cast):
    held = add_category(
        cast.bureau_officer, person, {"category": "temp_relief_1y", "since": datetime.date(2024, 2, 29), "until": None}
    )
    assert held.last_day == datetime.date(2025, 2, 28)
    assert matching.categories_of(person, datetime.date(2025, 2, 28)) == ["temp_relief_1y"]
    assert matching.categories_of(person, datetime.date(2025, 3, 1)) == []
    assert matching.categories_of(person, datetime.date(2024, 2, 28)) == []
    assert set(Person.objects.in_category("temp_relief_1y", datetime.date(2025, 1, 1))) == {person}
    assert set(Person.objects.in_category("temp_relief_1y")) == set()


def test_a_category_is_not_held_twice_and_can_be_ended(person, cast):
    today = timezone.localdate()
    held = add_category(
        cast.bureau_officer, person, {"category": "dibao", "since": datetime.date(2024, 1, 1), "paper": "某号"}
    )
    assert held.paper == "某号"
    with pytest.raises(Refusal) as refused:
        add_category(cast.bureau_officer, person, {"category": "dibao", "since": today})
    assert refused.value.field == "category"
    end_category(cast.bureau_officer, held, today - datetime.timedelta(days=1), "收入提高")
    assert matching.categories_of(person) == []
    with pytest.raises(Refusal):
        end_category(cast.bureau_officer, held, today, "再一次")
    assert add_category(cast.bureau_officer, person, {"category": "dibao", "since": today})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"category": "dibao", "since": datetime.date(2999, 1, 1)}, "since"),
        ({"category": "dibao", "since": datetime.date(2024, 1, 1), "form": "dispersed"}, "form"),
        ({"category": "dibao", "since": datetime.date(2024, 1, 1), "until": datetime.date(2023, 1, 1)}, "until"),
    ],
)
def test_a_category_that_cannot_be_is_refused(values, field, person, cast):
    with pytest.raises(Refusal) as refused:
        add_category(cast.bureau_officer, person, values)
    assert refused.value.field == field


# -- Government aid -------------------------------------------------------------------------------------------------
def test_granted_relief_makes_its_category(person, cast):
    today = timezone.localdate()
    values = {"scheme": "temp_relief", "state": "applied", "applied_on": today}
    aid = record_aid(cast.bureau_officer, person, values)
    assert matching.categories_of(person) == []
    changed = change_aid(
        cast.bureau_officer, aid, 1, {"state": "granted", "decided_on": today, "amount_yuan": Decimal("3000")}
    )
    assert (changed.version, matching.categories_of(person)) == (2, ["temp_relief_1y"])
    change_aid(cast.bureau_officer, changed, 2, {"amount_yuan": Decimal("3500")})
    assert person.categories.count() == 1
    with pytest.raises(Stale):
        change_aid(cast.bureau_officer, changed, 2, {"amount_yuan": Decimal("1")})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"state": "refused", "decided_on": datetime.date(2024, 1, 1)}, "reason"),
        ({"state": "none_applies"}, "reason"),
        ({"state": "granted"}, "decided_on"),
        ({"state": "applied", "applied_on": datetime.date(2999, 1, 1)}, "applied_on"),
        (
            {"state": "granted", "applied_on": datetime.date(2024, 2, 1), "decided_on": datetime.date(2024, 1, 1)},
            "decided_on",
        ),
    ],
)  # fmt: skip
def test_aid_that_cannot_be_is_refused(values, field, person, cast):
    with pytest.raises(Refusal) as refused:
        record_aid(cast.bureau_officer, person, {"scheme": "medical", **values})
    assert refused.value.field == field


# -- Guardians, households ---------------------------------------------------------------------------------------
def test_both_guardians_one_of_them_outside_the_system(cast):
    household = make_household(cast.bureau)
    mother = make_person(cast.bureau, household, relation="head")
    child = make_person(cast.bureau, household, born="2019-05-20")
    add_guardian(cast.bureau_officer, child, {"relation": "mother"}, guardian=mother)
    outside = add_guardian(cast.bureau_officer, child, {"relation": "father", "name": "某父", "phone": "0467-2345678"})
    assert [one.name for one in child.guardianships.open()] == [mother.name, "某父"]
    with pytest.raises(Refusal):
        add_guardian(cast.bureau_officer, child, {"relation": "mother"}, guardian=mother)
    with pytest.raises(Refusal):
        add_guardian(cast.bureau_officer, child, {"relation": "other"}, guardian=child)
    end_guardianship(cast.bureau_officer, outside, "登记有误")
    with pytest.raises(Refusal):
        end_guardianship(cast.bureau_officer, outside, "再一次")
    assert child.guardianships.open().count() == 1


def test_people_move_between_households_and_a_head_is_followed_by_another(cast):
    household = make_household(cast.bureau)
    head = make_person(cast.bureau, household, relation="head")
    child = make_person(cast.bureau, household)
    with pytest.raises(Refusal):
        move_person(cast.bureau_officer, head, "head")
    change_head(cast.bureau_officer, child)
    moved = move_person(cast.bureau_officer, head, "head", reason="离婚")
    assert moved.household != household
    assert moved.relation == "head"
    back = move_person(cast.bureau_officer, moved, "parent", household)
    assert (back.household, back.relation) == (household, "parent")
    with pytest.raises(Refusal):
        move_person(cast.bureau_officer, make_person(cast.bureau), "head", household)


# -- Verifying, unmasking, the line of the household --------------------------------------------------------------
def test_verify_person(person, cast):
    old = timezone.localdate() - datetime.timedelta(days=400)
    make_fact(person, "hardship_level", "some", verified_on=old)
    Person.objects.filter(pk=person.pk).update(last_verified_on=old)
    assert list(Person.objects.not_verified()) == [person]
    verify_person(cast.bureau_officer, person)
    assert list(Person.objects.not_verified()) == []
    assert list(PersonFact.objects.not_verified()) == []


def test_a_number_in_full_needs_a_right_and_a_reason(person, cast):
    with pytest.raises(Refusal):
        unmask_person(cast.bureau_officer, person, "  ")
    with pytest.raises(PermissionDenied):
        unmask_person(cast.city_supervisor, person, "检查")
    shown = unmask_person(cast.bureau_officer, person, "核对银行账户")
    assert shown == {"number": person.number}
    entry = AuditEntry.objects.get(action="person.unmask")
    assert (entry.reason, entry.object_code) == ("核对银行账户", person.code)
    assert person.number not in str(entry.__dict__)


def test_the_line_of_a_household_tells_all_in_words(person, cast):
    record_facts(cast.bureau_officer, person, {"hardship_level": "some"}, source="入户记录")
    add_category(
        cast.bureau_officer, person, {"category": "dibao", "since": datetime.date(2024, 1, 1), "certified_by": "某局"}
    )
    lines = timeline.lines_of(person.household, person)
    assert [(line.title, line.text) for line in lines] == [
        ("认定为低保对象", "某局"), ("更新情况：困难程度", "入户记录"),
    ]  # fmt: skip
    with pytest.raises(KeyError):
        timeline.record("made_up", cast.bureau_officer, person=person)
