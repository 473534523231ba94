"""Working days: every deadline of the product is counted here.

A year whose list the State Council has published is in the table. Any other is reckoned from weekends and from the
statutory holidays that are certain; which working days are moved around them is not, so such days are provisional, and
who shows a deadline on one says so. When the list arrives the days that changed are told to the outbox, and whoever
keeps deadlines recounts them:

    @calendar.when_changed
    def recount(first, last): ...

A year is read once per process. Another process's change is noticed within a second, by a mark in the cache.
"""

import datetime
import time
import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import WorkDay

ONE_DAY = datetime.timedelta(days=1)
MARK = "calendar.mark"
LOOK_EVERY = 1.0
# Farther than this nobody counts; it also ends a count that would never end.
MAX_WORKING_DAYS = 5000
FIRST_YEAR, LAST_YEAR = 2000, 2100

# Days of the moon and the sun, which are known before any list: 春节 (the first day), 清明, 端午, 中秋.
FESTIVALS = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
}


@dataclass(frozen=True)
class Day:
    """What the calendar says of a day."""

    date: datetime.date
    is_workday: bool
    name: str = ""
    source: str = ""
    is_provisional: bool = True
    version: int = 0

    @property
    def is_moved(self):
        """Other than its weekday says: 休 on a weekday, 班 at a weekend."""
        return self.is_workday == is_weekend(self.date)


def is_working_day(day) -> bool:
    return day_of(day).is_workday


def is_provisional(day) -> bool:
    """Is the answer about this day (or the deadline that falls on it) only reckoned?"""
    return day_of(day).is_provisional


def add_working_days(start, number) -> datetime.date:
    """The last day of a period of so many working days. The day it starts on does not count (民法典 §201).

    0 is the day itself, or the next working day when it is none; a negative number counts back.
    """
    if abs(number) > MAX_WORKING_DAYS:
        raise ValueError(f"a period of {number} working days")
    if number == 0:
        return start if is_working_day(start) else add_working_days(start, 1)
    step, left, day = (ONE_DAY if number > 0 else -ONE_DAY), abs(number), start
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(start, end) -> int:
    """How many working days lie after `start`, up to and with `end`; negative when `end` is the earlier one."""
    if end < start:
        return -working_days_between(end, start)
    days = (end - start).days
    return sum(is_working_day(start + ONE_DAY * number) for number in range(1, days + 1))


def day_of(day) -> Day:
    if isinstance(day, datetime.datetime):
        raise TypeError("the calendar knows days; of an instant take its local date")
    return year_of(day.year)[day]


def year_of(year) -> dict:
    """date -> Day, for every day of the year."""
    _notice_changes()
    if year not in _years:
        _years[year] = _read(year)
    return _years[year]


def reckon(year) -> dict:
    """The year by weekends and by the holidays that are certain, all of it provisional."""
    holidays = statutory_holidays(year)
    days = {}
    day = datetime.date(year, 1, 1)
    while day.year == year:
        is_workday = not is_weekend(day) and day not in holidays
        days[day] = Day(day, is_workday, holidays.get(day, ""))
        day += ONE_DAY
    return days


def statutory_holidays(year) -> dict:
    """date -> name, by the rule of 2025 (全国年节及纪念日放假办法); of the moon's only those that are known."""
    found = {(1, 1): _("元旦"), **{(5, day): _("劳动节") for day in (1, 2)}}
    found |= {(10, day): _("国庆节") for day in (1, 2, 3)}
    holidays = {datetime.date(year, *day): name for day, name in found.items()}
    if year in FESTIVALS:
        spring, tomb_sweeping, dragon_boat, mid_autumn = (datetime.date(year, *day) for day in FESTIVALS[year])
        holidays |= {spring + ONE_DAY * number: _("春节") for number in (-1, 0, 1, 2)}
        holidays |= {tomb_sweeping: _("清明节"), dragon_boat: _("端午节")}
        holidays.setdefault(mid_autumn, _("中秋节"))
    return holidays


def is_weekend(day) -> bool:
    return day.weekday() >= 5


# -- changes ----------------------------------------------------------------------------------------------------------
_listeners = []


def when_changed(listener):
    """Register what is to be recounted: listener(first, last) is called in the worker after days between them changed.

    It may be called twice for one change.
    """
    _listeners.append(listener)
    return listener


def tell(first, last):
    """What the outbox does with "calendar.changed"."""
    forget()
    for listener in _listeners:
        listener(first, last)


def announce():
    """Let every process read anew, once the change is in the database."""
    transaction.on_commit(_change_mark)


def forget():
    _years.clear()
    _seen.update(mark=None, until=0.0)


_years = {}
_seen = {"mark": None, "until": 0.0}


def _change_mark():
    cache.set(MARK, uuid.uuid4().hex, None)
    forget()


def _notice_changes():
    """The mark is read before the days are: a change in between leaves an old mark behind and is noticed next time."""
    now = time.monotonic()
    if now < _seen["until"]:
        return
    mark = cache.get(MARK)
    if mark is None:
        # A new cache, or none at all: then days are read again with every look.
        cache.add(MARK, uuid.uuid4().hex, None)
        mark = cache.get(MARK)
    if mark is None or mark != _seen["mark"]:
        _years.clear()
    _seen.update(mark=mark, until=now + LOOK_EVERY)


def _read(year):
    days = reckon(year)
    rows = WorkDay.objects.filter(date__year=year)
    for date, is_workday, name, source, is_confirmed, version in rows.values_list(
        "date", "is_workday", "name", "source", "is_confirmed", "version"
    ):
        days[date] = Day(date, is_workday, name, source, not is_confirmed, version)
    return days
