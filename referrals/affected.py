"""Whose data an incident touched: from the log of provisions and from the audit, within its hours."""

from members.models import AuditEntry
from referrals.models import DisclosureLog, Person

LOOKS = ("person.view", "person.unmask", "person.edit", "person.copy", "disclosure.list")


def people_of(incident):
    """Ids of people whose data the receiver had or the person of staff opened at that time."""
    found = set()
    if incident.receiver_id:
        # What was provided before and not ended lay with the receiver all the time.
        had = DisclosureLog.objects.filter(receiver=incident.receiver_id, at__lte=incident.until)
        ended = DisclosureLog.objects.filter(
            receiver=incident.receiver_id, kind=DisclosureLog.Kind.ENDED, at__lt=incident.since
        )
        found |= set(had.exclude(provision__in=ended.values("provision")).values_list("person_id", flat=True))
    if incident.staff_id:
        seen = AuditEntry.objects.filter(
            actor_id=incident.staff_id, at__gte=incident.since, at__lte=incident.until, object_type="person",
            action__in=LOOKS,
        )  # fmt: skip
        found |= set(
            Person.objects.filter(code__in=seen.values_list("object_code", flat=True)).values_list("pk", flat=True)
        )
    return found


def visible_people_of(incident, staff):
    """Those of them in sight of this person of staff, and how many there are in all."""
    found = people_of(incident)
    return Person.objects.visible_to(staff).filter(pk__in=found).order_by("pk"), len(found)
