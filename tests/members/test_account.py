"""My account, and the rules for signing in."""

import time

import pytest
from django.urls import reverse

from members.models import AuditEntry, SecurityPolicy, Staff

VALUES = {"post": "主任", "email": "me@example.org", "phone": "0467-2350000"}
RULES = {
    "mode": "classified",
    "min_length": 12,
    "classes": 3,
    "max_age_days": 90,
    "history": 5,
    "failures": 5,
    "lock_minutes": 30,
    "idle_minutes": 20,
    "session_hours": 12,
    "session_limit": 0,
    "unused_days": 90,
}


def test_one_changes_the_own_details_but_not_name_or_unit(cast, browse):
    me = cast.charity_reviewer
    extra = {"name": "别人", "organization": cast.bureau.pk, "username": "x", "is_active": ""}
    response = browse(me).post(reverse("members:edit_account"), {**VALUES, **extra, "version": 1})
    assert response.url == reverse("members:account")
    now = Staff.objects.get(pk=me.pk)
    assert (now.post, now.email) == ("主任", "me@example.org")
    assert (now.name, now.organization, now.username, now.is_active) == (me.name, cast.charity, me.username, True)


def test_the_address_changes_only_after_showing_who_one_is(cast, browse, monkeypatch):
    """It is where a reset link goes."""
    me = browse(cast.charity_reviewer)
    later = time.time() + 400
    monkeypatch.setattr("members.sign_in.time.time", lambda: later)
    response = me.post(reverse("members:edit_account"), {**VALUES, "version": 1})
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert Staff.objects.get(pk=cast.charity_reviewer.pk).email == ""


def test_my_page_shows_what_i_need(cast, browse):
    text = browse(cast.charity_approver).get(reverse("members:account")).content.decode()
    for word in ("更换口令", "管理第二重验证", "退出其他各处", "请同事代理", "慈善审批"):
        assert word in text


def test_the_rules_change_and_are_written_down(cast, browse):
    admin = browse(cast.security_admin)
    assert admin.post(reverse("members:edit_security_policy"), {**RULES, "version": 1}).status_code == 302
    assert SecurityPolicy.current().min_length == 12
    assert AuditEntry.objects.get(action="security_policy.edit").changes == {"min_length": [10, 12]}


@pytest.mark.parametrize(
    ("field", "value"),
    [("min_length", 7), ("classes", 5), ("failures", 2), ("idle_minutes", 1), ("mode", "none"), ("history", -1),
     ("lock_minutes", "1e9"), ("session_hours", ""), ("max_age_days", 99999999999)],
)  # fmt: skip
def test_rules_too_weak_or_odd_are_refused(cast, browse, field, value):
    response = browse(cast.security_admin).post(
        reverse("members:edit_security_policy"), {**RULES, "version": 1, field: value}
    )
    assert response.status_code == 200
    assert not SecurityPolicy.objects.exists()


def test_of_two_security_admins_the_second_is_told(cast, browse):
    admin = browse(cast.security_admin)
    admin.post(reverse("members:edit_security_policy"), {**RULES, "version": 1})
    response = admin.post(reverse("members:edit_security_policy"), {**RULES, "min_length": 8, "version": 1})
    assert "刚被他人修改" in response.content.decode()
    assert SecurityPolicy.current().min_length == 12
