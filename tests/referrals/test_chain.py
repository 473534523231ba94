"""Passed on and on: the first sender follows it; queues and pauses are looked at again on their day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.access import Refusal
from members.models import OutboxMessage
from referrals.actions import decisions, outcomes
from referrals.models import Referral
from tests.make.catalogue import make_program, make_round
from tests.make.people import make_consent, make_person, make_safeguards
from tests.make.referrals import ITEMS, make_receiver, make_referral
from tests.make.units import make_organization, make_staff


def pass_on(cast, referral, by, unit):
    """The consent of the first hour covers the next unit too."""
    make_receiver(unit)
    make_safeguards(referral.person.keeper, unit)
    make_consent(referral.person, [unit], actor=cast.bureau_officer, items=ITEMS)
    return decisions.forward_referral(by, referral, referral.version, unit, note="由它办理更合适")


def test_the_first_sender_follows_the_chain_to_its_end(cast, browse):
    person = make_person(cast.town, name="陈某甲")
    first = make_referral(cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer)
    second = pass_on(cast, first, cast.charity_reviewer, cast.other_charity)
    reviewer = make_staff(organization=cast.other_charity, roles=["charity_reviewer"])
    third_unit = make_organization(kind="foundation", area=cast.county)
    third = pass_on(cast, second, reviewer, third_unit)
    assert (third.depth, third.number) == (2, f"{first.number}-1-2")
    last = make_staff(organization=third_unit, roles=["charity_reviewer"])
    before = OutboxMessage.objects.filter(payload__staff=cast.bureau_officer.code).count()
    decisions.reject_referral(last, third, third.version, "no_capacity.no_funds")
    assert OutboxMessage.objects.filter(payload__staff=cast.bureau_officer.code).count() == before + 1
    page = browse(cast.bureau_officer).get(f"/referrals/{first.code}/").content.decode()
    for link in (second, third):
        assert f"/referrals/{link.code}/" in page
    assert "资金不足" in page
    middle = browse(cast.charity_reviewer).get(f"/referrals/{third.code}/").content.decode()
    assert "转介链" in middle
    assert "陈某甲" not in middle
    seen = browse(last).get(f"/referrals/{third.code}/").content.decode()
    assert f"/referrals/{first.code}/" not in seen


def test_nobody_left_to_answer_for_the_list_is_said_in_words(cast):
    first = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    cast.bureau_officer.is_active = False
    cast.bureau_officer.save()
    first = Referral.objects.get(pk=first.pk)
    make_receiver(cast.other_charity)
    with pytest.raises(Refusal, match="改派经办人"):
        decisions.forward_referral(cast.charity_reviewer, first, first.version, cast.other_charity)


def test_a_queue_is_looked_at_again_and_a_freed_place_calls_the_next(cast):
    program = make_program(cast.charity)
    held = make_round(program, quota=1)
    taken, waiting = (
        make_referral(cast.bureau_officer, cast.charity, program=program, state="received", by=cast.charity_reviewer)
        for _time in range(2)
    )
    decisions.accept_referral(cast.charity_reviewer, taken, taken.version)
    with pytest.raises(Refusal):
        decisions.accept_referral(cast.charity_reviewer, waiting, waiting.version)
    far = timezone.localdate() + timedelta(days=30)
    decisions.wait_referral(cast.charity_reviewer, waiting, waiting.version, far)
    waiting.refresh_from_db()
    since = waiting.state_since
    decisions.look_again(cast.charity_reviewer, waiting, waiting.version, "keep_waiting", far + timedelta(days=30))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_on, waiting.state_since) == ("waitlisted", far + timedelta(days=30), since)
    taken.refresh_from_db()
    outcomes.fail_referral(cast.charity_reviewer, taken, taken.version, "moved.moved", "搬走了")
    held.refresh_from_db()
    waiting.refresh_from_db()
    assert (held.quota_used, waiting.due_on) == (0, timezone.localdate())
    decisions.accept_referral(cast.charity_reviewer, waiting, waiting.version)
    held.refresh_from_db()
    assert held.quota_used == 1


def test_a_pause_is_looked_at_again_and_ends_where_it_began(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="on_hold", by=cast.charity_reviewer)
    with pytest.raises(Refusal, match="以后哪一天"):
        decisions.look_again(
            cast.charity_reviewer, referral, referral.version, "keep_on_hold", timezone.localdate()
        )  # fmt: skip
    decisions.look_again(
        cast.charity_reviewer, referral, referral.version, "keep_on_hold", timezone.localdate() + timedelta(days=40)
    )
    referral.refresh_from_db()
    decisions.resume_referral(cast.charity_reviewer, referral, referral.version)
    assert Referral.objects.get().state == "received"
