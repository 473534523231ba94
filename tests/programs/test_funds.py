"""The money of funds: what may be committed, from which money, by whom, and only once."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from members.access import Refusal
from members.models import AuditEntry
from programs import funds as rules
from programs.actions import funds as actions
from programs.models import Donation, Fund, FundCommitment, FundLine, FundOrder, FundPot
from tests.make.catalogue import (
    definition_of,
    make_commitment,
    make_fund,
    make_income,
    make_order,
    make_program,
    make_version,
)
from tests.make.units import make_area, make_organization, make_staff
from tests.threads import at_once

TODAY = timezone.localdate()


@pytest.fixture
def host(db):
    return make_organization("慈善总会", "charity_federation", purpose="济困")


@pytest.fixture
def fund(host):
    return make_fund(host)


@pytest.fixture
def finance(host):
    return make_staff("财务", host, ["charity_finance"])


@pytest.fixture
def approver(host):
    return make_staff("审批", host, ["charity_approver"])


def figures(fund):
    found = Fund.objects.with_figures().get(pk=fund.pk)
    return found.balance, found.total_committed, found.available


def sums(*texts):
    return tuple(Decimal(text) for text in texts)


def paid(finance, approver, commitment, amount, reference="FK-1"):
    return actions.approve_order(approver, actions.pay(finance, commitment, Decimal(amount), reference=reference))


# -- what it adds up to -----------------------------------------------------------------------------------------------
def test_income_commitment_payment_and_release_add_up(fund, finance, approver):
    make_income(fund, "10000.00")
    commitment = make_commitment(fund, "4000.00", actor=approver)
    assert figures(fund) == sums("10000", "4000", "6000")
    paid(finance, approver, commitment, "1500.00")
    assert figures(fund) == sums("8500", "2500", "6000")
    actions.release(approver, commitment, Decimal("500.00"), reason="住院费用减少")
    assert figures(fund) == sums("8500", "2000", "6500")
    actions.release(approver, commitment, reason="不再需要")
    assert figures(fund) == sums("8500", "0", "8500")
    assert [line.number for line in fund.lines.order_by("number")] == [1, 2, 3, 4, 5]


def test_the_refusal_says_what_lies_there_for_something_else(fund):
    make_income(fund, "3200.00")
    make_income(fund, "10000.00", {"kinds": ["education_aid"]})
    with pytest.raises(Refusal) as refused:
        make_commitment(fund, "5000.00", kind="medical_aid")
    assert refused.value.message == ("可用余额 3,200.00 元，不足以承诺 5,000.00 元；另有 10,000.00 元只能用于助学。")
    assert figures(fund) == sums("13200", "0", "13200")


def test_the_reserve_is_kept_of_what_is_free(host):
    fund = make_fund(host, reserve=Decimal("3000.00"))
    make_income(fund, "10000.00")
    assert figures(fund)[2] == Decimal("7000")
    with pytest.raises(Refusal, match="按规定留存 3,000.00 元"):
        make_commitment(fund, "7000.01")
    make_commitment(fund, "7000.00")


# -- the wish of those who gave ---------------------------------------------------------------------------------------
def test_the_most_narrowly_tied_money_is_used_first(fund):
    program = make_program(fund.organization, like="P02")
    make_income(fund, "1000.00")
    make_income(fund, "1000.00", {"kinds": ["medical_aid"]})
    make_income(fund, "1000.00", {"programs": [program.code], "groups": ["dibao"]})
    commitment = make_commitment(fund, "2500.00", program=program, groups=["dibao"])
    taken = [(part.pot.programs or part.pot.kinds, part.amount) for part in commitment.parts.all()]
    assert taken == [([program.code], Decimal(1000)), (["medical_aid"], Decimal(1000)), ([], Decimal(500))]


TIED = [
    ({"programs": ["P99"]}, {}),
    ({"kinds": ["education_aid"]}, {}),
    ({"groups": ["orphan"]}, {"groups": ["dibao"]}),
    ({"groups": ["orphan"]}, {}),
    ({"areas": ["230303000000"]}, {}),
    ({"until": date(2020, 1, 1)}, {}),
]


@pytest.mark.parametrize(("restriction", "use"), TIED)
def test_money_is_not_used_against_the_donors_wish(fund, restriction, use):
    program = make_program(fund.organization, like="P02")
    make_income(fund, "1000.00", restriction)
    with pytest.raises(Refusal, match="可用余额 0.00 元"):
        make_commitment(fund, "1.00", program=program, area=make_area(), **use)


def test_a_wish_for_an_area_is_met_below_it(host):
    county = make_area()
    town = make_area("230302001000", "街道", "town", county)
    fund = make_fund(host, area=make_area("230300000000", "市", "city"))
    make_income(fund, "1000.00", {"areas": [county.code]})
    assert make_commitment(fund, "1000.00", area=town).parts.count() == 1


def test_a_fund_is_not_used_outside_its_area(fund):
    make_income(fund)
    elsewhere = make_area("230303000000", "乙区")
    with pytest.raises(Refusal, match="只用于甲区"):
        make_commitment(fund, "1.00", area=elsewhere)


def test_money_whose_day_has_passed_is_not_available(fund):
    make_income(fund, "1000.00", {"until": TODAY})
    make_income(fund, "500.00", {"until": TODAY - timedelta(days=1)}, day=TODAY - timedelta(days=9))
    assert figures(fund) == sums("1500", "0", "1000")


def test_the_same_wish_of_two_donors_is_one_pot(fund):
    for groups in (["dibao", "orphan"], ["orphan", "dibao"]):
        make_income(fund, "100.00", {"groups": groups})
    assert [pot.income for pot in fund.pots.all()] == [Decimal(200)]


def test_a_program_that_names_its_funds_is_paid_from_no_other(fund):
    definition = definition_of("P02") | {"fund_codes": ["nosuchfund"]}
    program = make_program(fund.organization)
    make_income(fund)
    make_commitment(fund, "1.00", program=program)
    program = make_program(fund.organization, state="draft")
    make_version(program, definition, state="released")
    with pytest.raises(Refusal, match="没有写明由这项基金出资"):
        make_commitment(fund, "1.00", program=program)


amounts = st.integers(1, 400).map(lambda cents: Decimal(cents) / 4)
pots = st.lists(
    st.builds(
        lambda pk, income, kinds, groups: FundPot(
            pk=pk, income=income, kinds=kinds, groups=groups, is_general=not kinds and not groups
        ),
        st.integers(1, 10**6), amounts, st.sampled_from([[], ["a"], ["a", "b"]]), st.sampled_from([[], ["x"]]),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(pots, amounts, st.sampled_from(["", "a", "c"]), st.booleans(), amounts)
def test_what_is_drawn_is_never_more_than_there_is_and_never_unfit(found, amount, kind, has_group, reserve):
    use = rules.Use(TODAY, kinds=frozenset([kind]) - {""}, groups=frozenset(["x"] if has_group else []))
    draw = rules.draw(found, amount, use, reserve)
    assert sum(share for _pot, share in draw.shares) + draw.missing == amount
    assert all(0 < share <= pot.left and rules.fits(pot, use) for pot, share in draw.shares)
    assert draw.missing == max(amount - draw.able, Decimal(0))
    order = [rules.narrowness(pot) for pot, _share in draw.shares]
    assert order == sorted(order)


# -- only once --------------------------------------------------------------------------------------------------------
def test_the_same_receipt_is_income_once(fund, finance):
    first = make_income(fund, "100.00", reference="SJ-7", actor=finance)
    assert make_income(fund, "100.00", reference="SJ-7", actor=finance) == first
    with pytest.raises(Refusal, match="只入账一次"):
        make_income(fund, "200.00", reference="SJ-7", actor=finance)
    assert figures(fund)[0] == Decimal(100)


def test_the_same_reference_is_committed_once(fund, approver):
    first = make_commitment(fund, "100.00", reference="AJ-7")
    assert make_commitment(fund, "100.00", reference="AJ-7") == first
    with pytest.raises(Refusal, match="只承诺一次"):
        make_commitment(fund, "200.00", reference="AJ-7")
    assert figures(fund)[1] == Decimal(100)


def test_a_release_that_is_asked_twice_is_one(fund, approver):
    commitment = make_commitment(fund, "100.00")
    for _ in range(2):
        actions.release(approver, commitment, Decimal("40.00"), reason="减少", once="abc")
    assert figures(fund)[1] == Decimal(60)


def test_the_same_voucher_is_paid_once(fund, finance, approver):
    commitment = make_commitment(fund, "100.00")
    first = actions.pay(finance, commitment, Decimal("50.00"), reference="FK-7")
    assert actions.pay(finance, commitment, Decimal("50.00"), reference="FK-7") == first
    with pytest.raises(Refusal, match="只登记一次"):
        actions.pay(finance, commitment, Decimal("20.00"), reference="FK-7")
    actions.approve_order(approver, first)
    with pytest.raises(Refusal, match="已复核入账"):
        actions.approve_order(approver, first)
    assert figures(fund) == sums("9950", "50", "9900")


# -- two people -------------------------------------------------------------------------------------------------------
def test_nobody_approves_what_they_recorded(fund, host):
    both = make_staff("一人两岗", host, ["charity_finance", "charity_approver"])
    order = make_order(fund, recorded_by=both)
    with pytest.raises(Refusal, match="第二个人"):
        actions.approve_order(both, order)
    with pytest.raises(IntegrityError, match="order_approved_by_a_second"), transaction.atomic():
        FundOrder.objects.filter(pk=order.pk).update(
            state="approved", decided_by=order.recorded_by, decided_at=timezone.now()
        )
    assert figures(fund)[0] == Decimal(10000)


def test_nothing_is_booked_before_a_second_person_agrees(fund, finance, approver):
    order = make_order(fund, "1000.00")
    assert figures(fund) == sums("10000", "1000", "9000")
    with pytest.raises(Refusal, match="最多还能办 0.00 元"):
        actions.pay(finance, order.commitment, Decimal("1.00"), reference="FK-8")
    with pytest.raises(Refusal, match="最多还能办 0.00 元"):
        actions.release(approver, order.commitment, reason="不再需要")
    actions.reject_order(approver, order, "凭证不清")
    assert figures(fund) == sums("10000", "1000", "9000")
    assert actions.pay(finance, order.commitment, Decimal("1.00"), reference=order.reference).state == "waiting"


def test_the_bureau_that_runs_the_fund_too_may_be_the_second_person(host):
    bureau = make_organization("民政局", "civil_affairs", host.area)
    boss = make_staff("民政审批", bureau, ["bureau_approver"])
    alone, shared = make_fund(host), make_fund(host, joint_bureau=bureau)
    with pytest.raises(PermissionDenied):
        actions.approve_order(boss, make_order(alone))
    assert actions.approve_order(boss, make_order(shared)).state == "approved"


@pytest.mark.parametrize("role", ["charity_reviewer", "unit_admin", "catalogue_admin"])
def test_money_moves_only_through_those_who_keep_it(fund, host, role):
    stranger = make_staff("某人", host, [role])
    make_income(fund)
    commitment, order = make_commitment(fund), make_order(fund)
    for deed in (
        lambda: make_income(fund, actor=stranger),
        lambda: make_commitment(fund, actor=stranger),
        lambda: actions.release(stranger, commitment, reason="x"),
        lambda: actions.pay(stranger, commitment, Decimal(1), reference="FK-9"),
        lambda: actions.approve_order(stranger, order),
        lambda: actions.reject_order(stranger, order, "x"),
    ):
        with pytest.raises(PermissionDenied):
            deed()


# -- counter-entries --------------------------------------------------------------------------------------------------
def test_a_payment_that_was_wrong_is_committed_again(fund, finance, approver):
    commitment = make_commitment(fund, "100.00")
    line = paid(finance, approver, commitment, "100.00").lines.get()
    counter = actions.correct(finance, line, "payment_correction", Decimal(30), reference="CZ-1", reason="金额写错")
    assert figures(fund) == sums("9900", "0", "9900")
    actions.approve_order(approver, counter)
    assert figures(fund) == sums("9930", "30", "9900")
    with pytest.raises(Refusal, match="最多还能办 70.00 元"):
        actions.correct(finance, line, "payee_return", Decimal(71), reference="CZ-2", reason="退回")
    back = actions.correct(finance, line, "payee_return", Decimal(70), reference="CZ-3", reason="户名不符退回")
    actions.approve_order(approver, back)
    assert figures(fund) == sums("10000", "30", "9970")


def test_a_gift_is_given_back_only_while_it_is_there(fund, finance, approver):
    line = make_income(fund, "1000.00", {"kinds": ["education_aid"]})
    commitment = make_commitment(fund, "400.00", kind="education_aid")
    with pytest.raises(Refusal, match="只剩 600.00 元"):
        actions.correct(finance, line, "donor_refund", Decimal(1000), reference="TK-1", reason="捐赠人要求")
    order = actions.correct(finance, line, "donor_refund", Decimal(600), reference="TK-1", reason="捐赠人要求")
    make_commitment(fund, "600.00", kind="education_aid")
    with pytest.raises(Refusal, match="只剩 0.00 元"):
        actions.approve_order(approver, order)
    actions.release(approver, commitment, reason="不再需要")
    with pytest.raises(Refusal, match="只剩 400.00 元"):
        actions.approve_order(approver, order)
    assert FundOrder.objects.get(pk=order.pk).state == "waiting"


# -- what the database holds by itself --------------------------------------------------------------------------------
def line_like(line, **values):
    again = FundLine.objects.get(pk=line.pk)
    again.pk, again.code, again.number, again.once = None, "x" + line.code[:9], 900, "again"
    for name, value in values.items():
        setattr(again, name, value)
    again.save()


def test_a_wrong_code_path_cannot_overdraw_a_pot(fund):
    commitment = make_commitment(fund, "100.00")
    line = commitment.parts.get().lines.get()
    with pytest.raises(IntegrityError, match="pot_never_overdrawn"), transaction.atomic():
        line_like(line, amount=Decimal("9900.01"))
    line_like(line, amount=Decimal("9900.00"))
    assert figures(fund) == sums("10000", "10000", "0")


def test_a_wrong_code_path_cannot_release_more_than_is_committed(fund):
    make_commitment(fund, "500.00")
    line = make_commitment(fund, "100.00").parts.get().lines.get()
    with pytest.raises(IntegrityError, match="part_within_its_commitment"), transaction.atomic():
        line_like(line, kind="release", amount=Decimal("100.01"))


def test_a_line_of_two_people_needs_two(fund):
    line = make_commitment(fund, "100.00").parts.get().lines.get()
    with pytest.raises(IntegrityError, match="line_agreed_by_a_second"), transaction.atomic():
        line_like(line, kind="payment")


@pytest.mark.parametrize(
    "deed",
    [
        lambda line: FundLine.objects.filter(pk=line.pk).update(amount=1),
        lambda line: FundLine.objects.filter(pk=line.pk).delete(),
        lambda line: FundPot.objects.filter(pk=line.pot_id).update(income=10**6),
        lambda line: FundPot.objects.filter(pk=line.pot_id).update(kinds=["education_aid"]),
        lambda line: FundPot.objects.create(fund=line.fund, digest="x", income=5),
        lambda line: FundCommitment.objects.filter(fund=line.fund).update(amount=1),
        lambda line: line_like(line, pot=make_income(make_fund()).pot),
    ],
)
def test_the_ledger_stays_as_it_was_written(fund, deed):
    make_commitment(fund)
    line = fund.lines.get(kind="income")
    with pytest.raises(DatabaseError), transaction.atomic():
        deed(line)
    assert figures(fund) == sums("10000", "1000", "9000")


# -- at the same time -------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_commitments_at_once_stay_within_the_balance():
    fund = make_fund()
    make_income(fund, "1000.00")
    actor = make_staff(None, fund.organization, ["charity_approver"])
    deeds = [
        lambda n=n: actions.commit(actor, fund, Decimal("400.00"), reference=f"AJ-{n}") for n in range(4)
    ]  # fmt: skip
    assert at_once(*deeds) == ["Refusal", "Refusal", "done", "done"]
    assert figures(fund) == sums("1000", "800", "200")


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_refuses_the_second(monkeypatch):
    """The action forgets its lock: the pot's own constraint and the numbers of the lines stand behind it."""
    fund = make_fund()
    make_income(fund, "1000.00")
    actor = make_staff(None, fund.organization, ["charity_approver"])
    monkeypatch.setattr(actions, "_lock", lambda fund: Fund.objects.get(pk=fund.pk))
    meet = threading.Barrier(2)
    draw = rules.draw

    def draw_together(*args):
        found = draw(*args)
        meet.wait(timeout=10)
        return found

    monkeypatch.setattr(rules, "draw", draw_together)
    deeds = [
        lambda n=n: actions.commit(actor, fund, Decimal("600.00"), reference=f"AJ-{n}") for n in range(2)
    ]  # fmt: skip
    assert at_once(*deeds) == ["IntegrityError", "done"]
    assert figures(fund) == sums("1000", "600", "400")


@pytest.mark.django_db(transaction=True)
def test_a_double_click_commits_and_approves_once():
    fund = make_fund()
    make_income(fund, "1000.00")
    actor, second = (make_staff(None, fund.organization, ["charity_approver"]) for _ in range(2))
    assert at_once(*[lambda: actions.commit(actor, fund, Decimal("400.00"), reference="AJ-1") for _ in range(2)]) == [
        "done",
        "done",
    ]
    assert figures(fund) == sums("1000", "400", "600")
    finance = make_staff(None, fund.organization, ["charity_finance"])
    order = actions.pay(finance, fund.commitments.get(), Decimal("400.00"), reference="FK-1")
    assert at_once(*[lambda: actions.approve_order(second, order) for _ in range(2)]) == ["Refusal", "done"]
    assert figures(fund) == sums("600", "0", "600")


# -- small things -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "reference", ["", "张三的捐款", "11010119900307" + "7758", "x" * 41, "a\nb", "139" + "00000000"]
)
def test_a_reference_holds_no_personal_data(fund, reference):
    with pytest.raises(Refusal) as refused:
        make_income(fund, reference=reference)
    assert refused.value.field == "reference"


def test_a_closed_fund_takes_and_commits_nothing_but_pays_what_it_owes(fund, finance, approver):
    commitment = make_commitment(fund, "100.00")
    Fund.objects.filter(pk=fund.pk).update(closed_on=TODAY, close_reason="合同到期")
    for deed in (lambda: make_income(fund), lambda: make_commitment(fund)):
        with pytest.raises(Refusal, match="合同到期"):
            deed()
    assert paid(finance, approver, commitment, "100.00").state == "approved"


def test_a_donor_is_named_as_they_agreed_and_nowhere_else(fund, finance):
    name = "某位好心人"
    donor = {"donor_kind": "citizen", "donor_naming": "alias", "donor_name": name}
    line = make_income(fund, donor=donor, actor=finance)
    assert line.donation.donor == name
    again = actions.name_donor(finance, line.donation, donor | {"donor_naming": "anonymous"})
    assert (again.donor, Donation.objects.get().donor_name) == ("匿名", "")
    assert not AuditEntry.objects.filter(object_name__contains=name).exists()
    assert not [line for line in AuditEntry.objects.all() if name in str(line.changes)]
    with pytest.raises(Refusal) as refused:
        actions.name_donor(finance, line.donation, donor | {"donor_name": ""})
    assert refused.value.field == "donor_name"
