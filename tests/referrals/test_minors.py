"""Cases of people under 18 are opened by an approval of the responsible person, and by nothing else."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from members.access import Refusal
from referrals import minors
from referrals.actions.minors import (
    approve_minor_access,
    ask_minor_access,
    decline_minor_access,
    end_minor_access,
)
from referrals.models import MinorAccessApproval, Person
from tests.make.people import make_minor_approval, make_person
from tests.make.units import make_staff

SOON = timedelta(days=30)


@pytest.fixture
def child(cast):
    return make_person(cast.bureau, born=f"{date.today().year - 9}-01-01")


def fresh(staff):
    """As the next request reads them."""
    return type(staff).objects.get(pk=staff.pk)


def until(days=30):
    return timezone.localdate() + timedelta(days=days)


def test_an_adult_is_seen_without_any(cast):
    assert minors.may_see(cast.bureau_officer, make_person(cast.bureau))


def test_a_minor_is_seen_after_asking_and_approval_until_the_day(cast, child, monkeypatch):
    officer = cast.bureau_officer
    assert not minors.may_see(officer, child)
    asked = ask_minor_access(officer, person=child, reason="办理助学", until=until())
    assert not minors.may_see(fresh(officer), child)
    approve_minor_access(cast.bureau_approver, asked, until(10))
    assert minors.may_see(fresh(officer), child)
    monkeypatch.setattr(timezone, "localdate", lambda *args: asked.until + timedelta(days=1))
    assert not minors.may_see(fresh(officer), child)


def test_an_approval_is_for_one_person_of_staff_and_one_child(cast, child):
    make_minor_approval(cast.bureau_officer, child)
    assert minors.may_see(cast.bureau_officer, child)
    assert not minors.may_see(cast.town_caseworker, child)
    assert not minors.may_see(fresh(cast.bureau_officer), make_person(cast.bureau, born=child.birth_date.isoformat()))


def test_an_approval_for_all_opens_all(cast, child):
    make_minor_approval(cast.bureau_officer)
    assert minors.may_see(cast.bureau_officer, child)


def test_whoever_changes_units_leaves_the_approval_behind(cast, child):
    make_minor_approval(cast.bureau_officer, child)
    officer = fresh(cast.bureau_officer)
    officer.organization = cast.other_bureau
    assert not minors.may_see(officer, child)


def test_nobody_approves_their_own(cast, child):
    asked = ask_minor_access(cast.bureau_approver, person=child, reason="审批", until=until())
    with pytest.raises(Refusal, match="自己"):
        approve_minor_access(cast.bureau_approver, asked, until())
    with pytest.raises(IntegrityError), transaction.atomic():
        MinorAccessApproval.objects.filter(pk=asked.pk).update(
            state="approved", decided_by=cast.bureau_approver, decided_at=timezone.now()
        )
    colleague = make_staff(None, cast.bureau, ["bureau_approver"])
    assert approve_minor_access(colleague, asked, until()).state == "approved"


@pytest.mark.parametrize("name", ["charity_approver", "other_bureau_approver", "bureau_officer", "system_admin"])
def test_only_the_units_responsible_person_decides(name, cast, child):
    asked = ask_minor_access(cast.town_caseworker, person=child, reason="办理", until=until())
    for deed in (approve_minor_access, decline_minor_access):
        with pytest.raises(PermissionDenied):
            deed(cast[name], asked, until() if deed is approve_minor_access else "不需要")
    approve_minor_access(cast.bureau_approver, asked, until())  # 街道在区局的辖区内


def test_an_approval_is_never_longer_than_asked_nor_than_a_year(cast, child):
    with pytest.raises(Refusal):
        ask_minor_access(cast.bureau_officer, person=child, reason="办理", until=until(400))
    asked = ask_minor_access(cast.bureau_officer, person=child, reason="办理", until=until(5))
    with pytest.raises(Refusal):
        approve_minor_access(cast.bureau_approver, asked, until(6))


def test_one_open_request_and_one_answer(cast, child):
    asked = ask_minor_access(cast.bureau_officer, person=child, reason="办理", until=until())
    with pytest.raises(Refusal, match="等待批准"):
        ask_minor_access(cast.bureau_officer, person=child, reason="办理", until=until())
    decline_minor_access(cast.bureau_approver, asked, "不经办此案")
    with pytest.raises(Refusal, match="已经有人答复"):
        approve_minor_access(cast.bureau_approver, asked, until())
    assert not minors.may_see(cast.bureau_officer, child)


def test_an_approval_ends_by_either_and_its_row_stays(cast, child):
    approval = make_minor_approval(cast.bureau_officer, child)
    with pytest.raises(PermissionDenied):
        end_minor_access(cast.charity_reviewer, approval)
    end_minor_access(cast.bureau_officer, approval)
    assert not minors.may_see(fresh(cast.bureau_officer), child)
    with pytest.raises(DatabaseError), transaction.atomic():
        approval.delete()


def test_lists_leave_out_minors_that_were_not_approved(cast, child):
    adult = make_person(cast.bureau)
    unknown = make_person(cast.bureau, born=None, number="")
    other = make_person(cast.bureau, born=child.birth_date.isoformat())
    make_minor_approval(cast.bureau_officer, child)
    seen = Person.objects.filter(minors.seen_by(cast.bureau_officer))
    assert set(seen) == {adult, unknown, child}
    assert other not in seen


@pytest.mark.parametrize(
    ("born", "day", "is_minor"),
    [
        ("2008-11-20", date(2026, 11, 19), True),
        ("2008-11-20", date(2026, 11, 20), False),
        ("2008-02-29", date(2026, 2, 28), True),
        ("2008-02-29", date(2026, 3, 1), False),
        ("2006-02-28", date(2024, 2, 29), False),
        ("2006-03-01", date(2024, 2, 29), True),
    ],
)
def test_the_list_and_the_person_agree_on_the_eighteenth_birthday(born, day, is_minor, cast):
    person = make_person(cast.bureau, born=born)
    assert (person.age_on(day) < 18) is is_minor
    assert Person.objects.filter(minors.minors(day), pk=person.pk).exists() is is_minor


def test_the_responsible_person_hears_of_what_waits(cast, child):
    ask_minor_access(cast.town_caseworker, person=child, reason="办理", until=until())
    own = ask_minor_access(cast.bureau_approver, person=child, reason="审批", until=until())
    assert minors.count_waiting(cast.bureau_approver) == 1
    assert own not in minors.waiting_for(cast.bureau_approver)
    assert minors.count_waiting(cast.charity_approver) == 0
