"""Casework follows its division: when one is merged or gets another code, all that lay in it lies in its successor."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from members import audit
from members.kinds import BUREAU_KINDS
from members.models import Area
from referrals.actions import fact_sheets
from referrals.models import Household, Lead, Person, Visit, VisitRound

LEVELS = ("province", "city", "county", "town")
# name in the audit -> model, the column that names the division, those that repeat what lies above it
MOVED = {
    "people": (Person, "residence", LEVELS),
    "registered": (Person, "registration", ()),
    "households": (Household, "residence", ()),
    "leads": (Lead, "area", LEVELS),
    "visits": (Visit, "area", LEVELS),
    "rounds": (VisitRound, "area", ()),
}


def follow_areas():
    """Move whatever stands in a division that was replaced. Returns how many rows; safe to run again at any time."""
    left = Q()
    for model, column, _levels in MOVED.values():
        left |= Q(Exists(model.objects.filter(**{column: OuterRef("pk")})))
    return sum(_move(area) for area in Area.objects.exclude(replaced_by=None).filter(left))


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
    with transaction.atomic():
        people = list(Person.objects.filter(Q(residence=area) | Q(registration=area)).values_list("pk", flat=True))
        counts = {name: _moved(area, successor, *one) for name, one in MOVED.items()}
        fact_sheets.renew_all(Person.objects.filter(pk__in=people))
        told = {name: [None, number] for name, number in counts.items() if number or name == "people"}
        audit.record(None, "person.follow_area", area, changes={**told, "area": [area.code, successor.code]})
    return sum(counts.values())


def _moved(area, successor, model, column, levels):
    values = {level: getattr(successor, level) for level in levels}
    return model.objects.filter(**{column: area}).update(**{column: successor}, **values)
