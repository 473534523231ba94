"""People stay readable and findable while keys change, and everything of theirs moves to the new key."""

import base64
import io
import os

import pytest
from django.core.management import call_command

from portal.lib import encryption
from referrals.models import Person
from tests.make.people import make_category, make_fact, make_guardianship, make_person


@pytest.fixture
def rotated(settings):
    """rotated() puts another key first; the old one stays in the ring."""

    def rotate():
        new = base64.b64encode(os.urandom(32)).decode()
        settings.KEY_RING = {"current": "next", "keys": {**settings.KEY_RING["keys"], "next": new}}
        encryption.provider.cache_clear()

    yield rotate
    encryption.provider.cache_clear()


def test_rotate_keys_seals_people_and_what_is_known_of_them_anew(cast, rotated, settings):
    person = make_person(cast.bureau, phone="0467-2345678")
    make_fact(person, "diagnoses", ["leukemia"])
    make_category(person, private={"number": "某号"})
    make_guardianship(person)
    number, old = person.number, settings.KEY_RING["current"]
    rotated()
    assert Person.objects.with_number(number).get() == person
    call_command("rotate_keys", stdout=io.StringIO())
    settings.KEY_RING = {"current": "next", "keys": {"next": settings.KEY_RING["keys"]["next"]}}
    encryption.provider.cache_clear()
    assert old not in settings.KEY_RING["keys"]
    person = Person.objects.get()
    assert Person.objects.with_number(number).get() == person == Person.objects.with_phone("0467-2345678").get()
    assert (person.number, person.phone) == (number, "0467-2345678")
    assert person.facts.get().known == ["leukemia"]
    assert (person.categories.get().paper, person.guardianships.get().name) == ("某号", "某监护人")
