"""Consents over the API: the rules of the screens hold, tokens do no more than they were given, deeds count once."""

import base64
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from members.models import AuditEntry
from referrals import disclosure
from referrals.models import Consent
from tests.make.people import make_consent, make_minor_approval, make_person, make_provision, make_wording
from tests.members.test_tokens import token_for

pytestmark = pytest.mark.django_db
SCOPES = ("person.view", "consent.view", "consent.record", "consent.withdraw")
ALL = ["purpose", "recipients", "items", "sensitive", "withdrawal", "freedom"]


def url_of(consent, verb=""):
    return f"/api/v1/consents/{consent.code}/{verb}"


@pytest.fixture
def person(cast):
    return make_person(cast.town, name="测试甲")


@pytest.fixture
def session(cast, browse):
    make_wording()
    return browse(cast.town_caseworker)


def send(session, url, body, **headers):
    return session.post(url, body, content_type="application/json", headers=headers)


def asked(cast, **more):
    until = timezone.localdate().replace(year=timezone.localdate().year + 1, day=1).isoformat()
    return {
        "purpose": "refer_to_org", "recipients": [cast.charity.code], "items": ["name"],
        "sensitive_items": ["diagnosis"], "until": until, **more,
    }  # fmt: skip


def answer(**more):
    return {
        "explained": ALL, "giver": "self", "form": "oral", "witness_name": "某见证人",
        "signed_on": timezone.localdate().isoformat(), **more,
    }  # fmt: skip


def picture():
    content = BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return {"name": "签字.png", "content": base64.b64encode(content.getvalue()).decode()}


def test_a_consent_is_asked_given_and_taken_back(cast, person, session):
    begun = send(session, f"/api/v1/people/{person.code}/consents/", asked(cast))
    assert (begun.status_code, begun.json()["standing"]) == (201, "draft")
    consent = Consent.objects.get(code=begun.json()["code"])
    given = send(session, url_of(consent, "give/"), answer(version=begun.json()["version"]))
    assert given.status_code == 200, given.content
    assert given.json()["standing"] == "in_force"
    assert given.json()["recipients_left"] == [{"code": cast.charity.code, "name": cast.charity.name}]
    part = send(session, url_of(consent, "withdraw/"), {"items": ["diagnosis"], "channel": "phone"})
    assert (part.json()["standing"], part.json()["items_left"]) == ("reduced", ["name"])
    whole = send(session, url_of(consent, "withdraw/"), {"channel": "phone"})
    assert (whole.json()["standing"], whole.json()["recipients_left"]) == ("withdrawn", [])
    assert send(session, url_of(consent, "withdraw/"), {"channel": "phone"}).status_code == 422


def test_a_signed_consent_needs_its_scan_and_the_check_of_the_newest_paper(cast, person, session):
    consent = make_consent(person, [cast.charity], actor=cast.town_caseworker, state="draft")
    signed = answer(form="signed", version=consent.version)
    del signed["witness_name"]
    assert send(session, url_of(consent, "give/"), signed).json()["errors"][0]["field"] == "file"
    wrong = send(session, url_of(consent, "give/"), signed | {"file": picture(), "check": "00000000"})
    assert wrong.json()["errors"][0]["field"] == "check"
    check = session.get(url_of(consent, "paper/")).json()["check"]
    given = send(session, url_of(consent, "give/"), signed | {"file": picture(), "check": check})
    assert given.status_code == 200, given.content
    assert Consent.objects.get(pk=consent.pk).file_key


@pytest.mark.parametrize(("wrong", "field"), [
    ({"explained": ALL[:-1]}, "explained"), ({"witness_name": ""}, "witness_name"),
    ({"giver": "guardian"}, "giver_name"), ({"signed_on": "2999-01-01"}, "signed_on"),
    ({"form": "screen"}, "form"), ({"who": "x"}, "who"),
    ({"form": "signed", "file": {"name": "a.png", "content": "###"}}, "file.content"),
    ({"form": "signed", "file": {"name": "a.pdf", "content": "TVo="}}, "file"),
])  # fmt: skip
def test_the_rules_of_the_counter_hold(wrong, field, cast, person, session):
    consent = make_consent(
        person, [cast.charity], actor=cast.town_caseworker, sensitive_items=["diagnosis"], state="draft"
    )
    refused = send(session, url_of(consent, "give/"), answer(version=consent.version, **wrong))
    assert refused.status_code in (400, 422)
    assert refused.json()["errors"][0]["field"] == field
    assert Consent.objects.get(pk=consent.pk).state == "draft"


def test_a_sensitive_item_is_never_among_the_others(cast, person, session):
    body = asked(cast, items=["name", "diagnosis"], sensitive_items=[])
    assert send(session, f"/api/v1/people/{person.code}/consents/", body).json()["errors"][0]["field"] == "items"
    assert not Consent.objects.exists()


def test_from_fourteen_on_both_sign(cast, session):
    today = timezone.localdate()
    child = make_person(cast.town, born=today.replace(year=today.year - 15, day=1).isoformat())
    assert session.get(f"/api/v1/people/{child.code}/consents/").status_code == 403
    make_minor_approval(cast.town_caseworker, child)
    consent = make_consent(child, [cast.charity], actor=cast.town_caseworker, state="draft")
    mother = {"giver": "guardian", "giver_name": "某监护人", "relation": "mother", "version": consent.version}
    alone = send(session, url_of(consent, "give/"), answer(**mother))
    assert alone.json()["errors"][0]["field"] == "is_signed_by_minor"
    assert send(session, url_of(consent, "give/"), answer(is_signed_by_minor=True, **mother)).status_code == 200


def test_who_said_no_is_not_asked_again(cast, person, session):
    consent = make_consent(person, [cast.charity], actor=cast.town_caseworker, state="draft")
    said = send(session, url_of(consent, "refuse/"), {"version": consent.version})
    assert (said.status_code, said.json()["standing"]) == (200, "refused")
    url = f"/api/v1/people/{person.code}/consents/"
    assert send(session, url, asked(cast)).json()["errors"][0]["field"] == "reopened_reason"
    assert send(session, url, asked(cast, reopened_reason="本人打电话来要求")).status_code == 201


def test_an_answer_names_the_version_it_was_given_to(cast, person, session):
    consent = make_consent(person, [cast.charity], actor=cast.town_caseworker, state="draft")
    assert send(session, url_of(consent, "give/"), answer()).status_code == 428
    changed = session.patch(
        url_of(consent), {**asked(cast), "version": consent.version, "items": ["name", "needs"]},
        content_type="application/json",
    )  # fmt: skip
    assert changed.status_code == 400  # the purpose is not changed
    body = {name: value for name, value in asked(cast).items() if name != "purpose"}
    tag = session.get(url_of(consent)).headers["ETag"]
    changed = session.patch(url_of(consent), body, content_type="application/json", headers={"If-Match": tag})
    assert changed.json()["version"] == consent.version + 1
    assert send(session, url_of(consent, "give/"), answer(version=consent.version)).status_code == 409
    stale = session.patch(url_of(consent), body, content_type="application/json", headers={"If-Match": tag})
    assert stale.status_code == 412


def test_the_same_request_counts_once(cast, person, session):
    url, key = f"/api/v1/people/{person.code}/consents/", {"Idempotency-Key": "one"}
    first, second = send(session, url, asked(cast), **key), send(session, url, asked(cast), **key)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Consent.objects.count() == 1


def test_a_withdrawal_closes_the_road_at_once(cast, session):
    person = make_person(cast.town)
    provision = make_provision(cast.town_caseworker, person, cast.charity)
    assert disclosure.permitted(cast.charity_reviewer, person)
    assert send(session, url_of(provision.consent, "withdraw/"), {"channel": "counter"}).status_code == 200
    assert not disclosure.permitted(cast.charity_reviewer, person)


def test_a_token_does_what_it_was_given(cast, person):
    make_wording()
    reader = token_for(cast, "town_caseworker", SCOPES[:2])
    consent = make_consent(person, [cast.charity], actor=cast.town_caseworker, state="draft")
    headers = {"Authorization": f"Bearer {reader}"}
    assert Client().get(url_of(consent), headers=headers).status_code == 200
    assert send(Client(), url_of(consent, "refuse/"), {"version": 1}, **headers).status_code == 403
    # Its check would let the caller withdraw on the public page.
    assert Client().get(url_of(consent, "paper/"), headers=headers).json()["check"] == ""
    writer = {"Authorization": f"Bearer {token_for(cast, 'town_caseworker', SCOPES)}"}
    assert send(Client(), url_of(consent, "refuse/"), {"version": consent.version}, **writer).status_code == 200


def test_whoever_looks_leaves_a_line_and_no_name_is_told(cast, person, session):
    mother = {"giver": "guardian", "giver_name": "张监护", "relation": "mother", "authority": "判决书"}
    make_consent(person, [cast.charity], actor=cast.town_caseworker, **mother)
    before = AuditEntry.objects.filter(action="person.view").count()
    told = session.get(f"/api/v1/people/{person.code}/consents/")
    assert len(told.json()["results"]) == 1
    assert "张监护" not in told.content.decode()
    assert AuditEntry.objects.filter(action="person.view").count() == before + 1


# -- the receiver's side ----------------------------------------------------------------------------------------------
def test_a_receiver_reads_what_the_consent_covers_and_each_look_is_logged(cast, browse):
    person = make_person(cast.town, name="测试甲", phone="0467-5550101", address="建设路3号")
    provision = make_provision(cast.town_caseworker, person, cast.charity, ["name", "phone"])
    session = browse(cast.charity_reviewer)
    row = session.get("/api/v1/received/").json()["results"][0]
    assert (row["code"], row["items"], "测试甲" in str(row)) == (provision.code, ["name", "phone"], False)
    told = session.get(f"/api/v1/received/{provision.code}/")
    assert {one["item"]: one["value"] for one in told.json()["values"]} == {"name": "测试甲", "phone": "0467-5550101"}
    assert "建设路" not in told.content.decode()
    assert person.disclosures.filter(kind="seen", actor=cast.charity_reviewer).count() == 1


def test_what_was_taken_back_is_told_no_more(cast, browse, session):
    person = make_person(cast.town, name="测试甲", phone="0467-5550101")
    provision = make_provision(cast.town_caseworker, person, cast.charity, ["name", "phone"])
    url = f"/api/v1/received/{provision.code}/"
    send(session, url_of(provision.consent, "withdraw/"), {"items": ["phone"], "channel": "phone"})
    receiver = browse(cast.charity_reviewer)
    part = receiver.get(url).json()
    assert ([one["item"] for one in part["values"]], part["withheld"]) == (["name"], ["phone"])
    assert send(receiver, f"{url}deleted/", {}).status_code == 422
    send(session, url_of(provision.consent, "withdraw/"), {"channel": "phone"})
    whole = receiver.get(url).json()
    assert (whole["values"], whole["ended"], "撤回" in whole["reason_why_not"]) == ([], "withdrawn", True)
    assert receiver.get("/api/v1/received/").json()["results"] == []
    assert send(receiver, f"{url}deleted/", {}).json()["deleted_at"]
    assert browse(cast.bureau_officer).get(url).status_code == 404
