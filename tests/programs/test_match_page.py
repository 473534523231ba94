"""The page where staff compare one person's facts with the catalogue: ranked, with sums, papers and open questions."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.programs.test_find import annex  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
URL = "/programs/match/"
CHILD = {
    "as_of": "2026-11-20", "birth_date": "2020-01-05", "nationality": "CN", "diagnoses": ["congenital_heart_disease"],
    "needs_surgery": "yes", "no_grants": "on", "self_paid_yuan": "1.2万元",
}  # fmt: skip


@pytest.fixture
def staff(annex, browse, cast):  # noqa: F811
    return browse(cast.town_caseworker)


def asked(staff, **facts):
    response = staff.post(URL, facts)
    assert response.status_code == 200
    return response


def codes(outcomes):
    return [one.program.code for one in outcomes]


def test_facts_are_grouped_by_subject_and_none_is_required(staff):
    page = staff.get(URL).content.decode()
    headings = re.findall(r"<summary class=\"head\"><h2>([^<]*)</h2>", page)
    assert headings == [
        "个人",
        "户籍和居住地",
        "家庭和困难",
        "疾病和治疗",
        "残疾和康复",
        "就学",
        "项目和申请",
        "以前得到的资助",
    ]
    assert "已用名额" not in page, "the state of a program is nobody's fact"
    assert asked(staff).context["is_answered"]


def test_what_fits_shows_the_sum_its_papers_and_the_reasons(staff):
    response = asked(staff, **CHILD)
    assert codes(response.context["fits"]) == ["P02"]
    page = response.content.decode()
    for words in (
        "10,000 元",
        "附件第2项·资助标准",
        "心脏超声检查报告单",
        "还缺 5 样",
        "需要手术：是，符合",
        "可以由监护人提出申请",
    ):
        assert words in page, words
    again = asked(staff, **CHILD, documents_held=["P02-D4", "P02-D1", "nothing"])
    assert "还缺 3 样" in again.content.decode()
    assert 'value="P02-D4" id="paper-P02-D4" checked' in again.content.decode()


def test_one_fact_short_stands_apart_with_the_question_that_settles_most(staff):
    response = asked(staff, **{**CHILD, "needs_surgery": ""})
    assert "P02" in codes(response.context["one_short"])
    assert "医生说需要做手术吗" in response.content.decode()
    question = response.context["question"]
    assert question.fact.name in response.context["form"].fields
    assert f'href="#id_{question.fact.name}"' in response.content.decode()
    assert all(len(one.items) > 1 for one in response.context["open"])


def test_nothing_ticked_is_unknown_and_none_of_these_is_an_answer(staff):
    unknown = asked(staff, birth_date="2020-01-05", as_of="2026-11-20")
    none = asked(staff, birth_date="2020-01-05", as_of="2026-11-20", diagnoses=["-"])
    assert "P02" not in codes(unknown.context["refused"])
    assert "P02" in codes(none.context["refused"])


def test_the_wrong_way_in_is_told_and_not_refused(staff):
    response = asked(staff, **CHILD, applied_by="hospital")
    assert codes(response.context["fits"]) == ["P02"]
    assert "申请途径不对：应由监护人提出" in response.content.decode()


def test_earlier_grants_count(staff):
    used_up = {key: value for key, value in CHILD.items() if key != "no_grants"} | {
        "grant0_program": "P02", "grant0_amount": "30000", "grant0_day": "2025-03-01",
    }  # fmt: skip
    assert "P02" in codes(asked(staff, **used_up).context["refused"])
    both = asked(staff, **used_up, no_grants="on")
    assert "这里就不要勾" in both.content.decode()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"birth_date": "2027-01-01", "as_of": "2026-11-20"}, "晚于认定日期"),
        ({"birth_date": "gestern"}, "请改正下面标出的地方"),
        ({"self_paid_yuan": "-1"}, "金额不能是负数"),
        ({"diagnoses": ["no such illness"]}, "请改正下面标出的地方"),
        ({"hospital_grade": "9"}, "请改正下面标出的地方"),
        ({"hukou_code": "<script>"}, "请改正下面标出的地方"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(facts, words, staff):
    response = asked(staff, **facts)
    assert words in response.content.decode()
    assert "is_answered" not in response.context


def test_nothing_is_kept(staff, caplog):
    with caplog.at_level("DEBUG"):
        response = asked(staff, **CHILD)
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "congenital" not in caplog.text
    empty = staff.get(URL).content.decode()
    assert "1.2万元" not in empty
    assert not re.search(r'value="congenital_heart_disease"[^>]*checked', empty)


def test_the_answer_costs_the_same_however_much_fits(staff):
    def cost(**facts):
        asked(staff, **facts)
        with CaptureQueriesContext(connection) as captured:
            asked(staff, **facts)
        return len(captured)

    assert cost(birth_date="1950-01-01", diagnoses=["-"], hardship_causes=["-"]) == cost(**CHILD)
