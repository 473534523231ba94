"""By the clock: who is bound to tell civil affairs of whom, until when, and who is reminded of it (R85)."""

from collections import defaultdict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from members import outbox
from members.calendar import add_working_days
from members.kinds import NotifyDuty
from members.profiles import profile_of, remembering
from referrals.kinds import Urgency
from referrals.likely_aid import likely_schemes
from referrals.models import GovernmentAid, Need, Person, PersonCategory, TellingDuty

BATCH = 500
CLOCK = "tell"
# Whoever was reminded has so many working days; where the region says "must", reminders begin on the last day already.
AGAIN_AFTER = {NotifyDuty.SHOULD: 5, NotifyDuty.SHALL: 2}


def find_duties(on=None):
    """Everybody whom units outside civil affairs keep, against what the region asks. Returns how many are bound.

    Safe to run twice, and after days without: a duty stays as old as it is, and its clock is counted anew.
    """
    on, found, last = on or timezone.localdate(), 0, 0
    people = Person.objects.filter(is_official=False).select_related("residence", "keeper").defer("name_keys")
    with remembering():
        while batch := list(people.filter(pk__gt=last).order_by("pk")[:BATCH]):
            last = batch[-1].pk
            found += _write(batch, on)
    TellingDuty.objects.exclude(person__is_official=False).delete()
    return found


def _write(people, on):
    keys = [person.pk for person in people]
    held = TellingDuty.objects.in_bulk(keys, field_name="person_id")
    rows = [row for row in _bound(people, keys, held, on) if row is not None]
    with transaction.atomic():
        TellingDuty.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["person"],
            update_fields=["organization", "schemes", "duty", "due_on"],
        )  # fmt: skip
        TellingDuty.objects.filter(person__in=set(keys) - {row.person_id for row in rows}).delete()
    return len(rows)


def _bound(people, keys, held, on):
    categories = _grouped(PersonCategory.objects.current(on).filter(person__in=keys), "category")
    recorded = _grouped(GovernmentAid.objects.filter(person__in=keys), "scheme")
    open_needs = Need.objects.open().filter(person__in=keys)
    urgent = set(open_needs.exclude(urgency=Urgency.NORMAL).values_list("person", flat=True))
    for person in people:
        if person.merged_into_id is None and not person.keeper.is_suspended:
            schemes = likely_schemes(person, categories[person.pk], recorded[person.pk])
            since = held[person.pk].since if person.pk in held else on
            yield _duty_of(person, schemes, since, is_urgent=person.pk in urgent)


def _grouped(rows, column):
    found = defaultdict(set)
    for person, value in rows.values_list("person", column):
        found[person].add(value)
    return found


def _duty_of(person, schemes, since, *, is_urgent):
    """None where the record points to nothing, or where the region leaves it to the unit."""
    profile = profile_of(person.residence)
    if not schemes or profile.notify_duty == NotifyDuty.MAY:
        return None
    return TellingDuty(
        person=person, organization=person.keeper, schemes=[one.value for one in schemes], duty=profile.notify_duty,
        since=since, due_on=add_working_days(since, profile.days(CLOCK, is_urgent=is_urgent)),
    )  # fmt: skip


def remind_of_duties(on=None):
    """A mail for each unit with families it should have told of: when the time is over, and again as long as it is.

    Returns how many units.
    """
    on = on or timezone.localdate()
    over = Q(due_on__lt=on) | Q(due_on=on, duty=NotifyDuty.SHALL)
    units = defaultdict(list)
    for row in TellingDuty.objects.waiting().filter(over).select_related("organization").order_by("pk"):
        if row.reminded_on is None or add_working_days(row.reminded_on, AGAIN_AFTER[row.duty]) <= on:
            units[row.organization.code].append(row.pk)
    for code, keys in units.items():
        with transaction.atomic():
            TellingDuty.objects.filter(pk__in=keys).update(reminded_on=on)
            outbox.put("mail.telling_duty", {"unit": code}, dedup_key=f"mail.telling_duty:{code}:{on.isoformat()}")
    return len(units)
