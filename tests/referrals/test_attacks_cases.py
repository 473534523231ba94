"""Cases attacked: what hostile addresses and bodies do, what an answer tells a second time, and who reads the words and
papers of others."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.models import AuditEntry
from referrals import fhir
from referrals.actions.batches import strike_row
from referrals.actions.consents import withdraw_consent
from referrals.actions.decisions import forward_referral
from referrals.actions.postings import edit_posting
from referrals.models import AidLine, Consent, Referral, ReferralApproval
from tests.make.batches import make_frozen, make_line
from tests.make.board import make_area_pairing, make_pairing, make_pairing_visit, make_posting
from tests.make.catalogue import make_program
from tests.make.people import make_consent, make_minor_approval, make_need, make_person, make_safeguards
from tests.make.referrals import ITEMS, make_aid, make_aid_paper, make_proposal, make_receiver, make_referral
from tests.make.units import make_organization, make_relation, make_staff
from tests.members.test_tokens import token_for

pytestmark = pytest.mark.django_db
REFERRALS = "/api/v1/referrals/"


def as_json(session, url, body, **headers):
    return session.post(url, json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def accepted(cast):
    return make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)


# -- What no column can hold ------------------------------------------------------------------------------------------
def test_a_nul_in_an_address_or_a_list_of_codes_is_a_wrong_request(cast, accepted, browse):
    bureau, charity = browse(cast.bureau_officer), browse(cast.charity_reviewer)
    person = make_person(cast.bureau)
    make_need(person)
    addresses = {
        bureau: [f"/people/{person.code}/refer/?like=%00", "/referrals/sent/?unit=%00&program=%00&area=%00"],
        charity: [
            f"/referrals/{accepted.code}/files/attach/?to=question:%00", f"{REFERRALS}%00/fhir/", "/aid/?program=%00",
            f"{REFERRALS}?unit=%00&program=%00",
        ],
    }  # fmt: skip
    got = {url: session.get(url).status_code for session, urls in addresses.items() for url in urls}
    assert {url: status for url, status in got.items() if status not in (200, 400)} == {}
    assert list(got.values()).count(400) == 4
    many = reverse("referrals:act_on_referrals")
    wrong = charity.post(many, {"code": ["\0"], "do": "sign"})
    assert (wrong.status_code, "请求有误" in wrong.content.decode()) == (400, True)
    assert charity.post(many, {"code": ["x"], "do": "reassign", "handler": "\0"}).status_code == 400


def test_there_is_no_year_nought(cast, browse):
    charity = browse(cast.charity_reviewer)
    assert charity.get("/api/v1/aid/?month=0000-01").status_code == 400
    assert charity.get("/api/v1/batches/zzzzzzzzzz/lists/x/?month=0000-01").status_code == 400
    assert charity.get("/aid/?month=0000-01").status_code == 200


def field(name, **value):
    return {"type": {"coding": [{"system": fhir.BASE + "field", "code": name}]}, **value}


def test_a_task_that_says_one_field_in_two_ways_is_read_as_a_task(cast, accepted, browse):
    make_aid(accepted, cast.charity_reviewer)
    inputs = [field("effects", valueString="x"), field("effect", valueString="met"), field("answers", valueInteger=1)]
    body = {"resourceType": "Task", "meta": {"versionId": str(accepted.version)}, "status": "completed"}
    url = f"{REFERRALS}{accepted.code}/fhir/"
    refused = browse(cast.charity_reviewer).post(
        url, json.dumps({**body, "input": inputs}), content_type="application/fhir+json"
    )
    assert refused.status_code == 400
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "invalid"


def test_nobody_puts_a_case_aside_for_ever(cast, accepted, browse):
    charity = browse(cast.charity_reviewer)
    for verb, said in {
        "hold": {"review_on": "9999-12-31", "note": "等"},
        "begin": {"finish_on": "9999-12-31", "first_action": "contact"},
    }.items():
        answer = as_json(charity, f"{REFERRALS}{accepted.code}/{verb}/", {"version": accepted.version, **said})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, [*said][0])


# -- The same request again -------------------------------------------------------------------------------------------
def test_a_repeated_request_tells_no_more_than_may_be_seen_by_then(cast, browse):
    """The consent is taken back between the deed and its repetition."""
    person = make_person(cast.town, name="陈某甲")
    mine = make_referral(cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer)
    approval = ReferralApproval.objects.create(
        referral=mine, verb="accept", seen_version=mine.version, asked_by=cast.charity_reviewer,
        private={"note": "需要", "values": {"extent": "full", "finish_on": ""}}, organization=cast.charity,
    )  # fmt: skip
    url, approver = f"{REFERRALS}approvals/{approval.code}/", browse(cast.charity_approver)
    first = as_json(approver, url, {"is_agreed": True}, **{"Idempotency-Key": "k"})
    assert (first.status_code, "陈某甲" in first.content.decode()) == (200, True)
    withdraw_consent(cast.bureau_officer, Consent.objects.get(person=person), channel="counter", reason="不愿意")
    again = as_json(approver, url, {"is_agreed": True}, **{"Idempotency-Key": "k"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.json()["values"], "陈某甲" in again.content.decode()) == ([], False)


def test_a_list_is_told_again_without_the_names_that_were_taken_back(cast, browse):
    program = make_program(cast.charity, like="P12")
    person = make_person(cast.town, name="陈某乙")
    mine = make_referral(cast.bureau_officer, cast.charity, person=person, state="accepted", by=cast.charity_reviewer)
    line = make_line(program, cast.charity, person, by=cast.charity_reviewer)
    charity, key = browse(cast.charity_reviewer), {"Idempotency-Key": "k"}
    made = as_json(charity, "/api/v1/batches/", {"program": program.code, "label": "秋季"}).json()
    url, body = f"/api/v1/batches/{made['code']}/add/", {"aid": [line.code], "version": made["version"]}
    first = as_json(charity, url, body, **key)
    assert [row["name"] for row in first.json()["rows"]] == ["陈某乙"]
    withdraw_consent(cast.bureau_officer, Consent.objects.get(person=mine.person), channel="counter", reason="不愿意")
    again = as_json(charity, url, body, **key)
    assert (again.headers["Idempotency-Replayed"], again.json()["rows"][0]["name"]) == ("true", "")


def test_a_list_that_ends_before_it_begins_is_refused_on_every_road(cast, browse):
    program = make_program(cast.charity, like="P12")
    asked = {"program": program.code, "label": "秋季", "since": "2026-12-01", "until": "2026-01-01"}
    refused = as_json(browse(cast.charity_reviewer), "/api/v1/batches/", asked)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "until")


def test_a_key_belongs_to_the_token_and_the_unit_it_was_used_with(cast, browse, client):
    person = make_person(cast.bureau)
    asked = {"person": person.code, "receiver": cast.charity.code, "needs": [make_need(person).code]}
    key = {"Idempotency-Key": "k"}
    cast.charity.directions = ["bureau_to_charity"]
    cast.charity.save()
    body = {**asked, "ground": "policy_gap", "items": ["name"]}
    assert as_json(browse(cast.bureau_officer), REFERRALS, body, **key).status_code == 201
    weak = token_for(cast, "bureau_officer", ("referral.write",))
    stolen = as_json(client, REFERRALS, body, Authorization=f"Bearer {weak}", **key)
    assert (stolen.status_code, stolen.json()["code"]) == (422, "key_reused")
    cast.bureau_officer.organization = cast.other_bureau
    cast.bureau_officer.save()
    moved = as_json(browse(cast.bureau_officer), REFERRALS, body, **key)
    assert (moved.status_code, moved.json()["code"]) == (422, "key_reused")


# -- The second person ------------------------------------------------------------------------------------------------
def test_a_second_person_without_an_approval_for_the_child_agrees_to_nothing(cast, browse):
    child = make_person(cast.bureau, born=(timezone.localdate() - timedelta(days=3000)).isoformat())
    for one in (cast.bureau_officer, cast.charity_reviewer):
        make_minor_approval(one, child)
    mine = make_referral(cast.bureau_officer, cast.charity, person=child, state="received", by=cast.charity_reviewer)
    approval = ReferralApproval.objects.create(
        referral=mine, verb="accept", seen_version=mine.version, asked_by=cast.charity_reviewer,
        private={"note": "需要", "values": {"extent": "full", "finish_on": ""}}, organization=cast.charity,
    )  # fmt: skip
    approver, url = browse(cast.charity_approver), reverse("referrals:decide_approval", args=[approval.code])
    assert "未成年人" in approver.post(url, {"answer": "agree"}, follow=True).content.decode()
    mine.refresh_from_db()
    approval.refresh_from_db()
    assert (mine.state, approval.state) == ("received", "asked")


def test_why_a_second_person_was_asked_is_for_those_who_may_see_the_person(cast, browse):
    mine = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    ReferralApproval.objects.create(
        referral=mine, verb="accept", seen_version=mine.version, asked_by=cast.charity_reviewer,
        private={"note": "陈某急等手术"}, organization=cast.charity,
    )  # fmt: skip
    told = {
        staff: browse(staff).get(f"{REFERRALS}{mine.code}/").json()["approval"]["note"]
        for staff in (cast.charity_approver, cast.bureau_officer, cast.city_supervisor)
    }
    assert list(told.values()) == ["陈某急等手术", "陈某急等手术", ""]


# -- Words and papers of others ---------------------------------------------------------------------------------------
def test_words_of_a_pairing_go_with_the_sight_of_the_person(cast, browse):
    pairing = make_pairing(cast.bureau_officer, cast.charity_reviewer, aim="每周陪陈某说话")
    make_pairing_visit(pairing, cast.charity_reviewer, done="陈某的药买到了", worry="陈某家屋顶漏雨")
    url, words = f"/pairings/{pairing.code}/", ("每周陪陈某", "陈某的药", "陈某家屋顶")

    def read(staff):
        page = browse(staff).get(url)
        assert page.status_code == 200
        return [one in page.content.decode() for one in words]

    liaison = make_staff("联络员", cast.bureau, ["liaison_officer"])
    assert read(cast.charity_reviewer) == read(cast.bureau_officer) == [True] * 3
    assert read(cast.city_supervisor) == read(liaison) == [False] * 3
    make_relation(cast.charity_reviewer, name=pairing.referral.person.name, number=pairing.referral.person.number)
    assert read(cast.charity_reviewer) == [False] * 3
    said = {"on": timezone.localdate().isoformat(), "kind": "visit", "minutes": "60", "done": "又去了"}
    assert "回避" in browse(cast.charity_reviewer).post(f"{url}visit/", said).content.decode()
    assert pairing.visits.count() == 1
    place = make_area_pairing(cast.charity_reviewer, cast.town_area, aim="修路")
    assert "修路" in browse(cast.city_supervisor).get(f"/pairings/{place.code}/").content.decode()


def test_words_of_a_line_of_help_go_with_the_sight_of_the_person(cast, browse):
    mine = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    private = {
        "description": "给陈某的面粉", "exception_reason": "陈某刚出院",
        "payee": {"kind": "organization", "holder": "某康复医院", "bank": "某行", "account": "6222020000001234567"},
        "notes": [{"verb": "approve", "who": "某人", "at": timezone.now().isoformat(), "text": "陈某情况属实"}],
    }  # fmt: skip
    line = make_proposal(mine, cast.charity_reviewer, private=private)
    words = ("给陈某的面粉", "陈某刚出院", "某康复医院", "陈某情况属实")

    def read(staff):
        page = browse(staff).get(f"/aid/{line.code}/").content.decode()
        assert "给什么" in page
        return [one in page for one in words]

    assert read(cast.charity_reviewer) == read(cast.charity_finance) == read(cast.bureau_officer) == [True] * 4
    assert read(cast.city_supervisor) == [False] * 4
    make_relation(cast.charity_reviewer, name=mine.person.name, number=mine.person.number)
    assert read(cast.charity_reviewer) == [False] * 4


def test_receipts_of_a_childs_help_are_opened_by_whoever_may_see_the_child(cast, browse):
    child = make_person(cast.bureau, born=(timezone.localdate() - timedelta(days=3000)).isoformat())
    for one in (cast.bureau_officer, cast.charity_reviewer):
        make_minor_approval(one, child)
    mine = make_referral(cast.bureau_officer, cast.charity, person=child, state="accepted", by=cast.charity_reviewer)
    line = make_aid(mine, cast.charity_reviewer)
    paper = make_aid_paper(line)
    photo = f"/aid/{line.code}/papers/{paper.code}/"
    assert browse(cast.charity_reviewer).get(photo).status_code == 200
    for other in (cast.charity_approver, cast.charity_finance, cast.city_supervisor):
        assert [browse(other).get(f"{photo}{way}").status_code for way in ("", "preview/")] == [404, 404]
        assert paper.code not in browse(other).get(f"/aid/{line.code}/").content.decode()
    make_minor_approval(cast.charity_approver, child)
    assert browse(cast.charity_approver).get(photo).status_code == 200


def test_the_audit_keeps_no_words_that_were_sealed(cast, accepted, browse):
    """Whoever reads the audit sees no case; what was said of a line and why a note was taken back stays sealed."""
    line = make_proposal(accepted, cast.charity_reviewer)
    approver = browse(cast.charity_approver)
    approver.post(f"/aid/{line.code}/decline/", {"version": line.version, "note": "陈某已经有了"})
    assert AidLine.objects.get().state == "declined"
    reviewer, case = browse(cast.charity_reviewer), f"/referrals/{accepted.code}/"
    reviewer.post(f"{case}notes/write/", {"text": "打过电话", "audience": "own"})
    note = accepted.notes.get()
    reviewer.post(f"{case}notes/{note.code}/withdraw/", {"reason": "陈某不是这家"})
    note.refresh_from_db()
    assert note.withdraw_reason == "陈某不是这家"
    assert AuditEntry.objects.filter(action="referral.withdraw_note").count() == 1
    assert not AuditEntry.objects.filter(reason__contains="陈某").exists()


def test_words_of_a_list_are_for_those_who_may_see_somebody_on_it(cast, browse):
    batch = make_frozen(cast.charity_reviewer)
    row = batch.rows.first()
    strike_row(cast.charity_reviewer, row, batch.version, "陈某已经搬走")
    page = f"/batches/{batch.code}/"
    assert "陈某已经搬走" in browse(cast.charity_reviewer).get(page).content.decode()
    told = browse(cast.city_supervisor).get(page).content.decode()
    assert ("已剔除" in told, "陈某已经搬走" in told) == (True, False)


def test_whoever_sent_a_case_on_reads_no_name_once_its_own_list_ended(cast, browse):
    person = make_person(cast.bureau, name="陈小明")
    third = make_receiver(make_organization(kind="foundation", area=cast.county, name="某基金会"))
    make_safeguards(cast.bureau, third)
    mine = make_referral(cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer)
    make_consent(person, [cast.charity, third], actor=cast.bureau_officer, items=ITEMS)
    child = forward_referral(cast.charity_reviewer, mine, mine.version, third)
    charity = browse(cast.charity_reviewer)
    page = charity.get("/referrals/sent/").content.decode()
    assert (child.number in page, "陈小明" in page) == (True, False)
    (row,) = charity.get(f"{REFERRALS}?desk=sent").json()["results"]
    assert (row["code"], row["name"]) == (child.code, "")


def test_nobody_of_the_household_is_named_on_the_board(cast, browse):
    person = make_person(cast.bureau, name="陈小明")
    make_person(household=person.household, name="陈小雨")
    posting = make_posting(cast.bureau_officer, make_need(person))
    bureau = browse(cast.bureau_officer)
    said = {"version": posting.version, "reason": "陈小雨已经上学了"}
    assert "请不要写姓名" in bureau.post(f"/postings/{posting.code}/withdraw/", said).content.decode()
    with pytest.raises(Refusal, match="姓名"):
        edit_posting(cast.bureau_officer, posting, posting.version, {"words": "给陈小雨的学费"})
    posting.refresh_from_db()
    assert (posting.state, posting.words) == ("open", "冬天取暖的费用")


def test_what_somebody_only_writes_of_a_program_is_offered_nowhere(cast, browse):
    make_program(cast.other_charity, "ZZ-DRAFT", state="draft")
    mine = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    charity, bureau = browse(cast.charity_reviewer), browse(cast.bureau_officer)
    pages = ["/referrals/received/", "/aid/", "/batches/", "/batches/new/", f"/referrals/{mine.code}/forward/"]
    told = [charity.get(page).content.decode() for page in pages] + [bureau.get("/referrals/sent/").content.decode()]
    assert [("ZZ-DRAFT" in page, "</form>" in page) for page in told] == [(False, True)] * 6


def test_of_another_units_case_a_warning_names_the_unit_and_never_the_case(cast, browse):
    person = make_person(cast.bureau)
    needs = [make_need(person)]
    elsewhere = make_organization(kind="foundation", area=cast.county, name="某基金会")
    theirs = make_referral(
        cast.bureau_officer, elsewhere, person=person, needs=needs, state="accepted", is_exclusive=False
    )
    mine = make_referral(
        cast.bureau_officer, cast.charity, person=person, needs=needs, is_exclusive=False, state="received",
        by=cast.charity_reviewer,
    )  # fmt: skip
    charity = browse(cast.charity_reviewer)
    for url in (f"/referrals/{mine.code}/", f"{REFERRALS}{mine.code}/"):
        told = charity.get(url).content.decode()
        assert ("某基金会" in told, theirs.code in told, theirs.number in told) == (True, False, False)
    assert Referral.objects.get(pk=mine.pk).state == "received"
