"""Groups of people as lists find them: the same whom matching names, and in the order in which they are served."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals import groups, matching
from referrals.models import Person
from tests.make.people import make_category, make_fact, make_need, make_person
from tests.make.units import make_profile


def born(age):
    return (timezone.localdate() - datetime.timedelta(days=age * 366)).isoformat()


@pytest.fixture
def crowd(cast):
    """One of each kind, by name."""
    made = {
        "old": make_person(cast.town, born=born(70), flags=["no_self_care"]),
        "child": make_person(cast.town, born=born(10), gender="male"),
        "girl": make_person(cast.town, born=born(10), level="severe"),
        "ill": make_person(cast.town, born=born(40), flags=["seriously_ill"]),
        "disabled": make_person(cast.town, born=born(40)),
        "grown": make_person(cast.town, born=born(40), flags=["no_self_care"]),
        "watched": make_person(cast.town, born=born(40)),
        "rich_old": make_person(cast.town, born=born(70), flags=["no_self_care"]),
    }
    for name in ("old", "child", "ill", "disabled", "grown"):
        make_category(made[name], "dibao")
    make_category(made["disabled"], "disabled")
    make_category(made["watched"], "monitored")
    make_category(made["old"], "monitored")
    make_category(made["watched"], "tekun", since=datetime.date(2020, 1, 1), until=datetime.date(2021, 1, 1))
    return made


def names(crowd, asked):
    found = set(Person.objects.filter(asked).values_list("pk", flat=True))
    return {name for name, person in crowd.items() if person.pk in found}


def test_the_groups_of_lists_are_those_of_matching(crowd):
    special = {"elderly_no_self_care", "minor", "seriously_ill", "disabled"}
    low = {name for name in crowd if name not in ("girl", "watched", "rich_old")}
    by_matching = {name for name, person in crowd.items() if name in low and special & set(matching.groups_of(person))}
    assert names(crowd, groups.special()) == by_matching == {"old", "child", "ill", "disabled"}
    weak = {name for name, one in crowd.items() if matching.is_weak(one, matching.categories_of(one))}
    assert names(crowd, groups.weak()) == weak == {"old", "ill", "disabled", "rich_old"}
    girls = {name for name, one in crowd.items() if "girl_in_difficulty" in matching.groups_of(one)}
    assert names(crowd, groups.girls_in_difficulty()) == girls == {"girl"}


def test_who_is_on_the_rolls_is_not_merely_monitored(crowd):
    assert names(crowd, groups.on_rolls()) == {"old", "child", "ill", "disabled", "grown"}
    assert names(crowd, groups.monitored()) == {"watched"}
    assert names(crowd, groups.ROLL_KINDS["neither"]()) == {"girl", "rich_old"}


def test_people_are_found_by_their_housing(crowd):
    make_fact(crowd["old"], "dwelling_safety", "grade_d")
    make_fact(crowd["ill"], "dwelling_safety", "grade_d", superseded_at=timezone.now())
    make_fact(crowd["grown"], "dwelling_lacks", ["heating", "rooms"])
    make_fact(crowd["watched"], "living_form", "dispersed")
    make_category(crowd["disabled"], "tekun", form="dispersed")
    assert names(crowd, groups.housed("dwelling_safety", "grade_d")) == {"old"}
    assert names(crowd, groups.housed("dwelling_lacks", "heating")) == {"grown"}
    assert names(crowd, groups.housed("living_form", "dispersed")) == {"watched", "disabled"}


def test_those_fit_for_work_are_found_with_their_wishes(crowd):
    for name, able in (("grown", "full"), ("watched", "partial"), ("ill", "none"), ("old", "full"), ("child", "full")):
        make_fact(crowd[name], "can_work", able)
    make_fact(crowd["grown"], "work_state", "unemployed")
    make_fact(crowd["watched"], "work_state", "employed")
    make_fact(crowd["watched"], "work_wishes", ["public_post"])
    make_fact(crowd["ill"], "work_wishes", ["public_post"])
    assert names(crowd, groups.fit_for_work()) == {"grown", "watched"}  # neither the old nor the child
    assert names(crowd, groups.seeking_work()) == {"grown"}
    assert names(crowd, groups.wishing("public_post")) == {"watched"}


def test_special_people_head_the_list_for_service_then_the_weak(crowd, cast, browse):
    for name in ("grown", "old", "rich_old", "ill", "watched"):
        make_need(crowd[name], form="service")
    make_need(crowd["child"], form="material")
    session = browse(cast.town_caseworker)
    rows = session.get(reverse("referrals:list_people"), {"need": "service"}).context["page"].rows
    order = [next(name for name, one in crowd.items() if one.pk == row.pk) for row in rows]
    assert order == ["ill", "old", "rich_old", "watched", "grown"]
    assert [row.turn for row in rows] == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"flag": "girl_in_difficulty"}, {"girl"}), ({"flag": "seriously_ill"}, {"ill"}),
        ({"roll": "monitored"}, {"watched"}), ({"need": "material"}, {"child"}),
        ({"work": "able"}, {"watched"}), ({"work": "public_post"}, {"watched"}), ({"work": "skill_training"}, set()),
        ({"housing": "dwelling_safety-grade_c"}, {"watched"}), ({"housing": "x", "roll": "x", "need": "x"}, None),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by_groups(crowd, cast, browse, asked, found):
    make_need(crowd["child"], form="material")
    make_fact(crowd["watched"], "dwelling_safety", "grade_c")
    make_fact(crowd["watched"], "can_work", "partial")
    make_fact(crowd["watched"], "work_wishes", ["public_post"])
    rows = browse(cast.town_caseworker).get(reverse("referrals:list_people"), asked).context["page"].rows
    keys = {row.pk for row in rows}
    assert {name for name, one in crowd.items() if one.pk in keys} == (set(crowd) if found is None else found)


def test_certified_groups_are_those_of_the_place(cast, browse):
    person = make_person(cast.town, born=born(40))
    make_category(person, "monitored")
    session, where = browse(cast.town_caseworker), reverse("referrals:show_person", args=[person.code])
    assert not session.get(where).context["is_certified"]
    make_profile(cast.county, simplified_categories=["monitored"])
    assert session.get(where).context["is_certified"]
