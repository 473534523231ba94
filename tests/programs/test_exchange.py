"""Programs leave and come back: JSON and workbook, nothing lost, every fault with its sheet and row."""

import copy
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from members.models import AuditEntry
from programs import catalogue, definitions, exports, imports
from programs.facts import VOCABULARY
from programs.models import Program
from tests.make.catalogue import make_program
from tests.make.units import make_staff

ENTRIES = {entry["code"]: entry for entry in catalogue.written()["programs"]}


def workbook(entries):
    target = io.BytesIO()
    exports.write_workbook(target, entries, VOCABULARY)
    return target.getvalue()


def read(content):
    return imports.read_file(content, VOCABULARY)


def changed(content, sheet, row, heading, value):
    """The book as an office program would give it back, with one cell written over."""
    book = load_workbook(io.BytesIO(content))
    page = book[sheet]
    column = [cell.value for cell in page[1]].index(heading) + 1
    page.cell(row, column).value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("code", ENTRIES)
def test_a_workbook_brings_every_program_back_as_it_was(code):
    book = read(workbook([ENTRIES[code]]))
    assert book.faults == []
    assert book.programs == [ENTRIES[code]]


def test_the_fields_of_a_printed_form_come_back():
    entry = copy.deepcopy(ENTRIES["P01"])
    entry["papers"][0]["fields"] = ["患儿姓名", "主治医生"]
    assert read(workbook([entry])).programs == [entry]


@pytest.mark.parametrize("code", ENTRIES)
def test_no_program_needs_to_stand_as_json(code):
    book = load_workbook(io.BytesIO(workbook([ENTRIES[code]])))
    for sheet in book:
        last = [row[-1] for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert not [text for text in last if text], sheet.title


def test_sums_stand_in_the_workbook_as_people_write_them():
    book = load_workbook(io.BytesIO(workbook([ENTRIES["P06-1"]])))
    assert book["金额"]["D4"].value == "2500"
    assert book["材料"]["G2"].value == "1"


def test_all_of_them_in_one_book_and_in_one_json():
    entries = list(ENTRIES.values())
    assert read(workbook(entries)).programs == entries
    assert read(exports.to_json(entries).encode()).programs == entries


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.update(sponsor="", mystery={"deep": [1, None, Decimal("0.5")]}),
        lambda entry: entry.update(condition={"all": []}),
        lambda entry: entry.update(papers=[], steps=None, notes=["", " 空格 "]),
        lambda entry: entry.update(name="只有中文"),
        lambda entry: entry["benefit"].update(cap=Decimal("30000.50"), case_cap=None, rules=[]),
        lambda entry: entry["benefit"]["rules"].append({"id": "x", "pay": "nonsense"}),
        lambda entry: entry["papers"].append("nonsense"),
        lambda entry: entry["condition"]["all"].append({"fact": "no_such", "test": "eq", "value": {"a": 1}}),
        lambda entry: entry["condition"]["all"].append(
            {"not": {"fact": "birth_date", "test": "within_months", "value": 12, "why": "甲\n乙"}, "why": "=1+1"}
        ),
        lambda entry: entry.update(sponsor="长" * 33_000),
        lambda entry: entry.update(sponsor="甲\x01乙_x0041_\ufffe", unit=" 前后 "),
        lambda entry: entry["benefit"]["rules"][0].update(
            pay={"kind": "highest", "options": [{"when": {"fact": "enrolled", "test": "is_known", "why": "x"},
                 "amount": 5, "says": "甲"}], "otherwise": {"kind": "tiers", "fact": "gaokao_score",
                 "tiers": [{"low": 1, "high_open": False, "amount": 7}], "otherwise": {"kind": "nothing"}}}
        ),
    ],
)  # fmt: skip
def test_half_written_drafts_come_back_too(change):
    entry = copy.deepcopy(ENTRIES["P02"])
    change(entry)
    assert imports.read_file(workbook([entry]), VOCABULARY).programs == [entry]


def test_a_fault_is_named_by_sheet_and_row_and_marked_there():
    content = workbook([ENTRIES["P01"], ENTRIES["P02"]])
    content = changed(content, "材料", 9, "原件", "很多")
    content = changed(content, "条件", 2, "判断", "差不多")
    book = read(content)
    found = {(fault.sheet, fault.row, fault.program) for fault in book.faults}
    assert {("材料", 9, "P02"), ("条件", 2, "P01")} == found
    back = load_workbook(io.BytesIO(imports.marked(content, book.faults)))
    heading = [cell.value for cell in back["材料"][1]].index("原件") + 1
    assert "应当填数字" in back["材料"].cell(9, heading).comment.text
    assert [sheet.title for sheet in back][:3] == ["项目", "条件", "材料"]


def test_a_gap_between_tiers_is_named_at_its_row():
    (fault,) = read(changed(workbook([ENTRIES["P02"]]), "档次", 3, "下限", 12000)).faults
    assert (fault.sheet, fault.row) == ("档次", 3)
    assert "空档" in fault.message


def test_a_row_of_a_program_that_is_not_there_is_a_fault():
    content = changed(workbook([ENTRIES["P01"]]), "步骤", 2, "项目编号", "P77")
    assert ("步骤", 2) in {(fault.sheet, fault.row) for fault in read(content).faults}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSON"), (b"[]", "没有项目"), (b"{", "JSON"), (b"\xff\xfe\x00", "UTF-8"), (b"[1]", "应当是一个项目"),
        (b'{"programs": 5}', "应当是一个项目"), (b"[NaN]", "数字"), (b"[" * 5000, "套得太深"),
        (b"PK\x03\x04broken", "已损坏"), (b" " * (5 * 1024 * 1024 + 1), "5 MB"),
        (b'{"code": "P99", "quota": 1e999999999}', "数字"),
        (b'{"code": "P99", "quota": 1e99999999999999999999}', "数字"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_programs_is_refused_in_words(content, words):
    with pytest.raises(imports.Refusal, match=words):
        read(content)


def test_json_faults_name_program_and_place():
    entry = copy.deepcopy(ENTRIES["P02"]) | {"applicants": []}
    (fault,) = read(exports.to_json([entry]).encode()).faults
    assert (fault.program, fault.place) == ("P02", "applicants")
    assert fault.where == "P02.applicants"


@pytest.mark.parametrize(
    ("sheet", "heading", "text", "words"),
    [
        ("档次", "金额", "1e999999999", "数字"),
        ("项目", "其他", '{"quota": 1e999999999}', "其他"),
        ("条件", "层次", "1." + "9" * 5000, "层次"),
        ("条件", "层次", "1" + ".1" * 5000, "层次"),
        ("条件", "层次", "1.1", "层次"),
    ],
)  # fmt: skip
def test_a_cell_that_would_never_end_is_a_fault(sheet, heading, text, words):
    faults = read(changed(workbook([ENTRIES["P02"]]), sheet, 2, heading, text)).faults
    assert [fault for fault in faults if words in fault.message]


def test_a_book_of_empty_sheets_is_not_spread_out():
    book = Workbook()
    for number in range(30):
        book.create_sheet(f"表{number}").cell(20_000, 182).value = 1
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(imports.Refusal, match="表格超出范围"):
        read(target.getvalue())


def test_many_programs_are_counted_before_they_are_read():
    book = load_workbook(io.BytesIO(workbook([ENTRIES["P02"]])))
    row = [cell.value for cell in book["项目"][2]]
    for number in range(501):
        book["项目"].append([f"X{number}", *row[1:]])
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(imports.Refusal, match="500"):
        read(target.getvalue())


def test_a_program_that_is_too_long_is_not_judged():
    entry = copy.deepcopy(ENTRIES["P02"]) | {"notes": ["长" * 1900] * 200}
    assert "太长" in read(exports.to_json([entry]).encode()).faults[0].message


def test_two_programs_of_one_code_are_a_fault():
    book = read(definitions.canonical({"programs": [ENTRIES["P01"]] * 2}).encode())
    assert {fault.place for fault in book.faults} == {"code"}


# -- through the screens ----------------------------------------------------------------------------------------------
def upload(session, content, name="项目.xlsx"):
    return session.post("/programs/import/", {"file": SimpleUploadedFile(name, content)})


def test_what_is_exported_comes_back_as_the_same_and_changes_as_drafts(cast, browse):
    make_program(cast.charity, "P02")
    session = browse(cast.catalogue_admin)
    content = session.get("/programs/export/").content
    page = session.get(upload(session, content)["Location"]).content.decode()
    assert "与目录相同" in page
    assert "写成草稿" not in page
    content = changed(content, "档次", 2, "金额", 6000)
    preview = upload(session, content)["Location"]
    page = session.get(preview).content.decode()
    assert "6,000 元" in page
    assert Program.objects.get().versions.count() == 1
    assert session.post(f"{preview}apply/").status_code == 302
    draft = Program.objects.get().versions.get(state="draft")
    assert draft.definition["benefit"]["rules"][0]["pay"]["tiers"][0]["amount"] == 6000
    session.post(f"{preview}apply/")
    assert Program.objects.get().versions.count() == 2
    assert AuditEntry.objects.filter(action="program.import").count() == 1


def test_a_new_program_comes_with_its_container(cast, browse):
    session = browse(cast.catalogue_admin)
    entries = [ENTRIES["P06-1"], ENTRIES["P06"]]
    preview = upload(session, exports.to_json(entries).encode(), "a.json")["Location"]
    assert session.post(f"{preview}apply/").status_code == 302
    part = Program.objects.get(code="P06-1")
    assert (part.parent.code, part.organization, part.versions.get().state) == ("P06", cast.charity, "draft")
    assert session.get(f"{preview}marked/").status_code == 404


def test_one_wrong_program_keeps_all_of_them_out_and_the_book_comes_back_marked(cast, browse):
    session = browse(cast.catalogue_admin)
    content = changed(workbook([ENTRIES["P01"], ENTRIES["P02"]]), "材料", 3, "谁提交", "")
    preview = upload(session, content)["Location"]
    page = session.get(preview).content.decode()
    assert "“材料”第 3 行" in page
    session.post(f"{preview}apply/")
    assert not Program.objects.exists()
    back = load_workbook(io.BytesIO(session.get(f"{preview}marked/").content))
    assert any(cell.comment for cell in back["材料"][3])


def test_the_programs_of_another_unit_are_not_written_over(cast, browse):
    make_program(cast.other_charity, "P02")
    session = browse(cast.catalogue_admin)
    preview = upload(session, workbook([ENTRIES["P02"] | {"sponsor": "改"}]))["Location"]
    assert "您不能修改" in session.get(preview).content.decode()
    session.post(f"{preview}apply/")
    assert Program.objects.get().versions.count() == 1


def test_a_preview_belongs_to_whoever_handed_it_in(cast, browse):
    colleague = make_staff("目录乙", cast.charity, ["catalogue_admin"])
    preview = upload(browse(cast.catalogue_admin), workbook([ENTRIES["P01"]]))["Location"]
    assert browse(colleague).get(preview).status_code == 404


def test_drafts_do_not_leave_with_the_catalogue(cast, browse):
    make_program(cast.charity, "X1", state="draft")
    make_program(cast.charity, "P01", like="P01")
    for person in (cast.catalogue_admin, cast.bureau_officer):
        data = browse(person).get("/programs/export/?format=json").json()
        assert [entry["code"] for entry in data["programs"]] == ["P01"]
    assert browse(cast.bureau_officer).get("/programs/X1/export/").status_code == 404
    assert browse(cast.catalogue_admin).get("/programs/X1/export/?format=json").json()["programs"][0]["code"] == "X1"
    assert browse(cast.catalogue_admin).get("/programs/P01/export/?version=9").status_code == 404
