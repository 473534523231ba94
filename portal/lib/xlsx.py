"""Workbooks of any length in flat memory.

openpyxl makes the book: styles, widths, frozen header, print set-up, and one sample row. The rows are then written
straight into the sheet's XML by a function that is compiled for its columns, some ten times faster than openpyxl's own
writer. What begins with = + - @ is text and stays text; numbers of documents and accounts are text; dates are dates.

    columns = [Column(_("单号")), Column(_("金额"), "money"), Column(_("签收日期"), "date")]
    write(target, [Sheet(_("转介"), columns, rows)])

Reading is in portal.lib.tables, because it takes CSV as well.
"""

import datetime
import io
import itertools
import math
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from portal.lib.tables import Mark, as_text, read_rows, write_marked

__all__ = ["Column", "Mark", "Sheet", "as_text", "dated", "download", "read_rows", "write", "write_marked"]

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_SHEET = 1_048_576
# Excel takes no sheet beyond 2 GiB without a warning; the next sheet begins before.
BYTES_A_SHEET = 2_000_000_000
ROWS_A_PIECE = 500
# The quickest: a higher one takes longer than all the rest together.
COMPRESSION = 1
LONGEST_TEXT = 32_767
# Serial days count from here; before March 1900 they are off by one, so older days are written as text.
FIRST_DAY = datetime.date(1899, 12, 30).toordinal()
OLDEST_SERIAL = 61
MIDNIGHT = datetime.datetime(1899, 12, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))

FORMATS = {
    "text": "@",
    "number": "0",
    "decimal": "#,##0.00",
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm",
}
WIDTHS = {"text": 18, "number": 10, "decimal": 12, "money": 14, "date": 12, "instant": 17}
_SAMPLES = {
    "text": "x",
    "number": 1,
    "decimal": 1,
    "money": 1,
    "date": datetime.date(2026, 1, 1),
    "instant": datetime.datetime(2026, 1, 1),
}

# Not allowed in XML, or to be escaped there, or not a number: one search over a whole row finds if any of them occurs.
_SPECIAL = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|[Nn]a[Nn]|[Ii]nf")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """kind: text, number (whole), decimal, money, date or instant. Values are of that type, or None."""

    title: str
    kind: str = "text"
    width: float | None = None


@dataclass
class Sheet:
    """`rows` are tuples in the order of the columns, from anything that yields. `preface` stands above the header."""

    title: str
    columns: list[Column]
    rows: Iterable[tuple]
    preface: tuple = ()
    # How many rows each part got: a long sheet goes on in "… (2)".
    parts: list[int] = field(default_factory=list, init=False)

    @property
    def header_row(self):
        return len(self.preface) + 1


def write(target: BinaryIO, sheets: list[Sheet]) -> int:
    """Write a book; returns the number of rows. `target` need not be seekable, nor hold the book in memory."""
    template = _Template(sheets)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        numbers = itertools.count(1)
        for sheet, *frame in template.parts():
            has_more = True
            while has_more:
                has_more = _write_part(archive, f"xl/worksheets/sheet{next(numbers)}.xml", sheet, frame)
        for name, content in _Template(sheets).members():
            archive.writestr(name, content)
    return sum(sum(sheet.parts) for sheet in sheets)


def download(content, name):
    """A finished book, for the person's disk."""
    return HttpResponse(content, CONTENT_TYPE, headers={"Content-Disposition": content_disposition_header(True, name)})


def dated(name):
    """Named after what it holds and the day."""
    return f"{name}-{timezone.localdate().isoformat()}.xlsx"


def _write_part(archive, name, sheet, frame) -> bool:
    """One sheet of the book; True when the rows go on in another."""
    head, tail, styles = frame
    as_xml = compile_row(sheet.columns, styles)
    sheet.rows = rows = iter(sheet.rows)
    first = number = sheet.header_row + 1
    written = len(head)
    with archive.open(name, "w") as part:
        part.write(head)
        while (room := ROWS_A_SHEET + 1 - number) > 0 and written < BYTES_A_SHEET:
            batch = list(itertools.islice(rows, min(ROWS_A_PIECE, room)))
            if not batch:
                break
            piece = "".join(map(as_xml, itertools.count(number), batch)).encode()
            part.write(piece)
            number, written = number + len(batch), written + len(piece)
        part.write(tail.replace(_reference(sheet, 1).encode(), _reference(sheet, number - first).encode()))
    sheet.parts.append(number - first)
    return bool(batch) and _goes_on(sheet)


def _goes_on(sheet) -> bool:
    """Is there one more row? It is put back in front."""
    following = list(itertools.islice(sheet.rows, 1))
    sheet.rows = itertools.chain(following, sheet.rows)
    return bool(following)


# -- the row function -------------------------------------------------------------------------------------------------
def compile_row(columns, styles):
    """A function (row number, values) -> XML of the row, written out for these columns.

    A cell costs one formatted string. Whether anything must be escaped is asked once for the whole row.
    """
    places = range(len(columns))
    values = ", ".join(f"v{n}" for n in places)
    checked = [f"v{n}" for n in places if columns[n].kind not in {"date", "instant"}]
    lines = [
        "def as_xml(r, values):",
        f"    {values}, = values",
        f"    together = f'{''.join(f'{{{name}}}' for name in checked)}'",
        f"    if search(together) or len(together) > {LONGEST_TEXT}:",
        *(f"        {name} = clean({name})" for name in checked),
        "        pass",
        *(f"    c{n} = {_cell(f'v{n}', columns[n].kind, get_column_letter(n + 1), styles[n])}" for n in places),
        f"    return f'<row r=\"{{r}}\">{''.join(f'{{c{n}}}' for n in places)}</row>'",
    ]
    found = {"search": _SPECIAL.search, "clean": _clean, "MIDNIGHT": MIDNIGHT}
    exec(compile("\n".join(lines), "<row>", "exec"), found)  # noqa: S102 - of kinds, letters and numbers only
    return found["as_xml"]


def _cell(name, kind, letter, style):
    """The expression of one cell. Numbers are added to 0: text among them is an error here, not a broken book."""
    start = f'<c r="{letter}{{r}}" s="{style}"'
    text = f"f'{start} t=\"inlineStr\"><is><t>{{{name}}}</t></is></c>'"
    if kind == "text":
        return f"{text} if {name} or {name} == 0 else ''"
    if kind == "date":
        serial = f"f'{start}><v>{{n}}</v></c>'"
        shown = f"({serial} if (n := {name}.toordinal() - {FIRST_DAY}) >= {OLDEST_SERIAL} else {text})"
    elif kind == "instant":
        shown = f"f'{start}><v>{{({name} - MIDNIGHT).total_seconds() / 86400:.10f}}</v></c>'"
    else:
        shown = f"f'{start}><v>{{{name} + 0}}</v></c>'"
    return f"{shown} if {name} is not None else ''"


def _clean(value):
    """The slow way, for the few rows that need it: escaped, without control characters, not too long; finite."""
    if value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return value if math.isfinite(value) else None
    text = _FORBIDDEN.sub("", str(value))[:LONGEST_TEXT]
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


# -- the book around the rows -----------------------------------------------------------------------------------------
class _Template:
    """The book without its rows, as openpyxl makes it. Made twice: the number of sheets is known only at the end, and
    the same columns give the same style numbers both times."""

    def __init__(self, sheets):
        self.sheets = sheets
        book = Workbook()
        book.remove(book.active)
        book.properties.creator = "portal"
        for sheet in sheets:
            for part, rows in enumerate(sheet.parts or [1], 1):
                _dress(book.create_sheet(_title(sheet.title, part, book.sheetnames)), sheet, rows)
        content = io.BytesIO()
        book.save(content)
        self.archive = zipfile.ZipFile(content)

    def parts(self):
        """(sheet, XML before the rows, XML after them, style number of each column)."""
        for number, sheet in enumerate(self.sheets, 1):
            xml = self.archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            xml = re.sub(r"<dimension [^>]*/>", "", xml)
            head, sample = xml.split(f'<row r="{sheet.header_row + 1}"', 1)
            row, tail = sample.split("</row>", 1)
            yield sheet, head.encode(), tail.encode(), re.findall(r'<c r="[A-Z]+\d+" s="(\d+)"', row)

    def members(self):
        for name in self.archive.namelist():
            if not name.startswith("xl/worksheets/"):
                yield name, self.archive.read(name)


_HEADER = {
    "font": Font(bold=True),
    "fill": PatternFill("solid", fgColor="E6F1F6"),
    "border": Border(bottom=Side("thin", color="9FB0BF")),
    "alignment": Alignment(vertical="center", wrap_text=True),
}


def _dress(page, sheet, rows):
    """Header, widths, formats, and how it prints: landscape, as wide as the paper, header on every page."""
    for line in sheet.preface:
        page.append([str(line)])
        page.cell(page.max_row, 1).font = Font(bold=True, size=14 if page.max_row == 1 else 11)
    for number, column in enumerate(sheet.columns, 1):
        cell = page.cell(sheet.header_row, number, str(column.title))
        cell.data_type = "s"
        for name, value in _HEADER.items():
            setattr(cell, name, value)
        page.column_dimensions[get_column_letter(number)].width = column.width or WIDTHS[column.kind]
        sample = page.cell(sheet.header_row + 1, number, _SAMPLES[column.kind])
        sample.number_format = FORMATS[column.kind]
        sample.alignment = Alignment(vertical="top")
    page.freeze_panes = f"A{sheet.header_row + 1}"
    page.auto_filter.ref = _reference(sheet, rows)
    page.print_title_rows = f"{sheet.header_row}:{sheet.header_row}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.oddFooter.center.text = "&P / &N"


def _reference(sheet, rows):
    """The range of header and rows, as the filter wants it."""
    return f"A{sheet.header_row}:{get_column_letter(len(sheet.columns))}{sheet.header_row + rows}"


def _title(title, part, taken):
    """At most 31 characters, none of those that Excel refuses, no name twice."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", str(title)).strip("' ") or "Sheet"
    used = {name.lower() for name in taken}
    endings = itertools.chain([""] if part == 1 else [], (f" ({number})" for number in itertools.count(max(part, 2))))
    return next(name for ending in endings if (name := plain[: 31 - len(ending)] + ending).lower() not in used)
