"""Exchange in FHIR: every state has its words and is found again; a Task moves a referral as the table allows."""

import json

import pytest

from referrals import fhir
from referrals.models import DisclosureLog, Referral, ReferralStep
from referrals.workflow import MOVES, Side, State
from tests.make.people import make_person
from tests.make.referrals import ITEMS, make_referral

pytestmark = pytest.mark.django_db
TASK_STATUSES = {
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
}  # fmt: skip
REQUEST_STATUSES = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}


def url_of(referral):
    return f"/api/v1/referrals/{referral.code}/fhir/"


def update(session, referral, status, *, version=None, **more):
    version = version or Referral.objects.get(pk=referral.pk).version
    body = {"resourceType": "Task", "meta": {"versionId": str(version)}, "status": status, "intent": "order", **more}
    return session.post(url_of(referral), json.dumps(body), content_type="application/fhir+json")


def coded(system, code):
    return {"coding": [{"system": fhir.BASE + system, "code": code}]}


def field(name, **value):
    return {"type": coded("field", name), **value}


def said_by(refused):
    """(status, FHIR's code, our code) of an OperationOutcome."""
    assert refused.headers["Content-Type"] == "application/fhir+json"
    first = refused.json()["issue"][0]
    return refused.status_code, first["code"], first["details"]["coding"][0]["code"]


@pytest.fixture
def both(cast, browse):
    return browse(cast.bureau_officer), browse(cast.charity_reviewer)


# -- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words_and_is_found_again(state, cast):
    task, request = fhir.STATUSES[state]
    assert (task in TASK_STATUSES, request in REQUEST_STATUSES) == (True, True)
    assert fhir.state_of(task, state.value) == state
    assert [fhir.state_of(other, state.value) for other in fhir.TASK_STATUSES if other != task] == [None] * (
        len(fhir.TASK_STATUSES) - 1
    )


def test_no_two_moves_lead_from_one_state_to_another():
    """Otherwise a Task would not say which is meant."""
    ways = [
        (source, move.target) for move in MOVES.values()
        if move.target and not move.is_by_clock and move.side != Side.COORDINATOR
        for source in move.sources
    ]  # fmt: skip
    assert len(ways) == len(set(ways))


# -- outward ----------------------------------------------------------------------------------------------------------
def test_a_receiver_gets_the_request_the_task_and_of_the_person_what_the_list_names(cast, both):
    person = make_person(cast.town, name="测试甲", address="建设路3号", phone="0467-5550101")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer
    )
    answer = both[1].get(url_of(referral))
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert answer.headers["ETag"] == f'"{referral.version}"'
    bundle = answer.json()
    found = {one["resource"]["resourceType"]: one["resource"] for one in bundle["entry"]}
    assert found.keys() == {
        "ServiceRequest", "Task", "Organization", "Patient", "QuestionnaireResponse",
    }  # fmt: skip
    task = found["Task"]
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("received", "received")
    assert task["meta"]["versionId"] == str(referral.version)
    assert found["Patient"]["name"] == [{"text": "测试甲"}]
    assert found["Patient"].keys() == {"resourceType", "id", "name", "telecom"}
    assert [item["linkId"] for item in found["QuestionnaireResponse"]["item"]] == ITEMS
    urls = {one["fullUrl"] for one in bundle["entry"]}
    for place in (task["focus"], task["for"], task["owner"], found["ServiceRequest"]["subject"]):
        assert place["reference"] in urls
    text = answer.content.decode()
    assert ("建设路" in text, person.number in text, "null" in text) == (False, False, False)
    assert DisclosureLog.objects.filter(kind="seen", actor=cast.charity_reviewer).exists()


def test_before_it_was_agreed_to_and_after_it_was_taken_back_there_is_no_patient(cast, both, browse):
    person = make_person(cast.town, name="测试甲")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer
    )
    told = {"input": [field("evidence", valueCode="counter")], "statusReason": coded("reason", "declined.refuses")}
    done = update(
        browse(cast.bureau_approver), referral, "cancelled", **told, businessStatus=coded("referral-state", "withdrawn")
    )
    assert done.status_code == 200, done.content
    answer = both[1].get(url_of(referral))
    kinds = [one["resource"]["resourceType"] for one in answer.json()["entry"]]
    assert kinds == ["ServiceRequest", "Task", "Organization", "Organization"]
    assert answer.json()["entry"][1]["resource"]["for"] == {"extension": [{"url": fhir.ABSENT, "valueCode": "masked"}]}
    assert ("测试甲" in answer.content.decode(), person.code in answer.content.decode()) == (False, False)


# -- inward -----------------------------------------------------------------------------------------------------------
def test_a_partner_takes_it_on_works_and_reports_by_its_task(cast, both):
    referral = make_referral(cast.bureau_officer, cast.charity)
    bureau, charity = both
    done = update(charity, referral, "accepted", note=[{"text": "可以办"}])
    assert done.json()["businessStatus"]["coding"][0]["code"] == "accepted"
    assert update(charity, referral, "in-progress", input=[field("first_action", valueCode="visit")]).status_code == 200
    [need] = referral.needs.all()
    effect = field("effect", valueCodeableConcept=coded("effect", "met"))
    effect["extension"] = [{"url": fhir.BASE + "need", "valueIdentifier": {"value": need.code}}]
    said = [effect, field("summary", valueString="已送到"), field("no_aid_reason", valueString="由学校减免")]
    done = update(charity, referral, "completed", output=said)
    assert done.json()["businessStatus"]["coding"][0]["code"] == "reported"
    assert update(bureau, referral, "completed").json()["businessStatus"]["coding"][0]["code"] == "reported"
    done = update(bureau, referral, "completed", businessStatus=coded("referral-state", "closed"))
    assert done.json()["businessStatus"]["coding"][0]["code"] == "closed"
    verbs = list(ReferralStep.objects.values_list("verb", flat=True))
    assert verbs == ["send", "sign", "accept", "begin", "report", "confirm"]
    assert bureau.get(url_of(referral)).json()["entry"][0]["resource"]["status"] == "completed"


def test_a_partner_says_no_with_a_reason_of_the_table(cast, both):
    referral = make_referral(cast.bureau_officer, cast.charity)
    _bureau, charity = both
    assert said_by(update(charity, referral, "rejected")) == (400, "invalid", "invalid")
    done = update(charity, referral, "rejected", statusReason=coded("reason", "no_capacity.no_funds"))
    assert done.json()["statusReason"]["coding"][0]["code"] == "no_capacity.no_funds"
    assert Referral.objects.get().state == "rejected"


def test_what_the_table_forbids_changes_nothing_and_says_why(cast, both, browse):
    referral = make_referral(cast.bureau_officer, cast.charity)
    bureau, charity = both
    assert said_by(update(bureau, referral, "accepted")) == (403, "forbidden", "forbidden")
    assert said_by(update(charity, referral, "in-progress")) == (409, "business-rule", "wrong_state")
    assert said_by(update(charity, referral, "accepted", version=9)) == (409, "conflict", "conflict")
    assert said_by(update(charity, referral, "ready")) == (400, "invalid", "invalid")
    assert said_by(update(browse(cast.other_bureau_approver), referral, "accepted")) == (404, "not-found", "not_found")
    other = coded("referral-state", "closed")
    assert said_by(update(charity, referral, "accepted", businessStatus=other)) == (400, "invalid", "invalid")
    without = charity.post(url_of(referral), '{"resourceType": "Task", "status": "accepted"}', "application/fhir+json")
    assert said_by(without) == (428, "required", "version_required")
    assert said_by(update(browse(None), referral, "accepted")) == (401, "login", "not_authenticated")
    # Signed and then refused is not signed either.
    assert said_by(update(charity, referral, "accepted", restriction={"period": {"end": "2020-01-01"}}))[0] == 422
    assert (Referral.objects.get().state, ReferralStep.objects.count()) == ("sent", 1)


@pytest.mark.parametrize(
    "hostile",
    [
        {"note": "x"}, {"note": [{"text": {"a": 1}}]}, {"statusReason": {"coding": "x"}}, {"input": [{"type": []}]},
        {"input": [{"type": coded("field", "state"), "valueCode": "closed"}]}, {"restriction": {"period": []}},
        {"output": [{"type": coded("field", "effect"), "extension": "x", "valueCode": 3}]},
        {"meta": {"versionId": {"a": 1}}}, {"businessStatus": {"coding": [{"system": 1, "code": []}]}},
    ],
)  # fmt: skip
def test_a_task_of_any_shape_breaks_nothing(hostile, cast, both):
    referral = make_referral(cast.bureau_officer, cast.charity)
    answer = update(both[1], referral, "accepted", **hostile)
    assert answer.status_code in (200, 400, 409, 422, 428), answer.content
    assert Referral.objects.get().state in ("sent", "accepted")
