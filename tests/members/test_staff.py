"""Colleagues: who may change whom, and how somebody goes without leaving work behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members import handover
from members.access import Refusal, Stale
from members.actions.staff import depart_staff, edit_staff, hand_over_work, resume_staff, suspend_staff, suspend_unused
from members.handover import Holding
from members.models import AuditEntry, Deputy, Job, SecurityPolicy, Staff
from tests.make.units import PASSWORD, make_deputy, make_grant, make_staff, make_token

VALUES = {"name": "新名字", "post": "项目主管", "email": "new@example.org", "phone": "0467-2350000"}


def url(name, person):
    return reverse(f"members:{name}", args=[person.code])


def test_a_unit_admin_edits_a_colleague(cast, browse):
    person = cast.charity_reviewer
    response = browse(cast.charity_admin).post(url("edit_staff", person), {**VALUES, "version": person.version})
    assert response.status_code == 302
    person.refresh_from_db()
    assert (person.name, person.post, person.version) == ("新名字", "项目主管", 2)
    entry = AuditEntry.objects.get(action="staff.edit")
    assert entry.changes["post"] == ["", "项目主管"]
    assert "example.org" not in str(entry.changes)


def test_what_is_not_on_the_form_is_not_changed(cast, browse):
    """Mass assignment: unit, code, login, rights and password do not travel along."""
    person = cast.charity_reviewer
    extra = {"is_active": "", "is_superuser": "1", "organization": cast.bureau.pk, "username": "x", "password": "x"}
    browse(cast.charity_admin).post(url("edit_staff", person), {**VALUES, **extra, "version": 1})
    person.refresh_from_db()
    assert person.is_active
    assert not person.is_superuser
    assert person.organization == cast.charity
    assert person.username != "x"
    assert person.check_password(PASSWORD)


def test_a_colleague_of_another_unit_is_out_of_reach(cast, browse):
    person = cast.charity_reviewer
    assert browse(cast.other_charity_admin).post(url("edit_staff", person), VALUES).status_code == 404
    with pytest.raises(PermissionDenied):
        edit_staff(cast.other_charity_admin, person, 1, VALUES)
    person.refresh_from_db()
    assert person.version == 1


def test_a_colleague_without_the_right_is_told_so(cast, browse):
    assert browse(cast.charity_approver).post(url("edit_staff", cast.charity_reviewer), VALUES).status_code == 403


def test_the_second_of_two_who_edit_at_once_is_told_and_nothing_is_lost(cast, browse):
    person = cast.charity_reviewer
    edit_staff(cast.charity_admin, person, 1, {**VALUES, "post": "甲"})
    with pytest.raises(Stale):
        edit_staff(cast.system_admin, person, 1, {**VALUES, "post": "乙"})
    page = browse(cast.system_admin).post(url("edit_staff", person), {**VALUES, "post": "乙", "version": 1})
    text = page.content.decode()
    assert cast.charity_admin.name in text
    assert "甲" in text
    assert "乙" in text
    person.refresh_from_db()
    assert person.post == "甲"


def test_an_admin_of_a_unit_leaves_administrators_alone(cast):
    admin = make_staff("市局单位管理", cast.city_bureau, ["unit_admin"])
    for person in (cast.security_admin, cast.audit_admin, cast.system_admin):
        with pytest.raises(Refusal):
            edit_staff(admin, person, 1, VALUES)
        with pytest.raises(Refusal):
            suspend_staff(admin, person, reason="x")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 41), ("name", "a\x00"), ("name", "\u202ex"), ("email", "no"), ("post", "x" * 41)],
)
def test_wrong_and_hostile_input_is_answered_at_the_field(cast, browse, field, value):
    person = cast.charity_reviewer
    response = browse(cast.charity_admin).post(url("edit_staff", person), {**VALUES, "version": 1, field: value})
    assert response.status_code == 200
    person.refresh_from_db()
    assert person.version == 1


# -- Going and coming back ------------------------------------------------------------------------------------
def test_a_suspended_person_is_out_everywhere_at_once(cast, client):
    person = cast.charity_reviewer
    elsewhere = Client()
    for one in (client, elsewhere):
        one.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    suspend_staff(cast.charity_admin, person, reason="借调")
    assert [one.get("/").status_code for one in (client, elsewhere)] == [302, 302]
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert client.get("/").status_code == 302
    resume_staff(cast.charity_admin, person)
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert client.get("/").url == reverse("account_change_password")
    assert Staff.objects.get(pk=person.pk).roles == {"charity_reviewer"}


def test_who_leaves_loses_all_roles_and_keeps_the_name(cast):
    person = cast.charity_reviewer
    depart_staff(cast.charity_admin, person, reason="调离")
    gone = Staff.objects.get(pk=person.pk)
    assert (gone.state, gone.roles, gone.name) == ("left", frozenset(), "慈善经办")
    resume_staff(cast.charity_admin, gone)
    assert Staff.objects.get(pk=person.pk).roles == frozenset()


def test_the_last_admin_of_a_unit_cannot_leave_without_a_successor(cast):
    for action in (suspend_staff, depart_staff):
        with pytest.raises(Refusal, match="最后一位单位管理员"):
            action(cast.system_admin, cast.charity_admin, reason="退休")
    make_staff("继任", cast.charity, ["unit_admin"])
    depart_staff(cast.system_admin, cast.charity_admin, reason="退休")


def test_a_suspended_admin_is_no_successor(cast):
    make_staff("停用的继任", cast.charity, ["unit_admin"], is_active=False)
    with pytest.raises(Refusal):
        depart_staff(cast.system_admin, cast.charity_admin, reason="退休")


def test_the_last_of_the_three_administrators_stays(cast):
    another = make_staff("另一位系统管理", cast.city_bureau, ["system_admin"])
    with pytest.raises(Refusal, match="最后一位审计管理员"):
        suspend_staff(another, cast.audit_admin, reason="x")
    suspend_staff(another, cast.system_admin, reason="x")


def test_nobody_sends_themselves_away(cast):
    make_staff("继任", cast.charity, ["unit_admin"])
    with pytest.raises(Refusal):
        depart_staff(cast.charity_admin, cast.charity_admin, reason="x")


# -- Work that moves on ---------------------------------------------------------------------------------------
@pytest.fixture
def desk(monkeypatch):
    """A kind of work that a later app might register: cases on somebody's desk."""
    cases = {}

    def move(actor, staff, successor):
        cases[successor.pk if successor else "queue"] = cases.pop(staff.pk)

    holding = Holding("cases", "个案", "转给接手人。", lambda staff: cases.get(staff.pk, 0), move)
    monkeypatch.setitem(handover.HOLDINGS, "cases", holding)
    return cases


def test_open_work_goes_to_the_named_colleague(cast, desk, browse):
    person, successor = cast.charity_reviewer, cast.charity_approver
    desk[person.pk] = 3
    page = browse(cast.charity_admin).get(url("depart_staff", person)).content.decode()
    assert "个案" in page
    browse(cast.charity_admin).post(url("depart_staff", person), {"successor": successor.code, "reason": "调离"})
    assert desk == {successor.pk: 3}
    assert AuditEntry.objects.get(action="staff.hand_over").changes == {
        "successor": ["", successor.code],
        "cases": [3, 0],
    }


def test_without_a_name_it_goes_to_the_queue_of_the_unit(cast, desk):
    desk[cast.charity_reviewer.pk] = 2
    suspend_staff(cast.charity_admin, cast.charity_reviewer, reason="病假")
    assert desk == {"queue": 2}


def test_work_without_a_queue_needs_a_name(cast, desk, monkeypatch):
    desk[cast.charity_reviewer.pk] = 2
    old = handover.HOLDINGS["cases"]
    without_queue = Holding(old.code, old.label, old.fate, old.count, old.move, needs_successor=True)
    monkeypatch.setitem(handover.HOLDINGS, "cases", without_queue)
    with pytest.raises(Refusal, match="必须交给一位同事"):
        suspend_staff(cast.charity_admin, cast.charity_reviewer, reason="病假")
    assert Staff.objects.get(pk=cast.charity_reviewer.pk).is_active


@pytest.mark.parametrize("successor", ["other_charity_admin", "charity_reviewer"])
def test_work_stays_in_the_unit(cast, desk, browse, successor):
    person = cast.charity_reviewer
    desk[person.pk] = 1
    response = browse(cast.charity_admin).post(
        url("hand_over_work", person), {"successor": cast[successor].code, "reason": "x"}
    )
    assert response.status_code == 200
    with pytest.raises(Refusal):
        hand_over_work(cast.charity_admin, person, reason="x", successor=cast[successor])
    assert desk == {person.pk: 1}


def test_running_jobs_are_stopped_and_deputyships_end(cast):
    person = cast.charity_reviewer
    waiting = Job.objects.create(kind="x", owner=person, organization=cast.charity)
    running = Job.objects.create(kind="x", owner=person, organization=cast.charity, state="running")
    make_deputy(cast.charity_approver, person)
    make_deputy(person, cast.charity_approver, since=timezone.localdate() + timedelta(days=3))
    depart_staff(cast.charity_admin, person, reason="调离")
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert waiting.state == "cancelled"
    assert running.cancel_requested_at
    assert not Deputy.objects.open().exists()


def test_nothing_on_the_desk_is_said_so(cast):
    with pytest.raises(Refusal, match="没有待交接"):
        hand_over_work(cast.charity_admin, cast.charity_reviewer, reason="x")


# -- The list -------------------------------------------------------------------------------------------------
def test_one_sees_the_own_unit(cast, browse):
    text = browse(cast.charity_reviewer).get(reverse("members:list_staff")).content.decode()
    assert "慈善审批" in text
    assert "助学会管理" not in text


def test_the_supervisor_sees_the_area(cast, browse):
    text = browse(cast.city_supervisor).get(reverse("members:list_staff")).content.decode()
    assert "助学会管理" in text


@pytest.mark.parametrize("query", ["role=nonsense", "state=%00", "unit=<b>", "after=xxx", "role=charity_reviewer"])
def test_odd_filters_do_no_harm(cast, browse, query):
    assert browse(cast.city_supervisor).get(f"/staff/?{query}").status_code == 200


def test_the_login_name_is_not_for_colleagues(cast, browse):
    person = cast.charity_reviewer
    assert person.username not in browse(cast.charity_approver).get(url("show_staff", person)).content.decode()
    assert person.username in browse(cast.charity_admin).get(url("show_staff", person)).content.decode()


def test_the_security_admin_sees_a_lock_and_opens_it(cast, browse, client):
    person = cast.charity_reviewer
    for _ in range(5):
        client.post(reverse("account_login"), {"login": person.username, "password": "wrong"})
    admin = browse(cast.security_admin)
    assert "解除锁定" in admin.get(url("show_staff", person)).content.decode()
    admin.post(url("unlock_staff", person))
    assert "解除锁定</button>" not in admin.get(url("show_staff", person)).content.decode()


def test_signing_somebody_out_everywhere(cast, browse, client):
    person = cast.charity_reviewer
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    browse(cast.security_admin).post(url("sign_out_staff", person), {"reason": "电脑遗失"})
    assert client.get("/").status_code == 302
    assert Staff.objects.get(pk=person.pk).must_change_password


# -- Accounts that nobody uses -----------------------------------------------------------------------------------------
def unused_for(staff, days):
    long_ago = timezone.now() - timedelta(days=days)
    Staff.objects.filter(pk=staff.pk).update(last_login=long_ago, created_at=long_ago, changed_at=long_ago)


def test_an_account_unused_for_ninety_days_is_shut(cast, desk):
    unused_for(cast.charity_reviewer, 91)
    unused_for(cast.charity_approver, 89)
    desk[cast.charity_reviewer.pk] = 1
    assert suspend_unused() == 1
    assert Staff.objects.get(pk=cast.charity_reviewer.pk).state == "suspended"
    assert Staff.objects.get(pk=cast.charity_approver.pk).is_active
    assert desk == {"queue": 1}
    assert AuditEntry.objects.get(action="staff.suspend").actor_id is None
    resume_staff(cast.charity_admin, cast.charity_reviewer)
    assert suspend_unused() == 0, "who was just resumed is not shut again the same night"


def test_who_never_signed_in_counts_from_the_day_of_the_account(cast):
    unused_for(cast.charity_reviewer, 91)
    Staff.objects.filter(pk=cast.charity_reviewer.pk).update(last_login=None)
    assert suspend_unused() == 1


def test_the_last_of_their_kind_stay_however_long_they_are_away(cast):
    for person in (cast.charity_admin, cast.security_admin):
        unused_for(person, 400)
    assert suspend_unused() == 0


def test_a_deployment_may_leave_unused_accounts_open(cast):
    SecurityPolicy.objects.create(unused_days=0)
    unused_for(cast.charity_reviewer, 400)
    assert suspend_unused() == 0


def test_grants_of_who_leaves_are_revoked_and_the_clock_leaves_them_at_rest(cast):
    grant = make_grant(cast.charity, cast.bureau_officer)
    unused_for(cast.bureau_officer, 91)
    assert suspend_unused() == 1
    grant.refresh_from_db()
    assert grant.state == "live"
    resume_staff(cast.system_admin, cast.bureau_officer)
    depart_staff(cast.system_admin, cast.bureau_officer, reason="调离")
    grant.refresh_from_db()
    assert (grant.state, grant.revoked_by) == ("revoked", cast.system_admin)


def test_tokens_of_who_leaves_are_revoked(cast):
    token = make_token(cast.charity_reviewer)
    depart_staff(cast.charity_admin, cast.charity_reviewer, reason="调离")
    token.refresh_from_db()
    assert token.state == "revoked"
