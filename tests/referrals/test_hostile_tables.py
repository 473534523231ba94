"""Tables that mean harm, or are no tables: each is refused in words, none of them writes or hangs anything."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from members.access import Refusal
from referrals.actions import imports as actions
from referrals.models import PeopleImport
from tests.make.units import a_number
from tests.referrals.tables import HEADINGS, csv, row, upload, workbook


def parts_of(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts, name="名单.xlsx"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    return SimpleUploadedFile(name, content.getvalue())


def changed(part, make, file=None):
    parts = parts_of(file or workbook([row()]))
    parts[part] = make(parts.get(part, b""))
    return packed(parts)


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "a bomb": lambda: changed("xl/media/zeros.xml", lambda _old: b"0" * 60_000_000),
    "a macro": lambda: changed("xl/vbaProject.bin", lambda _old: b"program"),
    "another type": lambda: SimpleUploadedFile("名单.xlsx", b"%PDF-1.7\n%%EOF"),
    "a program": lambda: SimpleUploadedFile("名单.xlsx", b"MZ\x90\x00\x03"),
    "a document": lambda: packed({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
    "half a file": lambda: SimpleUploadedFile("名单.xlsx", workbook([row()]).read()[:900]),
    "nothing": lambda: SimpleUploadedFile("名单.xlsx", b""),
    "a table with NUL": lambda: csv("姓名,身份证号\n张\0三,1\n"),
    "a path that climbs": lambda: changed("../../etc/passwd", lambda _old: b"x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_table_is_not_taken_in(cast, name):
    with pytest.raises(Refusal):
        upload(cast.bureau_officer, HOSTILE[name]())
    assert not PeopleImport.objects.exists()


def checked_in_words(cast, file):
    """Taken in, and refused when it is looked through."""
    people_import = upload(cast.bureau_officer, file)
    with pytest.raises(Refusal) as caught:
        actions.check(cast.bureau_officer, people_import)
    people_import.refresh_from_db()
    assert people_import.state == "unread"
    assert not people_import.rows.exists()
    return str(caught.value)


def test_ten_million_empty_rows_are_refused_unread(cast):
    tail = b'<row r="10000000"><c r="A10000000" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    file = changed(SHEET, lambda old: old.replace(b"</sheetData>", tail))
    assert "100,012 行" in checked_in_words(cast, file) or "行" in checked_in_words(cast, file)


def test_two_thousand_columns_are_refused(cast):
    file = workbook([[*row(), *["x"] * 2000]], [*HEADINGS, *[f"列{n}" for n in range(2000)]])
    assert "182 列" in checked_in_words(cast, file)


def test_more_rows_than_a_table_may_have_are_refused(cast, monkeypatch):
    monkeypatch.setattr("referrals.imports.MOST_ROWS", 20)
    assert "行" in checked_in_words(cast, csv("姓名,身份证号\n" + "张三,1\n" * 50))


def test_a_huge_cell_is_a_wrong_cell(cast):
    people_import = upload(cast.bureau_officer, workbook([row("张" * 30_000), row()]))
    people_import = actions.check(cast.bureau_officer, people_import)
    assert people_import.counts == {"wrong": 1, "new": 1}


def test_a_formula_is_not_reckoned_and_comes_back_as_text(cast):
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append(['=HYPERLINK("http://example.invalid","张三")', a_number(), "", ""])
    book.active.append(["=cmd|' /C calc'!A0", a_number(), "", "+1"])
    content = io.BytesIO()
    book.save(content)
    people_import = upload(cast.bureau_officer, SimpleUploadedFile("名单.xlsx", content.getvalue()))
    people_import = actions.check(cast.bureau_officer, people_import)
    assert people_import.counts == {"wrong": 2}


def test_marks_that_hide_or_turn_are_left_out_of_a_name(cast):
    people_import = upload(cast.bureau_officer, workbook([row("张\u202e三\u200b")]))
    people_import = actions.check(cast.bureau_officer, people_import)
    assert people_import.rows.get().private["values"]["name"] == "张三"


def test_a_table_without_rows_says_so(cast):
    assert "没有数据行" in checked_in_words(cast, workbook([]))
