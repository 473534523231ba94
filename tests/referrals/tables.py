"""Tables of people as others send them."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from referrals.actions import import_writing
from referrals.actions import imports as actions
from tests.make.units import a_number

HEADINGS = ["姓名", "身份证号码", "联系电话", "救助类别"]


def workbook(rows, headings=HEADINGS, name="名单.xlsx", above=()):
    book = Workbook()
    for line in (*above, headings, *rows):
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(name, content.getvalue())


def csv(text, name="名单.csv", encoding="utf-8"):
    return SimpleUploadedFile(name, text.encode(encoding))


def row(name="张三", **values):
    return [name, values.get("number", a_number()), values.get("phone", ""), values.get("category", "")]


def upload(actor, file=None, rows=None, **values):
    """Handed in, not looked through."""
    return actions.upload_people(actor, file or workbook(rows or [row()]), {"kind": "survey", **values})


def checked(actor, file=None, rows=None, **values):
    """Looked through, as the job does it."""
    return actions.check(actor, upload(actor, file, rows, **values))


def applied(actor, people_import, mode="all"):
    people_import = actions.begin_apply(actor, people_import, mode)
    return import_writing.apply_import(actor, people_import)


def undone(actor, people_import):
    return import_writing.undo_import(actor, actions.begin_undo(actor, people_import))
