"""The pages of funds, clicked through without a script; their workbooks; the API."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from portal import home, search
from programs import fund_figures, fund_statements
from programs.actions import funds as actions
from programs.models import Donation, Fund, FundCommitment, FundImport, FundLine, FundOrder, WorkBudget
from programs.tasks import forget_fund_statements
from tests.make.catalogue import (
    definition_of,
    make_commitment,
    make_fund,
    make_income,
    make_order,
    make_program,
    make_version,
)
from tests.make.units import make_organization, make_staff
from tests.members.test_tokens import token_for

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate().isoformat()
FUND = {
    "name": "济困基金", "code": "jikun", "kind": "named", "purpose": "帮扶困难家庭", "fit": "章程规定的济困业务",
    "area": "230302000000", "founder_kind": "citizen", "founder_naming": "alias", "founder_name": "一位老人",
    "opened_on": TODAY, "is_public": "on", "warn_below": "1万元",
}  # fmt: skip
INCOME = {
    "amount": "1.2万", "day": TODAY, "channel": "given", "reference": "SJ-1", "donor_kind": "citizen",
    "donor_naming": "anonymous",
}  # fmt: skip


@pytest.fixture
def fund(cast):
    return make_fund(cast.charity, code="fund")


@pytest.fixture
def finance(cast, browse):
    return browse(cast.charity_finance)


@pytest.fixture
def approver(cast, browse):
    return browse(cast.charity_approver)


def text(response):
    return response.content.decode()


def url(name, *args):
    return reverse(f"programs:{name}", args=args)


# -- the register -----------------------------------------------------------------------------------------------------
def test_register_a_fund(cast, finance):
    cast.charity.purpose = "济困"
    cast.charity.save()
    assert finance.post(url("create_fund"), FUND).status_code == 302
    fund = Fund.objects.get(code="jikun")
    assert (fund.organization, fund.founder, fund.warn_below) == (cast.charity, "一位老人", Decimal(10000))
    assert "已经有了" in text(finance.post(url("create_fund"), FUND | {"name": "另一项"}))
    assert "同名的基金" in text(finance.post(url("create_fund"), FUND | {"code": "other"}))


WRONG = [
    ({"fit": ""}, "写明这项基金为什么符合本单位的宗旨和业务范围"),
    ({"founder_name": ""}, "公开名称或化名时要填"),
    ({"founder_naming": "anonymous"}, "发起人匿名时不填名称"),
    ({"kind": "emergency"}, "救急难基金要写明"),
    ({"joint_bureau": "乙区民政局"}, "同级民政部门"),
    ({"code": "orders"}, "基金编号只用"),
    ({"opened_on": "2999-01-01"}, "日期还没有到"),
    ({"name": "济困\u202e基金"}, "控制字符"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_a_fund_that_cannot_be_is_refused_with_the_reason(cast, finance, change, words):
    cast.charity.purpose = "济困"
    cast.charity.save()
    assert words in text(finance.post(url("create_fund"), FUND | change))
    assert not Fund.objects.exists()


def test_a_host_without_purpose_founds_nothing(finance):
    assert "填写宗旨和业务范围" in text(finance.post(url("create_fund"), FUND))


def test_two_people_who_edit_see_each_other(cast, fund, finance, approver):
    cast.charity.purpose = "济困"
    cast.charity.save()
    values = FUND | {"version": 1}
    assert finance.post(url("edit_fund", "fund"), values).status_code == 302
    answer = text(approver.post(url("edit_fund", "fund"), values | {"name": "我的"}))
    assert "慈善财务 已于" in answer
    assert "现在库里的内容" in answer
    assert Fund.objects.get().name == "济困基金"


def test_rules_are_added_and_never_overwritten(fund, finance):
    first = {"valid_from": "2026-01-01", "standard": "每户 1000 元", "procedure": "申请、审核"}
    finance.post(url("set_fund_rules", "fund"), first)
    answer = finance.post(url("set_fund_rules", "fund"), first | {"standard": "每户 2000 元"})
    assert "新的一版要更晚" in text(answer)
    finance.post(url("set_fund_rules", "fund"), first | {"valid_from": "2999-01-01", "standard": "每户 2000 元"})
    assert list(fund.rules.values_list("number", "standard")) == [(2, "每户 2000 元"), (1, "每户 1000 元")]
    shown = text(finance.get(url("show_fund", "fund")))
    assert "每户 1000 元" in shown
    assert "每户 2000 元" not in shown


def test_close_and_reopen(fund, finance):
    finance.post(url("close_fund", "fund"), {"reason": "合同到期"})
    assert "已于" in text(finance.get(url("show_fund", "fund")))
    fund.organization.purpose = "济困"
    fund.organization.save()
    finance.post(url("reopen_fund", "fund"))
    assert Fund.objects.get().closed_on is None


# -- the money --------------------------------------------------------------------------------------------------------
def test_from_income_to_payment_by_two_people(fund, finance, approver):
    for _twice in range(2):
        finance.post(url("record_income", "fund"), INCOME | {"kinds": ["medical_aid"]})
    assert fund.lines.count() == 1
    asked = {"amount": "5000", "reference": "AJ-1", "kind": "medical_aid"}
    assert "5,000.00 元</b> 只能用于助医" in text(approver.post(url("commit_money", "fund"), asked | {"preview": "1"}))
    assert not FundCommitment.objects.exists()
    for _twice in range(2):
        approver.post(url("commit_money", "fund"), asked | {"commit": "1"})
    commitment = FundCommitment.objects.get()
    paid = {"amount": "4,000.00", "day": TODAY, "reference": "FK-1"}
    for _twice in range(2):
        finance.post(url("pay_commitment", commitment.code), paid)
    order = FundOrder.objects.get()
    assert finance.post(url("approve_fund_order", order.code)).status_code == 403
    approver.post(url("approve_fund_order", order.code))
    release = {"amount": "", "reason": "不再需要", "once": "abcdefgh"}
    for _twice in range(2):
        approver.post(url("release_commitment", commitment.code), release)
    lines = list(fund.lines.order_by("number").values_list("kind", "amount"))
    assert lines == [
        ("income", Decimal(12000)), ("commitment", Decimal(5000)), ("payment", Decimal(4000)),
        ("release", Decimal(1000)),
    ]  # fmt: skip
    assert "已结清" in text(finance.get(url("show_commitment", commitment.code)))


def test_the_page_says_why_a_sum_cannot_be_committed(fund, approver):
    make_income(fund, "3200.00")
    make_income(fund, "10000.00", {"kinds": ["education_aid"]})
    answer = text(approver.post(url("commit_money", "fund"), {"amount": "5000", "reference": "AJ-1", "commit": "1"}))
    assert "可用余额 3,200.00 元，不足以承诺 5,000.00 元；另有 10,000.00 元只能用于助学。" in answer


def test_a_rejected_payment_says_why_and_may_be_written_again(fund, finance, approver):
    order = make_order(fund)
    approver.post(url("reject_fund_order", order.code), {"decision": "凭证不清"})
    assert "凭证不清" in text(finance.get(url("show_fund_order", order.code)))
    again = {"amount": "1000", "day": TODAY, "reference": order.reference}
    finance.post(url("pay_commitment", order.commitment.code), again)
    assert FundOrder.objects.filter(state="waiting").count() == 1


def test_a_correction_waits_for_the_second_person(fund, finance, approver):
    line = make_income(fund, "100.00")
    asked = {"kind": "donor_refund", "amount": "100", "day": TODAY, "reference": "TK-1", "reason": "捐赠人要求"}
    finance.post(url("correct_fund_line", line.code), asked)
    assert fund.lines.count() == 1
    approver.post(url("approve_fund_order", FundOrder.objects.get().code))
    assert fund.lines.get(kind="donor_refund").against == line


def test_a_donors_name_can_be_taken_back(fund, finance):
    finance.post(url("record_income", "fund"), INCOME | {"donor_naming": "alias", "donor_name": "热心人"})
    assert "热心人" in text(finance.get(url("show_fund", "fund")))
    donation = Donation.objects.get()
    finance.post(url("name_donor", donation.code), {"donor_kind": "citizen", "donor_naming": "anonymous"})
    assert "热心人" not in text(finance.get(url("show_fund", "fund")))


def test_the_ledger_is_narrowed_and_taken_away(fund, finance):
    make_commitment(fund)
    shown = text(finance.get(url("show_fund", "fund") + "?kind=income"))
    assert "1 收入" in shown
    assert "2 承诺" not in shown
    book = load_workbook(io.BytesIO(finance.post(url("export_fund_ledger", "fund") + "?kind=income").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["类别", "收入"]
    book = load_workbook(io.BytesIO(finance.post(url("export_funds")).content))
    assert [row[8] for row in book.active.iter_rows(values_only=True)] == ["余额", 10000]


def test_the_list_is_narrowed(cast, finance):
    short = make_fund(cast.charity, name="短缺的", warn_below=Decimal(1))
    make_fund(cast.charity, name="够用的", confirmed_on=TODAY)
    assert "够用的" not in text(finance.get(url("list_funds") + "?state=short"))
    assert short.name in text(finance.get(url("list_funds") + "?state=short"))
    assert "够用的" not in text(finance.get(url("list_funds") + "?state=stale"))
    finance.post(url("confirm_fund", short.code))
    assert "没有符合条件的基金" in text(finance.get(url("list_funds") + "?state=stale"))


def test_what_waits_stands_on_the_page_of_today(cast, fund):
    make_order(fund)
    Fund.objects.update(warn_below=Decimal(10**6))
    shown = {card["title"] for group in home.waiting_for(cast.charity_approver) for card in group["cards"]}
    assert shown >= {"付款和冲正等您复核", "基金资金不足", "请核对基金余额"}


def test_a_fund_is_found_by_its_keepers_only(cast, fund):
    make_commitment(fund, reference="AJ-77")
    for word in (fund.name, "AJ-77"):
        assert "基金" in [group["label"] for group in search.search(cast.charity_reviewer, word)]
        assert "基金" not in [group["label"] for group in search.search(cast.other_charity_admin, word)]


def test_a_program_shows_its_funds_and_what_they_have(cast, browse, fund):
    make_income(fund, "100.00")
    program = make_program(cast.charity, state="draft")
    make_version(program, definition_of("P02") | {"fund_codes": ["fund", "nosuch"]}, state="released")
    page = text(browse(cast.charity_reviewer).get(url("show_program", program.code)))
    assert "100.00 元" in page
    assert "还没有登记这项基金" in page
    assert "100.00 元" not in text(browse(cast.other_charity_admin).get(url("show_program", program.code)))
    assert program.code in text(browse(cast.charity_finance).get(url("show_fund", "fund")))


# -- the API ----------------------------------------------------------------------------------------------------------
def test_the_api_tells_figures_and_takes_income_once(cast, fund, client):
    secret = token_for(cast, "charity_finance", ["fund.view", "fund.record"])
    headers = {"Authorization": f"Bearer {secret}"}
    body = {
        "amount": "3000.00", "day": TODAY, "channel": "given", "reference": "SJ-9",
        "restriction": {"kinds": ["education_aid"]},
    }  # fmt: skip
    for _twice in range(2):
        answer = client.post("/api/v1/funds/fund/income/", body, "application/json", headers=headers)
        assert (answer.status_code, answer.json()["number"]) == (201, 1)
    other = client.post("/api/v1/funds/fund/income/", body | {"amount": "1.00"}, "application/json", headers=headers)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "reference")
    shown = client.get("/api/v1/funds/fund/", headers=headers).json()
    assert (shown["balance"], shown["pots"][0]["kinds"], shown["pots"][0]["left"]) == (
        "3000.00", ["education_aid"], "3000.00",
    )  # fmt: skip
    assert [row["code"] for row in client.get("/api/v1/funds/", headers=headers).json()["results"]] == ["fund"]
    lines = client.get("/api/v1/funds/fund/lines/?kind=income", headers=headers).json()["results"]
    assert [line["reference"] for line in lines] == ["SJ-9"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"}, {"amount": "1.001"}, {"channel": "x"}, {"reference": ""}, {"extra": 1},
        {"restriction": {"programs": ["nosuch"]}}, {"restriction": {"areas": ["999999999999"]}},
        {"restriction": {"groups": ["nosuch"]}}, {"donor": {"donor_kind": "citizen", "donor_naming": "real"}},
    ],
)  # fmt: skip
def test_the_api_refuses_what_cannot_be(cast, fund, client, wrong):
    secret = token_for(cast, "charity_finance", ["fund.record"])
    body = {"amount": "3000.00", "day": TODAY, "channel": "given", "reference": "SJ-9"} | wrong
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.post("/api/v1/funds/fund/income/", body, "application/json", headers=headers)
    assert answer.status_code in (400, 422)
    assert not FundLine.objects.exists()


def test_a_token_without_the_scope_records_nothing(cast, fund, client):
    secret = token_for(cast, "charity_finance", ["fund.view"])
    body = {"amount": "1.00", "day": TODAY, "channel": "given", "reference": "SJ-9"}
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/api/v1/funds/fund/income/", body, "application/json", headers=headers).status_code == 403
    assert client.get("/api/v1/funds/fund/", headers=headers).status_code == 200
    stranger = make_fund(make_organization(kind="foundation", purpose="济困", area=cast.other_county))
    assert client.get(f"/api/v1/funds/{stranger.code}/", headers=headers).status_code == 404


# -- statements, overview, public pages -------------------------------------------------------------------------------
def statement(*rows):
    book = Workbook()
    book.active.append(fund_statements.HEADINGS)
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("清单.xlsx", target.getvalue())


GOOD = ["2026-01-15", "3000.00", "单位和个人捐赠", "SJ-1", "公民", "化名", "热心人", "助学、助医", "", "", ""]


def upload(finance, *rows):
    answer = finance.post(url("import_fund_income", "fund"), {"file": statement(*rows)})
    assert answer.status_code == 302
    return FundImport.objects.latest("pk")


def test_a_statement_is_booked_once_and_its_donors_are_not_kept(fund, finance):
    plain = ["2026/01/16", 200, "利息收益", "SJ-2", *[""] * 7]
    row = upload(finance, GOOD, plain)
    assert "3,200.00 元" in text(finance.get(url("show_fund_import", row.code)))
    finance.post(url("apply_fund_import", row.code))
    finance.post(url("apply_fund_import", row.code))
    assert list(fund.lines.values_list("reference", "amount").order_by("number")) == [
        ("SJ-1", Decimal(3000)), ("SJ-2", Decimal(200)),
    ]  # fmt: skip
    row.refresh_from_db()
    assert (row.rows, bytes(row.content), row.counts) == ([], b"", {"new": 2, "same": 0})
    again = upload(finance, GOOD)
    assert "没有要写的" in text(finance.get(url("show_fund_import", again.code)))


FAULTS = [
    (0, "昨天", "2026-01-15 这样的日期"), (0, "2999-01-01", "日期还没有到"), (1, "三千", "不是金额"),
    (2, "天上", "资金渠道应是"), (3, "", "没有填票据号或流水号"), (6, "", "要填署名"),
    (7, "助飞", "没有“助飞”这个帮扶类别"), (8, "P99", "没有编号为 P99 的项目"), (10, "x" * 201, "最多 200 个字"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "words"), FAULTS)
def test_a_row_that_is_wrong_is_named_and_nothing_is_booked(fund, finance, column, value, words):
    wrong = [*GOOD[:column], value, *GOOD[column + 1 :]]
    row = upload(finance, ["2026-01-16", "1.00", "利息收益", "SJ-0", *[""] * 7], wrong)
    assert words in text(finance.get(url("show_fund_import", row.code)))
    finance.post(url("apply_fund_import", row.code))
    assert not FundLine.objects.exists()
    marked = load_workbook(io.BytesIO(finance.get(url("mark_fund_import", row.code)).content)).active
    assert words in str(marked.cell(3, 12).value)


def test_a_row_the_ledger_refuses_takes_all_with_it(fund, finance):
    make_income(fund, "1.00", reference="SJ-1")
    row = upload(finance, GOOD, [*GOOD[:3], "张三的捐款", *GOOD[4:]])
    shown = text(finance.get(url("show_fund_import", row.code)))
    assert "已按另外的金额、日期或渠道入账" in shown
    other = upload(finance, [*GOOD[:3], "SJ-5", *GOOD[4:]], [*GOOD[:3], "张三的捐款", *GOOD[4:]])
    assert "第 3 行：" in text(finance.post(url("apply_fund_import", other.code), follow=True))
    assert fund.lines.count() == 1


def test_nobody_else_sees_a_statement(cast, fund, finance, browse):
    row = upload(finance, GOOD)
    second = make_staff("另一位财务", cast.charity, ["charity_finance"])
    assert browse(second).get(url("show_fund_import", row.code)).status_code == 404


def test_a_statement_that_nobody_booked_is_forgotten_after_a_week(fund, finance):
    _old, new, booked = upload(finance, GOOD), upload(finance, GOOD), upload(finance, GOOD)
    finance.post(url("apply_fund_import", booked.code))
    FundImport.objects.exclude(pk=new.pk).update(uploaded_at=timezone.now() - timedelta(days=8))
    forget_fund_statements()
    forget_fund_statements()
    assert set(FundImport.objects.values_list("pk", flat=True)) == {new.pk, booked.pk}


def test_the_overview_takes_refunds_off_their_channel(cast, fund, finance, approver):
    line = make_income(fund, "1000.00", channel="charity_day")
    make_income(fund, "50.00", channel="interest")
    asked = {"kind": "donor_refund", "amount": "400", "day": TODAY, "reference": "TK-1", "reason": "捐赠人要求"}
    finance.post(url("correct_fund_line", line.code), asked)
    approver.post(url("approve_fund_order", FundOrder.objects.get().code))
    funds = Fund.objects.all()
    assert fund_figures.by_channel(funds) == [("慈善日募捐", Decimal(600)), ("利息收益", Decimal(50))]
    assert fund_figures.by_year(funds) == [(timezone.localdate().year, Decimal(650), 0)]
    assert "600.00 元" in text(finance.get(url("show_fund_overview")))


def test_a_work_budget_is_kept_by_its_own_unit(cast, finance, browse):
    asked = {"year": "2026", "source": "own", "planned": "5万", "spent": "1000"}
    finance.post(url("create_budget"), asked)
    assert "已经登记过" in text(finance.post(url("create_budget"), asked))
    assert "不能超过安排" in text(finance.post(url("create_budget"), asked | {"source": "fiscal", "spent": "6万"}))
    budget = WorkBudget.objects.get()
    finance.post(url("edit_budget", budget.code), asked | {"spent": "2000", "version": 1})
    answer = text(finance.post(url("edit_budget", budget.code), asked | {"spent": "3000", "version": 1}))
    assert "现在库里的内容" in answer
    assert WorkBudget.objects.get().spent == Decimal(2000)
    assert "48,000.00 元" in text(browse(cast.bureau_officer).get(url("show_fund_overview")))


def test_the_public_sees_sums_and_donors_as_they_agreed(cast, fund, client):
    named = {"donor_kind": "citizen", "donor_naming": "alias", "donor_name": "热心人"}
    make_income(fund, "1000.00", donor=named)
    commitment = make_commitment(fund, "300.00", reference="AJ-SECRET", note="某户")
    finance, approver = cast.charity_finance, cast.charity_approver
    actions.approve_order(approver, actions.pay(finance, commitment, Decimal("300.00"), reference="FK-SECRET"))
    page = text(client.get(url("show_public_fund", "fund")))
    assert "热心人" in page
    assert "700.00 元" in page
    for secret in ("SECRET", "某户", finance.name, approver.name):
        assert secret not in page
    assert fund.name in text(client.get(url("list_public_funds")))
    Fund.objects.update(is_public=False)
    assert client.get(url("show_public_fund", "fund")).status_code == 404
    assert fund.name not in text(client.get(url("list_public_funds")))
