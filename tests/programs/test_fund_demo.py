"""What the demo world does with programs: for the demo only, and the same twice."""

import pytest
from django.core.management import CommandError, call_command

from programs.models import Fund, FundLine, FundOrder


@pytest.mark.django_db
def test_no_program_demo_without_its_flag(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_fund_demo", verbosity=0)


@pytest.mark.django_db
def test_the_funds_of_the_demo_world_are_the_same_when_loaded_again(demo):
    call_command("load_demo", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    call_command("load_fund_demo", verbosity=0)
    counts = [model.objects.count() for model in (Fund, FundLine, FundOrder)]
    assert counts[0] == 9
    assert Fund.objects.with_figures().short().count() == 1
    assert FundOrder.objects.filter(state="waiting").count() == 2
    call_command("load_fund_demo", verbosity=0)
    assert [model.objects.count() for model in (Fund, FundLine, FundOrder)] == counts
