"""The one writer of the time line, and how it is read. Called inside the transaction of what it tells of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from portal.lib import masks
from referrals import minors
from referrals.models import Person, TimelineEntry
from referrals.timeline_words import WORDS

SHOWN = 20
# Free words of casework; they may name anybody.
WORDS_OF_STAFF = ("note", "reason", "source")


def record(kind, actor, *, person=None, household=None, happened_at=None, **details):
    """`household` may be left out where there is a person. Details are words for people; codes do not belong here."""
    if kind not in WORDS:
        raise KeyError(f"the time line has no words for {kind}")
    values = {"happened_at": happened_at} if happened_at else {}
    return TimelineEntry.objects.create(
        household=household or person.household,
        person=person,
        kind=kind,
        details={name: str(value) for name, value in details.items() if value},
        actor=actor,
        organization=actor.organization if actor else None,
        **values,
    )


@dataclass(frozen=True)
class Line:
    """One entry as it is read."""

    title: str
    text: str
    at: datetime
    who: str
    unit: str
    person: object


def lines_of(household, person=None, most=SHOWN):
    """The newest of a household; with a person, also what happened to them in a household before."""
    return [line_of(entry) for entry in _entries(household, person)[:most]]


def lines_for(staff, person, most=SHOWN):
    """What of these this person of staff may read on the page of somebody: nothing of relatives out of sight or of
    children nobody approved them for."""
    seen = Person.objects.visible_to(staff).filter(minors.seen_by(staff))
    mine = Q(person=None) | Q(person=person) | Q(person__merged_into=person)
    theirs = Q(person__in=seen) | Q(person__merged_into__in=seen)
    entries = _entries(person.household, person).filter(mine | theirs)
    return [line_of(entry, _as_told_to(staff, entry)) for entry in entries[:most]]


def _entries(household, person):
    about = Q(household=household)
    if person is not None:
        about |= Q(person=person) | Q(person__merged_into=person)
    rows = TimelineEntry.objects.filter(about).select_related("actor", "organization", "person")
    return rows.order_by("-happened_at", "-pk")


def _as_told_to(staff, entry):
    """Who only oversees reads no names and no free words; whose line it is is not known of those who left."""
    details, is_known = dict(entry.details), minors.tells_names(staff)
    if not is_known:
        details = {name: text for name, text in details.items() if name not in WORDS_OF_STAFF}
    if "name" in details and not (is_known and entry.person_id):
        details["name"] = masks.mask_name(details["name"])
    return details


def line_of(entry, details=None):
    title, text = WORDS.get(entry.kind, (entry.kind, ""))
    details = defaultdict(str, entry.details if details is None else details)
    return Line(
        title=str(title) % details,
        text=str(text) % details,
        at=entry.happened_at,
        who=str(entry.actor) if entry.actor else "",
        unit=str(entry.organization) if entry.organization else "",
        person=entry.person,
    )
