"""Lists of people from other systems: the same rules, the same rows."""

import json

import pytest

from referrals.actions import import_writing
from referrals.actions import imports as actions
from referrals.models import PeopleImport, Person
from tests.make.people import make_person
from tests.make.units import a_number

URL = "/api/v1/people-imports/"


@pytest.fixture
def session(cast, browse):
    return browse(cast.bureau_officer)


def send(session, rows, **options):
    body = {"kind": "other", "label": "同步", "rows": rows}
    return session.post(URL, json.dumps(body), content_type="application/json", **options)


def test_a_list_goes_the_same_road_as_a_workbook(session, cast):
    number = a_number()
    answer = send(session, [{"name": "张三", "number": number, "category": "dibao", "fact.hardship_level": "severe"}])
    assert answer.status_code == 202
    code = answer.json()["code"]
    assert not Person.objects.exists()
    row = actions.check(cast.bureau_officer, PeopleImport.objects.get(code=code))
    assert session.get(f"{URL}{code}/").json()["counts"] == {"new": 1}
    assert session.post(f"{URL}{code}/apply/", '{"mode": "all"}', content_type="application/json").status_code == 202
    import_writing.apply_import(cast.bureau_officer, row)
    person = Person.objects.get()
    assert (person.number, person.level) == (number, "severe")
    assert [held.category for held in person.categories.all()] == ["dibao"]


def test_rows_tell_what_is_wrong_and_mask_numbers(session, cast):
    known = make_person(cast.town, name="张三", phone="0467-2345678")
    code = send(
        session, [{"name": "", "number": "1"}, {"name": "张三", "number": known.number, "phone": "04672345699"}]
    )
    code = code.json()["code"]
    actions.check(cast.bureau_officer, PeopleImport.objects.get(code=code))
    rows = session.get(f"{URL}{code}/rows/").json()["results"]
    assert [row["verdict"] for row in rows] == ["wrong", "conflict"]
    assert rows[1]["person"] == known.code
    assert "2345678" not in json.dumps(rows)
    assert session.get(f"{URL}{code}/rows/?verdict=wrong").json()["results"] == rows[:1]


def test_the_same_request_counts_once(session):
    rows = [{"name": "张三", "number": a_number()}]
    first, second = (send(session, rows, headers={"Idempotency-Key": "k1"}) for _turn in range(2))
    assert first.json()["code"] == second.json()["code"]
    assert PeopleImport.objects.count() == 1


def test_lines_are_taken_too(session):
    lines = [{"kind": "other"}, {"name": "张三", "number": a_number()}, {"name": "李四", "number": a_number()}]
    body = "\n".join(json.dumps(line) for line in lines)
    answer = session.post(URL, body, content_type="application/x-ndjson")
    assert answer.status_code == 202
    assert session.post(URL, body + "\n{", content_type="application/x-ndjson").json()["code"] == "malformed"


@pytest.mark.parametrize(
    "rows",
    [
        [], "x", [1], [{}], [{"nobody": 1}], [{"name": {"a": 1}}], [{"name": [["a"]]}], None,
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(session, rows):
    answer = send(session, rows)
    assert answer.status_code == 400
    assert not PeopleImport.objects.exists()


def test_a_value_of_another_kind_is_a_wrong_row(session, cast):
    code = send(session, [{"name": 5, "number": True}, {"name": "张三", "number": a_number(), "birth_date": [1, 2]}])
    row = actions.check(cast.bureau_officer, PeopleImport.objects.get(code=code.json()["code"]))
    assert row.counts == {"wrong": 2}


def test_a_platform_must_be_one_of_the_place(session):
    body = {"kind": "platform", "platform": "别处", "rows": [{"name": "张三"}]}
    answer = session.post(URL, json.dumps(body), content_type="application/json")
    assert answer.json()["errors"][0]["field"] == "platform"
