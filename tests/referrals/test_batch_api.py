"""Lists over the API: the same road as the pages, by versions, once for each key, and no more than they show."""

import pytest
from django.utils import timezone

from members.models import AuditEntry
from referrals.models import Batch
from tests.make.batches import make_frozen, make_line
from tests.make.catalogue import make_fund, make_income, make_program
from tests.make.people import make_person
from tests.referrals.test_referral_api import send

pytestmark = pytest.mark.django_db
BATCHES = "/api/v1/batches/"


def url_of(code, part=""):
    return f"{BATCHES}{code}/{part}"


def test_a_list_is_made_filled_and_closed_by_a_system_and_counts_once(cast, browse):
    session = browse(cast.charity_reviewer)
    program = make_program(cast.charity, like="P12")
    lines = [make_line(program, cast.charity) for _number in range(2)]
    asked = {"program": program.code, "label": "2026 年秋季"}
    first, again = (send(session, BATCHES, asked, **{"Idempotency-Key": "made-1"}) for _time in range(2))
    assert (first.status_code, again.json()["code"]) == (201, first.json()["code"])
    code = first.json()["code"]
    assert Batch.objects.count() == 1
    refused = send(session, url_of(code, "add/"), {"aid": [one.code for one in lines]})
    assert (refused.status_code, refused.json()["code"]) == (428, "version_required")
    added = send(session, url_of(code, "add/"), {"aid": [one.code for one in lines], "version": 1})
    assert [row["name"] for row in added.json()["rows"]] == [line.person.name for line in lines]
    stale = send(session, url_of(code, "freeze/"), {"version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    closed = send(session, url_of(code, "freeze/"), **{"If-Match": added.headers["ETag"]})
    assert (closed.json()["state"], len(closed.json()["digest"])) == ("frozen", 64)
    drawn = send(session, url_of(code, "draw/"), {"version": closed.json()["version"]}).json()
    assert sum(row["is_drawn"] for row in drawn["rows"]) == 1
    assert next(one for one in drawn["stations"] if one["is_now"])["wanting"]
    listed = session.get(BATCHES, {"show": "open", "program": program.code}).json()["results"]
    assert [one["code"] for one in listed] == [code]
    ended = send(session, url_of(code, "cancel/"), {"reason": "重做", "version": drawn["version"]})
    assert ended.json()["state"] == "cancelled"
    assert session.get(BATCHES, {"show": "open"}).json()["results"] == []


def test_it_is_decided_paid_and_agreed_to_by_three_and_each_row_says_why_not(cast, browse):
    fund = make_fund(cast.charity)
    make_income(fund)
    program = make_program(cast.charity, like="P09")
    lines = [make_line(program, cast.charity, fund=fund, amount=500) for _number in range(2)]
    batch = make_frozen(cast.charity_reviewer, program=program, lines=lines)
    approver, finance = browse(cast.charity_approver), browse(cast.charity_finance)
    said = {"decided_on": f"{timezone.localdate()}", "note": "家庭确有困难", "version": batch.version}
    assert send(browse(cast.charity_reviewer), url_of(batch.code, "approve/"), said).status_code == 403
    assert send(approver, url_of(batch.code, "approve/"), said).json()["state"] == "approved"
    codes = list(batch.rows.values_list("code", flat=True))
    paid = send(
        finance, url_of(batch.code, "pay/"), {"rows": codes, "day": f"{timezone.localdate()}", "reference": "P1"}
    )
    told = paid.json()
    assert told["done"] + len(told["refused"]) == 2
    assert all(one["why"] for one in told["refused"])
    assert send(approver, url_of(batch.code, "settle/"), {"rows": codes}).json()["done"] == told["done"]


def test_a_printed_list_goes_out_whole_or_not_at_all_and_leaves_its_line(cast, browse):
    program = make_program(cast.charity, like="P07")
    person = make_person(cast.charity, bank="演示银行", account="6200000000000001")
    batch = make_frozen(cast.charity_reviewer, program=program, lines=[make_line(program, cast.charity, person)])
    session = browse(cast.charity_reviewer)
    lists = session.get(url_of(batch.code, "lists/")).json()
    assert [(one["sheets"], len(one["columns"])) for one in lists] == [(1, 6), (2, 7)]
    filled = session.get(url_of(batch.code, f"lists/{lists[0]['code']}/")).json()
    assert filled["rows"][0][:2] == [person.name, person.number]
    assert AuditEntry.objects.filter(action="batch.export").count() == 1
    child = make_person(cast.charity, born="2015-01-01")
    other = make_frozen(cast.charity_reviewer, program=program, lines=[make_line(program, cast.charity, child)])
    refused = session.get(url_of(other.code, f"lists/{lists[0]['code']}/"))
    assert (refused.status_code, child.name in refused.content.decode()) == (422, False)
    assert session.get(url_of(batch.code, "lists/none/")).status_code == 404
    assert browse(cast.other_charity_admin).get(url_of(batch.code)).status_code == 403
