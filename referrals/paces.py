"""How fast units answered lately: the median of working days from sending to the first answer (R74)."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low

from django.db import connection
from django.utils import timezone

from members.calendar import working_days_between
from portal.lib import row_security

LATELY_DAYS = 180
# Of each unit so many of the newest: whoever answers thousands is known by fifty.
MOST_LOOKED_AT = 50
ANSWERS = ("accept", "reject", "return", "wait", "forward")
_LAST_ANSWERS = """
    SELECT unit.id, last.sent_at, answer.at
    FROM unnest(%(units)s::bigint[]) AS unit(id)
    CROSS JOIN LATERAL (
        SELECT access.referral_id, referral.sent_at
        FROM referrals_referralaccess AS access
        JOIN referrals_referral AS referral ON referral.id = access.referral_id
        WHERE access.organization_id = unit.id AND access.created_at >= %(since)s AND access.reason = 'receiver'
            AND referral.sent_at IS NOT NULL AND referral.state <> 'in_error'
        ORDER BY access.created_at DESC, access.referral_id DESC
        LIMIT %(most)s
    ) AS last
    CROSS JOIN LATERAL (
        SELECT min(step.at) AS at FROM referrals_referralstep AS step
        WHERE step.referral_id = last.referral_id AND step.verb = ANY(%(answers)s)
    ) AS answer
"""


@dataclass(frozen=True)
class Pace:
    """`received` of the newest, `answered` of them, in so many working days at the middle; None while none was."""

    received: int
    answered: int
    median: int | None

    @property
    def days(self):
        """For ranking: one that has not answered yet is slower than any that did."""
        return 998 if self.median is None else self.median


@row_security.widely("how fast units answer")
def paces_of(units):
    """{unit: Pace} of those that received anything lately, in one query for all of them: whoever sent it."""
    since = timezone.now() - timedelta(days=LATELY_DAYS)
    told = {"units": list(units), "since": since, "most": MOST_LOOKED_AT, "answers": list(ANSWERS)}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST_ANSWERS, told)
        for unit, sent_at, answered_at in cursor.fetchall():
            found.setdefault(unit, []).append(_days(sent_at, answered_at))
    return {unit: _pace(days) for unit, days in found.items()}


def _days(sent_at, answered_at):
    if answered_at is None:
        return None
    return max(working_days_between(timezone.localdate(sent_at), timezone.localdate(answered_at)), 0)


def _pace(days):
    answered = [number for number in days if number is not None]
    return Pace(len(days), len(answered), median_low(answered) if answered else None)
