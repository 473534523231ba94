"""R85: units outside civil affairs tell of families that may qualify, as strongly and as soon as their region says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.calendar import add_working_days
from members.models import OutboxMessage
from members.outbox import Undeliverable
from portal.home import waiting_for
from referrals import tellings
from referrals.actions.telling_duties import find_duties, remind_of_duties
from referrals.models import TellingDuty
from referrals.tasks import tell_of_duties
from tests.make.people import make_government_aid, make_need, make_person
from tests.make.referrals import make_telling
from tests.make.units import make_profile


@pytest.fixture
def region(cast):
    """region("shall") is what 甲区 says from now on."""

    def says(duty, **values):
        return make_profile(cast.county, notify_duty=duty, **values)

    return says


@pytest.fixture
def family(cast):
    return make_person(cast.charity, residence=cast.town_area, level="severe", name="陈某甲")


def days_of(duty, on=None):
    return add_working_days(on or timezone.localdate(), duty)


def cards_of(staff):
    return {str(card["title"]): card["count"] for group in waiting_for(staff) for card in group["cards"]}


@pytest.mark.parametrize(("duty", "bound"), [("may", 0), ("should", 1), ("shall", 1)])
def test_the_region_decides_who_is_bound_and_how_soon(duty, bound, cast, region, family):
    """Five working days, one where something is urgent; nobody of civil affairs, nobody with aid or without a sign."""
    region(duty)
    urgent = make_person(cast.other_charity, residence=cast.town_area, level="severe")
    make_need(urgent, urgency="urgent")
    make_person(cast.charity, residence=cast.town_area)
    make_person(cast.town, level="severe")
    assert find_duties() == find_duties() == 2 * bound
    assert dict(TellingDuty.objects.values_list("person", "due_on")) == (
        {family.pk: days_of(5), urgent.pk: days_of(1)} if bound else {}
    )


def test_the_clock_is_the_regions_and_runs_from_the_day_it_was_found(cast, region, family):
    profile = region("should")
    long_ago = timezone.localdate() - timedelta(days=30)
    find_duties(long_ago)
    profile.clocks = {**profile.clocks, "tell": [40, 1]}
    profile.save()
    find_duties()
    duty = TellingDuty.objects.get()
    assert (duty.since, duty.due_on) == (long_ago, days_of(40, long_ago))


def test_it_ends_when_somebody_tells_or_the_record_answers(cast, region, family):
    """At once, before the clock comes by again."""
    region("should")
    ill = make_person(cast.charity, residence=cast.town_area, level="severe", causes=["major_illness"])
    find_duties()
    assert tellings.count_in_time(cast.charity_reviewer) == 2
    make_telling(cast.charity_reviewer, cast.town, person=family)
    assert [one.person for one in tellings.duties_of(cast.charity_reviewer)] == [ill]
    make_government_aid(ill, "dibao", state="refused")
    assert [one.words for one in tellings.duties_of(cast.charity_reviewer)] == ["医疗救助"]
    make_government_aid(ill, "medical", state="refused")
    assert tellings.count_in_time(cast.charity_reviewer) == 0
    assert find_duties() == 1
    assert tellings.count_late(cast.other_charity_admin) == tellings.count_late(cast.bureau_officer) == 0


def test_today_and_the_list_tell_what_is_late(cast, region, family, browse):
    region("shall")
    find_duties(timezone.localdate() - timedelta(days=30))
    assert cards_of(cast.charity_reviewer)["应当告知民政的家庭，已超过期限"] == 1
    assert "应当告知民政的家庭，已超过期限" not in cards_of(cast.bureau_officer)
    charity = browse(cast.charity_reviewer)
    page = charity.get("/tellings/?show=late").content.decode()
    assert "必须主动联系" in page
    assert "is-late" in page
    assert f"/people/{family.code}/tell/?scheme=dibao" in page
    referral = make_telling(cast.charity_reviewer, cast.town, person=family)
    assert "没有等着告知的家庭" in charity.get("/tellings/").content.decode()
    assert referral.number in charity.get("/tellings/?show=told").content.decode()
    assert browse(cast.bureau_officer).get("/tellings/").status_code == 404


@pytest.mark.parametrize(("duty", "again"), [("should", 5), ("shall", 2)])
def test_units_are_reminded_once_the_time_is_over_and_again(duty, again, cast, region, family, mailoutbox):
    region(duty)
    find_duties()
    type(cast.charity_reviewer).objects.filter(pk=cast.charity_reviewer.pk).update(email="unit@example.org")
    last = TellingDuty.objects.get().due_on
    first = last if duty == "shall" else last + timedelta(days=1)
    assert [remind_of_duties(on) for on in (first - timedelta(days=1), first, first)] == [0, 1, 0]
    assert remind_of_duties(days_of(again, first) - timedelta(days=1)) == 0
    assert remind_of_duties(days_of(again, first)) == 1
    message = OutboxMessage.objects.filter(topic="mail.telling_duty").first()
    tell_of_duties(message)
    (mail,) = mailoutbox
    assert (mail.to, "陈某甲" in mail.body, "/tellings/" in mail.body) == (["unit@example.org"], False, True)
    make_telling(cast.charity_reviewer, cast.town, person=family)
    assert remind_of_duties(last + timedelta(days=60)) == 0
    with pytest.raises(Undeliverable):
        tell_of_duties(message)
