"""What a person's page asks for next: one thing, in the order a referral needs them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.models import Person
from tests.make.people import (
    make_consent,
    make_government_aid,
    make_need,
    make_person,
    make_provision,
)
from tests.make.referrals import make_receiver, make_telling
from tests.make.units import make_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    return make_person(cast.town)


@pytest.fixture
def asked(cast, person, browse):
    """asked() is (the words on the button, where it leads)."""

    def of(staff=None):
        shown = browse(staff or cast.town_caseworker).get(reverse("referrals:show_person", args=[person.code]))
        step = shown.context.get("step")
        return step and (step.words, step.url)

    return of


def url(name, code):
    return reverse(f"referrals:{name}", args=[code])


def test_the_steps_follow_the_way_of_a_referral(cast, person, asked):
    assert asked() == ("登记需求", url("add_need", person.code))
    make_need(person)
    assert asked() == ("记录政府救助", url("record_aid", person.code))
    make_government_aid(person)
    assert asked() == ("匹配项目", url("match_person", person.code))
    make_consent(person, [cast.charity], actor=cast.town_caseworker)
    assert asked() == ("转介", url("refer_person", person.code))
    make_provision(cast.town_caseworker, person, cast.charity)
    assert asked() == ("记录走访", url("record_visit", person.code))


@pytest.mark.parametrize(
    ("strength", "words"), [("may", "可以告知"), ("should", "应当及时告知"), ("shall", "必须主动联系")]
)
def test_a_charity_is_bound_to_tell_as_strongly_as_its_region_says(strength, words, cast, browse):
    """R85: of somebody who looks eligible and has no aid, until it was told; the words stand on both pages."""
    make_profile(cast.county, notify_duty=strength)
    kept = make_person(cast.charity, residence=cast.town_area)
    Person.objects.filter(pk=kept.pk).update(level="severe")
    make_need(kept)
    session, tell = browse(cast.charity_reviewer), url("tell_bureau", kept.code)
    page = reverse("referrals:show_person", args=[kept.code])
    shown = session.get(page)
    assert words in shown.content.decode()
    assert words in session.get(tell).content.decode()
    step = shown.context["step"]
    assert ((step.words, step.url) == ("告知民政", tell)) is (strength != "may")
    make_government_aid(kept, "medical")
    assert session.get(page).context["step"].words != "告知民政"


def test_who_was_told_of_is_not_to_be_told_of_again(cast, browse):
    make_profile(cast.county, notify_duty="shall")
    kept = make_person(cast.charity, residence=cast.town_area)
    Person.objects.filter(pk=kept.pk).update(level="severe")
    make_telling(cast.charity_reviewer, make_receiver(cast.town), person=Person.objects.get(pk=kept.pk))
    make_need(kept)
    session = browse(cast.charity_reviewer)
    shown = session.get(reverse("referrals:show_person", args=[kept.code]))
    assert shown.context["step"].words == "记录政府救助"


def test_a_paper_without_an_answer_is_taken_up_again(cast, person, asked):
    make_need(person)
    make_government_aid(person)
    draft = make_consent(person, [cast.charity], actor=cast.town_caseworker, state="draft")
    assert asked() == ("继续征求同意", url("show_consent", draft.code))


def test_what_nobody_verified_for_long_is_verified_first(cast, person, asked):
    Person.objects.filter(pk=person.pk).update(last_verified_on=timezone.localdate() - timedelta(days=400))
    assert asked() == ("核实过，没有变化", "")


def test_nothing_is_asked_after_a_death_or_of_who_only_looks(cast, person, asked):
    assert asked(cast.city_supervisor) is None
    Person.objects.filter(pk=person.pk).update(died_on=timezone.localdate())
    assert asked() is None
