"""A case both ways, both sides signed in, each in a browser of its own: from the match to the closed loop, and from a
charity's word to the government's answer and back into the charity's own program."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from referrals.models import GovernmentAid, Referral
from tests.browser.look import problems_of
from tests.browser.test_family_journeys import asks_for, choose, explain, follow, next_step, on_a_phone, press
from tests.make.catalogue import make_fund, make_income, make_program
from tests.make.people import make_assessment, make_need, make_person, make_safeguards, make_wording
from tests.make.referrals import make_receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _nobody_counted():
    cache.clear()


def opens(page, card, row=""):
    """From 今天 by the card that says so, to the one in its list."""
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=card).click()
    page.locator("table.list a.main", has_text=row).first.click()


def does(page, words):
    """The one thing that is asked for, on its own page."""
    asks_for(page, words)
    next_step(page)
    press(page, words)


def agree_in_front_of_a_witness(page):
    press(page, "下一步：讲明、答复")
    explain(page)
    page.get_by_label("口头同意，有人见证").check()
    page.get_by_label("见证人姓名").fill("某邻居")
    page.get_by_label("见证人身份").fill("邻居")
    press(page, "登记同意")
    expect(page.get_by_text("本人还没有同意提供")).to_have_count(0)


def heads(page, words):
    expect(page.locator(".page-head .state").first).to_have_text(words)


# -- 6.1 and 6.2 ------------------------------------------------------------------------------------------------------
def test_a_bureau_refers_and_a_charity_helps_until_both_see_the_loop_closed(cast, open_as):
    make_wording()
    make_safeguards(cast.town, cast.charity)
    make_program(make_receiver(cast.charity), "P03", like="P03")
    make_income(make_fund(cast.charity, name="救助资金"))
    person = make_person(cast.town, name="白桂芳", born="1950-03-12")
    make_need(person, wish="手术费还差两万元", estimated_yuan=20000)

    town, bureau = open_as(cast.town_caseworker), open_as(cast.bureau_officer)
    charity = on_a_phone(open_as(cast.charity_reviewer))
    write(town, cast, person)
    press(town, "提交审核")
    expect(town.locator("section.do h2")).to_have_text("等第二人审核后发出")
    opens(bureau, "转介待审核")
    expect(bureau.locator("section.do h2")).to_have_text("现在请您审核")
    does(bureau, "审核通过并发送")
    heads(bureau, "待签收")

    opens(charity, "收到的转介待签收")
    expect(charity.get_by_text("白桂芳")).to_be_visible()
    assert problems_of(charity) == []
    does(charity, "签收")
    follow(charity, "退回补充")
    charity.get_by_label("要对方答复的问题").fill("什么时候手术？")
    press(charity, "退回补充")
    heads(charity, "退回补充")
    opens(town, "转介被退回补充")
    asks_for(town, "提交补充")
    next_step(town)
    town.get_by_label("什么时候手术？").fill("下月上旬，已经排上。")
    press(town, "提交补充")
    heads(town, "研判中")
    opens(charity, "收到的转介待决定")
    expect(charity.get_by_text("下月上旬，已经排上。")).to_be_visible()
    does(charity, "接收")
    asks_for(charity, "开始帮扶")
    next_step(charity)
    charity.get_by_label("入户走访").check()
    press(charity, "开始帮扶")

    give(charity, on_a_phone(open_as(cast.charity_approver)), open_as(cast.charity_finance))
    charity.get_by_role("main").get_by_role("link", name=re.compile("^ZJ")).click()
    asks_for(charity, "反馈结果")
    next_step(charity)
    charity.get_by_label("缓解", exact=True).check()
    charity.get_by_label("做了什么、效果怎样").fill("送去面粉和油，付了部分手术费。")
    press(charity, "反馈结果")
    heads(charity, "已反馈待确认")
    opens(town, "转介有了反馈，待确认")
    for words in ("送去面粉和油，付了部分手术费。", "300.00 元", "5,000.00 元"):
        expect(town.get_by_text(words)).to_be_visible()
    does(town, "确认并闭环")
    charity.reload()
    for page in (town, charity):
        heads(page, "已闭环")
        assert problems_of(page) == []


def write(page, cast, person):
    """Matched, written, and agreed to on the spot; what the family keeps to itself is taken out again."""
    page.goto(f"/people/{person.code}/")
    follow(page, "匹配项目")
    page.get_by_label("重特大疾病", exact=True).check()
    choose(page, "以前得到过哪些项目的资助", "没有得到过")
    press(page, "记下并重新匹配")
    follow(page, f"转介给{cast.charity.name}")
    press(page, "下一步：写明情况")
    press(page, "下一步：看对方会看到什么")
    follow(page, "本人不愿意的，去掉不提供")
    page.get_by_label("器官、造血干细胞捐献情况").uncheck()
    press(page, "下一步：看对方会看到什么")
    press(page, "征求同意")
    page.get_by_label("疾病诊断（医疗健康）").check()
    agree_in_front_of_a_witness(page)


def give(charity, approver, finance):
    """Goods and money: proposed by one, approved by another, handed over and paid by a third."""
    asks_for(charity, "提出帮扶")
    next_step(charity)
    expect(charity.get_by_label(re.compile("^金额"))).to_be_hidden()
    choose(charity, "帮扶形式", "物资")
    expect(charity.get_by_role("heading", name="付给谁")).to_be_hidden()
    charity.get_by_label("物资折价（元）").fill("300")
    press(charity, "提出，等审批")
    charity.get_by_role("main").get_by_role("link", name=re.compile("^ZJ")).click()
    charity.locator("#aid").get_by_role("link", name="提出帮扶").click()
    choose(charity, "帮扶形式", "资金")
    choose(charity, "按哪个项目的标准", "不按项目标准")
    choose(charity, "从哪项基金支出", "救助资金")
    charity.get_by_label(re.compile("^金额")).fill("5000")
    charity.get_by_label("户名").fill("白桂芳")
    charity.get_by_label("账号").fill("622202" + "0" * 10)
    press(charity, "提出，等审批")
    heads(charity, "待审批")
    for form in ("物资", "资金"):
        opens(approver, "帮扶待审批", form)
        does(approver, "同意")
    opens(finance, "帮扶待支付", "资金")
    asks_for(finance, "登记支付")
    next_step(finance)
    finance.get_by_label("凭证号").fill("FK-1")
    press(finance, "登记支付")
    book(approver)
    opens(charity, "帮扶待交付", "物资")
    asks_for(charity, "登记交付")
    next_step(charity)
    charity.get_by_label("签收编号").fill("QS-1")
    press(charity, "登记交付")
    heads(charity, "已交付")


def book(approver):
    """What finance wrote down is booked by somebody else."""
    approver.goto("/aid/?tab=to_settle")
    approver.locator("table.list a.main").first.click()
    does(approver, "复核入账")
    heads(approver, "已支付")


# -- 6.3 and 6.4 ------------------------------------------------------------------------------------------------------
def test_a_charity_helps_apply_and_after_a_no_takes_the_family_into_its_own_program(cast, open_as):
    make_wording()
    make_assessment(cast.charity)
    make_program(make_receiver(cast.charity), "P03", like="P03")
    person = make_person(cast.charity, name="乔桂兰", born="1950-03-12", residence=cast.town_area)
    make_need(person, wish="药费很高")

    charity, bureau = on_a_phone(open_as(cast.charity_reviewer)), open_as(cast.bureau_officer)
    charity.goto(f"/people/{person.code}/")
    follow(charity, "告知民政")
    charity.get_by_label(re.compile("^协助申请：")).check()
    charity.get_by_label(cast.bureau.name, exact=True).check()
    choose(charity, "申请哪一项政府救助", "最低生活保障")
    charity.get_by_label("申请理由").fill("老人独居，没有收入。")
    charity.get_by_label("本人身份证", exact=True).check()
    press(charity, "下一步：看民政会看到什么")
    assert problems_of(charity) == []
    press(charity, "征求同意")
    for label in ("证件种类和号码（特定身份）", "家庭收入和支出（金融账户）"):
        charity.get_by_label(label).check()
    agree_in_front_of_a_witness(charity)
    expect(charity.get_by_text("老人独居，没有收入。")).to_be_visible()
    press(charity, "发出转介")
    heads(charity, "待签收")

    opens(bureau, "收到的转介待签收")
    does(bureau, "签收")
    verify(bureau)
    does(bureau, "接收")
    expect(bureau.locator("section.do h2")).to_have_text("现在请您核实并答复")
    asks_for(bureau, "反馈结果")
    next_step(bureau)
    bureau.get_by_label("不符合条件", exact=True).check()
    choose(bureau, "不符合的是哪一条", "经济状况不符")
    bureau.get_by_label("不等核对结论", exact=True).check()
    press(bureau, "反馈结果")
    bureau.get_by_role("link", name="转回并建议").click()
    press(bureau, "转回")
    expect(bureau.get_by_text("已转回，待签收：")).to_be_visible()

    opens(charity, "转介有了反馈，待确认")
    expect(charity.get_by_text("不符合“最低生活保障”的条件").first).to_be_visible()
    does(charity, "确认并闭环")
    heads(charity, "已闭环")
    opens(charity, "收到的转介待签收")
    expect(charity.get_by_text("个人信息由接收单位自己保管")).to_be_visible()
    does(charity, "签收")
    does(charity, "接收")
    asks_for(charity, "开始帮扶")
    assert problems_of(charity) == []
    bureau.reload()
    expect(bureau.get_by_text("已转回，已接收：")).to_be_visible()
    back = Referral.objects.get(state="accepted")
    assert (back.program.code, back.procedure) == ("P03", "simplified_by_referral")
    assert GovernmentAid.objects.get().state == "refused"


def verify(page):
    """A visit and a check, both from the case."""
    follow(page, "记录入户核实")
    page.get_by_label("情况属实").check()
    press(page, "记下")
    follow(page, "申请经济状况核对")
    page.get_by_label("户主", exact=True).check()
    scan = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}
    page.locator("[name=file]").set_input_files(scan)
    press(page, "申请核对")
    expect(page.get_by_text("等待核对")).to_be_visible()
