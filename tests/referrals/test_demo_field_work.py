"""What happened to the invented families: only for the demo, once, in the order of things, such as pages would show."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members.models import AuditEntry, Staff
from portal.lib import uploads
from referrals import disclosure, timeline
from referrals.consent_papers import digest_of
from referrals.models import Consent, Document, EconomicCheck, Household, Lead, Need, NeedStep, TimelineEntry, Visit

pytestmark = pytest.mark.django_db


def test_none_without_the_flag_of_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_field_work", verbosity=0)


@pytest.fixture
def demo(demo):
    call_command("load_demo", verbosity=0)
    call_command("load_wordings", verbosity=0)
    call_command("load_people", families=70, verbosity=0)
    call_command("load_consents", verbosity=0)
    call_command("load_field_work", verbosity=0)
    call_command("load_documents", verbosity=0)


def test_the_demo_world_has_a_past(demo):
    counts = [model.objects.count() for model in (Lead, Need, Visit, TimelineEntry)]
    call_command("load_field_work", verbosity=0)
    assert counts == [model.objects.count() for model in (Lead, Need, Visit, TimelineEntry)]
    assert EconomicCheck.objects.count() > 0
    assert set(Lead.objects.values_list("state", flat=True)) == {"new", "taken", "registered", "duplicate", "closed"}
    assert set(Need.objects.values_list("state", flat=True)) == {"open", "in_help", "eased", "met", "dropped"}
    standing = {consent.standing for consent in Consent.objects.with_terms()}
    assert standing >= {"in_force", "reduced", "withdrawn", "expired", "refused"}
    assert all(digest_of(one) == one.digest for one in Consent.objects.exclude(state="draft"))
    _is_in_order()
    _is_recorded()
    _has_papers()


def _is_in_order():
    now = timezone.now()
    for need in Need.objects.prefetch_related("steps"):
        steps = sorted(need.steps.all(), key=lambda step: step.made_at)
        assert (steps[0].state, steps[-1].state, steps[-1].made_at <= now) == ("open", need.state, True)
        assert need.recorded_at >= need.person.created_at
    assert NeedStep.objects.count() > Need.objects.count()
    assert all(lead.filed_at <= lead.person.created_at for lead in Lead.objects.filter(state="registered"))
    for household in Household.objects.all():
        assert all(line.title and line.at <= now for line in timeline.lines_of(household))


def _is_recorded():
    for action, model in (("lead.file", Lead), ("need.add", Need), ("visit.record", Visit)):
        assert AuditEntry.objects.filter(action=action).count() == model.objects.count()
    assert AuditEntry.objects.filter(action="document.add").count() == Document.objects.count()
    given = Consent.objects.filter(state="given").count()
    assert AuditEntry.objects.filter(action="consent.give").count() == given


def _has_papers():
    """Scans that open, one that has expired, some that prove something, some that a receiver may see."""
    papers = Document.objects.standing().select_related("person")
    assert {"id_card_self", "hukou_booklet_family", "dibao_certificate"} <= {one.kind for one in papers}
    assert {one.file_kind for one in papers} == {"pdf", "jpg"}
    assert all(uploads.open_stored(one.file_key).read(4) in (b"%PDF", b"\xff\xd8\xff\xe0") for one in papers)
    assert any(one.is_expired for one in papers)
    assert papers.filter(categories__isnull=False).exists()
    receiver = Staff.objects.get(username="charity")
    assert any(disclosure.opened_by(receiver, one)[0] for one in papers)
