import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm
from guardian.utils import get_user_obj_perms_model

from members.access import Refusal, may, within_reach
from members.actions.agreements import edit_agreement
from members.actions.grants import give_grant, revoke_grant
from members.actions.organizations import edit_organization
from members.kinds import Grantable
from members.models import AuditEntry, Organization, OrganizationGrant, Staff
from tests.make.units import make_agreement, make_grant, make_role, make_staff

TODAY = timezone.localdate()
SOON = TODAY + datetime.timedelta(days=30)
EDIT, CONFIRM, AGREE = "organization.edit", "organization.confirm_capacity", "agreement.edit"


def again(person):
    """The person as the next request sees them: rights are read once per object."""
    return Staff.objects.get(pk=person.pk)


def give(cast, permissions=(EDIT,), **values):
    values = {"expires_on": SOON, "reason": "经办人产假", **values}
    return give_grant(cast.charity_admin, cast.charity, cast.town_caseworker, list(permissions), **values)


# -- What a grant does -------------------------------------------------------------------------------------------------


def test_a_grant_opens_what_it_names_at_the_unit_it_names_and_nothing_else(cast):
    assert not may(cast.town_caseworker, EDIT, cast.charity)
    give(cast)
    person = again(cast.town_caseworker)
    assert may(person, EDIT, cast.charity)
    assert not may(person, EDIT, cast.other_charity)
    assert not may(person, EDIT)
    assert not may(person, AGREE, cast.charity)
    assert set(within_reach(person, EDIT)) == {cast.charity}
    assert set(within_reach(person, CONFIRM)) == {cast.town}


def test_who_holds_a_grant_edits_the_profile_but_not_the_register(cast, browse):
    give(cast)
    session = browse(cast.town_caseworker)
    page = reverse("members:edit_organization", args=[cast.charity.code])
    assert set(session.get(page).context["form"].fields) == {
        "short_name", "purpose", "business_scope", "strengths", "target_groups", "directions", "need_kinds",
        "service_areas", "version",
    }  # fmt: skip
    assert session.post(page, {"purpose": "代办写的", "version": 1}).status_code == 302
    assert Organization.objects.get(pk=cast.charity.pk).purpose == "代办写的"
    assert AuditEntry.objects.get(action="organization.edit").actor_id == cast.town_caseworker.pk
    with pytest.raises(PermissionDenied):
        edit_organization(again(cast.town_caseworker), cast.charity, 2, {"kind": "civil_affairs"})
    other = reverse("members:edit_organization", args=[cast.other_charity.code])
    assert session.get(other).status_code == 403


def test_who_keeps_agreements_for_another_unit_also_sees_them(cast, browse):
    agreement = make_agreement(cast.charity, cast.other_charity, title="两会协议")
    url = reverse("members:show_agreement", args=[agreement.code])
    assert browse(cast.town_caseworker).get(url).status_code == 404
    give(cast, [AGREE])
    assert browse(cast.town_caseworker).get(url).status_code == 200
    values = {name: getattr(agreement, name) for name in ("party_a", "party_b", "party_c", "signed_on", "starts_on")}
    values |= {"title": "新名", "ends_on": None, "ceiling": None, "quota": None, "quota_unit": "", "terms": ""}
    assert edit_agreement(again(cast.town_caseworker), agreement, 1, values).title == "新名"


def test_a_grant_gives_no_say_over_people_roles_or_further_grants(cast, browse):
    give(cast, [EDIT, CONFIRM, AGREE])
    person = again(cast.town_caseworker)
    for permission in (
        "staff.invite",
        "staff.edit",
        "role.propose",
        "grant.give",
        "grant.view",
        "organization.register",
    ):
        assert not may(person, permission, cast.charity)
    with pytest.raises(PermissionDenied):
        give_grant(person, cast.charity, cast.bureau_officer, [EDIT], SOON, "再转给别人")
    assert browse(person).get(reverse("members:give_grant", args=[cast.charity.code])).status_code == 403


# -- When it ends ------------------------------------------------------------------------------------------------------


def test_a_grant_counts_through_its_last_day_and_not_beyond(cast):
    grant = give(cast, expires_on=TODAY)[0]
    assert may(again(cast.town_caseworker), EDIT, cast.charity)
    assert timezone.localtime(grant.expires_at).date() == TODAY + datetime.timedelta(days=1)
    OrganizationGrant.objects.update(
        given_at=timezone.now() - datetime.timedelta(days=2), expires_at=timezone.now() - datetime.timedelta(seconds=1)
    )
    person = again(cast.town_caseworker)
    assert not may(person, EDIT, cast.charity)
    assert not within_reach(person, EDIT).exists()
    assert OrganizationGrant.objects.get().state == "expired"


def test_a_revoked_grant_ends_at_once_for_someone_signed_in(cast, browse):
    give(cast)
    session = browse(cast.town_caseworker)
    page = reverse("members:edit_organization", args=[cast.charity.code])
    assert session.get(page).status_code == 200
    revoke_grant(cast.charity_admin, OrganizationGrant.objects.get())
    assert session.get(page).status_code == 403
    assert AuditEntry.objects.get(action="grant.revoke").actor_id == cast.charity_admin.pk


def test_a_grant_of_someone_switched_off_or_turned_administrator_counts_no_longer(cast):
    give(cast)
    Staff.objects.filter(pk=cast.town_caseworker.pk).update(is_active=False)
    assert not may(again(cast.town_caseworker), EDIT, cast.charity)
    person = make_staff("后来的管理员", cast.city_bureau)
    give_grant(cast.charity_admin, cast.charity, person, [EDIT], SOON, "x")
    make_role(person, "audit_admin")
    assert not may(again(person), EDIT, cast.charity)


def test_what_ended_may_be_given_again_and_the_past_stays(cast):
    grant = give(cast)[0]
    revoke_grant(cast.charity_admin, grant)
    give(cast)
    assert sorted(row.state for row in OrganizationGrant.objects.all()) == ["live", "revoked"]


# -- Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"permissions": []}, "permissions"),
        ({"permissions": ["staff.invite"]}, "permissions"),
        ({"permissions": ["grant.give"]}, "permissions"),
        ({"expires_on": TODAY - datetime.timedelta(days=1)}, "expires_on"),
        ({"expires_on": TODAY + datetime.timedelta(days=400)}, "expires_on"),
    ],
)
def test_a_grant_of_the_wrong_thing_or_length_is_refused(cast, values, field):
    with pytest.raises(Refusal) as refusal:
        give(cast, **values)
    assert refusal.value.field == field
    assert not OrganizationGrant.objects.exists()


@pytest.mark.parametrize(
    "person", ["charity_admin", "charity_reviewer", "system_admin", "security_admin", "audit_admin"]
)
def test_a_grant_to_oneself_to_a_colleague_or_to_an_administrator_is_refused(cast, person):
    with pytest.raises(Refusal):
        give_grant(cast.charity_admin, cast.charity, cast[person], [EDIT], SOON, "x")


def test_a_grant_for_another_unit_is_not_ones_to_give(cast):
    for person in ("other_charity_admin", "charity_reviewer", "bureau_approver", "security_admin"):
        with pytest.raises(PermissionDenied):
            give_grant(cast[person], cast.charity, cast.town_caseworker, [EDIT], SOON, "x")


def test_the_same_grant_is_not_given_twice(cast):
    give(cast, [EDIT])
    with pytest.raises(Refusal, match="已有"):
        give(cast, [EDIT, CONFIRM])
    assert OrganizationGrant.objects.count() == 1


def test_a_grant_is_revoked_once_and_only_by_those_concerned(cast):
    grant = give(cast)[0]
    for person in ("other_charity_admin", "town_caseworker", "bureau_approver", "system_admin"):
        with pytest.raises(PermissionDenied):
            revoke_grant(cast[person], grant)
    revoke_grant(cast.security_admin, grant)
    with pytest.raises(Refusal, match="已经收回"):
        revoke_grant(cast.charity_admin, grant)


@pytest.mark.parametrize(
    "values",
    [
        {"username": "nobody"}, {"username": "\x00"}, {"username": "长" * 41}, {"permissions": ["staff.edit"]},
        {"permissions": []}, {"expires_on": "明天"}, {"expires_on": ""}, {"reason": ""}, {"reason": "因\u202e"},
        {"reason": "因" * 501},
    ],
)  # fmt: skip
def test_a_hostile_form_gives_nothing(cast, browse, values):
    url = reverse("members:give_grant", args=[cast.charity.code])
    data = {"username": cast.town_caseworker.username, "permissions": [EDIT], "expires_on": SOON, "reason": "x"}
    answer = browse(cast.charity_admin).post(url, {**data, **values})
    assert answer.context["form"].errors
    assert not OrganizationGrant.objects.exists()


def test_the_form_does_not_tell_who_is_switched_off(cast, browse):
    Staff.objects.filter(pk=cast.town_caseworker.pk).update(is_active=False)
    url = reverse("members:give_grant", args=[cast.charity.code])
    data = {"permissions": [EDIT], "expires_on": SOON, "reason": "x"}
    session = browse(cast.charity_admin)
    said = [
        session.post(url, {**data, "username": name}).context["form"].errors["username"]
        for name in ("nobody", cast.town_caseworker.username)
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "values",
    [{"reason": ""}, {"given_by": "user"}, {"expires_at": timezone.now() - datetime.timedelta(days=9)}],
)
def test_the_database_refuses_a_grant_without_reason_end_or_giver(cast, values):
    if values.get("given_by") == "user":
        values = {"given_by": cast.town_caseworker}
    with pytest.raises(IntegrityError), transaction.atomic():
        make_grant(cast.charity, cast.town_caseworker, **{"given_by": cast.charity_admin, **values})


# -- Guardian ----------------------------------------------------------------------------------------------------------


def test_guardian_finds_the_table_and_its_backend_knows_the_end(cast):
    assert get_user_obj_perms_model(Organization) is OrganizationGrant
    grant = give(cast)[0]
    name = f"members.{Grantable(EDIT).codename}"
    assert again(cast.town_caseworker).has_perm(name, cast.charity)
    assert not again(cast.town_caseworker).has_perm(name, cast.other_charity)
    assert not again(cast.town_caseworker).has_perm("members.delete_organization", cast.charity)
    revoke_grant(cast.charity_admin, grant)
    assert not again(cast.town_caseworker).has_perm(name, cast.charity)


def test_guardians_own_door_gives_nothing_without_a_reason(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        assign_perm(Grantable(EDIT).codename, cast.town_caseworker, cast.charity)
    assert not OrganizationGrant.objects.exists()


def test_many_questions_cost_one_query(cast):
    give(cast)
    person = again(cast.town_caseworker)
    assert person.permissions
    with CaptureQueriesContext(connection) as caught:
        for _ in range(5):
            may(person, EDIT, cast.charity)
            may(person, EDIT, cast.other_charity)
    assert len([query for query in caught if "organizationgrant" in query["sql"]]) == 1


# -- Screens -----------------------------------------------------------------------------------------------------------


def test_the_unit_sees_who_may_act_for_it_now_and_before(cast, browse):
    give(cast, [EDIT, CONFIRM])
    revoke_grant(cast.charity_admin, OrganizationGrant.objects.first())
    answer = browse(cast.charity_reviewer).get(reverse("members:show_grants", args=[cast.charity.code]))
    assert (len(answer.context["live"]), len(answer.context["past"])) == (1, 1)
    assert "街道经办" in answer.text
    assert answer.context["revocable"] == set()


def test_giving_and_revoking_on_screen(cast, browse):
    session = browse(cast.charity_admin)
    data = {
        "username": cast.town_caseworker.username.upper(), "permissions": [EDIT], "expires_on": SOON.isoformat(),
        "reason": "经办人产假",
    }  # fmt: skip
    answer = session.post(reverse("members:give_grant", args=[cast.charity.code]), data, follow=True)
    assert "甲区一街道办事处 的 街道经办" in answer.text
    grant = OrganizationGrant.objects.get()
    session.post(reverse("members:revoke_grant", args=[grant.code]))
    grant.refresh_from_db()
    assert (grant.state, grant.revoked_by) == ("revoked", cast.charity_admin)


def test_each_person_sees_the_grants_that_concern_them(cast, browse):
    give(cast)

    def seen(person):
        return len(browse(cast[person]).get(reverse("members:list_grants")).context["page"])

    found = {
        person: seen(person) for person in ("security_admin", "town_caseworker", "charity_reviewer", "bureau_officer")
    }
    assert found == {"security_admin": 1, "town_caseworker": 1, "charity_reviewer": 1, "bureau_officer": 0}
    assert seen("other_charity_admin") == 0
