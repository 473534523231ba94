"""A lead on a bad line, as a finder with a phone meets it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from referrals.models import Lead
from tests.make.units import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def finder(cast):
    return make_staff("网格员", cast.town, ["finder"])


def fill(page):
    page.get_by_label("看到什么情况").fill("独居老人卧床无人照顾")
    page.get_by_label("怎么找到").fill("建设路3号")


def kept(page):
    return page.evaluate(
        "() => Object.entries(localStorage).filter(([name]) => name.startsWith('portal.lead.')).map(([, v]) => v)"
    )


def test_what_was_written_outlives_the_page_and_is_gone_once_sent(finder, open_as):
    page = open_as(finder)
    page.goto(reverse("referrals:file_lead"))
    fill(page)
    expect(page.locator("[data-lead-says]")).to_contain_text("已存在本机")
    (sealed,) = kept(page)
    assert "卧床" not in sealed
    page.reload()
    expect(page.get_by_label("怎么找到")).to_have_value("建设路3号")
    page.get_by_role("button", name="报送给当地镇街").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("甲区一街道的线索")
    assert kept(page) == []
    assert Lead.objects.get().place == "建设路3号"


def test_a_line_that_breaks_loses_nothing_and_doubles_nothing(finder, open_as):
    page = open_as(finder)
    page.goto(reverse("referrals:file_lead"))
    fill(page)
    # The server has it, and the answer is lost on the way.
    page.route("**/leads/new/", lambda route: (route.fetch(max_redirects=0), route.abort()))
    page.get_by_role("button", name="报送给当地镇街").click()
    expect(page.locator("[data-lead-says]")).to_contain_text("网络不通")
    assert len(kept(page)) == 1
    assert Lead.objects.count() == 1
    page.unroute("**/leads/new/")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("甲区一街道的线索")
    assert (Lead.objects.count(), kept(page)) == (1, [])


def test_a_mistake_is_shown_and_nothing_typed_is_lost(finder, open_as):
    page = open_as(finder)
    page.goto(reverse("referrals:file_lead"))
    fill(page)
    page.get_by_label("在哪个镇街、村居").fill("没有这个地方")
    page.get_by_role("button", name="报送给当地镇街").click()
    expect(page.get_by_role("alert")).to_contain_text("没有找到")
    expect(page.get_by_label("怎么找到")).to_have_value("建设路3号")
    page.get_by_label("在哪个镇街、村居").fill("甲区一街道")
    page.get_by_role("button", name="报送给当地镇街").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("甲区一街道的线索")


def test_nothing_stays_after_signing_out_or_for_somebody_else(finder, cast, open_as):
    page = open_as(finder)
    page.goto(reverse("referrals:file_lead"))
    page.evaluate("() => localStorage.setItem('portal.lead.someoneelse', 'x')")
    page.reload()
    assert kept(page) == []
    fill(page)
    expect(page.locator("[data-lead-says]")).to_contain_text("已存在本机")
    page.goto(reverse("account_logout"))
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/accounts/login/**")
    assert kept(page) == []
