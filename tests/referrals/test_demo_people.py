"""The invented families: only for the demo, the same every time, and such as the checks would let in."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from members.models import AuditEntry
from portal.lib import identity
from programs.facts import VOCABULARY
from referrals import matching
from referrals.management.commands.load_people import places
from referrals.management.demo.families import write_families
from referrals.models import Guardianship, Household, Person, PersonFact


@pytest.fixture
def families(cast, settings):
    settings.DEMO = True
    call_command("load_people", families=40, verbosity=0)


def test_no_families_without_the_flag_of_the_demo(cast, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_people", verbosity=0)
    assert not Person.objects.exists()


def test_families_are_loaded_once(families):
    before = Person.objects.count()
    call_command("load_people", families=40, verbosity=0)
    assert Person.objects.count() == before > 50


def test_every_invented_number_is_valid_and_tells_the_birth(families):
    people = Person.objects.exclude(identity_kind="none")
    assert people.count() > 50
    for person in people:
        read = identity.read(person.number)
        assert (read.birth_date, read.gender) == (person.birth_date, person.gender)
        assert person.number.startswith("999999")
        assert person.phone == "" or person.phone.startswith("0467-555")


def test_every_household_has_one_head_and_every_child_a_guardian(families):
    heads = [person.household_id for person in Person.objects.filter(relation="head")]
    assert len(heads) == len(set(heads)) == 40
    wards = set(Guardianship.objects.values_list("ward_id", flat=True))
    assert {p.pk for p in Person.objects.exclude(relation="head") if p.is_minor} == wards


def test_households_are_of_one_to_six_and_hold_together(families):
    sizes = set()
    for household in Household.objects.prefetch_related("people"):
        people = {person.relation: person for person in household.people.all()}
        sizes.add(household.people.count())
        head = people["head"]
        for child in ("child", "grandchild"):
            assert child not in people or people[child].age < head.age - 15
        assert "parent" not in people or people["parent"].age > head.age + 15
    assert sizes <= set(range(1, 7))
    assert len(sizes) >= 4


def test_records_came_in_over_two_years_and_each_left_its_line(families):
    since = [
        timezone.localdate() - timezone.localdate(at) for at in Person.objects.values_list("created_at", flat=True)
    ]
    assert (max(since).days > 550, min(since).days < 120, max(since).days <= 730) == (True, True, True)
    lines = AuditEntry.objects.filter(action="person.register").values_list("object_code", flat=True)
    assert sorted(lines) == sorted(Person.objects.values_list("code", flat=True))


def test_what_is_invented_can_be_matched(families):
    assert PersonFact.objects.count() > 100
    for person in Person.objects.all()[:40]:
        assert VOCABULARY.read(matching.facts_of(person))
        assert person.level


def test_the_same_seed_makes_the_same_people(cast):
    where = places(("town_street",))
    made = []
    for _ in range(2):
        with transaction.atomic():
            write_families(10, where, seed=5, is_full=False)
            made.append(list(Person.objects.order_by("pk").values_list("name", "birth_date")))
            transaction.set_rollback(True)
    assert made[0] == made[1] != []
