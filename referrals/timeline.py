"""The one writer of the time line, and how it is read. Called inside the transaction of what it tells of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from referrals.models import TimelineEntry
from referrals.timeline_words import WORDS

SHOWN = 20


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
    about = Q(household=household)
    if person is not None:
        about |= Q(person=person) | Q(person__merged_into=person)
    rows = TimelineEntry.objects.filter(about).select_related("actor", "organization", "person")
    return [line_of(entry) for entry in rows.order_by("-happened_at", "-pk")[:most]]


def line_of(entry):
    title, text = WORDS.get(entry.kind, (entry.kind, ""))
    details = defaultdict(str, entry.details)
    return Line(
        title=str(title) % details,
        text=str(text) % details,
        at=entry.happened_at,
        who=str(entry.actor) if entry.actor else "",
        unit=str(entry.organization) if entry.organization else "",
        person=entry.person,
    )
