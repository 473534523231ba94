"""The State Council's lists that are shipped with the program. May run again at any time."""

import datetime

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from django.core.management.base import BaseCommand

from members.actions.calendar import load_calendar

FIRST_YEAR = 2020
SOURCE = "国务院办公厅关于部分节假日安排的通知（chinesecalendar 1.11.0，MIT）"
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


class Command(BaseCommand):
    help = "Fills the working calendar with the official lists up to the newest shipped year."

    def handle(self, *args, **options):
        self.stdout.write(f"{load_calendar(shipped_days(), SOURCE)} days added")


def shipped_days():
    """date -> (is a working day, name), for the years the library knows: it refuses the others."""
    day, days = datetime.date(FIRST_YEAR, 1, 1), {}
    last = max(holidays).year
    while day.year <= last:
        name = holidays.get(day) or workdays.get(day) or ""
        days[day] = (chinese_calendar.is_workday(day), NAMES.get(name, name))
        day += datetime.timedelta(days=1)
    return days
