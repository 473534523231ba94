"""The nameless fact sheets of the people here, kept in step with their records.

Every living person whom the civil-affairs side keeps has one, under a key that only this room can resolve. Whom
another unit keeps has none, with or without a consent: a consent opens some items to a named unit for one purpose,
never to everybody's count; once a bureau takes such a family over it keeps a record of its own, and that one counts.
"""

from datetime import datetime, time
from uuid import UUID

from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, F, Func, OuterRef, Q, Subquery, UUIDField
from django.db.models.functions import Cast
from django.utils import timezone

from programs import catalogue
from programs.actions import fact_sheets as sheets
from programs.models import FactSheet
from referrals.kinds import ADULT_AGE, ELDERLY_AGE, SCHOOL_AGE
from referrals.matching import facts_of_all, readable
from referrals.models import Person, PersonCategory, PurgeOrder

BATCH = 500
LOCK = 5_207_105  # names the family that is being written, among advisory locks
# On these birthdays somebody leaves or joins a group of special people.
BIRTHDAYS = (SCHOOL_AGE, ADULT_AGE, ELDERLY_AGE)


def renew(person):
    """After a change of this person's record, in its transaction: their sheet and those of their family, whose facts
    follow from it. Two who change one family at once write one after the other."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, person.household_id % (1 << 31)])
        _write(Person.objects.filter(Q(pk=person.pk) | Q(household=person.household_id)).order_by("pk"))


def renew_all(people=None):
    """The same for many (everybody, unless told): in batches, each its own transaction. Returns how many have one."""
    people = Person.objects.all() if people is None else people
    number = 0
    for keys in _batches(people):
        number += _renew_batch(Person.objects.filter(pk__in=keys).order_by("pk"))
    return number


def renew_due(on=None):
    """Whose facts changed without anybody's doing since their sheet was written: categories that lapsed, birthdays
    that move somebody from one group to another; who has no sheet; and their families. Safe to run twice, and after
    days without."""
    number = 0
    for keys in _batches(_due(on or timezone.localdate())):
        families = Person.objects.filter(pk__in=keys).values("household")
        number += _renew_batch(Person.objects.filter(household__in=families).order_by("pk"))
    return number


def has_sheet(person):
    return person.is_official and person.merged_into_id is None and person.died_on is None


def _purged():
    """Of whom only a shell is left."""
    return PurgeOrder.objects.filter(state=PurgeOrder.State.DONE)


def key_of(person):
    return UUID(hex=person.fact_key)


def _batches(people):
    last = 0
    while keys := list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield keys
        last = keys[-1]


def _renew_batch(people):
    """Locked as the actions lock them, so that nothing older is written over something newer."""
    with transaction.atomic():
        return _write(people.select_for_update(of=("self",)))


def _write(people):
    words = catalogue.vocabulary()
    found = list(facts_of_all(people))
    purged = set(_purged().filter(person__in=[person.pk for person, _facts in found]).values_list("person", flat=True))
    standing = [(person, facts) for person, facts in found if has_sheet(person) and person.pk not in purged]
    kept = {person.pk for person, _facts in standing}
    sheets.drop(key_of(person) for person, _facts in found if person.pk not in kept)
    return sheets.put(_sheet(person, facts, words) for person, facts in standing)


def _sheet(person, facts, words):
    return sheets.Sheet(key_of(person), person.residence.code, readable(facts, words))


class _Birthday(Func):
    """The day on which so many years are full, as the database reckons it."""

    template = "(%(expressions)s + make_interval(years => %(years)s))"
    output_field = DateTimeField()


def _due(on):
    """Compared with the day before the sheet was written: looked at twice rather than missed."""
    written = FactSheet.objects.filter(key=Cast(OuterRef("fact_key"), UUIDField())).values("built_at")
    end = timezone.make_aware(datetime.combine(on, time.max))
    lapsed = PersonCategory.objects.filter(
        person=OuterRef("pk"), last_day__lt=on, last_day__gte=Func(OuterRef("built"), function="DATE") - 1
    )
    asked = Q(built=None) | Exists(lapsed)
    people = Person.objects.filter(is_official=True, merged_into=None, died_on=None).annotate(built=Subquery(written))
    people = people.exclude(Exists(_purged().filter(person=OuterRef("pk"))))
    for years in BIRTHDAYS:
        people = people.alias(**{f"turns_{years}": _Birthday(F("birth_date"), years=years)})
        asked |= Q(**{f"turns_{years}__lte": end, f"turns_{years}__gte": F("built") - timezone.timedelta(days=2)})
    return people.filter(asked)
