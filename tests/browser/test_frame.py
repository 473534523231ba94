"""The frame in use: by keyboard, on a phone, with and without scripts. The styleguide lends its components."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from members.models import Job
from tests.browser.look import PHONE, assert_no_violations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def page(open_as, cast):
    return open_as(cast.bureau_officer)


@pytest.fixture
def plain_page(open_as, cast):
    """The same person, in a browser without scripts."""
    return open_as(cast.bureau_officer, java_script_enabled=False)


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_the_first_tab_skips_to_the_text(page):
    page.goto("/styleguide/")
    page.keyboard.press("Tab")
    assert focused(page) == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_rows_are_walked_and_chosen_by_keys(page):
    page.goto("/styleguide/")
    page.keyboard.press("j")
    assert focused(page) == "ZJ-2026-001842"
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert focused(page) == "ZJ-2026-001867"
    expect(page.locator("[data-selection-count]")).to_have_text("已选 1 项")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-selection-count]")).to_have_text("已选 2 项")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#case$"))


def test_slash_searches_and_letters_stay_letters_while_writing(page):
    page.goto("/styleguide/")
    page.keyboard.press("/")
    page.keyboard.type("j?x/k")
    expect(page.locator("header [data-search]")).to_have_value("j?x/k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/$"))
    expect(page.locator("main [data-search]")).to_have_value("j?x/k")


def test_keys_are_explained_and_can_be_switched_off(page):
    page.goto("/styleguide/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘操作")).to_be_visible()
    assert_no_violations(page)
    page.get_by_label("启用单键操作").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_menu_of_a_person_opens_and_closes_by_keyboard(page):
    page.goto("/")
    summary = page.locator("details.who summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    assert_no_violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="退出登录")).to_be_hidden()


@pytest.mark.parametrize("with_script", [True, False])
def test_the_menu_opens_on_a_phone(with_script, page, plain_page):
    window = page if with_script else plain_page
    window.set_viewport_size(PHONE)
    window.goto("/styleguide/")
    expect(window.locator("#rail")).to_be_hidden()
    window.get_by_role("link", name="菜单", exact=True).click()
    expect(window.locator("#rail")).to_be_visible()
    if with_script:
        assert_no_violations(window)
        window.set_viewport_size(PHONE)
        window.keyboard.press("Escape")
        expect(window.locator("#rail")).to_be_hidden()
        window.get_by_role("link", name="菜单", exact=True).click()
    window.locator("#rail").get_by_role("link", name="今天").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("今天")


def test_errors_of_a_form_stand_on_top_and_lead_to_the_field(page):
    page.goto("/styleguide/")
    page.get_by_label("单位名称").fill("某单位")
    page.get_by_label("金额（元）").fill("99999")
    page.get_by_role("button", name="检查填写").click()
    summary = page.get_by_role("alert").filter(has_text="请改正下面标出的地方")
    expect(summary).to_be_focused()
    assert_no_violations(page)
    summary.get_by_role("link", name="金额（元）").click()
    expect(page.get_by_label("金额（元）")).to_be_focused()
    expect(page.get_by_label("单位名称")).to_have_value("某单位")


def test_leaving_with_unsaved_changes_asks(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/styleguide/")
    page.goto("/")
    assert asked == []
    page.goto("/styleguide/")
    page.get_by_label("单位名称").press_sequentially("某")
    page.goto("/")
    assert asked == ["beforeunload"]


def test_a_form_is_not_sent_twice(page):
    page.goto("/styleguide/")
    sent = []
    # An answer without content leaves the page as it is, so that a second click would find its button.
    page.route("**/styleguide/", lambda route: (sent.append(route.request.method), route.fulfill(status=204)))
    button = page.get_by_role("button", name="检查填写")
    button.click()
    expect(button).to_have_class(re.compile("is-busy"))
    button.click()
    page.wait_for_timeout(100)
    assert sent == ["POST"]


def test_a_confirm_page_opens_in_place(page):
    page.goto("/styleguide/")
    page.get_by_role("link", name="暂停接收…").click()
    dialog = page.get_by_role("dialog", name="暂停这个单位？")
    expect(dialog).to_be_visible()
    assert_no_violations(page)
    dialog.get_by_role("link", name="返回").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="暂停接收…")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="暂停接收").click()
    expect(page.get_by_role("status").filter(has_text="已确认")).to_be_visible()


def test_without_scripts_it_is_a_page(plain_page):
    plain_page.goto("/styleguide/")
    plain_page.get_by_role("link", name="暂停接收…").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("暂停这个单位？")
    plain_page.get_by_role("button", name="暂停接收").click()
    expect(plain_page.get_by_text("已确认")).to_be_visible()


def test_without_scripts_forms_answer(plain_page):
    plain_page.goto("/styleguide/")
    plain_page.get_by_role("button", name="检查填写").click()
    expect(plain_page.get_by_text("请改正下面标出的地方")).to_be_visible()
    plain_page.locator("details.who summary").click()
    plain_page.get_by_role("button", name="English").click()
    expect(plain_page.locator("html")).to_have_attribute("lang", "en")


def test_charts_are_drawn_beside_their_tables(page):
    page.goto("/styleguide/")
    expect(page.locator("[data-chart] svg")).to_have_count(3)
    page.locator("[data-chart]").first.hover()
    expect(page.locator("figure table")).to_have_count(3)
    assert_no_violations(page)


def test_a_long_list_can_be_typed_into(page):
    page.goto("/styleguide/")
    page.locator("#id_kind-ts-control").click()
    page.keyboard.type("康")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["康复"])
    page.keyboard.press("Enter")
    assert page.locator("#id_kind").input_value() == "rehabilitation"
    assert_no_violations(page)


def test_paper_shows_the_matter_without_the_frame(page):
    page.goto("/styleguide/")
    page.emulate_media(media="print")
    for part in (".rail", "header", ".filters", "#form .btn >> nth=0"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_an_upload_is_checked_in_place(page, tmp_path):
    picture, program = tmp_path / "a.png", tmp_path / "b.pdf"
    Image.new("RGB", (8, 8)).save(picture)
    program.write_bytes(b"MZ\x90\x00 not a document")
    page.goto("/styleguide/")
    page.get_by_label("选择文件").set_input_files(picture)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("检查通过")).to_be_visible()
    page.get_by_label("选择文件").set_input_files(program)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.locator("#upload .field-error")).to_contain_text("只能上传")
    assert_no_violations(page)


def test_an_upload_works_without_scripts(plain_page, tmp_path):
    program = tmp_path / "b.pdf"
    program.write_bytes(b"MZ\x90\x00 not a document")
    plain_page.goto("/styleguide/")
    plain_page.get_by_label("选择文件").set_input_files(program)
    plain_page.get_by_role("button", name="上传并检查").click()
    expect(plain_page.locator("#upload .field-error")).to_contain_text("只能上传")


@pytest.mark.parametrize("with_script", [True, False])
def test_a_job_shows_where_it_stands_and_can_be_stopped(with_script, page, plain_page):
    window = page if with_script else plain_page
    window.goto("/styleguide/")
    window.get_by_role("button", name="开始一项样例作业").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("数到 60（样例）")
    job = Job.objects.get()
    Job.objects.update(state=Job.State.RUNNING, done=24, total=60, message="数到 24")
    if with_script:
        expect(window.get_by_text("24 / 60")).to_be_visible()
        assert_no_violations(window)
    else:
        window.get_by_role("link", name="刷新进度").click()
        expect(window.get_by_text("24 / 60")).to_be_visible()
    window.get_by_role("button", name="停止这项作业").click()
    expect(window.get_by_text("正在停止")).to_be_visible()
    job.refresh_from_db()
    assert job.cancel_requested_at
