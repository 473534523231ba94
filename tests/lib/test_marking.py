"""Long tables come back marked: the person's own book, else unchanged, and read the same by two readers."""

import io
import re
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineWorkbook

from portal.lib.marking import write_marked
from portal.lib.tables import Mark

RED = "FFFBE9E7"


def a_book(rows=6):
    """Styles, a drop-down, a comment, a second sheet, a formula: what a person's own book may have."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "证件号码", "金额"])
    for number in range(2, rows + 1):
        sheet.append([f"第{number}人", f"99999{number}", number * 1.5])
    sheet["A1"].font, sheet["C3"].number_format = Font(bold=True), "#,##0.00"
    sheet["C5"], sheet["B4"] = "=SUM(C2:C4)", None
    sheet["A2"].comment = Comment("本人已核对", "甲")
    rule = DataValidation(type="list", formula1='"甲,乙"')
    rule.add("A2:A9")
    sheet.add_data_validation(rule)
    book.create_sheet("说明").append(["别动我"])
    content = io.BytesIO()
    book.save(content)
    return content


def marked(original, marks, beside=4, **options):
    target = io.BytesIO()
    write_marked(original, lambda: iter(marks), beside, target, **options)
    return target


def page_of(content):
    return openpyxl.load_workbook(content).worksheets[0]


def parts(content):
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(content, change):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in parts(content).items():
            archive.writestr(name, change(name, body))
    return target


MARKS = [Mark(3, 2, "应为 18 位"), Mark(3, 3, "<过大> & =1+1"), Mark(4, 2, "缺证件号码"), Mark(6, 0, "重复")]


def test_wrong_cells_have_the_color_and_the_words_stand_beside():
    page = page_of(marked(a_book(), MARKS))
    colored = {cell.coordinate for row in page.iter_rows() for cell in row if cell.fill.fgColor.rgb == RED}
    assert colored == {"B3", "C3", "D3", "B4", "D4", "A6", "D6"}
    assert [page[f"D{n}"].value for n in (3, 4, 6)] == ["应为 18 位；<过大> & =1+1", "缺证件号码", "重复"]
    assert page["D3"].data_type == "s"


def test_everything_else_is_as_it_was_sent():
    before, content = a_book(), marked(a_book(), MARKS)
    page = page_of(content)
    assert (page["C3"].number_format, page["A1"].font.bold, page["C5"].value) == ("#,##0.00", True, "=SUM(C2:C4)")
    assert (page["A2"].comment.text, page.data_validations.dataValidation[0].sqref) == ("本人已核对", "A2:A9")
    old, new = parts(before), parts(content)
    assert {name for name in old if old[name] != new[name]} == {"xl/worksheets/sheet1.xml", "xl/styles.xml"}
    content.seek(0)
    rows = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert rows[1] == ["第2人", "999992", 3.0, ""]
    assert rows[2] == ["第3人", "999993", 4.5, "应为 18 位；<过大> & =1+1"]


def test_a_row_that_is_not_there_is_marked_too():
    content = repacked(a_book(), lambda name, body: re.sub(rb'<row r="4".*?</row>', b"", body))
    page = page_of(marked(content, [Mark(4, 2, "缺"), Mark(40, 1, "也缺")]))
    assert (page["D4"].value, page["D40"].value, page["A5"].value) == ("缺", "也缺", "第5人")


def test_books_of_another_make_are_marked():
    """With a prefix before every name, without references, with spans."""

    def foreign(name, body):
        if name == "xl/worksheets/sheet1.xml":
            body = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", body).replace(b"xmlns=", b"xmlns:x=")
            body = re.sub(rb' r="[A-Z]+\d+"', b"", body).replace(b"<x:row ", b'<x:row spans="1:3" ')
        return body

    rows = [Mark(3, 3, "不对"), Mark(6, 1, "重复")]
    content = marked(repacked(a_book(), foreign), rows)
    assert b'<x:row r="3">' in parts(content)["xl/worksheets/sheet1.xml"]
    content.seek(0)
    found = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert [row[3] for row in found] == ["", "", "不对", "", "", "重复"]


@pytest.mark.parametrize(
    "change",
    [
        lambda name, body: b"" if name == "xl/styles.xml" else body,
        lambda name, body: body.replace(b"<sheetData>", b"<!DOCTYPE x><sheetData>"),
        lambda name, body: body.replace(b"</cellXfs>", b"") if name == "xl/styles.xml" else body,
    ],
    ids=["no styles", "a document type", "half of the styles"],
)
def test_a_book_that_cannot_be_mended_comes_back_plain(change, monkeypatch):
    content = repacked(a_book(), change)
    monkeypatch.setattr("portal.lib.tables.walk", lambda *_a, **_o: iter([(1, ["姓名", "数"]), (3, ["甲", 2.0])]))
    page = page_of(marked(content, [Mark(3, 2, "不对")], 3))
    assert (page["A3"].value, page["C3"].value, page["B3"].fill.fgColor.rgb) == ("甲", "不对", "00FBE9E7")


def test_a_csv_comes_back_as_a_book():
    text = "姓名,数\n=某人,1\n\n乙,2,多一格\n".encode("gb18030")
    page = page_of(marked(io.BytesIO(text), [Mark(2, 1, "不对"), Mark(4, 2, "太多")], 3))
    assert (page["A2"].value, page["A2"].data_type, page["C2"].value) == ("=某人", "s", "不对")
    assert [cell.value for cell in page[4]] == ["乙", "2", "多一格", "太多"]


def test_a_sheet_that_breaks_off_comes_back_plain_from_its_beginning():
    def broken(name, body):
        return body.replace(b"</sheetData>", b"") if name == "xl/worksheets/sheet1.xml" else body

    target = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.lib.tables.walk", lambda *_a, **_o: iter([(1, ["姓名"]), (2, ["甲"])]))
        write_marked(repacked(a_book(), broken), lambda: iter([Mark(2, 1, "不对")]), 2, target)
    assert [cell.value for cell in page_of(target)[2]] == ["甲", "不对"]


def test_it_tells_how_far_it_has_come():
    told = []
    marked(a_book(4100), [Mark(4000, 1, "重复")], report=told.append)
    assert told == [2000, 4000]
