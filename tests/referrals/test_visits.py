"""Visits: what was seen, where nobody has been, how far a round has come."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from referrals import matching, visit_figures
from referrals.actions import visits as actions
from tests.make.people import make_need, make_person, make_visit, make_visit_round
from tests.make.units import make_area, make_staff

pytestmark = pytest.mark.django_db


def values(**more):
    said = {
        "occasion": "bureau_round",
        "visited_on": timezone.localdate(),
        "visitors": "甲、乙",
        "result": "as_recorded",
    }
    return {**said, "findings": "门窗漏风", **more}


def test_whoever_was_met_counts_as_visited_and_as_fresh(cast):
    person = make_person(cast.town, last_verified_on=timezone.localdate() - timedelta(days=300))
    actions.record_visit(cast.town_caseworker, person, values())
    person.refresh_from_db()
    assert person.last_verified_on == timezone.localdate()
    assert matching.facts_of(person)["home_visit_verified"] is True
    kinds = set(person.timeline.values_list("kind", flat=True))
    assert kinds == {"visited", "facts_recorded", "person_verified"}


def test_a_closed_door_verifies_nothing(cast):
    person = make_person(cast.town, last_verified_on=timezone.localdate() - timedelta(days=300))
    actions.record_visit(cast.town_caseworker, person, values(result="not_met"))
    person.refresh_from_db()
    assert person.is_stale
    assert "home_visit_verified" not in matching.facts_of(person)


def test_no_visit_tomorrow_and_none_to_strangers(cast):
    person = make_person(cast.town)
    with pytest.raises(Refusal, match="晚于今天"):
        actions.record_visit(cast.town_caseworker, person, values(visited_on=timezone.localdate() + timedelta(days=1)))
    with pytest.raises(PermissionDenied):
        actions.record_visit(cast.charity_reviewer, person, values())
    with pytest.raises(Refusal, match="范围"):
        actions.record_area_visit(cast.town_caseworker, cast.other_county, values(homes=3))


def test_a_place_where_nobody_has_been_is_a_gap(cast, browse):
    empty = make_area("230302002000", "甲区二街道", "town", cast.county)
    village = make_area("230302001001", "一村", "village", cast.town_area)
    make_person(cast.town, residence=village)
    make_visit(make_person(cast.town), recorded_by=cast.town_caseworker)
    make_visit(area=village, recorded_by=cast.town_caseworker, homes=12)
    make_visit(area=empty, recorded_by=cast.bureau_officer, visited_on=timezone.localdate() - timedelta(days=200))
    since, until = visit_figures.usual_period()
    places = {
        place.area.name: place for place in visit_figures.places_of(cast.bureau_officer, cast.county, since, until)
    }
    there = places["甲区一街道"]
    assert (there.visits, there.homes, there.people, there.is_gap) == (2, 13, 2, False)
    assert (places["甲区二街道"].is_gap, places["甲区二街道"].last) == (
        True,
        timezone.localdate() - timedelta(days=200),
    )
    page = browse(cast.bureau_officer).get(reverse("referrals:list_gaps"))
    assert page.context["gaps"] == 1
    actions.record_area_visit(cast.bureau_officer, empty, values(homes=20, result="nothing_found"))
    assert browse(cast.bureau_officer).get(reverse("referrals:list_gaps")).context["gaps"] == 0


def test_a_round_says_who_is_still_to_be_visited(cast, browse):
    one = make_visit_round(cast.bureau)
    seen, waiting = make_person(cast.town), make_person(cast.town)
    make_person(household=seen.household)
    actions.record_visit(cast.town_caseworker, seen, values(round=one))
    page = browse(cast.town_caseworker).get(reverse("referrals:show_visit_round", args=[one.code]))
    assert (page.context["done"], page.context["total"]) == (1, 2)
    assert [person.pk for person in page.context["page"]] == [waiting.pk]
    with pytest.raises(Refusal, match="时间或范围"):
        actions.record_visit(
            cast.town_caseworker, waiting, values(round=one, visited_on=timezone.localdate() - timedelta(days=3))
        )


def test_findings_are_for_those_who_work_on_people(cast, browse):
    visit = make_visit(make_person(cast.town), findings="墙角发霉")
    url = reverse("referrals:show_visit", args=[visit.code])
    assert "发霉" in browse(cast.bureau_officer).get(url).content.decode()
    assert "发霉" not in browse(cast.city_supervisor).get(url).content.decode()


def test_a_unit_outside_sees_its_own_visits_alone(cast, browse):
    own = make_visit(make_person(cast.charity), recorded_by=cast.charity_reviewer)
    make_visit(make_person(cast.town), recorded_by=cast.town_caseworker)
    page = browse(cast.charity_reviewer).get(reverse("referrals:list_visits")).context["page"]
    assert [visit.pk for visit in page] == [own.pk]
    page = browse(cast.bureau_officer).get(reverse("referrals:list_visits")).context["page"]
    assert own.pk not in {visit.pk for visit in page}


def test_the_page_of_a_person_shows_needs_and_visits(cast, browse):
    person = make_person(cast.town)
    make_need(person, wish="换一扇门")
    make_visit(person, findings="门窗漏风")
    page = browse(cast.town_caseworker).get(reverse("referrals:show_person", args=[person.code])).content.decode()
    assert [words for words in ("换一扇门", "门窗漏风", "登记需求", "记录走访") if words not in page] == []


def test_only_civil_affairs_begins_rounds(cast):
    said = {
        "title": "走访",
        "area": cast.county,
        "since": timezone.localdate(),
        "until": timezone.localdate(),
        "note": "",
    }
    for somebody in (cast.charity_reviewer, make_staff(None, cast.town, ["finder"])):
        with pytest.raises(Refusal):
            actions.begin_round(somebody, said)
    assert actions.begin_round(cast.bureau_officer, said).area == cast.county
