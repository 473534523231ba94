"""A table of help that a unit gave by its own ways: a row is a person and what they got, by the road of other tables.

The same checks as on the page of one entry (told_aid); whoever is not registered yet is registered with the first row
that names them. A table taken back strikes its entries out, and whom it had registered for them is gone again.
"""

from datetime import date
from decimal import Decimal

import pgtrigger
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.access import Refusal
from portal.lib import cells, money
from programs.models import Program
from referrals import minors
from referrals.actions import told_aid
from referrals.actions.aid_steps import renew_sheets
from referrals.actions.import_writing import ERASED_BY, OF_ROW, WRITTEN_BY, Eraser, Made, Taken, Writer, update_rows
from referrals.actions.imports import READ_BY
from referrals.imports import Comparer, Reader
from referrals.kinds import DROPPED_AID
from referrals.models import AidLine, ImportRow, Person
from referrals.models.imports import Choice, ImportKind, Verdict

NAMES = {"form", "need_kind", "amount", "value", "hours", "given_on", "receipt", "program", "paid_from", "description"}
SUMS = {"amount", "value", "hours"}


def told_by(values):
    """{"form": …}: what a row says of the help, as the actions take it."""
    said = {name: values.get(f"aid.{name}") for name in NAMES}
    for name in SUMS & {name for name, value in said.items() if value}:
        said[name] = Decimal(said[name])
    said["given_on"] = date.fromisoformat(said["given_on"]) if said["given_on"] else None
    return said


class Programs:
    """Those of the unit, by code and by name."""

    def __init__(self, organization):
        rows = Program.objects.filter(organization=organization, is_container=False)
        self.known = {cells.squeezed(one.name): one for one in rows} | {one.code.casefold(): one for one in rows}

    def find(self, text):
        return self.known.get(cells.squeezed(text)) or self.known.get(text.strip().casefold())


class AidReader(Reader):
    """One row: who, and what they got. Somebody may stand on several rows; the same help on the same day only once."""

    WANTED = {**Reader.WANTED, "aid.form": gettext_lazy("缺帮扶形式。")}

    def __init__(self, people_import, _has_households):
        super().__init__(people_import, False)
        self.organization = people_import.organization
        self.programs = Programs(people_import.organization)
        self.entries = {}

    def _told(self, line):
        self._days(line)
        if not line.faults:
            self._aid(line)

    def _once(self, line, number):
        """Whoever was helped twice stands on two rows."""

    def _aid(self, line):
        said = told_by(line.values)
        if text := line.values.get("aid.program"):
            said["program"] = self.programs.find(text)
            if said["program"] is None:
                line.wrong("aid.program", _("本单位没有这个项目：%(text)s") % {"text": text[:30]})
                return
            line.values["aid.program"] = said["program"].code
        try:
            entry = told_aid.put(AidLine(organization=self.organization, is_told=True), said)
        except Refusal as refusal:
            line.wrong(f"aid.{refusal.field}" if refusal.field in NAMES else "", refusal.message)
            return
        mark = (who(line.values), *mark_of(entry))
        before = self.entries.setdefault(mark, line.number)
        if before != line.number:
            line.wrong("", _("与第 %(number)s 行是同一笔。") % {"number": before})


def who(values):
    """Rows of one person have the same: the number, or name and birth where there is none."""
    return values.get("number") or (values["name"], values.get("birth_date", ""))


def mark_of(entry):
    return (entry.form, entry.given_on, *(None if one is None else Decimal(one) for one in sums_of(entry)))


def sums_of(entry):
    return entry.amount, entry.value, entry.hours


class AidComparer(Comparer):
    """Whom each row means, and whether the entry stands in the ledger already."""

    def compare(self, lines):
        by_number, by_name = self._found(lines)
        found = {person.pk: person for person in (*by_number.values(), *by_name.values())}
        visible = set(
            Person.objects.visible_to(self.staff, "person.edit").filter(pk__in=[0, *found]).values_list("pk", flat=True)
        )
        stand = AidLine.objects.filter(organization=self.organization, person__in=list(found))
        stand = stand.exclude(state__in=sorted(DROPPED_AID))
        known = {(entry.person_id, *mark_of(entry)) for entry in stand.defer("private", "rule_lines")}
        return [self._row(line, by_number, by_name, visible, known) for line in lines]

    def _differs(self, row, line, person, is_alike, known):
        """Asked for somebody who is registered."""
        row.person, row.version, row.is_alike = person, person.version, is_alike
        said = told_by(line.values)
        mark = (person.pk, said["form"], said["given_on"], *(said[name] for name in ("amount", "value", "hours")))
        if is_alike:
            row.verdict = Verdict.CONFLICT
        else:
            row.verdict = Verdict.SAME if mark in known else Verdict.NEW


class AidWriter(Writer):
    """Registers whom nobody knows yet, and writes the entries."""

    def __init__(self, actor, row):
        super().__init__(actor, row)
        self.programs = {one.code: one for one in Program.objects.filter(organization=row.organization)}
        # Whom this import registered, by who() of their rows.
        self.registered = {}

    def _write(self, batch):
        known = dict(self.registered)
        strangers = [one for one in batch if self._is_stranger(one)]
        firsts = {}
        for one in strangers:
            if (mark := who(one.private["values"])) not in known:
                firsts.setdefault(mark, one)
        self._refuse_gone([one for one in batch if one not in strangers])
        self._refuse_taken(list(firsts.values()))
        made = Made(self)
        if firsts:
            self._write_new(list(firsts.values()), made)
        known |= {mark: one.person for mark, one in firsts.items()}
        for one in strangers:
            one.person = known[who(one.private["values"])]
        self._write_lines(batch, made)
        made.save()
        update_rows(batch, OF_ROW)
        self.registered = known
        return {"written_new": len(firsts), "written_changed": len(batch)}

    @staticmethod
    def _is_stranger(one):
        return one.person_id is None or one.choice == Choice.ANOTHER

    def _refuse_gone(self, batch):
        """Moved away since the look, or a child for whom nobody approved."""
        people = {one.person_id: one.person for one in batch}
        visible = set(
            Person.objects.visible_to(self.actor, "person.edit").filter(pk__in=people).values_list("pk", flat=True)
        )
        for one in batch:
            if one.person_id not in visible or not minors.may_see(self.actor, one.person):
                raise Taken(one.number, _("这个人的资料在检查之后被修改过。"))

    def _write_lines(self, batch, made):
        lines = [self._line(one) for one in batch]
        AidLine.objects.bulk_create(lines)
        for one, line in zip(batch, lines, strict=True):
            one.aid, one.is_written = line, True
            worth = line.worth_yuan
            made.tell(
                "aid_line_told", line.person, form=line.get_form_display(), unit=str(line.organization),
                amount="" if worth is None else money.show(worth), day=line.given_on.isoformat(),
            )  # fmt: skip
        for person in {line.person_id: line.person for line in lines if line.program_id}.values():
            renew_sheets(person)

    def _line(self, one):
        said = told_by(one.private["values"])
        said["program"] = self.programs.get(said["program"])
        line = AidLine(
            person=one.person, organization=self.row.organization, proposed_by=self.actor, changed_by=self.actor,
            is_told=True, proposed_at=self.now, changed_at=self.now,
        )  # fmt: skip
        try:
            return told_aid.put(line, said)
        except Refusal as refusal:
            raise Taken(one.number, str(refusal.message)) from None


class AidEraser(Eraser):
    """Strikes the entries out; whom the import registered for them goes, unless somebody worked on them since."""

    OWN = (AidLine,)

    def take_back(self, batch):
        registered = [one.person_id for one in batch if one.is_created]
        rows = self.row.rows.filter(is_written=True).select_related("aid__person", "person")
        theirs = {
            one.pk: one for one in (*rows.filter(person__in=registered), *rows.filter(pk__in=[b.pk for b in batch]))
        }
        stays = set(told_aid.void_all(self.actor, [one.aid for one in theirs.values() if one.aid], _("撤销导入")))
        kept = {line.person_id for line in stays}
        self._forget([one for one in batch if one.is_created and one.person_id not in kept])
        return [one.number for one in batch if one.aid_id in {line.pk for line in stays}]

    def _forget(self, batch):
        people = Person.objects.select_for_update(of=("self",)).filter(pk__in=[one.person_id for one in batch])
        people = {person.pk: person for person in people}
        touched = self._touched(batch, people) if batch else set()
        mine = ImportRow.objects.filter(people_import=self.row).exclude(aid=None).values("aid")
        touched |= set(AidLine.objects.filter(person__in=people).exclude(pk__in=mine).values_list("person", flat=True))
        gone = [person for key, person in people.items() if key not in touched]
        with pgtrigger.ignore("referrals.AidLine:kept"):
            ImportRow.objects.filter(aid__person__in=gone).update(aid=None)
            AidLine.objects.filter(person__in=gone).delete()
        self._erase(gone)


def join_tables():
    """Tables of help go the road of tables of people (called once, when the app is ready)."""
    READ_BY[ImportKind.AID] = (AidReader, AidComparer)
    WRITTEN_BY[ImportKind.AID] = AidWriter
    ERASED_BY[ImportKind.AID] = AidEraser
