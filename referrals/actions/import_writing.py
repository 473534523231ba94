"""What was decided becomes records, and stops being records again: each in one transaction, in batches."""

from datetime import date

import pgtrigger
from django.db import IntegrityError, transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from programs.actions import fact_sheets as sheets
from referrals import minors
from referrals.actions import exchange, fact_sheets
from referrals.actions.facts import project_known
from referrals.actions.imports import State, writable
from referrals.actions.people import names_of
from referrals.facts import from_stored
from referrals.imports import AREAS, BATCH, OF_PERSON, Comparer, indexes_of, nationality_of
from referrals.kinds import Category, FamilyRelation, IdentityKind
from referrals.models import (
    Household,
    ImportRow,
    PeopleImport,
    Person,
    PersonCategory,
    PersonChange,
    PersonFact,
    TimelineEntry,
)
from referrals.models.imports import KEPT_FOR, Choice, ImportKind, Verdict
from referrals.models.people import PRIVATE

MODE = PeopleImport.Mode
DAYS = ("birth_date", "died_on")
# R37: people on lists of others are monitored until somebody certifies more.
_MONITORED = (ImportKind.MEMBER_LIST, ImportKind.PLATFORM)
OF_ROW = ["verdict", "private", "person", "version_made", "is_created", "is_written", "aid"]
# kind of table -> who writes it and who takes it back, where it is no list of people.
WRITTEN_BY, ERASED_BY = {}, {}


class Taken(Exception):  # noqa: N818 - an answer, not an error
    """Somebody was faster with one row."""

    def __init__(self, number, reason):
        super().__init__(reason)
        self.number, self.reason = number, reason


def apply_import(actor, row, report=None):
    """Write the rows that were decided upon. Done twice it does nothing the second time."""
    report = report or (lambda done, total=None, note="": None)
    with transaction.atomic():
        row = PeopleImport.objects.select_for_update(of=("self",)).select_related("organization__area", "source").get(
            pk=row.pk
        )  # fmt: skip
        if row.state != State.APPLYING:
            return row
        try:
            writer = WRITTEN_BY.get(row.kind, Writer)(actor, row)
            counts = writer.write(report)
        except Taken as taken:
            words = {"number": taken.number, "reason": taken.reason}
            raise Refusal(_("第 %(number)s 行：%(reason)s一行也没有写入，请重新检查。") % words) from None
        row.state, row.applied_by, row.applied_at = State.APPLIED, actor, writer.now
        row.counts = {**row.counts, **counts}
        row.expires_at = timezone.now() + KEPT_FOR
        row.save(update_fields=["state", "applied_by", "applied_at", "counts", "expires_at"])
        exchange.follow_import(row)
        audit.record(actor, "people_import.apply", row, changes={name: [None, count] for name, count in counts.items()})
    return row


class Writer:
    """Writes the rows of one import."""

    def __init__(self, actor, row):
        self.actor, self.row = actor, row
        self.now = timezone.now()
        self.comparer = Comparer(row, actor)
        self.places = self.comparer.places
        self.households = {}
        self.headed = set()
        self.source = str(row.source or row.platform or row.label or row.get_kind_display())[:120]

    def write(self, report):
        self._know_households()
        rows = writable(self.row)
        total = rows.count()
        counts = {"written_new": 0, "written_changed": 0, "skipped": 0}
        done = 0
        for batch in _batches(rows):
            for name, count in self._batch(batch).items():
                counts[name] += count
            done += len(batch)
            report(done, total, _("已写入 %(n)s 行") % {"n": f"{done:,}"})
        self._name_heads()
        return counts

    def _name_heads(self):
        """Where the file named no head, the first of the household is."""
        mine = Household.objects.filter(created_at=self.now)
        headless = mine.exclude(Exists(Person.objects.filter(household=OuterRef("pk"), relation=FamilyRelation.HEAD)))
        first = headless.annotate(first=Min("people", filter=Q(people__died_on=None))).values("first")
        Person.objects.filter(pk__in=first).update(relation=FamilyRelation.HEAD)

    def _batch(self, batch):
        """All of it, or in the mode that allows it the rows that can be, one by one."""
        before = dict(self.households), set(self.headed)
        try:
            with transaction.atomic():
                return self._write(batch)
        except (Taken, IntegrityError) as error:
            if self.row.mode == MODE.ALL:
                raise _taken(error, batch) from None
        self.households, self.headed = before
        counts = {"written_new": 0, "written_changed": 0, "skipped": 0}
        for one in batch:
            one.refresh_from_db()
            before = dict(self.households), set(self.headed)
            try:
                with transaction.atomic():
                    for name, count in self._write([one]).items():
                        counts[name] += count
            except (Taken, IntegrityError) as error:
                self.households, self.headed = before
                self._skip(one, _taken(error, [one]).reason)
                counts["skipped"] += 1
        return counts

    @staticmethod
    def _skip(one, reason):
        one.refresh_from_db()
        one.verdict, one.private = Verdict.HELD, {**one.private, "faults": [["", reason]]}
        one.save(update_fields=["verdict", "private"])

    def _write(self, batch):
        new = [one for one in batch if one.verdict == Verdict.NEW or one.choice == Choice.ANOTHER]
        known = [one for one in batch if one not in new]
        self._refuse_taken(new)
        made = Made(self)
        if new:
            self._write_new(new, made)
        if known:
            self._write_known(known, made)
        made.save()
        update_rows(batch, OF_ROW)
        fact_sheets.renew_all(Person.objects.filter(pk__in=[one.person_id for one in batch]))
        return {"written_new": len(new), "written_changed": len(known)}

    def _refuse_taken(self, new):
        """Registered since the look: the number is somebody's now."""
        indexes = {}
        for one in new:
            if number := one.private["values"].get("number"):
                indexes |= dict.fromkeys(indexes_of(number), one.number)
        taken = self.comparer.side.filter(number_index__in=list(indexes)).values_list("number_index", flat=True)
        for index in taken[:1]:
            raise Taken(indexes[bytes(index)], _("这个证件号码刚刚被登记了。"))

    # -- New people -----------------------------------------------------------------------------------------------
    def _know_households(self):
        """Households that stand already: of people in the file, or of a head whose number the file gives."""
        rows = self.row.rows.exclude(household_index=None)
        pairs = list(rows.exclude(person=None).values_list("household_index", "person__household"))
        indexes = list(rows.filter(person=None).values_list("household_index", flat=True).distinct())
        visible = Person.objects.visible_to(self.actor, "person.edit").filter(merged_into=None)
        for start in range(0, len(indexes), BATCH):
            found = visible.filter(number_index__in=indexes[start : start + BATCH])
            pairs += found.values_list("number_index", "household")
        self.households = {bytes(index): household for index, household in pairs}
        heads = Person.objects.filter(
            household__in=set(self.households.values()), relation=FamilyRelation.HEAD, merged_into=None, died_on=None
        )
        self.headed = set(heads.values_list("household", flat=True))

    def _write_new(self, new, made):
        self._make_households(new)
        people = [self._person(one) for one in new]
        for one, person in zip(new, people, strict=True):
            made.describe(person, one.private["values"])
            person.derive()
        Person.objects.bulk_create(people)
        for one, person in zip(new, people, strict=True):
            one.person, one.is_created, one.is_written, one.version_made = person, True, True, 1
            made.changes.append(PersonChange(person=person, version=1, made_by=self.actor, made_at=self.now))
            made.tell("person_imported", person, source=self.source)

    def _make_households(self, new):
        alone = [one for one in new if one.household_index is None]
        indexes = {bytes(one.household_index): one for one in new if one.household_index is not None}
        wanted = [(index, one) for index, one in indexes.items() if index not in self.households]
        keeper = self.row.organization
        made = Household.objects.bulk_create(
            Household(keeper=keeper, residence=self.comparer.residence_of(one.private["values"]), created_at=self.now)
            for one in (*(one for _index, one in wanted), *alone)
        )
        self.households |= {index: household.pk for (index, _one), household in zip(wanted, made, strict=False)}
        self.of_alone = {one.pk: household.pk for one, household in zip(alone, made[len(wanted) :], strict=True)}

    def _person(self, one):
        values = one.private["values"]
        index = one.household_index
        household = self.of_alone[one.pk] if index is None else self.households[bytes(index)]
        person = Person(
            household_id=household, relation=self._relation(values, household), keeper=self.row.organization,
            residence=self.comparer.residence_of(values), nationality=nationality_of(values), private={},
            identity_kind=IdentityKind.NONE, last_verified_on=min(self.row.as_of, timezone.localdate()),
            created_by=self.actor, created_at=self.now, changed_by=self.actor, changed_at=self.now,
        )  # fmt: skip
        for key in OF_PERSON:
            if key in values:
                self.put(person, key, values[key])
        return person

    def _relation(self, values, household):
        """One head in each household, living; the first that is written where nobody is named."""
        asked = values.get("relation", "")
        if values.get("died_on"):
            return asked or FamilyRelation.OTHER_KIN
        if household not in self.headed and asked in ("", FamilyRelation.HEAD):
            self.headed.add(household)
            return FamilyRelation.HEAD
        return asked if asked not in ("", FamilyRelation.HEAD) else FamilyRelation.OTHER_KIN

    def put(self, person, key, value):
        if key in PRIVATE:
            person.private = {**person.private, key: value}
        elif key in AREAS:
            setattr(person, key, self.places.by_code(value) if value else None)
        elif key in DAYS:
            setattr(person, key, date.fromisoformat(value) if value else None)
        else:
            setattr(person, key, value)

    # -- People that are known ------------------------------------------------------------------------------------
    def _write_known(self, known, made):
        ids = [one.person_id for one in known]
        people = {
            person.pk: person
            for person in Person.objects.select_for_update(of=("self",))
            .select_related("keeper", "residence", "registration")
            .filter(pk__in=ids)
        }
        visible = set(
            Person.objects.visible_to(self.actor, "person.edit").filter(pk__in=ids).values_list("pk", flat=True)
        )
        changed = []
        for one in known:
            person = people.get(one.person_id)
            if person is None or person.version != one.version or person.pk not in visible:
                raise Taken(one.number, _("这个人的资料在检查之后被修改过。"))
            if not minors.may_see(self.actor, person):
                raise Taken(one.number, _("已登记的未成年人，须先申请查看未成年人个案。"))
            self._change(one, person, made)
            changed.append(person)
        update_rows(changed, [field.attname for field in Person._meta.concrete_fields if not field.primary_key])

    def _change(self, one, person, made):
        """What was empty is filled; what contradicts is taken over where somebody has said so."""
        takes_theirs = one.choice == Choice.THEIRS
        taken = [
            (key, ours, theirs) for key, ours, theirs in one.private["differences"]
            if takes_theirs or ours in ("", None, [])
        ]  # fmt: skip
        own = {key: [ours, theirs] for key, ours, theirs in taken if key in OF_PERSON}
        for key, (_ours, theirs) in own.items():
            self.put(person, key, theirs)
        facts = {key: theirs for key, _ours, theirs in taken if key.startswith("fact.")}
        values = one.private["values"]
        made.describe(person, facts | {key: values[key] for key in values if key.startswith("category")}, taken)
        person.version += 1
        person.changed_by, person.changed_at = self.actor, self.now
        person.last_verified_on = max(person.last_verified_on, min(self.row.as_of, timezone.localdate()))
        person.derive()
        made.changes.append(
            PersonChange(person=person, version=person.version, changes=own, made_by=self.actor, made_at=self.now)
        )
        made.tell("person_changed", person, names=names_of(own) or _("情况或类别"))
        one.private = {**one.private, "before": own}
        one.is_written, one.version_made = True, person.version


class Made:
    """What one batch writes beside the people themselves."""

    def __init__(self, writer):
        self.writer = writer
        self.changes, self.entries, self.facts, self.categories, self.superseded = [], [], [], [], []

    def describe(self, person, values, taken=None):
        """Facts and category; of a known person only what was taken over."""
        writer = self.writer
        day = min(writer.row.as_of, timezone.localdate())
        facts = {key.removeprefix("fact."): value for key, value in values.items() if key.startswith("fact.")}
        for name, value in facts.items():
            fact = PersonFact(
                person=person, name=name, source=writer.source, valid_on=day, verified_on=day,
                recorded_by=writer.actor, recorded_at=writer.now, verified_by=writer.actor,
            )  # fmt: skip
            fact.put(from_stored(name, value))
            self.facts.append(fact)
        if taken is None:
            project_known(person, {name: from_stored(name, value) for name, value in facts.items()})
        elif facts:
            self.superseded += [(person.pk, name) for name in facts]
            self._project(person, facts)
        is_new = taken is None or any(key == "category" for key, _ours, _theirs in taken)
        category = values.get("category") or (self._monitored() if taken is None else "")
        if category and is_new:
            self._certify(person, category, values)

    @staticmethod
    def _project(person, facts):
        known = {fact.name: fact.known for fact in person.facts.standing()}
        project_known(person, known | {name: from_stored(name, value) for name, value in facts.items()})

    def _monitored(self):
        return Category.MONITORED if self.writer.row.kind in _MONITORED else ""

    def _certify(self, person, category, values):
        writer = self.writer
        until = values.get("category_until")
        held = PersonCategory(
            person=person, category=category,
            since=date.fromisoformat(values.get("category_since") or str(writer.row.as_of)),
            until=date.fromisoformat(until) if until else None,
            certified_by=values.get("certified_by") or writer.source, recorded_by=writer.actor, recorded_at=writer.now,
        )  # fmt: skip
        held.derive()
        self.categories.append(held)

    def tell(self, kind, person, **details):
        writer = self.writer
        self.entries.append(
            TimelineEntry(
                household_id=person.household_id, person=person, kind=kind, details=details, actor=writer.actor,
                organization=writer.row.organization, happened_at=writer.now, recorded_at=writer.now,
            )
        )  # fmt: skip

    def save(self):
        if self.superseded:
            people = {person for person, _name in self.superseded}
            old = PersonFact.objects.standing().filter(person__in=people)
            keys = [fact.pk for fact in old if (fact.person_id, fact.name) in set(self.superseded)]
            PersonFact.objects.filter(pk__in=keys).update(superseded_at=self.writer.now)
        PersonFact.objects.bulk_create(self.facts)
        PersonCategory.objects.bulk_create(self.categories)
        PersonChange.objects.bulk_create(self.changes)
        TimelineEntry.objects.bulk_create(self.entries)


# -- Taking back ------------------------------------------------------------------------------------------------------
def undo_import(actor, row, report=None):
    """Whoever was new is gone again, whoever was changed is as before; whom somebody worked on since stays."""
    report = report or (lambda done, total=None, note="": None)
    with transaction.atomic():
        row = PeopleImport.objects.select_for_update(of=("self",)).select_related("organization").get(pk=row.pk)
        if row.state != State.UNDOING:
            return row
        rows = row.rows.filter(is_written=True).exclude(person=None)
        total, done, stayed = rows.count(), 0, []
        for batch in _batches(rows):
            stayed += ERASED_BY.get(row.kind, Eraser)(actor, row).take_back(batch)
            done += len(batch)
            report(done, total, _("已撤销 %(n)s 行") % {"n": f"{done:,}"})
        row.state, row.closed_by, row.closed_at, row.stayed = State.UNDONE, actor, timezone.now(), sorted(stayed)
        row.save(update_fields=["state", "closed_by", "closed_at", "stayed"])
        exchange.follow_import(row)
        audit.record(
            actor, "people_import.undo", row, changes={"rows": [total, len(stayed)], "stayed": [None, len(stayed)]}
        )
    return row


class Eraser:
    """Takes back the rows of one batch."""

    # What the import itself made, and the eraser takes back before.
    OWN = ()

    def __init__(self, actor, row):
        self.actor, self.row, self.now = actor, row, timezone.now()

    def take_back(self, batch):
        """The numbers of the rows that stay."""
        ids = [one.person_id for one in batch]
        people = {
            person.pk: person
            for person in Person.objects.select_for_update(of=("self",))
            .select_related("keeper", "residence", "registration")
            .filter(pk__in=ids)
        }
        touched = self._touched(batch, people)
        stays = [one for one in batch if one.person_id in touched]
        free = [one for one in batch if one.person_id not in touched]
        self._restore([one for one in free if not one.is_created], people)
        self._erase([people[one.person_id] for one in free if one.is_created])
        return [one.number for one in stays]

    def _touched(self, batch, people):
        """Whoever has another version, or something that came after: a visit, a consent, a fact."""
        touched = {one.person_id for one in batch if people[one.person_id].version != one.version_made}
        return touched | self._told_of_since(batch, people) | self._joined(batch, people)

    def _told_of_since(self, batch, people):
        touched = set()
        since = self.row.applied_at
        for relation in Person._meta.related_objects:
            model, name = relation.field.model, relation.field.name
            if model in (ImportRow, PersonChange, *self.OWN) or not relation.field.concrete:
                continue
            rows = model.objects.filter(**{f"{name}__in": list(people)})
            if model in (PersonFact, PersonCategory, TimelineEntry):
                rows = rows.filter(recorded_at__gt=since)
            elif (created := [one.person_id for one in batch if one.is_created]) and model is not Person:
                rows = rows.filter(**{f"{name}__in": created})
            elif model is not Person:
                continue
            touched |= set(rows.values_list(name, flat=True))
        return touched

    def _joined(self, batch, people):
        """Somebody else has moved into a household that the import made: it stays with whoever is in it."""
        homes = {people[one.person_id].household_id for one in batch if one.is_created}
        ours = ImportRow.objects.filter(people_import=self.row, is_created=True).values("person")
        strangers = Person.objects.filter(household__in=homes).exclude(pk__in=ours).values_list("household", flat=True)
        made = set(
            Household.objects.filter(pk__in=set(strangers), created_at=self.row.applied_at).values_list("pk", flat=True)
        )
        heads = {one.person_id for one in batch if people[one.person_id].household_id in made}
        return {pk for pk in heads if people[pk].relation == FamilyRelation.HEAD}

    def _restore(self, rows, people):
        if not rows:
            return
        changes, entries = [], []
        places = Comparer(self.row, self.actor).places
        since = self.row.applied_at
        ids = [one.person_id for one in rows]
        PersonFact.objects.filter(person__in=ids, recorded_at=since).delete()
        PersonFact.objects.filter(person__in=ids, superseded_at=since).update(superseded_at=None)
        PersonCategory.objects.filter(person__in=ids, recorded_at=since).delete()
        for one in rows:
            person, before = people[one.person_id], one.private.get("before", {})
            for key, (ours, _theirs) in before.items():
                _put_back(person, key, ours, places)
            person.version += 1
            person.changed_by, person.changed_at = self.actor, self.now
            project_known(person, {fact.name: fact.known for fact in person.facts.standing()})
            person.derive()
            back = {key: [theirs, ours] for key, (ours, theirs) in before.items()}
            changes.append(PersonChange(person=person, version=person.version, changes=back, made_by=self.actor))
            entries.append(
                TimelineEntry(
                    household_id=person.household_id, person=person, kind="person_import_undone", actor=self.actor,
                    organization=self.row.organization,
                )
            )  # fmt: skip
        update_rows(
            [people[pk] for pk in ids],
            [field.attname for field in Person._meta.concrete_fields if not field.primary_key],
        )
        PersonChange.objects.bulk_create(changes)
        TimelineEntry.objects.bulk_create(entries)
        fact_sheets.renew_all(Person.objects.filter(pk__in=ids))

    @staticmethod
    def _erase(people):
        """They came by mistake, so nothing of them is kept; the audit has the import."""
        ids = [person.pk for person in people]
        homes = {person.household_id for person in people}
        sheets.drop(fact_sheets.key_of(person) for person in people)
        with pgtrigger.ignore("referrals.PersonChange:append_only", "referrals.TimelineEntry:kept"):
            PersonChange.objects.filter(person__in=ids).delete()
            TimelineEntry.objects.filter(person__in=ids).delete()
            PersonFact.objects.filter(person__in=ids).delete()
            PersonCategory.objects.filter(person__in=ids).delete()
            ImportRow.objects.filter(person__in=ids).update(person=None)
            Person.objects.filter(pk__in=ids).delete()
            empty = Household.objects.filter(pk__in=homes)
            for relation in Household._meta.related_objects:
                name = relation.field.name
                used = relation.field.model.objects.filter(**{f"{name}__in": homes}).values(name)
                empty = empty.exclude(pk__in=used)
            empty.delete()


def _put_back(person, key, value, places):
    if key in PRIVATE:
        private = {**person.private, key: value}
        person.private = {name: one for name, one in private.items() if one}
    elif key in AREAS:
        setattr(person, key, places.by_code(value) if value else None)
    elif key in DAYS:
        setattr(person, key, date.fromisoformat(value) if value else None)
    elif key == "identity_kind":
        person.identity_kind = value or IdentityKind.NONE
    else:
        setattr(person, key, value)


# -- Both -------------------------------------------------------------------------------------------------------------
def _batches(rows):
    """By number, so that no cursor is held open and what was written is not met again."""
    last = 0
    while batch := list(rows.filter(number__gt=last).order_by("number")[:BATCH]):
        yield batch
        last = batch[-1].number


def update_rows(objects, names):
    """Many rows in one statement. Sealed columns are written by inserting only: a row that is there is updated."""
    if objects:
        type(objects[0]).objects.bulk_create(
            objects, update_conflicts=True, unique_fields=["id"],
            update_fields=[name.removesuffix("_id") for name in names],
        )  # fmt: skip


def _taken(error, batch):
    if isinstance(error, Taken):
        return error
    return Taken(batch[0].number, _("写入时与刚刚登记的资料冲突。"))
