"""Help over the API: by the road of the pages, once for one key, and never over what somebody else did meanwhile."""

from decimal import Decimal

import pytest
from django.utils import timezone

from referrals.aid_api import BODIES
from referrals.aid_moves import AID_MOVES
from referrals.models import AidLine
from tests.make.catalogue import make_fund, make_income
from tests.make.people import make_person
from tests.make.referrals import make_referral, make_told_aid

pytestmark = pytest.mark.django_db
AID = "/api/v1/aid/"


def send(session, url, body, **headers):
    return session.post(url, body, content_type="application/json", headers=headers)


def step(session, code, verb, **said):
    version = AidLine.objects.get(code=code).version
    return send(session, f"{AID}{code}/{verb}/", {"version": version, **said})


def test_every_step_of_the_table_has_a_body():
    assert BODIES.keys() == AID_MOVES.keys()


def test_other_help_is_told_once_for_one_key_put_right_and_struck_out(cast, browse):
    session, person = browse(cast.charity_reviewer), make_person(cast.charity)
    today = timezone.localdate().isoformat()
    said = {"person": person.code, "form": "cash", "amount": "300", "given_on": today, "receipt": "HD-1"}
    answers = [send(session, AID, said, **{"Idempotency-Key": "one"}) for _time in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    line = AidLine.objects.get()
    assert (line.state, line.receipt, line.is_told) == ("paid", "HD-1", True)
    twin = send(session, AID, said)
    assert (twin.status_code, twin.json()["errors"][0]["field"]) == (422, "is_another")
    page = session.get(f"{AID}?told=true&month={today[:7]}").json()
    assert [one["code"] for one in page["results"]] == [line.code]
    assert "person" not in page["results"][0]
    seen = session.get(f"{AID}{line.code}/").json()
    assert (seen["person"], [one["verb"] for one in seen["steps"]]) == (
        person.code, ["receive", "rate", "correct", "void"],
    )  # fmt: skip
    right = step(session, line.code, "correct", form="cash", amount="250", given_on=today, reason="看错了")
    assert (right.status_code, right.json()["amount"], right.json()["receipt"]) == (200, "250.00", "")
    late = send(session, f"{AID}{line.code}/void/", {"version": 1, "reason": "重复"})
    assert late.status_code in (409, 412)
    assert step(session, line.code, "void", reason="重复").json()["state"] == "cancelled"
    assert step(session, line.code, "void", reason="重复").json()["code"] == "wrong_state"


def test_a_case_is_helped_by_three_systems(cast, browse):
    fund = make_fund(cast.charity)
    make_income(fund)
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    reviewer, approver, finance = map(browse, (cast.charity_reviewer, cast.charity_approver, cast.charity_finance))
    url = f"/api/v1/referrals/{referral.code}/aid/"
    body = {"form": "cash", "amount": "500", "fund": fund.code, "need": referral.needs.get().code}
    assert send(reviewer, url, {**body, "fund": "none"}).status_code == 400
    assert send(browse(cast.bureau_officer), url, body).status_code == 403
    code = send(reviewer, url, body).json()["code"]
    assert step(reviewer, code, "approve").status_code == 403
    assert step(approver, code, "approve", note="").json()["state"] == "approved"
    assert step(finance, code, "pay").status_code == 400
    assert step(finance, code, "pay", reference="FK-1").json()["state"] == "paying"
    done = step(approver, code, "settle").json()
    assert (done["state"], Decimal(done["paid"]), done["given_on"]) == ("paid", 500, timezone.localdate().isoformat())
    assert step(reviewer, code, "rate", effect="met").json()["effect"] == "met"


def test_what_belongs_to_others_is_not_there(cast, browse):
    line = make_told_aid(cast.charity_reviewer)
    stranger = browse(cast.other_bureau_approver)
    assert stranger.get(f"{AID}{line.code}/").status_code == 404
    assert stranger.get(AID).json()["results"] == []
    foreign = send(browse(cast.charity_reviewer), AID, {
        "person": make_person(cast.town).code, "form": "cash", "amount": "5", "given_on": "2026-01-02",
    })  # fmt: skip
    assert foreign.status_code in (403, 404)
