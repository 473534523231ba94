"""What went wrong in systems like this one, each tried here.

Others stand where their subject is: a state set by its name in test_referral_api, a person merged in
test_open_referrals, old data under a clock that was just switched on in test_referral_moves.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.access import Refusal
from members.actions.staff import depart_staff
from members.models import AuditEntry, OutboxMessage, Staff
from programs.models import FundPot
from referrals.actions import aid, deadlines, decisions, moves, outcomes
from referrals.actions.consents import withdraw_consent
from referrals.models import AidLine, Consent, Referral, ReferralStep
from referrals.workflow import MOST_FORWARDINGS
from tests.cast import Cast
from tests.make.catalogue import make_fund, make_income, make_program, make_round
from tests.make.people import make_person
from tests.make.referrals import make_receiver, make_referral
from tests.make.units import make_relation, make_staff
from tests.referrals.test_chain import pass_on
from tests.threads import at_once

TODAY = timezone.localdate


# -- Both sides hear --------------------------------------------------------------------------------------------------
def told_of(step):
    """The units whose people hear of a step."""
    told = OutboxMessage.objects.filter(topic="referral.moved", payload__step=step.code)
    codes = told.values_list("payload__staff", flat=True)
    return set(Staff.objects.filter(code__in=list(codes)).values_list("organization__name", flat=True))


def test_the_other_side_hears_of_every_step(cast):
    """Whoever makes it knows it; of what a second person agreed to, the unit that asked hears too."""
    bureau, charity = {cast.bureau.name}, {cast.charity.name}
    sender, receiver = cast.bureau_officer, cast.charity_reviewer
    referral = make_referral(sender, cast.charity, state="returned", by=receiver)
    question, day = referral.questions.get(), TODAY() + timedelta(days=9)
    effects = {"effects": dict.fromkeys(referral.needs.all(), "met"), "no_aid_reason": "只需咨询"}
    for act in (
        lambda at: decisions.answer_referral(sender, at, at.version, {question.code: "一街道"}),
        lambda at: outcomes.amend_referral(sender, at, at.version, {"urgency": "urgent"}, "病情加重"),
        lambda at: decisions.hold_referral(receiver, at, at.version, day, "住院中"),
        lambda at: decisions.look_again(receiver, at, at.version, "keep_on_hold", day),
        lambda at: decisions.resume_referral(receiver, at, at.version),
        lambda at: decisions.accept_referral(receiver, at, at.version),
        lambda at: outcomes.begin_help(receiver, at, at.version, "contact"),
        lambda at: outcomes.report_outcome(receiver, at, at.version, effects),
        lambda at: outcomes.dispute_outcome(sender, at, at.version, "没有收到"),
        lambda at: outcomes.report_outcome(receiver, at, at.version, effects),
        lambda at: outcomes.confirm_outcome(sender, at, at.version),
    ):
        act(Referral.objects.get())
    heard = [(step.verb, told_of(step)) for step in ReferralStep.objects.order_by("pk")]
    assert heard == [
        ("send", charity), ("sign", bureau), ("return", bureau), ("answer", charity), ("amend", charity),
        ("hold", bureau), ("keep_on_hold", bureau), ("resume", bureau), ("accept", bureau), ("begin", bureau),
        ("report", bureau), ("dispute", charity), ("report", bureau), ("confirm", charity),
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["consent", "word", "expiry"])
def test_both_sides_hear_how_it_ended_without_them(way, cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    if way == "consent":
        withdraw_consent(None, Consent.objects.get(), channel="online")
    elif way == "word":
        outcomes.withdraw_referral(cast.bureau_approver, referral, referral.version, "declined.refuses", "当面")
    else:
        Referral.objects.update(due_on=TODAY() - timedelta(days=1), rung="superior")
        deadlines.climb()
    assert told_of(ReferralStep.objects.latest("pk")) == {cast.bureau.name, cast.charity.name}


# -- At the same moment -----------------------------------------------------------------------------------------------
def heard_by(act):
    """The deed, and what whoever was refused is told."""
    said = []

    def deed():
        try:
            act()
        except Refusal as refusal:
            said.append(refusal.message)
            raise

    return deed, said


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_wins_and_the_other_is_told_who():
    """One test for all of them: every test with real transactions empties all tables after itself."""
    cast = Cast.assemble()
    fund = make_fund(cast.charity)
    make_income(fund)
    program = make_program(cast.charity)
    held = make_round(program, quota=1)
    one, two = (
        make_referral(
            cast.bureau_officer, cast.charity, person=make_person(cast.town), program=program, state="received",
            by=cast.charity_reviewer,
        )
        for _time in range(2)
    )  # fmt: skip
    people = (cast.charity_reviewer, cast.charity_approver)
    deeds, said = zip(
        *[heard_by(lambda by=by: decisions.accept_referral(by, one, one.version)) for by in people], strict=True
    )
    assert at_once(*deeds) == ["Moved", "done"]
    one.refresh_from_db()
    assert (one.state, one.steps.filter(verb="accept").count()) == ("accepted", 1)
    (words,) = [word for words in said for word in words]
    assert str(one.changed_by) in words
    assert "已接收" in words

    # The last place of the round is taken by now.
    with pytest.raises(Refusal, match="名额"):
        decisions.accept_referral(cast.charity_reviewer, two, two.version)
    held.refresh_from_db()
    assert held.quota_used == 1

    values = {"form": "cash", "amount": Decimal(500), "fund": fund, "program": None}
    line = aid.propose_aid(cast.charity_reviewer, one.person, values, referral=one)
    approvers = (cast.charity_approver, make_staff("另一审批", cast.charity, ["charity_approver"]))
    assert at_once(*[lambda by=by: aid.approve_aid(by, line, line.version) for by in approvers]) == ["Stale", "done"]
    line.refresh_from_db()
    assert (line.state, pot_of(fund)) == ("approved", (500, 0))

    finance = (cast.charity_finance, make_staff("另一财务", cast.charity, ["charity_finance"]))
    pays = [
        lambda by=by, number=number: aid.pay_aid(by, line, line.version, day=TODAY(), reference=f"FK-{number}")
        for number, by in enumerate(finance)
    ]
    assert at_once(*pays) == ["Stale", "done"]
    line.refresh_from_db()
    assert at_once(*[lambda by=by: aid.settle_aid(by, line, line.version) for by in approvers]) == ["Stale", "done"]
    line.refresh_from_db()
    assert (line.state, line.paid, pot_of(fund)) == ("paid", 500, (0, 500))
    assert AidLine.objects.count() == 1


def pot_of(fund):
    pot = FundPot.objects.get(fund=fund)
    return (pot.committed, pot.paid)


# -- Round in circles -------------------------------------------------------------------------------------------------
def test_no_chain_comes_back_to_anybody_on_it_and_none_is_longer_than_three(cast):
    first = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    second = pass_on(cast, first, cast.charity_reviewer, cast.other_charity)
    by = make_staff(organization=cast.other_charity, roles=["charity_reviewer"])
    for unit in (cast.bureau, cast.charity, cast.other_charity):
        with pytest.raises(Refusal, match="已经在这条转介链上"):
            decisions.forward_referral(by, second, second.version, unit)
    Referral.objects.filter(pk=second.pk).update(depth=MOST_FORWARDINGS)
    with pytest.raises(Refusal, match="不能再转"):
        decisions.forward_referral(by, second, second.version, make_receiver(cast.other_bureau))
    assert (Referral.objects.count(), Referral.objects.get(pk=second.pk).state) == (2, "sent")


# -- A place that was kept --------------------------------------------------------------------------------------------
def lapse(_cast, referral):
    """As old data may stand: it was accepted once, waits for an answer now, and nobody answers."""
    Referral.objects.filter(pk=referral.pk).update(state="returned", due_on=TODAY() - timedelta(days=400))
    day = TODAY()
    for _run in range(5):
        deadlines.climb(day)
        day += timedelta(days=9)


PLACE_COMES_BACK = {
    "expired": lapse,
    "cancelled": lambda cast, at: outcomes.cancel_referral(cast.bureau_officer, at, at.version, "declined.refuses"),
    "withdrawn": lambda cast, _at: withdraw_consent(cast.bureau_officer, Consent.objects.get(), channel="counter"),
    "forwarded": lambda cast, at: pass_on(cast, at, cast.charity_reviewer, cast.other_charity),
}


@pytest.mark.parametrize("end", PLACE_COMES_BACK)
def test_a_kept_place_comes_back_once_however_it_ends(end, cast):
    program = make_program(cast.charity)
    held = make_round(program, quota=1)
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=make_person(cast.town), program=program, state="accepted",
        by=cast.charity_reviewer,
    )  # fmt: skip
    held.refresh_from_db()
    assert held.quota_used == 1
    PLACE_COMES_BACK[end](cast, referral)
    referral.refresh_from_db()
    held.refresh_from_db()
    assert (referral.state, referral.holds_place, held.quota_used) == (end, False, 0)


# -- Whoever leaves ---------------------------------------------------------------------------------------------------
def test_what_somebody_leaves_behind_goes_to_a_colleague_who_may_or_to_the_unit(cast):
    """On either side; nobody inherits kin; and the case goes on in other hands."""
    colleague = make_staff("接手同事", cast.charity, ["charity_reviewer"])
    plain, near = (
        make_referral(cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer)
        for person in (make_person(cast.town), make_person(cast.town))
    )
    make_relation(colleague, name=near.person.name, number=near.person.number)
    depart_staff(cast.charity_admin, cast.charity_reviewer, reason="调离", successor=colleague)
    plain.refresh_from_db()
    near.refresh_from_db()
    assert (plain.handler, near.handler) == (colleague, None)
    assert [one.steps.last().verb for one in (plain, near)] == ["reassign", "reassign"]
    told = moves.hearers(near, "receiver")
    assert cast.charity_approver in told
    assert cast.charity_reviewer not in told
    gone = Staff.objects.get(pk=cast.charity_reviewer.pk)
    with pytest.raises(Exception, match=r"^$|.+"):
        decisions.accept_referral(gone, plain, plain.version)
    decisions.accept_referral(colleague, plain, plain.version)
    with pytest.raises(Refusal, match="回避"):
        decisions.accept_referral(colleague, near, near.version)
    decisions.accept_referral(cast.charity_approver, near, near.version)
    near.refresh_from_db()
    assert (near.state, near.handler) == ("accepted", cast.charity_approver)
    assert AuditEntry.objects.filter(action="referral.reassign").count() == 2
