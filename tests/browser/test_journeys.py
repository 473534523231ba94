"""Whole errands: by keyboard alone, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.look import assert_no_violations
from tests.make.units import PASSWORD, make_policy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def policy(cast):
    return make_policy(area=cast.bureau.area, title="样例办法")


def tab_to(page, label, limit=60):
    """Press Tab until the focus stands on what is called so."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(e => e.labels?.[0]?.firstChild?.textContent || e.ariaLabel || e.textContent)(document.activeElement)"
        )
        if name.strip().startswith(label):
            return
    raise AssertionError(f"{label} cannot be reached with the Tab key")


def test_an_officer_signs_in_and_edits_by_keyboard_alone(open_as, cast, policy):
    page = open_as(None)
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert_no_violations(page)
    tab_to(page, "登录名")
    page.keyboard.type(cast.bureau_officer.username)
    tab_to(page, "口令")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("今天")
    tab_to(page, "规则")  # folded away beneath the daily work
    page.keyboard.press("Enter")
    tab_to(page, "政策文件")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("政策文件")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("样例办法")
    tab_to(page, "修改")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("修改政策文件")
    tab_to(page, "跳到正文")
    page.keyboard.press("Enter")
    tab_to(page, "摘要")
    page.keyboard.type("只用键盘写的摘要")
    tab_to(page, "保存修改")
    page.keyboard.press("Enter")
    expect(page.get_by_text("只用键盘写的摘要").first).to_be_visible()
    policy.refresh_from_db()
    assert policy.summary == "只用键盘写的摘要"


def test_an_officer_signs_in_and_edits_without_scripts(open_as, cast, policy):
    page = open_as(None, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("登录名").fill(cast.bureau_officer.username)
    page.get_by_label("口令").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    menu = page.get_by_role("navigation", name="主菜单")
    menu.get_by_text("规则", exact=True).click()
    menu.get_by_role("link", name="政策文件").click()
    page.get_by_role("link", name="样例办法").click()
    page.get_by_role("link", name="修改").click()
    page.get_by_label("摘要").fill("没有脚本也能写")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("没有脚本也能写").first).to_be_visible()
    page.locator("details.who summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
