"""What it costs to bring people in: a workbook of a hundred thousand rows, beside the bare parsing of its XML; and how
soon one that means harm is refused."""

import io
import zipfile
from functools import cache
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.bench.people import officer
from portal.bench.registry import benchmark
from portal.lib import marking, tables, uploads, xlsx
from portal.lib.identity import check_digit
from referrals.actions import imports as actions
from referrals.import_columns import columns, title_of
from referrals.models import ImportRow, PeopleImport

ROWS, FEW = 100_000, 10_000
KEYS = ("household", "relation", "name", "number", "phone", "address", "category", "remark")
WRONG_IN = 10
SHEET = "xl/worksheets/sheet1.xml"


def row_of(number):
    """A person of a household of three; every tenth has a number that is wrong."""
    digits = f"9{number % 99999:05d}19{50 + number % 49}0{1 + number % 9}1{number % 9}{number % 1000:03d}"
    end = check_digit(digits) if number % WRONG_IN else "?"
    relation = ("户主", "配偶", "子女")[number % 3]
    wide = (f"第{number}行第{column}项" for column in range(25 - len(KEYS)))
    return (
        str(number // 3), relation, f"演示{'东南西北'[number % 4]}{'春夏秋冬'[number % 5 % 4]}", digits + end, "",
        f"建设路{number % 300}号", "最低生活保障对象", "", *wide,
    )  # fmt: skip


@cache
def workbook(rows):
    """25 columns, eight of which are known."""
    titles = [title_of(columns()[key]) for key in KEYS] + [f"其他{n}" for n in range(25 - len(KEYS))]
    content = io.BytesIO()
    xlsx.write(content, [xlsx.Sheet("名单", [xlsx.Column(title) for title in titles], map(row_of, range(rows)))])
    return content.getvalue()


def walked(rows):
    def work(times):
        for _ in range(times):
            if sum(1 for _row in tables.walk(io.BytesIO(workbook(rows)), max_rows=rows + 12)) != rows + 1:
                raise RuntimeError("rows are missing")

    return work


def parsed(rows):
    def work(times):
        for _ in range(times):
            with zipfile.ZipFile(io.BytesIO(workbook(rows))) as archive, archive.open(SHEET) as sheet:
                expat.ParserCreate().ParseFile(sheet)

    return work


def looked_through(world, rows):
    """As the job does it: read, compared with everybody there is, kept row by row, and marked."""
    staff = officer(world.people)
    upload = SimpleUploadedFile("名单.xlsx", workbook(rows))
    people_import = actions.upload_people(staff, upload, {"kind": "survey"})

    def work(times):
        for _ in range(times):
            PeopleImport.objects.filter(pk=people_import.pk).update(state=PeopleImport.State.CHECKING)
            actions.check(staff, people_import)
        if ImportRow.objects.filter(people_import=people_import).count() != rows:
            raise RuntimeError("rows are missing")

    return work


@benchmark("reading a workbook of 100,000 rows", against="expat over its sheet, doing nothing", reach=2, is_long=True)
def reading(world):
    return walked(ROWS), parsed(ROWS)


@benchmark("looking through 100,000 rows of people", against="expat over their sheet", is_long=True)
def looking_through(world):
    return looked_through(world, ROWS), parsed(ROWS)


@benchmark("memory for 100,000 rows of people", against="for 10,000", unit="MB")
def memory(world):
    return looked_through(world, ROWS), looked_through(world, FEW)


@benchmark("marking what is wrong in 100,000 rows", against="expat over their sheet", is_long=True)
def marks(world):
    def work(times):
        for _ in range(times):
            wrong = (tables.Mark(row, 4, "证件号码的校验位不对") for row in range(2, ROWS, WRONG_IN))
            marking.write_marked(io.BytesIO(workbook(ROWS)), lambda wrong=wrong: wrong, 26, io.BytesIO())

    return work, parsed(ROWS)


@cache
def hostile():
    """Ten million empty rows, rows that say no number, and zeros without end."""
    rows = b"".join(b'<row r="%d"/>' % number for number in range(1, 10_000_001))
    silent = b"<row/>" * 10_000_000
    return [_with(SHEET, rows), _with(SHEET, silent), _with("xl/media/zeros.xml", b"0" * 190_000_000)]


def _with(name, body):
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(10))) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            sheet = old.read(part)
            if part == name:
                sheet = sheet.replace(b"</sheetData>", body + b"</sheetData>")
            new.writestr(part, sheet)
        if name not in old.namelist():
            new.writestr(name, body)
    return content.getvalue()


@benchmark("refusing ten million empty rows and bombs", against="taking in 10,000 honest rows", reach=1, is_long=True)
def refusing(world):
    def refuse(times):
        for _ in range(times):
            for content in hostile():
                _refused(content)

    def take(times):
        for _ in range(times):
            uploads.check(SimpleUploadedFile("名单.xlsx", workbook(FEW)), kinds=uploads.TABLES)
            walked(FEW)(1)

    return refuse, take


def _refused(content):
    try:
        uploads.check(SimpleUploadedFile("名单.xlsx", content), kinds=uploads.TABLES)
        for _row in tables.walk(io.BytesIO(content), max_rows=ROWS):
            pass
    except ValidationError:
        return
    raise RuntimeError("a hostile workbook was taken")
