"""Screening lists: who stands on them, and when somebody comes back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.models import OutboxMessage
from members.outbox import Undeliverable
from referrals import screening
from referrals.actions import fact_sheets
from referrals.actions import screening as actions
from referrals.actions.facts import record_facts
from referrals.actions.reminders import remind_of_stale_people
from referrals.models import Person, Unaided
from referrals.tasks import tell_of_stale_people
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
    fact_sheets.renew_all(Person.objects.all())
    assert screening.find_unaided() == 1
    found = on(cast.bureau_officer, "unaided")
    assert fits.pk in found
    assert not {aided.pk, other.pk} & found
    page = browse(cast.bureau_officer).get(reverse("referrals:list_screening"), {"list": "unaided"})
    assert Unaided.objects.get(person=fits).programs == [program.code]
    assert str(program) in page.content.decode()
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


def test_a_fact_that_grew_old_is_listed_though_the_record_is_fresh(cast):
    person = make_person(cast.town)
    make_fact(person, "hardship_level", "some", verified_on=timezone.localdate() - timedelta(days=200))
    make_fact(make_person(cast.town), "hardship_level", "some")
    assert on(cast.bureau_officer, STALE) == {person.pk}


def test_units_hear_once_a_week_of_records_to_verify_and_nobody_else_does(cast, mailoutbox):
    long_ago = timezone.localdate() - timedelta(days=200)
    make_person(cast.town, last_verified_on=long_ago, name="测试甲")
    make_person(cast.charity)
    make_person(cast.other_bureau, last_verified_on=long_ago, died_on=long_ago)
    for name in ("town_caseworker", "charity_reviewer"):
        type(cast[name]).objects.filter(pk=cast[name].pk).update(email=f"{name}@example.org")
    assert remind_of_stale_people() == remind_of_stale_people() == 1
    message = OutboxMessage.objects.get(topic="mail.stale_people")
    tell_of_stale_people(message)
    (mail,) = mailoutbox
    assert mail.to == ["town_caseworker@example.org"]
    assert ("?state=stale" in mail.body, "测试甲" in mail.body) == (True, False)
    Person.objects.update(last_verified_on=timezone.localdate())
    with pytest.raises(Undeliverable):
        tell_of_stale_people(message)
