"""Handing in and deciding on screen, with a real worker behind it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from referrals.actions import imports as actions
from referrals.models import PeopleImport, Person
from tests.cast import Cast
from tests.make.people import make_import, make_import_row, make_person
from tests.make.units import a_number
from tests.referrals.tables import checked, row, workbook
from tests.worker import wait_until


@pytest.fixture
def officer(cast, browse):
    return browse(cast.bureau_officer)


def send(session, file, **values):
    values = {"kind": "survey", "as_of": "2026-01-01", **values}
    return session.post("/people/imports/upload/", {"file": file, **values}, follow=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_table_is_handed_in_looked_at_written_and_taken_back(background, browse):
    cast = Cast.assemble()
    session = browse(cast.bureau_officer)
    page = send(session, workbook([row("张三"), row("李四", number="1")])).content.decode()
    people_import = PeopleImport.objects.get()
    assert f"/people/imports/{people_import.code}/" in page

    def stands(state):
        people_import.refresh_from_db()
        return people_import.state == state and people_import.job.is_finished

    wait_until(lambda: stands("checked"), meanwhile=background.tick)
    address = f"/people/imports/{people_import.code}/"
    page = session.get(address).content.decode()
    assert "张三" in page
    assert "18 位" in page
    session.post(f"{address}apply/", {"mode": "good"})
    wait_until(lambda: stands("applied"), meanwhile=background.tick)
    assert Person.objects.get().name == "张三"
    assert people_import.job.done == 1
    session.post(f"{address}undo/")
    wait_until(lambda: stands("undone"), meanwhile=background.tick)
    assert not Person.objects.exists()
    assert "撤销了这次导入" in session.get(address).content.decode()


def test_the_template_is_read_back_when_it_is_filled_in(officer, cast):
    content = officer.get("/people/imports/template/").content
    book = load_workbook(io.BytesIO(content))
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    rules = {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert len(rules) > 10
    for column, value in {"姓名": "张三", "证件号码": a_number(), "对象类别": "低保对象"}.items():
        sheet.cell(3, headings.index(column) + 1, value)
    filled = io.BytesIO()
    book.save(filled)
    people_import = checked(cast.bureau_officer, SimpleUploadedFile("名单.xlsx", filled.getvalue()))
    assert all(people_import.columns)
    assert [one.verdict for one in people_import.rows.all()] == ["wrong", "new"]
    assert "示例" in people_import.rows.first().private["faults"][0][1]


def test_numbers_are_masked_on_the_page(officer, cast):
    known = make_person(cast.town, name="张三", phone="0467-2345678")
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=known.number, phone="0467-2345699")])
    page = officer.get(f"/people/imports/{people_import.code}/").content.decode()
    assert known.number not in page
    assert "2345678" not in page
    assert "2345699" not in page
    assert "电话：系统" in page


def test_a_choice_goes_back_to_the_row(officer, cast):
    made = make_import(cast.bureau_officer)
    one = make_import_row(made, "conflict", person=make_person(cast.town))
    answer = officer.post(f"/people/imports/{made.code}/rows/{one.code}/choose/?verdict=conflict", {"choice": "ours"})
    assert answer.headers["Location"] == f"/people/imports/{made.code}/?verdict=conflict#row-{one.number}"
    one.refresh_from_db()
    assert one.choice == "ours"


def test_columns_are_named_by_hand(officer, cast):
    file = workbook([["张三", a_number()]], ["帮扶对象", "身份证号"])
    people_import = actions.upload_people(cast.bureau_officer, file, {"kind": "survey"})
    with pytest.raises(actions.Refusal):
        actions.check(cast.bureau_officer, people_import)
    people_import.job.__class__.objects.update(state="failed", error="没有找到")
    page = officer.get(f"/people/imports/{people_import.code}/").content.decode()
    assert "columns/" in page
    answer = officer.post(
        f"/people/imports/{people_import.code}/columns/", {"column_0": "name", "column_1": "number"}, follow=True
    )
    assert answer.status_code == 200
    people_import = actions.check(cast.bureau_officer, people_import)
    assert people_import.counts == {"new": 1}


def test_a_wrong_file_is_refused_at_once(officer):
    page = send(officer, SimpleUploadedFile("名单.xlsx", b"\x89PNG\r\n\x1a\n1234")).content.decode()
    assert "只能上传 xlsx、csv 文件" in page
    assert not PeopleImport.objects.exists()
