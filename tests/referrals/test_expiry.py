"""What the clock does with consents, the yearly report on minors, and the demo's consents."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members.access import Refusal
from members.management.demo import accounts, events, units
from members.models import AuditEntry
from referrals import consents_shown, disclosure
from referrals.actions import decisions
from referrals.actions.consents import withdraw_consent
from referrals.actions.expiry import end_expired, warn_of_expiry
from referrals.models import Consent, DisclosureLog, Provision
from tests.make.people import make_consent, make_minor_approval, make_person, make_provision, make_safeguards
from tests.make.referrals import ITEMS, make_referral


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def test_a_warning_comes_once_a_month_ahead(cast):
    soon = make_consent(make_person(cast.town), [cast.charity], actor=cast.bureau_officer, until=in_days(30))
    make_consent(make_person(cast.town), [cast.charity], actor=cast.bureau_officer, until=in_days(31))
    assert warn_of_expiry() == 1
    assert warn_of_expiry() == 0
    soon.refresh_from_db()
    assert soon.expiry_warned_at
    assert AuditEntry.objects.filter(action="consent.warn").get().object_code == soon.code


def test_what_ends_soon_is_counted_where_somebody_can_ask_again(cast):
    person = make_person(cast.town)
    consent = make_consent(person, [cast.charity], actor=cast.bureau_officer, until=in_days(10))
    assert consents_shown.count_ending_soon(cast.bureau_officer) == 1
    assert consents_shown.count_ending_soon(cast.charity_reviewer) == 0
    make_consent(person, [cast.charity], actor=cast.bureau_officer)
    assert consents_shown.count_ending_soon(cast.bureau_officer) == 0
    other = make_consent(make_person(cast.town), [cast.charity], actor=cast.bureau_officer, until=in_days(10))
    assert list(consents_shown.ending_soon(cast.town_caseworker)) == [other]
    withdraw_consent(cast.bureau_officer, other, channel="phone")
    assert consents_shown.count_ending_soon(cast.bureau_officer) == 0
    assert consent.is_live


def test_what_stood_on_an_ended_consent_is_closed_in_the_log(cast):
    provision = make_provision(cast.bureau_officer, make_person(cast.town), cast.charity)
    day_after = provision.consent.valid_until + timedelta(days=1)
    assert end_expired() == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda *args: day_after)
        assert end_expired() == 1
        assert end_expired() == 0
    provision.refresh_from_db()
    assert provision.ended == "expired"
    assert DisclosureLog.objects.filter(kind="ended", actor=None).count() == 1


def after_the_consent(act):
    """What happens on the day after the first consent's last."""
    day_after = Consent.objects.order_by("pk").first().valid_until + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda *args: day_after)
        return act()


def a_short_case(cast, state):
    """Under a consent of ten days."""
    person = make_person(cast.town)
    make_safeguards(cast.town, cast.charity)
    make_consent(person, [cast.charity], actor=cast.bureau_officer, items=ITEMS, until=in_days(10))
    return make_referral(
        cast.bureau_officer, cast.charity, person=person, is_covered=False, state=state, by=cast.charity_reviewer
    )


def seen_by(staff, referral):
    return disclosure.permitted(staff, referral.person).items


def test_a_case_goes_on_under_the_consent_that_was_given_in_time(cast):
    """Asked again before the first one ran out: the receiver sees the same, and who keeps the log sees why."""
    referral = a_short_case(cast, "in_progress")
    shown = seen_by(cast.charity_reviewer, referral)
    make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS, until=in_days(300))
    assert referral.manifests.count() == 1
    assert after_the_consent(lambda: (end_expired(), seen_by(cast.charity_reviewer, referral))) == (1, shown)
    assert referral.manifests.first().reason == "重新征得同意"


def test_a_case_whose_consent_ran_out_stands_still_until_the_person_agrees_again(cast):
    """And then as far as they agree: of three items to two."""
    referral = a_short_case(cast, "received")

    def ask_again():
        end_expired()
        assert seen_by(cast.charity_reviewer, referral) == frozenset()
        with pytest.raises(Refusal, match="不能接收"):
            decisions.accept_referral(cast.charity_reviewer, referral, referral.version)
        make_consent(referral.person, [cast.other_charity], actor=cast.bureau_officer, items=ITEMS, until=in_days(300))
        assert seen_by(cast.charity_reviewer, referral) == frozenset()
        make_consent(referral.person, [cast.charity], actor=cast.bureau_officer, items=ITEMS[:2], until=in_days(300))
        decisions.accept_referral(cast.charity_reviewer, referral, referral.version)
        return seen_by(cast.charity_reviewer, referral)

    assert after_the_consent(ask_again) == frozenset(ITEMS[:2])


def test_the_yearly_report_counts_looks_with_and_without_approval(cast, browse):
    child = make_person(cast.town, name="测试幼童", born=f"{date.today().year - 8}-01-01")
    make_minor_approval(cast.bureau_officer, child)
    browse(cast.bureau_officer).get(f"/people/{child.code}/")
    browse(cast.town_caseworker).get(f"/people/{child.code}/")
    out = StringIO()
    call_command("report_minors", stdout=out)
    told = out.getvalue()
    assert "查看未成年人个案的次数,1" in told
    assert "没有查到对应批准的次数,0" in told
    assert child.name not in told


def test_the_demo_world_has_consents_of_every_kind(db, settings):
    settings.DEMO = True
    call_command("load_areas", verbosity=0)
    made = units.load()
    accounts.load(made)
    events.load(made)
    call_command("load_wordings", verbosity=0)
    call_command("load_people", families=60, verbosity=0)
    call_command("load_consents", verbosity=0)
    before = Consent.objects.count()
    assert before >= 8
    assert {one.standing for one in Consent.objects.with_terms()} >= {"refused", "in_force", "reduced", "withdrawn"}
    assert Provision.objects.open().exists()
    call_command("load_consents", verbosity=0)
    assert Consent.objects.count() == before


def test_no_demo_consents_without_its_flag(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_consents", verbosity=0)
