"""Whose data an incident touched: from the log of provisions and from the audit, within its hours."""

from members.models import AuditEntry
from referrals.models import DisclosureLog, Person

LOOKS = ("person.view", "person.unmask", "person.edit", "person.copy", "disclosure.list")
LOOKS += ("document.view", "document.download")


def people_of(incident):
    """Ids of people whose data the receiver had or the person of staff opened at that time."""
    return _had_by_receiver(incident) | _opened_by_staff(incident)


def _had_by_receiver(incident):
    """What was provided before and not ended lay with the receiver all the time."""
    if not incident.receiver_id:
        return set()
    had = DisclosureLog.objects.filter(receiver=incident.receiver_id, at__lte=incident.until)
    ended = DisclosureLog.objects.filter(
        receiver=incident.receiver_id, kind=DisclosureLog.Kind.ENDED, at__lt=incident.since
    )
    return set(had.exclude(provision__in=ended.values("provision")).values_list("person_id", flat=True))


def _opened_by_staff(incident):
    if not incident.staff_id:
        return set()
    seen = AuditEntry.objects.filter(
        actor_id=incident.staff_id, at__gte=incident.since, at__lte=incident.until, object_type="person",
        action__in=LOOKS,
    )  # fmt: skip
    codes = seen.values_list("object_code", flat=True)
    return set(Person.objects.filter(code__in=codes).values_list("pk", flat=True))


def visible_people_of(incident, staff):
    """Those of them in sight of this person of staff, and how many there are.

    How many another unit was given, and when, is not for whoever names that unit: of those only the people in sight
    are counted. What the unit itself received, or its own staff opened, it may count.
    """
    found = people_of(incident)
    seen = Person.objects.visible_to(staff).filter(pk__in=found).order_by("pk")
    if incident.receiver_id in (None, incident.organization_id):
        return seen, len(found)
    return seen, len(_opened_by_staff(incident) | set(seen.values_list("pk", flat=True)))
