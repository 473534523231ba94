"""The working calendar is loaded, edited by the day, and set for a year by the State Council's list."""

from collections import Counter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from members import audit, calendar, outbox
from members.access import Stale
from members.models import WorkDay

WHOLE_YEAR = 365


@transaction.atomic
def load_calendar(days, source):
    """The lists shipped with the program: {date: (is a working day, name)}. What is there already stays as it is."""
    present = set(WorkDay.objects.values_list("date", flat=True))
    rows = [
        WorkDay(date=date, is_workday=is_workday, name=name, source=source)
        for date, (is_workday, name) in days.items()
        if date not in present
    ]
    WorkDay.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        audit.record(None, "calendar.load", reason=source, changes={"days": [None, len(rows)]})
        _tell(row.date for row in rows)
    return len(rows)


@transaction.atomic
def edit_day(actor, date, version, *, is_workday, name, source):
    """One day, by a person who says on what ground. `version` is that of the day as it was seen, 0 when reckoned."""
    before = calendar.day_of(date)
    values = {"is_workday": is_workday, "name": name, "source": source, "is_confirmed": True}
    values |= {"changed_by": actor, "changed_at": timezone.now()}
    if version:
        is_written = WorkDay.objects.filter(date=date, version=version).update(**values, version=F("version") + 1)
    else:
        is_written = WorkDay.objects.get_or_create(date=date, defaults=values)[1]
    row = WorkDay.objects.select_related("changed_by").get(date=date)
    if not is_written:
        raise Stale(row, by=row.changed_by, at=row.changed_at)
    audit.record(actor, "calendar.edit", row, reason=source, changes=_changes(before, is_workday, name))
    _tell([date] if before.is_workday != is_workday else [])
    return row


@transaction.atomic
def set_year(actor, notice, source):
    """The official list of a year takes the place of what was reckoned, and of days that were edited one by one."""
    changed = changed_days(notice)
    rows = [
        WorkDay(date=date, is_workday=is_workday, name=name, source=source, changed_by=actor)
        for date, (is_workday, name) in notice.days().items()
    ]
    WorkDay.objects.filter(date__year=notice.year).update(version=F("version") + 1)
    WorkDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_workday", "name", "source", "is_confirmed", "changed_by", "changed_at"],
    )
    changes = {"year": [None, notice.year], "days": [None, [f"{day}" for day in changed]]}
    audit.record(actor, "calendar.set_year", reason=source, changes=changes)
    _tell(changed)
    return changed


def changed_days(notice):
    """The days that would be working days and were not, or the other way round."""
    known = calendar.year_of(notice.year)
    return [day for day, (is_workday, _name) in notice.days().items() if known[day].is_workday != is_workday]


def edited_days(year):
    """The days whose ground is another than that of the year's list: a list that is taken over would undo them."""
    sources = dict(WorkDay.objects.filter(date__year=year).values_list("date", "source"))
    if not sources:
        return []
    common, number = Counter(sources.values()).most_common(1)[0]
    return sorted(date for date, source in sources.items() if source != common or number < WHOLE_YEAR // 2)


def _changes(before, is_workday, name):
    return {"is_workday": [before.is_workday, is_workday], "name": [str(before.name), name]}


def _tell(dates):
    """Deadlines that lie around these days are recounted."""
    dates = sorted(dates)
    calendar.announce()
    if dates:
        outbox.put("calendar.changed", {"first": f"{dates[0]}", "last": f"{dates[-1]}"})
