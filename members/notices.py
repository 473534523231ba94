"""Reads the State Council's notice of a year's holidays (国务院办公厅关于部分节假日安排的通知), as it is printed.

    二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。

Or a plain list, one day a line: `2027-02-05 休 春节`. What contradicts itself (a weekday that does not fit, a count
that does not add up) is refused: it is a notice of another year, or it was not pasted whole.
"""

import datetime
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from members.access import Refusal
from members.calendar import is_weekend

FEWEST_DAYS_OFF = 20
_WEEKDAYS = "一二三四五六日"
_DAY = r"(?:([0-9]{4})年)?(?:([0-9]{1,2})月)?([0-9]{1,2})日(?:\s*[（(]([^）)]*)[）)])?"
_SPAN = re.compile(rf"{_DAY}(?:\s*[至到—~-]+\s*{_DAY})?")
_HEADING = re.compile(r"(?:[一二三四五六七八九十]+、\s*)?([^：:，。0-9]{2,12})[：:]")
_PLAIN = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?[\s,，]+(休|班)[\s,，]*(\S{0,20})")
_COUNT = re.compile(r"共\s*([0-9]+)\s*天")


@dataclass
class Notice:
    """date -> name of the holiday, for the days off and for the weekend days worked instead."""

    year: int
    off: dict = field(default_factory=dict)
    work: dict = field(default_factory=dict)

    def days(self):
        """date -> (is a working day, name), for the whole year."""
        day, days = datetime.date(self.year, 1, 1), {}
        while day.year == self.year:
            is_workday = day in self.work or (day not in self.off and not is_weekend(day))
            days[day] = (is_workday, self.off.get(day) or self.work.get(day, ""))
            day += datetime.timedelta(days=1)
        return days


def read(text: str, year: int) -> Notice:
    notice = Notice(year)
    for line in text.replace("\u3000", " ").splitlines():
        line = line.strip()
        if plain := _PLAIN.fullmatch(line):
            _take_plain(notice, plain)
        elif heading := _HEADING.match(line):
            _take_holiday(notice, heading[1].strip(), line[heading.end() :])
    if len(notice.off) < FEWEST_DAYS_OFF:
        message = _("只读到 %(number)s 天放假。请粘贴通知中各个节日的全文，或每行一天：2027-01-01 休 元旦。")
        raise _refused(message, number=len(notice.off))
    return notice


def _take_holiday(notice, name, text):
    for sentence in re.split(r"[。；;]", text):
        if "上班" in sentence:
            for day in _days_of(sentence, notice.year):
                _take(notice, notice.work, day, name)
        elif "放假" in sentence or "休" in sentence:
            days = list(_days_of(sentence, notice.year))
            _refuse_wrong_count(sentence, days, name)
            for day in days:
                _take(notice, notice.off, day, name)


def _take_plain(notice, match):
    year, month, day, word, name = match.groups()
    day = _date(int(year), int(month), int(day), match[0])
    _take(notice, notice.off if word == "休" else notice.work, day, name)


def _take(notice, days, day, name):
    if day.year != notice.year:
        if abs(day.year - notice.year) == 1:
            return  # a day of the neighboring year belongs to that year's list
        raise _refused(_("%(day)s 不在 %(year)s 年。"), day=day, year=notice.year)
    if days is notice.work and not is_weekend(day):
        raise _refused(_("%(day)s 是周一至周五，不会是补班日，请核对。"), day=day)
    if day in (notice.work if days is notice.off else notice.off):
        raise _refused(_("%(day)s 既写了放假又写了上班，请核对。"), day=day)
    days[day] = name[:20]


def _days_of(sentence, year):
    """The month and the year are said once and hold for the days after."""
    month = None
    for match in _SPAN.finditer(sentence):
        first_year, first_month, first_day, first_words, last_year, last_month, last_day, last_words = match.groups()
        year, month = int(first_year or year), int(first_month or month or 0)
        first = last = _date(year, month, int(first_day), match[0])
        _refuse_wrong_weekday(first, first_words)
        if last_day:
            year, month = int(last_year or year), int(last_month or month)
            last = _date(year, month, int(last_day), match[0])
            _refuse_wrong_weekday(last, last_words)
        if not datetime.timedelta(0) <= last - first <= datetime.timedelta(days=15):
            raise _refused(_("“%(words)s”的起止日期有误。"), words=match[0])
        for number in range((last - first).days + 1):
            yield first + datetime.timedelta(days=number)


def _date(year, month, day, words):
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise _refused(_("“%(words)s”不是日期。"), words=words) from None


def _refuse_wrong_weekday(day, words):
    said = re.search(rf"(?:周|星期)([{_WEEKDAYS}天])", words or "")
    if said and _WEEKDAYS.index(said[1].replace("天", "日")) != day.weekday():
        message = _("%(day)s 写的是周%(said)s，实际是周%(real)s。请核对是哪一年的通知。")
        raise _refused(message, day=day, said=said[1], real=_WEEKDAYS[day.weekday()])


def _refuse_wrong_count(sentence, days, name):
    if (said := _COUNT.search(sentence)) and int(said[1]) != len(days):
        message = _("%(name)s写着共 %(said)s 天，读到 %(number)s 天，请核对。")
        raise _refused(message, name=name, said=said[1], number=len(days))


def _refused(message, **values):
    return Refusal(message % values, field="text")
