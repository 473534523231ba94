"""Whose term is over: by a day of its own, or by the years of the place; what is held or in use stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import RegionalProfile
from referrals import retention
from referrals.actions.people import verify_person
from referrals.actions.purges import order_purge, set_retention
from referrals.models import Person
from tests.make.people import make_person, make_provision

pytestmark = pytest.mark.django_db


def idle(keeper, years=6, **values):
    long_ago = timezone.now() - timedelta(days=years * 366)
    return make_person(keeper, last_verified_on=long_ago.date(), changed_at=long_ago, **values)


def over(staff):
    return set(retention.over(staff).values_list("pk", flat=True))


def test_after_so_many_years_without_a_deed_the_term_is_over(cast):
    old, _newer = idle(cast.town), idle(cast.town, years=4)
    idle(cast.other_bureau)
    assert over(cast.bureau_officer) == {old.pk}
    verify_person(cast.town_caseworker, old)
    Person.objects.filter(pk=old.pk).update(last_verified_on="2010-01-01")
    assert over(cast.bureau_officer) == set()  # the time line tells of today's deed


def test_the_years_are_those_of_the_place(cast):
    four = idle(cast.town, years=4)
    RegionalProfile.objects.create(area=cast.county, valid_from=timezone.localdate(), keep_years=3)
    assert over(cast.bureau_officer) == {four.pk}


def test_a_term_of_its_own_a_hold_and_what_others_see_come_first(cast):
    today, approver = timezone.localdate(), cast.bureau_approver
    ended, longer, held, shown, ordered = (idle(cast.bureau) for _ in range(5))
    fresh = make_person(cast.bureau)
    for person, until in ((ended, today + timedelta(days=1)), (longer, today + timedelta(days=400)), (fresh, today)):
        set_retention(approver, person, 0, until=until, basis="档案规定", hold_reason="")
    set_retention(approver, held, 0, until=today + timedelta(days=1), basis="档案规定", hold_reason="审计中")
    make_provision(cast.bureau_officer, shown, cast.charity)
    order_purge(cast.bureau_officer, ordered, "期满")
    on = today + timedelta(days=2)
    assert set(retention.over(cast.bureau_officer, on).values_list("pk", flat=True)) == {ended.pk, fresh.pk}


def test_an_order_waits_for_somebody_else(cast, browse):
    order_purge(cast.bureau_officer, idle(cast.bureau), "保存期满")
    assert (retention.count_waiting(cast.bureau_officer), retention.count_waiting(cast.bureau_approver)) == (0, 1)
    assert "保存期满" in browse(cast.bureau_approver).get("/retention/").content.decode()
    assert "保存期满" not in browse(cast.bureau_officer).get("/retention/").content.decode()
    assert retention.count_waiting(cast.charity_approver) == 0


def test_the_list_leads_to_the_page_where_it_is_done(cast, browse):
    person = idle(cast.bureau)
    page = browse(cast.bureau_officer).get("/retention/?show=over").content.decode()
    assert f"/people/{person.code}/rights/" in page
    assert "5 年" in browse(cast.bureau_officer).get(f"/people/{person.code}/rights/").content.decode()
