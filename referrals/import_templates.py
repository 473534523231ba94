"""The empty workbook to fill in: headings, an example, drop-downs, text columns, and a sheet that explains them."""

import io
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from portal.lib import identity
from referrals.import_columns import choices_of, columns, title_of

# The form of the sheet reaches so far down; more rows may be filled in.
ROWS = 2000
# Nobody has this number: its region is given to no place.
_SAMPLE = "99999919800101001"
_HEADER = PatternFill("solid", fgColor="E6F1F6")
_WIDE = {"number": 22, "address": 28, "remark": 28, "health_note": 28, "account": 24, "residence": 20}


def template(kind=""):
    """The workbook's bytes, in the language of the page. A hundred thousand prepared cells: written once."""
    return _template(get_language(), kind)


@cache
def _template(_language, kind):
    book = Workbook()
    sheet = book.active
    sheet.title = _("名单")
    lists = book.create_sheet(_("选项"))
    lists.sheet_state = "hidden"
    for number, column in enumerate(columns(kind).values(), start=1):
        _column(sheet, lists, number, column)
    sheet.freeze_panes = "A2"
    _explain(book.create_sheet(_("填写说明")), kind)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _column(sheet, lists, number, column):
    letter = get_column_letter(number)
    head = sheet.cell(1, number, title_of(column))
    head.font, head.fill = Font(bold=True), _HEADER
    head.alignment = Alignment(vertical="center", wrap_text=True)
    if column.hint:
        head.comment = Comment(str(column.hint), _("系统"), width=260)
    sheet.column_dimensions[letter].width = _WIDE.get(column.key, 14)
    sample = sheet.cell(2, number, _sample(column))
    sample.font = Font(italic=True, color="7A8694")
    for row in range(2, ROWS):
        sheet.cell(row, number).number_format = "yyyy-mm-dd" if column.kind == "day" else "@"
    if column.kind in ("one", "yes"):
        _drop_down(sheet, lists, number, column)


def _drop_down(sheet, lists, number, column):
    letter = get_column_letter(number)
    words = [words for _code, words in choices_of(column)] if column.kind == "one" else [_("是"), _("否")]
    for row, word in enumerate(words, start=1):
        lists.cell(row, number, word)
    source = f"'{lists.title}'!${letter}$1:${letter}${len(words)}"
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.error, rule.errorTitle = _("请从下拉列表里选。"), _("没有这一项")
    rule.add(f"{letter}2:{letter}{ROWS}")
    sheet.add_data_validation(rule)


def _sample(column):
    """One line that shows the form; it is plainly nobody, and refused when it is left in."""
    if column.key == "number":
        return _SAMPLE + identity.check_digit(_SAMPLE)
    if column.kind == "one" and column.example:
        return next((words for _code, words in choices_of(column) if words == column.example), column.example)
    return column.example


def is_sample(values):
    """Has somebody left the example in?"""
    return str(values.get("number", "")).startswith(_SAMPLE) and str(values.get("name", "")) == "演示甲"


def _explain(sheet, kind):
    sheet.append([_("列"), _("怎么填"), _("可以填的内容")])
    for column in columns(kind).values():
        if column.kind == "yes":
            words = _("是、否")
        elif column.choices:
            words = _("、").join(label for _code, label in choices_of(column))
        else:
            words = _FORMS.get(column.kind, "")
        sheet.append([title_of(column), str(column.hint or _hint(column)), str(words)])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEADER
    for letter, width in (("A", 20), ("B", 60), ("C", 80)):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment, cell.data_type = Alignment(vertical="top", wrap_text=True), "s"
    sheet.freeze_panes = "A2"


def _hint(column):
    if column.kind == "some":
        return _("可以填几项，中间用顿号隔开。")
    return _("不清楚的留空。")


_FORMS = {"day": "2020-01-02", "amount": "1234.50", "phone": "0467-5550000"}
