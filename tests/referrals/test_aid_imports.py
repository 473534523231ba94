"""Tables of help: read, compared, written, taken back; by the same road as tables of people."""

import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from members.access import Refusal
from portal.lib import uploads
from referrals.models import AidLine, PeopleImport, Person
from tests.make.catalogue import make_fund, make_program
from tests.make.people import make_person
from tests.make.referrals import make_told_aid
from tests.make.units import a_number
from tests.referrals.tables import applied, checked, undone, workbook

HEADINGS = ["姓名", "身份证号码", "帮扶形式", "金额（元）", "物资折价", "发放日期", "项目", "资金来源"]


def a_row(name="张三", number=None, form="资金", amount="500", worth="", day="2026-01-15", program="", origin=""):
    return [name, a_number() if number is None else number, form, amount, worth, day, program, origin]


def told(cast, *rows):
    return checked(cast.charity_reviewer, workbook(list(rows), HEADINGS), kind="aid")


def verdicts(row):
    return [one.verdict for one in row.rows.order_by("number")]


def faults(row):
    return [one.private["faults"][0] for one in row.rows.order_by("number") if one.private["faults"]]


def test_whoever_is_new_is_registered_once_and_every_row_is_an_entry(cast):
    known, twice = make_person(cast.charity), a_number()
    program = make_program(cast.charity)
    row = told(
        cast, a_row(number=known.number), a_row("李四", twice), a_row("李四", twice, "物资", "", "80", "2026年2月1日"),
        a_row("王五", program=program.name, origin="自有资金"),
    )  # fmt: skip
    assert verdicts(row) == ["new"] * 4
    assert not AidLine.objects.exists()
    row = applied(cast.charity_reviewer, row)
    assert (row.counts["written_new"], row.counts["written_changed"]) == (2, 4)
    assert Person.objects.filter(keeper=cast.charity).count() == 3
    assert list(AidLine.objects.order_by("pk").values_list("form", "state", "is_told")) == [
        ("cash", "paid", True), ("cash", "paid", True), ("goods", "delivered", True), ("cash", "paid", True),
    ]  # fmt: skip
    last = AidLine.objects.latest("pk")
    assert (last.program, last.program_version.program, last.paid_from) == (program, program, "自有资金")
    again = told(cast, a_row(number=known.number), a_row("李四", twice, day="2026-03-01"))
    assert verdicts(again) == ["same", "new"]


def test_what_is_wrong_is_told_row_by_row_and_stands_in_the_cells_of_ones_own_workbook(cast):
    make_fund(cast.charity, name="救助资金")
    number = a_number()
    row = told(
        cast, a_row(form="送温暖"), a_row(amount=""), a_row(day="2999-01-01"), a_row(program="没有的项目"),
        a_row(origin="救助资金"), a_row("李四", number), a_row("李四", number),
    )  # fmt: skip
    assert verdicts(row) == ["wrong"] * 5 + ["new", "wrong"]
    assert [column for column, _message in faults(row)] == [
        "aid.form", "aid.amount", "aid.given_on", "aid.program", "aid.paid_from", "",
    ]  # fmt: skip
    with uploads.open_stored(row.marked_key) as content:
        sheet = load_workbook(io.BytesIO(content.read())).active
    assert "没有这一项" in sheet.cell(2, 3).comment.text
    with pytest.raises(Refusal, match="6 行不能导入"):
        applied(cast.charity_reviewer, row)
    row = applied(cast.charity_reviewer, PeopleImport.objects.get(), "good")
    assert AidLine.objects.count() == 1


def test_taken_back_the_entries_are_struck_out_and_whom_it_registered_is_gone(cast):
    known, worked_on = make_person(cast.charity), a_number()
    row = told(cast, a_row(number=known.number), a_row("李四"), a_row("王五", worked_on))
    row = applied(cast.charity_reviewer, row)
    stays = Person.objects.with_number(worked_on).get()
    make_told_aid(cast.charity_reviewer, stays)
    row = undone(cast.charity_reviewer, row)
    assert (row.state, row.stayed) == ("undone", [])
    assert list(AidLine.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "cancelled", "paid"]
    assert set(Person.objects.filter(keeper=cast.charity)) == {known, stays}


def test_only_who_may_tell_of_help_hands_it_in_and_nobody_pushes_it(cast):
    with pytest.raises(PermissionDenied):
        checked(cast.bureau_officer, workbook([a_row()], HEADINGS), kind="aid")
    with pytest.raises(Refusal):
        checked(cast.charity_reviewer, workbook([a_row()], HEADINGS), kind="aid", to=cast.bureau)


def test_the_pages_and_the_other_system_use_the_same_road(cast, browse):
    client = browse(cast.charity_reviewer)
    assert "kind=aid" in client.get("/aid/?tab=told").content.decode()
    assert 'value="aid" selected' in client.get("/people/imports/upload/?kind=aid").content.decode()
    sheet = load_workbook(io.BytesIO(client.get("/people/imports/template/?kind=aid").getvalue())).active
    assert [cell.value for cell in sheet[1]][8:10] == ["帮扶形式", "需求类别"]
    line = {"name": "张三", "number": a_number(), "aid.form": "cash", "aid.amount": 500, "aid.given_on": "2026-01-15"}
    body = {"kind": "aid", "rows": [line]}
    answer = client.post("/api/v1/people-imports/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 202
    row = PeopleImport.objects.get(code=answer.json()["code"])
    wrong = client.post(
        "/api/v1/people-imports/", json.dumps({**body, "kind": "survey"}), content_type="application/json"
    )
    assert wrong.status_code == 400
    shown = client.get(f"/people/imports/{row.code}/")
    assert shown.status_code == 200
