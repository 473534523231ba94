"""The second factor: who must have one, setting it up, signing in with it, losing it."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.actions.passwords import reset_second_factor, unlock_staff
from members.models import AuditEntry
from tests.make.units import PASSWORD


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()


def code_of(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def sign_in(client, staff):
    return client.post(reverse("account_login"), {"login": staff.username, "password": PASSWORD}, follow=True)


def set_up(client):
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    response = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)
    assert "恢复码" in response.content.decode()
    return secret


def test_an_approver_without_one_is_sent_to_set_it_up(client, cast):
    response = sign_in(client, cast.charity_approver)
    assert response.redirect_chain[-1][0] == reverse("mfa_index")
    assert "请先设置验证器应用或安全密钥" in response.content.decode()
    assert client.get("/").url == reverse("mfa_index")


def test_a_caseworker_needs_none(client, cast):
    sign_in(client, cast.charity_reviewer)
    assert client.get("/").status_code == 200


def test_the_demo_world_waives_it(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, cast.charity_approver)
    assert client.get("/").status_code == 200


def test_from_setting_up_to_signing_in_with_it(client, cast, django_capture_on_commit_callbacks):
    sign_in(client, cast.charity_approver)
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up(client)
    assert client.get("/").status_code == 200
    again = Client()
    response = sign_in(again, cast.charity_approver)
    assert response.redirect_chain[-1][0] == reverse("mfa_authenticate")
    assert again.get("/").status_code == 302, "the password alone opened the door"
    wrong = again.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "验证码不正确" in wrong.content.decode()
    cache.clear()
    again.post(reverse("mfa_authenticate"), {"code": code_of(secret, step=1)})
    assert again.get("/").status_code == 200
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"second_factor.add", "second_factor.fail", "sign_in.enter"} <= actions


def test_wrong_codes_lock_the_login_name_as_wrong_passwords_do(client, cast):
    sign_in(client, cast.charity_approver)
    secret = set_up(client)
    guesser = Client()
    sign_in(guesser, cast.charity_approver)
    answers = [guesser.post(reverse("mfa_authenticate"), {"code": f"{n:06}"}) for n in range(1, 6)]
    assert answers[-1].status_code == 429
    assert "这个登录名已暂停登录" in answers[-1].content.decode()
    cache.clear()
    right = guesser.post(reverse("mfa_authenticate"), {"code": code_of(secret, step=1)})
    assert right.status_code == 429, "the sixth guess was listened to"
    assert guesser.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="sign_in.lock").exists()
    unlock_staff(cast.security_admin, cast.charity_approver)
    guesser.post(reverse("mfa_authenticate"), {"code": code_of(secret, step=1)})
    assert guesser.get("/").status_code == 200


def test_the_right_password_again_and_again_does_not_forgive_wrong_codes(client, cast):
    sign_in(client, cast.charity_approver)
    set_up(client)
    for number in range(1, 6):
        guesser = Client()
        sign_in(guesser, cast.charity_approver)
        guesser.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    assert sign_in(Client(), cast.charity_approver).status_code == 429


def test_what_was_typed_wrongly_is_not_kept(client, cast):
    sign_in(client, cast.charity_approver)
    set_up(client)
    guesser = Client()
    sign_in(guesser, cast.charity_approver)
    guesser.post(reverse("mfa_authenticate"), {"code": "31415926"})
    Client().post(reverse("account_login"), {"login": "Quiet-River-27", "password": "x"})
    kept = "".join(AccessAttempt.objects.values_list("post_data", flat=True))
    assert "code=" in kept
    assert "31415926" not in kept
    assert "Quiet-River" not in kept


def test_who_came_in_with_the_password_alone_goes_when_the_owner_sets_it_up(
    client, cast, django_capture_on_commit_callbacks
):
    thief = Client()
    sign_in(thief, cast.charity_approver)
    sign_in(client, cast.charity_approver)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    assert client.get("/").status_code == 200
    assert thief.get("/").url.startswith(reverse("account_login")), "a session without a second factor went on"


def test_who_gave_it_up_while_it_was_not_asked_for_must_set_it_up_again(client, cast):
    person = cast.charity_approver
    sign_in(client, person)
    set_up(client)
    assert client.get("/").status_code == 200
    person.role_assignments.update(ended_at=timezone.now())
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=person).exists()
    person.role_assignments.update(ended_at=None)
    assert client.get("/").url == reverse("mfa_index")


def test_a_recovery_code_works_once(client, cast):
    sign_in(client, cast.charity_approver)
    set_up(client)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    for one in (first, second):
        sign_in(one, cast.charity_approver)
        one.post(reverse("mfa_authenticate"), {"code": code})
    assert first.get("/").status_code == 200
    assert second.get("/").status_code == 302


def test_who_needs_one_cannot_give_up_the_last(client, cast):
    sign_in(client, cast.charity_approver)
    set_up(client)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "您的角色必须使用第二重验证" in page.content.decode()
    assert Authenticator.objects.filter(user=cast.charity_approver, type="totp").exists()


def test_the_security_admin_resets_it_for_who_lost_everything(client, cast):
    sign_in(client, cast.charity_approver)
    set_up(client)
    reset_second_factor(cast.security_admin, cast.charity_approver, reason="手机遗失")
    assert client.get("/").status_code == 302
    response = sign_in(Client(), cast.charity_approver)
    assert response.redirect_chain[-1][0] == reverse("mfa_index")


def test_nobody_resets_their_own(cast):
    with pytest.raises(Refusal):
        reset_second_factor(cast.security_admin, cast.security_admin, reason="x")


def test_changing_it_asks_again_who_one_is(client, cast, monkeypatch):
    """Five minutes after signing in, the password is asked for once more."""
    client.force_login(cast.charity_approver)
    now = time.time()
    monkeypatch.setattr("members.sign_in.time.time", lambda: now + 301)
    response = client.get(reverse("mfa_activate_totp"))
    assert response.url.startswith(reverse("account_reauthenticate"))


def test_the_security_key_page_works_without_inline_script(client, cast):
    sign_in(client, cast.charity_approver)
    page = client.get(reverse("mfa_add_webauthn"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "publicKey" in text
    assert "onclick" not in text
    scripts = [part.split(">")[0] for part in text.split("<script")[1:]]
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_made_up_key_is_refused(client, cast):
    sign_in(client, cast.charity_approver)
    odd = ("1" * 5000, "[" * 100_000)
    for credential in ("", "{}", "[]", '{"id": "x"}', "\x00", '{"response": {"clientDataJSON": "e30"}}', *odd):
        response = client.post(reverse("mfa_add_webauthn"), {"name": "<b>", "credential": credential})
        assert response.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_the_secret_is_read_back_as_it_was(client, cast):
    sign_in(client, cast.charity_approver)
    secret = set_up(client)
    row = Authenticator.objects.get(type="totp")
    assert secret not in str(row.data), "the secret lies open in the database"
    totp = row.wrap()
    assert isinstance(totp, TOTP)
    assert totp.validate_code(code_of(secret, step=1))
