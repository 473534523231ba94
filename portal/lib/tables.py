"""Tables that people send and fetch: reading workbooks and CSV safely, writing CSV, marking what is wrong in a book.

A workbook is measured before it is unpacked, and no cell may stand far outside: the reader makes a table as large as
the farthest cell says. Writing of workbooks is in portal.lib.xlsx.
"""

import codecs
import csv
import datetime
import io
import re
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from python_calamine import CalamineError, CalamineWorkbook

from portal.lib import uploads

MAX_ROWS = 20_000
MAX_COLUMNS = 182
# Of a book with several sheets, empty ones between two that are filled included: each becomes a cell of a list.
MAX_CELLS = 4_000_000
LONGEST_CELL = 32_767
# A number beyond this has lost digits when it was typed as a number.
EXACT = 1e15
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
WRONG = PatternFill("solid", fgColor="FBE9E7")


def read_rows(content, *, max_rows=MAX_ROWS, sheet=0) -> list[list]:
    """The rows of a workbook (one sheet of it) or of a CSV; ValidationError in plain words when they cannot be read.

    Row 1 of the sheet is the first of the list, so that errors can name rows as the person counts them. Values are
    text, numbers, dates; empty cells are "".
    """
    if not _is_zip(content):
        return read_csv(content, max_rows=max_rows)
    if uploads.kind_of(content) != "xlsx":
        raise _refused("kind", _("请上传 xlsx 或 CSV 文件。"))
    uploads.check_zip(content)
    _refuse_far_cells(content, max_rows)
    try:
        book = CalamineWorkbook.from_filelike(content)
        rows = book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, OSError, ValueError):
        raise _refused("broken", _("文件无法读取，可能已损坏，请用办公软件另存后再上传。")) from None
    return _within(rows, max_rows)


def walk(content, *, max_rows=MAX_ROWS, sheet=0):
    """The same rows one by one, for tables too long to be held as lists. What is wrong is said before the first row.

    Yields (number of the row as on the sheet, values), without the rows that are empty.
    """
    if not _is_zip(content):
        return _numbered(_walk_csv(content, max_rows))
    if uploads.kind_of(content) != "xlsx":
        raise _refused("kind", _("请上传 xlsx 或 CSV 文件。"))
    uploads.check_zip(content)
    _refuse_far_cells(content, max_rows)
    try:
        found = CalamineWorkbook.from_filelike(content).get_sheet_by_index(sheet)
        if found.total_height > max_rows or found.total_width > MAX_COLUMNS:
            raise _too_many(max_rows)
        # The reader leaves out empty columns on the left; here every value stands in its own.
        before = [""] * (found.start[1] if found.start else 0)
        return _numbered(before + row for row in found.iter_rows())
    except (CalamineError, IndexError, OSError, ValueError):
        raise _refused("broken", _("文件无法读取，可能已损坏，请用办公软件另存后再上传。")) from None


def _numbered(rows):
    return ((number, row) for number, row in enumerate(rows, start=1) if any(value != "" for value in row))


def read_book(content, *, max_rows=MAX_ROWS, max_cells=MAX_CELLS) -> dict[str, list[list]]:
    """Every sheet of a workbook by its title, as read_rows reads one."""
    if not _is_zip(content) or uploads.kind_of(content) != "xlsx":
        raise _refused("kind", _("请上传 xlsx 工作簿。"))
    uploads.check_zip(content)
    _refuse_far_cells(content, max_rows)
    found = {}
    try:
        book = CalamineWorkbook.from_filelike(content)
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            max_cells -= sheet.total_height * sheet.total_width
            if max_cells < 0:
                raise _too_many(max_rows)
            found[title] = _within(sheet.to_python(skip_empty_area=False), max_rows)
    except (CalamineError, IndexError, OSError, ValueError):
        raise _refused("broken", _("文件无法读取，可能已损坏，请用办公软件另存后再上传。")) from None
    return found


def read_csv(content, *, max_rows=MAX_ROWS) -> list[list]:
    """UTF-8 or GB 18030, commas, semicolons or tabs: as office programs here save it."""
    return list(_walk_csv(content, max_rows))


def as_text(value) -> str:
    """A cell as the person sees it. A long number that was typed as a number has lost its last digits: say so."""
    if isinstance(value, float):
        if abs(value) >= EXACT:
            message = _("长号码被存成了数字，末几位已丢失。请把该列设为“文本”后重新填写。")
            raise _refused("lost_digits", message)
        return str(int(value)) if value.is_integer() else str(value)
    return "" if value is None else str(value).strip()


def write_csv(target: BinaryIO, header, rows) -> int:
    """UTF-8 with the mark that makes Excel see it; text that looks like a formula gets an apostrophe in front."""
    writer_side = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(writer_side)
    writer.writerow(map(_harmless, header))
    count = 0
    for row in rows:
        writer.writerow(map(_harmless, row))
        count += 1
    writer_side.detach()
    return count


@dataclass(frozen=True)
class Mark:
    """What is wrong in a cell; row and column counted from 1, as on the sheet. Column 0 means the row as a whole.

    Without the title of a sheet it is the first.
    """

    row: int
    column: int
    message: str
    sheet: str = ""


def write_marked(original, marks: list[Mark], target: BinaryIO):
    """The table a person sent, with color and a comment on the wrong cells, and the words again at the row's end."""
    book = _book_of(original)
    beside = {sheet.title: min(sheet.max_column, MAX_COLUMNS) + 1 for sheet in book.worksheets}
    for mark in sorted(marks, key=lambda mark: (mark.row, mark.column)):
        sheet = book[mark.sheet] if mark.sheet in book.sheetnames else book.worksheets[0]
        cell = sheet.cell(mark.row, max(mark.column, 1))
        before = f"{cell.comment.text}\n" if cell.comment else ""
        cell.fill, cell.comment = WRONG, Comment(before + str(mark.message), _g("系统"), width=300)
        words = sheet.cell(mark.row, beside[sheet.title])
        words.value = f"{words.value}；{mark.message}" if words.value else str(mark.message)
        words.data_type, words.fill = "s", WRONG
    book.save(target)


# -- workbooks --------------------------------------------------------------------------------------------------------
def _is_zip(content):
    content.seek(0)
    head = content.read(4)
    content.seek(0)
    return head == b"PK\x03\x04"


def _refuse_far_cells(content, max_rows):
    """Look at the references as they stream by; nothing is kept."""
    too_far = _too_far(max_rows)
    with zipfile.ZipFile(content) as archive:
        for name in archive.namelist():
            if not re.fullmatch(r"xl/worksheets/[^/]+", name):
                continue
            with archive.open(name) as part:
                rest = b""
                while piece := part.read(1024**2):
                    if too_far.search(rest + piece):
                        raise _too_many(max_rows)
                    rest = piece[-40:]
    content.seek(0)


def _too_far(max_rows):
    """Of references like AB1234: a column beyond FZ (the 182nd), or a row with more or higher digits than allowed."""
    digits = str(max_rows)
    longer, leading = f"[0-9]{{{len(digits) + 1}}}", int(digits[0])
    row = longer if leading == 9 else f"(?:{longer}|[{leading + 1}-9][0-9]{{{len(digits) - 1}}})"
    return re.compile(rf"""\br\s*=\s*["'](?:[A-Z]{{3}}|[G-Z][A-Z]|[A-Z]{{0,2}}{row})""".encode())


def _within(rows, max_rows):
    if len(rows) > max_rows or any(len(row) > MAX_COLUMNS for row in rows):
        raise _too_many(max_rows)
    return rows


def _book_of(original):
    """The person's own book, or a plain one with the same rows where it is a CSV or openpyxl cannot take it."""
    rows = read_rows(original)
    original.seek(0)
    if _is_zip(original):
        try:
            return load_workbook(original, keep_links=False)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            original.seek(0)
    book = Workbook()
    for row in rows:
        book.active.append([without_controls(value) for value in row])
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    return book


def without_controls(value):
    """A value as a cell of a workbook may hold it."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value) if isinstance(value, str) else value


# -- CSV --------------------------------------------------------------------------------------------------------------
def _walk_csv(content, max_rows):
    """The rows one by one; they are gone through once before, so that what is wrong is said before the first."""
    content.seek(0)
    text = _decode(content.read(uploads.MAX_UNPACKED))
    delimiter = max(",\t;", key=text.partition("\n")[0].count)
    csv.field_size_limit(LONGEST_CELL)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            if number > max_rows or len(row) > MAX_COLUMNS:
                raise _too_many(max_rows)
    except csv.Error:
        raise _refused("broken", _("CSV 格式有误：可能少了引号，或某一格内容过长。")) from None
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _decode(content):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _refused("encoding", _("文件不是文本表格，请另存为 CSV（UTF-8）或 xlsx。"))


def _harmless(value):
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal | datetime.date):
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _too_many(max_rows):
    message = _("表格超出范围：最多 %(rows)s 行、%(columns)s 列。请删去多余的行列，或分成几个文件。")
    return _refused("too_many", message, rows=max_rows, columns=MAX_COLUMNS)


def _refused(code, message, **values):
    return ValidationError(message, code=code, params=values or None)
