"""People stay readable and findable while keys change, and everything of theirs moves to the new key."""

import base64
import io
import os
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.lib import encryption
from referrals.actions import decisions
from referrals.models import Consent, PairingVisit, Person, ReferralStep
from tests.make.board import make_pairing, make_pairing_visit
from tests.make.people import make_category, make_fact, make_guardianship, make_person


@pytest.fixture
def rotated(settings):
    """rotated() puts another key first; the old one stays in the ring."""

    def rotate():
        new = base64.b64encode(os.urandom(32)).decode()
        settings.KEY_RING = {"current": "next", "keys": {**settings.KEY_RING["keys"], "next": new}}
        encryption.provider.cache_clear()
        return new

    yield rotate
    encryption.provider.cache_clear()


def test_what_is_kept_as_it_was_written_moves_to_the_new_key_too(cast, rotated, settings):
    """Steps of a referral, visits of a pairing, a consent that was given: nobody changes them, keys do."""
    pairing = make_pairing(cast.bureau_officer, cast.charity_reviewer)
    make_pairing_visit(pairing, cast.charity_reviewer)
    referral = pairing.referral
    decisions.hold_referral(
        cast.charity_reviewer, referral, referral.version, timezone.localdate() + timedelta(days=9), "住院中"
    )
    new = rotated()
    call_command("rotate_keys", stdout=io.StringIO())
    settings.KEY_RING = {"current": "next", "keys": {"next": new}}
    encryption.provider.cache_clear()
    assert ReferralStep.objects.get(verb="hold").private["note"] == "住院中"
    assert PairingVisit.objects.get().private["done"] == "一起包饺子"
    assert Consent.objects.get().private is not None
    with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
        ReferralStep.objects.update(verb="sign")


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
