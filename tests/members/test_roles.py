"""Roles: two people for every weighty one, nobody for themselves, and what stands apart stays apart."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from members import role_words, roles
from members.access import Refusal
from members.actions.roles import confirm_role, decline_role, end_role, propose_role
from members.kinds import OrganizationKind, group_of
from members.models import AuditEntry, RoleAssignment, Staff
from members.models.staff import Role
from tests.make.units import make_role, make_staff


def fresh(staff):
    """The same person as the next request loads them."""
    return Staff.objects.select_related("organization__area").get(pk=staff.pk)


def propose(browse, actor, person, role):
    return browse(actor).post(reverse("members:propose_role", args=[person.code]), {"role": role})


def test_an_ordinary_role_holds_at_once(cast, browse):
    person = make_staff("新人", cast.charity)
    propose(browse, cast.charity_admin, person, "charity_reviewer")
    assert fresh(person).roles == {"charity_reviewer"}


def test_a_weighty_role_waits_for_a_second_person(cast, browse):
    person = make_staff("新人", cast.charity)
    propose(browse, cast.charity_admin, person, "charity_approver")
    assert fresh(person).roles == frozenset()
    waiting = browse(cast.security_admin).get(reverse("members:list_pending_roles")).content.decode()
    assert "新人" in waiting
    browse(cast.security_admin).post(reverse("members:confirm_role", args=[person.code, "charity_approver"]))
    assert fresh(person).roles == {"charity_approver"}
    held = person.role_assignments.get()
    assert (held.proposed_by, held.confirmed_by) == (cast.charity_admin, cast.security_admin)
    assert list(
        AuditEntry.objects.filter(action__startswith="role.").order_by("pk").values_list("action", flat=True)
    ) == [
        "role.propose",
        "role.confirm",
    ]


def test_the_same_right_may_wait_as_home_card(cast):
    person = make_staff("新人", cast.charity)
    propose_role(cast.charity_admin, person, "charity_approver")
    assert RoleAssignment.objects.waiting_for(cast.security_admin).count() == 1
    assert RoleAssignment.objects.waiting_for(cast.charity_admin).count() == 0


# -- Escalation -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("actor", ["charity_admin", "system_admin", "security_admin"])
def test_nobody_grants_to_themselves(cast, browse, actor):
    person = cast[actor]
    held = person.roles
    response = propose(browse, person, person, "charity_approver" if actor == "charity_admin" else "system_admin")
    assert "不能为自己办理角色" in response.content.decode() or "选择一个有效的选项" in response.content.decode()
    with pytest.raises(Refusal):
        propose_role(person, person, "charity_reviewer")
    assert fresh(person).roles == held


def test_nobody_confirms_their_own_proposal(cast, browse):
    person = make_staff("新人", cast.charity)
    propose_role(cast.security_admin, person, "charity_approver")
    browse(cast.security_admin).post(reverse("members:confirm_role", args=[person.code, "charity_approver"]))
    assert fresh(person).roles == frozenset()
    with pytest.raises(Refusal):
        confirm_role(cast.security_admin, person, "charity_approver")
    another = make_staff("另一位安全管理", cast.city_bureau, ["security_admin"])
    confirm_role(another, person, "charity_approver")
    assert fresh(person).roles == {"charity_approver"}


def test_nobody_confirms_a_role_for_themselves(cast):
    propose_role(cast.system_admin, make_staff("新人", cast.city_bureau), "bureau_officer")
    another = make_staff("另一位安全管理", cast.city_bureau)
    propose_role(cast.system_admin, another, "security_admin")
    with pytest.raises(PermissionDenied):
        confirm_role(fresh(another), another, "security_admin")


@pytest.mark.parametrize("actor", ["charity_reviewer", "charity_approver", "bureau_approver", "city_supervisor"])
def test_without_the_right_nobody_grants(cast, browse, actor):
    person = make_staff("新人", cast.charity)
    assert propose(browse, cast[actor], person, "charity_reviewer").status_code == 403
    with pytest.raises(PermissionDenied):
        propose_role(cast[actor], person, "charity_reviewer")


def test_an_admin_of_another_unit_does_not_find_the_person(cast, browse):
    person = make_staff("新人", cast.charity)
    assert propose(browse, cast.other_charity_admin, person, "charity_reviewer").status_code == 404
    with pytest.raises(PermissionDenied):
        propose_role(cast.other_charity_admin, person, "charity_reviewer")


def test_a_unit_admin_makes_no_administrators(cast):
    admin = make_staff("市局单位管理", cast.city_bureau, ["unit_admin"])
    person = make_staff("新人", cast.city_bureau)
    for role in roles.ADMINISTRATORS:
        with pytest.raises(Refusal):
            propose_role(admin, person, role)


def test_a_role_must_fit_the_unit(cast):
    person = make_staff("新人", cast.charity)
    for role in ("bureau_approver", "town_caseworker", "system_admin", "member_officer"):
        with pytest.raises(Refusal):
            propose_role(cast.security_admin, person, role)
    assert not person.role_assignments.exists()


def test_a_suspended_person_gets_no_role(cast):
    person = make_staff("新人", cast.charity, is_active=False)
    with pytest.raises(Refusal):
        propose_role(cast.charity_admin, person, "charity_reviewer")


# -- What stands apart ----------------------------------------------------------------------------------------
EXCLUDING = [
    ("system_admin", "security_admin"),
    ("system_admin", "audit_admin"),
    ("security_admin", "audit_admin"),
    ("system_admin", "bureau_officer"),
    ("audit_admin", "catalogue_admin"),
    ("security_admin", "unit_admin"),
    ("catalogue_admin", "bureau_officer"),
    ("bureau_approver", "catalogue_admin"),
]


@pytest.mark.parametrize(("held", "wanted"), EXCLUDING)
def test_roles_that_exclude_each_other(cast, held, wanted):
    person = make_staff("新人", cast.city_bureau, [held])
    with pytest.raises(Refusal, match="不能由同一个人担任"):
        propose_role(cast.security_admin, person, wanted)


@pytest.mark.parametrize(("held", "wanted"), EXCLUDING)
def test_the_database_refuses_them_too(cast, held, wanted):
    person = make_staff("新人", cast.city_bureau, [held])
    with pytest.raises(IntegrityError), transaction.atomic():
        make_role(person, wanted)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into members_roleassignment (staff_id, role, proposed_at) values (%s, %s, now())",
            [person.pk, wanted],
        )
    ended = RoleAssignment.objects.create(staff=person, role=wanted, ended_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAssignment.objects.filter(pk=ended.pk).update(ended_at=None)


def test_the_database_knows_the_two_person_rule(cast):
    person = cast.charity_reviewer
    rows = [
        {"proposed_by": person},
        {"proposed_by": cast.charity_admin, "confirmed_by": person, "confirmed_at": timezone.now()},
        {
            "proposed_by": cast.charity_admin,
            "confirmed_by": cast.charity_admin,
            "confirmed_at": timezone.now(),
        },
        {"proposed_by": cast.charity_admin, "confirmed_at": timezone.now()},
    ]
    for row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleAssignment.objects.create(staff=person, role="charity_approver", **row)


def test_a_small_unit_may_have_one_person_for_admin_and_casework(cast):
    propose_role(cast.system_admin, cast.charity_reviewer, "unit_admin")
    confirm_role(cast.security_admin, cast.charity_reviewer, "unit_admin")
    assert fresh(cast.charity_reviewer).roles == {"charity_reviewer", "unit_admin"}


# -- The end --------------------------------------------------------------------------------------------------
def test_an_ended_role_ends_the_rights(cast, browse):
    session = browse(cast.charity_admin)
    another = make_staff("另一位管理", cast.charity, ["unit_admin"])
    assert session.get(reverse("members:invite_staff")).status_code == 200
    end_role(another, cast.charity_admin, "unit_admin", reason="轮岗")
    assert session.get(reverse("members:invite_staff")).status_code == 403


def test_the_last_admin_of_a_unit_stays(cast):
    with pytest.raises(Refusal, match="最后一位单位管理员"):
        end_role(cast.system_admin, cast.charity_admin, "unit_admin", reason="x")


def test_the_last_security_admin_stays(cast):
    with pytest.raises(Refusal, match="最后一位安全管理员"):
        end_role(cast.system_admin, cast.security_admin, "security_admin", reason="x")


def test_a_declined_proposal_is_over_and_may_come_again(cast):
    person = make_staff("新人", cast.charity)
    propose_role(cast.charity_admin, person, "charity_approver")
    decline_role(cast.security_admin, person, "charity_approver", reason="人数已够")
    with pytest.raises(Refusal):
        confirm_role(cast.security_admin, person, "charity_approver")
    propose_role(cast.charity_admin, person, "charity_approver")
    assert person.role_assignments.pending().count() == 1


def test_a_proposal_stands_once(cast):
    person = make_staff("新人", cast.charity)
    propose_role(cast.charity_admin, person, "charity_approver")
    with pytest.raises(Refusal):
        propose_role(cast.charity_admin, person, "charity_approver")


@pytest.mark.parametrize("role", ["nonsense", "x" * 300])
def test_a_role_that_does_not_exist(cast, browse, role):
    url = reverse("members:confirm_role", args=[cast.charity_reviewer.code, role])
    assert browse(cast.security_admin).post(url).status_code == 404
    assert propose(browse, cast.charity_admin, cast.charity_reviewer, role).status_code == 200


# -- The table ------------------------------------------------------------------------------------------------
def test_the_table_is_whole():
    assert set(roles.ROLES) == set(Role.values) == set(roles.GROUPS_OF_ROLE) == set(role_words.ABOUT)
    assert set(roles.ROLES) - roles.CASE_ROLES - roles.ADMINISTRATORS == {"catalogue_admin", "unit_admin", "supervisor"}


def test_every_kind_of_unit_belongs_to_a_group():
    assert {group_of(kind) for kind in OrganizationKind.values} == set(role_words.GROUPS)


def test_every_permission_has_words():
    named = {permission for table in (roles.EVERYONE, *roles.ROLES.values()) for permission in table}
    assert sorted(named - set(role_words.PERMISSIONS)) == []


def test_no_administrator_sees_a_case():
    words = {"case", "consent", "referral", "check", "grant_case"}
    for role in roles.ADMINISTRATORS:
        assert not {permission for permission in roles.ROLES[role] if permission.split(".")[0] in words}


def test_no_role_is_chosen_for_the_one_who_proposes(cast, browse):
    person = make_staff("新人", cast.charity)
    page = browse(cast.charity_admin).get(reverse("members:propose_role", args=[person.code]))
    assert page.context["form"].fields["role"].choices[0] == ("", "请选择")
    assert propose(browse, cast.charity_admin, person, "").status_code == 200
    assert not person.role_assignments.exists()
