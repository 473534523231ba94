"""工作紧急会商: what is still disputed after one dispute is settled by the bureau, and no clock closes it before."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.models import OutboxMessage
from referrals import desks, turns
from referrals.actions import consultations, deadlines, outcomes
from referrals.models import Referral
from tests.make.people import make_person
from tests.make.referrals import make_referral
from tests.make.units import make_staff


def fresh(referral):
    return Referral.objects.get(pk=referral.pk)


def report_again(cast, referral):
    effects = dict.fromkeys(referral.needs.all(), "unchanged")
    said = {"effects": effects, "summary": "仍按原方案", "no_aid_reason": "没有余款"}
    outcomes.report_outcome(cast.charity_reviewer, referral, referral.version, said)
    return fresh(referral)


@pytest.fixture
def disputed(cast):
    """Disputed once, and reported again."""
    person = make_person(cast.town)
    made = make_referral(cast.bureau_officer, cast.charity, person=person, by=cast.charity_reviewer, state="reported")
    outcomes.dispute_outcome(cast.bureau_officer, made, made.version, "家里没有收到")
    return report_again(cast, fresh(made))


@pytest.fixture
def consulted(cast, disputed):
    consultations.ask_consultation(cast.bureau_officer, disputed, disputed.version, "金额对不上")
    return fresh(disputed)


def test_only_after_a_dispute_and_with_what_it_is_about(cast, disputed):
    first = make_referral(cast.bureau_officer, cast.charity, by=cast.charity_reviewer, state="reported")
    with pytest.raises(Refusal, match="先提出一次异议"):
        consultations.ask_consultation(cast.bureau_officer, first, first.version, "金额对不上")
    with pytest.raises(Refusal, match="请提请工作紧急会商"):
        outcomes.dispute_outcome(cast.bureau_officer, disputed, disputed.version, "还是没有")
    with pytest.raises(Refusal, match="写明还有什么分歧"):
        consultations.ask_consultation(cast.bureau_officer, disputed, disputed.version, " ")
    with pytest.raises(PermissionDenied):
        consultations.ask_consultation(cast.charity_reviewer, disputed, disputed.version, "金额对不上")


def test_both_sides_and_the_bureau_are_told_and_the_clock_waits(cast, disputed):
    liaison = make_staff(organization=cast.bureau, roles=["liaison_officer"])
    OutboxMessage.objects.all().delete()
    consultations.ask_consultation(cast.bureau_officer, disputed, disputed.version, "金额对不上")
    told = set(OutboxMessage.objects.filter(topic="referral.moved").values_list("payload__staff", flat=True))
    assert told == {staff.code for staff in (cast.charity_reviewer, cast.bureau_approver, liaison)}
    Referral.objects.update(due_on=timezone.localdate() - timedelta(days=30))
    assert deadlines.close_silent() == 0
    again = fresh(disputed)
    with pytest.raises(Refusal, match="先提出一次异议"):
        consultations.ask_consultation(cast.bureau_officer, again, again.version, "再提")


def test_the_conclusion_is_the_bureaus_and_of_nobody_who_handles_the_case(cast, consulted):
    charitys = make_staff(organization=cast.charity, roles=["liaison_officer"])
    assert turns.why_not(charitys, consulted, "uphold").is_hidden
    with pytest.raises(PermissionDenied):
        consultations.uphold_report(cast.charity_approver, consulted, consulted.version, "双方同意")
    Referral.objects.update(sender_handler=cast.bureau_approver)
    with pytest.raises(Refusal, match="由别人记录"):
        consultations.uphold_report(cast.bureau_approver, consulted, consulted.version, "双方同意")
    assert turns.why_not(cast.other_bureau_approver, consulted, "help_on").is_hidden


def test_a_report_that_is_upheld_is_confirmed_or_closed_by_the_clock_and_not_consulted_again(cast, consulted):
    with pytest.raises(Refusal, match="结论和理由"):
        consultations.uphold_report(cast.bureau_approver, consulted, consulted.version, "")
    consultations.uphold_report(cast.bureau_approver, consulted, consulted.version, "账目核对无误")
    upheld = fresh(consulted)
    assert (upheld.state, upheld.is_in_consultation) == ("reported", False)
    with pytest.raises(Refusal, match="已经会商过"):
        consultations.ask_consultation(cast.bureau_officer, upheld, upheld.version, "还是不同意")
    assert deadlines.close_silent(upheld.due_on) == 0
    assert deadlines.close_silent(upheld.due_on + timedelta(days=1)) == 1


def test_help_that_goes_on_is_reported_anew_and_may_be_consulted_anew(cast, consulted):
    consultations.help_on(cast.bureau_approver, consulted, consulted.version, "再补一次")
    again = fresh(consulted)
    assert (again.state, again.is_in_consultation) == ("in_progress", False)
    reported = report_again(cast, again)
    consultations.ask_consultation(cast.bureau_officer, reported, reported.version, "仍未解决")
    assert fresh(reported).is_in_consultation
    outcomes.confirm_outcome(cast.bureau_officer, reported, fresh(reported).version)
    assert not Referral.objects.in_consultation().exists()


def test_the_bureau_finds_it_on_its_desk_and_today_and_everyone_on_the_page(cast, consulted, browse):
    page = reverse("referrals:show_referral", args=[consulted.code])
    for staff in (cast.charity_reviewer, cast.bureau_officer):
        shown = browse(staff).get(page).content.decode()
        assert "工作紧急会商中" in shown
        assert "仍有分歧的，请提请" not in shown
        assert reverse("referrals:uphold_referral", args=[consulted.code]) not in shown
    session = browse(cast.bureau_approver)
    assert reverse("referrals:uphold_referral", args=[consulted.code]) in session.get(page).content.decode()
    tab = reverse("referrals:list_area_referrals") + "?tab=to_consult"
    assert tab.replace("&", "&amp;") in session.get("/").content.decode()
    assert consulted.number in session.get(tab).content.decode()
    assert desks.counts_of(cast.bureau_approver, desks.AREA)["to_consult"] == 1
    assert "to_consult" not in {one.code for one in desks.tabs_for(cast.city_supervisor, desks.AREA)}
    answer = session.post(
        reverse("referrals:help_on_referral", args=[consulted.code]), {"version": consulted.version, "note": "再补一次"}
    )
    assert (answer.status_code, fresh(consulted).state) == (302, "in_progress")
