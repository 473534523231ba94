"""What a password must be, when it must change, and which may not come back."""

import base64

import pytest
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from django.contrib.auth.hashers import check_password, identify_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.actions.passwords import edit_security_policy, set_password
from members.models import AuditEntry, SecurityPolicy, Staff
from portal.lib.hashers import PBKDF2SM3PasswordHasher
from tests.make.units import PASSWORD, make_organization, make_staff

GOOD = "Quiet-River-27"


@pytest.fixture
def person(db):
    return make_staff("王小明", make_organization("甲区慈善会"), username="wxm-2026")


def faults(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


def test_a_good_password_passes(person):
    assert faults(GOOD, person) == []


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Ab1-", "至少要有 10 个字符"),
        ("abcdefghijkl", "至少 3 类"),
        ("abcdefgh1234", "至少 3 类"),
        ("Password123!", "常见口令"),
        ("Wxm-2026-Wxm-2026", "不能含有"),
        ("Wangxiaoming-1", "不能含有"),
        ("Jiaqucishanhui-1", "不能含有"),
        ("X" + "y1" * 70, "不能超过 128"),
    ],
)
def test_a_weak_password_hears_why(person, password, fault):
    assert any(fault in message for message in faults(password, person))


def test_the_modern_rules_ask_only_for_length_and_no_common_one(person):
    SecurityPolicy.objects.create(mode="modern", min_length=15)
    assert faults("correct horse battery staple", person) == []
    assert faults(GOOD, person) == ["口令至少要有 15 个字符。"]


def test_the_last_five_may_not_come_back(person):
    used = [f"{GOOD}-{number}" for number in range(6)]
    for password in used:
        set_password(person, person, password)
    assert [bool(faults(password, person)) for password in used] == [False, True, True, True, True, True] or [
        bool(faults(password, person)) for password in used
    ] == [True] * 6
    assert faults(PASSWORD, person) == []


def test_first_sign_in_asks_for_a_new_password(client, person):
    Staff.objects.filter(pk=person.pk).update(must_change_password=True)
    client.force_login(person)
    assert client.get("/").url == reverse("account_change_password")
    assert "首次登录" in client.get(reverse("account_change_password")).content.decode()
    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": GOOD, "password2": GOOD}
    )
    assert response.status_code == 302
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.filter(action="password.change", actor_id=person.pk).count() == 1


def test_the_forced_change_cannot_be_walked_around(client, person):
    Staff.objects.filter(pk=person.pk).update(must_change_password=True)
    client.force_login(person)
    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    )
    assert "不能再用" in response.content.decode()
    assert client.get("/").status_code == 302


def test_after_ninety_days_a_new_one_is_asked_for(client, person):
    Staff.objects.filter(pk=person.pk).update(password_changed_at=timezone.now() - timezone.timedelta(days=91))
    person.refresh_from_db()
    client.force_login(person)
    assert client.get("/").url == reverse("account_change_password")
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": GOOD, "password2": GOOD})
    assert client.get("/").status_code == 200


def test_under_modern_rules_age_does_not_count(client, person):
    SecurityPolicy.objects.create(mode="modern")
    Staff.objects.filter(pk=person.pk).update(password_changed_at=timezone.now() - timezone.timedelta(days=400))
    person.refresh_from_db()
    client.force_login(person)
    assert client.get("/").status_code == 200


def test_the_wrong_current_password_changes_nothing(client, person):
    client.force_login(person)
    client.post(reverse("account_change_password"), {"oldpassword": "wrong", "password1": GOOD, "password2": GOOD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_two_admins_edit_the_rules_at_once_and_the_second_is_told(cast):
    SecurityPolicy.objects.create()
    edit_security_policy(cast.security_admin, 1, {"min_length": 12})
    with pytest.raises(Refusal):
        edit_security_policy(cast.security_admin, 1, {"min_length": 8})
    assert SecurityPolicy.current().min_length == 12


def test_sm3_hashes_verify_and_are_recognized(settings):
    settings.PASSWORD_HASHERS = ["portal.lib.hashers.PBKDF2SM3PasswordHasher"]
    hasher = PBKDF2SM3PasswordHasher()
    encoded = hasher.encode(GOOD, "somesalt12345678", 1000)
    expected = PBKDF2HMAC(SM3(), 32, b"somesalt12345678", 1000).derive(GOOD.encode())
    assert encoded == f"pbkdf2_sm3$1000$somesalt12345678${base64.b64encode(expected).decode()}"
    assert identify_hasher(encoded).algorithm == "pbkdf2_sm3"
    assert check_password(GOOD, encoded)
    assert not check_password(GOOD + "x", encoded)


def test_two_new_passwords_that_differ_are_told_apart_in_our_words(client, person):
    client.force_login(person)
    data = {"oldpassword": PASSWORD, "password1": GOOD, "password2": GOOD + "x"}
    answer = client.post(reverse("account_change_password"), data)
    assert answer.context["form"].errors == {"password2": ["两次输入的口令不一致。"]}
    answer = client.post(reverse("account_change_password"), {**data, "password2": ""})
    assert answer.context["form"].errors == {"password2": ["请填写这一项。"]}
