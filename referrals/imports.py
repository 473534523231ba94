"""A table of people, row by row: what each says, whom it means, and what it would change. Nothing is written here.

Rows go through in batches, so that a hundred thousand of them need no more memory than five hundred.
"""

import contextlib
import itertools
import json
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter

from members import relations
from members.access import Refusal
from members.kinds import BUREAU_KINDS
from portal.lib import cells, identity, tables, telephones, uploads
from portal.lib.encrypted_fields import BlindIndexField
from programs.facts import WrongFacts
from referrals import minors
from referrals.facts import VOCABULARY, from_stored, to_stored
from referrals.import_columns import columns, every_column, guess, title_of
from referrals.import_places import Places
from referrals.import_templates import is_sample
from referrals.kinds import FOREIGN_KINDS, FamilyRelation, IdentityKind
from referrals.models import HeadingMemory, ImportRow, Person, PersonCategory, PersonFact
from referrals.models.imports import Verdict
from referrals.models.people import PRIVATE

MOST_ROWS = 100_000
# A note and the headings may stand above the rows.
HEADING_AMONG = 12
BATCH = 500
# A row counts as the headings when so many of them are known.
FEWEST_KNOWN = 2
# What of a record a row may fill or contradict.
OF_PERSON = (
    "name", "identity_kind", "number", "birth_date", "gender", "residence", "registration", "died_on", "phone",
    "second_phone", "address", "account_holder", "bank", "account", "health_note", "remark",
)  # fmt: skip
AREAS = ("residence", "registration")
_PHONES = ("phone", "second_phone")


# -- The file ---------------------------------------------------------------------------------------------------------
@dataclass
class Sheet:
    """The table of a file: its headings, and the rows still to come as (number, {column: cell}, {column: place})."""

    header_row: int
    headings: list
    columns: list
    rows: object


@contextlib.contextmanager
def open_sheet(people_import):
    """The table as it lies in the store. Raises a Refusal where it is none."""
    with uploads.open_stored(people_import.file_key) as content:
        if people_import.file_kind == "ndjson":
            yield _lines(content, people_import.kind)
            return
        try:
            lines = tables.walk(content, max_rows=MOST_ROWS + HEADING_AMONG)
        except ValidationError as error:
            raise Refusal(" ".join(error.messages)) from error
        yield _sheet(people_import, lines)


def _sheet(people_import, lines):
    first = list(itertools.islice(lines, HEADING_AMONG))
    if not first:
        raise Refusal(_("文件里没有内容。"))
    remembered = remembered_by(people_import.source or people_import.organization)
    place = _place_of_headings(first, remembered, people_import)
    number, headings = first[place]
    headings = [_heading(value) for value in headings]
    names = people_import.columns
    if len(names) != len(headings) or people_import.headings != headings:
        names = guess(headings, remembered, people_import.kind)
    rows = itertools.chain(first[place + 1 :], lines)
    mapped = [(column, key) for column, key in enumerate(names) if key]
    return Sheet(number, headings, names, ((n, _cells(mapped, row)) for n, row in rows))


def _cells(mapped, row):
    return {key: row[column] for column, key in mapped if column < len(row) and row[column] != ""}


def _place_of_headings(lines, remembered, people_import):
    """The line among the first with most known headings; a note may stand above it."""
    if people_import.header_row:
        found = [place for place, (number, _line) in enumerate(lines) if number == people_import.header_row]
        if found:
            return found[0]
    kind = people_import.kind
    known = [sum(1 for key in guess([_heading(v) for v in line], remembered, kind) if key) for _number, line in lines]
    best = max(range(len(lines)), key=lambda place: (known[place], -place))
    if known[best] >= FEWEST_KNOWN:
        return best
    return next((place for place, (_n, line) in enumerate(lines) if sum(value != "" for value in line) > 1), 0)


def _heading(value):
    try:
        return tables.as_text(value)[:60]
    except ValidationError:
        return ""


def remembered_by(organization):
    """{heading: column} as somebody of the unit has said it before."""
    return dict(HeadingMemory.objects.filter(organization=organization).values_list("heading", "column"))


def _lines(content, kind):
    """What came in by the API: an object a line, with our own names."""
    names = list(columns(kind))

    def rows():
        for number, line in enumerate(content, start=1):
            yield number, {key: value for key, value in json.loads(line).items() if value not in (None, "", [])}

    return Sheet(0, names, names, rows())


# -- A row ------------------------------------------------------------------------------------------------------------
@dataclass
class Line:
    """One row as it was read."""

    number: int
    values: dict = field(default_factory=dict)
    # [[column, sentence]]
    faults: list = field(default_factory=list)
    household: str = ""

    def wrong(self, column, message):
        self.faults.append([column, str(message)])


class Reader:
    """Reads the rows of one import. It remembers the head above, and which numbers stood in the file already."""

    # Without these a row says nothing: column -> what is written where it is empty.
    WANTED = {"name": gettext_lazy("缺姓名。")}

    def __init__(self, people_import, has_households):
        self.places = Places(people_import.organization.area)
        self.is_official = people_import.organization.kind in BUREAU_KINDS
        self.as_of = people_import.as_of
        self.today = timezone.localdate()
        self.has_households = has_households
        self.seen, self.heads = {}, {}
        self.head_above = ""

    def read(self, number, said):
        line = Line(number)
        if is_sample(said):
            line.wrong("name", _("这是模板里的示例行，请删去。"))
            return line
        for key, value in said.items():
            self._cell(line, key, value)
        for key, words in self.WANTED.items():
            if not line.values.get(key) and not _has_fault(line, key):
                line.wrong(key, str(words))
        self._identity(line)
        self._places(line)
        self._told(line)
        return line

    def _told(self, line):
        """What a row says beyond who it is of."""
        self._category(line)
        self._days(line)
        self._facts(line)
        self._household(line)

    def _cell(self, line, key, value):
        column = every_column()[key]
        if isinstance(value, list):
            value = "、".join(map(str, value))
        try:
            found = column.read(value)
            if found and key in _PHONES:
                found = str(telephones.read(found))
        except ValidationError as error:
            line.wrong(key, error.messages[0])
            return
        if found not in (None, "", []):
            line.values[key] = found

    def _identity(self, line):
        values = line.values
        kind, number = values.get("identity_kind", ""), values.get("number", "")
        if _has_fault(line, "number") or _has_fault(line, "identity_kind"):
            return
        if not number:
            if kind != IdentityKind.NONE:
                line.wrong("number", _("缺证件号码；没有证件的，证件类型填“无证件”。"))
            return
        try:
            read = identity.read(number, kind, self.today)
        except ValidationError as error:
            line.wrong("number", error.messages[0])
            return
        values["identity_kind"], values["number"] = str(read.kind), read.number
        self._derived(line, "birth_date", str(read.birth_date or ""), _("与证件号码里的出生日期不一致。"))
        self._derived(line, "gender", str(read.gender), _("与证件号码里的性别不一致。"))
        self._once(line, read.number)

    def _once(self, line, number):
        """In a list of people everybody stands once."""
        before = self.seen.setdefault(number, line.number)
        if before != line.number:
            line.wrong("number", _("与第 %(number)s 行的证件号码相同。") % {"number": before})

    @staticmethod
    def _derived(line, key, told, words):
        if told and line.values.get(key, told) != told:
            line.wrong(key, words)
        elif told:
            line.values[key] = told

    def _places(self, line):
        for key in AREAS:
            text = line.values.pop(key, "")
            area = self.places.find(text) if text else None
            if text and area is None:
                line.wrong(
                    key, _("不认识这个区划，或者有几个同名的；请填 12 位区划代码：%(text)s") % {"text": text[:30]}
                )
            elif area is not None:
                line.values[key] = area.code
        residence = line.values.get("residence")
        if residence and self.is_official and not self.places.is_near(self.places.by_code(residence)):
            line.wrong("residence", _("居住地不在本单位的辖区里，请交给当地民政部门登记。"))

    def _category(self, line):
        values = line.values
        if "category" not in values:
            return
        since = values.setdefault("category_since", str(self.as_of))
        if since > str(self.today):
            line.wrong("category_since", _("认定日期晚于今天。"))
        if values.get("category_until", since) < since:
            line.wrong("category_until", _("有效期止早于认定日期。"))

    def _days(self, line):
        values = line.values
        if (born := values.get("birth_date", "")) > str(self.today):
            line.wrong("birth_date", _("出生日期晚于今天。"))
        died = values.get("died_on")
        if died and (died > str(self.today) or died < born):
            line.wrong("died_on", _("死亡日期晚于今天，或者早于出生日期。"))
        if (account := values.get("account")) and not account.replace(" ", "").isdecimal():
            line.wrong("account", _("银行账号只能是数字。"))

    def _facts(self, line):
        for key in [key for key in line.values if key.startswith("fact.")]:
            name = key.removeprefix("fact.")
            try:
                line.values[key] = to_stored(VOCABULARY.read({name: from_stored(name, line.values[key])})[name])
            except WrongFacts as wrong:
                line.wrong(key, wrong.faults[0].message)

    def _household(self, line):
        """Whom a row lives with: by the number it gives, or under the head above it."""
        values = line.values
        key, relation = identity.normalize(values.pop("household", "")), values.get("relation", "")
        is_head = relation == FamilyRelation.HEAD
        if self.has_households:
            key = key or (values.get("number", "") if is_head else "")
        elif is_head:
            key = self.head_above = values.get("number", "") or f"row {line.number}"
        elif relation:
            key = self.head_above
        if relation and not is_head and not key:
            line.wrong("relation", _("不知道是哪一户：请填户编号或户主的证件号码。"))
        if is_head and key:
            before = self.heads.setdefault(key, line.number)
            if before != line.number:
                line.wrong("relation", _("一户只能有一名户主，第 %(number)s 行已经是。") % {"number": before})
        line.household = key


def _has_fault(line, key):
    return any(column == key for column, _message in line.faults)


# -- Against what is there --------------------------------------------------------------------------------------------
class Comparer:
    """Whom the rows mean, and how what they say differs from the record. One instance for one import."""

    def __init__(self, people_import, staff):
        self.people_import, self.staff = people_import, staff
        self.organization = people_import.organization
        self.places = Places(self.organization.area)
        self.kin = set(relations.declared_numbers(staff))
        standing = Person.objects.filter(merged_into=None)
        is_official = self.organization.kind in BUREAU_KINDS
        self.side = standing.filter(is_official=True) if is_official else standing.filter(keeper=self.organization)

    def compare(self, lines):
        """Rows to be kept, for a batch of lines."""
        by_number, by_name = self._found(lines)
        found = {person.pk: person for person in (*by_number.values(), *by_name.values())}
        visible = set(
            Person.objects.visible_to(self.staff, "person.edit").filter(pk__in=[0, *found]).values_list("pk", flat=True)
        )
        known = known_of(found)
        return [self._row(line, by_number, by_name, visible, known) for line in lines]

    def _found(self, lines):
        """{line number: person} by the number of a document, and by name, birth and county where that finds nobody."""
        indexes = {}
        for line in lines:
            if number := line.values.get("number"):
                indexes |= dict.fromkeys(indexes_of(number), line.number)
        people = self.side.filter(number_index__in=list(indexes)).select_related("residence", "registration")
        by_number = {indexes[bytes(person.number_index)]: person for person in people}
        return by_number, self._alike([line for line in lines if line.number not in by_number])

    def _alike(self, lines):
        asked = {}
        for line in lines:
            values = line.values
            if values.get("name") and values.get("birth_date") and not line.faults:
                asked.setdefault((values["name"], values["birth_date"], self._county(values)), line)
        people = self.side.filter(
            name__in={name for name, _born, _county in asked}, birth_date__in={born for _name, born, _county in asked}
        ).select_related("residence", "registration")
        found = {}
        for person in people if asked else ():
            line = asked.get((person.name, str(person.birth_date), person.county))
            # Two numbers are two people.
            if line and not (person.number and line.values.get("number")):
                found.setdefault(line.number, person)
        return found

    def _county(self, values):
        area = self.residence_of(values)
        return area.county or area.code

    def residence_of(self, values):
        return self.places.by_code(values.get("residence") or self.organization.area.code)

    def _row(self, line, by_number, by_name, visible, known):
        person = by_number.get(line.number) or by_name.get(line.number)
        row = ImportRow(
            people_import=self.people_import, number=line.number, household_index=index_of(line.household),
            private={"values": line.values, "faults": line.faults},
        )  # fmt: skip
        if line.faults:
            row.verdict = Verdict.WRONG
        elif line.values.get("number") in self.kin:
            self._hold(row, _("您申报过与此人的关系，请交由同事办理。"))
        elif person is None:
            row.verdict = Verdict.NEW
        elif person.pk not in visible:
            self._hold(row, _("其他单位已登记。"))
        elif not minors.may_see(self.staff, person):
            self._hold(row, _("已登记的未成年人，须先申请查看未成年人个案才能比对。"))
        else:
            self._differs(row, line, person, line.number in by_name, known)
        return row

    @staticmethod
    def _hold(row, reason):
        row.verdict = Verdict.HELD
        row.private = {**row.private, "faults": [["", reason]]}

    def _differs(self, row, line, person, is_alike, known):
        differences = differences_of(person, line.values, known, self.places)
        row.person, row.version, row.is_alike = person, person.version, is_alike
        row.private = {**row.private, "differences": differences}
        if is_alike or any(ours not in ("", None, []) for _key, ours, _theirs in differences):
            row.verdict = Verdict.CONFLICT
        else:
            row.verdict = Verdict.CHANGED if differences else Verdict.SAME


def indexes_of(number):
    """Under which hashes a number may stand: one for each key of the ring."""
    return BlindIndexField.of(Person, "number_index", number)


def index_of(household):
    """Rows of one household share it; the number of a head's document hashes like the head's own record."""
    return indexes_of(household)[0] if household else None


def known_of(people):
    """({(person, fact): value}, {(person, category)}) of these people today."""
    facts = {
        (fact.person_id, fact.name): to_stored(fact.known)
        for fact in PersonFact.objects.standing().filter(person__in=list(people))
    }
    held = PersonCategory.objects.current().filter(person__in=list(people)).values_list("person_id", "category")
    return facts, set(held)


def differences_of(person, values, known, places):
    """[[column, ours, theirs]]: what the row would fill (ours is empty) or contradict."""
    facts, held = known
    found = []
    for key in OF_PERSON:
        if theirs := values.get(key):
            ours = _ours(person, key)
            if _differs(key, ours, theirs) and not (key in AREAS and ours and _holds(places, theirs, ours)):
                found.append([key, ours, theirs])
    for key, theirs in values.items():
        if key.startswith("fact."):
            ours = facts.get((person.pk, key.removeprefix("fact.")))
            if not _is_same(ours, theirs):
                found.append([key, "" if ours is None else ours, theirs])
    category = values.get("category")
    if category and (person.pk, category) not in held:
        found.append(["category", "", category])
    return found


def _differs(key, ours, theirs):
    """Brackets and spaces of another width are no difference."""
    if key in ("address", "remark", "health_note", "bank"):
        return cells.squeezed(str(ours)) != cells.squeezed(str(theirs))
    return ours != theirs


def _ours(person, key):
    if key in PRIVATE:
        return person.private.get(key, "")
    if key == "identity_kind" and person.identity_kind == IdentityKind.NONE:
        return ""
    value = getattr(person, key)
    return getattr(value, "code", None) or str(value or "")


def _holds(places, wide, narrow):
    """The file names the county, the record the village in it: no contradiction."""
    wide, narrow = places.by_code(wide), places.by_code(narrow)
    return wide.code in narrow.ancestor_codes


def _is_same(ours, theirs):
    if isinstance(ours, list) and isinstance(theirs, list):
        return set(ours) == set(theirs)
    return ours == theirs


def nationality_of(values):
    """A foreigner's is not told by these tables."""
    return "" if values.get("identity_kind") in FOREIGN_KINDS else "CN"


# -- The person's own workbook ----------------------------------------------------------------------------------------
def marks_of(people_import, rows):
    """Where on the sheet each fault stands, in words."""
    places = {key: number for number, key in enumerate(people_import.columns, start=1) if key}
    for row in rows:
        for key, message in row.private.get("faults", []):
            yield tables.Mark(row.number, places.get(key, 0), message)


def letters(people_import):
    """[(letter of the column, heading, which of ours in words)]"""
    pairs = zip(people_import.headings, people_import.columns, strict=False)
    words = dict(column_choices(people_import.kind))
    return [(get_column_letter(n), heading, words.get(key, "")) for n, (heading, key) in enumerate(pairs, start=1)]


def column_choices(kind=""):
    return [(key, title_of(column)) for key, column in columns(kind).items()]
