"""The printed forms of a program, empty: under their printed names, with room for all that the program asks for."""

import pytest
from django.utils import timezone

from programs import catalogue
from programs.blank_forms import blank_form, forms_of
from programs.facts import VOCABULARY
from programs.models import ProgramVersion
from programs.reading import read_program
from tests.make.catalogue import definition_of, make_program

PRINTED = [(one, number) for one in catalogue.units() for number, _paper in forms_of(one)]


def program(code):
    return next(one for one in catalogue.units() if one.code == code)


def labels(form):
    return [field.label for part in form.parts for field in part.fields]


@pytest.mark.parametrize(("one", "number"), PRINTED, ids=lambda value: getattr(value, "code", value))
def test_every_printed_form_of_the_annex_has_something_to_fill_in(one, number):
    form = blank_form(one, number, VOCABULARY)
    assert form.title == one.papers[number - 1].form
    assert form.columns or labels(form)


def test_a_paper_that_is_no_form_is_not_printed():
    assert blank_form(program("P01"), 2, VOCABULARY) is None
    assert blank_form(program("P01"), 99, VOCABULARY) is None


def test_a_form_asks_for_the_person_for_the_guardian_and_for_what_decides():
    form = blank_form(program("P01"), 1, VOCABULARY)
    found = labels(form)
    assert found[:2] == ["姓名", "性别"]
    assert {"监护人姓名", "疾病诊断", "已做造血干细胞移植", "账号"} <= set(found)
    # Told by the day of birth, or kept by the program itself.
    assert {"年龄", "本项目已资助次数"}.isdisjoint(found)
    diagnosis = next(field for part in form.parts for field in part.fields if field.label == "疾病诊断")
    assert diagnosis.boxes == ("白血病", "其他：")
    assert form.papers[0][0] == "患儿户口簿本人页复印件"


def test_what_the_office_knows_is_left_for_the_office():
    form = blank_form(program("P12"), 1, VOCABULARY)
    office = next(part for part in form.parts if part.title == "由经办单位核对后填写")
    assert [field.label for field in office.fields] == ["家庭经济困难", "以前得到过本项目的资助"]


def test_a_form_that_a_hospital_fills_in_names_the_hospital_and_all_who_sign():
    form = blank_form(program("P10"), 1, VOCABULARY)
    assert (form.sheets, form.signers) == (6, ("经办人",))
    assert "单位名称" in labels(form)
    signs = [opinion.who for opinion in form.opinions]
    assert {"卫健部门", "公安部门", "民政部门", "医保部门", "人社部门"} <= set(signs)


def test_a_summary_is_a_table_and_a_receipt_has_a_signature():
    summary = blank_form(program("P10"), 2, VOCABULARY)
    assert (summary.columns[0], summary.columns[-1]) == ("姓名", "备注")
    assert len(summary.rows) == 12
    receipt = blank_form(program("P11"), 2, VOCABULARY)
    assert (receipt.title, receipt.signers) == ("领取表", ("领取人", "发放单位（盖章）"))


def test_a_place_with_a_form_of_its_own_writes_its_fields():
    definition = definition_of("P01")
    definition["papers"][0]["fields"] = ["患儿姓名", "主治医生"]
    form = blank_form(read_program(definition), 1, VOCABULARY)
    assert labels(form) == ["患儿姓名", "主治医生"]
    assert form.papers


def test_visitors_print_the_form_from_the_page_of_the_program(cast, browse):
    make_program(cast.charity, "P08-2", like="P08-2")
    visitor = browse(None)
    assert "/public/programs/P08-2/forms/1/" in visitor.get("/public/programs/P08-2/").content.decode()
    page = visitor.get("/public/programs/P08-2/forms/1/").content.decode()
    assert "鸡西大众医院白内障复明医疗受助申请批准表" in page
    assert "一式 2 份" in page
    assert "慈善总会、医院各存一份" in page
    assert "/public/programs/P08-2/forms/1/" in browse(cast.catalogue_admin).get("/programs/P08-2/").content.decode()


def test_only_what_holds_today_has_forms(cast, browse):
    """A draft's form is nobody's, and on one that has ended nobody can apply."""
    program = make_program(cast.charity, "OVER")
    ProgramVersion.objects.filter(program=program).update(valid_to=timezone.localdate())
    visitor = browse(None)
    page = visitor.get("/public/programs/OVER/").content.decode()
    assert "停止，现在不能申请" in page
    assert "打印空白表" not in page
    for address in ("/public/programs/OVER/forms/1/", "/public/programs/NONE/forms/1/"):
        assert visitor.get(address).status_code == 404


def test_no_row_of_a_form_has_a_hole():
    for one, number in PRINTED:
        for part in blank_form(one, number, VOCABULARY).parts:
            halves = 0
            for field, is_whole in part.cells:
                assert not (is_whole and halves % 2), (one.code, field.label)
                halves += 2 if is_whole else 1
            assert halves % 2 == 0, (one.code, part.title)
