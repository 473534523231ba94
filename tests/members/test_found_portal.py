"""An empty installation gets its first three administrators from the shell, once."""

import io

import pytest
from django.core.management import CommandError, call_command

from members.models import AuditEntry, Organization, Staff
from tests.make.units import make_area

pytestmark = pytest.mark.django_db


def found(*arguments):
    said = io.StringIO()
    call_command("found_portal", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def city():
    make_area("230000000000", "测试省", "province")
    return make_area("230300000000", "测试市", "city")


def test_three_administrators_who_must_choose_another_password(city, client):
    said = found("测试市民政局", "230300")
    people = {person.username: person for person in Staff.objects.all()}
    assert {name: person.roles for name, person in people.items()} == {
        "system": {"system_admin"},
        "security": {"security_admin"},
        "audit": {"audit_admin"},
    }
    assert Organization.objects.get().area == city
    for line in said.strip().splitlines()[1:]:
        _name, username, password = line.split()
        assert people[username].check_password(password)
        assert people[username].must_change_password
    assert sorted(AuditEntry.objects.values_list("action", flat=True)) == ["organization.create"] + ["role.give"] * 3
    assert not any(person.password in said for person in people.values())


def test_only_once(city):
    found("测试市民政局", "230300")
    with pytest.raises(CommandError, match="已有账号"):
        found("另一民政局", "230300")
    assert Staff.objects.count() == 3
    assert Organization.objects.count() == 1


def test_an_unknown_area_is_named(city):
    with pytest.raises(CommandError, match="999999"):
        found("测试市民政局", "999999")
    assert not Staff.objects.exists()
