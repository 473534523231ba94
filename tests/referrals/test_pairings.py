"""Pairings: with the person of a case or with a place, their log, and who may look at it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from members.access import Refusal, Stale
from referrals import pairings_shown
from referrals.actions import pairings as actions
from referrals.models import Pairing, PairingVisit
from tests.make.board import make_area_pairing, make_pairing, make_pairing_visit, pairing_values
from tests.make.referrals import make_referral


@pytest.fixture
def pairing(cast):
    return make_pairing(cast.bureau_officer, cast.charity_reviewer)


def test_the_unit_that_has_the_case_pairs_and_nobody_else(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    for name in ("bureau_officer", "city_supervisor", "other_bureau_approver"):
        with pytest.raises(PermissionDenied):
            actions.begin_pairing(getattr(cast, name), referral, pairing_values())
    assert actions.begin_pairing(cast.charity_reviewer, referral, pairing_values()).is_active


@pytest.mark.parametrize("state", ["sent", "closed", "rejected"])
def test_only_while_the_case_is_in_hand(cast, state):
    referral = make_referral(cast.bureau_officer, cast.charity, state=state, by=cast.charity_reviewer)
    with pytest.raises(Refusal):
        actions.begin_pairing(cast.charity_reviewer, referral, pairing_values())


def test_both_sides_follow_the_log_and_only_the_giver_unit_knows_who_comes(cast, pairing, browse):
    make_pairing_visit(pairing, cast.charity_reviewer, worry="屋顶漏雨")
    url = f"/pairings/{pairing.code}/"
    for who in (cast.charity_reviewer, cast.bureau_officer):
        page = browse(who).get(url).content.decode()
        assert "一起包饺子" in page
        assert "屋顶漏雨" in page
        assert ("演示志愿队" in page) == (who == cast.charity_reviewer)
    assert browse(cast.other_bureau_approver).get(url).status_code == 404


def test_a_case_shows_its_pairings(cast, pairing, browse):
    page = browse(cast.charity_reviewer).get(f"/referrals/{pairing.referral.code}/").content.decode()
    assert f"/pairings/{pairing.code}/" in page


def test_the_next_visit_is_due_from_the_last_one(cast, pairing):
    today = timezone.localdate()
    assert pairing.next_on == today - timedelta(days=13)
    assert pairings_shown.count_late(cast.charity_reviewer) == 1
    make_pairing_visit(pairing, cast.charity_reviewer)
    pairing.refresh_from_db()
    assert pairing.next_on == today + timedelta(days=7)
    assert pairings_shown.count_late(cast.charity_reviewer) == 0
    make_pairing_visit(pairing, cast.charity_reviewer, on=today - timedelta(days=5))
    pairing.refresh_from_db()
    assert pairing.next_on == today + timedelta(days=7)


@pytest.mark.parametrize("days", [1, -40])
def test_no_visit_before_it_began_or_tomorrow(cast, pairing, days):
    with pytest.raises(Refusal):
        make_pairing_visit(pairing, cast.charity_reviewer, on=timezone.localdate() + timedelta(days=days))
    assert not PairingVisit.objects.exists()


def test_ended_nothing_is_written_any_more(cast, pairing):
    today = timezone.localdate()
    with pytest.raises(Refusal):
        actions.end_pairing(cast.charity_reviewer, pairing, pairing.version, today, "  ")
    with pytest.raises(Stale):
        actions.end_pairing(cast.charity_reviewer, pairing, pairing.version + 1, today, "搬走了")
    actions.end_pairing(cast.charity_reviewer, pairing, pairing.version, today, "搬走了")
    with pytest.raises(Refusal):
        make_pairing_visit(pairing, cast.charity_reviewer)
    assert Pairing.objects.get().next_on is None


def test_the_log_is_kept_as_it_was(cast, pairing):
    visit = make_pairing_visit(pairing, cast.charity_reviewer)
    for change in (lambda: PairingVisit.objects.update(minutes=1), visit.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_place_is_stood_by_without_a_name_and_its_bureau_sees_it(cast, browse):
    pairing = make_area_pairing(cast.charity_reviewer, cast.county)
    assert "甲区" in browse(cast.bureau_officer).get(f"/pairings/{pairing.code}/").content.decode()
    assert browse(cast.other_bureau_approver).get(f"/pairings/{pairing.code}/").status_code == 404
    with pytest.raises(Refusal):
        make_area_pairing(cast.charity_reviewer, cast.county)
    with pytest.raises(Refusal):
        make_area_pairing(cast.charity_reviewer, cast.town_area, kind="volunteer_pairing")


def test_weak_areas_are_found_by_their_tag(cast, browse):
    make_area_pairing(cast.charity_reviewer, cast.county)
    charity = browse(cast.charity_reviewer)
    tags = [choice[0] for choice in type(cast.county)._meta.get_field("tags").base_field.choices]
    cast.county.tags = tags[:1]
    cast.county.save(update_fields=["tags"])
    assert "甲区" in charity.get(f"/pairings/?tag={tags[0]}").content.decode()
    assert "没有这样的结对" in charity.get(f"/pairings/?tag={tags[1]}").content.decode()


def test_pages_walk_from_the_case_to_the_end(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    charity = browse(cast.charity_reviewer)
    today = timezone.localdate().isoformat()
    said = {"kind": "one_to_one", "giver": "演示爱心人士", "aim": "资助到毕业", "since": today, "every_days": "30"}
    url = charity.post(f"/referrals/{referral.code}/pair/", said).headers["Location"]
    visit = {"on": today, "kind": "call", "minutes": "20", "done": "问了期末考试"}
    assert charity.post(f"{url}visit/", {**visit, "minutes": "0"}).status_code == 200
    assert charity.post(f"{url}visit/", visit).headers["Location"] == url
    assert "问了期末考试" in charity.get(url).content.decode()
    ended = {"ended_on": today, "reason": "毕业了", "version": Pairing.objects.get().version}
    assert charity.post(f"{url}end/", ended).headers["Location"] == url
    assert "毕业了" in charity.get(url).content.decode()
