"""What lists sort and count by: copied beside each unit's row, and in step whichever road a change takes."""

from datetime import date, timedelta

from django.utils import timezone

from referrals.actions import deadlines, outcomes
from referrals.models import Referral, ReferralAccess
from referrals.models.referral_access import NO_DAY
from tests.make.referrals import make_draft, make_referral


def rows_of(referral):
    return set(ReferralAccess.objects.filter(referral=referral).values_list("state", "rank", "due_on", "is_open"))


def as_it_stands(referral):
    referral.refresh_from_db()
    return {(referral.state, referral.rank, referral.due_on or NO_DAY, not referral.is_ended)}


def test_every_units_row_says_what_the_referral_says(cast):
    draft = make_draft(cast.bureau_officer, cast.charity, urgency="urgent")
    assert rows_of(draft) == {("draft", 1, NO_DAY, True)}
    referral = make_referral(cast.bureau_officer, cast.charity)
    assert ReferralAccess.objects.filter(referral=referral).count() == 3
    assert rows_of(referral) == as_it_stands(referral)
    outcomes.amend_referral(cast.bureau_officer, referral, referral.version, {"urgency": "critical"}, "病情加重")
    assert rows_of(referral) == as_it_stands(referral)
    assert referral.rank == 0
    Referral.objects.filter(pk=referral.pk).update(due_on=timezone.localdate() - timedelta(days=30))
    assert rows_of(referral) == as_it_stands(referral)
    outcomes.cancel_referral(cast.bureau_officer, referral, referral.version, "declined.refuses")
    assert rows_of(referral) == {("cancelled", 0, NO_DAY, False)}


def test_what_the_clock_ends_is_open_on_no_desk(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    day = date(2030, 1, 1)
    Referral.objects.update(due_on=day)
    for turn in range(1, 60):
        deadlines.climb(day + timedelta(days=turn))
    assert rows_of(referral) == as_it_stands(referral)
    assert not ReferralAccess.objects.filter(is_open=True).exists()
