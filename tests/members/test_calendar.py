"""Working days: what a deadline is counted with, before and after the State Council has said how a year runs."""

import datetime
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from members import calendar, notices, tasks
from members.access import Refusal, Stale
from members.actions.calendar import edit_day, load_calendar, set_year
from members.calendar import add_working_days, is_provisional, is_working_day, working_days_between
from members.management.commands.load_calendar import shipped_days
from members.models import AuditEntry, OutboxMessage, WorkDay

# 国办发明电〔2025〕7 号, as printed.
NOTICE_2026 = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
# A list as it might look for a year that has none yet.
LIST_2027 = "\n".join(
    [f"2027-02-{day:02} 休 春节" for day in range(5, 13)]
    + [f"2027-10-{day:02} 休 国庆节" for day in range(1, 8)]
    + [f"2027-05-{day:02} 休 劳动节" for day in range(1, 6)]
    + ["2027-02-13 班 春节", "2027/10/9 班"]
)


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture
def loaded(db):
    load_calendar({date: known for date, known in shipped_days().items() if date.year >= 2025}, "国务院办公厅通知")


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    def committing():
        return django_capture_on_commit_callbacks(execute=True)

    return committing


# -- counting ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        # Spring Festival 2026: off from 15 to 23 February, and the Saturdays before and after are worked.
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-18", 1, "2026-02-24"),
        ("2026-02-24", 5, "2026-03-02"),
        ("2026-02-24", 4, "2026-02-28"),
        # National Day, with a Sunday worked long before.
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-08", 2, "2026-10-10"),
        # Over the end of a year whose successor has no list: 1 January is certain, 4 January is a Monday.
        ("2026-12-31", 1, "2027-01-04"),
        ("2025-12-31", 1, "2026-01-04"),
        # Backwards, and nothing at all.
        ("2026-02-24", -1, "2026-02-14"),
        ("2026-02-24", 0, "2026-02-24"),
        ("2026-02-15", 0, "2026-02-24"),
    ],
)
def test_periods_end_on_the_right_day(loaded, start, number, end):
    assert add_working_days(day(start), number) == day(end)


@given(start=st.dates(day("2025-06-01"), day("2027-06-01")), number=st.integers(-60, 60))
@settings(max_examples=60, deadline=None)
def test_counting_there_and_back_agrees(start, number):
    with_no_rows = {year: calendar.reckon(year) for year in range(2024, 2029)}
    calendar._years.update(with_no_rows)
    calendar._seen["until"] = float("inf")
    end = add_working_days(start, number)
    if number > 0:
        assert working_days_between(start, end) == number
        assert is_working_day(end)
    assert working_days_between(start, end) == -working_days_between(end, start)


def test_days_of_2026_in_number(loaded):
    """248 working days, as the notice has it; 2027 is a guess until its own notice."""
    assert sum(known.is_workday for known in calendar.year_of(2026).values()) == 248
    assert working_days_between(day("2025-12-31"), day("2026-12-31")) == 248


def test_an_instant_is_no_day(loaded):
    with pytest.raises(TypeError):
        is_working_day(datetime.datetime(2026, 1, 1, 9))


def test_an_absurd_period_is_refused():
    with pytest.raises(ValueError, match="period"):
        add_working_days(day("2026-01-01"), 1_000_000)


# -- years without a list ---------------------------------------------------------------------------------------------
def test_a_year_without_a_list_is_reckoned_and_provisional(loaded):
    assert not is_provisional(day("2026-12-31"))
    assert is_provisional(day("2027-01-04"))
    for text, is_workday in {
        "2027-01-01": False, "2027-02-05": False, "2027-02-08": False, "2027-02-09": True, "2027-04-05": False,
        "2027-05-03": True, "2027-06-09": False, "2027-09-15": False, "2027-10-01": False, "2027-10-08": True,
        "2027-02-06": False, "2027-03-06": False,
    }.items():  # fmt: skip
        assert is_working_day(day(text)) == is_workday, text


def test_the_moon_is_reckoned_as_the_lists_of_known_years_have_it(loaded, monkeypatch):
    """The rule that is used for 2027, tried on 2026: every day it calls off is off in the real list."""
    monkeypatch.setitem(calendar.FESTIVALS, 2026, ((2, 17), (4, 5), (6, 19), (9, 25)))
    assert [date for date in calendar.statutory_holidays(2026) if is_working_day(date)] == []


# -- loading ----------------------------------------------------------------------------------------------------------
def test_the_shipped_lists_are_loaded_once_and_leave_edits_alone(db, cast):
    said = io.StringIO()
    edit_day(cast.system_admin, day("2026-03-02"), 0, is_workday=False, name="暴雪停工", source="市政府通告")
    call_command("load_calendar", stdout=said)
    call_command("load_calendar", stdout=said)
    assert said.getvalue().split() == ["2556", "days", "added", "0", "days", "added"]
    assert WorkDay.objects.get(date="2026-03-02").name == "暴雪停工"
    assert AuditEntry.objects.filter(action="calendar.load").count() == 1


def test_a_year_is_read_once(loaded):
    with CaptureQueriesContext(connection) as captured:
        for number in range(100):
            add_working_days(day("2026-01-01"), number)
    assert len(captured) == 1


def test_another_process_notices_a_change(loaded, cast, commits, monkeypatch):
    assert is_working_day(day("2026-03-02"))
    with commits():
        edit_day(cast.system_admin, day("2026-03-02"), 1, is_workday=False, name="", source="通告")
    assert not is_working_day(day("2026-03-02"))
    # As that other process: it has the old year and the old mark.
    calendar._years[2026] = calendar.reckon(2026)
    calendar._seen.update(mark="older", until=0.0)
    assert not is_working_day(day("2026-03-02"))


# -- one day ----------------------------------------------------------------------------------------------------------
def test_editing_a_day_is_audited_and_told(loaded, cast, commits):
    with commits():
        edit_day(cast.system_admin, day("2026-03-02"), 1, is_workday=False, name="停工", source="市政府通告")
    line = AuditEntry.objects.get(action="calendar.edit")
    assert (line.object_code, line.reason) == ("2026-03-02", "市政府通告")
    assert line.changes == {"is_workday": [True, False], "name": ["", "停工"]}
    message = OutboxMessage.objects.filter(topic="calendar.changed").latest("pk")
    assert message.payload == {"first": "2026-03-02", "last": "2026-03-02"}
    assert add_working_days(day("2026-02-28"), 1) == day("2026-03-03")


def test_a_new_name_moves_no_deadline(loaded, cast):
    OutboxMessage.objects.all().delete()
    edit_day(cast.system_admin, day("2026-03-02"), 1, is_workday=True, name="开学", source="通告")
    assert not OutboxMessage.objects.filter(topic="calendar.changed").exists()


@pytest.mark.parametrize("date", ["2026-03-02", "2028-03-02"])
def test_the_second_of_two_editors_is_told(loaded, cast, date):
    version = calendar.day_of(day(date)).version
    values = {"is_workday": False, "name": "", "source": "甲"}
    edit_day(cast.system_admin, day(date), version, **values)
    with pytest.raises(Stale, match="系统管理"):
        edit_day(cast.system_admin, day(date), version, **{**values, "source": "乙"})
    assert WorkDay.objects.get(date=date).source == "甲"


def test_listeners_hear_of_changes_in_the_worker(loaded, monkeypatch):
    heard = []
    monkeypatch.setattr(calendar, "_listeners", [])
    calendar.when_changed(lambda first, last: heard.append((first, last)))
    tasks.tell_calendar(OutboxMessage(topic="calendar.changed", payload={"first": "2026-03-02", "last": "2026-03-05"}))
    assert heard == [(day("2026-03-02"), day("2026-03-05"))]


# -- the list of a year -----------------------------------------------------------------------------------------------
def test_the_notice_of_2026_says_what_the_library_says():
    shipped = {date: known for date, known in shipped_days().items() if date.year == 2026}
    assert notices.read(NOTICE_2026, 2026).days() == shipped


def test_a_plain_list_is_read_too():
    notice = notices.read(LIST_2027, 2027)
    assert (len(notice.off), list(notice.work)) == (20, [day("2027-02-13"), day("2027-10-09")])


@pytest.mark.parametrize(
    ("text", "year", "words"),
    [
        (NOTICE_2026, 2027, "哪一年"),
        (NOTICE_2026.replace("共9天", "共8天"), 2026, "共 8 天"),
        (NOTICE_2026.replace("2月28日（周六）上班", "2月27日上班"), 2026, "周一至周五"),
        (NOTICE_2026.replace("4月4日（周六）", "4月31日"), 2026, "不是日期"),
        (NOTICE_2026.replace("1月4日（周日）上班", "1月3日上班"), 2026, "既写了"),
        (NOTICE_2026.splitlines()[1], 2026, "只读到 3 天"),
        ("国庆节：10月9日至3日放假", 2026, "起止"),
        ("今年照常放假。", 2026, "只读到 0 天"),
        ("<script>alert(1)</script>" * 50, 2026, "只读到"),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused(text, year, words):
    with pytest.raises(Refusal, match=words):
        notices.read(text, year)


@given(st.text("一、春节：0123456789年月日（周六）至放假上班共天。班休-\n ", max_size=120))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text):
    with pytest.raises(Refusal):
        notices.read(text, 2027)


def test_the_list_of_a_year_makes_it_certain_and_tells_what_changed(loaded, cast, commits):
    before = add_working_days(day("2027-02-04"), 1)
    assert (before, is_provisional(before)) == (day("2027-02-09"), True)
    with commits():
        changed = set_year(cast.system_admin, notices.read(LIST_2027, 2027), "国办发明电〔2026〕1 号")
    after = add_working_days(day("2027-02-04"), 1)
    assert (after, is_provisional(after)) == (day("2027-02-13"), False)
    assert day("2027-02-09") in changed
    assert day("2027-10-09") in changed
    assert day("2027-03-06") not in changed
    message = OutboxMessage.objects.filter(topic="calendar.changed").latest("pk")
    assert message.payload == {"first": f"{changed[0]}", "last": f"{changed[-1]}"}
    assert AuditEntry.objects.get(action="calendar.set_year").changes["year"] == [None, 2027]


def test_a_list_taken_over_twice_changes_nothing_the_second_time(loaded, cast, commits):
    notice = notices.read(NOTICE_2026, 2026)
    with commits():
        assert set_year(cast.system_admin, notice, "通知") == []
    assert WorkDay.objects.filter(date__year=2026).count() == 365
    assert WorkDay.objects.get(date="2026-01-01").version == 2


# -- screens ----------------------------------------------------------------------------------------------------------
def test_the_year_is_shown_with_words_on_moved_days(loaded, cast, browse):
    page = browse(cast.town_caseworker).get("/calendar/?year=2026").content.decode()
    assert "工作日 248 天" in page
    assert page.count("<span>班</span>") == 6
    assert "暂定" not in page
    assert "修改这一天" not in page


def test_a_provisional_year_says_so(loaded, cast, browse):
    page = browse(cast.town_caseworker).get("/calendar/?year=2027").content.decode()
    assert "2027 年的放假安排尚未全部确定" in page
    assert "春节" in page


@pytest.mark.parametrize("year", ["", "abc", "-1", "99999", "2026'--", "２０２６", "1999"])
def test_a_year_that_is_none_shows_this_year(loaded, cast, browse, year):
    assert browse(cast.town_caseworker).get("/calendar/", {"year": year}).status_code == 200


def test_looking_at_a_year_costs_the_same_whatever_is_in_it(cast, browse):
    session = browse(cast.town_caseworker)
    session.get("/calendar/?year=2030")
    counts = []
    for number in (1, 20):
        WorkDay.objects.bulk_create(
            [
                WorkDay(date=day("2030-01-01") + number * calendar.ONE_DAY * n, is_workday=True)
                for n in range(1, number + 1)
            ]
        )
        calendar.forget()
        with CaptureQueriesContext(connection) as captured:
            session.get("/calendar/?year=2030")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_day_is_edited_on_its_page(loaded, cast, browse, commits):
    session = browse(cast.system_admin)
    url = "/calendar/day/?day=2026-03-02"
    assert "现在是工作日" in session.get(url).content.decode()
    with commits():
        response = session.post(url, {"is_workday": "0", "name": "停工", "source": "市政府通告", "version": "1"})
    assert response.headers["Location"] == "/calendar/?year=2026"
    stale = session.post(url, {"is_workday": "1", "name": "", "source": "别处", "version": "1"}).content.decode()
    assert "修改过" in stale
    assert "市政府通告" in stale
    assert 'value="2"' in stale


@pytest.mark.parametrize("asked", ["", "?day=", "?day=2026-02-30", "?day=9999-01-01", "?day=<b>"])
def test_without_a_day_there_is_nothing_to_edit(loaded, cast, browse, asked):
    assert browse(cast.system_admin).get(f"/calendar/day/{asked}").headers["Location"] == "/calendar/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": ""},
        {"source": "x" * 201},
        {"name": "\u202e反"},
        {"is_workday": "2"},
        {"version": "x"},
        {"name": "\0"},
    ],
)
def test_hostile_input_is_refused_at_the_field(loaded, cast, browse, wrong):
    values = {"is_workday": "0", "name": "停工", "source": "通告", "version": "1", **wrong}
    response = browse(cast.system_admin).post("/calendar/day/?day=2026-03-02", values)
    assert response.status_code == 200
    assert "has-error" in response.content.decode() or "version" in wrong
    assert is_working_day(day("2026-03-02"))


def test_what_was_written_is_shown_inertly(loaded, cast, browse, commits):
    values = {"is_workday": "0", "name": "<b>=1+1😀</b>", "source": "<script>x</script>", "version": "1"}
    session = browse(cast.system_admin)
    with commits():
        session.post("/calendar/day/?day=2026-03-02", values)
    page = session.get("/calendar/?year=2026").content.decode()
    assert "&lt;b&gt;=1+1😀" in page
    assert "<script>x" not in page


def test_a_year_is_looked_at_before_it_is_taken_over(loaded, cast, browse, commits):
    session = browse(cast.system_admin)
    values = {"year": "2027", "source": "国办发明电〔2026〕1 号", "text": LIST_2027}
    preview = session.post("/calendar/year/", values).content.decode()
    assert "采用这份安排" in preview
    assert not WorkDay.objects.filter(date__year=2027).exists()
    with commits():
        response = session.post("/calendar/year/", {**values, "step": "apply"})
    assert response.headers["Location"] == "/calendar/?year=2027"
    assert not is_provisional(day("2027-06-01"))


def test_a_day_that_was_edited_by_hand_is_named_before_a_list_undoes_it(loaded, cast, browse, commits):
    with commits():
        edit_day(cast.system_admin, day("2026-03-02"), 1, is_workday=False, name="", source="市政府通告")
    values = {"year": "2026", "source": "通知", "text": NOTICE_2026}
    preview = browse(cast.system_admin).post("/calendar/year/", values).content.decode()
    assert "2026-03-02" in preview.split("曾单独修改过")[1]


def test_a_notice_that_cannot_be_read_says_why_at_the_field(loaded, cast, browse):
    values = {"year": "2027", "source": "通知", "text": NOTICE_2026}
    assert "请核对是哪一年的通知" in browse(cast.system_admin).post("/calendar/year/", values).content.decode()
