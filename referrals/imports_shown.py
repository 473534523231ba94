"""Rows of a table as they are shown: who, and what would happen, in words; numbers masked."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.models import Area
from portal.lib import masks
from referrals import minors
from referrals.facts import from_stored, words_of
from referrals.import_columns import choices_of, every_column, title_of
from referrals.models import PeopleImport, Person
from referrals.models.imports import Choice, Verdict

_MASKED = {
    "number": masks.mask_number, "phone": masks.mask_phone, "second_phone": masks.mask_phone,
    "account": masks.mask_account,
}  # fmt: skip
_AREAS = ("residence", "registration")


@dataclass
class Shown:
    """One row."""

    row: object
    name: str
    number: str
    # What is wrong: (column in words, sentence)
    faults: list
    # What differs: (column in words, ours, theirs)
    differences: list
    choices: list
    # Of a line of help: what was given.
    says: str = ""


def count_waiting(staff):
    """Tables of the unit on which nobody has decided."""
    return PeopleImport.objects.visible_to(staff).waiting().count()


def lines_of(staff, rows):
    """As they are shown; the divisions they name are read at once. What is held of somebody is for those who may see
    them today: not for a colleague without an approval for a child, nor after the family has moved away."""
    ids = [row.person_id for row in rows if row.person_id]
    seen = Person.objects.visible_to(staff, "person.import").filter(minors.seen_by(staff), pk__in=ids)
    seen = set(seen.values_list("pk", flat=True)) if ids else set()
    codes = {
        value for row in rows for key, *pair in row.private.get("differences", []) if key in _AREAS for value in pair
    }
    areas = dict(Area.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [_line(row, areas, row.person_id is None or row.person_id in seen) for row in rows]


def _line(row, areas, tells):
    values = row.private.get("values", {})
    name = str(values.get("name", ""))
    return Shown(
        row=row,
        name=name if tells else masks.mask_name(name),
        number=masks.mask_number(str(values.get("number", ""))) if values.get("number") else "",
        faults=[(_title(key), message) for key, message in row.private.get("faults", [])],
        differences=[
            (_title(key), _words(key, ours, areas), _words(key, theirs, areas))
            for key, ours, theirs in (row.private.get("differences", []) if tells else ())
        ],
        choices=_choices(row) if tells else [],
        says=_given(values),
    )


def _given(values):
    """资金 500.00 2026-01-15: the help of one row, in a few words."""
    names = ("aid.form", "aid.amount", "aid.value", "aid.hours", "aid.given_on")
    return " ".join(_words(name, values[name], {}) for name in names if values.get(name))


def _choices(row):
    if row.verdict != Verdict.CONFLICT:
        return []
    if "aid.form" in row.private.get("values", {}):
        return [(Choice.OURS, _("就是这个人")), (Choice.ANOTHER, Choice.ANOTHER.label)]
    first = [(Choice.OURS, _("保留系统，只补空缺")), (Choice.THEIRS, _("以文件为准"))]
    return [*first, (Choice.ANOTHER, Choice.ANOTHER.label)] if row.is_alike else first


def _title(key):
    return title_of(every_column()[key]) if key in every_column() else ""


def _words(key, value, areas):
    if value in ("", None, []):
        return _("空")
    if key in _AREAS:
        return areas.get(value, value)
    if key in _MASKED:
        return _MASKED[key](str(value))
    column = every_column()[key]
    if column.fact:
        return words_of(column.fact, from_stored(column.fact, value))
    if column.choices:
        return dict(choices_of(column)).get(value, value)
    return str(value)
