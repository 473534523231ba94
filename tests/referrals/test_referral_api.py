"""Referrals over the API: the same road as the pages, and no more than they show."""

import json

import pytest
from django.test import Client

from members.models import AuditEntry
from referrals.actions.referrals import submit_referral
from referrals.forms.referrals import ASKED as ON_THE_PAGE
from referrals.forms.referrals import move_form
from referrals.models import DisclosureLog, Referral, ReferralApproval, ReferralStep
from referrals.move_api import ASKED, BODIES, BY_PEOPLE
from referrals.workflow import MOVES, State
from tests.make.catalogue import make_program
from tests.make.people import make_consent, make_need, make_person, make_safeguards
from tests.make.referrals import ITEMS, make_draft, make_receiver, make_referral
from tests.make.units import make_relation
from tests.members.test_tokens import token_for

pytestmark = pytest.mark.django_db
REFERRALS = "/api/v1/referrals/"


def url_of(referral, part=""):
    return f"{REFERRALS}{referral.code}/{part}"


def send(session, url, body=None, **headers):
    return session.post(url, body or {}, content_type="application/json", headers=headers)


def move(session, referral, verb, **said):
    """As a client does: with the version it saw."""
    version = Referral.objects.get(pk=referral.pk).version
    return send(session, url_of(referral, f"{verb.replace('_', '-')}/"), {"version": version, **said})


@pytest.fixture
def both(cast, browse):
    return browse(cast.bureau_officer), browse(cast.charity_reviewer)


# -- the whole way ----------------------------------------------------------------------------------------------------
def test_a_case_is_written_sent_decided_and_closed_by_two_systems(cast, both):
    bureau, charity = both
    person = make_person(cast.town, name="测试甲")
    need = make_need(person)
    make_receiver(cast.charity)
    make_safeguards(cast.town, cast.charity)
    asked = {"person": person.code, "receiver": cast.charity.code, "needs": [need.code]}
    draft = send(bureau, REFERRALS, {**asked, "ground": "policy_gap", "items": ITEMS})
    assert draft.status_code == 201, draft.content
    referral = Referral.objects.get(code=draft.json()["code"])
    seen = bureau.get(url_of(referral, "preview/")).json()
    assert (seen["missing"], seen["values"]) == (ITEMS, [])
    refused = move(bureau, referral, "send")
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    make_consent(person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    assert charity.get(url_of(referral)).status_code == 404
    assert move(bureau, referral, "send").json()["state"] == "sent"
    assert move(charity, referral, "sign").status_code == 200
    told = charity.get(url_of(referral)).json()
    assert {row["item"]: row["value"] for row in told["values"]}["name"] == "测试甲"
    assert move(charity, referral, "return", questions=["住在哪里？"]).json()["state"] == "returned"
    [question] = bureau.get(url_of(referral)).json()["questions"]
    unanswered = move(bureau, referral, "answer", answers={question["code"]: ""})
    assert unanswered.json()["errors"][0]["field"] == f"answers.{question['code']}"
    assert move(bureau, referral, "answer", answers={question["code"]: "平安路"}).json()["state"] == "received"
    assert move(charity, referral, "accept").json()["state"] == "accepted"
    assert move(charity, referral, "begin", first_action="visit").json()["state"] == "in_progress"
    report = {"effects": {need.code: "eased"}, "summary": "已送到", "no_aid_reason": "由学校减免"}
    assert move(charity, referral, "report", **report).json()["state"] == "reported"
    done = move(bureau, referral, "confirm", satisfaction=5, gap={"wish": "还差一台助听器"})
    assert done.json()["state"] == "closed"
    need.refresh_from_db()
    assert (need.state, person.needs.exclude(pk=need.pk).get().wish) == ("eased", "还差一台助听器")
    steps = charity.get(url_of(referral, "steps/")).json()["results"]
    assert [step["verb"] for step in steps][::-1] == [
        "send", "sign", "return", "answer", "accept", "begin", "report", "confirm",
    ]  # fmt: skip
    assert ReferralStep.objects.filter(referral=referral).count() == 8


# -- reading ----------------------------------------------------------------------------------------------------------
def test_a_receiver_reads_what_the_page_shows_and_it_is_written_down(cast, both):
    person = make_person(cast.town, name="测试甲", address="建设路3号")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer
    )
    bureau, charity = both
    listed = charity.get(REFERRALS).json()["results"]
    assert [(row["code"], row["name"]) for row in listed] == [(referral.code, "")]
    assert charity.get(REFERRALS, {"desk": "area"}).status_code == 403
    assert bureau.get(REFERRALS, {"desk": "sent"}).json()["results"][0]["name"] == "测试甲"
    answer = charity.get(url_of(referral))
    told = answer.json()
    assert [row["item"] for row in told["values"]] == ITEMS
    assert "建设路" not in answer.content.decode()
    assert told["circumstances"] == "收入不足以支付费用"
    moves = {"accept", "reject", "return", "forward", "hold", "withdraw"}
    assert {one["verb"]: one["why_not"] for one in told["moves"]} == dict.fromkeys(moves, "")
    assert answer.headers["ETag"] == f'"{referral.version}"'
    assert charity.get(url_of(referral), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert DisclosureLog.objects.filter(kind="seen", actor=cast.charity_reviewer).exists()
    line = AuditEntry.objects.filter(action="referral.view", actor_id=cast.charity_reviewer.pk).latest("pk")
    assert line.object_code == referral.code


def test_after_a_withdrawal_nothing_of_the_person_is_told(cast, both, browse):
    person = make_person(cast.town, name="测试甲")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer
    )
    done = move(
        browse(cast.bureau_approver), referral, "withdraw", evidence="counter", reason="declined.refuses", note="不办了"
    )
    assert done.json()["state"] == "withdrawn"
    answer = both[1].get(url_of(referral))
    told = answer.json()
    assert (told["values"], told["person"], told["needs"], told["circumstances"]) == ([], "", [], "")
    assert told["reason_why_not"]
    steps = both[1].get(url_of(referral, "steps/"))
    assert "测试甲" not in answer.content.decode() + steps.content.decode()
    assert {step["note"] for step in steps.json()["results"]} == {""}


def test_a_token_sees_a_person_only_with_the_scope_for_it(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    secret = token_for(cast, scopes=["referral.view", "referral.receive"])
    session = Client(headers={"Authorization": f"Bearer {secret}"})
    told = session.get(url_of(referral)).json()
    assert (told["values"], bool(told["reason_why_not"])) == ([], True)
    refused = move(session, referral, "accept")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "您的角色不能办理" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"tab": "all"}, "tab"),
        ({"tab": "draft"}, "tab"),
        ({"desk": "mine"}, "desk"),
        ({"unit": "nobody"}, "unit"),
        ({"state": "sent"}, "state"),
    ],
)
def test_a_filter_that_is_none_is_refused(asked, field, both):
    refused = both[1].get(REFERRALS, asked)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)


# -- refusals ---------------------------------------------------------------------------------------------------------
def test_a_state_cannot_be_set_by_its_name(cast, both):
    referral = make_referral(cast.bureau_officer, cast.charity)
    for body in ({"state": "closed"}, {"state": "closed", "version": referral.version}):
        refused = both[0].patch(url_of(referral), json.dumps(body), content_type="application/json")
        assert refused.status_code == 400
    for verb in ("closed", "close", "expire", "fall_away", "fall-away"):
        assert send(both[1], url_of(referral, f"{verb}/"), {"version": referral.version}).status_code == 404
    refused = move(both[1], referral, "sign", state="closed")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown")
    assert Referral.objects.get().state == "sent"


def test_a_forbidden_move_says_why_with_a_code(cast, both, browse):
    referral = make_referral(cast.bureau_officer, cast.charity)
    bureau, charity = both
    not_theirs = move(bureau, referral, "sign")
    assert (not_theirs.status_code, not_theirs.json()["code"]) == (403, "forbidden")
    too_early = move(charity, referral, "begin", first_action="visit")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "wrong_state")
    assert "待签收" in too_early.json()["detail"]
    assert [(one["field"], one["code"]) for one in too_early.json()["errors"]] == [
        ("state", "sent"), ("version", "current"),
    ]  # fmt: skip
    assert move(browse(cast.other_bureau_approver), referral, "sign").status_code == 404
    make_relation(cast.charity_approver, name=referral.person.name, number=referral.person.number)
    related = move(browse(cast.charity_approver), referral, "sign")
    assert (related.status_code, related.json()["code"]) == (403, "forbidden")
    assert "回避" in related.json()["detail"]


def test_whoever_comes_second_is_told_who_was_first(cast, both, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    seen = referral.version
    assert move(browse(cast.charity_approver), referral, "accept").status_code == 200
    late = {"version": seen, "reason": "no_capacity.no_funds"}
    refused = send(browse(cast.charity_approver), url_of(referral, "reject/"), late)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "慈善审批" in refused.json()["detail"]
    assert refused.json()["errors"][0]["code"] == "accepted"
    del late["version"]
    refused = send(browse(cast.charity_approver), url_of(referral, "reject/"), late, **{"If-Match": f'"{seen}"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
    assert "慈善审批" in refused.json()["detail"]
    assert send(browse(cast.charity_approver), url_of(referral, "reject/"), late).status_code == 428
    assert Referral.objects.get().state == "accepted"


def test_an_open_referral_of_the_same_person_and_program_stands_in_the_way(cast, both):
    program = make_program(cast.charity)
    first = make_referral(cast.bureau_officer, cast.charity, program=program)
    again = make_draft(cast.bureau_officer, cast.charity, first.person, is_covered=False, program=program)
    refused = move(both[0], again, "send")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert refused.json()["errors"] == [{"field": "", "code": "already_referred", "message": first.code}]


@pytest.mark.parametrize(
    ("verb", "said", "field"),
    [
        ("reject", {}, "reason"), ("reject", {"reason": "obsolete.accepted_elsewhere"}, "reason"),
        ("reject", {"reason": "unreachable.three_attempts"}, "note"), ("return", {}, "questions"),
        ("return", {"questions": ["a\nb"]}, "questions.0"),
        ("hold", {"review_on": "2020-01-01", "note": "x"}, "review_on"),
        ("hold", {"review_on": "2099-01-01"}, "note"), ("forward", {"receiver": "nobody"}, "receiver"),
        ("accept", {"extent": "half"}, "extent"), ("accept", {"note": "测\u202e试"}, "note"),
    ],
)  # fmt: skip
def test_a_body_is_checked_by_what_the_table_asks(verb, said, field, cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    refused = move(browse(cast.charity_approver), referral, verb, **said)
    assert refused.status_code in (400, 422), refused.content
    assert refused.json()["errors"][0]["field"] == field
    assert Referral.objects.get().state == "received"


# -- once -------------------------------------------------------------------------------------------------------------
def test_a_move_with_a_key_counts_once_and_another_body_is_refused(cast, both):
    referral = make_referral(cast.bureau_officer, cast.charity)
    body, key = {"version": referral.version}, {"Idempotency-Key": "k-1"}
    first, again = (send(both[1], url_of(referral, "sign/"), body, **key) for _time in range(2))
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    other = send(both[1], url_of(referral, "sign/"), {"version": 9}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert ReferralStep.objects.filter(verb="sign").count() == 1


def test_a_draft_is_changed_and_thrown_away_once(cast, both):
    bureau, _charity = both
    draft = make_draft(cast.bureau_officer, cast.charity)
    edit = {"circumstances": "改过", "urgency": "urgent", "version": draft.version}
    changed = bureau.patch(url_of(draft), json.dumps(edit), content_type="application/json")
    assert (changed.json()["circumstances"], changed.json()["urgency"]) == ("改过", "urgent")
    stale = bureau.patch(url_of(draft), json.dumps(edit), content_type="application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    body, key = {"version": changed.json()["version"]}, {"Idempotency-Key": "k-2"}
    for _time in range(2):
        done = send(bureau, url_of(draft, "discard/"), body, **key)
        assert (done.status_code, done.content) == (204, b"")
    assert not Referral.objects.exists()


# -- a second person --------------------------------------------------------------------------------------------------
def test_what_needs_a_second_person_is_asked_and_then_decided(cast, both, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="closed", by=cast.charity_reviewer)
    bureau, approver = browse(cast.bureau_officer), browse(cast.bureau_approver)
    asked = move(bureau, referral, "reopen", note="又有困难")
    assert (asked.status_code, asked.json()["state"]) == (202, "closed")
    decide = f"{REFERRALS}approvals/{asked.json()['approval']['code']}/"
    own = send(bureau, decide, {"is_agreed": True})
    assert (own.status_code, own.json()["code"]) == (422, "refused")
    assert approver.get(url_of(referral)).json()["approval"]["is_mine_to_decide"]
    assert send(approver, decide, {"is_agreed": True}).json()["state"] == "in_progress"
    assert ReferralApproval.objects.get().state == "approved"


def test_the_writer_does_not_approve_and_somebody_else_does(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity)
    submit_referral(cast.bureau_officer, draft, draft.version)
    approver = browse(cast.bureau_approver)
    assert move(approver, draft, "approve_sending", note="同意").json()["state"] == "sent"


# -- the table --------------------------------------------------------------------------------------------------------
def test_the_table_is_told_whole(both):
    told = both[0].get("/api/v1/workflow/").json()
    assert [row["code"] for row in told["states"]] == [state.value for state in State]
    assert [row["verb"] for row in told["moves"]] == list(MOVES)
    reject = next(row for row in told["moves"] if row["verb"] == "reject")
    assert (reject["sources"], reject["target"], reject["asks"]) == (
        ["sent", "received", "waitlisted"], "rejected", ["reason", "note"],
    )  # fmt: skip


def test_whatever_the_table_asks_is_asked_here_as_on_the_page():
    assert ASKED.keys() == ON_THE_PAGE.keys()
    assert BODIES.keys() == BY_PEOPLE.keys()


@pytest.mark.parametrize("kind", ["share", "lead"])
def test_whatever_a_form_asks_a_body_can_say(kind, cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    referral.kind = kind
    apart = {"effect": "effects", "answer": "answers", "gap": "gap"}
    for verb, move in BY_PEOPLE.items():
        asked = set(move_form(move, referral, cast.charity_reviewer).fields)
        named = {"gap_yuan"} if verb == "amend" else set()
        asked = {name if name in named else apart.get(name.split("_")[0], name) for name in asked}
        assert asked <= BODIES[verb]().fields.keys(), verb


def test_the_document_has_each_move_with_its_body(both):
    document = both[0].get("/api/v1/schema/").json()
    for verb in BY_PEOPLE:
        operation = document["paths"][f"/api/v1/referrals/{{code}}/{verb.replace('_', '-')}/"]["post"]
        assert operation["operationId"] == f"{verb}_referral"
    hold = document["components"]["schemas"]["HoldReferralRequest"]
    assert (set(hold["required"]), hold["properties"].keys()) == (
        {"review_on", "note"}, {"review_on", "note", "version"},
    )  # fmt: skip
