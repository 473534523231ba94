"""Where nobody has been (R51), and how far a round has come."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from members.kinds import Level
from members.models import Area
from referrals.models import Person, Visit, VisitRound

USUAL = timedelta(days=90)


@dataclass(frozen=True)
class Place:
    """One division below: how many live there whom we keep, when somebody was there last, how often in the period."""

    area: Area
    people: int
    visits: int
    homes: int
    last: date | None

    @property
    def is_gap(self):
        return not self.visits


def usual_period():
    today = timezone.localdate()
    return today - USUAL, today


def places_of(staff, area, since, until):
    """The divisions one level below an area, those without a visit first; of several, where most people live."""
    below = list(Area.objects.current().filter(parent=area).order_by("code")) or [area]
    level = below[0].level
    visits = Visit.objects.visible_to(staff).in_area(area)
    counted = _by_place(visits.between(since, until), level, visits=Count("pk"))
    last = _by_place(visits, level, last=Max("visited_on"))
    homes = _homes(visits.between(since, until), level)
    people = _people(staff, area, level)
    rows = [
        Place(one, people.get(one.code, 0), counted.get(one.code, 0), homes.get(one.code, 0), last.get(one.code))
        for one in below
    ]
    return sorted(rows, key=lambda row: (not row.is_gap, -row.people, row.area.code))


def _column(level, prefix=""):
    return f"{prefix}code" if level == Level.VILLAGE else level


def _by_place(rows, level, **figure):
    (name,) = figure
    column = _column(level, "area__")
    return dict(rows.order_by().values_list(column).annotate(**figure).values_list(column, name))


def _homes(visits, level):
    """A visit to somebody is one home; one to a place says how many."""
    column = _column(level, "area__")
    found = {}
    rows = visits.order_by().values_list(column, "homes", "person__household").distinct()
    for code, homes, _household in rows:
        found[code] = found.get(code, 0) + (homes or 1)
    return found


def _people(staff, area, level):
    column = "residence__code" if level == Level.VILLAGE else level
    rows = Person.objects.visible_to(staff).living().in_area(area).order_by().values_list(column)
    return dict(rows.annotate(number=Count("pk")).values_list(column, "number"))


# -- Rounds ---------------------------------------------------------------------------------------------------------
def rounds_of(staff):
    """Those of one's unit, and those that reach into one's area from above or lie in it."""
    area = staff.organization.area
    above = [area.code, *area.ancestor_codes]
    inside = Q(area=area.pk) if area.level == Level.VILLAGE else Q(**{f"area__{area.level}": area.code})
    return VisitRound.objects.filter(Q(organization=staff.organization_id) | Q(area__code__in=above) | inside)


def progress_of(staff, one):
    """(households visited, households there) of a round, as far as one sees."""
    people = Person.objects.visible_to(staff).living().in_area(one.area)
    visited = Visit.objects.visible_to(staff).filter(round=one, person__isnull=False)
    return (
        visited.order_by().values("person__household").distinct().count(),
        people.order_by().values("household").distinct().count(),
    )


def not_visited(staff, one):
    """Living people in the area of a round to whose household nobody has been in it."""
    seen = Visit.objects.filter(round=one, person__isnull=False).values("person__household")
    return Person.objects.visible_to(staff).living().in_area(one.area).exclude(household__in=seen)
