"""Papers over the API: the same gate as on the pages, the same lines, one paper once."""

import base64

import pytest
from django.urls import reverse

from members.models import AuditEntry
from referrals.actions.consents import withdraw_consent
from referrals.models import DisclosureLog
from tests.make.people import make_document, make_person, make_provision
from tests.referrals.test_documents import PDF


@pytest.fixture
def person(cast):
    return make_person(cast.town)


def file_of(content=PDF, name="诊断.pdf"):
    return {"name": name, "content": base64.b64encode(content).decode()}


def send(session, name, code, body, **headers):
    return session.post(reverse(f"api:{name}", args=[code]), body, content_type="application/json", headers=headers)


def test_a_paper_comes_in_once_is_listed_and_comes_out_as_it_went_in(cast, person, browse):
    session = browse(cast.town_caseworker)
    body = {"kind": "diagnosis_certificate", "title": "三月出院", "file": file_of()}
    first, again = (send(session, "documents", person.code, body, **{"Idempotency-Key": "p1"}) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    (listed,) = session.get(reverse("api:documents", args=[person.code])).json()["results"]
    assert listed == first.json()
    assert (listed["content_type"], listed["size"], listed["file_name"]) == ("application/pdf", len(PDF), "诊断.pdf")
    answer = session.get(reverse("api:document_file", args=[listed["code"]]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="document.download", object_code=person.code).count() == 1


def test_what_cannot_be_taken_is_refused_in_words(cast, person, browse):
    session = browse(cast.town_caseworker)
    for file in (file_of(b"MZ program"), {"name": "a.pdf", "content": "not base64!"}):
        answer = send(session, "documents", person.code, {"kind": "exam_records", "file": file})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    unknown = send(session, "documents", person.code, {"kind": "poem", "file": file_of()})
    assert unknown.json()["errors"][0]["field"] == "kind"
    good = {"kind": "exam_records", "file": file_of()}
    assert send(session, "documents", person.code, good).status_code == 201
    twice = send(session, "documents", person.code, good)
    assert (twice.status_code, "已经收存过" in twice.json()["detail"]) == (422, True)


def test_put_aside_it_is_gone_for_everybody(cast, person, browse):
    document, session = make_document(person), browse(cast.town_caseworker)
    assert send(session, "put_aside_document", document.code, {}).status_code == 400
    assert send(session, "put_aside_document", document.code, {"reason": "传错了"}).status_code == 200
    assert session.get(reverse("api:document_file", args=[document.code])).status_code == 404
    assert session.get(reverse("api:documents", args=[person.code])).json()["results"] == []


def test_a_receiver_reads_what_a_consent_covers_and_nothing_of_what_it_is_called(cast, browse):
    person = make_person(cast.bureau)
    document = make_document(person, title="某人的诊断", file_name="某人.pdf")
    make_document(person, "bank_card")
    provision = make_provision(cast.bureau_officer, person, cast.charity, ("name", "paper_health"))
    session = browse(cast.charity_reviewer)
    url = reverse("api:received_documents", args=[provision.code])
    (listed,) = session.get(url).json()["results"]
    assert (listed["code"], listed.keys() & {"title", "file_name", "sha256"}) == (document.code, set())
    file = reverse("api:document_file", args=[document.code])
    assert session.get(file).status_code == 200
    assert DisclosureLog.objects.filter(person=person, kind="seen", items=["paper_health"]).count() == 1
    withdraw_consent(cast.bureau_officer, provision.consent, channel="in_person")
    assert session.get(url).json()["results"] == []
    assert session.get(file).status_code == 404
    assert send(session, "put_aside_document", document.code, {"reason": "试试"}).status_code == 404
