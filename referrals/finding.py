"""Who is meant: searches within one's scope, and the likely same person before another record is made."""

from dataclasses import dataclass, field

from members.kinds import BUREAU_KINDS
from portal.lib import identity
from referrals.models import Person

MOST_ALIKE = 10


@dataclass(frozen=True)
class Elsewhere:
    """Somebody alike whose record is out of sight: only whom to ask, nothing of the person."""

    keeper_kind: str
    area: str

    @classmethod
    def of(cls, person):
        return cls(person.keeper.get_kind_display(), str(person.keeper.area))


@dataclass
class Alike:
    """What stands in the way of a new record. `blocking` is the one that has this number already."""

    seen: list = field(default_factory=list)
    elsewhere: list = field(default_factory=list)
    is_number_taken: bool = False

    def __bool__(self):
        return bool(self.seen or self.elsewhere)


def alike(staff, *, number="", name="", birth_date=None, residence=None, but=None) -> Alike:
    """Records that may be of the same person, in sight or not.

    By the number of a document, or by name, birth date and county. Both questions are always asked, of everybody, so
    that neither the number of queries nor their time tells whether there is somebody elsewhere.
    """
    number = identity.normalize(number)
    standing = Person.objects.filter(merged_into=None).select_related("keeper__area", "residence")
    by_number = list(standing.with_number(number or "-")[:MOST_ALIKE])
    place = residence.county or residence.code if residence else ""
    by_name = list(standing.filter(name=name, birth_date=birth_date, county=place)[:MOST_ALIKE])
    if birth_date is None:
        by_name = []
    found = {person.pk: person for person in (*by_number, *by_name) if but is None or person.pk != but.pk}
    visible = set(Person.objects.visible_to(staff).filter(pk__in=[0, *found]).values_list("pk", flat=True))
    return Alike(
        seen=[person for person in found.values() if person.pk in visible],
        elsewhere=sorted(
            {Elsewhere.of(person) for person in found.values() if person.pk not in visible},
            key=lambda one: (one.area, one.keeper_kind),
        ),
        is_number_taken=any(_takes(person, staff) for person in by_number if person.pk in found),
    )


def _takes(person, staff):
    """Is this number spoken for where the new record would stand?"""
    if staff.organization.kind in BUREAU_KINDS:
        return person.is_official
    return person.keeper_id == staff.organization_id
