"""Reading of payment schedules: the plan of a line, what of it is to be paid or signed for, figures of many lines."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min, Prefetch, Q, Sum, prefetch_related_objects
from django.utils import timezone

from programs import catalogue
from programs.models import FundOrder
from referrals.kinds import InstalmentState
from referrals.models import AidInstalment

BOOKED = Q(order__state=FundOrder.State.APPROVED)
OPEN = Q(order=None, skipped_at=None)


def plan_of(line):
    """The schedule that the version of the program says; None where it is paid at once."""
    if line.program_version is None or line.commitment_id is None:
        return None
    return catalogue.parsed(line.program_version, catalogue.vocabulary()).benefit.plan


def of_line(line):
    """All of them, read once for this line."""
    rows = AidInstalment.objects.select_related("order", "paper", "signed_by", "skipped_by")
    prefetch_related_objects([line], Prefetch("instalments", rows))
    return list(line.instalments.all())


def in_state(line, *states):
    return [one for one in of_line(line) if one.state in states]


def to_pay(line):
    return in_state(line, InstalmentState.DUE, InstalmentState.PLANNED)


def to_sign(line):
    return in_state(line, InstalmentState.PAID)


def is_untouched(line):
    """Nothing was paid, signed for or left out yet: it may be laid out anew."""
    return len(to_pay(line)) == len(of_line(line))


@dataclass(frozen=True)
class Figures:
    """How far the schedule of a line has come."""

    of: int
    paid: int
    signed: int
    open: int
    due: int
    unsigned: int
    next_on: date | None


def figures_of(lines):
    """id of a line -> its figures, of those that have a schedule; one query."""
    today = timezone.localdate()
    rows = AidInstalment.objects.filter(line__in=lines).order_by().values("line").annotate(
        of=Count("pk", filter=Q(skipped_at=None)),
        paid=Count("pk", filter=BOOKED),
        signed=Count("pk", filter=Q(signed_on__isnull=False)),
        open=Count("pk", filter=OPEN),
        due=Count("pk", filter=OPEN & Q(due_on__lte=today)),
        unsigned=Count("pk", filter=BOOKED & Q(signed_on=None, month__lte=today)),
        next_on=Min("due_on", filter=OPEN),
    )  # fmt: skip
    return {row.pop("line"): Figures(**row) for row in rows}


def periods_of(lines):
    """[(day it is due, first month, last month, how many, sum)]: what the donor still pays together for these lines."""
    rows = AidInstalment.objects.open().filter(line__in=lines).order_by("due_on").values("due_on")
    told = rows.annotate(since=Min("month"), until=Max("month"), number=Count("pk"), sum=Sum("amount"))
    return [(row["due_on"], row["since"], row["until"], row["number"], row["sum"]) for row in told]


def months_of(lines, rows=None):
    """The months for which somebody of these lines gets something; without those left out."""
    rows = AidInstalment.objects.filter(skipped_at=None) if rows is None else rows
    return list(rows.filter(line__in=lines).order_by("month").values_list("month", flat=True).distinct())
