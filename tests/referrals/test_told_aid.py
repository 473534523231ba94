"""What a charity gave by its own ways: told of once, seen by whoever decides next, put right with a reason."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from referrals import aid_returns, limits
from referrals.actions import told_aid
from referrals.models import AidLine, TimelineEntry
from tests.make.catalogue import make_fund, make_income, make_program
from tests.make.people import make_person
from tests.make.referrals import make_proposal, make_referral, make_told_aid
from tests.make.units import make_organization, make_relation, make_staff
from tests.referrals.test_referral_pages import follow

TODAY = timezone.localdate
SAID = {"form": "cash", "amount": Decimal(300), "need_kind": "living"}


def test_it_counts_at_once_without_anybody_agreeing_and_no_fund_moves(cast):
    line = make_told_aid(cast.charity_reviewer, receipt="HD-1", paid_from="自有资金", description="冬季补助")
    assert (line.state, line.is_told, line.paid, line.commitment) == ("paid", True, 0, None)
    goods = make_told_aid(cast.charity_reviewer, form="goods", amount=None, value=Decimal(80))
    assert goods.state == "delivered"
    assert AuditEntry.objects.filter(action="aid.record").count() == 2
    assert TimelineEntry.objects.filter(kind="aid_line_told").count() == 2
    figures = aid_returns.figures_of(cast.charity, TODAY().replace(day=1))
    assert (figures["lines"], figures["lines_alone"], figures["amount"], figures["value"]) == (2, 2, 300, 80)


def test_whoever_decides_next_is_told_of_it(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    other = make_organization(name="助困会")
    teller = make_staff(organization=other, roles=["charity_reviewer"])
    twin = make_person(other, number=referral.person.number)
    make_told_aid(teller, twin, need_kind=referral.needs.get().kind)
    line = make_proposal(
        referral, cast.charity_reviewer, need=referral.needs.get(), need_kind=referral.needs.get().kind
    )
    flag = limits.flags_for(limits.case_of_line(line))[0]
    assert (flag.kind, flag.entries[0].unit) == ("same_kind", "助困会")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": None}, "amount"),
        ({"form": "goods", "amount": None}, "value"),
        ({"given_on": None}, "given_on"),
        ({"given_on": timezone.localdate() + timedelta(days=2)}, "given_on"),
        ({"given_on": timezone.localdate().replace(year=1926)}, "given_on"),
        ({"paid_from": "救助资金"}, "paid_from"),
    ],
)
def test_it_says_what_how_much_and_when(values, field, cast):
    make_income(make_fund(cast.charity, name="救助资金"))
    with pytest.raises(Refusal) as refused:
        make_told_aid(cast.charity_reviewer, **{**SAID, **values})
    assert refused.value.field == field
    assert not AidLine.objects.exists()


def test_the_same_entry_twice_is_asked_about(cast):
    person = make_person(cast.charity)
    make_told_aid(cast.charity_reviewer, person)
    with pytest.raises(Refusal) as refused:
        make_told_aid(cast.charity_reviewer, person)
    assert refused.value.field == "is_another"
    values = {**SAID, "given_on": TODAY()}
    told_aid.record_other_aid(cast.charity_reviewer, person, values, is_another=True)
    assert AidLine.objects.count() == 2


def test_only_of_ones_own_program_and_only_while_it_held(cast):
    mine, strange = make_program(cast.charity), make_program(make_organization())
    line = make_told_aid(cast.charity_reviewer, program=mine)
    assert line.program_version.program == mine
    for wrong in ({"program": strange}, {"program": mine, "given_on": TODAY() - timedelta(days=3000)}):
        with pytest.raises(Refusal) as refused:
            make_told_aid(cast.charity_reviewer, **wrong)
        assert refused.value.field == "program"


def test_not_of_strangers_and_not_of_kin(cast):
    with pytest.raises(PermissionDenied):
        make_told_aid(cast.charity_reviewer, make_person(cast.town))
    with pytest.raises(PermissionDenied):
        make_told_aid(cast.charity_finance, make_person(cast.charity))
    person = make_person(cast.charity)
    make_relation(cast.charity_reviewer, number=person.number)
    with pytest.raises(Refusal, match="回避"):
        make_told_aid(cast.charity_reviewer, person)


def test_a_correction_has_a_reason_and_keeps_what_was_said(cast):
    line = make_told_aid(cast.charity_reviewer)
    values = {**SAID, "amount": Decimal(200), "given_on": TODAY()}
    with pytest.raises(Refusal, match="理由"):
        told_aid.correct_aid(cast.charity_reviewer, line, line.version, values, " ")
    corrected = told_aid.correct_aid(cast.charity_reviewer, line, line.version, values, "多打了一百")
    assert corrected.amount == 200
    assert corrected.notes[-1]["text"].startswith("多打了一百\n金额（元） ")
    with pytest.raises(Stale):
        told_aid.void_aid(cast.charity_reviewer, line, 1, "登错了人")
    gone = told_aid.void_aid(cast.charity_reviewer, line, corrected.version, "登错了人")
    assert gone.state == "cancelled"
    assert aid_returns.figures_of(cast.charity, TODAY().replace(day=1))["lines"] == 0


def test_what_was_decided_here_is_not_corrected_so(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    line = make_proposal(referral, cast.charity_reviewer)
    for act in (
        lambda: told_aid.void_aid(cast.charity_reviewer, line, line.version, "x"),
        lambda: told_aid.correct_aid(cast.charity_reviewer, line, line.version, SAID, "x"),
    ):
        with pytest.raises(Refusal):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        AidLine.objects.filter(pk=line.pk).update(is_told=True)


def test_the_pages_lead_from_whom_to_the_entry_and_back(cast, browse):
    client, person = browse(cast.charity_reviewer), make_person(cast.charity)
    assert "登记其他帮扶" in client.get("/aid/?tab=told").content.decode()
    page = follow(client, "/aid/other/", {"who": person.number})
    assert page == f"/people/{person.code}/other-aid/"
    assert "没有找到" in client.post("/aid/other/", {"who": "谁也不是"}).content.decode()
    said = {"form": "cash", "amount": "300", "given_on": TODAY().isoformat(), "paid_from": "自有资金"}
    entry = follow(client, page, said)
    again = client.post(page, said).content.decode()
    assert "确实是另一笔" in again
    follow(client, page, {**said, "is_another": "on"})
    shown = client.get(entry).content.decode()
    assert "自有资金" in shown
    assert "自行登记" in shown
    assert "更正" in shown
    follow(client, f"{entry}correct/", {**said, "amount": "250", "reason": "看错了", "version": 1})
    assert "看错了" in client.get(entry).content.decode()
    follow(client, f"{entry}void/", {"version": 2, "reason": "重复"})
    assert "250.00" in client.get("/aid/?tab=told&state=cancelled").content.decode()
    assert "慈善帮扶" in client.get(f"/people/{person.code}/").content.decode()


def test_what_a_fund_pays_is_proposed_without_a_referral_too(cast, browse):
    client, person = browse(cast.charity_reviewer), make_person(cast.charity)
    fund = make_fund(cast.charity, name="救助资金")
    make_income(fund)
    page = f"/people/{person.code}/propose-aid/"
    assert "救助资金" in client.get(page).content.decode()
    follow(client, page, {"form": "cash", "amount": "300", "fund": fund.code, "payee_kind": "self"})
    line = AidLine.objects.get()
    assert (line.state, line.referral, line.is_told) == ("proposed", None, False)
