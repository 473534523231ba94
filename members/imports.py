"""Reading the tables that people hand in. What is read is text; what it means, actions decide."""

import csv
import io
import zipfile

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from python_calamine import CalamineError, CalamineWorkbook

from members.access import Refusal

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ROWS = 20_000
_MARK = PatternFill("solid", fgColor="FBE9E7")


def read_table(content, headings):
    """[(row number in the file, [text, …])] below the heading row, in the order of `headings`.

    Empty rows are left out. Raises a Refusal when the file is no table or a heading is missing.
    """
    if len(content) > MAX_BYTES:
        raise Refusal(_("文件超过 5 MB，请按县（市、区）分成几个文件导入。"), field="file")
    lines = _sheet_lines(content) if content[:2] == b"PK" else _csv_lines(content)
    place, columns = _find_headings(lines, headings)
    found = []
    for number, line in enumerate(lines[place + 1 :], start=place + 2):
        values = [_text(line[column]) if column < len(line) else "" for column in columns]
        if any(values):
            found.append((number, values))
    if not found:
        raise Refusal(_("文件里没有数据行。"), field="file")
    if len(found) > MAX_ROWS:
        raise Refusal(_("超过 %(limit)s 行，请分成几个文件导入。") % {"limit": MAX_ROWS}, field="file")
    return found


def marked(content, errors):
    """The person's own workbook back, the rows with errors tinted and the reason beside them. A CSV becomes a sheet."""
    if content[:2] == b"PK":
        book = load_workbook(io.BytesIO(content))
        sheet = book.worksheets[0]
    else:
        book = Workbook()
        sheet = book.active
        for line in _csv_lines(content):
            sheet.append([])
            for column, value in enumerate(line, start=1):
                _write(sheet.cell(sheet._current_row, column), value)
    last = sheet.max_column + 1
    for number, reason in errors.items():
        for cell in sheet[number]:
            cell.fill = _MARK
        _write(sheet.cell(number, last), reason).font = Font(color="B3261E")
    return _bytes(book)


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


def _sheet_lines(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise Refusal(_("文件展开后过大，不能读取。"), field="file")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError):
        raise Refusal(_("这个文件读不出表格，请用 Excel 另存为 xlsx 再上传。"), field="file") from None


def _csv_lines(content):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal(_("这个文件不是文本表格，请用模板填写。"), field="file")
    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error:
        raise Refusal(_("这个文件读不出表格，请用模板填写。"), field="file") from None


def _find_headings(lines, headings):
    """The heading row is among the first ten; a note may stand above it."""
    for place, line in enumerate(lines[:10]):
        names = [_text(value) for value in line]
        if all(heading in names for heading in headings):
            return place, [names.index(heading) for heading in headings]
    raise Refusal(_("没有找到表头：%(headings)s。请用模板填写。") % {"headings": "、".join(headings)}, field="file")


def _text(value):
    """A number keeps its digits: Excel makes 230302001000 of a code unless the column is text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "\ufffd").strip()
