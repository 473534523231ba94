"""What lists sort and count by: copied beside each unit's row, and in step whichever road a change takes."""

import base64
import json
from datetime import date, timedelta

from django.utils import timezone

from referrals import desk_rows, desks
from referrals.actions import deadlines, decisions, outcomes
from referrals.models import Referral, ReferralAccess
from referrals.models.referral_access import NO_DAY
from tests.make.people import make_person
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


# -- Pages of a desk --------------------------------------------------------------------------------------------------
def pages_of(staff, desk, code, order=None, size=2):
    """All rows, leafed through page by page."""
    tab = desks.tab_of(staff, desk, code)
    fetch, order, key, seen = desks.fetch_rows(staff, desk, tab), list(order or tab.order), None, []
    while rows := fetch(order, key, size):
        seen += [row.pk for row in rows]
        key = json.loads(json.dumps([getattr(rows[-1], name.lstrip("-")) for name in order], default=str))
    return seen


def test_leafing_through_shows_every_row_once_in_its_order(cast):
    """Urgent ones first, then by the day; what has no day stands last, and its page can be left."""
    today = timezone.localdate()
    made = [make_referral(cast.bureau_officer, cast.charity, urgency=urgency)
            for urgency in ("normal", "urgent", "normal", "critical", "urgent", "normal")]  # fmt: skip
    for days, referral in zip((3, 9, None, 5, 2, -1), made, strict=True):
        Referral.objects.filter(pk=referral.pk).update(due_on=days and today + timedelta(days=days))
    decisions.sign_referral(cast.charity_reviewer, made[0], made[0].version)
    Referral.objects.filter(pk=made[0].pk).update(due_on=today + timedelta(days=3))
    by_clock = [made[number].pk for number in (3, 4, 1, 5, 0, 2)]
    assert pages_of(cast.charity_reviewer, desks.RECEIVED, "open") == by_clock
    newest = [one.pk for one in reversed(made)]
    assert pages_of(cast.charity_reviewer, desks.RECEIVED, "open", desk_rows.NEWEST) == newest
    assert pages_of(cast.city_supervisor, desks.AREA, "open") == newest
    assert pages_of(cast.charity_reviewer, desks.RECEIVED, "late") == [made[5].pk]
    assert pages_of(cast.bureau_officer, desks.SENT, "waiting") == by_clock
    counts = desks.counts_of(cast.charity_reviewer, desks.RECEIVED)
    assert {code: counts[code] for code in ("open", "late", "today", "to_sign", "to_decide")} == {
        "open": 6, "late": 1, "today": 0, "to_sign": 5, "to_decide": 1
    }  # fmt: skip


def test_a_key_that_somebody_made_up_leads_to_the_first_page(cast, browse):
    make_referral(cast.bureau_officer, cast.charity)
    charity = browse(cast.charity_reviewer)
    for key in (["x", "2026-01-01", 1], [0, "never", 1], [0, "2026-01-01", 10**30], [-5, "2026-01-01", 1], [1]):
        after = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
        page = charity.get(f"/referrals/received/?tab=to_sign&after={after}")
        assert Referral.objects.get().number in page.content.decode()


def test_names_on_a_desk_are_shown_as_they_are_and_inertly(cast, browse):
    cast.charity.name = "<b>甲区</b>%s 100%"
    cast.charity.save()
    make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town, name="QMARK<i>某"))
    page = browse(cast.bureau_officer).get("/referrals/sent/?tab=waiting").content.decode()
    assert "&lt;b&gt;甲区&lt;/b&gt;%s 100%" in page
    assert "QMARK&lt;i&gt;某" in page
