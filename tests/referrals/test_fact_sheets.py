"""The nameless sheets follow the records: every change, every end, and what changes by the calendar alone."""

import datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programs.models import FactSheet, ProgramFit
from referrals.actions import fact_sheets
from referrals.actions.categories import add_category, end_category
from referrals.actions.facts import record_facts
from referrals.actions.households import move_person
from referrals.actions.mergers import merge_people, undo_merger
from referrals.actions.people import change_person, register_person
from referrals.actions.places import follow_areas, follow_keepers
from referrals.actions.purges import confirm_purge, order_purge
from referrals.models import Person, PersonCategory
from tests.make.catalogue import make_local_fact, make_program
from tests.make.people import make_category, make_fact, make_person
from tests.make.units import a_number, make_area

BY_AGE = [
    (18, ["dibao", "girl_in_difficulty", "minor"], ["dibao"]),
    (6, ["dibao", "minor"], ["dibao", "girl_in_difficulty", "minor"]),
    (60, ["dibao"], ["dibao", "elderly_no_self_care"]),
]


def newcomer(cast, born):
    return {"name": "周某某", "identity_kind": "resident", "number": a_number(born), "residence": cast.town_area}


def sheet_of(person):
    return FactSheet.objects.filter(pk=fact_sheets.key_of(person)).first()


def years_ago(years, days=0):
    today = timezone.localdate()
    return (today.replace(year=today.year - years, day=min(today.day, 28)) + datetime.timedelta(days=days)).isoformat()


@pytest.fixture
def person(cast):
    made = make_person(cast.town, registration=cast.other_county)
    fact_sheets.renew(made)
    return made


def test_whoever_is_registered_has_a_sheet_without_a_name(cast):
    values = {
        "name": "周某某",
        "identity_kind": "resident",
        "number": a_number("1990-05-05"),
        "residence": cast.town_area,
    }
    made = register_person(cast.town_caseworker, {**values, "phone": "0467-5550001", "address": "某路1号"})
    row = sheet_of(made)
    assert (row.area_code, row.birth_date.isoformat(), row.gender) == (cast.town_area.code, "1990-05-05", "female")
    everything = str(FactSheet.objects.filter(pk=row.pk).values().get())
    for secret in ("周某某", made.number, "5550001", "某路", made.code):
        assert secret not in everything


def test_each_change_of_a_fact_reaches_the_sheet(person, cast):
    record_facts(cast.town_caseworker, person, {"diagnoses": ["leukemia"], "hardship_level": "severe"})
    assert (sheet_of(person).diagnoses, sheet_of(person).hardship_level) == (["leukemia"], "severe")
    record_facts(cast.town_caseworker, person, {"diagnoses": None})
    assert sheet_of(person).diagnoses is None


def test_categories_reach_the_sheet_and_leave_it(person, cast):
    today = timezone.localdate()
    held = add_category(
        cast.town_caseworker, person, {"category": "dibao", "since": today, "certified_by": "甲区民政局"}
    )
    assert (sheet_of(person).categories, sheet_of(person).economic_hardship) == (["dibao"], True)
    end_category(cast.town_caseworker, held, today - datetime.timedelta(days=1), "收入好转")
    assert person.categories.current().count() in (0, 1)
    expected = sorted(person.categories.current().values_list("category", flat=True))
    assert sheet_of(person).categories == expected


def test_who_moves_is_counted_where_they_live(person, cast):
    village = make_area("230302001001", "一社区", "village", cast.town_area)
    change_person(cast.town_caseworker, person, person.version, {"residence": village})
    assert sheet_of(person).area_code == village.code


def test_the_dead_and_the_merged_have_no_sheet(person, cast):
    other = make_person(cast.town, number="")
    fact_sheets.renew(other)
    merger = merge_people(cast.bureau_officer, person, other, "重复登记")
    assert (sheet_of(other), sheet_of(person) is not None) == (None, True)
    undo_merger(cast.bureau_officer, merger, "合并有误")
    assert sheet_of(other) is not None
    person.refresh_from_db()
    change_person(cast.town_caseworker, person, person.version, {"died_on": timezone.localdate()})
    assert sheet_of(person) is None


def test_whoever_was_wiped_leaves_no_sheet_and_none_comes_back(person, cast):
    other = make_person(household=person.household, born=years_ago(40))
    make_fact(person, "diagnoses", ["rare_disease"])
    fact_sheets.renew(person)
    assert sheet_of(other).household_flags == ["rare_disease_family"]
    order = order_purge(cast.bureau_officer, person, "本人要求删除")
    confirm_purge(cast.bureau_approver, order)
    assert (sheet_of(person), sheet_of(other).household_flags) == (None, None)
    fact_sheets.renew_due()
    fact_sheets.renew_all()
    assert sheet_of(person) is None


def test_whom_another_unit_keeps_is_counted_for_nobody(cast):
    values = {
        "name": "吴某某",
        "identity_kind": "resident",
        "number": a_number("1991-05-05"),
        "residence": cast.town_area,
    }
    made = register_person(cast.charity_reviewer, values)
    record_facts(cast.charity_reviewer, made, {"diagnoses": ["leukemia"]})
    make_person(cast.charity)
    fact_sheets.renew_all()
    assert not FactSheet.objects.exists()


def test_people_follow_their_area_and_their_keeper(person, cast):
    successor = make_area("230302009000", "合并街道", "town", cast.county)
    cast.town_area.replaced_by, cast.town_area.valid_to = successor, timezone.localdate()
    cast.town_area.save()
    assert follow_areas() == 2  # the person and the household
    assert sheet_of(person).area_code == successor.code
    cast.town.kind = "other_charity"
    cast.town.save()
    assert follow_keepers() == 1
    assert sheet_of(person) is None


def test_a_value_that_is_no_longer_one_is_not_known(person):
    make_fact(person, "hardship_level", "terrible")
    make_fact(person, "dwelling", "own")
    fact_sheets.renew(person)
    assert sheet_of(person).hardship_level is None


def test_local_facts_are_part_of_the_sheet(person, cast):
    fact = make_local_fact(cast.charity, type="money")
    record_facts(cast.town_caseworker, person, {fact.name: 1200})
    assert sheet_of(person).local == {fact.name: "1200"}


def test_what_is_known_of_the_family_reaches_all_of_it(cast):
    head = make_person(cast.town, born=years_ago(40))
    child = make_person(household=head.household, born=years_ago(10), gender="male")
    record_facts(cast.town_caseworker, head, {"diagnoses": ["rare_disease"], "has_disability_cert": True})
    today = timezone.localdate()
    held = add_category(cast.town_caseworker, head, {"category": "dibao", "since": today, "certified_by": "某局"})
    row = sheet_of(child)
    assert (row.economic_hardship, row.household_flags, row.parent_disabled) == (True, ["rare_disease_family"], True)
    assert (row.diagnoses, row.categories) == (None, [])
    PersonCategory.objects.filter(pk=held.pk).update(
        since=today - datetime.timedelta(days=90), last_day=today - datetime.timedelta(days=1)
    )
    written(head, 40)
    written(child, 40)
    fact_sheets.renew_due()
    assert sheet_of(child).economic_hardship is None
    head.refresh_from_db()
    child.refresh_from_db()
    move_person(cast.town_caseworker, child, "head")
    assert (sheet_of(child).household_flags, sheet_of(child).parent_disabled) == (None, None)


def test_nothing_is_inferred_from_a_child_nor_from_another_units_record(cast):
    head = make_person(cast.town, born=years_ago(40))
    child = make_person(household=head.household, born=years_ago(10))
    other = make_person(cast.charity, head.household, born=years_ago(40))
    for person in (child, other):
        make_fact(person, "diagnoses", ["leukemia"])
    make_category(other, "dibao")
    fact_sheets.renew(head)
    assert (sheet_of(head).household_flags, sheet_of(head).economic_hardship) == (None, None)
    assert sheet_of(other) is None


# -- by the calendar --------------------------------------------------------------------------------------------------
def written(person, days):
    FactSheet.objects.filter(pk=fact_sheets.key_of(person)).update(
        built_at=timezone.now() - datetime.timedelta(days=days)
    )


def test_relief_that_lapsed_leaves_the_sheet_in_the_night(person):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    make_category(person, "temp_relief_1y", since=yesterday - datetime.timedelta(days=300))
    fact_sheets.renew(person)
    written(person, 40)
    assert fact_sheets.renew_due() == 0
    PersonCategory.objects.update(last_day=yesterday)
    assert sheet_of(person).categories == ["temp_relief_1y"]
    assert fact_sheets.renew_due() == 1
    assert sheet_of(person).categories == []


@pytest.mark.parametrize(("years", "before", "after"), BY_AGE)
def test_a_birthday_moves_people_between_groups(cast, years, before, after):
    person = make_person(cast.town, born=years_ago(years, -1), flags=["no_self_care"])
    make_category(person, "dibao", since=timezone.localdate() - datetime.timedelta(days=300))
    fact_sheets.renew(person)
    FactSheet.objects.update(categories=before)
    written(person, 40)
    assert fact_sheets.renew_due() == 1
    assert sheet_of(person).categories == after
    written(person, 10)
    Person.objects.update(birth_date=datetime.date(1999, 1, 1))
    assert fact_sheets.renew_due() == 0


def test_the_night_makes_sheets_that_are_missing_and_may_run_twice(cast):
    people = [make_person(cast.town) for _ in range(3)]
    make_person(cast.charity)
    fact_sheets.BATCH, before = 2, fact_sheets.BATCH
    try:
        assert fact_sheets.renew_due() == 3
    finally:
        fact_sheets.BATCH = before
    assert fact_sheets.renew_due() == 0
    assert {row.pk for row in FactSheet.objects.all()} == {fact_sheets.key_of(person) for person in people}


def test_everything_can_be_rebuilt(cast):
    make_program(cast.charity, "P09", like="P09")
    person = make_person(cast.town)
    make_fact(person, "hardship_level", "severe")
    call_command("renew_fact_sheets", verbosity=0)
    assert sheet_of(person).hardship_level == "severe"
    assert ProgramFit.objects.get().total == 1


def test_renewing_many_takes_the_same_queries_as_one(cast):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            fact_sheets.renew_all()
        return len(seen)

    people = [make_person(cast.town)]
    make_fact(people[0], "diagnoses", ["cataract"])
    one = queries()
    for person in [make_person(cast.town) for _ in range(4)]:
        make_fact(person, "diagnoses", ["cataract"])
        make_category(person)
    assert queries() == one
