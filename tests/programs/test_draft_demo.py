"""Work in progress in the demo world: for the demo only, and the same twice."""

import pytest
from django.core.management import CommandError, call_command

from programs.actions.programs import faults_of
from programs.models import LocalFact, ProgramVersion


@pytest.mark.django_db
def test_no_drafts_without_the_demo_flag(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_draft_demo", verbosity=0)


@pytest.mark.django_db
def test_one_draft_is_to_go_on_with_and_one_to_release(demo):
    for name in ("load_demo", "load_catalogue", "load_draft_demo", "load_draft_demo"):
        call_command(name, verbosity=0)
    found = {version.program.code: version for version in ProgramVersion.objects.unfinished()}
    assert {code: version.state for code, version in found.items()} == {"P09": "draft", "P08-1": "submitted"}
    assert len(faults_of(found["P09"].definition)) == 1
    assert faults_of(found["P08-1"].definition) == []
    assert LocalFact.objects.get().name == "lives_alone"
