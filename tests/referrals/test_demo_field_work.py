"""The invented leads, needs, visits and checks: only for the demo, once, such as the checks would let in."""

import pytest
from django.core.management import CommandError, call_command

from referrals.models import EconomicCheck, Lead, Need, Visit

pytestmark = pytest.mark.django_db


def test_none_without_the_flag_of_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_field_work", verbosity=0)


def test_they_are_loaded_once(settings):
    settings.DEMO = True
    call_command("load_demo", verbosity=0)
    call_command("load_people", families=60, verbosity=0)
    for _ in range(2):
        call_command("load_field_work", verbosity=0)
    assert (Lead.objects.count(), Visit.objects.count(), EconomicCheck.objects.count()) == (8, 70, 4)
    assert Need.objects.exclude(steps=None).count() == 90
