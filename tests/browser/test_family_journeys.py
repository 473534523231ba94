"""From a lead to a consent and to its end, as caseworkers, a finder, a receiver and a family walk it: at a desk, and in
the village with a phone."""

import re
from io import BytesIO

import pytest
from django.core.cache import cache
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from referrals.models import Consent, Lead, Person
from tests.browser.look import PHONE, problems_of
from tests.make.catalogue import make_program
from tests.make.people import make_lead, make_person, make_provision, make_safeguards, make_wording
from tests.make.referrals import make_receiver
from tests.make.units import a_number, make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _nobody_counted():
    cache.clear()


@pytest.fixture
def finder(cast):
    return make_staff("网格员", cast.town, ["finder"])


@pytest.fixture
def provision(cast):
    person = make_person(cast.town, name="测试甲乙")
    return make_provision(cast.town_caseworker, person, cast.charity, items=("name", "phone", "diagnosis"))


def press(page, name, role="button"):
    page.get_by_role("main").get_by_role(role, name=name, exact=True).first.click()


def follow(page, name):
    press(page, name, "link")


def next_step(page):
    """The one thing the page asks for, pressed."""
    page.locator("section.do .btn-primary").click()


def asks_for(page, words):
    expect(page.locator("section.do .btn-primary")).to_have_text(words)


def headed(page, words):
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def choose(page, label, option):
    page.get_by_label(label).first.select_option(label=option)


def on_a_phone(page):
    page.set_viewport_size(PHONE)
    return page


def take_up(page, cast):
    """From 今天 to the form of a new record."""
    page.goto("/")
    page.get_by_role("link", name="线索待处理").click()
    page.get_by_role("link", name=re.compile("独居老人")).click()
    press(page, "由我处理")
    next_step(page)
    headed(page, "由线索登记")


def write_down(page, name, number):
    page.get_by_label("姓名", exact=True).fill(name)
    page.get_by_label("证件号码").fill(number)
    press(page, "登记")


def explain(page):
    """Read out, ticked off, agreed to by the person."""
    headed(page, "转介给其他单位帮扶：讲明、答复")
    for box in page.locator("[name=explained]").all():
        box.check()
    page.get_by_label("本人", exact=True).check()


def upload(page, kind):
    picture = BytesIO()
    Image.new("RGB", (200, 100), "white").save(picture, "JPEG")
    page.get_by_label("材料种类").select_option(kind)
    page.locator("[name=files]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    press(page, "上传")
    expect(page.get_by_role("link", name=re.compile("修改说明"))).to_be_visible()


def look_up(page, consent):
    page.goto("/accounts/login/")
    page.get_by_role("link", name="查看我的同意").click()
    page.get_by_label("编号").fill(consent.code)
    page.get_by_label("校验码").fill(consent.paper_check)
    press(page, "查看")


# -- 6.1: register, record, match, consent, papers -------------------------------------------------------------------
def test_at_a_desk_a_lead_becomes_a_record_with_need_match_consent_and_papers(cast, finder, open_as):
    make_lead(finder)
    make_wording()
    make_program(make_receiver(cast.charity), "P03", like="P03")
    make_safeguards(cast.town, cast.charity)
    known = make_person(cast.town, name="白桂兰", number=a_number("1948-03-12"))
    page = open_as(cast.town_caseworker)
    take_up(page, cast)
    write_down(page, "白桂兰", known.number)
    expect(page.get_by_text("可能是同一个人")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("就是这个人"))).to_be_visible()
    write_down(page, "白桂芳", a_number("1950-03-12"))
    headed(page, "白桂芳")
    person = Person.objects.get(name="白桂芳")
    assert problems_of(page) == []

    asks_for(page, "登记需求")
    next_step(page)
    choose(page, "需求类别", "医疗")
    page.get_by_label("具体需要什么").fill("想把手术做了")
    choose(page, "转介事由", "政府救助后生活仍有困难")
    press(page, "登记")
    asks_for(page, "记录政府救助")
    next_step(page)
    choose(page, "哪项政府救助", "医疗救助")
    choose(page, "结果", "未批准")
    press(page, "记录")
    expect(page.get_by_role("alert")).to_contain_text("请填写决定日期")
    expect(page.get_by_role("alert")).to_contain_text("请写明原因")
    choose(page, "结果", "已申请，未决定")
    press(page, "记录")

    asks_for(page, "匹配项目")
    next_step(page)
    page.get_by_label("重特大疾病", exact=True).check()
    choose(page, "以前得到过哪些项目的资助", "没有得到过")
    press(page, "记下并重新匹配")
    expect(page.get_by_text("还要准备 1 样材料")).to_be_visible()
    assert problems_of(page) == []
    follow(page, f"转介给{cast.charity.name}")
    press(page, "下一步：写明情况")
    press(page, "下一步：看对方会看到什么")
    press(page, "征求同意")
    expect(page.get_by_label(cast.charity.name, exact=True)).to_be_checked()
    expect(page.get_by_label("姓名", exact=True)).to_be_checked()
    expect(page.get_by_label("疾病诊断（医疗健康）")).not_to_be_checked()
    page.get_by_label("疾病诊断（医疗健康）").check()
    press(page, "下一步：讲明、答复")
    explain(page)
    page.get_by_label("口头同意，有人见证").check()
    page.get_by_label("见证人姓名").fill("某邻居")
    page.get_by_label("见证人身份").fill("邻居")
    press(page, "登记同意")
    headed(page, f"{cast.charity.name}会看到什么")
    consent = Consent.objects.get()
    page.goto(f"/consents/{consent.code}/")
    follow(page, "打印告知书")
    paper = page.locator("article.document")
    for words in (consent.code, consent.paper_check, cast.charity.name, "疾病诊断", "某邻居"):
        expect(paper).to_contain_text(words)

    page.goto(f"/people/{person.code}/")
    asks_for(page, "转介")
    follow(page, "上传材料")
    upload(page, "status_proof")
    page.goto(f"/people/{person.code}/match/")
    expect(page.get_by_text("资料里已有 1 样材料")).to_be_visible()


def test_in_the_village_a_lead_outlives_a_dead_line_and_ends_in_a_signature_on_the_phone(cast, finder, open_as):
    make_wording()
    make_safeguards(cast.town, cast.charity)
    page = on_a_phone(open_as(finder))
    page.goto("/")
    follow(page, "报送线索")
    page.get_by_label("看到什么情况").fill("独居老人卧床无人照顾")
    page.get_by_label("怎么找到").fill("建设路3号")
    page.context.set_offline(True)
    press(page, "报送给当地镇街")
    says = page.locator("[data-lead-says]")
    expect(says).to_contain_text("网络不通")
    expect(says).to_be_in_viewport()
    assert not Lead.objects.exists()
    page.context.set_offline(False)
    headed(page, "甲区一街道的线索")
    expect(page.get_by_text("线索已报送")).to_be_visible()
    assert Lead.objects.count() == 1

    desk = on_a_phone(open_as(cast.town_caseworker))
    take_up(desk, cast)
    write_down(desk, "白桂芳", a_number("1950-03-12"))
    headed(desk, "白桂芳")
    asks_for(desk, "登记需求")
    expect(desk.locator("section.do .btn-primary")).to_be_in_viewport()
    assert problems_of(desk) == []
    follow(desk, "征求同意")
    press(desk, "下一步：写明单位和内容")
    for label in (cast.charity.name, "姓名", "需要什么帮助"):
        desk.get_by_label(label, exact=True).check()
    press(desk, "下一步：讲明、答复")
    explain(desk)
    desk.get_by_label("屏幕上签字", exact=True).check()
    press(desk, "登记同意")
    expect(desk.get_by_role("alert")).to_contain_text("在屏幕上签名")
    sign(desk)
    assert problems_of(desk) == []
    press(desk, "登记同意")
    expect(desk.get_by_text("已登记同意")).to_be_visible()
    consent = Consent.objects.get()
    assert (consent.state, consent.form, bool(consent.file_key)) == ("given", "screen", True)

    page.goto("/")
    page.get_by_role("link", name="您报的线索有了结果").click()
    page.get_by_role("link", name=re.compile("独居老人")).click()
    expect(page.get_by_text("当地已登记")).to_be_visible()


def sign(page):
    pad = page.locator("canvas.signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + step * 15, box["y"] + 30 + step % 3 * 20)
    page.mouse.up()


# -- 6.9: taken back ---------------------------------------------------------------------------------------------------
def test_at_the_counter_a_part_and_then_all_is_taken_back_and_the_receiver_sees_it_no_more(cast, provision, open_as):
    consent = provision.consent
    receiver = open_as(cast.charity_reviewer)
    receiver.goto("/")
    receiver.get_by_role("link", name="新收到的个案信息").click()
    receiver.get_by_role("link", name="甲区一街道办事处").click()
    expect(receiver.get_by_text("测试甲乙")).to_be_visible()
    page = open_as(cast.town_caseworker)
    page.goto(f"/people/{consent.person.code}/")
    follow(page, "转介给其他单位帮扶")
    follow(page, "撤回同意")
    expect(page.get_by_label("疾病诊断", exact=True)).to_be_hidden()
    page.get_by_label("只撤回下面勾选的").check()
    page.get_by_label("疾病诊断", exact=True).check()
    press(page, "撤回同意")
    expect(page.locator("s", has_text="疾病诊断")).to_be_visible()
    receiver.reload()
    expect(receiver.get_by_text("测试甲乙")).to_be_visible()
    expect(receiver.get_by_text("不再提供", exact=True)).to_be_visible()

    follow(page, "撤回同意")
    press(page, "撤回同意")
    expect(page.get_by_text("已撤回", exact=True).first).to_be_visible()
    receiver.reload()
    expect(receiver.get_by_text("贵单位不能再查看")).to_be_visible()
    expect(receiver.get_by_text("测试甲乙")).to_have_count(0)
    receiver.goto("/")
    receiver.get_by_role("link", name="收到的信息已停止提供").click()
    receiver.get_by_role("link", name="甲区一街道办事处").click()
    next_step(receiver)
    press(receiver, "确认已全部删除")
    receiver.goto("/")
    expect(receiver.get_by_role("link", name="收到的信息已停止提供")).to_have_count(0)
    assert problems_of(page) == []


def test_with_the_paper_and_a_phone_the_family_takes_back_and_may_agree_anew(cast, provision, open_as):
    consent = provision.consent
    family = on_a_phone(open_as(None))
    look_up(family, consent)
    headed(family, consent.paper["title"])
    assert problems_of(family) == []
    follow(family, "撤回")
    family.get_by_label("只撤回下面勾选的").check()
    family.get_by_label("姓名", exact=True).check()
    press(family, "确认撤回")
    expect(family.locator("s", has_text="姓名")).to_be_visible()
    receiver = open_as(cast.charity_reviewer)
    receiver.goto(f"/received/{provision.code}/")
    expect(receiver.get_by_text("不再提供", exact=True)).to_be_visible()
    expect(receiver.get_by_text("测试甲乙")).to_have_count(0)
    follow(family, "撤回")
    press(family, "确认撤回")
    expect(family.get_by_text("回执编号").first).to_be_visible()
    expect(family.get_by_role("link", name="撤回", exact=True)).to_have_count(0)
    receiver.reload()
    expect(receiver.get_by_text("贵单位不能再查看")).to_be_visible()

    page = on_a_phone(open_as(cast.town_caseworker))
    page.goto("/")
    page.get_by_role("link", name="家庭在网上撤回了同意").click()
    follow(page, "转介给其他单位帮扶")
    expect(page.get_by_text("请问本人")).to_be_visible()
    follow(page, "重新征求同意")
    press(page, "下一步：写明单位和内容")
    headed(page, "转介给其他单位帮扶：给谁、给什么")
    page.goto("/")
    expect(page.get_by_role("link", name="家庭在网上撤回了同意")).to_have_count(0)
    digest = consent.digest
    consent.refresh_from_db()
    assert (consent.state, consent.digest, consent.valid_until >= timezone.localdate()) == ("given", digest, True)
    assert Consent.objects.filter(earlier=consent, state="draft").count() == 1
