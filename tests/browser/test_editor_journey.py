"""The errand of somebody who keeps the catalogue: from the copy of a program to its release by a second person."""

import re

import pytest
from playwright.sync_api import expect

from programs import catalogue
from programs.actions.samples import ship_samples
from programs.models import Program
from tests.browser.look import assert_no_violations
from tests.make.catalogue import make_program, make_version
from tests.make.units import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def source(cast):
    program = make_program(cast.charity, "P02")
    ship_samples(program, catalogue.samples()["P02"])
    return program


def test_from_the_copy_to_the_release_by_a_second_person(open_as, cast, source):
    page = open_as(cast.catalogue_admin)
    page.goto("/programs/P02/")
    page.get_by_role("link", name="复制成新项目").click()
    page.get_by_label("新项目的编号").fill("P13")
    page.get_by_label("新项目的名称").fill("先心病救助（试）")
    page.get_by_role("button", name="复制成草稿").click()
    expect(page).to_have_url(re.compile("/programs/P13/versions/1/edit/"))
    expect(page.get_by_role("heading", name="检查")).to_be_visible()

    # What is typed saves itself, and the program beside it follows.
    page.get_by_label("地区", exact=True).fill("只限本市")
    expect(page.locator("[data-status]")).to_have_text("已自动保存")
    expect(page.locator("#preview")).to_contain_text("地区：只限本市")

    # A condition is begun: it is a fault until it is written, and the draft is saved all the same.
    page.get_by_role("link", name="条件", exact=True).click()
    page.get_by_role("button", name="加一条", exact=True).last.click()
    added = page.locator("[id='f-condition-all-4']")
    expect(added).to_contain_text("还没有选要查什么")
    expect(page.locator("#check")).to_contain_text("处要改")
    expect(page.get_by_role("link", name="提交待发布")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")  # the bar at the bottom covers what is scrolled under it
    assert_no_violations(page)

    # The fact is found by typing, the value chosen, the source named; the sentence says what it comes to.
    chooser = added.locator(".ts-wrapper").first
    chooser.click()
    page.keyboard.type("户籍所在地")
    expect(added.locator(".ts-dropdown .option:visible")).to_have_text(["户籍所在地"])
    page.keyboard.press("Enter")
    page.locator("[name='condition.all[4].value']").fill("甲区")  # while the answer is still on its way
    page.locator("[name='condition.all[4].why']").fill("试点通知第三条")
    expect(page.locator("[data-status]")).to_have_text("已自动保存")
    page.get_by_role("button", name="保存这一节").click()
    expect(added).to_contain_text("户籍所在地：")
    expect(page.locator("#check")).to_contain_text("没有要改的")

    # It is tried on the samples that came with the copy.
    expect(page.locator("#trial li").first).to_be_visible()
    page.get_by_role("link", name="提交待发布").click()
    page.get_by_role("button", name="提交待发布").click()
    expect(page.get_by_text("已提交。")).to_be_visible()
    expect(page.get_by_role("link", name="发布…")).to_have_count(0)

    second = open_as(make_staff("目录乙", cast.charity, ["catalogue_admin"]))
    second.goto("/programs/drafts/?show=release")
    second.get_by_role("link", name=re.compile("先心病救助")).first.click()
    expect(second.locator("#effects")).to_be_visible()
    second.get_by_role("link", name="发布…").click()
    second.get_by_role("button", name="发布这一版").click()
    expect(second.get_by_text("已发布。")).to_be_visible()
    program = Program.objects.get(code="P13")
    (version,) = program.versions.all()
    added = version.definition["condition"]["all"][4]
    assert added == {"fact": "hukou_code", "test": "eq", "value": "230302", "why": "试点通知第三条"}
    assert version.state == "released"


def test_the_editor_works_without_scripts(open_as, cast, source):
    version = make_version(source, written_by=cast.catalogue_admin)
    page = open_as(cast.catalogue_admin, java_script_enabled=False)
    page.goto("/programs/P02/versions/2/edit/?section=condition")
    page.get_by_role("button", name="加一条", exact=True).last.click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    page.locator("select[name='condition.all[4].fact']").select_option("gender")
    page.get_by_role("button", name="保存这一节").last.click()
    page.locator("select[name='condition.all[4].value']").select_option("female")
    page.locator("input[name='condition.all[4].why']").fill("试点通知")
    page.get_by_role("button", name="保存这一节").last.click()
    expect(page.get_by_text("性别：女").first).to_be_visible()
    version.refresh_from_db()
    added = version.definition["condition"]["all"][4]
    assert added == {"fact": "gender", "test": "eq", "value": "female", "why": "试点通知"}


def test_two_people_at_one_draft_see_both_texts(open_as, cast, source):
    make_version(source, written_by=cast.catalogue_admin)
    first, second = open_as(cast.catalogue_admin), open_as(make_staff("目录乙", cast.charity, ["catalogue_admin"]))
    for page in (first, second):
        page.goto("/programs/P02/versions/2/edit/")
    first.get_by_label("地区", exact=True).fill("甲的地区")
    expect(first.locator("[data-status]")).to_have_text("已自动保存")
    second.get_by_label("地区", exact=True).fill("乙的地区")
    note = second.get_by_role("alert")
    expect(note).to_contain_text("甲的地区")
    expect(note).to_contain_text("乙的地区")
    second.evaluate("scrollTo(0, 0)")
    assert_no_violations(second)
    second.get_by_role("button", name="保存这一节").last.click()
    expect(second.get_by_role("alert")).to_have_count(0)
    expect(second.locator("#preview")).to_contain_text("地区：乙的地区")
