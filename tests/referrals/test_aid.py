"""Help from the proposal to the hand: who may, what the fund says, what stops it, what two who decide at once get."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from programs.actions import funds
from programs.definitions import begun, stamped
from programs.models import FundPot, Program
from referrals import limits
from referrals.actions import aid, outcomes
from referrals.models import AidLine, Referral, TimelineEntry
from tests.make.catalogue import make_fund, make_income, make_program, make_version
from tests.make.people import make_need, make_person
from tests.make.referrals import make_referral, make_told_aid
from tests.make.units import make_organization, make_relation, make_staff
from tests.threads import at_once

TODAY = timezone.localdate


@pytest.fixture
def case(cast):
    """Accepted by the charity; a fund with 10,000 yuan."""
    fund = make_fund(cast.charity, name="救助资金")
    make_income(fund)
    return make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer), fund


def propose(cast, referral, **values):
    values = {"form": "cash", "amount": Decimal(500), "need": referral.needs.first(), **values}
    return aid.propose_aid(cast.charity_reviewer, referral.person, values, referral=referral)


def approved(cast, referral, **values):
    line = propose(cast, referral, **values)
    return aid.approve_aid(cast.charity_approver, line, line.version)


def figures(fund):
    pot = FundPot.objects.get(fund=fund)
    return (pot.committed, pot.paid)


def test_money_is_set_aside_when_it_is_decided_and_paid_when_a_second_person_agrees(cast, case):
    referral, fund = case
    line = propose(cast, referral, fund=fund)
    assert figures(fund) == (0, 0)
    line = aid.approve_aid(cast.charity_approver, line, line.version)
    assert (line.state, figures(fund)) == ("approved", (500, 0))
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-1")
    assert (line.state, figures(fund)) == ("paying", (500, 0))
    with pytest.raises(PermissionDenied):
        aid.settle_aid(cast.charity_finance, line, line.version)
    line = aid.settle_aid(cast.charity_approver, line, line.version)
    assert (line.state, line.paid, line.given_on, line.receipt) == ("paid", 500, TODAY(), "FK-1")
    assert figures(fund) == (0, 500)
    told = TimelineEntry.objects.filter(kind__startswith="aid_line").order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["aid_line_approved", "aid_line_paid"]
    verbs = AuditEntry.objects.filter(action__startswith="aid.").order_by("pk").values_list("action", flat=True)
    assert list(verbs) == ["aid.propose", "aid.approve", "aid.pay", "aid.settle"]


def test_the_page_of_the_fund_moves_the_line_too(cast, case):
    referral, fund = case
    line = approved(cast, referral, fund=fund)
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-1")
    funds.reject_order(cast.charity_approver, line.order, "户名不符")
    line.refresh_from_db()
    assert (line.state, line.order, line.notes[-1]["text"]) == ("approved", None, "户名不符")
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-2")
    funds.approve_order(cast.charity_approver, line.order)
    line.refresh_from_db()
    assert (line.state, line.paid) == ("paid", 500)
    back = funds.correct(
        cast.charity_finance, fund.lines.get(kind="payment"), "payee_return", Decimal(500), reference="TH-1",
        reason="账户已注销",
    )  # fmt: skip
    funds.approve_order(cast.charity_approver, back)
    line.refresh_from_db()
    assert (line.state, line.paid, line.given_on) == ("cancelled", 0, None)


def test_instalments_of_one_commitment_and_the_rest_stopped(cast, case):
    referral, fund = case
    line = approved(cast, referral, fund=fund, amount=Decimal(1200))
    for number in (1, 2):
        line = aid.pay_aid(
            cast.charity_finance, line, line.version, day=TODAY(), reference=f"FK-{number}", amount=Decimal(400)
        )
        line = aid.settle_aid(cast.charity_approver, line, line.version)
    assert (line.state, line.paid, figures(fund)) == ("part_paid", 800, (400, 800))
    with pytest.raises(Refusal, match="还可以支付"):
        aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-3", amount=Decimal(401))
    line = aid.cancel_aid(cast.charity_approver, line, line.version, "已经毕业")
    assert (line.state, line.amount, figures(fund)) == ("paid", 800, (0, 800))


def test_nobody_approves_what_they_proposed_and_no_kin_decides(cast, case):
    referral, fund = case
    officer = make_staff(organization=cast.charity, roles=["charity_reviewer", "charity_approver"])
    line = aid.propose_aid(
        officer, referral.person, {"form": "cash", "amount": Decimal(500), "fund": fund}, referral=referral
    )
    with pytest.raises(Refusal, match="另一个人"):
        aid.approve_aid(officer, line, line.version)
    make_relation(cast.charity_approver, number=referral.person.number)
    with pytest.raises(Refusal, match="回避"):
        aid.approve_aid(cast.charity_approver, line, line.version)
    line.refresh_from_db()
    assert (line.state, line.commitment) == ("proposed", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        AidLine.objects.filter(pk=line.pk).update(state="approved", approved_by=officer)


def test_a_fund_that_cannot_bear_it_refuses_the_decision(cast, case):
    referral, fund = case
    with pytest.raises(Refusal, match="可用余额"):
        propose(cast, referral, fund=fund, amount=Decimal("10000.01"))
    first, second = (propose(cast, referral, fund=fund, amount=Decimal(6000)) for _time in range(2))
    aid.approve_aid(cast.charity_approver, first, first.version)
    with pytest.raises(Refusal, match="可用余额"):
        aid.approve_aid(cast.charity_approver, second, second.version)
    second.refresh_from_db()
    assert (second.state, figures(fund)) == ("proposed", (6000, 0))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"form": "cash", "amount": None}, "amount"),
        ({"form": "goods", "amount": Decimal(5)}, "amount"),
        ({"form": "goods", "amount": None}, "value"),
        ({"form": "cash", "amount": Decimal(5), "fund": None}, "fund"),
        ({"form": "service", "amount": None, "hours": Decimal(-1)}, "hours"),
        ({"form": "cash", "amount": Decimal("0.001")}, "amount"),
    ],
)
def test_a_line_says_how_much_of_what(values, field, cast, case):
    referral, fund = case
    with pytest.raises(Refusal) as refused:
        propose(cast, referral, **{"fund": fund, **values})
    assert refused.value.field == field


def test_goods_are_handed_over_with_something_to_show_for_it(cast, case):
    referral, _fund = case
    line = approved(cast, referral, form="goods", amount=None, value=Decimal(300))
    with pytest.raises(Refusal, match="签收"):
        aid.deliver_aid(cast.charity_reviewer, line, line.version, day=TODAY())
    line = aid.deliver_aid(cast.charity_reviewer, line, line.version, day=TODAY(), receipt="QS-12")
    line = aid.rate_aid(cast.charity_reviewer, line, line.version, "eased", "冬天够用")
    assert (line.state, line.receipt, line.effect) == ("delivered", "QS-12", "eased")
    report = {"effects": dict.fromkeys(referral.needs.all(), "eased"), "summary": "已送到"}
    outcomes.report_outcome(cast.charity_reviewer, Referral.objects.get(), Referral.objects.get().version, report)
    assert Referral.objects.get().state == "reported"


def test_whoever_comes_second_hears_who_was_first(cast, case):
    referral, fund = case
    line = propose(cast, referral, fund=fund)
    aid.decline_aid(cast.charity_approver, line, line.version, "重复")
    with pytest.raises(Stale):
        aid.approve_aid(cast.charity_approver, line, line.version)


# -- The rules of a program -------------------------------------------------------------------------------------------
def test_a_sum_other_than_the_rules_has_a_reason_and_two_approvers(cast, case):
    """What the rules do not settle yet counts as other than theirs."""
    _referral, fund = case
    person, program = make_person(cast.town), make_program(cast.charity, like="P11")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, program=program, state="accepted", by=cast.charity_reviewer
    )
    with pytest.raises(Refusal) as refused:
        propose(cast, referral, fund=fund)
    assert refused.value.field == "exception_reason"
    line = propose(cast, referral, fund=fund, exception_reason="学校已证明")
    line = aid.approve_aid(cast.charity_approver, line, line.version)
    assert (line.state, line.is_exception, figures(fund)) == ("second", True, (0, 0))
    with pytest.raises(Refusal, match="另一位"):
        aid.approve_aid(cast.charity_approver, line, line.version)
    second = make_staff(organization=cast.charity, roles=["charity_approver"])
    line = aid.approve_aid(second, line, line.version)
    assert (line.state, line.first_approved_by, line.approved_by) == ("approved", cast.charity_approver, second)
    assert figures(fund) == (500, 0)


def test_help_of_the_same_kind_elsewhere_asks_for_a_second_approver_and_names_the_entry(cast, case):
    referral, fund = case
    elsewhere = make_organization(name="助医会")
    twin = make_person(elsewhere, number=referral.person.number)
    AidLine.objects.create(
        person=twin, organization=elsewhere, form="cash", amount=900, need_kind=referral.needs.first().kind,
        state="approved", proposed_by=cast.charity_reviewer, approved_by=cast.charity_approver,
        approved_at=timezone.now(),
    )  # fmt: skip
    line = propose(cast, referral, fund=fund)
    with pytest.raises(Refusal, match=r"助医会 \d{4}-\d\d 资金"):
        aid.approve_aid(cast.charity_approver, line, line.version)
    line = aid.approve_aid(cast.charity_approver, line, line.version, note="两处都不够")
    assert line.state == "second"
    assert "900" not in line.flags[0]
    line = aid.approve_aid(make_staff(organization=cast.charity, roles=["charity_approver"]), line, line.version)
    assert line.state == "approved"


def test_more_than_the_need_costs_is_an_excess(cast, case):
    referral, fund = case
    need = referral.needs.first()
    need.estimated_yuan = 800
    need.save()
    approved(cast, referral, fund=fund)
    line = propose(cast, referral, fund=fund, amount=Decimal(301))
    flags = limits.flags_for(limits.case_of_line(line))
    assert [flag.kind for flag in flags] == ["beyond_need"]
    assert limits.remaining_need(need) == 300
    fitting = propose(cast, referral, fund=fund, amount=Decimal(300))
    assert limits.flags_for(limits.case_of_line(fitting)) == []


def test_what_turned_up_since_has_to_be_answered_before_money_goes(cast, case):
    referral, fund = case
    line = approved(cast, referral, fund=fund)
    other = make_organization(name="助医会")
    twin = make_person(other, number=referral.person.number)
    AidLine.objects.create(
        person=twin, organization=other, form="cash", amount=900, need_kind=line.need_kind, state="approved",
        proposed_by=cast.charity_reviewer, approved_by=cast.charity_approver, approved_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(Refusal, match="批准以后出现新的情况"):
        aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-1")
    with pytest.raises(Refusal, match="另一位审批人"):
        aid.answer_flags(cast.charity_approver, line, line.version, "仍有缺口")
    second = make_staff(organization=cast.charity, roles=["charity_approver"])
    line = aid.answer_flags(second, line, line.version, "仍有缺口")
    assert aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="FK-1").state == "paying"


# -- The end of a case ------------------------------------------------------------------------------------------------
def test_a_case_that_ends_frees_the_money_even_when_a_payment_waits(cast, case):
    referral, fund = case
    first, second = approved(cast, referral, fund=fund), approved(cast, referral, fund=fund)
    aid.pay_aid(cast.charity_finance, second, second.version, day=TODAY(), reference="FK-1")
    with pytest.raises(Refusal, match="2 笔帮扶没有办完"):
        outcomes.report_outcome(cast.charity_reviewer, referral, referral.version, {"no_aid_reason": "无"})
    outcomes.withdraw_referral(cast.bureau_approver, referral, referral.version, "declined.refuses", "当面")
    assert set(AidLine.objects.values_list("state", flat=True)) == {"cancelled"}
    assert figures(fund) == (0, 0)
    first.refresh_from_db()
    with pytest.raises(Refusal):
        aid.pay_aid(cast.charity_finance, first, first.version, day=TODAY(), reference="FK-2")


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_never_pass_what_the_need_costs(cast):
    fund = make_fund(cast.charity)
    make_income(fund)
    need = make_need(make_person(cast.town), estimated_yuan=800)
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=need.person, needs=[need], state="accepted", by=cast.charity_reviewer
    )
    lines = [propose(cast, referral, fund=fund, need=need) for _time in range(2)]
    deeds = [lambda line=line: aid.approve_aid(cast.charity_approver, line, line.version) for line in lines]
    assert at_once(*deeds) == ["Refusal", "done"]
    assert figures(fund) == (500, 0)


# -- What a version of the program makes of each rule -----------------------------------------------------------------
def with_limits(cast, **limits):
    """A program of the charity whose version says this of duplicates and excess; anybody qualifies for 300 to 900."""
    rule = {"id": "a", "says": "资助", "pay": {"kind": "range", "low": 300, "high": 900}}
    definition = begun("限额", "medical_aid", "慈善会") | {
        "why": "试", "condition": {"fact": "identity_known", "test": "eq", "value": True}, "limits": limits,
        "benefit": {"period": "once", "why": "试", "rules": [rule]},
    }  # fmt: skip
    program = Program.objects.create(code="TL1", organization=cast.charity)
    make_version(program, stamped(definition, program), state="released", valid_from="2025-01-01")
    return program


def a_case_of(cast, program):
    person = make_person(cast.town)
    return make_referral(
        cast.bureau_officer, cast.charity, person=person, program=program, state="accepted", by=cast.charity_reviewer
    )


@pytest.mark.django_db(transaction=True)
def test_the_version_makes_a_warning_a_stop_and_two_who_decide_at_once_do_not_slip_through(cast, case):
    _referral, fund = case
    program = with_limits(cast, same_period="stop")
    referral = a_case_of(cast, program)
    lines = [propose(cast, referral, fund=fund) for _time in range(2)]
    second = make_staff(organization=cast.charity, roles=["charity_approver"])
    answers = at_once(
        *(
            lambda line=line, by=by: aid.approve_aid(by, line, line.version)
            for line, by in zip(lines, (cast.charity_approver, second), strict=True)
        )
    )
    assert answers == ["Refusal", "done"]
    assert AidLine.objects.counted().filter(program=program).count() == 1
    assert figures(fund) == (500, 0)


def test_the_ceiling_of_a_year_counts_what_was_told_of_too(cast, case):
    _referral, fund = case
    program = with_limits(cast, year_cap=1000, same_period="warn")
    referral = a_case_of(cast, program)
    twin = make_person(cast.charity, number=referral.person.number)
    make_told_aid(cast.charity_reviewer, twin, program=program, amount=Decimal(600), need_kind="")
    flags = limits.flags_for(limits.case_of_line(propose(cast, referral, fund=fund)))
    assert [(flag.kind, flag.is_hard) for flag in flags] == [("yearly", True), ("same_period", False)]
    assert "还可以给 400.00" in flags[0].words.replace("¥", "")
    fewer = propose(cast, referral, fund=fund, amount=Decimal(400))
    assert [flag.kind for flag in limits.flags_for(limits.case_of_line(fewer))] == ["same_period"]
