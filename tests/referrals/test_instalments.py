"""Help that is paid by the month: laid out when decided, paid by the quarter, signed for, left out with reason."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.access import Refusal
from programs.actions import funds
from programs.models import FundPot
from referrals import aid_shown, batch_lists, instalments
from referrals.actions import aid, batch_decisions, batches, purges, schedules
from referrals.batch_routes import Progress, stations_of
from referrals.models import AidInstalment, AidLine, Batch, TimelineEntry
from tests.make.batches import decide_line, make_frozen, make_line, make_row, make_scheduled
from tests.make.catalogue import make_program, make_round
from tests.make.units import make_staff

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def fresh(line):
    return AidLine.objects.get(pk=line.pk)


def begun(line, first_year=None):
    """As if it had been decided in an autumn long past: everything is due."""
    line.instalments.all().delete()
    aid.instalments.lay_out(line, first_year or TODAY().year - 4)
    return fresh(line)


def pay(cast, line, numbers=None, reference="JP-1"):
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference=reference, numbers=numbers)
    return aid.settle_aid(cast.charity_approver, line, line.version)


def states(line):
    return [one.state for one in instalments.of_line(fresh(line))]


def figures(fund):
    pot = FundPot.objects.get(fund=fund)
    return (pot.committed, pot.paid)


def test_a_decided_line_has_its_schedule_with_its_parts(cast):
    line = make_scheduled(cast)
    rows = list(line.instalments.all())
    assert (len(rows), sum(one.amount for one in rows)) == (30, line.amount)
    assert dict(rows[0].split) == {"充入饭卡": Decimal(300), "现金": Decimal(100)}
    assert not make_scheduled(cast, like="P12", amount=3000).instalments.exists()


def test_it_is_paid_by_numbers_signed_for_by_months_and_the_fund_agrees(cast):
    line = begun(make_scheduled(cast))
    fund = line.fund
    with pytest.raises(Refusal, match="一期或几期"):
        pay(cast, line, [31])
    line = pay(cast, line, [1, 2, 3, 4])
    assert (line.state, line.paid, figures(fund)) == ("part_paid", 1600, (10400, 1600))
    assert states(line)[:5] == ["paid"] * 4 + ["due"]
    with pytest.raises(Refusal, match="编号，或者上传"):
        schedules.sign_aid(cast.charity_reviewer, line, line.version, [1], day=TODAY())
    with pytest.raises(Refusal, match="还没有签收的月份"):
        schedules.sign_aid(cast.charity_reviewer, line, line.version, [1, 5], day=TODAY(), receipt="QS-1")
    yesterday = TODAY() - timedelta(days=1)
    with pytest.raises(Refusal, match="不能早于支付"):
        schedules.sign_aid(cast.charity_reviewer, line, line.version, [1], day=yesterday, receipt="QS-1")
    line = schedules.sign_aid(
        cast.charity_reviewer, line, line.version, [1, 2], day=TODAY(), signer="班主任", receipt="QS-1"
    )
    assert states(line)[:3] == ["signed", "signed", "paid"]
    told = TimelineEntry.objects.get(kind="aid_line_signed")
    first = line.instalments.first()
    assert (f"{first.month:%Y-%m}" in str(told.details), first.signer, first.receipt) == (True, "班主任", "QS-1")
    line = pay(cast, line, reference="JP-2")
    assert (line.state, figures(fund)) == ("paid", (0, 12000))
    assert set(states(line)) == {"signed", "paid"}


def test_what_the_second_person_sends_back_waits_again(cast):
    line = begun(make_scheduled(cast))
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="JP-1", numbers=[1, 2])
    assert states(line)[:3] == ["paying", "paying", "due"]
    line = aid.bounce_aid(cast.charity_approver, line, line.version, "户名不符")
    assert (line.state, states(line)[:2]) == ("approved", ["due", "due"])


def test_months_left_out_make_the_sum_less_and_free_their_money(cast):
    line = begun(make_scheduled(cast))
    line = pay(cast, line, list(range(1, 11)))
    rest = list(range(11, 31))
    with pytest.raises(Refusal, match="写明为什么不发"):
        schedules.skip_aid(cast.charity_approver, line, line.version, rest, cause="left_school", note=" ")
    with pytest.raises(Refusal, match="还没有支付的月份"):
        schedules.skip_aid(cast.charity_approver, line, line.version, [10, 11], cause="left_school", note="退学")
    line = schedules.skip_aid(cast.charity_approver, line, line.version, rest, cause="left_school", note="随父母外出")
    assert (line.state, line.amount, line.paid, figures(line.fund)) == ("paid", 4000, 4000, (0, 4000))
    last = line.instalments.last()
    assert (last.state, last.get_cause_display(), last.reason) == ("skipped", "离校", "随父母外出")
    untouched = begun(make_scheduled(cast))
    with pytest.raises(Refusal, match="请取消这笔帮扶"):
        schedules.skip_aid(
            cast.charity_approver, untouched, untouched.version, list(range(1, 31)), cause="moved", note="转学"
        )


def test_with_the_record_goes_who_signed_in_their_stead_and_why_a_month_was_left_out(cast):
    line = pay(cast, begun(make_scheduled(cast)), [1])
    said = {"day": TODAY(), "signer": "某家长", "receipt": "QS-1"}
    line = schedules.sign_aid(cast.charity_reviewer, line, line.version, [1], **said)
    line = schedules.skip_aid(cast.charity_approver, line, line.version, [30], cause="moved", note="随父母外出")
    purges._wipe_lists(line.person)
    kept = list(fresh(line).instalments.all())
    assert {(one.signer, one.reason) for one in kept} == {("", "")}
    assert (kept[0].receipt, kept[-1].cause) == ("QS-1", "moved")


def test_cancelled_on_the_way_the_rest_is_left_out(cast):
    line = pay(cast, begun(make_scheduled(cast)), [1])
    line = aid.cancel_aid(cast.charity_approver, line, line.version, "帮扶终止")
    assert (line.state, line.amount, states(line)) == ("paid", 400, ["paid"] + ["skipped"] * 29)


def test_money_sent_back_names_whole_months_that_nobody_signed_for(cast):
    line = pay(cast, begun(make_scheduled(cast)), [1, 2, 3])
    line = schedules.sign_aid(cast.charity_reviewer, line, line.version, [1], day=TODAY(), receipt="QS-1")
    payment = line.fund.lines.get(kind="payment")

    def back(amount, reference):
        said = {"reference": reference, "reason": "学校退回"}
        order = funds.correct(cast.charity_finance, payment, "payee_return", Decimal(amount), **said)
        with transaction.atomic():
            funds.approve_order(cast.charity_approver, order)

    with pytest.raises(Refusal, match="正好是其中最后几期"), transaction.atomic():
        back(500, "TH-1")
    with pytest.raises(Refusal, match="正好是其中最后几期"), transaction.atomic():
        back(1200, "TH-2")
    back(800, "TH-3")
    line = fresh(line)
    assert (line.paid, line.amount, states(line)[:4]) == (400, 11200, ["signed", "skipped", "skipped", "due"])
    assert sum(one.amount for one in instalments.of_line(line) if not one.skipped_at) == line.amount


def test_it_is_laid_out_for_another_autumn_only_before_anything_was_paid(cast):
    line = make_scheduled(cast)
    year = TODAY().year + 1
    line = schedules.plan_aid(cast.charity_reviewer, line, line.version, year)
    assert line.instalments.first().month == date(year, 9, 1)
    with pytest.raises(Refusal, match="开学的年份"):
        schedules.plan_aid(cast.charity_reviewer, line, line.version, year + 1)
    line = pay(cast, begun(line), [1])
    with pytest.raises(Refusal, match="不能"):
        schedules.plan_aid(cast.charity_reviewer, line, line.version, year)
    for change in ({"amount": 1}, {"month": date(2020, 1, 1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AidInstalment.objects.filter(line=line).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        AidInstalment.objects.filter(line=line).delete()


def test_only_what_is_due_waits_in_the_ledger(cast, browse):
    line = make_scheduled(cast)
    line = schedules.plan_aid(cast.charity_reviewer, line, line.version, TODAY().year + 1)
    assert [aid_shown.count_of(tab, cast.charity_finance) for tab in ("to_pay", "to_sign")] == [0, 0]
    line = begun(line)
    assert aid_shown.count_of("to_pay", cast.charity_finance) == 1
    pay(cast, line)
    assert aid_shown.count_of("to_pay", cast.charity_finance) == 0
    assert aid_shown.count_of("to_sign", cast.charity_finance) == 1
    assert line.code in browse(cast.charity_finance).get("/aid/?tab=to_sign").content.decode()


def test_the_pages_of_one_line_pay_sign_and_print(cast, browse):
    line = begun(make_scheduled(cast))
    page = reverse("referrals:show_aid", args=[line.code])
    finance, approver, reviewer = map(browse, (cast.charity_finance, cast.charity_approver, cast.charity_reviewer))
    assert "充入饭卡" in reviewer.get(page).content.decode()

    def post(session, verb, **said):
        url = reverse(f"referrals:{verb}_aid", args=[line.code])
        assert session.get(url).status_code == 200
        answer = session.post(url, {"version": fresh(line).version, **said})
        assert answer.status_code == 302, answer.content.decode()

    post(finance, "pay", numbers=["1", "2"], day=f"{TODAY()}", reference="JP-8")
    post(approver, "settle")
    post(reviewer, "sign", numbers=["1"], day=f"{TODAY()}", signer="", receipt="QS-9", kind="signature", note="")
    post(approver, "skip", numbers=["30"], cause="left_school", note="毕业前离校")
    assert [states(line)[0], states(line)[1], states(line)[-1]] == ["signed", "paid", "skipped"]
    sheet = reviewer.get(reverse("referrals:print_signatures", args=[line.code])).content.decode()
    assert all(words in sheet for words in ("每月签收单", line.person.name, "充入饭卡", f"{TODAY()}"))
    assert sheet.count("300.00") == 29


def test_a_sheet_to_sign_is_offered_only_to_whom_the_name_is_open(cast, browse):
    line = make_scheduled(cast)
    link = reverse("referrals:print_signatures", args=[line.code])
    page = reverse("referrals:show_aid", args=[line.code])
    for person in ("charity_reviewer", "charity_finance"):
        session = browse(cast[person])
        opens = session.get(link).status_code == 200
        assert (link in session.get(page).content.decode()) is opens, person


def test_a_list_of_many_is_paid_by_the_quarter_and_signed_by_the_month(cast, browse):
    program = make_program(cast.charity, like="P06-2")
    lines = [make_line(program, cast.charity, by=cast.charity_reviewer, amount=12000) for _number in range(2)]
    batch = make_frozen(cast.charity_reviewer, program=program, lines=lines)
    Batch.objects.filter(pk=batch.pk).update(
        state="approved", decided_by=cast.charity_approver, decided_at=timezone.now(), decided_on=TODAY()
    )
    for line in lines:
        begun(decide_line(cast, fresh(line)), 2023)
    batch = Batch.objects.get(pk=batch.pk)
    codes = list(batch.rows.values_list("code", flat=True))
    finance, reviewer = browse(cast.charity_finance), browse(cast.charity_reviewer)
    url = reverse("referrals:give_rows", args=[batch.code, "pay"])
    assert "2023-10 至 2023-12 · 2,400.00" in finance.get(url).content.decode()
    said = {"row": codes, "period": "2023-10-01", "day": f"{TODAY()}", "reference": "JP2023-4"}
    assert finance.post(url, said).status_code == 302
    assert {line.paid for line in AidLine.objects.all()} == {0}
    assert batch_decisions.settle_rows(cast.charity_approver, batch, codes) == (2, [])
    assert {line.paid for line in AidLine.objects.all()} == {1200}
    url = reverse("referrals:give_rows", args=[batch.code, "receive"])
    said = {"row": codes[0], "month": "2023-11-01", "day": f"{TODAY()}", "signer": ""}
    assert reviewer.post(url, said).status_code == 302
    done, refused = batch_decisions.receive_rows(
        cast.charity_reviewer, batch, codes, day=TODAY(), month=date(2023, 11, 1)
    )
    assert (done, [why for _row, why in refused]) == (1, ["请选择已经支付、还没有签收的月份。"])
    counted = [station.counted for station in stations_of(Progress.of(batch)) if station.step.kind == "pay"]
    assert [(one.done, one.of) for one in counted] == [(6, 60), (2, 60)]
    which = batch_lists.lists_of(batch)[0]
    sheet = reverse("referrals:print_list", args=[batch.code, which.code])
    page = reviewer.get(sheet, {"month": "2023-12"}).content.decode()
    assert page.count("300.00") == 2
    line = fresh(lines[0])
    schedules.skip_aid(cast.charity_approver, line, line.version, [30], cause="left_school", note="退学")
    book = reviewer.get(reverse("referrals:export_list", args=[batch.code, which.code]), {"month": "2026-07"})
    rows = list(load_workbook(BytesIO(book.content)).active.iter_rows(values_only=True))
    assert [len(rows), rows[1][1]] == [2, lines[1].person.name]


def test_no_more_are_put_forward_than_there_are_places(cast):
    program = make_program(cast.charity, like="P06-2")
    held, by = make_round(program, quota=2), make_staff(organization=cast.charity)
    lines = [make_line(program, cast.charity, by=by, round=held) for _number in range(3)]
    draft = batches.make_batch(cast.charity_reviewer, program, {"label": "2026 级", "round": held})
    batches.add_lines(cast.charity_reviewer, draft, draft.version, lines)
    draft = Batch.objects.get(pk=draft.pk)
    with pytest.raises(Refusal, match="2 个名额，已经用了 0 个，名册上有 3 人"):
        batches.freeze_batch(cast.charity_reviewer, draft, draft.version)
    draft = batches.remove_row(cast.charity_reviewer, make_row(draft), draft.version)
    assert batches.freeze_batch(cast.charity_reviewer, draft, draft.version).state == "frozen"
