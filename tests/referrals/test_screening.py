"""Screening lists: who stands on them, and when somebody comes back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from referrals import screening
from referrals.actions import screening as actions
from referrals.actions.facts import record_facts
from referrals.models import Unaided
from tests.make.catalogue import make_program
from tests.make.people import make_fact, make_government_aid, make_need, make_person, make_visit

pytestmark = pytest.mark.django_db
STILL, STALE, UNVISITED = "still_in_difficulty", "not_verified", "not_visited"


def on(staff, which):
    return {person.pk for person in screening.pending(staff, which)}


def test_who_is_still_in_difficulty_after_government_aid(cast):
    severe = make_person(cast.town, level="severe")
    said = make_person(cast.town)
    make_fact(said, "aid_still_insufficient", True)
    needing, general, unaided = (make_person(cast.town) for _ in range(3))
    for person in (severe, said, needing, general):
        make_government_aid(person)
    make_need(needing, weight="bottom_line")
    make_need(general, weight="general")
    make_need(unaided, weight="bottom_line")
    over = make_person(cast.town, level="severe")
    make_government_aid(over, until=timezone.localdate() - timedelta(days=1))
    assert on(cast.bureau_officer, STILL) == {severe.pk, said.pk, needing.pk}


def test_an_entry_that_was_looked_at_comes_back_only_with_news(cast):
    person = make_person(cast.town, level="severe")
    make_government_aid(person)
    actions.review_entry(cast.town_caseworker, person, STILL, "help_arranged", "转慈善会")
    assert on(cast.town_caseworker, STILL) == set()
    record_facts(cast.town_caseworker, person, {"hardship_level": "severe"})
    assert on(cast.town_caseworker, STILL) == {person.pk}
    assert person.timeline.filter(kind="screened").exists()


def test_the_lists_of_the_unverified_and_the_unvisited(cast):
    long_ago = timezone.localdate() - timedelta(days=200)
    stale = make_person(cast.town, last_verified_on=long_ago)
    visited = make_person(cast.town)
    child = make_person(household=visited.household)
    make_visit(visited)
    assert on(cast.bureau_officer, STALE) == {stale.pk}
    assert on(cast.bureau_officer, UNVISITED) == {stale.pk}
    make_visit(stale, visited_on=long_ago)
    assert on(cast.bureau_officer, UNVISITED) == {stale.pk}
    assert child.pk not in on(cast.bureau_officer, UNVISITED)


def test_nobody_who_qualifies_is_left_out(cast, browse):
    program = make_program(like="P01")
    sick = {"diagnoses": ["leukemia"], "economic_hardship": True, "hsct_done": False}
    fits, aided = (make_person(cast.town, born="2015-01-01") for _ in range(2))
    other = make_person(cast.town)
    for person in (fits, aided):
        for name, value in sick.items():
            make_fact(person, name, value)
    make_government_aid(aided, "medical")
    screening.find_unaided()
    found = on(cast.bureau_officer, "unaided")
    assert fits.pk in found
    assert not {aided.pk, other.pk} & found
    page = browse(cast.bureau_officer).get(reverse("referrals:list_screening"), {"list": "unaided"})
    assert Unaided.objects.get(person=fits).programs == [program.code]
    assert program.code in page.content.decode()
    make_government_aid(fits, "medical")
    assert on(cast.bureau_officer, "unaided") == set()


def test_who_may_review_what(cast):
    person = make_person(cast.town, last_verified_on=timezone.localdate() - timedelta(days=200))
    with pytest.raises(PermissionDenied):
        actions.review_entry(cast.bureau_approver, person, STALE, "recorded")
    with pytest.raises(Refusal, match="写明"):
        actions.review_entry(cast.town_caseworker, person, STALE, "other", " ")
    with pytest.raises(Refusal, match="不在这份名单"):
        actions.review_entry(cast.town_caseworker, person, STILL, "recorded")
    assert on(cast.charity_reviewer, STALE) == set()
