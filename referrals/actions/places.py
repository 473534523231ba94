"""People follow their division: when it is merged or gets another code, they live in its successor."""

from django.db import transaction
from django.db.models import Q

from members import audit
from members.kinds import BUREAU_KINDS
from members.models import Area
from referrals.actions import fact_sheets
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
    return _change_side(off_side, is_official=False) + _change_side(on_side, is_official=True)


def _change_side(people, *, is_official):
    keys = list(people.filter(is_official=not is_official).values_list("pk", flat=True))
    with transaction.atomic():
        Person.objects.filter(pk__in=keys).update(is_official=is_official)
        fact_sheets.renew_all(Person.objects.filter(pk__in=keys))
    return len(keys)


def _move(area):
    successor = Area.objects.resolve(area.code)
    columns = {level: getattr(successor, level) for level in LEVELS}
    with transaction.atomic():
        moved = Person.objects.filter(residence=area).update(residence=successor, **columns)
        Household.objects.filter(residence=area).update(residence=successor)
        Person.objects.filter(registration=area).update(registration=successor)
        fact_sheets.renew_all(Person.objects.filter(Q(residence=successor) | Q(registration=successor)))
        audit.record(
            None, "person.follow_area", area, changes={"people": [None, moved], "area": [area.code, successor.code]}
        )
    return moved
