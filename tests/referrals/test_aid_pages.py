"""The pages of help, walked by the people of one charity."""

from django.utils import timezone

from members.models import AuditEntry, WebhookDelivery
from referrals.actions import aid
from referrals.models import AidLine, Referral
from tests.make.catalogue import make_fund, make_income
from tests.make.people import make_government_aid, make_need, make_person
from tests.make.referrals import make_proposal, make_referral
from tests.make.units import make_webhook
from tests.referrals.test_documents import a_picture
from tests.referrals.test_referral_pages import follow


def test_money_goes_its_way_by_the_hands_of_three(cast, browse):
    fund = make_fund(cast.charity, name="救助资金")
    make_income(fund)
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    reviewer, approver, finance = map(browse, (cast.charity_reviewer, cast.charity_approver, cast.charity_finance))
    case = f"/referrals/{referral.code}/"
    assert "提出帮扶" in reviewer.get(case).content.decode()
    said = {
        "form": "cash", "need": referral.needs.get().code, "amount": "1,200", "fund": fund.code, "description": "学费",
        "payee_kind": "self", "payee_holder": "王某某", "payee_bank": "演示银行",
        "payee_account": "6222020000001234567",
    }  # fmt: skip
    page = follow(reviewer, f"{case}propose-aid/", said)
    assert AidLine.objects.get().code in approver.get("/aid/").content.decode()
    step(approver, page, "approve", note="")
    shown = finance.get(page).content.decode()
    assert "6222020000001234567" not in shown
    assert "王某某" not in shown
    whole = finance.post(f"{page}account/").content.decode()
    assert "6222020000001234567" in whole
    assert AuditEntry.objects.filter(action="aid.account", actor_id=cast.charity_finance.pk).count() == 1
    today = timezone.localdate().isoformat()
    step(finance, page, "pay", amount="1200", day=today, reference="FK-8")
    assert "支付待复核" in finance.get("/aid/?tab=to_settle").content.decode()
    step(approver, page, "settle")
    step(reviewer, page, "rate", effect="met", note="")
    step(reviewer, page, "receive", receipt="", kind="photo", files=[a_picture()], note="")
    line = AidLine.objects.get()
    assert (line.state, line.effect, line.papers.get().kind) == ("paid", "met", "photo")
    paper = line.papers.get()
    assert reviewer.get(f"{page}papers/{paper.code}/preview/").status_code == 200
    month = f"{timezone.localdate():%Y-%m}"
    ledger = approver.get(f"/aid/?tab=given&month={month}&fund={fund.code}").content.decode()
    assert line.code in ledger
    assert "1,200.00" in ledger
    assert line.code not in approver.get("/aid/?tab=given&month=2020-01").content.decode()
    assert "1,200.00" in browse(cast.bureau_officer).get(case).content.decode()


def test_what_was_given_leads_on_to_the_report_and_what_is_left_is_known(cast, browse):
    """No reason for no help is asked of who has helped; the sender finds what is still missing filled in."""
    need = make_need(make_person(cast.town), estimated_yuan=500)
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=need.person, needs=[need], state="accepted", by=cast.charity_reviewer
    )
    reviewer, case = browse(cast.charity_reviewer), f"/referrals/{referral.code}/"
    assert "没有给予帮扶的原因" in reviewer.get(f"{case}report/").content.decode()
    line = make_proposal(referral, cast.charity_reviewer, need=need, need_kind=need.kind)
    make_webhook(cast.bureau, "https://example.org/", events=["aid.moved"])
    line = aid.approve_aid(cast.charity_approver, line, line.version)
    assert "接着把结果反馈" not in reviewer.get(f"/aid/{line.code}/").content.decode()
    line = aid.deliver_aid(cast.charity_reviewer, line, line.version, day=timezone.localdate(), receipt="QS-1")
    told = [(one.data["verb"], one.data["state"]) for one in WebhookDelivery.objects.order_by("pk")]
    assert told == [("approve", "approved"), ("deliver", "delivered")]
    assert set(WebhookDelivery.objects.first().data) == {"aid", "verb", "state", "version", "referral"}
    assert f"{case}report/" in reviewer.get(f"/aid/{line.code}/").content.decode()
    assert "没有给予帮扶的原因" not in reviewer.get(f"{case}report/").content.decode()
    version = Referral.objects.get().version
    follow(reviewer, f"{case}report/", {"version": version, f"effect_{need.code}": "eased", "summary": "送到"})
    shown = browse(cast.bureau_officer).get(f"{case}confirm/").content.decode()
    assert 'value="200' in shown
    assert "按台账还差" in shown


def step(client, page, verb, **said):
    version = AidLine.objects.get().version
    return follow(client, f"{page}{verb}/", {"version": version, **said})


def test_earlier_help_of_both_sides_is_told_as_far_as_one_may_see(cast, browse):
    person = make_person(cast.town)
    make_government_aid(person, scheme="temp_relief", state="granted", decided_on="2026-03-01", amount_yuan=800)
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="accepted", by=cast.charity_reviewer
    )
    case = f"/referrals/{referral.code}/"
    assert "以前得到的帮扶和救助" in browse(cast.bureau_officer).get(case).content.decode()
    assert "以前得到的帮扶和救助" not in browse(cast.charity_reviewer).get(case).content.decode()


def test_a_step_that_is_not_ones_own_says_why(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    said = {"form": "goods", "value": "300", "description": "米面油", "payee_kind": "self"}
    officer = cast.charity_reviewer
    page = follow(browse(officer), f"/referrals/{referral.code}/propose-aid/", said)
    assert browse(officer).get(f"{page}approve/").status_code == 403
    refused = browse(cast.charity_approver).post(
        f"{page}decline/", {"version": AidLine.objects.get().version, "note": ""}
    )
    assert refused.status_code == 200
    assert AidLine.objects.get().state == "proposed"
    wrong = browse(officer).post(f"/referrals/{referral.code}/propose-aid/", {"form": "cash", "amount": "5"})
    assert "请选择由哪项基金支出" in wrong.content.decode()
    assert Referral.objects.get().state == "accepted"
