"""A visitor with a phone: from the sign-in page to the programs that fit, back, reload and all, and nothing left."""

import pytest
from playwright.sync_api import expect

from tests.browser.look import PHONE, assert_no_violations, problems_of
from tests.programs.test_find import annex  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WIZARD = "**/public/find/"


@pytest.fixture
def phone(open_as, annex):  # noqa: F811
    page = open_as(None)
    page.set_viewport_size(PHONE)
    return page


def answer(page, label=None):
    """Chooses the answer with these words, if any, and goes on."""
    before = page.locator("[data-question]").inner_text()
    if label:
        page.get_by_label(label, exact=True).check()
    page.get_by_role("button", name="下一题").click()
    page.wait_for_function("(said) => document.querySelector('[data-question]')?.innerText !== said", arg=before)


def question(page):
    return page.locator("[data-question]").inner_text()


def begin(page):
    page.goto("/public/find/")
    page.get_by_label("年龄（周岁）").fill("72")
    page.get_by_label("女", exact=True).check()
    answer(page)
    page.get_by_label("现在住在哪里").select_option("230302")
    answer(page)


def to_the_end(page):
    for _step in range(15):
        if page.get_by_role("button", name="下一题").count() == 0:
            return
        match question(page):
            case "医院诊断过下面的病吗？":
                answer(page, "白内障")
            case "有下面的身份或证明吗？没有就不选":
                answer(page, "低保")
            case "是城镇户口还是农村户口？":
                answer(page, "农村")
            case other if "付了多少钱" in other:
                page.locator("input[type=text]").fill("800")
                answer(page)
            case _:
                answer(page)
    raise AssertionError("the interview does not end")


def test_an_old_woman_with_a_cataract_finds_her_operation(phone):
    phone.goto("/")
    phone.get_by_role("navigation").get_by_role("link", name="我能申请什么？").first.click()
    begin(phone)
    assert problems_of(phone) == []
    to_the_end(phone)
    found = phone.locator(".outcome h2").all_inner_texts()
    assert found == ["全市城乡老年人“白内障复明医疗公益活动”项目", "“善行鸡西·光明行”眼疾医疗慈善项目"]
    expect(phone.get_by_text("免费，不用自付")).to_be_visible()
    expect(phone.get_by_text("由医院提出申请")).to_be_visible()
    assert_no_violations(phone)
    phone.locator(".outcome h2 a").first.click()
    phone.wait_for_url("**/public/programs/P08-2/")
    phone.go_back()
    phone.wait_for_selector(".outcome")
    assert phone.locator(".outcome h2").count() == 2, "the way back from a program leads to the answer"


def test_back_and_reload_of_the_browser_do_what_people_expect(phone):
    begin(phone)
    third = question(phone)
    phone.reload()
    phone.wait_for_function("(said) => document.querySelector('[data-question]')?.innerText === said", arg=third)
    phone.go_back()
    phone.wait_for_function("() => document.querySelector('[data-question]')?.innerText === '家在哪里？'")
    phone.go_back()
    phone.wait_for_selector("text=需要帮助的人多大？")
    phone.go_forward()
    phone.wait_for_function("() => document.querySelector('[data-question]')?.innerText === '家在哪里？'")
    assert phone.url.endswith("/public/find/"), "no answer stands in the address"


def test_the_next_person_at_the_same_screen_finds_nothing(phone):
    begin(phone)
    phone.get_by_role("button", name="先看结果").click()
    phone.wait_for_selector("text=清除回答")
    phone.get_by_role("link", name="清除回答").click()
    phone.wait_for_selector("text=第 1 题")
    phone.go_back()
    phone.wait_for_selector("text=第 1 题")
    assert phone.get_by_label("年龄（周岁）").input_value() == ""
    assert phone.context.cookies() == []


def test_a_visitor_without_scripts_gets_as_far(open_as, annex):  # noqa: F811
    page = open_as(None, java_script_enabled=False)
    page.goto("/public/find/")
    page.get_by_label("年龄（周岁）").fill("72")
    page.get_by_label("男", exact=True).check()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=家在哪里？")
    page.get_by_role("button", name="上一题").click()
    assert page.get_by_label("年龄（周岁）").input_value() == "72"
    page.get_by_role("button", name="不清楚").click()
    page.wait_for_selector("text=家在哪里？")
    page.get_by_role("button", name="先看结果").click()
    page.wait_for_selector("text=先弄清这几件事")


def test_a_second_click_does_not_answer_the_next_question(phone):
    phone.goto("/public/find/")
    phone.get_by_role("button", name="不清楚").dblclick()
    phone.wait_for_selector("text=家在哪里？")
    phone.wait_for_timeout(500)
    expect(phone.get_by_text("第 2 题")).to_be_visible()
    assert question(phone) == "家在哪里？"


def test_by_keyboard_alone(phone):
    phone.goto("/public/find/")
    phone.get_by_label("年龄（周岁）").focus()
    phone.keyboard.type("30")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Space")
    phone.keyboard.press("Enter")
    phone.wait_for_selector("text=家在哪里？")
    assert phone.evaluate("document.activeElement.hasAttribute('data-question')"), "the new question has the focus"


def test_the_catalogue_on_a_phone(phone):
    phone.goto("/public/programs/?q=xts")
    assert phone.locator("a.main").all_inner_texts() == ["小天使基金（白血病）"]
    phone.locator("a.main").click()
    expect(phone.get_by_role("button", name="打印")).to_be_visible()
    assert_no_violations(phone)
