"""Workbooks: what is written is read back the same by two readers, whatever the text; what is sent is read safely."""

import datetime
import io
import os
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from portal.lib import tables, xlsx
from portal.lib.xlsx import Column, Mark, Sheet, read_rows, write, write_marked

COLUMNS = [
    Column("单号"),
    Column("人数", "number"),
    Column("金额", "money"),
    Column("日期", "date"),
    Column("时间", "instant"),
]
CHINA = datetime.timezone(datetime.timedelta(hours=8))
NOON = datetime.datetime(2026, 11, 20, 12, 30, tzinfo=CHINA)
ROW = ("ZJ-2026-000001", 3, Decimal("1234.50"), datetime.date(2026, 11, 20), NOON)


def written(*sheets):
    target = io.BytesIO()
    write(target, list(sheets))
    target.seek(0)
    return target


def by_openpyxl(book, sheet=0):
    return list(openpyxl.load_workbook(book).worksheets[sheet].iter_rows(values_only=True))


def by_calamine(book, sheet=0):
    book.seek(0)
    return CalamineWorkbook.from_filelike(book).get_sheet_by_index(sheet).to_python()


def test_values_come_back_with_their_types():
    book = written(Sheet("转介", COLUMNS, [ROW]))
    naive = NOON.replace(tzinfo=None)
    row = by_openpyxl(book)[1]
    assert row == ("ZJ-2026-000001", 3, 1234.5, datetime.datetime(2026, 11, 20), naive)
    assert by_calamine(book)[1] == ["ZJ-2026-000001", 3.0, 1234.5, datetime.date(2026, 11, 20), naive]


def test_the_header_is_frozen_bold_and_repeated_in_print():
    page = openpyxl.load_workbook(written(Sheet("转介", COLUMNS, [ROW] * 3))).active
    assert [cell.value for cell in page[1]] == ["单号", "人数", "金额", "日期", "时间"]
    assert all(cell.font.bold for cell in page[1])
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A2", "A1:E4", "$1:$1")
    assert (page["C2"].number_format, page["A4"].number_format) == ("#,##0.00", "@")


def test_lines_above_the_header():
    book = written(Sheet("台账", COLUMNS[:1], [("一",), ("二",)], preface=("转介台账", "2026 年 11 月")))
    assert [row[0] for row in by_openpyxl(book)] == ["转介台账", "2026 年 11 月", "单号", "一", "二"]
    assert openpyxl.load_workbook(book).active.auto_filter.ref == "A3:A5"


def test_empty_values_and_an_empty_sheet():
    nothing = (None,) * 5
    assert by_openpyxl(written(Sheet("a", COLUMNS, [nothing, ROW])))[1] == nothing
    assert by_openpyxl(written(Sheet("a", COLUMNS, []))) == [("单号", "人数", "金额", "日期", "时间")]
    assert by_openpyxl(written(Sheet("a", [Column("n", "number"), Column("t")], [(0, ""), (0, 0)])))[1:] == [
        (0, None),
        (0, "0"),
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://x","y")', "+86", "-1", "@SUM(A1)", "\tx", "999999199001011234", "007", "<b>&amp;"],
)
def test_text_stays_text(text):
    book = written(Sheet("a", [Column("t")], [(text,)]))
    cell = openpyxl.load_workbook(book).active["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    assert by_calamine(book)[1][0] in {text, text.strip()}


@given(st.lists(st.text(max_size=60), min_size=20, max_size=60))
@settings(max_examples=8)
def test_any_text_comes_back_but_for_control_characters(texts):
    book = written(Sheet("a", [Column("t"), Column("u")], [("=" + text, "end") for text in texts]))
    expected = [("=" + xlsx._FORBIDDEN.sub("", text), "end") for text in texts]
    assert by_openpyxl(book)[1:] == expected


def test_what_would_break_a_book_is_left_out_or_refused():
    numbers = [Column("n", "decimal")]
    book = written(Sheet("a", numbers, [(Decimal("NaN"),), (float("inf"),), (1,)]))
    assert by_openpyxl(book)[1:] == [(None,), (None,), (1,)]
    with pytest.raises(TypeError):
        written(Sheet("a", numbers, [("<v>",)]))
    with pytest.raises(ValueError, match="unpack"):
        written(Sheet("a", numbers, [(1, 2)]))
    long = by_openpyxl(written(Sheet("a", [Column("t")], [("长" * 40_000,)])))[1][0]
    assert len(long) == 32_767


def test_days_before_excel_knows_days_are_text():
    days = [datetime.date(1899, 1, 1), datetime.date(1900, 2, 28), datetime.date(1900, 3, 1)]
    rows = by_openpyxl(written(Sheet("a", [Column("d", "date")], [(day,) for day in days])))
    assert [row[0] for row in rows[1:]] == ["1899-01-01", "1900-02-28", datetime.datetime(1900, 3, 1)]


def test_names_of_sheets_are_made_fit():
    book = written(
        *(Sheet(title, [Column("t")], []) for title in ["转介", "转介", "a/b:c?", "", "长" * 40, "ZJ", "zj"])
    )
    names = openpyxl.load_workbook(book).sheetnames
    assert names == ["转介", "转介 (2)", "a b c", "Sheet", "长" * 31, "ZJ", "zj (2)"]


def test_a_long_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 1001)
    monkeypatch.setattr(xlsx, "ROWS_A_PIECE", 300)
    sheets = [
        Sheet("长", [Column("n", "number")], ((n,) for n in range(2500))),
        Sheet("满", [Column("n", "number")], ((n,) for n in range(1000))),
        Sheet("短", [Column("n", "number")], ((n,) for n in range(3))),
    ]
    book = written(*sheets)
    assert openpyxl.load_workbook(book).sheetnames == ["长", "长 (2)", "长 (3)", "满", "短"]
    parts = [by_calamine(book, number) for number in range(5)]
    assert [len(rows) - 1 for rows in parts] == [1000, 1000, 500, 1000, 3]
    assert [rows[0] for rows in parts] == [["n"]] * 5
    assert [row[0] for rows in parts[:3] for row in rows[1:]] == list(range(2500))


def test_a_sheet_that_grows_too_heavy_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(xlsx, "BYTES_A_SHEET", 100_000)
    book = written(Sheet("重", [Column("t")], (("字" * 100,) for _ in range(3000))))
    parts = [len(by_calamine(book, number)) - 1 for number in range(len(openpyxl.load_workbook(book).sheetnames))]
    assert len(parts) > 3
    assert sum(parts) == 3000


def test_rows_are_fetched_as_they_are_written():
    """Nothing is held back: when row 5000 is asked for, thousands have been written."""
    target, sizes = io.BytesIO(), []

    def rows():
        for n in range(6000):
            sizes.append(target.tell())
            yield (f"{n}" * 20,)

    write(target, [Sheet("a", [Column("t")], rows())])
    assert sizes[5000] > 10_000


def test_two_writers_agree():
    """Beside openpyxl's own writer: equal values, read by the same reader."""
    rows = [(f"=第{n}行 <&>", n, Decimal(n) / 4, datetime.date(2026, 1, 1) + datetime.timedelta(n)) for n in range(50)]
    peer = openpyxl.Workbook()
    for row in rows:
        peer.active.append(row)
        peer.active.cell(peer.active.max_row, 1).data_type = "s"
    content = io.BytesIO()
    peer.save(content)
    assert by_openpyxl(written(Sheet("a", COLUMNS[:4], rows)))[1:] == by_openpyxl(content)


# -- reading ----------------------------------------------------------------------------------------------------------
def refused(content, **options):
    with pytest.raises(ValidationError) as caught:
        read_rows(io.BytesIO(content), **options)
    assert caught.value.messages[0]
    return caught.value.code


def test_what_we_write_we_read():
    rows = read_rows(written(Sheet("转介", COLUMNS, [ROW])))
    assert rows[0] == ["单号", "人数", "金额", "日期", "时间"]
    assert rows[1][:4] == ["ZJ-2026-000001", 3.0, 1234.5, datetime.date(2026, 11, 20)]


def test_rows_are_counted_as_on_the_sheet():
    book = openpyxl.Workbook()
    book.active["C3"] = "x"
    content = io.BytesIO()
    book.save(content)
    assert read_rows(content) == [["", "", ""], ["", "", ""], ["", "", "x"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_tables_of_text_in_every_usual_form(encoding, delimiter):
    text = f'姓名{delimiter}金额\r\n"某{delimiter}人"{delimiter}1\r\n'
    assert read_rows(io.BytesIO(text.encode(encoding))) == [["姓名", "金额"], [f"某{delimiter}人", "1"]]


def far(reference, attribute="r="):
    return zipped({"xl/worksheets/sheet1.xml": f'<sheetData><row r="1"><c {attribute}"{reference}"><v>1</v></c></row>'})


def zipped(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", **members}.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (far("XFD1048576"), "too_many"),
        (far("A1048576"), "too_many"),
        (far("A30000"), "too_many"),
        (far("GA1"), "too_many"),
        (far("XFD1048576", "r = "), "too_many"),
        (zipped({"xl/worksheets/sheet1.xml": "0" * 900_000 + far("A9999999").hex()}), "broken"),
        (zipped({}), "broken"),
        (b"PK\x03\x04 broken", "zip"),
        (b"\xff\x00\x81", "encoding"),
        (b"a,b\n\0,c", "encoding"),
        (b'a,"' + b"x" * 40_000, "broken"),
        (b"\n" * 20_001, "too_many"),
        (b"," * 200, "too_many"),
    ],
    ids=range(13),
)
def test_what_would_harm_the_reader_is_refused(content, code):
    assert refused(content) == code


def test_a_far_cell_is_seen_across_the_seam_of_two_pieces():
    cell, padding = '<c r="XFD1048576"/>', os.urandom(1024**2 // 2).hex()
    for shift in (0, 1, 9, len(cell) - 1):
        content = padding[: 1024**2 - shift] + cell
        assert refused(zipped({"xl/worksheets/sheet1.xml": content})) == "too_many"


def test_the_number_of_rows_is_held_exactly():
    book = written(Sheet("a", [Column("n", "number")], ((n,) for n in range(50))))
    assert len(read_rows(book, max_rows=51)) == 51
    assert refused(book.getvalue(), max_rows=50) == "too_many"


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (3.5, "3.5"), (" x ", "x"), (None, ""), (True, "True")])
def test_cells_as_text(value, text):
    assert xlsx.as_text(value) == text


def test_a_number_that_lost_its_last_digits_is_refused():
    with pytest.raises(ValidationError, match="文本"):
        xlsx.as_text(9.99999199001011e17)


# -- CSV and marks ----------------------------------------------------------------------------------------------------
def test_text_in_a_csv_is_no_formula_and_numbers_stay_numbers():
    target = io.BytesIO()
    count = tables.write_csv(target, ["内容", "数"], [("=1+1", -5), ("@x", Decimal("-1.50")), ("-", None), ("好", 1)])
    text = target.getvalue().decode("utf-8-sig")
    assert count == 4
    assert text.splitlines() == ["内容,数", "'=1+1,-5", "'@x,-1.50", "'-,", "好,1"]


def test_a_person_gets_the_own_book_back_with_marks():
    original = openpyxl.Workbook()
    original.active.append(["姓名", "证件号码"])
    original.active.append(["某人", "123"])
    original.active["A1"].font = openpyxl.styles.Font(bold=True)
    content, target = io.BytesIO(), io.BytesIO()
    original.save(content)
    write_marked(content, [Mark(2, 2, "应为 18 位"), Mark(2, 2, "=校验不通过"), Mark(3, 0, "缺一行")], target)
    page = openpyxl.load_workbook(target).active
    assert page["B2"].comment.text == "应为 18 位\n=校验不通过"
    assert page["B2"].fill.fgColor.rgb == "00FBE9E7"
    assert page["C2"].value == "应为 18 位；=校验不通过"
    assert (page["A3"].comment.text, page["A1"].font.bold, page["A2"].comment) == ("缺一行", True, None)


def test_a_csv_comes_back_as_a_marked_workbook():
    target = io.BytesIO()
    write_marked(io.BytesIO("姓名,数\n=某人,1".encode("gb18030")), [Mark(2, 1, "不对")], target)
    page = openpyxl.load_workbook(target).active
    assert (page["A2"].value, page["A2"].data_type, page["A2"].comment.text) == ("=某人", "s", "不对")
