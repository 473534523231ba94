"""Lists decided, paid, handed out and printed."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members import calendar
from members.access import Refusal
from members.calendar import add_working_days
from members.models import AuditEntry
from referrals import batch_lists
from referrals.actions import batch_decisions as actions
from referrals.actions import notices
from referrals.batch_routes import Progress, stations_of, why_not_pay
from referrals.models import AidLine, Batch, DisclosureLog
from tests.make.batches import an_objection, make_frozen, make_hung, make_line, make_row, make_sampled
from tests.make.catalogue import make_fund, make_income, make_program
from tests.make.people import make_person, make_provision
from tests.make.units import make_staff

pytestmark = pytest.mark.django_db


def fresh(batch):
    return Batch.objects.get(pk=batch.pk)


def approve(actor, batch, **more):
    batch = fresh(batch)
    said = {"decided_on": timezone.localdate(), "note": "家庭确有困难", **more}
    return actions.approve_batch(actor, batch, batch.version, **said)


def make_goods(cast, people=2, **values):
    """A list of goods to be handed out, closed."""
    program = make_program(cast.charity, like="P03")
    lines = [
        make_line(program, cast.charity, form="goods", amount=None, value=300, **values) for _number in range(people)
    ]
    return make_frozen(cast.charity_reviewer, program=program, lines=lines)


def test_whoever_made_or_closed_it_does_not_decide_and_no_station_is_jumped(cast):
    batch = make_sampled(cast.charity_reviewer)
    with pytest.raises(Refusal, match="还没有公示"):
        approve(cast.charity_approver, batch)
    batch = make_hung(cast.charity_reviewer)
    with pytest.raises(PermissionDenied):
        approve(cast.charity_reviewer, batch)
    cast.charity_reviewer.role_assignments.create(role="charity_approver", confirmed_at=timezone.now())
    both = type(cast.charity_reviewer).objects.get(pk=cast.charity_reviewer.pk)
    with pytest.raises(Refusal, match="没有建立、封存它的人"):
        approve(both, batch)
    with pytest.raises(Refusal, match="不晚于今天"):
        approve(cast.charity_approver, batch, decided_on=timezone.localdate() + timedelta(days=1))
    assert fresh(batch).state == "frozen"


def test_all_or_nobody_and_whoever_was_flagged_has_a_second_approver(cast):
    batch = make_hung(cast.charity_reviewer)
    third = make_row(batch, 3)
    AidLine.objects.filter(pk=third.line_id).update(proposed_by=cast.charity_approver)
    with pytest.raises(Refusal, match="有 1 人不能批准，名册没有变动。序号 3：自己提出的"):
        approve(cast.charity_approver, batch)
    assert set(AidLine.objects.values_list("state", flat=True)) == {"proposed"}
    AidLine.objects.filter(pk=third.line_id).update(
        proposed_by=make_staff(organization=cast.charity), is_exception=True
    )
    approve(cast.charity_approver, batch)
    states = [make_row(batch, number).line.state for number in (1, 2, 3)]
    assert (fresh(batch).state, states[2]) == ("approved", "second")
    assert set(states[:2]) <= {"approved", "second"}


def test_goods_are_handed_out_row_by_row_and_the_list_ends_when_all_signed(cast, browse):
    batch = make_goods(cast)
    with pytest.raises(Refusal, match="还没有批准"):
        actions.receive_rows(cast.charity_reviewer, batch, [], day=timezone.localdate())
    approve(cast.charity_approver, batch)
    for line in AidLine.objects.filter(state="second"):
        AidLine.objects.filter(pk=line.pk).update(state="approved", approved_by=cast.charity_approver)
    session = browse(cast.charity_reviewer)
    url = reverse("referrals:give_rows", args=[batch.code, "receive"])
    assert make_row(batch).person.name in session.get(url).content.decode()
    with pytest.raises(Refusal, match="还有 2 人没有发放"):
        actions.finish_batch(cast.charity_reviewer, fresh(batch), fresh(batch).version)
    said = {"row": make_row(batch).code, "day": f"{timezone.localdate()}", "signer": ""}
    assert session.post(url, said).status_code == 302
    assert make_row(batch).line.state == "delivered"
    assert make_row(batch).received_on == timezone.localdate()
    done, refused = actions.receive_rows(
        cast.charity_reviewer, fresh(batch), [make_row(batch).code, make_row(batch, 2).code], day=timezone.localdate()
    )
    assert (done, [why for _row, why in refused]) == (1, ["已经签收。"])
    finished = actions.finish_batch(cast.charity_reviewer, fresh(batch), fresh(batch).version)
    assert finished.state == "finished"
    assert all(station.is_done for station in stations_of(Progress.of(finished)))


def test_an_objection_that_comes_late_stops_the_payment(cast):
    batch = make_hung(cast.charity_reviewer)
    approve(cast.charity_approver, batch)
    line = make_row(batch).line
    assert why_not_pay(line) == ""
    objection = notices.record_objection(cast.charity_reviewer, fresh(batch), an_objection())
    assert "没有处理的异议" in why_not_pay(line)
    notices.decide_objection(cast.charity_approver, objection, is_upheld=False, findings="查实无误")
    assert why_not_pay(line) == ""


def test_money_is_paid_by_finance_and_agreed_to_by_another(cast):
    fund = make_fund(cast.charity)
    make_income(fund)
    program = make_program(cast.charity, like="P09")
    lines = [make_line(program, cast.charity, fund=fund, amount=500) for _number in range(2)]
    batch = make_frozen(cast.charity_reviewer, program=program, lines=lines)
    approve(cast.charity_approver, batch)
    second = make_staff(organization=cast.charity, roles=["charity_approver"])
    for row in batch.rows.select_related("line"):
        if row.line.state == "second":
            actions.aid.approve_aid(second, row.line, row.line.version, note="同意")
    codes = list(batch.rows.values_list("code", flat=True))
    with pytest.raises(PermissionDenied):
        actions.pay_rows(cast.charity_reviewer, fresh(batch), codes, day=timezone.localdate(), reference="FK1")
    done, refused = actions.pay_rows(
        cast.charity_finance, fresh(batch), codes, day=timezone.localdate(), reference="FK1"
    )
    assert (done, refused) == (2, [])
    assert actions.settle_rows(cast.charity_approver, fresh(batch), codes)[0] == 2
    assert {row.line.receipt for row in batch.rows.select_related("line")} == {"FK1-1", "FK1-2"}


def test_twenty_working_days_run_from_the_day_of_the_decision(cast):
    """P10: paid to the hospital within twenty working days of the joint review."""
    batch = make_frozen(cast.charity_reviewer, like="P10")
    assert actions.pay_by(batch, timezone.localdate()) == add_working_days(timezone.localdate(), 20)
    assert actions.pay_by(make_frozen(cast.charity_reviewer), timezone.localdate()) is None


def test_a_calendar_that_changed_moves_the_last_day_to_pay(cast):
    batch, today = make_frozen(cast.charity_reviewer, like="P10"), timezone.localdate()
    decided = {"state": "approved", "decided_by": cast.charity_approver, "decided_at": timezone.now()}
    Batch.objects.filter(pk=batch.pk).update(**decided, decided_on=today, due_on=today + timedelta(days=90))
    calendar.tell(today, today + timedelta(days=60))
    assert fresh(batch).due_on == add_working_days(today, 20)


def test_declined_the_list_ends_with_its_reason_and_everybody_is_free_again(cast):
    batch = make_hung(cast.charity_reviewer)
    actions.decline_batch(cast.charity_approver, batch, batch.version, "材料不全")
    batch = fresh(batch)
    assert (batch.state, batch.note) == ("declined", "材料不全")
    assert not batch.rows.filter(is_live=True).exists()
    with pytest.raises(Refusal, match="未批准"):
        approve(cast.charity_approver, batch)


# -- Printed lists ----------------------------------------------------------------------------------------------------
def test_the_list_for_the_bank_has_exactly_six_columns(cast, browse):
    program = make_program(cast.charity, like="P07")
    private = {"phone": "0451-8000000", "bank": "演示银行", "bank_code": "102100099996", "account": "6200000000000001"}
    person = make_person(cast.charity, **private)
    batch = make_frozen(cast.charity_reviewer, program=program, lines=[make_line(program, cast.charity, person)])
    which = next(one for one in batch_lists.lists_of(batch) if one.title == "救助人员名单")
    response = browse(cast.charity_finance).get(reverse("referrals:export_list", args=[batch.code, which.code]))
    rows = list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows == [
        ("姓名", "身份证号", "联系方式", "银行账号", "开户行", "行号"),
        (person.name, person.number, *(private[name] for name in ("phone", "account", "bank", "bank_code"))),
    ]
    assert person.name not in response.headers["Content-Disposition"]
    assert AuditEntry.objects.get(action="batch.export").changes["rows"] == [None, 1]
    approval = next(one for one in batch_lists.lists_of(batch) if one.code != which.code)
    assert (approval.sheets, approval.filed) == (2, "慈善总会、区慈善会")


def test_what_is_not_open_is_not_printed_and_neither_is_the_rest(cast, browse):
    program = make_program(cast.charity, like="P07")
    items = ("name", "number", "phone", "account")
    provisions = [make_provision(cast.bureau_officer, make_person(cast.bureau), cast.charity, items) for _ in range(2)]
    lines = [make_line(program, cast.charity, one.person) for one in provisions]
    batch = make_frozen(cast.charity_reviewer, program=program, lines=lines)
    which = batch_lists.lists_of(batch)[0]
    url = reverse("referrals:print_list", args=[batch.code, which.code])
    page = browse(cast.charity_reviewer).get(url).content.decode()
    assert [one.person.number in page for one in provisions] == [True, True]
    assert DisclosureLog.objects.filter(kind="seen", receiver=cast.charity).count() == 2
    provisions[0].ended_at, provisions[0].ended = timezone.now(), "by_provider"
    provisions[0].save(update_fields=["ended_at", "ended"])
    for who in (cast.charity_reviewer, cast.charity_finance):
        page = browse(who).get(url, follow=True).content.decode()
        assert "序号 1 的内容您现在不能全部查看" in page
        assert provisions[1].person.number not in page


def test_whoever_pays_reads_only_the_list_for_the_bank(cast, browse):
    batch = make_frozen(cast.charity_reviewer)
    summary = batch_lists.lists_of(batch)[0]
    assert summary.title == "学生汇总表"
    url = reverse("referrals:print_list", args=[batch.code, summary.code])
    page = browse(cast.charity_finance).get(url, follow=True).content.decode()
    assert "不能全部查看" in page
    assert make_row(batch).person.name not in page


def test_a_child_is_on_no_printed_list_without_an_approval(cast, browse):
    program = make_program(cast.charity, like="P07")
    child = make_person(cast.charity, born="2015-01-01")
    batch = make_frozen(cast.charity_reviewer, program=program, lines=[make_line(program, cast.charity, child)])
    url = reverse("referrals:print_list", args=[batch.code, batch_lists.lists_of(batch)[0].code])
    for who in (cast.charity_reviewer, cast.charity_finance):
        page = browse(who).get(url, follow=True).content.decode()
        assert child.name not in page
        assert "不能全部查看" in page


def test_each_program_has_its_lists_under_their_names_and_with_their_copies(cast):
    wanted = {
        "P03": [("“博爱送万家”物资发放签收表", 1)],
        "P06-2": [("每月签收单", 1)],
        "P07": [("救助人员名单", 1), (f"{timezone.localdate().year} 年春节“慈心济困”救助项目审批表", 2)],
        "P08-1": [("救助审批表", 1)],
        "P10": [("鸡西市疾病应急救助患者医疗费用审核支付汇总表", 6), ("会签表", 6)],
        "P11": [("领取表", 1)],
        "P12": [("学生汇总表", 1)],
    }
    for like, lists in wanted.items():
        batch = make_frozen(cast.charity_reviewer, like=like, people=1)
        assert [(one.title, one.sheets) for one in batch_lists.lists_of(batch)] == lists, like


def test_six_copies_are_six_pages(cast, browse):
    batch = make_frozen(cast.charity_reviewer, like="P10", people=1)
    url = reverse("referrals:print_list", args=[batch.code, "sign_off"])
    page = browse(cast.charity_reviewer).get(url).content.decode()
    assert page.count('<article class="document') == 6
    for body in ("卫健部门", "公安部门", "民政部门", "医保部门", "人社部门"):
        assert page.count(body) == 6
