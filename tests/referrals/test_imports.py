"""Tables of people: read, compared, decided upon, written, taken back."""

import io
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from openpyxl import load_workbook

from members.access import Refusal
from members.models import AuditEntry
from portal.lib import uploads
from referrals.actions import imports as actions
from referrals.actions.import_writing import apply_import
from referrals.actions.people import change_person
from referrals.models import Household, ImportRow, PeopleImport, Person, PersonChange, PersonFact, TimelineEntry
from tests.make.people import make_category, make_fact, make_minor_approval, make_person
from tests.make.units import a_number, make_relation, make_staff
from tests.referrals.tables import applied, checked, csv, row, undone, upload, workbook

State = PeopleImport.State


def verdicts(people_import):
    return [one.verdict for one in people_import.rows.order_by("number")]


def faults(people_import):
    return [one.private["faults"] for one in people_import.rows.order_by("number") if one.private["faults"]]


def test_nothing_is_a_record_before_somebody_says_so(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张 三"), row("李四")])
    assert people_import.state == State.CHECKED
    assert verdicts(people_import) == ["new", "new"]
    assert not Person.objects.exists()
    assert applied(cast.bureau_officer, people_import).state == State.APPLIED
    assert sorted(Person.objects.values_list("name", flat=True)) == ["张三", "李四"]


def test_a_new_person_is_as_if_somebody_had_registered_them(cast):
    number = a_number("1950-03-04", "male")
    people_import = checked(
        cast.bureau_officer, rows=[row(number=number, phone="０４６７－２３４５６７８", category="低保")]
    )
    applied(cast.bureau_officer, people_import)
    person = Person.objects.get()
    assert (person.number, person.birth_date, person.gender) == (number, date(1950, 3, 4), "male")
    assert (person.keeper, person.residence, person.relation) == (cast.bureau, cast.county, "head")
    assert person.phone == "0467-2345678"
    assert person.is_official
    assert [held.category for held in person.categories.all()] == ["dibao"]
    assert Person.objects.with_number(number).get() == person
    assert PersonChange.objects.get().version == 1
    assert TimelineEntry.objects.get().kind == "person_imported"
    assert Person.objects.visible_to(cast.bureau_officer).get() == person


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("1980-01-02", ""), ("1980/1/2", ""), ("1980.1.2", ""), ("1980年1月2日", ""), ("19800102", ""),
        (datetime(1980, 1, 2), ""), (29222, ""), ("29222", ""), ("１９８０－０１－０２", ""),
        ("1980年1月", "年、月、日"), ("1-2-1980", "年、月、日"), ("1980-02-30", "没有这一天"), ("昨天", "不是日期"),
    ],
)  # fmt: skip
def test_any_sensible_way_of_writing_a_day(cast, day, words):
    file = workbook([["张三", "无证件", "", day]], ["姓名", "证件类型", "证件号码", "出生日期"])
    people_import = checked(cast.bureau_officer, file)
    found = people_import.rows.get().private
    if words:
        assert words in found["faults"][0][1]
    else:
        assert found["values"]["birth_date"] == "1980-01-02"


def test_a_number_that_excel_has_spoilt_is_refused_with_the_reason(cast):
    rows = [row("甲", number=2.30302198001011e17), row("乙", number="2.30302E+17")]
    people_import = checked(cast.bureau_officer, rows=rows)
    assert verdicts(people_import) == ["wrong", "wrong"]
    assert all("末几位已丢失" in message for ((_key, message),) in faults(people_import))


def test_wrong_rows_say_which_column_and_why(cast):
    good = a_number()
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    rows = [row("", number=good), row("乙", number=wrong), row("丙", number=""), row("丁", number=good)]
    people_import = checked(cast.bureau_officer, rows=rows)
    assert [found[0][0] for found in faults(people_import)] == ["name", "number", "number", "number"]
    assert "第 2 行" in faults(people_import)[3][0][1]


def test_what_the_number_tells_is_not_contradicted(cast):
    headings = ["姓名", "身份证号", "性别", "出生日期"]
    file = workbook([["张三", a_number("1980-01-01", "female"), "男", "1981-01-01"]], headings)
    assert {key for key, _message in faults(checked(cast.bureau_officer, file))[0]} == {"gender", "birth_date"}


def test_a_known_person_is_the_same_filled_or_contradicted(cast):
    same = make_person(cast.town, name="张三")
    filled = make_person(cast.town, name="李四")
    other = make_person(cast.town, name="王五", phone="0467-2345678")
    rows = [
        row("张三", number=same.number), row("李四", number=filled.number, phone="0467-2345679"),
        row("王五", number=other.number, phone="0467-2345670"),
    ]  # fmt: skip
    people_import = checked(cast.bureau_officer, rows=rows)
    assert verdicts(people_import) == ["same", "changed", "conflict"]
    last = people_import.rows.get(verdict="conflict")
    assert last.private["differences"] == [["phone", "0467-2345678", "0467-2345670"]]


def test_a_conflict_is_decided_row_by_row_or_as_a_whole(cast):
    people = [make_person(cast.town, name=f"张{n}", phone=f"0467-234567{n}") for n in "12"]
    rows = [row(person.name, number=person.number, phone="0467-2345600") for person in people]
    people_import = checked(cast.bureau_officer, rows=rows)
    with pytest.raises(Refusal, match="冲突还没有选定|还有冲突"):
        applied(cast.bureau_officer, people_import)
    first = people_import.rows.order_by("number").first()
    actions.choose_row(cast.bureau_officer, people_import, first, "ours")
    assert actions.choose_all(cast.bureau_officer, people_import, "theirs") == 1
    applied(cast.bureau_officer, people_import)
    assert [Person.objects.get(pk=one.pk).phone for one in people] == ["0467-2345671", "0467-2345600"]
    changed = Person.objects.get(pk=people[1].pk)
    assert changed.version == 2
    assert changed.changes.get(version=2).changes == {"phone": ["0467-2345672", "0467-2345600"]}
    assert Person.objects.with_phone("0467-2345600").get() == changed


def test_the_likely_same_person_without_papers_is_asked_about(cast):
    known = make_person(cast.town, name="张三", number="", born="1980-01-01")
    number = a_number("1980-01-01")
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=number)])
    one = people_import.rows.get()
    assert (one.verdict, one.is_alike, one.person) == ("conflict", True, known)
    assert actions.choose_all(cast.bureau_officer, people_import, "theirs") == 0
    actions.choose_row(cast.bureau_officer, people_import, one, "theirs")
    applied(cast.bureau_officer, people_import)
    assert Person.objects.get().number == number


def test_somebody_else_of_the_same_name_becomes_a_record_of_their_own(cast):
    make_person(cast.town, name="张三", number="", born="1980-01-01")
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=a_number("1980-01-01"))])
    actions.choose_row(cast.bureau_officer, people_import, people_import.rows.get(), "another")
    applied(cast.bureau_officer, people_import)
    assert Person.objects.count() == 2


def test_of_somebody_elsewhere_only_that_they_are_known(cast):
    elsewhere = make_person(cast.other_bureau, name="张三", phone="0467-2345678")
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=elsewhere.number, phone="0467-2345679")])
    one = people_import.rows.get()
    assert one.verdict == "held"
    assert one.person is None
    assert "differences" not in one.private
    assert one.private["faults"] == [["", "其他单位已登记。"]]


def test_a_charity_learns_nothing_of_whom_the_bureau_knows(cast):
    known = make_person(cast.town, name="张三")
    people_import = checked(cast.charity_reviewer, rows=[row("张三", number=known.number)])
    assert verdicts(people_import) == ["new"]
    applied(cast.charity_reviewer, people_import)
    assert Person.objects.get(keeper=cast.charity).is_official is False


def test_kin_are_left_to_a_colleague(cast):
    number = a_number()
    make_relation(cast.bureau_officer, number=number)
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=number)])
    assert verdicts(people_import) == ["held"]


def test_a_minor_is_compared_only_with_an_approval(cast):
    child = make_person(cast.town, name="张小", born="2018-01-01", phone="0467-2345678")
    rows = [row("张小", number=child.number, phone="0467-2345670")]
    one = checked(cast.bureau_officer, rows=rows).rows.get()
    assert (one.verdict, one.person) == ("held", None)
    make_minor_approval(cast.bureau_officer, child)
    del cast.bureau_officer._minors_approved
    assert verdicts(checked(cast.bureau_officer, rows=rows)) == ["conflict"]


def test_who_lives_elsewhere_is_registered_there(cast):
    file = workbook([["张三", a_number(), "乙区"], ["李四", a_number(), "甲区一街道"]], ["姓名", "身份证号", "居住地"])
    people_import = checked(cast.bureau_officer, file)
    assert verdicts(people_import) == ["wrong", "new"]
    applied(cast.bureau_officer, people_import, "good")
    assert Person.objects.get().residence == cast.town_area


def test_households_come_together_by_a_number_of_the_file(cast):
    headings = ["户编号", "与户主关系", "姓名", "身份证号"]
    rows = [
        ["1", "户主", "张三", a_number()], ["1", "妻", "李四", a_number()], ["2", "", "王五", a_number()],
        ["1", "长子", "张小", a_number("2015-01-01")], ["2", "户主", "赵六", a_number()],
    ]  # fmt: skip
    applied(cast.bureau_officer, checked(cast.bureau_officer, workbook(rows, headings)))
    first = Person.objects.get(name="张三").household
    relations = dict(first.people.values_list("name", "relation"))
    assert relations == {"张三": "head", "李四": "spouse", "张小": "child"}
    assert Household.objects.count() == 2
    second = dict(Person.objects.get(name="赵六").household.people.values_list("name", "relation"))
    assert sorted(second.values()) == ["head", "other_kin"]


def test_members_under_their_head_are_one_household(cast):
    headings = ["姓名", "身份证号", "与户主关系"]
    rows = [["张三", a_number(), "户主"], ["李四", a_number(), "配偶"], ["王五", a_number(), "本人"]]
    applied(cast.bureau_officer, checked(cast.bureau_officer, workbook(rows, headings)))
    assert Person.objects.get(name="李四").household == Person.objects.get(name="张三").household
    assert Person.objects.get(name="王五").relation == "head"


def test_members_join_the_household_of_a_head_who_is_registered(cast):
    head = make_person(cast.town, name="张三")
    headings = ["户主身份证号", "与户主关系", "姓名", "身份证号"]
    rows = [[head.number, "女儿", "张小", a_number("2015-01-01")]]
    applied(cast.bureau_officer, checked(cast.bureau_officer, workbook(rows, headings)))
    assert Person.objects.get(name="张小").household == head.household


def test_two_heads_of_one_household_are_wrong(cast):
    headings = ["户编号", "与户主关系", "姓名", "身份证号"]
    rows = [["1", "户主", "张三", a_number()], ["1", "户主", "李四", a_number()]]
    assert verdicts(checked(cast.bureau_officer, workbook(rows, headings))) == ["new", "wrong"]


def test_facts_are_read_by_their_words(cast):
    headings = ["姓名", "身份证号", "致困原因", "家庭月收入", "重病患者"]
    file = workbook([["张三", a_number(), "重特大疾病、子女就学", "1,200元", "是"]], headings)
    people_import = checked(cast.bureau_officer, file, label="三季度摸排")
    assert faults(people_import) == []
    applied(cast.bureau_officer, people_import)
    known = {fact.name: fact.known for fact in PersonFact.objects.standing()}
    assert known["hardship_causes"] == ["major_illness", "schooling"]
    assert str(known["monthly_income_yuan"]) == "1200.00"
    person = Person.objects.get()
    assert person.flags == ["seriously_ill"]
    assert PersonFact.objects.first().source == "三季度摸排"


def test_a_new_fact_supersedes_the_old_one(cast):
    person = make_person(cast.town, name="张三")
    make_fact(person, "hardship_level", "some")
    file = workbook([["张三", person.number, "生活非常困难"]], ["姓名", "身份证号", "困难程度"])
    people_import = checked(cast.bureau_officer, file)
    assert verdicts(people_import) == ["conflict"]
    actions.choose_all(cast.bureau_officer, people_import, "theirs")
    people_import = applied(cast.bureau_officer, people_import)
    assert person.facts.standing().get().known == "severe"
    undone(cast.bureau_officer, people_import)
    assert person.facts.get().known == "some"


def test_all_or_nothing_means_nothing_when_one_is_wrong(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张三"), row("李四", number="1")])
    with pytest.raises(Refusal, match="1 行不能导入"):
        applied(cast.bureau_officer, people_import)
    applied(cast.bureau_officer, people_import, "good")
    assert Person.objects.get().name == "张三"


def test_who_was_registered_meanwhile_stops_all_or_is_left_out(cast):
    number = a_number()
    rows = [row("张三", number=number), row("李四")]
    first, second = checked(cast.bureau_officer, rows=rows), checked(cast.bureau_officer, rows=rows)
    make_person(cast.town, name="张三", number=number)
    with pytest.raises(Refusal, match="第 2 行"):
        applied(cast.bureau_officer, first)
    assert Person.objects.count() == 1
    done = applied(cast.bureau_officer, second, "good")
    assert done.counts["skipped"] == 1
    assert Person.objects.filter(name="李四").exists()


def test_whose_record_was_changed_meanwhile_is_left_alone(cast):
    person = make_person(cast.town, name="张三")
    people_import = checked(cast.bureau_officer, rows=[row("张三", number=person.number, phone="0467-2345679")])
    change_person(cast.town_caseworker, person, 1, {"remark": "改过"})
    done = applied(cast.bureau_officer, people_import, "good")
    assert (done.counts["written_changed"], done.counts["skipped"]) == (0, 1)
    assert Person.objects.get().phone == ""


def test_an_import_is_applied_once(cast):
    people_import = actions.begin_apply(cast.bureau_officer, checked(cast.bureau_officer), "all")
    for _turn in range(2):
        apply_import(cast.bureau_officer, people_import)
    assert Person.objects.count() == 1


def test_undo_takes_back_everything(cast):
    known = make_person(cast.town, name="李四", phone="0467-2345678")
    make_category(known, "monitored")
    before = {**known.private}
    rows = [row("张三", category="低保"), row("李四", number=known.number, phone="0467-2345600", category="特困")]
    people_import = checked(cast.bureau_officer, rows=rows)
    actions.choose_all(cast.bureau_officer, people_import, "theirs")
    people_import = applied(cast.bureau_officer, people_import)
    assert Person.objects.count() == 2
    people_import = undone(cast.bureau_officer, people_import)
    assert (people_import.state, people_import.stayed) == (State.UNDONE, [])
    person = Person.objects.get()
    assert person == known
    assert person.private == before
    assert [held.category for held in person.categories.all()] == ["monitored"]
    assert Household.objects.count() == 1
    assert Person.objects.with_phone("0467-2345678").get() == known


def test_undo_leaves_whom_somebody_worked_on_and_says_so(cast):
    people_import = applied(
        cast.bureau_officer, checked(cast.bureau_officer, rows=[row("张三"), row("李四"), row("王五")])
    )
    change_person(cast.bureau_officer, Person.objects.get(name="张三"), 1, {"remark": "走访过"})
    make_fact(Person.objects.get(name="李四"), "hardship_level", "some")
    people_import = undone(cast.bureau_officer, people_import)
    assert people_import.stayed == [2, 3]
    assert sorted(Person.objects.values_list("name", flat=True)) == ["张三", "李四"]


def test_people_of_member_units_are_monitored(cast):
    officer = make_staff("妇联经办", cast.charity, ["member_officer"])
    people_import = upload(officer, rows=[row("张三"), row("李四", category="低保")], to=cast.bureau)
    assert people_import.state == State.HANDED_IN
    assert people_import.organization == cast.bureau
    with pytest.raises(PermissionDenied):
        actions.begin_check(officer, people_import)
    people_import = actions.check(cast.bureau_officer, actions.begin_check(cast.bureau_officer, people_import))
    applied(cast.bureau_officer, people_import)
    person = Person.objects.get(name="张三")
    assert person.keeper == cast.bureau
    held = person.categories.get()
    assert (held.category, held.certified_by) == ("monitored", "甲区慈善会")
    assert Person.objects.get(name="李四").categories.get().category == "dibao"
    assert PeopleImport.objects.handed_in_by(officer).get() == people_import
    assert not PeopleImport.objects.visible_to(officer).exists()


def test_a_list_is_pushed_to_no_other_unit_than_the_bureau(cast):
    officer = make_staff("妇联经办", cast.charity, ["member_officer"])
    for receiver in (cast.other_charity, cast.other_bureau):
        with pytest.raises(Refusal):
            upload(officer, to=receiver)


def test_headings_are_guessed_corrected_and_remembered(cast):
    headings = ["编号", "帮扶对象", "公民身份号码（18位）", "电话号"]
    rows = [["x1", "张三", a_number(), "0467-2345678"]]
    first = upload(cast.bureau_officer, workbook(rows, headings, above=[["甲区困难群众名单"]]))
    with pytest.raises(Refusal, match="姓名"):
        actions.check(cast.bureau_officer, first)
    first.refresh_from_db()
    first.job.__class__.objects.update(state="done")
    assert first.state == State.UNREAD
    names = ["", "name", "number", "phone"]
    first = actions.begin_check(cast.bureau_officer, first, names) if first.headings == headings else first
    first = actions.check(cast.bureau_officer, first)
    assert verdicts(first) == ["new"]
    second = checked(cast.bureau_officer, workbook(rows, headings))
    assert second.columns == names


def test_the_workbook_comes_back_with_its_errors_in_their_cells(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张三"), row("李四", number="1")])
    book = load_workbook(io.BytesIO(uploads.open_stored(people_import.marked_key).read()))
    assert "18 位" in book.active["B3"].comment.text
    assert "18 位" in book.active["E3"].value
    assert book.active["B2"].comment is None


def test_a_long_workbook_comes_back_with_its_errors_too(cast, monkeypatch):
    monkeypatch.setattr(actions, "MOST_HELD", 1)
    people_import = checked(cast.bureau_officer, rows=[row("张三"), row("李四", number="1"), row("", number="2")])
    page = load_workbook(io.BytesIO(uploads.open_stored(people_import.marked_key).read())).active
    assert ("18 位" in page["E3"].value, page["E2"].value) == (True, None)
    assert "缺姓名" in page["E4"].value
    assert [page[place].fill.fgColor.rgb for place in ("B3", "A4", "B4")] == ["FFFBE9E7"] * 3


def test_a_csv_of_an_office_program_is_read(cast):
    text = f"姓名,身份证号\n张三,{a_number()}\n"
    for encoding in ("utf-8-sig", "gb18030"):
        assert verdicts(checked(cast.bureau_officer, csv(text, encoding=encoding))) == ["new"]


def test_rows_lie_sealed_and_are_deleted_in_time(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张三丰")])
    key = people_import.file_key
    raw = ImportRow.objects.values_list("private", flat=True).get()
    assert "张三丰".encode() not in bytes(raw.envelope)
    assert actions.purge() == 0
    people_import.job.__class__.objects.update(state="done")
    PeopleImport.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert actions.purge() == 1
    people_import.refresh_from_db()
    assert (people_import.state, people_import.file_key) == (State.DISCARDED, "")
    assert not ImportRow.objects.exists()
    assert people_import.counts["new"] == 1
    assert key


def test_another_unit_sees_nothing_of_it(cast, browse):
    people_import = checked(cast.bureau_officer)
    for person in (cast.town_caseworker, cast.charity_reviewer):
        assert browse(person).get(f"/people/imports/{people_import.code}/").status_code == 404
        with pytest.raises(PermissionDenied):
            actions.begin_apply(person, people_import, "all")


def test_every_step_leaves_a_line_without_names(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张三丰")])
    undone(cast.bureau_officer, applied(cast.bureau_officer, people_import))
    lines = AuditEntry.objects.filter(action__startswith="people_import").order_by("pk")
    assert [line.action for line in lines] == [
        "people_import.upload", "people_import.begin", "people_import.apply", "people_import.begin_undo",
        "people_import.undo",
    ]  # fmt: skip
    assert not any("张三丰" in f"{line.reason}{line.changes}{line.object_name}" for line in lines)
