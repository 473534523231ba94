"""A security key from registration to signing in: the browser brings a virtual one, the strict CSP stays."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from tests.make.units import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def page(open_as, settings, live_server):
    """Browsers know security keys on localhost, by that name."""
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()
    page = open_as(None)
    page.home = live_server.url.replace("127.0.0.1", "localhost")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    return page


def sign_in(page, staff):
    page.goto(page.home + reverse("account_login"))
    page.get_by_label("登录名").fill(staff.username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def test_a_key_is_registered_and_opens_the_door(page, cast):
    sign_in(page, cast.charity_approver)
    page.wait_for_url("**/2fa/")
    page.get_by_role("link", name="登记一个").click()
    page.get_by_label("名称").fill("办公桌上的")
    page.get_by_role("button", name="登记").click()
    page.wait_for_url("**/recovery-codes/")
    assert Authenticator.objects.filter(user=cast.charity_approver, type="webauthn").count() == 1
    page.get_by_role("link", name="已保存，开始工作").click()
    page.wait_for_url(page.home + "/")
    page.context.clear_cookies()
    sign_in(page, cast.charity_approver)
    page.wait_for_url("**/2fa/authenticate/")
    page.get_by_role("button", name="改用安全密钥").click()
    page.wait_for_url(page.home + "/")
    assert page.evaluate("() => window.seen") == []
