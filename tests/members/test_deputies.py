"""Deputies: casework passes on for some days; administration and decisions by one hand do not."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members import audit
from members.access import Refusal, may
from members.actions.deputies import end_deputy, set_deputy
from members.models import AuditEntry, Deputy, Staff
from tests.make.units import make_deputy, make_role, make_staff

TODAY = timezone.localdate


def fresh(staff):
    return Staff.objects.select_related("organization__area").get(pk=staff.pk)


def stand_in(actor, staff, deputy, days=3, **values):
    values = {"since": TODAY(), "until": TODAY() + timedelta(days=days), "reason": "休假", **values}
    return set_deputy(actor, staff, deputy, **values)


def test_a_deputy_carries_the_casework_under_their_own_name(cast):
    bureau, officer = cast.bureau_approver, cast.bureau_officer
    stand_in(bureau, bureau, officer)
    deputy = fresh(officer)
    assert may(deputy, "organization.suspend", cast.charity)
    assert deputy.roles == {"bureau_officer"}
    assert deputy.deputised_roles == {"bureau_approver": bureau.code}
    entry = audit.record(deputy, "staff.edit", deputy)
    assert entry.actor_name == officer.name
    assert entry.actor_roles == f"bureau_officer,bureau_approver(代 {bureau.code})"


def test_a_deputy_of_an_approver_needs_the_second_factor(cast):
    stand_in(cast.charity_approver, cast.charity_approver, cast.charity_reviewer)
    assert fresh(cast.charity_reviewer).needs_second_factor


@pytest.mark.parametrize("days", [(-5, -1), (1, 5)])
def test_before_and_after_it_holds_nothing(cast, days):
    since, until = (TODAY() + timedelta(days=day) for day in days)
    make_deputy(cast.charity_approver, cast.charity_reviewer, since, until)
    assert fresh(cast.charity_reviewer).deputised_roles == {}


def test_ended_it_holds_nothing(cast):
    arrangement = stand_in(cast.charity_approver, cast.charity_approver, cast.charity_reviewer)
    end_deputy(cast.charity_reviewer, arrangement)
    assert fresh(cast.charity_reviewer).deputised_roles == {}
    with pytest.raises(Refusal):
        end_deputy(cast.charity_reviewer, arrangement)


def test_a_suspended_person_has_no_deputy(cast):
    stand_in(cast.charity_approver, cast.charity_approver, cast.charity_reviewer)
    Staff.objects.filter(pk=cast.charity_approver.pk).update(is_active=False)
    assert fresh(cast.charity_reviewer).deputised_roles == {}


def test_administration_does_not_pass_on(cast):
    admin = cast.charity_admin
    make_role(admin, "charity_finance")
    stand_in(fresh(admin), admin, cast.charity_reviewer)
    deputy = fresh(cast.charity_reviewer)
    assert set(deputy.deputised_roles) == {"charity_finance"}
    assert not may(deputy, "staff.edit", cast.charity)
    assert not may(deputy, "role.propose", cast.charity)


def test_who_only_administers_has_nothing_to_pass_on(cast):
    with pytest.raises(Refusal, match="没有可以代理的业务角色"):
        stand_in(cast.charity_admin, cast.charity_admin, cast.charity_reviewer)


def test_one_hand_does_not_make_an_approver(cast):
    """Set by the unit's admin alone, decisions do not pass; set by the approver, they do."""
    make_role(cast.charity_approver, "charity_reviewer")
    person = make_staff("新人", cast.charity)
    stand_in(cast.charity_admin, cast.charity_approver, person)
    assert set(fresh(person).deputised_roles) == {"charity_reviewer"}


def test_an_admin_does_not_stand_in_by_their_own_word(cast):
    with pytest.raises(Refusal, match="不能指定自己"):
        stand_in(cast.charity_admin, cast.charity_approver, cast.charity_admin)


def test_nobody_sets_a_deputy_for_a_colleague_without_the_right(cast):
    with pytest.raises(PermissionDenied):
        stand_in(cast.charity_reviewer, cast.charity_approver, cast.catalogue_admin)


@pytest.mark.parametrize("who", ["other_charity_admin", "charity_approver", "bureau_officer"])
def test_a_deputy_is_another_of_the_same_unit(cast, who):
    with pytest.raises(Refusal):
        stand_in(cast.charity_approver, cast.charity_approver, cast[who])


def test_whose_roles_exclude_casework_cannot_stand_in(cast):
    with pytest.raises(Refusal, match="不能兼办业务"):
        stand_in(cast.charity_approver, cast.charity_approver, cast.catalogue_admin)


def test_a_deputy_who_becomes_catalogue_admin_carries_nothing_more(cast):
    person = make_staff("新人", cast.charity)
    stand_in(cast.charity_reviewer, cast.charity_reviewer, person)
    make_role(person, "catalogue_admin")
    assert fresh(person).deputised_roles == {}


@pytest.mark.parametrize(("since", "until"), [(0, -1), (-9, -3), (0, 93)])
def test_days_that_cannot_be(cast, since, until):
    with pytest.raises(Refusal):
        stand_in(
            cast.charity_approver,
            cast.charity_approver,
            cast.charity_reviewer,
            since=TODAY() + timedelta(days=since),
            until=TODAY() + timedelta(days=until),
        )


def test_two_at_the_same_time_are_refused(cast):
    stand_in(cast.charity_approver, cast.charity_approver, cast.charity_reviewer)
    with pytest.raises(Refusal, match="请先结束那一段"):
        stand_in(cast.charity_approver, cast.charity_approver, make_staff("新人", cast.charity))


def test_from_my_account(cast, browse):
    me = browse(cast.charity_approver)
    values = {"deputy": cast.charity_reviewer.code, "since": TODAY(), "until": TODAY(), "reason": "<b>开会</b>"}
    assert me.post(reverse("members:set_own_deputy"), values).status_code == 302
    text = me.get(reverse("members:account")).content.decode()
    assert "&lt;b&gt;开会" in text
    me.post(reverse("members:end_deputy", args=[Deputy.objects.get().code]))
    assert not Deputy.objects.open().exists()
    assert list(
        AuditEntry.objects.filter(action__startswith="deputy.").order_by("pk").values_list("action", flat=True)
    ) == [
        "deputy.set",
        "deputy.end",
    ]


@pytest.mark.parametrize("value", ["", "not-a-day", "9999-99-99", "0000-01-01", "2026-01-01\x00"])
def test_odd_days_are_answered_at_the_field(cast, browse, value):
    values = {"deputy": cast.charity_reviewer.code, "since": value, "until": "2999-01-01", "reason": "x"}
    assert browse(cast.charity_approver).post(reverse("members:set_own_deputy"), values).status_code == 200
    assert not Deputy.objects.exists()
