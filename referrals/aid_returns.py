"""Which months a unit still owes its return for (R77), and what stands in the ledger for each."""

from datetime import date

from django.db.models import Count, Q, Sum
from django.utils import timezone

from members.kinds import BUREAU_KINDS
from referrals.models import AidLine, AidReturn

# So many months back a return can be handed in.
MONTHS = 6


def months_until(today=None):
    """The first days of the last full months, the newest first."""
    day = (today or timezone.localdate()).replace(day=1)
    found = []
    for _time in range(MONTHS):
        day = date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
        found.append(day)
    return found


def figures_of(organization, month):
    """What the unit gave in a month: people, lines, sums."""
    rows = AidLine.objects.given().filter(
        organization=organization, given_on__year=month.year, given_on__month=month.month
    )  # fmt: skip
    found = rows.order_by().aggregate(
        people=Count("person", distinct=True), lines=Count("pk"), value=Sum("value"), hours=Sum("hours"),
        lines_alone=Count("pk", filter=Q(referral=None)), amount=Sum("amount"),
    )  # fmt: skip
    return {name: number or 0 for name, number in found.items()}


def owes(staff):
    """Does the unit of this person hand in returns, and may this person do it?"""
    return "aid.return" in staff.permissions and staff.organization.kind not in BUREAU_KINDS


def missing_of(organization):
    """The months not handed in yet, the newest first; a unit owes none for before it came."""
    handed = set(AidReturn.objects.filter(organization=organization).values_list("month", flat=True))
    begun = timezone.localdate(organization.created_at).replace(day=1)
    return [month for month in months_until() if month >= begun and month not in handed]


def count_missing(staff):
    """For the page 今天: only last month presses; the months before show on the page itself."""
    if not owes(staff):
        return 0
    return int(months_until()[0] in missing_of(staff.organization))
