"""承接和反馈 (R74, R77): how many referrals each unit was sent and took on, how fast, what is late, who has not told.

All of it comes from the steps, in one statement whatever the number of units; working days are those of the calendar.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from members import calendar
from members.kinds import BUREAU_KINDS
from members.models import Organization
from referrals.models import AidReturn, Referral
from referrals.workflow import LIVE, State

HELPING = (State.ACCEPTED, State.IN_PROGRESS)


@dataclass(frozen=True)
class Uptake:
    """One receiving unit. Days are averages of working days, None where nothing was done yet."""

    organization: Organization
    received: int = 0
    signed: int = 0
    accepted: int = 0
    rejected: int = 0
    reported: int = 0
    days_to_sign: float | None = None
    days_to_decide: float | None = None
    days_to_report: float | None = None
    late: int = 0
    # Taken on, past the day by which they were to report.
    feedback_missing: int = 0
    has_return: bool = False

    @property
    def share_accepted(self):
        return round(100 * self.accepted / self.received) if self.received else None


_SQL = """
WITH worked AS (SELECT * FROM unnest(%(days)s::date[], %(ranks)s::int[]) AS one(day, rank)),
sent AS (
    SELECT r.id, r.receiver_id, r.state, r.due_on, (r.sent_at AT TIME ZONE %(zone)s)::date AS sent_on
    FROM referrals_referral r
    WHERE r.receiver_id = ANY(%(units)s) AND r.sent_at >= %(since)s AND r.sent_at < %(until)s
        AND r.state NOT IN ('draft', 'in_error')
        AND EXISTS (SELECT FROM referrals_referralaccess a WHERE a.referral_id = r.id AND a.organization_id = %(own)s)
),
done AS (
    SELECT sent.id,
        min(CASE WHEN s.verb = 'sign' THEN (s.at AT TIME ZONE %(zone)s)::date END) AS signed_on,
        min(CASE WHEN s.verb = 'accept' THEN (s.at AT TIME ZONE %(zone)s)::date END) AS accepted_on,
        min(CASE WHEN s.verb = 'reject' THEN (s.at AT TIME ZONE %(zone)s)::date END) AS rejected_on,
        min(CASE WHEN s.verb = 'report' THEN (s.at AT TIME ZONE %(zone)s)::date END) AS reported_on
    FROM sent JOIN referrals_referralstep s ON s.referral_id = sent.id
    WHERE s.verb IN ('sign', 'accept', 'reject', 'report') GROUP BY sent.id
)
SELECT sent.receiver_id, count(*), count(d.signed_on), count(d.accepted_on), count(d.rejected_on),
    count(d.reported_on), avg(signed.rank - sent_day.rank), avg(decided.rank - signed.rank),
    avg(reported.rank - accepted.rank),
    count(*) FILTER (WHERE sent.state = ANY(%(live)s) AND sent.due_on < %(today)s),
    count(*) FILTER (WHERE sent.state = ANY(%(helping)s) AND sent.due_on < %(today)s)
FROM sent LEFT JOIN done d ON d.id = sent.id
LEFT JOIN worked sent_day ON sent_day.day = sent.sent_on
LEFT JOIN worked signed ON signed.day = d.signed_on
LEFT JOIN worked decided ON decided.day = coalesce(d.accepted_on, d.rejected_on)
LEFT JOIN worked accepted ON accepted.day = d.accepted_on
LEFT JOIN worked reported ON reported.day = d.reported_on
GROUP BY sent.receiver_id
"""


def units_of(staff):
    """The units outside civil affairs that were ever sent a referral which concerns this person's unit."""
    asked = Referral.objects.visible_to(staff).filter(sent_at__isnull=False)
    rows = Organization.objects.filter(pk__in=asked.values("receiver"))
    return rows.exclude(kind__in=BUREAU_KINDS).select_related("area").order_by("name", "pk")


def figures_of(staff, since, until, month):
    """[Uptake] of what was sent from one day to another (the last included); `month`: of the periodic return."""
    units = list(units_of(staff))
    returned = set(AidReturn.objects.filter(organization__in=units, month=month).values_list("organization", flat=True))
    found = _counted(staff, [unit.pk for unit in units], since, until) if units else {}
    return [
        Uptake(unit, *found.get(unit.pk, (0, 0, 0, 0, 0, None, None, None, 0, 0)), has_return=unit.pk in returned)
        for unit in units
    ]


def _counted(staff, units, since, until):
    start = timezone.make_aware(timezone.datetime(since.year, since.month, since.day))
    end = until + timedelta(days=1)
    end = timezone.make_aware(timezone.datetime(end.year, end.month, end.day))
    days, ranks = _working_days(since - timedelta(days=1), max(timezone.localdate(), until))
    asked = {
        "days": days, "ranks": ranks, "units": units, "since": start, "until": end, "live": sorted(LIVE),
        "helping": list(HELPING), "today": timezone.localdate(), "own": staff.organization_id,
        "zone": timezone.get_current_timezone_name(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SQL, asked)
        return {row[0]: tuple(_plain(value) for value in row[1:]) for row in cursor.fetchall()}


def _plain(value):
    return round(float(value), 1) if value is not None and not isinstance(value, int) else value


def _working_days(first, last):
    """Each day with the number of working days up to it."""
    days, ranks, rank, day = [], [], 0, first
    while day <= last:
        rank += calendar.is_working_day(day)
        days.append(day)
        ranks.append(rank)
        day += timedelta(days=1)
    return days, ranks
