"""By the clock: units hear once a week that records they keep wait to be verified (R38)."""

from django.db import transaction
from django.utils import timezone

from members import outbox
from referrals.models import Person


def remind_of_stale_people(on=None):
    """Each unit once a week, however often it is asked; returns how many units."""
    on = on or timezone.localdate()
    stale = Person.objects.filter(merged_into=None, keeper__is_suspended=False).not_verified(on)
    codes = sorted(stale.order_by().values_list("keeper__code", flat=True).distinct())
    year, week, _day = on.isocalendar()
    with transaction.atomic():
        for code in codes:
            outbox.put("mail.stale_people", {"unit": code}, dedup_key=f"mail.stale_people:{code}:{year}-{week}")
    return len(codes)
