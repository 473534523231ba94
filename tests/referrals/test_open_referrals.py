"""Two records of one person are merged while a referral is open."""

import pytest

from members.access import Refusal
from referrals.actions import decisions
from referrals.actions.mergers import merge_people, undo_merger
from referrals.actions.provisions import see_received
from referrals.actions.referrals import AlreadyReferred, send_referral
from referrals.models import Person, Provision, Referral
from tests.make.catalogue import make_program
from tests.make.people import make_person
from tests.make.referrals import make_draft, make_referral


@pytest.fixture
def pair(cast):
    return make_person(cast.town, name="王某", number="", phone="0467-2345678"), make_person(cast.town, name="王某")


def test_an_open_referral_follows_the_record_and_goes_on(cast, pair):
    kept, dropped = pair
    referral = make_referral(cast.bureau_officer, cast.charity, person=dropped, program=make_program(cast.charity))
    merger = merge_people(cast.bureau_officer, kept, dropped, "同一人")
    referral.refresh_from_db()
    assert referral.person == kept
    decisions.sign_referral(cast.charity_reviewer, referral, referral.version)
    referral.refresh_from_db()
    again = make_draft(cast.bureau_officer, cast.charity, Person.objects.get(pk=kept.pk), program=referral.program,
                       is_covered=False)  # fmt: skip
    with pytest.raises(AlreadyReferred):
        send_referral(cast.bureau_officer, again, again.version)
    decisions.accept_referral(cast.charity_reviewer, referral, referral.version)
    undo_merger(cast.bureau_officer, merger, "不是同一人")
    assert Referral.objects.get(pk=referral.pk).person == dropped


def test_what_was_passed_on_is_read_from_the_record_that_stays(cast, pair):
    kept, dropped = pair
    make_referral(cast.bureau_officer, cast.charity, person=dropped)
    merge_people(cast.bureau_officer, kept, dropped, "同一人")
    provision = Provision.objects.select_related("person", "receiver", "provider").get()
    _permitted, rows = see_received(cast.charity_approver, provision)
    assert "0467-2345678" in str(rows)


def test_two_open_referrals_of_one_program_are_not_merged_into_one_person(cast, pair):
    kept, dropped = pair
    program = make_program(cast.charity)
    first, second = (
        make_referral(cast.bureau_officer, cast.charity, person=person, program=program) for person in (kept, dropped)
    )
    with pytest.raises(Refusal, match=f"{first.number}、{second.number}"):
        merge_people(cast.bureau_officer, kept, dropped, "同一人")
    assert {one.person for one in Referral.objects.all()} == {kept, dropped}
    decisions.reject_referral(cast.charity_reviewer, second, second.version, "no_capacity.no_funds")
    merge_people(cast.bureau_officer, kept, dropped, "同一人")
    assert {one.person for one in Referral.objects.all()} == {kept}
