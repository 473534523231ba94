"""Who sees whom, how a person is registered and changed, and what stands in the database meanwhile."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from members.access import Refusal, Stale
from members.models import AuditEntry
from portal.lib.encryption import CannotOpen
from referrals.actions.people import Alike, change_person, register_person
from referrals.finding import alike
from referrals.models import Person
from referrals.permissions import may
from tests.make.people import make_household, make_person
from tests.make.units import a_number, make_area, make_organization, make_relation, make_staff


def values(residence, **more):
    number = more.pop("number", None)
    return {
        "name": "王小明",
        "number": a_number("1990-05-06") if number is None else number,
        "residence": residence,
        **more,
    }


def sees(staff):
    return set(Person.objects.visible_to(staff))


# -- Scope --------------------------------------------------------------------------------------------------------
def test_each_side_sees_its_own_people_and_no_others(cast):
    of_town = make_person(cast.town)
    of_county = make_person(cast.bureau)
    of_other = make_person(cast.other_bureau)
    of_charity = make_person(cast.charity)
    assert sees(cast.town_caseworker) == {of_town}
    assert sees(cast.bureau_officer) == sees(cast.bureau_approver) == {of_town, of_county}
    assert sees(cast.other_bureau_approver) == {of_other}
    assert sees(cast.city_supervisor) == {of_town, of_county, of_other}
    assert sees(cast.charity_reviewer) == sees(cast.charity_approver) == {of_charity}


def test_administrators_and_the_catalogue_see_nobody(cast):
    make_person(cast.bureau), make_person(cast.charity)
    for name in ("system_admin", "security_admin", "audit_admin", "catalogue_admin", "charity_admin"):
        assert sees(cast[name]) == set()


def test_permission_for_one_answers_as_the_queryset_does(cast):
    people = [
        make_person(unit) for unit in (cast.town, cast.bureau, cast.other_bureau, cast.charity, cast.other_charity)
    ]
    reviewer = make_staff(None, cast.other_charity, ["charity_reviewer"])
    staff = [cast.town_caseworker, cast.bureau_officer, cast.city_supervisor, cast.charity_reviewer, reviewer,
             cast.audit_admin, cast.bureau_approver, cast.charity_admin]  # fmt: skip
    for one in staff:
        for permission in ("person.view", "person.edit", "person.unmask", "person.merge"):
            visible = set(Person.objects.visible_to(one, permission))
            assert {person for person in people if may(one, permission, person)} == visible


def test_a_village_sees_its_village(cast):
    village = make_organization(kind="village_body", area=make_village(cast))
    worker = make_staff(None, village, ["town_caseworker"])
    here = make_person(village)
    make_person(cast.town)
    assert sees(worker) == {here}
    assert here in sees(cast.town_caseworker)


def make_village(cast):
    return make_area("230302001001", "一社区", "village", cast.town_area)


def test_a_person_who_moves_moves_out_of_sight(cast):
    person = make_person(cast.bureau)
    change_person(cast.bureau_officer, person, 1, {"residence": cast.other_county})
    assert sees(cast.bureau_officer) == set()
    assert sees(cast.other_bureau_approver) == {person}


# -- Registering --------------------------------------------------------------------------------------------------
def test_register_person(cast):
    number = a_number("1990-05-06", "male")
    person = register_person(
        cast.town_caseworker, values(cast.town_area, number=number.lower(), phone="0467-2345678", gender="female")
    )
    person = Person.objects.get(pk=person.pk)
    assert (person.number, person.phone) == (number, "0467-2345678")
    assert (person.birth_date, person.gender) == (datetime.date(1990, 5, 6), "male")
    assert (person.relation, person.household.keeper) == ("head", cast.town)
    assert (person.county, person.town, person.is_official) == (cast.county.code, cast.town_area.code, True)
    entry = AuditEntry.objects.get(action="person.register")
    assert (entry.object_name, entry.object_code) == (person.code, person.code)


def test_nothing_private_stands_in_the_database(cast):
    person = register_person(
        cast.town_caseworker,
        values(
            cast.town_area, phone="0467-2345678", address="建设路某号", health_note="白血病", account="6222000011112222"
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("select row(p.*)::text from referrals_person p where id = %s", [person.pk])
        stored = cursor.fetchone()[0]
    for secret in (person.number, "2345678", "建设路", "白血病", "6222000011112222"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_an_envelope_opens_only_in_its_own_row(cast):
    one, other = make_person(cast.bureau), make_person(cast.bureau)
    with connection.cursor() as cursor:
        cursor.execute(
            "update referrals_person set private = (select private from referrals_person where id = %s) where id = %s",
            [one.pk, other.pk],
        )
    with pytest.raises(CannotOpen):
        _ = Person.objects.get(pk=other.pk).number


def test_who_may_not_register_does_not(cast):
    for name in ("bureau_approver", "charity_approver", "city_supervisor", "catalogue_admin", "charity_admin"):
        with pytest.raises(PermissionDenied):
            register_person(cast[name], values(cast.county))
    assert not Person.objects.exists()


def test_civil_affairs_registers_whom_it_looks_after(cast):
    with pytest.raises(Refusal) as refused:
        register_person(cast.town_caseworker, values(cast.other_county))
    assert refused.value.field == "residence"


def test_kin_of_the_caseworker_are_left_to_a_colleague(cast):
    number = a_number()
    make_relation(cast.town_caseworker, number=number)
    with pytest.raises(Refusal, match="回避"):
        register_person(cast.town_caseworker, values(cast.town_area, number=number))
    assert register_person(cast.bureau_officer, values(cast.town_area, number=number))


def test_a_person_without_papers_and_one_without_a_name(cast):
    person = register_person(
        cast.town_caseworker,
        values(cast.town_area, number="", identity_kind="none", birth_date=datetime.date(2020, 2, 3), gender="female"),
    )
    assert (person.number, person.number_index, person.is_minor) == ("", None, True)
    unknown = register_person(
        cast.town_caseworker, {"name": "", "residence": cast.town_area, "is_identity_known": False, "looks": "约七十岁"}
    )
    assert (unknown.identity_kind, unknown.birth_date, unknown.is_minor) == ("none", None, False)
    assert register_person(cast.town_caseworker, {"name": "", "residence": cast.town_area, "is_identity_known": False})


@pytest.mark.parametrize(
    ("kind", "number", "origin"),
    [
        ("hk_macao_pass", "H12345678", "HK"),
        ("hk_macao_pass", "M12345678", "MO"),
        ("taiwan_pass", "12345678", "TW"),
        ("passport", "E1234567", ""),
    ],
)
def test_where_a_compatriot_comes_from_is_read_from_the_document(kind, number, origin, cast):
    person = register_person(
        cast.town_caseworker,
        values(
            cast.town_area, number=number, identity_kind=kind, birth_date=datetime.date(1970, 1, 1), nationality="FR"
        ),
    )
    assert person.compatriot_origin == origin
    assert person.nationality == ("FR" if kind == "passport" else "CN")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"number": "999999199005060011"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "12345678", "identity_kind": "hk_macao_pass"}, "number"),
        ({"number": "", "identity_kind": "none", "birth_date": datetime.date(2999, 1, 1)}, "birth_date"),
        ({"died_on": datetime.date(1950, 1, 1)}, "died_on"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(more, field, cast):
    with pytest.raises(Refusal) as refused:
        register_person(cast.town_caseworker, values(cast.town_area, **more))
    assert refused.value.field == field
    assert not Person.objects.exists()


# -- The likely same person ----------------------------------------------------------------------------------------
def test_a_number_is_registered_once_by_the_civil_affairs_side(cast):
    known = make_person(cast.other_bureau)
    with pytest.raises(Alike) as refused:
        register_person(cast.town_caseworker, values(cast.town_area, number=known.number), is_another=True)
    assert refused.value.found.seen == []
    assert [(one.keeper_kind, one.area) for one in refused.value.found.elsewhere] == [("民政部门", "乙区")]


def test_a_charity_is_told_that_somebody_else_knows_them_and_may_go_on(cast):
    known = make_person(cast.bureau)
    mine = values(cast.county, number=known.number)
    with pytest.raises(Alike) as refused:
        register_person(cast.charity_reviewer, mine)
    assert refused.value.found.seen == []
    assert known.name not in str(refused.value.found)
    person = register_person(cast.charity_reviewer, mine, is_another=True)
    assert sees(cast.charity_reviewer) == {person}
    with pytest.raises(Alike):
        register_person(cast.charity_reviewer, mine, is_another=True)


def test_a_namesake_of_the_same_birthday_and_county_is_shown(cast):
    known = make_person(cast.bureau, name="王小明", born="1990-05-06")
    with pytest.raises(Alike) as refused:
        register_person(cast.town_caseworker, values(cast.town_area))
    assert refused.value.found.elsewhere != []  # lives in the county's own code: not the town's to see
    with pytest.raises(Alike) as refused:
        register_person(cast.bureau_officer, values(cast.town_area))
    assert refused.value.found.seen == [known]
    assert register_person(cast.bureau_officer, values(cast.town_area), is_another=True)


def test_a_namesake_elsewhere_or_of_another_day_is_nobody_s_concern(cast):
    make_person(cast.other_bureau, name="王小明", born="1990-05-06")
    make_person(cast.bureau, name="王小明", born="1990-05-07")
    assert register_person(cast.bureau_officer, values(cast.town_area))


def test_asking_costs_the_same_whether_there_is_somebody_or_not(cast, django_assert_num_queries):
    make_person(cast.other_bureau, number=(number := a_number()))
    staff = make_staff(None, cast.charity, ["charity_reviewer"])
    _ = staff.permissions
    for asked in (number, a_number(), ""):
        with django_assert_num_queries(3):
            alike(staff, number=asked, name="某人", residence=cast.county)


def test_two_at_once_leave_one(cast):
    person = make_person(cast.bureau)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person(cast.town, number=person.number)
    assert make_person(cast.charity, number=person.number)


# -- Changing -------------------------------------------------------------------------------------------------------
def test_change_person(cast):
    person = make_person(cast.bureau, name="王小明", phone="0467-2345678")
    changed = change_person(cast.bureau_officer, person, 1, {"name": "王晓明", "phone": "0467-7654321"})
    assert (changed.name, changed.phone, changed.version, changed.number) == (
        "王晓明",
        "0467-7654321",
        2,
        person.number,
    )
    assert "晓" in changed.name_keys
    assert Person.objects.with_phone("0467-7654321").get() == changed
    change = changed.changes.get(version=2)
    assert change.changes == {"name": ["王小明", "王晓明"], "phone": ["0467-2345678", "0467-7654321"]}
    assert AuditEntry.objects.get(action="person.edit").changes == {"name": ["…", "…"], "phone": ["…", "…"]}


def test_who_comes_second_is_told(cast):
    person = make_person(cast.bureau)
    change_person(cast.bureau_officer, person, 1, {"name": "甲"})
    with pytest.raises(Stale) as stale:
        change_person(cast.bureau_officer, person, 1, {"name": "乙"})
    assert stale.value.current.name == "甲"


def test_saving_what_is_already_there_makes_no_version(cast):
    person = make_person(cast.bureau)
    change_person(cast.bureau_officer, person, 1, {"name": person.name})
    person.refresh_from_db()
    assert (person.version, person.changes.count()) == (1, 0)


def test_only_those_who_may_edit_change_somebody(cast):
    person = make_person(cast.bureau)
    for name in ("bureau_approver", "town_caseworker", "charity_reviewer", "city_supervisor", "other_bureau_approver"):
        with pytest.raises(PermissionDenied):
            change_person(cast[name], person, 1, {"name": "甲"})


def test_a_household_has_one_head(cast):
    household = make_household(cast.bureau)
    make_person(cast.bureau, household, relation="head")
    with pytest.raises(Refusal) as refused:
        register_person(cast.bureau_officer, values(cast.county, relation="head"), household=household)
    assert refused.value.field == "relation"
    member = register_person(cast.bureau_officer, values(cast.county, relation="spouse"), household=household)
    assert member.household == household
