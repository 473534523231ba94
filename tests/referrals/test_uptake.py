"""What units hand in each month, and how they take up what is sent to them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from members.access import Refusal
from members.models import OutboxMessage
from referrals import aid_returns, uptake
from referrals.actions.aid_returns import hand_in_return, remind_of_returns
from referrals.models import AidReturn
from tests.make.people import make_person
from tests.make.referrals import make_aid, make_referral
from tests.make.units import make_staff


@pytest.fixture
def last_month(cast):
    """The charity has been there for a year."""
    cast.charity.created_at = timezone.now() - timedelta(days=400)
    cast.charity.save(update_fields=["created_at"])
    return aid_returns.months_until()[0]


def test_months_go_over_the_turn_of_the_year():
    assert aid_returns.months_until(date(2026, 2, 3))[:3] == [date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]


def test_a_return_holds_what_the_ledger_holds_and_is_handed_in_once(cast, last_month, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    make_aid(referral, cast.charity_reviewer, given_on=last_month)
    alone = make_aid(referral, cast.charity_reviewer, given_on=last_month, value=500)
    type(alone).objects.filter(pk=alone.pk).update(referral=None)
    make_aid(referral, cast.charity_reviewer)
    assert aid_returns.count_missing(cast.charity_reviewer) == 1
    charity = browse(cast.charity_reviewer)
    url = f"/aid/returns/{last_month:%Y-%m}/"
    assert "共 2 笔" in charity.get(url).content.decode()
    assert charity.post(url, {"note": ""}).status_code == 302
    row = AidReturn.objects.get()
    assert (row.lines, row.people, row.lines_alone, row.value) == (2, 1, 1, 800)
    assert aid_returns.count_missing(cast.charity_reviewer) == 0
    assert "已报送" in charity.get("/aid/returns/").content.decode()
    with pytest.raises(Refusal, match="已经报送"):
        hand_in_return(cast.charity_approver, last_month)
    with pytest.raises(PermissionDenied):
        hand_in_return(cast.bureau_officer, last_month)
    with pytest.raises(Refusal, match="已经结束的月份"):
        hand_in_return(cast.charity_approver, timezone.localdate().replace(day=1))


def test_units_that_owe_a_return_are_reminded_once_a_month(cast, last_month):
    make_referral(cast.bureau_officer, cast.charity)
    assert remind_of_returns() == 1
    assert remind_of_returns() == 1
    assert OutboxMessage.objects.filter(topic="mail.aid_return").count() == 1
    hand_in_return(cast.charity_reviewer, last_month)
    assert remind_of_returns() == 0


def test_uptake_is_counted_from_the_steps(cast, last_month, browse):
    make_referral(cast.bureau_officer, cast.charity, state="closed", by=cast.charity_reviewer)
    make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town), state="rejected")
    late = make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town), state="accepted")
    type(late).objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    today = timezone.localdate()
    row = next(
        one for one in uptake.figures_of(cast.bureau_officer, today, today, last_month)
        if one.organization == cast.charity
    )  # fmt: skip
    assert (row.received, row.accepted, row.rejected, row.reported) == (3, 2, 1, 1)
    assert (row.late, row.feedback_missing, row.has_return, row.share_accepted) == (1, 1, False, 67)
    assert (row.days_to_sign, row.days_to_decide, row.days_to_report) == (0, 0, 0)
    page = browse(cast.city_supervisor).get("/uptake/").content.decode()
    assert "1 件没有反馈" in page
    stranger = make_staff(None, cast.other_charity, ["charity_reviewer"])
    assert uptake.figures_of(stranger, today, today, last_month) == []
    assert browse(stranger).get("/uptake/?since=x&until=1900-01-01").status_code == 200
