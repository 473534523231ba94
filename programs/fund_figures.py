"""Sums over ledgers: by channel, year, kind of fund, program. Counter-entries are taken off where they belong."""

from django.db.models import Case, DecimalField, F, Sum, Value, When
from django.db.models.functions import Coalesce, ExtractYear, NullIf

from programs.models import Channel, FundKind, FundLine, Program

RAISED = {"income": 1, "income_correction": -1, "donor_refund": -1}
USED = {"payment": 1, "payee_return": -1, "payment_correction": -1}


def _signed(signs):
    cases = [When(kind=kind, then=F("amount") * sign) for kind, sign in signs.items()]
    return Sum(Case(*cases, output_field=DecimalField(max_digits=16, decimal_places=2)))


def lines_of(funds, signs, year=None):
    rows = FundLine.objects.filter(fund__in=funds, kind__in=list(signs))
    return rows.filter(day__year=year) if year else rows


def years_of(funds):
    """The years that the ledgers speak of, newest first."""
    years = FundLine.objects.filter(fund__in=funds).annotate(year=ExtractYear("day"))
    return list(years.values_list("year", flat=True).order_by("-year").distinct())


def by_channel(funds, year=None):
    """[(channel in words, sum)] of what came in, in the order of the list; a refund is taken off its channel."""
    own = Coalesce(NullIf("channel", Value("")), F("against__channel"))
    rows = lines_of(funds, RAISED, year).annotate(way=own).values("way").annotate(sum=_signed(RAISED)).order_by("way")
    sums = {row["way"]: row["sum"] for row in rows}
    return [(str(channel.label), sums[channel]) for channel in Channel if channel in sums]


def by_year(funds):
    """[(year, raised, used)], newest first."""
    raised, used = ({row["year"]: row["sum"] for row in _yearly(funds, signs)} for signs in (RAISED, USED))
    return [(year, raised.get(year, 0), used.get(year, 0)) for year in sorted({*raised, *used}, reverse=True)]


def _yearly(funds, signs):
    rows = lines_of(funds, signs).annotate(year=ExtractYear("day")).values("year")
    return rows.annotate(sum=_signed(signs)).order_by("year")


def by_kind(funds, year=None):
    """[(kind of fund in words, raised, used)], in the order of the list."""
    raised, used = ({row["fund__kind"]: row["sum"] for row in _of_kind(funds, signs, year)} for signs in (RAISED, USED))
    return [(str(kind.label), raised.get(kind, 0), used.get(kind, 0)) for kind in FundKind if kind in {*raised, *used}]


def _of_kind(funds, signs, year):
    return lines_of(funds, signs, year).values("fund__kind").annotate(sum=_signed(signs)).order_by("fund__kind")


def by_program(funds, year=None):
    """[(program or nothing, sum)] of what was paid, the largest first."""
    rows = lines_of(funds, USED, year).values("program_code").annotate(sum=_signed(USED)).order_by("-sum")
    found = [(row["program_code"], row["sum"]) for row in rows]
    programs = {one.code: one for one in Program.objects.filter(code__in=[code for code, _sum in found])}
    return [(programs.get(code), total) for code, total in found]


def gifts_of(fund):
    """What was given and not taken back, for the public: who gave, as they agreed, and how much."""
    rows = FundLine.objects.filter(fund=fund, kind="income", donation__isnull=False)
    return rows.exclude(counter_entries__isnull=False).select_related("donation")
