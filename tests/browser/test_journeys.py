"""Whole errands: by keyboard alone, without scripts, and among names that would like to be more than names."""

import re

import pytest
from django.apps import apps
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.look import assert_no_violations
from tests.browser.test_every_page import ROWS, is_a_page
from tests.make import PASSWORD, make_policy

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
    tab_to(page, "政策文件")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("政策文件")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("样例办法")
    tab_to(page, "修改")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("修改政策文件")
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
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="政策文件").click()
    page.get_by_role("link", name="样例办法").click()
    page.get_by_role("link", name="修改").click()
    page.get_by_label("摘要").fill("没有脚本也能写")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("没有脚本也能写").first).to_be_visible()
    page.locator("details.who summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


HOSTILE = "<img src=x onerror=hacked=1>\"'{{7*7}}</script><script>hacked=1</script>"


WORDS = {"name", "short_name", "title", "summary", "post", "purpose", "business_scope", "strengths", "note", "source"}


@pytest.fixture
def hostile_world(cast, policy):
    """Everyone and everything is called what an attacker would like to be called."""
    for model in apps.get_app_config("members").get_models():
        fields = [f for f in model._meta.concrete_fields if f.name in WORDS and not f.choices and not f.unique]
        if fields:
            model.objects.update(**{field.name: HOSTILE[: field.max_length] for field in fields})
    return cast


@pytest.mark.parametrize("person", ROWS)
def test_names_are_only_names(person, cast, hostile_world, browse, open_as):
    client, page = browse(cast[person]), open_as(cast[person])
    for row in ROWS[person]:
        url = reverse(row.name, kwargs=row.arguments(cast))
        if not is_a_page(client.get(url)):
            continue
        page.goto(url)
        assert page.evaluate("() => window.hacked") is None, url
        assert page.locator("img[src=x]").count() == 0, url
        assert page.evaluate("() => window.seen") == [], url
    if person != "anonymous":
        page.goto(reverse("home"))
        assert HOSTILE[:20] in page.locator("header").inner_text()
