"""The demo world: for the demo only, the same twice, and every account of its table can be used."""

from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from members.management.demo import accounts
from members.models import Agreement, Area, AuditEntry, Organization, RoleAssignment, Staff
from members.models.staff import Role


@pytest.mark.django_db
def test_no_demo_world_without_its_flag(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_demo", verbosity=0)
    assert Staff.objects.count() == 0


@pytest.mark.django_db
def test_no_demo_world_in_production(settings):
    settings.DEMO = settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("load_demo", verbosity=0)
    assert Organization.objects.count() == 0


@pytest.mark.django_db
def test_the_demo_world_is_the_same_when_loaded_again(demo):
    call_command("load_demo", verbosity=0)
    counts = [model.objects.count() for model in (Organization, Staff, RoleAssignment, Agreement, AuditEntry)]
    call_command("load_demo", verbosity=0)
    assert [m.objects.count() for m in (Organization, Staff, RoleAssignment, Agreement, AuditEntry)] == counts


@pytest.mark.django_db
def test_the_city_has_nine_counties_sixty_towns_and_sixty_units(demo):
    call_command("load_demo", verbosity=0)
    towns = Area.objects.filter(level="town", source="演示数据")
    assert (towns.count(), towns.values("county").distinct().count(), Organization.objects.count()) == (60, 9, 60)
    assert len({town.name for town in towns}) == 60
    kinds = Counter(Organization.objects.values_list("kind", flat=True))
    assert (kinds["civil_affairs"], kinds["charity_association"], kinds["town_street"], len(kinds)) == (10, 9, 18, 18)
    assert not Organization.objects.filter(staff=None).exists()


@pytest.mark.django_db
def test_whoever_is_in_no_table_cannot_sign_in(demo):
    call_command("load_demo", verbosity=0)
    others = Staff.objects.exclude(username__in=[account.username for account in accounts.ACCOUNTS])
    assert others.exists()
    assert not any(person.has_usable_password() for person in others)


@pytest.mark.django_db
def test_every_demo_account_signs_in_and_every_role_has_one(demo):
    call_command("load_demo", verbosity=0)
    request = RequestFactory().post("/")
    people = [authenticate(request, username=a.username, password=accounts.PASSWORD) for a in accounts.ACCOUNTS]
    assert [person.username for person in people] == [a.username for a in accounts.ACCOUNTS]
    assert {role for person in people for role in person.roles} == set(Role.values)
    printed = (demo / "demo_accounts").read_text()
    assert all(account.username in printed for account in accounts.ACCOUNTS)
