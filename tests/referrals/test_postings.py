"""Needs without names: who may put them up, what they tell, who claims them, what becomes of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from referrals import boards
from referrals.actions import postings as actions
from referrals.models import Claim, Posting
from tests.cast import Cast
from tests.make.board import make_claim, make_posting
from tests.make.people import make_need, make_person
from tests.make.units import make_organization, make_staff
from tests.threads import at_once


def somebody_else(cast):
    """Of another charity of the county."""
    unit = make_organization("另一慈善会", "charity_association", cast.county)
    return make_staff(organization=unit, roles=["charity_reviewer"])


@pytest.fixture
def posting(cast):
    return make_posting(cast.town_caseworker)


def test_others_read_what_was_written_for_them_and_nothing_of_the_person(cast, browse):
    person = make_person(cast.town, name="某某甲")
    need = make_need(person, wish="想换一台氧气机")
    posting = make_posting(cast.town_caseworker, need)
    charity = browse(cast.charity_reviewer)
    listed = charity.get("/postings/").content.decode()
    shown = charity.get(f"/postings/{posting.code}/").content.decode()
    for page in (listed, shown):
        assert "冬天取暖的费用" in page
        for secret in (person.name, person.code, need.code, "氧气机", person.number):
            assert secret not in page


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": "请打 0467-555" + "1234"}, "words"),
        ({"words": "给某某甲买煤"}, "words"),
        ({"words": "   "}, "words"),
        ({"until": timezone.localdate() + timedelta(days=91)}, "until"),
        ({"until": timezone.localdate() - timedelta(days=1)}, "until"),
    ],
)
def test_what_would_tell_who_it_is_or_hang_too_long_is_refused(cast, values, field):
    need = make_need(make_person(cast.town, name="某某甲"))
    with pytest.raises(Refusal) as refused:
        make_posting(cast.town_caseworker, need, **values)
    assert refused.value.field == field
    assert not Posting.objects.exists()


def test_it_lies_where_the_person_lives_and_never_in_a_village(cast):
    need = make_need(make_person(cast.town))
    with pytest.raises(Refusal):
        make_posting(cast.town_caseworker, need, area=cast.other_bureau.area)
    assert make_posting(cast.town_caseworker, need, area=cast.county).county == cast.county.code


def test_a_need_hangs_once_and_only_while_it_is_open(cast, posting):
    with pytest.raises(Refusal):
        make_posting(cast.town_caseworker, posting.need)
    met = make_need(make_person(cast.town), state="met")
    with pytest.raises(Refusal):
        make_posting(cast.town_caseworker, met)


def test_only_who_works_on_the_person_puts_it_up(cast):
    need = make_need(make_person(cast.town))
    for name in ("charity_reviewer", "city_supervisor", "other_bureau_approver"):
        with pytest.raises(PermissionDenied):
            make_posting(getattr(cast, name), need)


def test_a_claim_waits_for_the_answer_and_shows_on_the_desk(cast, posting):
    claim = make_claim(posting, cast.charity_reviewer)
    assert claim.state == "waiting"
    assert boards.count_waiting(cast.town_caseworker) == 1
    assert boards.count_waiting(cast.charity_reviewer) == 0
    with pytest.raises(Refusal):
        make_claim(posting, cast.charity_approver)


def test_no_unit_claims_its_own_and_a_suspended_one_none(cast, posting):
    with pytest.raises(PermissionDenied):
        make_claim(posting, cast.town_caseworker)
    cast.charity.is_suspended = True
    cast.charity.save(update_fields=["is_suspended"])
    cast.charity_reviewer.organization.refresh_from_db()
    with pytest.raises(Refusal):
        make_claim(posting, cast.charity_reviewer)


def test_one_is_taken_up_and_the_others_hear_so(cast, posting):
    other = somebody_else(cast)
    first, second = make_claim(posting, cast.charity_reviewer), make_claim(posting, other)
    actions.take_up_claim(cast.town_caseworker, first, first.version)
    states = dict(Claim.objects.values_list("code", "state"))
    posting.refresh_from_db()
    assert (states[first.code], states[second.code], posting.state) == ("taken_up", "declined", "matched")
    with pytest.raises(Refusal):
        make_claim(posting, other)
    second.refresh_from_db()
    assert second.reason == "已与其他单位对接。"


def test_taking_up_leads_to_the_referral_with_that_unit_as_its_receiver(cast, posting, browse):
    claim = make_claim(posting, cast.charity_reviewer)
    town = browse(cast.town_caseworker)
    response = town.post(f"/claims/{claim.code}/take-up/", {"version": claim.version})
    to = response.headers["Location"]
    assert to == (f"/people/{posting.need.person.code}/refer/?need={posting.need.code}&receiver={cast.charity.code}")
    assert town.get(to).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_claims_cannot_both_be_taken_up_at_once():
    cast = Cast.assemble()
    posting = make_posting(cast.town_caseworker)
    other = somebody_else(cast)
    claims = [make_claim(posting, one) for one in (cast.charity_reviewer, other)]

    def take(claim):
        actions.take_up_claim(cast.town_caseworker, Claim.objects.get(pk=claim.pk), claim.version)

    assert at_once(*[lambda claim=claim: take(claim) for claim in claims]) == ["Refusal", "done"]
    assert Claim.objects.filter(state="taken_up").count() == 1


def test_a_claim_given_up_puts_the_need_up_again(cast, posting):
    claim = make_claim(posting, cast.charity_reviewer)
    actions.take_up_claim(cast.town_caseworker, claim, claim.version)
    claim.refresh_from_db()
    with pytest.raises(Refusal):
        actions.release_claim(cast.charity_reviewer, claim, claim.version, "")
    actions.release_claim(cast.charity_reviewer, claim, claim.version, "志愿者生病了")
    posting.refresh_from_db()
    assert posting.state == "open"


def test_a_stale_page_changes_nothing(cast, posting):
    with pytest.raises(Stale):
        actions.edit_posting(cast.town_caseworker, posting, posting.version + 1, {"words": "另一种说法"})
    with pytest.raises(Refusal):
        actions.withdraw_posting(cast.town_caseworker, posting, posting.version + 1, "不需要了")
    posting.refresh_from_db()
    assert (posting.state, posting.words) == ("open", "冬天取暖的费用")


def test_withdrawn_it_is_gone_for_others_and_those_who_wait_hear_why(cast, posting, browse):
    claim = make_claim(posting, cast.charity_reviewer)
    other = somebody_else(cast)
    actions.withdraw_posting(cast.town_caseworker, posting, posting.version, "家属已经解决")
    claim.refresh_from_db()
    assert (claim.state, claim.reason) == ("declined", "家属已经解决")
    assert browse(other).get(f"/postings/{posting.code}/").status_code == 404
    assert browse(cast.charity_reviewer).get(f"/postings/{posting.code}/").status_code == 200
    again = Posting.objects.get()
    actions.reopen_posting(cast.town_caseworker, again, again.version, timezone.localdate())
    assert browse(other).get(f"/postings/{posting.code}/").status_code == 200


def test_after_its_last_day_it_is_up_for_nobody(cast, posting, browse):
    Posting.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert browse(cast.charity_reviewer).get(f"/postings/{posting.code}/").status_code == 404
    with pytest.raises(Refusal):
        make_claim(Posting.objects.get(), cast.charity_reviewer)


def test_a_claim_is_between_its_two_units(cast, posting, browse):
    claim = make_claim(posting, cast.charity_reviewer)
    other = somebody_else(cast)
    assert "送一车煤" not in browse(other).get(f"/postings/{posting.code}/").content.decode()
    assert browse(other).post(f"/claims/{claim.code}/release/", {"reason": "x"}).status_code == 403
    assert browse(cast.charity_reviewer).post(f"/claims/{claim.code}/take-up/").status_code == 403


def test_what_is_put_up_and_claimed_stands_in_the_audit(cast, posting):
    claim = make_claim(posting, cast.charity_reviewer)
    actions.decline_claim(cast.town_caseworker, claim, claim.version, "已经有人送了")
    deeds = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert deeds[-3:] == ["posting.post", "claim.make", "claim.decline"]
