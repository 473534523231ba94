"""How long a record is kept: to a day of its own, or some years after the last deed (地区参数); a hold has no end."""

from datetime import datetime, time

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from members.profiles import profile_of
from referrals.kinds import years_before
from referrals.models import Person, Provision, PurgeOrder, Retention, TimelineEntry


def over(staff, on=None):
    """Records whose term is over and that nothing holds: to be wiped by two people, or given a longer term."""
    on = on or timezone.localdate()
    mine = {"person": OuterRef("pk")}
    closed = PurgeOrder.objects.filter(**mine).exclude(state=PurgeOrder.State.CALLED_OFF)
    people = Person.objects.visible_to(staff, "person.purge").exclude(Exists(closed))
    ended = Retention.objects.filter(until__lt=on, hold_reason="")
    return people.filter(Q(pk__in=ended.values("person")) | _idle(staff, on))


def _idle(staff, on):
    """Nothing was done for as long as the place says, no term of its own is set, and nobody is shown anything."""
    since = years_before(profile_of(staff.organization.area, on).keep_years, on)
    mine = {"person": OuterRef("pk")}
    own = Retention.objects.filter(**mine).exclude(until=None, hold_reason="")
    begun = timezone.make_aware(datetime.combine(since, time.min))
    deeds = TimelineEntry.objects.filter(**mine, recorded_at__gte=begun)
    shown = Provision.objects.open().filter(**mine)
    is_old = Q(last_verified_on__lt=since, changed_at__lt=begun)
    return is_old & ~Exists(own) & ~Exists(deeds) & ~Exists(shown)


def waiting_for(staff):
    """Erasures somebody else has ordered, of people in reach."""
    people = Person.objects.visible_to(staff, "person.purge")
    orders = PurgeOrder.objects.filter(state=PurgeOrder.State.ORDERED, person__in=people)
    return orders.exclude(ordered_by=staff)


def count_waiting(staff):
    return waiting_for(staff).count()
