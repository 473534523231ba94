"""People, facts, needs, visits and checks over the API: as on the pages, masked, in one's scope, each look a line."""

import base64
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from members.models import AuditEntry
from referrals.models import EconomicCheck, Need, Person, Visit
from tests.make.people import (
    make_category,
    make_check,
    make_consent,
    make_need,
    make_person,
    make_provision,
    make_visit,
)
from tests.make.units import a_number
from tests.members.test_tokens import token_for

pytestmark = pytest.mark.django_db
PEOPLE = "/api/v1/people/"
PHONE = "0467-5550101"


def url_of(person, part=""):
    return f"{PEOPLE}{person.code}/{part}"


def send(session, url, body=None, **headers):
    return session.post(url, body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def session(cast, browse):
    return browse(cast.town_caseworker)


@pytest.fixture
def person(cast):
    return make_person(cast.town, name="测试甲", phone=PHONE, address="建设路3号")


def new(cast, **more):
    return {"name": "测试乙", "number": a_number("1970-05-06", "male"), "residence": cast.town_area.code, **more}


# -- people -----------------------------------------------------------------------------------------------------------
def test_birth_and_sex_come_from_the_number(cast, session):
    said = send(session, PEOPLE, new(cast, birth_date="2001-01-01", gender="female"))
    assert said.status_code == 201, said.content
    assert (said.json()["birth_date"], said.json()["gender"]) == ("1970-05-06", "male")
    assert Person.objects.get(code=said.json()["code"]).keeper == cast.town


def test_a_number_that_is_taken_and_somebody_alike_stand_in_the_way(cast, session):
    number = a_number("1970-05-06", "male")
    here = make_person(cast.town, born="1970-05-06", gender="male", number=number, name="测试乙")
    taken = send(session, PEOPLE, new(cast, number=number))
    assert (taken.status_code, taken.json()["errors"][0]["message"]) == (409, here.code)
    alike = send(session, PEOPLE, new(cast, number="", identity_kind="none", birth_date="1970-05-06"))
    assert alike.status_code == 409
    body = new(cast, number="", identity_kind="none", birth_date="1970-05-06", is_another=True)
    assert send(session, PEOPLE, body).status_code == 201


def test_of_somebody_elsewhere_only_the_place_to_ask_is_told(cast, session):
    number = a_number("1970-05-06", "male")
    there = make_person(cast.charity, residence=cast.town_area, name="别处的人", number=number, born="1970-05-06")
    told = send(session, PEOPLE, new(cast, number=number, name="别处的人"))
    assert told.status_code == 409
    assert "甲区" in told.json()["errors"][0]["message"]
    assert there.code not in told.content.decode()
    send(session, PEOPLE, new(cast, number=number, name="别处的人"), **{"Idempotency-Key": "again"})
    assert AuditEntry.objects.filter(action="person.alike").count() == 2


@pytest.mark.parametrize(("wrong", "field"), [
    ({"name": ""}, "name"), ({"number": "123"}, "number"), ({"residence": "999999999999"}, "residence"),
    ({"phone": "abc"}, "phone"), ({"colour": "red"}, "colour"), ({"name": "测\u202e试"}, "name"),
    ({"died_on": "2020-01-01"}, "died_on"), ({"account": "x1"}, "account"),
])  # fmt: skip
def test_what_the_form_refuses_is_refused(wrong, field, cast, session):
    refused = send(session, PEOPLE, new(cast, **wrong))
    assert refused.status_code in (400, 422)
    assert refused.json()["errors"][0]["field"] == field
    assert not Person.objects.exists()


def test_numbers_are_masked_and_each_look_is_a_line(cast, session, person):
    said = session.get(url_of(person))
    assert said.json()["name"] == "测试甲"
    assert (PHONE in said.content.decode(), person.number in said.content.decode()) == (False, False)
    line = AuditEntry.objects.filter(action="person.view").latest("pk")
    assert (line.actor_id, line.object_code) == (cast.town_caseworker.pk, person.code)


def test_a_supervisor_sees_a_surname_and_no_street(cast, browse, person):
    said = browse(cast.city_supervisor).get(url_of(person)).json()
    assert said["name"] != "测试甲"
    assert "3号" not in said["address"]


def test_a_minor_is_closed_without_an_approval(cast, session):
    child = make_person(cast.town, born=f"{timezone.localdate().year - 8}-01-01", name="小测试")
    for part in ("", "facts/", "needs/", "visits/", "consents/"):
        assert session.get(url_of(child, part)).status_code == 403
    assert "小测试" not in session.get(PEOPLE).content.decode()


def test_the_list_is_narrowed_and_holds_only_those_in_sight(cast, session, person):
    make_category(make_person(cast.town), "tekun")
    make_person(cast.charity, residence=cast.town_area)
    rows = session.get(PEOPLE, {"category": "tekun"}).json()["results"]
    assert [row["categories"] for row in rows] == [["tekun"]]
    assert len(session.get(PEOPLE).json()["results"]) == 2
    assert session.get(PEOPLE, {"name": "测试甲"}).status_code == 400


def test_names_are_found_by_what_stands_in_the_body(cast, session, person):
    assert [row["code"] for row in send(session, f"{PEOPLE}find/", {"text": "csj"}).json()["results"]] == [person.code]
    found = send(session, f"{PEOPLE}find/", {"text": person.number})
    assert [row["code"] for row in found.json()["results"]] == [person.code]
    make_person(cast.charity, residence=cast.town_area, name="别人家")
    assert send(session, f"{PEOPLE}find/", {"text": "别人家"}).json()["results"] == []


def test_a_change_names_the_version_and_touches_what_it_names(session, person):
    assert session.patch(url_of(person), {"remark": "x"}, content_type="application/json").status_code == 428
    tag = session.get(url_of(person)).headers["ETag"]
    said = session.patch(
        url_of(person), {"address": "胜利路1号"}, content_type="application/json", headers={"If-Match": tag}
    )
    assert (said.status_code, said.json()["version"]) == (200, person.version + 1)
    fresh = Person.objects.get(pk=person.pk)
    assert (fresh.address, fresh.phone, fresh.name) == ("胜利路1号", PHONE, "测试甲")
    late = session.patch(url_of(person), {"name": "别名", "version": 1}, content_type="application/json")
    assert late.status_code == 409


def test_a_request_to_register_counts_once(cast, session):
    body = new(cast)
    first, second = (send(session, PEOPLE, body, **{"Idempotency-Key": "p1"}) for _ in range(2))
    assert first.json()["code"] == second.json()["code"]
    assert Person.objects.count() == 1


def test_nobody_asks_a_list_of_numbers(cast, session, monkeypatch):
    monkeypatch.setattr("referrals.people_api.ASKING", "2/600000000")
    bodies = [new(cast, name=f"测试{letter}") for letter in "丙丁戊"]
    assert [send(session, PEOPLE, body).status_code for body in bodies] == [201, 201, 429]


def test_facts_are_recorded_by_name_and_told_with_their_day(session, person):
    wrong = send(session, url_of(person, "facts/"), {"facts": {"hardship_level": "very"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "hardship_level")
    said = send(
        session, url_of(person, "facts/"),
        {"facts": {"hardship_level": "severe", "medical_cost_left_yuan": 1200}, "source": "结算单"},
    )  # fmt: skip
    assert {row["name"]: row["value"] for row in said.json()["results"]} == {
        "hardship_level": "severe", "medical_cost_left_yuan": "1200",
    }  # fmt: skip
    assert Person.objects.get(pk=person.pk).level == "severe"


def test_verifying_makes_the_record_fresh(cast, session):
    stale = make_person(cast.town, last_verified_on="2020-01-01")
    assert session.get(PEOPLE, {"state": "stale"}).json()["results"][0]["is_stale"]
    assert send(session, url_of(stale, "verify/")).json()["is_stale"] is False


# -- needs, visits, checks --------------------------------------------------------------------------------------------
def test_needs_are_added_changed_and_moved(session, person):
    need = send(session, url_of(person, "needs/"), {"kind": "housing", "wish": "换一扇门", "estimated_yuan": "1200.50"})
    assert need.status_code == 201, need.content
    url = f"/api/v1/needs/{need.json()['code']}/"
    changed = session.patch(url, {"urgency": "urgent", "version": 1}, content_type="application/json")
    assert (changed.json()["urgency"], changed.json()["wish"]) == ("urgent", "换一扇门")
    assert send(session, f"{url}move/", {"state": "met"}).json()["errors"][0]["field"] == "note"
    assert send(session, f"{url}move/", {"state": "met", "note": "慈善会已换"}).json()["state"] == "met"
    assert session.get("/api/v1/needs/").json()["results"] == []
    assert len(session.get("/api/v1/needs/", {"state": "all"}).json()["results"]) == 1


def test_a_wish_is_told_to_those_who_work_on_people(cast, browse, person):
    make_need(person, wish="换一扇门")
    assert "换一扇门" not in browse(cast.city_supervisor).get("/api/v1/needs/").content.decode()
    assert browse(cast.charity_reviewer).get("/api/v1/needs/").json()["results"] == []
    assert "换一扇门" in browse(cast.bureau_officer).get("/api/v1/needs/").content.decode()


def test_a_visit_is_recorded_with_its_picture(session, person):
    content = BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "JPEG")
    photo = {"name": "a.jpg", "content": base64.b64encode(content.getvalue()).decode()}
    body = {
        "occasion": "bureau_round", "visited_on": timezone.localdate().isoformat(), "visitors": "两人",
        "result": "changed", "findings": "窗户漏风", "photos": [photo],
    }  # fmt: skip
    said = send(session, url_of(person, "visits/"), body)
    assert (said.status_code, said.json()["findings"]) == (201, "窗户漏风")
    assert Visit.objects.get().photos.count() == 1
    assert send(session, url_of(person, "visits/"), {**body, "visited_on": "2999-01-01"}).status_code == 422


def test_visits_are_told_in_ones_scope(cast, browse, person):
    make_visit(person, findings="窗户漏风")
    assert browse(cast.charity_reviewer).get("/api/v1/visits/").json()["results"] == []
    supervisor = browse(cast.city_supervisor).get("/api/v1/visits/").json()["results"]
    assert [row["findings"] for row in supervisor] == [""]


def test_a_check_is_asked_with_the_signatures_of_all_adults(cast, session, person):
    make_consent(person, [cast.bureau], actor=cast.town_caseworker, purpose="economic_check", items=["name"])
    body = {"purpose": "申请医疗救助", "signed": [], "signed_on": timezone.localdate().isoformat()}
    assert send(session, url_of(person, "check/"), body).json()["errors"][0]["field"] == "signed"
    said = send(session, url_of(person, "check/"), {**body, "signed": [person.code]})
    assert (said.status_code, said.json()["bureau"]["code"]) == (201, cast.bureau.code)
    assert EconomicCheck.objects.get().organization == cast.town


def test_a_conclusion_is_told_while_the_consent_stands_and_findings_never(cast, browse):
    person = make_person(cast.bureau)
    provision = make_provision(cast.bureau_officer, person, cast.charity)
    check = make_check(person, cast.charity, state="delivered")
    session, url = browse(cast.charity_reviewer), f"/api/v1/checks/{check.code}/"
    said = session.get(url)
    assert (said.json()["conclusion"], "存款" in said.content.decode()) == ("within", False)
    assert "存款" not in browse(cast.bureau_officer).get(url).content.decode()
    send(browse(cast.bureau_officer), f"/api/v1/consents/{provision.consent.code}/withdraw/", {"channel": "phone"})
    assert session.get(url).json()["conclusion"] == ""


def test_a_token_that_may_only_read_writes_nothing(cast, person):
    headers = {"Authorization": f"Bearer {token_for(cast, 'town_caseworker', ['person.view'])}"}
    assert Client().get(url_of(person), headers=headers).status_code == 200
    assert send(Client(), url_of(person, "needs/"), {"kind": "housing", "wish": "x"}, **headers).status_code == 403
    assert not Need.objects.exists()
