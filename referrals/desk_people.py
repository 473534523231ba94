"""Whom the rows of a desk are about, as far as whoever looks may read it at this moment.

One's own people as one's own lists show them; of those who were sent here a masked name, sex, age and place, each only
while the list that came with it still holds (referrals.disclosure).
"""

from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.kinds import BUREAU_KINDS
from members.models import Area
from members.names import names_of
from members.roles import AREA
from portal.lib.identity import Gender
from referrals import disclosure, minors
from referrals.models import Person

_ALL = frozenset({"name", "gender", "birth_date", "residence"})


@dataclass(frozen=True)
class About:
    name: str = ""
    # Sex, age and place, as far as they may be read.
    details: tuple = ()
    # It says more than the surname of somebody one oversees: reading it leaves a line.
    is_read: bool = False


@dataclass(slots=True)
class _Named:
    """What of a person a row shows; fifty whole objects are not made for that."""

    pk: int
    name: str
    birth_date: object
    died_on: object

    is_minor, masked_name, age, age_on = Person.is_minor, Person.masked_name, Person.age, Person.age_on


def about_each(staff, rows, *, is_received):
    """{key of a row: About}, in as many queries for fifty rows as for one."""
    places = names_of(Area, {row.residence_id for row in rows})
    others = [row for row in rows if _is_of_others(staff, row, is_received=is_received)]
    permitted = _permitted(staff, {row.person_id for row in others})
    known = {row.pk: permitted[row.person_id] for row in others}
    return {row.pk: _about(staff, row, places, known.get(row.pk)) for row in rows}


def _is_of_others(staff, row, *, is_received):
    """Sent here; or sent on from here, by a unit that never kept the record: its own list ended with that."""
    if row.sender_id != staff.organization_id:
        return is_received
    return row.keeper_id != staff.organization_id and not (row.is_official and staff.organization.kind in BUREAU_KINDS)


def _permitted(staff, keys):
    if not keys:
        return {}
    people = Person.objects.filter(pk__in=keys).defer("name_keys")
    if staff.permissions.get("person.view") == AREA:
        people = people.select_related("residence")
    return disclosure.permitted_each(staff, list(people))


def _about(staff, row, places, permitted):
    person = _Named(row.person_id, row.name, row.birth_date, row.died_on)
    if permitted is not None:
        items = permitted.items
        return About(
            person.masked_name if "name" in items else "", _details(row, person, places, items), bool(items & _ALL)
        )
    if row.sender_id != staff.organization_id:
        return About()
    is_read = minors.tells_names(staff)
    return About(minors.shown_name(staff, person), _details(row, person, places, _ALL), is_read)


def _details(row, person, places, items):
    told = (
        _gender(row.gender, get_language()) if "gender" in items else "",
        _age(person.age, get_language()) if "birth_date" in items else "",
        places.get(row.residence_id, "") if "residence" in items else "",
    )
    return tuple(word for word in told if word)


@cache
def _gender(gender, _language):
    return str(Gender(gender).label) if gender else ""


@cache
def _age(years, _language):
    return "" if years is None else _("%(age)s 岁") % {"age": years}
