"""Invitations: a link that makes one account, once."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members import outbox
from members.access import Refusal
from members.actions.invitations import accept_invitation, find_invitation, renew_invitation, revoke_invitation
from members.models import AuditEntry, Invitation, Organization, OutboxMessage, Staff
from tests.make.units import make_invitation, make_staff

GOOD = {"name": "新同事", "username": "newcomer", "password": "Quiet-River-27", "again": "Quiet-River-27"}


def link(token):
    return reverse("members:accept_invitation", args=[token])


@pytest.fixture
def token(cast):
    return make_invitation(cast.charity_admin, roles=["charity_reviewer"])[1]


def test_from_the_invitation_to_signing_in(cast, browse, client):
    admin = browse(cast.charity_admin)
    page = admin.post(
        reverse("members:invite_staff"), {"label": "项目部新人", "roles": ["charity_reviewer"]}, follow=True
    )
    shown = page.context["link"]
    assert shown in page.content.decode()
    path = "/" + shown.split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert client.post(path, GOOD).url == reverse("account_login")
    newcomer = Staff.objects.get(username="newcomer")
    assert (newcomer.organization, newcomer.roles) == (cast.charity, frozenset({"charity_reviewer"}))
    client.post(reverse("account_login"), {"login": "newcomer", "password": GOOD["password"]})
    assert client.get("/").status_code == 200
    deeds = AuditEntry.objects.filter(action__in=["staff.invite", "invitation.accept", "role.give"])
    assert deeds.count() == 3


def test_the_link_is_shown_once(cast, browse):
    admin = browse(cast.charity_admin)
    page = admin.post(reverse("members:invite_staff"), {"label": "新人"}, follow=True)
    assert page.context["link"]
    again = admin.get(page.redirect_chain[-1][0])
    assert again.context["link"] == ""


def test_a_link_works_once(client, token):
    client.post(link(token), GOOD)
    response = client.post(link(token), {**GOOD, "username": "second"})
    assert response.status_code == 404
    assert "邀请已失效" in response.content.decode()
    assert not Staff.objects.filter(username="second").exists()


def test_two_who_use_the_link_in_the_same_moment_make_one_account(token):
    accept_invitation(token, name="甲", username="first", password=GOOD["password"])
    with pytest.raises(Refusal):
        accept_invitation(token, name="乙", username="second", password=GOOD["password"])
    assert Staff.objects.filter(username__in=["first", "second"]).count() == 1


def test_wrong_used_expired_and_withdrawn_look_the_same(cast, client, token):
    expired, expired_token = make_invitation(cast.charity_admin)
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    withdrawn, withdrawn_token = make_invitation(cast.charity_admin)
    revoke_invitation(cast.charity_admin, withdrawn)
    client.post(link(token), GOOD, follow=True)
    answers = [client.get(link(t)) for t in ("nonsense", token, expired_token, withdrawn_token)]
    assert {answer.status_code for answer in answers} == {404}
    mains = {re.search(r"<main.*</main>", answer.content.decode(), re.S).group() for answer in answers}
    assert len(mains) == 1


def test_a_new_link_kills_the_old_one(cast):
    invitation, old = make_invitation(cast.charity_admin)
    _invitation, new = renew_invitation(cast.charity_admin, invitation)
    assert find_invitation(old) is None
    assert find_invitation(new) == invitation


def test_a_link_dies_with_its_inviter(cast, token):
    Staff.objects.filter(pk=cast.charity_admin.pk).update(is_active=False)
    assert find_invitation(token) is None


def test_the_database_does_not_hold_the_token(token):
    row = Invitation.objects.values().get()
    assert token not in str(row)


def test_the_mail_holds_only_the_link(cast):
    invitation, token = make_invitation(cast.charity_admin, email="new@example.org", label="张三丰")
    assert OutboxMessage.objects.get(topic="mail.invitation").payload == {"invitation": invitation.code, "round": 1}
    outbox.sweep(send=outbox.deliver)
    body = mail.outbox[0].body
    assert link(token) in body
    assert "张三丰" not in body
    assert cast.charity_admin.name not in body


def test_the_mail_of_a_renewed_invitation_is_not_sent_twice(cast):
    invitation, _token = make_invitation(cast.charity_admin, email="new@example.org")
    _invitation, token = renew_invitation(cast.charity_admin, invitation)
    outbox.sweep(send=outbox.deliver)
    assert [link(token) in message.body for message in mail.outbox] == [True]


def test_weighty_roles_wait_after_the_account_is_there(cast):
    _invitation, token = make_invitation(cast.charity_admin, roles=["charity_approver", "charity_reviewer"])
    staff = accept_invitation(token, name="甲", username="first", password=GOOD["password"])
    assert staff.roles == {"charity_reviewer"}
    assert [held.role for held in staff.role_assignments.pending()] == ["charity_approver"]


def test_a_link_dies_with_the_right_to_invite(cast, token):
    cast.charity_admin.role_assignments.update(ended_at=timezone.now())
    assert find_invitation(token) is None
    with pytest.raises(Refusal):
        accept_invitation(token, name="甲", username="first", password=GOOD["password"])
    assert not Staff.objects.filter(username="first").exists()


def test_a_unit_admin_does_not_take_over_the_link_to_an_administrators_account(cast):
    """Whoever renews holds the link, and could make the account themselves."""
    city_admin = make_staff("市局单位管理", cast.city_bureau, ["unit_admin"])
    invitation, token = make_invitation(cast.system_admin, cast.city_bureau, roles=["security_admin"])
    with pytest.raises(Refusal, match="应由系统管理员提出"):
        renew_invitation(city_admin, invitation)
    assert find_invitation(token) == invitation


def test_whoever_renews_stands_for_the_roles(cast):
    second = make_staff("另一位管理", cast.charity, ["unit_admin"])
    invitation, _old = make_invitation(cast.charity_admin, roles=["charity_reviewer"])
    _invitation, token = renew_invitation(second, invitation)
    Staff.objects.filter(pk=cast.charity_admin.pk).update(is_active=False)
    staff = accept_invitation(token, name="甲", username="first", password=GOOD["password"])
    assert staff.role_assignments.get().proposed_by == second


def test_a_unit_that_has_become_another_kind_gives_no_role_of_the_old_kind(cast, token):
    Organization.objects.filter(pk=cast.charity.pk).update(kind="hospital")
    staff = accept_invitation(token, name="甲", username="first", password=GOOD["password"])
    assert not staff.role_assignments.exists()


def test_nobody_invites_into_another_unit(cast):
    with pytest.raises(PermissionDenied):
        make_invitation(cast.charity_admin, cast.other_charity)


def test_the_form_does_not_take_a_foreign_unit(cast, browse):
    """The field is not even there for an admin of one unit; a forged value changes nothing."""
    browse(cast.charity_admin).post(
        reverse("members:invite_staff"), {"label": "x", "organization": cast.other_charity.code}
    )
    assert Invitation.objects.get().organization == cast.charity


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "bureau_approver", "nonsense", "unit_admin' --"])
def test_a_unit_admin_offers_no_role_that_is_not_theirs_to_offer(cast, browse, role):
    response = browse(cast.charity_admin).post(reverse("members:invite_staff"), {"label": "x", "roles": [role]})
    assert response.status_code == 200
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("code", ["%00", "a%00b", "%F0%9F%98%80", "x" * 5000])
def test_an_odd_unit_in_the_address_is_passed_over(cast, browse, code):
    session, url = browse(cast.system_admin), reverse("members:invite_staff")
    assert session.get(f"{url}?unit={code}").status_code == 200
    assert session.post(url, {"label": "x", "organization": "a\x00b"}).status_code == 200


def test_roles_that_exclude_each_other_are_refused(cast, browse):
    response = browse(cast.charity_admin).post(
        reverse("members:invite_staff"), {"label": "x", "roles": ["catalogue_admin", "charity_reviewer"]}
    )
    assert "不能由同一个人担任" in response.content.decode()


def test_the_system_admin_invites_the_first_admin_of_a_unit(cast, browse, client):
    page = browse(cast.system_admin).post(
        reverse("members:invite_staff"),
        {"label": "首位管理员", "organization": cast.other_bureau.code, "roles": ["unit_admin"]},
        follow=True,
    )
    client.post("/" + page.context["link"].split("/", 3)[3], GOOD)
    newcomer = Staff.objects.get(username="newcomer")
    assert newcomer.organization == cast.other_bureau
    assert newcomer.roles == frozenset()
    assert newcomer.role_assignments.pending().get().role == "unit_admin"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "PERSON1"),
        ("username", "a b"),
        ("username", "<script>"),
        ("username", "x" * 41),
        ("username", "a\x00b"),
        ("name", "\u202egnorw"),
        ("name", ""),
        ("name", "长" * 41),
        ("password", "short"),
        ("password", "newcomer-Newcomer-1"),
        ("again", "Quiet-River-28"),
        ("phone", "1" * 31),
    ],
)
def test_hostile_and_wrong_input_makes_no_account(client, cast, field, value):
    Staff.objects.filter(pk=cast.bureau_officer.pk).update(username="person1")
    _invitation, token = make_invitation(cast.charity_admin)
    before = Staff.objects.count()
    response = client.post(link(token), {**GOOD, field: value})
    assert response.status_code == 200
    assert "请改正下面标出的地方" in response.content.decode()
    assert Staff.objects.count() == before


@pytest.mark.parametrize("name", ["<b>王</b>", "=1+1", "𠮷野", "O'Neil; drop table"])
def test_odd_names_are_stored_and_shown_inertly(client, cast, browse, name):
    _invitation, token = make_invitation(cast.charity_admin)
    client.post(link(token), {**GOOD, "name": name})
    staff = Staff.objects.get(username="newcomer")
    assert staff.name == name
    text = browse(cast.charity_admin).get(reverse("members:show_staff", args=[staff.code])).content.decode()
    assert "<b>王</b>" not in text


def test_a_suspended_unit_invites_nobody(cast):
    cast.charity.is_suspended = True
    cast.charity.save()
    with pytest.raises(Refusal):
        make_invitation(cast.charity_admin)
