"""A long table back to whoever sent it, with color on the wrong cells and the words at the end of the row.

portal.lib.tables.write_marked holds a book whole and puts comments into it; that is for short ones. Here the sheet
flows by once: rows without a mark pass as the bytes they are, a marked row gets another style on its cells and one
cell more, every other part of the book is copied. Memory does not grow with the rows.
"""

import re
import zipfile
from itertools import groupby
from operator import attrgetter
from typing import BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _g
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import column_index_from_string, get_column_letter

from portal.lib import tables

STYLES = "xl/styles.xml"
PIECE = 1024**2
# A row, or what stands before the rows, is shorter than this; a book in which it is not is written anew.
LONGEST_ROW = 16 * 1024**2
LARGEST_PART = 16 * 1024**2
COMPRESSION = 1
REPORT_EVERY = 2000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FILL = (
    b'<%(p)bfill><%(p)bpatternFill patternType="solid"><%(p)bfgColor rgb="FFFBE9E7"/></%(p)bpatternFill></%(p)bfill>'
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)""")


class Unusual(ValueError):
    """A book of another make than this can mend in passing."""


def write_marked(original, marks, beside: int, target: BinaryIO, report=lambda done: None, max_rows=tables.MAX_ROWS):
    """`marks()` yields tables.Mark in the order of their rows, all of the first sheet; `beside` is the first column
    that is free for words. `report` is told every now and then how many rows have passed.

    A CSV, and a book that cannot be mended in passing, comes back as a plain book with the same values.
    """
    original.seek(0)
    book = _book(original)
    try:
        if book is None:
            raise Unusual("no book")
        _mend(book, marks(), beside, target, report)
    except Unusual:
        target.seek(0)
        target.truncate()
        _write_plain(tables.walk(original, max_rows=max_rows), marks(), beside, target, report)


def _mend(book, marks, beside, target, report):
    with book.archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as into:
        for name in book.archive.namelist():
            if name not in (book.sheet, STYLES):
                _copy(book.archive, into, name)
        with book.archive.open(book.sheet) as part, into.open(book.sheet, "w", force_zip64=True) as marked:
            for piece in _Sheet(part, marks, beside, book.styles, report).pieces():
                marked.write(piece)
        into.writestr(STYLES, book.styles.as_xml())


# -- The book around the sheet ----------------------------------------------------------------------------------------
class _Book:
    def __init__(self, archive, sheet, styles):
        self.archive, self.sheet, self.styles = archive, sheet, styles


def _book(original):
    """The book, or None where it is to be written anew."""
    try:
        archive = zipfile.ZipFile(original)
    except zipfile.BadZipFile:
        return None
    try:
        sheet = _first_sheet(archive)
        with archive.open(sheet) as part:
            _Sheet(part).head()
        return _Book(archive, sheet, Styles(_small(archive, STYLES)))
    except (Unusual, KeyError, ElementTree.ParseError, zipfile.BadZipFile):
        return None


def _first_sheet(archive):
    workbook = ElementTree.fromstring(_small(archive, "xl/workbook.xml"))  # noqa: S314 - small, and no DOCTYPE
    relations = ElementTree.fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))  # noqa: S314
    first = next((found for found in workbook.iter() if found.tag.endswith("}sheet")), None)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    target = targets.get(first.get(_RELATION) if first is not None else None)
    if not target:
        raise Unusual("no first sheet")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _small(archive, name):
    if archive.getinfo(name).file_size > LARGEST_PART:
        raise Unusual(name)
    content = archive.read(name)
    _demand_plain(content[:PIECE])
    return content


def _demand_plain(start):
    """Bytes are put between bytes: both must be UTF-8, and mean what they say."""
    declared = _ENCODING.search(start[:200])
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (declared and declared[1].lower() != b"utf-8"):
        raise Unusual("not UTF-8")
    if b"<!DOCTYPE" in start:
        raise Unusual("a document type")


def _copy(archive, into, name):
    with archive.open(name) as part, into.open(name, "w", force_zip64=True) as copied:
        while piece := part.read(PIECE):
            copied.write(piece)


class Styles:
    """The styles of a book, and for each that a wrong cell has the same one with our color."""

    def __init__(self, content):
        self.content = content
        self.fills, self.formats = self._list(b"fills"), self._list(b"cellXfs")
        prefix = self.formats[1]
        self.known = re.findall(rb"<%bxf\b[^>]*?(?:/>|>.*?</%bxf>)" % (prefix, prefix), self.formats[3], re.DOTALL)
        if not self.known:
            raise Unusual("no formats")
        self.fill = len(re.findall(rb"<%bfill\b" % self.fills[1], self.fills[3]))
        self.marked = {}

    def _list(self, name):
        found = re.search(rb"<((?:\w+:)?)%b\b([^>]*[^>/]|)>(.*?)</\1%b>" % (name, name), self.content, re.DOTALL)
        if found is None:
            raise Unusual(name)
        return found

    def marked_as(self, style: int) -> int:
        style = style if style < len(self.known) else 0
        return self.marked.setdefault(style, len(self.known) + len(self.marked))

    def as_xml(self):
        prefix = self.formats[1]
        extra = b"".join(self._colored(self.known[style], prefix) for style in self.marked)
        formats = self._longer(self.formats, b"cellXfs", extra, len(self.known) + len(self.marked))
        fills = self._longer(self.fills, b"fills", _FILL % {b"p": self.fills[1]}, self.fill + 1)
        parts = sorted([(self.fills, fills), (self.formats, formats)], key=lambda pair: pair[0].start())
        written, end = b"", 0
        for found, new in parts:
            written += self.content[end : found.start()] + new
            end = found.end()
        return written + self.content[end:]

    def _colored(self, known, prefix):
        head, rest = re.match(rb"<%bxf\b([^>]*?)(/?>.*)" % prefix, known, re.DOTALL).groups()
        head = re.sub(rb'\s(?:fillId|applyFill)\s*=\s*["\'][^"\']*["\']', b"", head)
        return b'<%bxf%b fillId="%d" applyFill="1"%b' % (prefix, head, self.fill, rest)

    @staticmethod
    def _longer(found, name, extra, count):
        attributes = re.sub(rb'count\s*=\s*["\']\d+["\']', b'count="%d"' % count, found[2])
        return b"<%b%b%b>%b%b</%b%b>" % (found[1], name, attributes, found[3], extra, found[1], name)


# -- The sheet --------------------------------------------------------------------------------------------------------
class _Sheet:
    """The XML of one sheet, piece by piece, with its marks."""

    def __init__(self, part, marks=(), beside=1, styles=None, report=None):
        self.part, self.beside, self.styles, self.report = part, beside, styles, report
        self.marks = groupby(marks, attrgetter("row"))
        self.waiting = next(self.marks, None)
        self.buffer, self.number = b"", 0

    def head(self):
        """What stands before the rows, as it is; leaves the rest in the buffer."""
        while True:
            found = re.search(rb"<((?:\w+:)?)sheetData\b[^>]*>", self.buffer)
            if found:
                break
            if len(self.buffer) > LONGEST_ROW or not self._more():
                raise Unusual("no rows")
        head, self.buffer = self.buffer[: found.end()], self.buffer[found.end() :]
        _demand_plain(head)
        if found[0].endswith(b"/>"):
            raise Unusual("no rows")
        self.prefix = found[1]
        self.row = re.compile(rb"<%brow\b([^>]*?)(?:/>|>(.*?)</%brow>)" % (found[1], found[1]), re.DOTALL)
        self.cell = re.compile(rb"<%bc\b([^>]*?)(?:/>|>(.*?)</%bc>)" % (found[1], found[1]), re.DOTALL)
        # How far the cells reach has changed; nobody has to be told.
        return re.sub(rb"<(?:\w+:)?dimension\b[^>]*/>", b"", head)

    def pieces(self):
        yield self.head()
        end = b"</%bsheetData>" % self.prefix
        while True:
            place = 0
            for found in self.row.finditer(self.buffer):
                yield self.buffer[place : found.start()]
                yield from self._row(found)
                place = found.end()
            self.buffer = self.buffer[place:]
            if end in self.buffer:
                break
            if len(self.buffer) > LONGEST_ROW or not self._more():
                raise Unusual("a row without end")
        yield from self._rows_before(float("inf"))
        yield self.buffer
        while piece := self.part.read(PIECE):
            yield piece

    def _more(self):
        piece = self.part.read(PIECE)
        self.buffer += piece
        return bool(piece)

    def _row(self, found):
        told = re.search(rb'\br\s*=\s*["\'](\d+)', found[1])
        self.number = int(told[1]) if told else self.number + 1
        yield from self._rows_before(self.number)
        if self.waiting and self.waiting[0] == self.number:
            yield self._marked(found[1], found[2] or b"")
        else:
            yield found[0]
        if self.report and self.number % REPORT_EVERY == 0:
            self.report(self.number)

    def _rows_before(self, number):
        """Rows that have a mark, but do not stand on the sheet."""
        while self.waiting and self.waiting[0] < number:
            yield self._marked(b' r="%d"' % self.waiting[0], b"")

    def _marked(self, attributes, body):
        number, marks = self.waiting
        columns, words = set(), []
        for mark in marks:
            columns.add(max(mark.column, 1))
            words.append(mark.message)
        self.waiting = next(self.marks, None)
        cells = dict(self._cells(body))
        for column in columns:
            cells[column] = self._colored(cells.get(column), number, column)
        cells[self.beside] = self._words(number, words)
        attributes = re.sub(rb'\sspans\s*=\s*["\'][^"\']*["\']', b"", attributes)
        together = b"".join(cells[column] for column in sorted(cells))
        return b"<%brow%b>%b</%brow>" % (self.prefix, attributes, together, self.prefix)

    def _cells(self, body):
        column = 0
        for found in self.cell.finditer(body):
            told = re.search(rb'\br\s*=\s*["\']([A-Z]{1,3})', found[1])
            column = column_index_from_string(told[1].decode()) if told else column + 1
            yield column, found[0]

    def _colored(self, cell, number, column):
        if cell is None:
            return self._start(number, column, self.styles.marked_as(0)) + b"/>"
        head, rest = re.match(rb"<%bc\b([^>]*?)(/?>.*)" % self.prefix, cell, re.DOTALL).groups()
        told = re.search(rb'\bs\s*=\s*["\'](\d+)["\']', head)
        style = b' s="%d"' % self.styles.marked_as(int(told[1]) if told else 0)
        head = re.sub(rb'\s\bs\s*=\s*["\']\d+["\']', b"", head)
        return b"<%bc%b%b%b" % (self.prefix, head, style, rest)

    def _words(self, number, words):
        text = escape(_CONTROL.sub("", _g("；").join(words))).encode()
        inner = b'<%(p)bis><%(p)bt xml:space="preserve">%(text)b</%(p)bt></%(p)bis></%(p)bc>'
        start = self._start(number, self.beside, self.styles.marked_as(0))
        return start + b' t="inlineStr">' + inner % {b"p": self.prefix, b"text": text}

    def _start(self, number, column, style):
        return b'<%bc r="%b%d" s="%d"' % (self.prefix, get_column_letter(column).encode(), number, style)


# -- A plain book -----------------------------------------------------------------------------------------------------
def _write_plain(rows, marks, beside, target, report):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    groups = groupby(marks, attrgetter("row"))
    waiting, last = next(groups, None), 0
    for number, row in rows:
        while last < number - 1:
            last += 1
            sheet.append([])
        cells = [_plain(sheet, value) for value in row]
        while waiting and waiting[0] < number:
            waiting = next(groups, None)
        if waiting and waiting[0] == number:
            _mark_plain(sheet, cells, list(waiting[1]), beside)
            waiting = next(groups, None)
        sheet.append(cells)
        last = number
        if number % REPORT_EVERY == 0:
            report(number)
    book.save(target)


def _plain(sheet, value):
    cell = WriteOnlyCell(sheet, tables.without_controls(value))
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _mark_plain(sheet, cells, marks, beside):
    cells += [_plain(sheet, "") for _ in range(beside - 1 - len(cells))]
    for mark in marks:
        cells[max(mark.column, 1) - 1].fill = tables.WRONG
    words = _plain(sheet, _g("；").join(mark.message for mark in marks))
    words.fill = tables.WRONG
    cells.append(words)
