"""Papers, benefit and steps of a draft in a browser: a tier is added, its gap is told, mended, and tried."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.look import assert_no_violations
from tests.make.catalogue import make_program, make_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def draft(cast):
    return make_version(make_program(cast.charity, "P02"), written_by=cast.catalogue_admin)


def address(draft, section):
    return f"/programs/{draft.program.code}/versions/{draft.number}/edit/?section={section}"


def test_a_tier_is_added_its_gap_told_and_mended_and_the_trial_follows(open_as, cast, draft):
    page = open_as(cast.catalogue_admin)
    page.goto(address(draft, "benefit"))
    rule = page.locator("#f-benefit-rules-0")
    check, trial = page.locator("#check"), page.locator("#benefit-trial-results")
    rule.locator("summary").first.click()
    # The last tier is open upward: a new one can only overlap, until the last one gets an end.
    rule.get_by_role("button", name="加一档").click()
    expect(rule.locator(".tier")).to_have_count(6)
    rule.locator(".tier").nth(4).get_by_label("上限", exact=True).fill("40,000")
    added = rule.locator(".tier").nth(5)
    added.get_by_label("下端").select_option("true")
    added.get_by_label("下限", exact=True).fill("41000")
    added.get_by_label("金额", exact=True).fill("30000")
    expect(added).to_contain_text("与前一档之间有空档")
    expect(check).to_contain_text("与前一档之间有空档")
    added.get_by_label("下限", exact=True).fill("40000")
    expect(added).not_to_contain_text("空档")
    expect(trial).to_contain_text("40,000.01 元")
    page.get_by_label("本次手术自付费用").last.fill("5000.00")
    expect(trial.locator(".comes-to")).to_contain_text("不发放")
    page.get_by_label("本次手术自付费用").last.fill("5000.01")
    expect(trial.locator(".comes-to")).to_contain_text("5,000.00 元")
    expect(page.locator("[data-status]")).to_have_text("已自动保存")
    draft.refresh_from_db()
    tiers = draft.definition["benefit"]["rules"][0]["pay"]["tiers"]
    assert tiers[5] == {"low": 40000, "low_open": True, "amount": 30000}
    assert tiers[4]["high"] == 40000
    # Leaving the field is no new change: nobody is asked whether to leave the page.
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.locator(".crumbs").get_by_role("link", name="项目目录").click()
    expect(page).to_have_url(re.compile("/programs/$"))
    assert dialogs == []


def test_a_paper_is_added_and_stays_open_while_it_is_written(open_as, cast, draft):
    page = open_as(cast.catalogue_admin)
    page.goto(address(draft, "papers"))
    expect(page.locator("details.entry[open]")).to_have_count(0)
    page.get_by_role("button", name="加一种材料").click()
    row = page.locator("#f-papers-5")
    expect(row).to_have_attribute("open", "")
    row.get_by_label("材料名称", exact=True).fill("出院小结")
    row.get_by_role("button", name="只在某种情况下要交…").click()
    expect(row.locator(".condition.test")).to_have_count(1)
    expect(row.get_by_label("材料名称", exact=True)).to_have_value("出院小结")
    page.locator("#f-papers-0 summary").first.press("Enter")
    expect(page.locator("#f-papers-0")).to_have_attribute("open", "")


@pytest.mark.parametrize("section", ["papers", "benefit", "steps"])
def test_the_sections_are_fit_to_look_at(open_as, cast, draft, section):
    page = open_as(cast.catalogue_admin)
    page.goto(address(draft, section))
    page.locator("details.entry > summary").first.click()
    assert_no_violations(page)
    if shots := os.environ.get("PORTAL_SHOTS"):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 1000})
            page.screenshot(path=Path(shots) / f"{section}-{width}.png", full_page=True)


@pytest.mark.parametrize("section", ["papers", "benefit", "steps"])
def test_without_scripts_the_buttons_do(open_as, cast, draft, section):
    page = open_as(cast.catalogue_admin, java_script_enabled=False)
    page.goto(address(draft, section))
    rows = page.locator("details.entry")
    before = rows.count()
    page.get_by_role(
        "button", name={"papers": "加一种材料", "benefit": "加一条规定", "steps": "加一步"}[section]
    ).click()
    expect(rows).to_have_count(before + 1)
    rows.last.get_by_role("button", name=f"删除第 {before + 1} 项").last.click()
    expect(rows).to_have_count(before)
