"""Somebody without an account, with a link from a mail and a code from the telephone, on a phone."""

import pytest
from playwright.sync_api import expect

from referrals.guest_links import token_of
from referrals.models import Referral
from tests.browser.look import PHONE, assert_no_violations
from tests.referrals.test_guests import invited, referral, unit  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_link_leads_to_the_signature(invited, open_as):  # noqa: F811
    access, code = invited
    page = open_as(None)
    page.set_viewport_size(PHONE)
    page.goto(f"/guest/{token_of(access)}/")
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="打开").click()
    expect(page.get_by_role("heading", name="请贵单位帮助")).to_be_visible()
    assert_no_violations(page)
    page.get_by_label("办理人姓名和岗位").first.fill("某干事")
    page.get_by_label("我与当事人没有亲属或利害关系").check()
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("已签收，转出单位会收到通知。")).to_be_visible()
    assert Referral.objects.get().state == "received"
