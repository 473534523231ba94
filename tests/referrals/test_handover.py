"""移交: who leads a case moves with the acceptance and comes back with the end; the record stays where it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Organization
from referrals import case_lines, cases_shown, chain, desks, disclosure
from referrals.actions import agreed, decisions, outcomes
from referrals.forms.desks import DeskFilter
from referrals.models import Referral
from tests.make.people import make_consent, make_safeguards
from tests.make.referrals import ITEMS, make_receiver, make_referral


def fresh(referral):
    return Referral.objects.get(pk=referral.pk)


def leader(referral):
    return chain.leader_of(fresh(referral))


@pytest.fixture
def sent(cast):
    return make_referral(cast.bureau_officer, cast.charity, kind="handover")


def move(act, actor, referral, *given, **named):
    current = fresh(referral)
    return act(actor, current, current.version, *given, **named)


def test_the_lead_moves_with_acceptance_stays_through_a_pause_and_a_dispute_and_returns_with_the_end(cast, sent):
    charity, bureau, reviewer = cast.charity, cast.bureau, cast.charity_reviewer
    assert leader(sent) == bureau
    move(decisions.sign_referral, reviewer, sent)
    move(decisions.return_referral, reviewer, sent, ["住在哪里？"])
    assert leader(sent) == bureau
    question = fresh(sent).questions.get()
    move(decisions.answer_referral, cast.bureau_officer, sent, {question.code: "一街道"})
    later = timezone.localdate() + timedelta(days=9)
    move(decisions.hold_referral, reviewer, sent, later, "等材料")
    assert leader(sent) == bureau
    move(decisions.resume_referral, reviewer, sent)
    move(decisions.accept_referral, reviewer, sent)
    assert leader(sent) == charity
    assert fresh(sent).person.keeper == bureau
    move(outcomes.begin_help, reviewer, sent, "contact")
    move(decisions.hold_referral, reviewer, sent, later, "住院中")
    assert leader(sent) == charity
    move(decisions.resume_referral, reviewer, sent)
    report = {"effects": dict.fromkeys(sent.needs.all(), "met"), "summary": "已陪同办理", "no_aid_reason": "只陪同"}
    move(outcomes.report_outcome, reviewer, sent, report)
    move(outcomes.dispute_outcome, cast.bureau_officer, sent, "还没有到账")
    assert leader(sent) == charity
    move(outcomes.report_outcome, reviewer, sent, report)
    move(outcomes.confirm_outcome, cast.bureau_officer, sent)
    assert leader(sent) == bureau
    asked = move(outcomes.reopen_referral, cast.bureau_officer, sent, "又有困难")
    agreed.agree(cast.bureau_approver, asked)
    assert leader(sent) == charity
    lines = case_lines.lines_of(cast.bureau_officer, fresh(sent), cases_shown.steps_of(sent), True)
    said = [line.lead for line in lines if line.lead]
    assert said == [str(charity), str(bureau), str(charity)]


def test_help_that_fails_while_it_is_paused_gives_the_lead_back_too(cast, sent):
    move(decisions.sign_referral, cast.charity_reviewer, sent)
    move(decisions.accept_referral, cast.charity_reviewer, sent)
    move(decisions.hold_referral, cast.charity_reviewer, sent, timezone.localdate() + timedelta(days=9), "住院中")
    move(outcomes.fail_referral, cast.charity_reviewer, sent, "moved.moved", "搬走了")
    assert leader(sent) == cast.bureau
    lines = case_lines.lines_of(cast.bureau_officer, fresh(sent), cases_shown.steps_of(sent), True)
    assert [line.lead for line in lines if line.lead] == [str(cast.bureau), str(cast.charity)]


def test_an_ordinary_referral_is_led_by_its_sender_all_the_way(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="in_progress", by=cast.charity_reviewer)
    assert leader(referral) == cast.bureau
    assert not referral.is_handed_over


def test_what_is_forwarded_goes_back_to_the_first_sender_until_the_next_one_accepts(cast):
    sent = make_referral(
        cast.bureau_officer, cast.charity, kind="handover", state="accepted", by=cast.charity_reviewer
    )  # fmt: skip
    assert leader(sent) == cast.charity
    third = make_receiver(Organization.objects.get(pk=cast.other_charity.pk))
    make_safeguards(sent.person.keeper, third)
    make_consent(sent.person, [third], actor=cast.bureau_officer, items=ITEMS)
    child = move(decisions.forward_referral, cast.charity_reviewer, sent, third)
    assert leader(sent) == leader(child) == cast.bureau
    Referral.objects.filter(pk=child.pk).update(state="accepted")
    assert leader(sent) == leader(child) == third


def test_page_lists_filters_and_the_other_system_say_who_leads(cast, browse, sent):
    charity, bureau = browse(cast.charity_reviewer), browse(cast.bureau_officer)
    url = f"/referrals/{sent.code}/"
    assert "接收以后由甲区慈善会牵头" in bureau.get(url).content.decode()
    move(decisions.sign_referral, cast.charity_reviewer, sent)
    assert "这是移交" in charity.get(f"{url}accept/").content.decode()
    assert "本单位牵头" not in charity.get("/referrals/received/").context["rows"]
    move(decisions.accept_referral, cast.charity_reviewer, sent)
    assert "已移交，本人的资料仍由甲区民政局保管" in charity.get(url).content.decode()
    assert "从此由甲区慈善会牵头" in charity.get(f"{url}steps/").content.decode()
    assert "本单位牵头" in charity.get("/referrals/received/").context["rows"]
    assert "对方牵头" in bureau.get("/referrals/sent/").context["rows"]
    assert charity.get(f"/api/v1{url}").json()["is_handed_over"] is True
    make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    for staff, desk, found in ((cast.charity_reviewer, desks.RECEIVED, 1), (cast.bureau_officer, desks.SENT, 1)):
        asked = DeskFilter({"led": "on"}, staff=staff, desk=desk)
        tab = desks.tab_of(staff, desk, "open")
        assert len(desks.fetch_rows(staff, desk, tab, asked)(tab.order, None, 10)) == found


def test_taking_a_case_over_shows_no_more_of_the_person(cast, sent):
    move(decisions.sign_referral, cast.charity_reviewer, sent)
    before = disclosure.permitted(cast.charity_reviewer, sent.person).items
    move(decisions.accept_referral, cast.charity_reviewer, sent)
    assert disclosure.permitted(cast.charity_reviewer, sent.person).items == before
