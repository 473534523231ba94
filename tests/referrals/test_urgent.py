"""救急难: before the consent and the papers, with a second person, the least data and 72 hours."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from members.access import Refusal
from members.models import OutboxMessage
from referrals import disclosure
from referrals.actions import decisions, outcomes, urgent
from referrals.actions.referrals import approve_sending, send_back, send_referral
from referrals.models import DisclosureLog, Provision, Referral, UrgentLane
from tests.make.people import make_consent, make_person, make_safeguards
from tests.make.referrals import URGENT_ITEMS as ITEMS
from tests.make.referrals import make_draft, make_urgent


def go(cast, **values):
    """Asked for by the officer; waits for the approver. No consent, no agreement, no assessment stands."""
    person = make_person(cast.town, name="陈某甲")
    draft = make_draft(cast.bureau_officer, cast.charity, person, is_covered=False, ground="still_in_difficulty")
    said = {"ground": "life", "words": "重症送医，家属未到", "items": ITEMS, **values}
    return urgent.go_urgent(cast.bureau_officer, draft, draft.version, **said)


def sent(cast):
    person = make_person(cast.town, name="陈某甲")
    return make_urgent(cast.bureau_officer, cast.bureau_approver, cast.charity, person=person)


def late(referral):
    UrgentLane.objects.filter(referral=referral).update(due_at=timezone.now() - timedelta(minutes=1))


def test_it_goes_without_consent_after_a_second_person_agreed(cast, browse):
    waiting = go(cast)
    assert (waiting.state, waiting.urgency, waiting.is_urgent_lane) == ("review", "critical", True)
    told = OutboxMessage.objects.filter(topic="referral.urgent").values_list("payload__staff", flat=True)
    assert list(told) == [cast.bureau_approver.code]
    assert "救急难等您审核" in browse(cast.bureau_approver).get("/").content.decode()
    assert "救急难等您审核" not in browse(cast.bureau_officer).get("/").content.decode()
    with pytest.raises(Refusal, match="另一个人"):
        approve_sending(cast.bureau_officer, waiting, waiting.version)
    assert "重症送医" in browse(cast.bureau_approver).get(f"/referrals/{waiting.code}/").content.decode()
    approve_sending(cast.bureau_approver, waiting, waiting.version)
    referral = Referral.objects.get()
    provision = Provision.objects.get()
    assert (referral.state, provision.consent, provision.items) == ("sent", None, ITEMS)
    page = browse(cast.charity_reviewer).get(f"/referrals/{referral.code}/").content.decode()
    assert "陈某甲" in page
    assert "等补齐同意" in page
    assert DisclosureLog.objects.filter(kind="seen", receiver=cast.charity).exists()
    assert disclosure.permitted(cast.charity_reviewer, referral.person).items == set(ITEMS)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"words": " "}, "words"), ({"items": ["account", "number"]}, "items"), ({"items": []}, "items")],
)
def test_it_asks_why_and_takes_the_least(values, field, cast):
    with pytest.raises(Refusal) as refused:
        go(cast, **values)
    assert refused.value.field == field
    assert not UrgentLane.objects.exists()


def test_what_is_more_than_needed_does_not_go_along(cast):
    waiting = go(cast, items=[*ITEMS, "account", "number"])
    assert waiting.items == ITEMS
    send_back(cast.bureau_approver, waiting, waiting.version, "写清在哪家医院")
    draft = Referral.objects.get()
    Referral.objects.update(items=[*ITEMS, "account"])
    with pytest.raises(Refusal, match="收款银行账户"):
        send_referral(cast.bureau_officer, draft, draft.version)


def test_there_was_time_to_ask_after_all(cast):
    waiting = go(cast)
    send_back(cast.bureau_approver, waiting, waiting.version, "先问家属")
    draft = Referral.objects.get()
    plain = urgent.leave_urgent(cast.bureau_officer, draft, draft.version)
    assert not plain.is_urgent_lane
    with pytest.raises(Refusal):
        send_referral(cast.bureau_officer, plain, plain.version)


def test_a_consent_in_time_takes_the_place_of_the_ground(cast):
    referral = sent(cast)
    with pytest.raises(Refusal, match="没有同意"):
        urgent.bring_consent(cast.bureau_officer, referral, referral.version)
    make_safeguards(cast.town, cast.charity)
    make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    urgent.bring_consent(cast.bureau_officer, referral, referral.version)
    assert (referral.manifests.count(), UrgentLane.objects.get().state) == (2, "consented")
    assert Provision.objects.open().get().consent is not None
    late(referral)
    assert urgent.end_lapsed() == 0
    assert disclosure.permitted(cast.charity_reviewer, referral.person).items == set(ITEMS)


def test_without_a_consent_the_road_closes_and_opens_again_with_one(cast, browse):
    referral = sent(cast)
    urgent.warn_of_ends(timezone.now() + timedelta(hours=50))
    urgent.warn_of_ends(timezone.now() + timedelta(hours=51))
    assert OutboxMessage.objects.filter(topic="referral.lane").count() == 1
    late(referral)
    # Closed at the moment it ends, before the clock comes by.
    assert not disclosure.permitted(cast.charity_reviewer, referral.person)
    assert urgent.end_lapsed() == 1
    assert urgent.end_lapsed() == 0
    page = browse(cast.charity_reviewer).get(f"/referrals/{referral.code}/").content.decode()
    assert "陈某甲" not in page
    assert "救急难的依据已于" in page
    referral.refresh_from_db()
    assert (referral.state, referral.steps.last().verb) == ("sent", "lapse_lane")
    make_safeguards(cast.town, cast.charity)
    make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    urgent.bring_consent(cast.bureau_officer, referral, referral.version)
    assert disclosure.permitted(cast.charity_reviewer, referral.person)


def test_the_clock_finds_a_consent_that_nobody_reported(cast):
    referral = sent(cast)
    make_safeguards(cast.town, cast.charity)
    make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    late(referral)
    assert urgent.end_lapsed() == 0
    assert UrgentLane.objects.get().state == "consented"


def test_help_comes_before_the_papers_and_the_end_after_them(cast):
    referral = sent(cast)
    decisions.sign_referral(cast.charity_reviewer, referral, referral.version)
    for act in (decisions.accept_referral, lambda *seen: outcomes.begin_help(*seen, "grant")):
        referral.refresh_from_db()
        act(cast.charity_reviewer, referral, referral.version)
    referral.refresh_from_db()
    said = {"effects": dict.fromkeys(referral.needs.all(), "eased"), "summary": "已入院", "no_aid_reason": "由医院垫付"}
    outcomes.report_outcome(cast.charity_reviewer, referral, referral.version, said)
    referral.refresh_from_db()
    with pytest.raises(Refusal, match="先补齐同意和材料"):
        outcomes.confirm_outcome(cast.bureau_officer, referral, referral.version)
    make_safeguards(cast.town, cast.charity)
    make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    for bring in (urgent.bring_consent, urgent.complete_papers):
        referral.refresh_from_db()
        bring(cast.bureau_officer, referral, referral.version)
    referral.refresh_from_db()
    outcomes.confirm_outcome(cast.bureau_officer, referral, referral.version)
    referral.refresh_from_db()
    assert referral.state == "closed"


def test_the_register_is_read_by_those_above_and_names_nobody(cast, browse):
    sent(cast)
    for person, sees in (
        (cast.city_supervisor, True),
        (cast.charity_reviewer, True),
        (cast.other_bureau_approver, False),
    ):
        page = browse(person).get("/referrals/urgent/?show=wanting").content.decode()
        assert (Referral.objects.get().number in page) is sees
        assert "陈某甲" not in page
    browse(cast.bureau_officer).get("/")


def test_the_database_keeps_a_list_on_a_consent_or_on_a_ground(cast):
    referral = sent(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        Provision.objects.create(
            person=referral.person, provider=cast.town, receiver=cast.charity, purpose="refer_to_org", items=ITEMS,
            reason="没有依据", digest="x", provided_by=cast.bureau_officer,
        )  # fmt: skip
