"""A day that was to be worked is a holiday: every clock that counts working days ends later, and no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import calendar
from members.actions.calendar import edit_day
from members.calendar import add_working_days
from members.models import AuditEntry
from referrals import tasks
from referrals.actions import consultations, deadlines, decisions, outcomes
from referrals.actions.referrals import send_referral
from referrals.actions.telling_duties import find_duties
from referrals.models import CaseSettings, Consent, EconomicCheck, Referral, TellingDuty, UrgentLane
from tests.make.people import make_check, make_person
from tests.make.referrals import make_draft, make_referral, make_urgent
from tests.make.units import make_profile

TODAY = timezone.localdate


@pytest.fixture
def holiday(cast):
    """holiday() makes the next working day a day off, and the worker hears of it."""

    def declared(number=1):
        day = add_working_days(TODAY(), number)
        known = calendar.day_of(day)
        edit_day(cast.bureau_officer, day, known.version, is_workday=False, name="调休", source="某通知")
        calendar.forget()
        tasks.recount_lists(day, day)
        return day

    yield declared
    calendar.forget()


def fresh(referral):
    return Referral.objects.get(pk=referral.pk)


def test_a_referral_is_to_be_signed_a_day_later_and_is_on_the_lists_so(cast, holiday):
    referral = make_referral(cast.bureau_officer, cast.charity)
    Referral.objects.update(rung="handler", rung_on=TODAY())
    day = holiday()
    moved = fresh(referral)
    assert (referral.due_on, moved.due_on) == (day, add_working_days(TODAY(), 1))
    assert moved.due_on > day
    assert (moved.rung, moved.version) == ("", referral.version)
    assert set(moved.access.values_list("due_on", flat=True)) == {moved.due_on}
    told = AuditEntry.objects.get(action="calendar.recount")
    assert told.changes == {"referrals": [None, 1]}
    tasks.recount_lists(day, day)
    assert AuditEntry.objects.filter(action="calendar.recount").count() == 1


def test_dates_that_somebody_named_stay_as_they_were_named(cast, holiday):
    day = add_working_days(TODAY(), 3)
    accepted = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    outcomes.begin_help(cast.charity_reviewer, accepted, accepted.version, "contact", finish_on=day)
    held = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    decisions.hold_referral(cast.charity_reviewer, held, held.version, day, "住院中")
    holiday()
    assert (fresh(accepted).due_on, fresh(held).due_on) == (day, day)


def test_a_clock_that_stood_still_goes_on_over_the_holiday(cast, holiday):
    """Stopped at once, and started again before anybody knew of the day off."""
    paused, returned = (
        make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
        for _time in range(2)
    )
    due, days = paused.due_on, paused.clock_days
    decisions.hold_referral(cast.charity_reviewer, paused, paused.version, due + timedelta(days=9), "住院中")
    stopped = fresh(paused)
    assert (stopped.days_left, stopped.clock_days) == (days, None)
    decisions.resume_referral(cast.charity_reviewer, stopped, stopped.version)
    assert (fresh(paused).due_on, fresh(paused).clock_days) == (due, days)
    decisions.return_referral(cast.charity_reviewer, returned, returned.version, questions=["住在哪里？"])
    answer_by = fresh(returned).due_on
    holiday()
    assert fresh(paused).due_on == add_working_days(TODAY(), days) > due
    assert fresh(returned).due_on == add_working_days(TODAY(), 10) > answer_by
    assert fresh(returned).days_left == days


def test_a_report_that_was_upheld_is_confirmed_later_and_one_in_consultation_waits(cast, holiday):
    made = [
        make_referral(cast.bureau_officer, cast.charity, by=cast.charity_reviewer, state="reported") for _ in range(2)
    ]
    for one in made:
        outcomes.dispute_outcome(cast.bureau_officer, one, one.version, "家里没有收到")
        effects = dict.fromkeys(one.needs.all(), "unchanged")
        said = {"effects": effects, "summary": "仍按原方案", "no_aid_reason": "没有余款"}
        outcomes.report_outcome(cast.charity_reviewer, one, fresh(one).version, said)
        consultations.ask_consultation(cast.bureau_officer, one, fresh(one).version, "金额对不上")
    waiting, upheld = made
    consultations.uphold_report(cast.bureau_approver, upheld, fresh(upheld).version, "账目核对无误")
    before = fresh(upheld).due_on
    holiday()
    assert fresh(upheld).due_on > before
    assert fresh(waiting).due_on is None


def test_tellings_urgent_cases_and_checks_are_counted_anew(cast, holiday):
    make_profile(cast.county, notify_duty="should")
    person = make_person(cast.charity, residence=cast.town_area, level="severe")
    find_duties()
    make_urgent(cast.bureau_officer, cast.bureau_approver, cast.charity)
    make_check(person, cast.town, bureau=cast.bureau, due_on=add_working_days(TODAY(), 10))
    hours = UrgentLane.objects.get().due_at
    holiday()
    duty, lane, check = TellingDuty.objects.get(), UrgentLane.objects.get(), EconomicCheck.objects.get()
    assert duty.due_on == add_working_days(TODAY(), 5)
    assert (lane.papers_due_on, lane.due_at) == (add_working_days(TODAY(), 20), hours)
    assert check.due_on == add_working_days(TODAY(), 10)


# -- What the clock does besides --------------------------------------------------------------------------------------
def test_whoever_waits_in_a_queue_is_looked_at_on_the_day_that_was_named(cast):
    """Nothing expires there: the receiver is reminded from rung to rung, and looking again begins anew."""
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    day = TODAY() + timedelta(days=9)
    Referral.objects.update(state="waitlisted", review_on=day, due_on=day, clock_since=None, clock_days=None)
    assert deadlines.climb(day) == {"reminded": 0, "expired": 0}
    for turn in range(1, 40):
        deadlines.climb(day + timedelta(days=turn))
    waiting = fresh(referral)
    assert (waiting.state, waiting.rung) == ("waitlisted", "superior")
    decisions.look_again(cast.charity_approver, waiting, waiting.version, "keep_waiting", day + timedelta(days=60))
    assert (fresh(referral).rung, fresh(referral).due_on) == ("", day + timedelta(days=60))


def test_a_draft_that_nobody_touched_goes_and_one_that_waits_for_review_stays(cast):
    old, young = (make_draft(cast.bureau_officer, cast.charity) for _time in range(2))
    CaseSettings.objects.create(organization=cast.bureau, asks_review=True)
    in_review = send_referral(cast.bureau_officer, one := make_draft(cast.bureau_officer, cast.charity), one.version)
    long_ago = timezone.now() - timedelta(days=91)
    Referral.objects.exclude(pk=young.pk).update(changed_at=long_ago)
    assert deadlines.drop_old_drafts() == 1
    assert set(Referral.objects.all()) == {young, in_review}
    assert AuditEntry.objects.get(action="referral.discard").object_code == old.code
    assert Consent.objects.count() == 3
