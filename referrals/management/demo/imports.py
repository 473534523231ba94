"""Lists of invented people: one looked through with a row of every kind, one written, one handed in by another unit."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from members.models import Staff
from portal.lib.identity import check_digit
from referrals.actions import exchange, import_writing
from referrals.actions import imports as actions
from referrals.models import Person

HEADINGS = ["户编号", "与户主关系", "姓名", "身份证号码", "联系电话", "详细住址", "救助类别", "困难程度", "备注"]


def load():
    staff = {one.username: one for one in Staff.objects.select_related("organization__area")}
    if not {"bureau", "approver", "redcross"} <= staff.keys():
        return
    officer = staff["bureau"]
    people = Person.objects.visible_to(officer, "person.edit").filter(relation="head", died_on=None)
    known = [person for person in people.select_related("residence").order_by("-pk")[:40] if person.number][:6]
    actions.check(officer, _upload(officer, _survey(known), kind="survey", label="四季度走访摸排"))
    _platform(staff, officer)
    city = actions.bureaus_for(staff["redcross"]).first()
    if city:
        _upload(staff["redcross"], _new(40, 3), label="人道救助对象", to=city)


def _platform(staff, officer):
    platforms = exchange.platforms_of(officer.organization)
    if not platforms:
        return
    items = ["name", "gender", "birth_date", "number", "residence", "category"]
    exchange.agree_exchange(
        staff["approver"],
        {
            "platform": platforms[0], "operator": None, "items": items, "is_active": True,
            "basis": "低收入人口动态监测信息平台对接约定（演示）",
        },
    )  # fmt: skip
    row = actions.check(
        officer, _upload(officer, _new(60, 4), kind="platform", platform=platforms[0], label="十月下发名单")
    )
    import_writing.apply_import(officer, actions.begin_apply(officer, row, "good"))


def _survey(known):
    """New, same, filled, contradicted and wrong rows."""
    rows = _new(10, 3)
    for number, person in enumerate(known):
        phone = person.phone if number % 3 == 0 else f"0467-555{number:04d}"
        note = "走访核实" if number % 2 else ""
        rows.append(["", "户主", person.name, person.number, phone, person.address, "", "", note])
    rows.append(["", "户主", "演示错号", "999999198001010012", "", "", "", "", ""])
    rows.append(["", "户主", "演示缺号", "", "", "", "", "", ""])
    return rows


def _new(first, count):
    rows = []
    for number in range(first, first + count):
        digits = f"99999919{60 + number % 30}0{1 + number % 9}1{number % 9}{number * 2 % 1000:03d}"
        name = "演示" + "东南西北春夏秋冬山水"[number % 10] + "安宁和平"[number % 4]
        rows.append([str(number), "户主", name, digits + check_digit(digits), "", "示例路 1 号", "", "有一定困难", ""])
    return rows


def _upload(staff, rows, **values):
    book = Workbook()
    for line in (HEADINGS, *rows):
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return actions.upload_people(staff, SimpleUploadedFile("演示名单.xlsx", content.getvalue()), values)
