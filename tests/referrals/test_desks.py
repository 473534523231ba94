"""What lies on whose desk, and in which tab."""

import pytest

from portal.home import waiting_for
from referrals import desks
from referrals.actions.outcomes import reopen_referral
from referrals.actions.referrals import submit_referral
from referrals.models import Referral
from tests.make.referrals import make_draft, make_referral

pytestmark = pytest.mark.django_db


def on_desk(staff, desk, tab="open"):
    tab = desks.tab_of(staff, desk, tab)
    rows = desks.fetch_rows(staff, desk, tab)(list(tab.order), None, 50)
    return [Referral.objects.get(pk=row.pk) for row in rows]


def cards(staff):
    return {str(card["title"]): card["count"] for group in waiting_for(staff) for card in group["cards"]}


def test_each_side_has_it_on_its_own_desk_and_those_above_on_the_third(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    assert on_desk(cast.charity_reviewer, desks.RECEIVED, "to_sign") == [referral]
    assert on_desk(cast.bureau_officer, desks.SENT, "waiting") == [referral]
    assert on_desk(cast.bureau_officer, desks.RECEIVED) == []
    assert on_desk(cast.bureau_officer, desks.AREA) == [referral]
    assert on_desk(cast.city_supervisor, desks.AREA, "to_sign") == [referral]
    assert on_desk(cast.charity_reviewer, desks.AREA) == []
    assert on_desk(cast.other_bureau_approver, desks.AREA) == []


def test_the_county_reviews_what_its_town_wrote_and_the_city_does_not(cast):
    draft = make_draft(cast.town_caseworker, cast.charity)
    submit_referral(cast.town_caseworker, draft, draft.version)
    assert on_desk(cast.bureau_officer, desks.SENT, "review") == [draft]
    assert on_desk(cast.town_caseworker, desks.SENT, "review") == [draft]
    assert on_desk(cast.charity_reviewer, desks.RECEIVED) == []
    assert on_desk(cast.city_supervisor, desks.SENT, "review") == []
    assert cards(cast.bureau_officer)["转介待审核"] == 1
    assert "转介待审核" not in cards(cast.town_caseworker)


def test_what_a_colleague_asked_waits_for_a_second_person(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="closed", by=cast.charity_reviewer)
    reopen_referral(cast.bureau_officer, referral, referral.version, "又有困难")
    assert on_desk(cast.bureau_approver, desks.SENT, "to_agree") == [referral]
    assert on_desk(cast.bureau_officer, desks.SENT, "to_agree") == []
    assert cards(cast.bureau_approver)["同事提请您同意"] == 1
