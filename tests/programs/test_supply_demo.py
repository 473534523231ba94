"""The invented offers, wishes and activities of the demo world: only there, and the same twice."""

import pytest
from django.core.management import CommandError, call_command

from programs.models import Activity, Offer, Wish


@pytest.mark.django_db
def test_no_invented_offers_outside_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_supply_demo", verbosity=0)


@pytest.mark.django_db
def test_the_demo_shows_every_state_and_is_the_same_when_loaded_again(demo):
    for name in ("load_demo", "load_profiles", "load_supply_demo", "load_supply_demo"):
        call_command(name, verbosity=0)
    assert {offer.standing for offer in Offer.objects.select_related("organization")} == {"open", "stale", "lapsed"}
    assert {wish.state for wish in Wish.objects.all()} == {"draft", "open", "claimed", "fulfilled"}
    assert {one.state for one in Activity.objects.all()} == {"draft", "submitted", "published", "running", "ended"}
    assert (Offer.objects.count(), Wish.objects.count(), Activity.objects.count()) == (9, 6, 7)
