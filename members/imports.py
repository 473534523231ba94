"""Tables that people hand in, by their headings. What the rows mean, actions decide."""

import io

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from members.access import Refusal
from portal.lib.tables import Mark, as_text, read_rows, write_marked

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000


def read_table(content, headings):
    """[(row number in the file, [text, …])] below the heading row, in the order of `headings`.

    Empty rows are left out. Raises a Refusal when the file is no table or a heading is missing.
    """
    if len(content) > MAX_BYTES:
        raise Refusal(_("文件超过 5 MB，请按县（市、区）分成几个文件导入。"), field="file")
    try:
        # A note may stand above the heading, and the heading is a row too.
        lines = read_rows(io.BytesIO(content), max_rows=MAX_ROWS + 10)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="file") from error
    place, columns = _find_headings(lines, headings)
    found = []
    for number, line in enumerate(lines[place + 1 :], start=place + 2):
        values = [_text(line[column]) if column < len(line) else "" for column in columns]
        if any(values):
            found.append((number, values))
    if not found:
        raise Refusal(_("文件里没有数据行。"), field="file")
    return found


def marked(content, errors):
    """The person's own workbook back, with a mark on each wrong row and the reason beside it: {row: reason}."""
    target = io.BytesIO()
    write_marked(io.BytesIO(content), [Mark(number, 0, reason) for number, reason in errors.items()], target)
    return target.getvalue()


def template(headings, examples, widths):
    """An empty workbook to fill in: headings, and examples that show the form."""
    book = Workbook()
    sheet = book.active
    sheet.freeze_panes = "A2"
    for row, line in enumerate([headings, *examples], start=1):
        for column, value in enumerate(line, start=1):
            cell = _write(sheet.cell(row, column), value)
            cell.font = Font(bold=row == 1)
    for letter, width in zip("ABCDEFGH", widths, strict=False):
        sheet.column_dimensions[letter].width = width
        for row in range(1, 500):
            sheet[f"{letter}{row}"].number_format = "@"
    return _bytes(book)


def _write(cell, value):
    """Text stays text, a formula too."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _bytes(book):
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _find_headings(lines, headings):
    """The heading row is among the first ten; a note may stand above it."""
    for place, line in enumerate(lines[:10]):
        names = [_text(value) for value in line]
        if all(heading in names for heading in headings):
            return place, [names.index(heading) for heading in headings]
    raise Refusal(_("没有找到表头：%(headings)s。请用模板填写。") % {"headings": _("、").join(headings)}, field="file")


def _text(value):
    """A number keeps its digits: Excel makes 230302001000 of a code unless the column is text."""
    try:
        return as_text(value).replace("\x00", "\ufffd")
    except ValidationError:
        return str(value)
