"""Signs of life of the machinery. They have no actor and no audit: nobody does them and nothing is decided."""

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from members.models import Heartbeat

CLOCK = "clock"
# A beat that has not renewed its hold for so long has lost it; the time is the database's, not a host's.
LEASE = timedelta(seconds=30)


def record_heartbeat(name, at=None):
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at or Now()})


def hold_clock(holder) -> bool:
    """Take or renew the clock. Of several beats one holds it; another gets it when that one falls silent."""
    free = Q(holder__in=(holder, "")) | Q(at__lt=Now() - LEASE)
    if Heartbeat.objects.filter(free, name=CLOCK).update(at=Now(), holder=holder):
        return True
    made = Heartbeat(name=CLOCK, at=Now(), holder=holder)
    Heartbeat.objects.bulk_create([made], ignore_conflicts=True)
    return Heartbeat.objects.filter(name=CLOCK, holder=holder).exists()


def release_clock(holder):
    Heartbeat.objects.filter(name=CLOCK, holder=holder).update(holder="", at=F("at"))
