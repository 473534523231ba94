"""Signing in: what opens, what stays shut, what ends by itself, and the way back for who was locked out."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members import outbox
from members.actions.passwords import unlock_staff
from members.actions.staff import edit_own_details, edit_staff
from members.models import AuditEntry, SecurityPolicy, Staff
from tests.make.units import PASSWORD, make_staff
from tests.test_architecture import patterns

NEW_PASSWORD = "Quiet-River-27"


def sign_in(client, staff, password=PASSWORD):
    username = staff if isinstance(staff, str) else staff.username
    return client.post(reverse("account_login"), {"login": username, "password": password})


def is_in(client):
    return client.get("/").status_code == 200


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Rate limits live in the cache, which no transaction rolls back."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def person(cast):
    return cast.charity_reviewer


def last_audit():
    return AuditEntry.objects.latest("pk")


def test_the_right_password_opens_and_is_written_down(client, person):
    response = sign_in(client, person)
    assert (response.status_code, response.url) == (302, "/")
    assert is_in(client)
    assert AuditEntry.objects.filter(action="sign_in.enter", actor_id=person.pk).count() == 1


def test_login_name_in_any_case(client, person):
    sign_in(client, person.username.upper())
    assert is_in(client)


@pytest.mark.parametrize("password", ["wrong", "' OR 1=1 --", "\x00", "<b>", "𠀀" * 30, "x" * 200])
def test_a_wrong_password_says_nothing_about_whether_the_account_exists(client, person, password):
    shown = sign_in(client, person, password).content.decode()
    unknown = sign_in(client, "nobody-here", password).content.decode()
    assert "请改正下面标出的地方" in shown
    errors = [re.findall(r"<li>(.*?)</li>", text) for text in (shown, unknown)]
    assert errors[0] == errors[1]
    assert not is_in(client)


def test_a_failed_attempt_keeps_no_typed_text(client, person):
    sign_in(client, "my-secret-typed-into-the-wrong-field")
    entry = last_audit()
    assert (entry.action, entry.outcome, entry.object_code) == ("sign_in.fail", "refused", "")
    assert "secret" not in str(entry.__dict__)


def test_a_suspended_person_hears_what_everybody_hears(client, person):
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    assert "登录名或口令不正确" in sign_in(client, person).content.decode()
    assert not is_in(client)


def test_suspending_ends_an_open_session_at_once(client, person):
    sign_in(client, person)
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_signing_in_changes_the_session_key(client, person):
    """Session fixation: a key planted before signing in is worthless afterwards."""
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["session" if "session" in client.cookies else "sessionid"] = session.session_key
    sign_in(client, person)
    assert client.session.session_key != session.session_key
    stranger = Client()
    stranger.cookies["sessionid"] = session.session_key
    assert not is_in(stranger)


def test_five_failures_lock_the_name_whatever_the_address(client, person):
    for number in range(4):
        response = client.post(
            reverse("account_login"), {"login": person.username, "password": "wrong"}, REMOTE_ADDR=f"10.0.0.{number}"
        )
        assert response.status_code == 200
    response = sign_in(client, person, "wrong")
    assert response.status_code == 429
    assert "这个登录名已暂停登录" in response.content.decode()
    again = sign_in(client, person.username.upper())
    assert again.status_code == 429
    assert "这个登录名已暂停登录" in again.content.decode()
    assert not is_in(client)
    assert AuditEntry.objects.filter(action="sign_in.lock").exists()


def test_a_name_that_nobody_has_locks_too(client, cast):
    statuses = [sign_in(client, "nobody-here", "wrong").status_code for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2


def test_a_neighbour_behind_the_same_address_is_not_locked(client, cast):
    for _ in range(5):
        sign_in(client, cast.charity_reviewer, "wrong")
    sign_in(client, cast.charity_approver)
    assert is_in(client)


def test_the_security_admin_unlocks(client, cast):
    person = cast.charity_reviewer
    for _ in range(5):
        sign_in(client, person, "wrong")
    unlock_staff(cast.security_admin, person)
    assert last_audit().action == "staff.unlock"
    sign_in(client, person)
    assert is_in(client)


def test_the_lock_ends_by_itself(client, person, monkeypatch):
    for _ in range(5):
        sign_in(client, person, "wrong")
    from axes.models import AccessAttempt
    from django.utils import timezone

    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=31))
    sign_in(client, person)
    assert is_in(client)


def test_twenty_idle_minutes_end_the_session(client, person, later):
    sign_in(client, person)
    later(minutes=19)
    assert is_in(client)
    later(minutes=21)
    response = client.get("/", follow=True)
    assert "已超过 20 分钟没有操作" in response.content.decode()
    assert AuditEntry.objects.filter(action="session.expire", reason="idle").count() == 1


def test_polling_is_no_action_of_the_person(client, person, later):
    sign_in(client, person)
    later(minutes=15)
    client.get("/", headers={"X-Background": "1"})
    client.get("/", headers={"HX-Trigger": "poll-unread"})
    later(minutes=10)
    assert not is_in(client)


def test_after_twelve_hours_one_signs_in_again(client, person, later):
    sign_in(client, person)
    for _ in range(12 * 4):
        assert is_in(client)
        later(minutes=15)
    later(minutes=1)
    assert not is_in(client)


@pytest.fixture
def later(monkeypatch):
    """later(minutes=5) moves the clock that the sessions are measured by."""
    import time

    offset = 0
    now = time.time

    def move(minutes):
        nonlocal offset
        offset += minutes * 60
        monkeypatch.setattr("members.middleware.time.time", lambda: now() + offset)

    return move


def test_a_page_seen_by_a_signed_in_person_is_kept_nowhere(client, person):
    sign_in(client, person)
    assert "no-store" in client.get("/").headers["Cache-Control"]


def test_signing_out_needs_a_post_and_clears_the_browser(client, person):
    sign_in(client, person)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)
    response = client.post(reverse("account_logout"))
    assert "cache" in response.headers["Clear-Site-Data"]
    assert not is_in(client)
    assert AuditEntry.objects.filter(action="sign_in.leave").count() == 1


def test_a_fragment_of_an_ended_session_sends_the_whole_page_to_sign_in(client):
    response = client.get("/", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == reverse("account_login")


def test_a_foreign_next_address_is_not_followed(client, person):
    response = client.post(
        reverse("account_login"), {"login": person.username, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response.url == "/"


def test_only_intended_pages_of_the_library_exist(client, db):
    """Sign-up, e-mail management, social connections and the rest are not there at all."""
    names = {entry.name for route, entry in patterns() if route.startswith("accounts/")}
    assert names == {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "usersessions_list",
    }


OPEN_TO_ANYONE = {
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}


def test_a_stranger_reaches_only_sign_in_and_reset(client, db):
    reached = set()
    for route, entry in patterns():
        if route.startswith("accounts/"):
            arguments = {"uidb36": "1", "key": "x-y"} if "uidb36" in route else {"pk": 1} if "pk" in route else {}
            if client.get(reverse(entry.name, kwargs=arguments)).status_code == 200:
                reached.add(entry.name)
    assert reached == OPEN_TO_ANYONE


@pytest.mark.parametrize("path", ["signup/", "email/", "3rdparty/", "password/set/", "inactive/", "login/code/", ""])
def test_what_we_do_not_use_is_not_there(client, person, path):
    sign_in(client, person)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_every_page_of_the_library_speaks_our_words(client, person):
    """No page falls back to the library's own template."""
    sign_in(client, person)
    for name in ("account_change_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "usersessions_list"):
        response = client.get(reverse(name))
        assert response.status_code == 200
        assert "政慈衔接" in response.content.decode()
        assert "<style" not in response.content.decode()


# -- Forgotten ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def with_mail(person):
    Staff.objects.filter(pk=person.pk).update(email="reviewer@example.org")
    person.refresh_from_db()
    return person


def ask_for_reset(client, email="reviewer@example.org"):
    response = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    outbox.sweep(send=outbox.deliver)
    return response


def link_in_mail():
    return re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body).group(1)


def without_token(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def set_new_password(client, link, password=NEW_PASSWORD):
    form = client.get(link, follow=True)
    assert form.redirect_chain, "the link opened no form"
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password}, follow=True)


def test_a_reset_link_works_once(client, with_mail):
    ask_for_reset(client)
    link = link_in_mail()
    set_new_password(client, link)
    assert "链接已失效" in Client().get(link).content.decode()
    assert not is_in(client)
    sign_in(client, with_mail, NEW_PASSWORD)
    assert is_in(client)
    assert AuditEntry.objects.filter(action="password.change", object_code=with_mail.code).count() == 1


def test_the_mail_names_nobody(client, with_mail):
    ask_for_reset(client)
    assert with_mail.name not in mail.outbox[-1].body
    assert with_mail.username not in mail.outbox[-1].body


def test_the_page_never_tells_whether_an_account_exists(client, with_mail):
    known, unknown = ask_for_reset(client), ask_for_reset(client, "nobody@example.org")
    assert without_token(known) == without_token(unknown)
    assert len(mail.outbox) == 1


def test_a_suspended_person_gets_no_reset_mail(client, with_mail):
    Staff.objects.filter(pk=with_mail.pk).update(is_active=False)
    ask_for_reset(client)
    assert mail.outbox == []


def test_an_address_set_by_a_colleague_gets_no_reset_link_for_a_week(client, cast, with_mail):
    edit_staff(cast.charity_admin, with_mail, with_mail.version, {"email": "new@example.org"})
    ask_for_reset(client, "new@example.org")
    assert mail.outbox == []
    Staff.objects.filter(pk=with_mail.pk).update(email_set_by_other_at=timezone.now() - timedelta(days=8))
    ask_for_reset(client, "new@example.org")
    assert [sent.to for sent in mail.outbox] == [["new@example.org"]]


def test_ones_own_new_address_gets_a_reset_link_at_once(client, with_mail):
    edit_own_details(with_mail, with_mail.version, {"email": "own@example.org"})
    ask_for_reset(client, "own@example.org")
    assert len(mail.outbox) == 1


def test_a_link_from_before_the_suspension_is_dead(client, with_mail):
    ask_for_reset(client)
    Staff.objects.filter(pk=with_mail.pk).update(is_active=False)
    assert "链接已失效" in client.get(link_in_mail(), follow=True).content.decode()
    with_mail.refresh_from_db()
    assert with_mail.check_password(PASSWORD)


def test_a_reset_link_dies_after_an_hour(client, with_mail, settings):
    ask_for_reset(client)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "链接已失效" in client.get(link_in_mail(), follow=True).content.decode()


def test_a_reset_ends_other_sessions(client, with_mail):
    elsewhere = Client()
    sign_in(elsewhere, with_mail)
    ask_for_reset(client)
    set_new_password(client, link_in_mail())
    assert not is_in(elsewhere)


# -- Sessions ----------------------------------------------------------------------------------------------------------
def test_sign_out_everywhere_else(client, person):
    elsewhere = Client()
    sign_in(elsewhere, person)
    sign_in(client, person)
    page = client.get(reverse("usersessions_list"))
    assert "退出其他各处" in page.content.decode()
    client.post(reverse("usersessions_list"))
    assert is_in(client)
    assert not is_in(elsewhere)


def test_where_sessions_are_limited_the_oldest_goes(person):
    SecurityPolicy.objects.create(session_limit=2)
    clients = [Client() for _ in range(3)]
    for one in clients:
        sign_in(one, person)
    assert [is_in(one) for one in clients] == [False, True, True]


def test_a_new_account_without_a_post_can_sign_in_too(client, cast):
    sign_in(client, make_staff("新来的", cast.charity))
    assert is_in(client)
