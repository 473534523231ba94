"""The calendar of a year changed: what is to be done within so many working days has another last day.

Counted anew from what was written down, so it may be done twice. Dates that somebody named stay as they were named, and
so do the 72 hours of an urgent case.
"""

from django.utils import timezone

from members import audit
from members.calendar import add_working_days
from members.profiles import profile_of
from referrals import urgent_lanes
from referrals.actions.subject_requests import ANSWER_WITHIN
from referrals.actions.telling_duties import find_duties
from referrals.models import EconomicCheck, Referral, SubjectRequest, UrgentLane


def recount(first):
    """Everything whose last day is not before the first day that changed. Returns how many rows moved."""
    moved = {
        "referrals": _recount_referrals(first),
        "papers": _each(_lanes(first), "papers_due_on"),
        "checks": _each(_checks(first), "due_on"),
        "requests": _each(_requests(first), "due_on"),
    }
    find_duties()
    if number := sum(moved.values()):
        audit.record(None, "calendar.recount", changes={name: [None, count] for name, count in moved.items() if count})
    return number


def _recount_referrals(first):
    """One statement for each pair of day and length: there are few, however many referrals. Who is no longer late is
    reminded from the beginning."""
    rows = Referral.objects.live().filter(due_on__gte=first, clock_days__isnull=False)
    number, today = 0, timezone.localdate()
    for since, days in rows.order_by().values_list("clock_since", "clock_days").distinct():
        due_on = add_working_days(since, days)
        same = rows.filter(clock_since=since, clock_days=days).exclude(due_on=due_on)
        values = {"rung": "", "rung_on": None} if due_on >= today else {}
        number += same.update(due_on=due_on, **values)
    return number


def _lanes(first):
    rows = UrgentLane.objects.filter(papers_due_on__gte=first, papers_done_at=None, approved_at__isnull=False)
    for lane in rows:
        yield lane, add_working_days(timezone.localdate(lane.approved_at), urgent_lanes.PAPERS_DAYS)


def _checks(first):
    for check in EconomicCheck.objects.filter(due_on__gte=first, decided_at=None).select_related("person__residence"):
        asked_on = timezone.localdate(check.asked_at)
        days = profile_of(check.person.residence, asked_on).days("check_report")
        yield check, add_working_days(asked_on, days)


def _requests(first):
    for asked in SubjectRequest.objects.filter(due_on__gte=first, answered_at=None):
        yield asked, add_working_days(asked.received_on, ANSWER_WITHIN)


def _each(pairs, column):
    changed = [(row, day) for row, day in pairs if getattr(row, column) != day]
    for row, day in changed:
        type(row).objects.filter(pk=row.pk).update(**{column: day})
    return len(changed)
