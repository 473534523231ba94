"""By when: the clock of a state as the unit and its region set it, counted in working days."""

from datetime import timedelta

from django.utils import timezone

from members.calendar import add_working_days, working_days_between
from members.profiles import profile_of
from referrals.kinds import Urgency
from referrals.models import CaseSettings
from referrals.workflow import STANDINGS, Procedure, Side, State

STOPPED = {"due_on": None, "clock_since": None, "clock_days": None}
# Longer than the region allows no unit makes its clock.
_SIMPLIFIED = {"decide": "decide_simplified"}


def clock_of(referral, state):
    """The code of the clock that runs in a state (members.kinds.CLOCKS), or nothing."""
    clock = STANDINGS[State(state)].clock
    return _SIMPLIFIED.get(clock, clock) if referral.procedure != Procedure.NORMAL else clock


def days_of(referral, clock):
    """How many working days: what the unit whose turn it is set for itself, but never more than its region gives."""
    side = next(standing.turn for standing in STANDINGS.values() if standing.clock in (clock, _base(clock)))
    unit = referral.sender if side == Side.SENDER else referral.receiver
    is_urgent = referral.urgency != Urgency.NORMAL
    given = profile_of(unit.area).days(clock, is_urgent=is_urgent)
    own = settings_of(unit).clocks.get(clock)
    return min(given, own[is_urgent]) if own else given


def _base(clock):
    return next((base for base, simplified in _SIMPLIFIED.items() if simplified == clock), clock)


def running(referral, state, on=None):
    """The clock of a state that begins today, as columns of its row; a date somebody named comes before the clock."""
    standing = STANDINGS[State(state)]
    if standing.by_date and (named := getattr(referral, standing.by_date)):
        return {**STOPPED, "due_on": named}
    clock = clock_of(referral, state)
    return counted(days_of(referral, clock), on) if clock else STOPPED


def counted(days, on=None):
    """So many working days from a day on: written down with both, so that a changed calendar counts them anew."""
    on = on or timezone.localdate()
    return {"due_on": add_working_days(on, days), "clock_since": on, "clock_days": days}


def left_today(referral, on=None):
    """How many working days a clock that is stopped today has left; an overdue one has less than none."""
    on = on or timezone.localdate()
    return None if referral.due_on is None else working_days_between(on, referral.due_on)


def resumed(days_left, on=None):
    """A clock that goes on with so many days: at least until the end of the next working day."""
    return counted(max(days_left, 1), on)


def settings_of(organization):
    """How the unit works; the defaults where it said nothing."""
    found = CaseSettings.objects.filter(organization=organization).first()
    return found or CaseSettings(organization=organization)


def is_long_ago(day, number, on=None):
    """So many calendar days have passed."""
    return day <= (on or timezone.localdate()) - timedelta(days=number)
