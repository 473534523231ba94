"""Big tables in monthly parts (PostgreSQL's declarative partitioning), by local months.

A default part is the safety net: a row is never refused because nobody made its month. `ensure()` makes the months
ahead, and moves rows that had to go to the default part into the month they belong to. Parts are attached, not created
in place, so writers are not held up.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

LOCK_TIMEOUT = "3s"


@dataclass(frozen=True)
class Part:
    """One month of a table; `start` and `end` are instants, the end excluded."""

    name: str
    month: date
    start: datetime
    end: datetime


def part_of(table, month):
    month = month.replace(day=1)
    return Part(f"{table}_{month:%Y%m}", month, _midnight(month), _midnight(next_month(month)))


def next_month(month, number=1):
    """The first day of the month that is so many months on (or back)."""
    count = month.year * 12 + month.month - 1 + number
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def parts(table):
    """The months that exist, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass order by 1", [table]
        )
        names = [name for (name,) in cursor.fetchall() if name != f"{table}_default"]
    months = [date(int(name[-6:-2]), int(name[-2:]), 1) for name in names]
    return [part_of(table, month) for month in sorted(months)]


def ensure(table, ahead=3, column="at"):
    """Make the parts from this month on, and those of stray rows; returns the names of the new ones."""
    today = timezone.localdate()
    wanted = {next_month(today, number) for number in range(ahead + 1)}
    wanted |= _months_of_strays(table, column)
    missing = sorted(wanted - {part.month for part in parts(table)})
    return [make(table, month, column) for month in missing]


def _months_of_strays(table, column):
    with connection.cursor() as cursor:
        cursor.execute(
            f"select distinct date_trunc('month', {column} at time zone %s)::date from {table}_default",  # noqa: S608 - names of our own tables
            [timezone.get_default_timezone_name()],
        )
        return {month for (month,) in cursor.fetchall()}


def make(table, month, column="at"):
    """One month's part, with whatever waited for it in the default part."""
    part = part_of(table, month)
    span = [part.start, part.end]
    strays = f"from {table}_default where {column} >= %s and {column} < %s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        cursor.execute(f"create table {part.name} (like {table} including defaults including constraints)")
        cursor.execute(f"select exists (select 1 {strays})", span)  # noqa: S608 - names of our own tables
        (has_strays,) = cursor.fetchone()
        if has_strays:
            cursor.execute(f"alter table {table} detach partition {table}_default")
            cursor.execute(f"insert into {part.name} select * {strays}", span)  # noqa: S608
            cursor.execute(f"delete {strays}", span)  # noqa: S608
        bounds = f"from ('{part.start.isoformat()}') to ('{part.end.isoformat()}')"
        cursor.execute(f"alter table {table} attach partition {part.name} for values {bounds}")
        if has_strays:
            cursor.execute(f"alter table {table} attach partition {table}_default default")
        keep_from_truncation(cursor, part.name)
    return part.name


def drop(table, month):
    """Take a month out and delete it; whoever calls has made sure that it is kept elsewhere."""
    part = part_of(table, month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        cursor.execute(f"alter table {table} detach partition {part.name}")
        cursor.execute(f"drop table {part.name}")


def keep_from_truncation(cursor, name):
    """A trigger on TRUNCATE is not inherited by the parts, unlike those on rows."""
    cursor.execute(
        f"create trigger kept before truncate on {name} for each statement execute function portal_refuse_truncate()"
    )
