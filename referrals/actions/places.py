"""People follow their division: when it is merged or gets another code, they live in its successor."""

from django.db import transaction

from members import audit
from members.kinds import BUREAU_KINDS
from members.models import Area
from referrals.models import Household, Person

LEVELS = ("province", "city", "county", "town")


def follow_areas():
    """Move everybody who stands in a division that was replaced. Returns how many; safe to run again at any time."""
    return sum(
        _move(area) for area in Area.objects.exclude(replaced_by=None).filter(residents__isnull=False).distinct()
    )


def follow_keepers():
    """A unit whose kind was corrected brings its people to the other side. Returns how many."""
    on_side, off_side = Person.objects.filter(keeper__kind__in=BUREAU_KINDS), Person.objects.exclude(
        keeper__kind__in=BUREAU_KINDS
    )  # fmt: skip
    return off_side.filter(is_official=True).update(is_official=False) + on_side.filter(is_official=False).update(
        is_official=True
    )


def _move(area):
    successor = Area.objects.resolve(area.code)
    columns = {level: getattr(successor, level) for level in LEVELS}
    with transaction.atomic():
        moved = Person.objects.filter(residence=area).update(residence=successor, **columns)
        Household.objects.filter(residence=area).update(residence=successor)
        Person.objects.filter(registration=area).update(registration=successor)
        audit.record(
            None, "person.follow_area", area, changes={"people": [None, moved], "area": [area.code, successor.code]}
        )
    return moved
