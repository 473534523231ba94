"""Random histories of one person whom two units are asked to help: whatever people do in whatever order, these hold."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from members.access import Refusal
from members.models import AuditEntry, OutboxMessage
from programs.actions.rounds import take_place
from programs.models import FundPot, Round
from referrals import aid_turns, disclosure, turns
from referrals.actions import aid
from referrals.actions.agreed import agree, decline
from referrals.actions.consents import withdraw_consent
from referrals.actions.decisions import accept_referral, answer_referral, sign_referral
from referrals.actions.referrals import AlreadyReferred, draft_referral, send_referral
from referrals.models import AidLine, Consent, Person, Referral, ReferralApproval, ReferralStep, TimelineEntry
from tests.depth import DEPTH
from tests.make.catalogue import make_fund, make_income, make_program, make_round
from tests.make.people import make_consent, make_need, make_person, make_safeguards
from tests.make.referrals import ITEMS, make_receiver
from tests.make.units import make_staff
from tests.referrals.test_every_cell import deeds

OPEN = {"review", "sent", "received", "returned", "waitlisted", "accepted", "in_progress", "on_hold", "reported"}
# Ended so that the receiver sees nothing more.
LET_GO = {"rejected", "forwarded", "cancelled", "withdrawn", "expired", "failed", "in_error"}
SET_ASIDE = {"approved", "paying", "part_paid"}
QUOTA = 2
INCOME = Decimal(1000)


class Histories(RuleBasedStateMachine):
    cast = None

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        cast = self.cast
        self.person = make_person(cast.town)
        self.needs = [make_need(self.person), make_need(self.person, kind="study")]
        self.programs = [make_program(unit) for unit in (cast.charity, cast.other_charity)]
        self.round = make_round(self.programs[0], quota=QUOTA)
        self.fund, self.others, self.paid = make_fund(cast.charity), 0, 0
        make_income(self.fund, INCOME)
        self.receivers = [make_receiver(cast.charity), make_receiver(cast.other_charity)]
        for unit in self.receivers:
            make_safeguards(cast.town, unit)
        self.people = [cast.bureau_officer, cast.bureau_approver, cast.charity_reviewer, cast.charity_approver]
        self.people += [make_staff(organization=cast.other_charity, roles=["charity_reviewer"]) for _one in range(2)]
        self.helpers = [*self.people[2:4], cast.charity_finance, make_staff("另一", cast.charity, ["charity_approver"])]
        self.consents = {0: self._consent(0), 1: self._consent(1)}
        for which in (0, 1):
            self._send(which)

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def _consent(self, which):
        return make_consent(self.person, [self.receivers[which]], actor=self.cast.bureau_officer, items=ITEMS)

    def _send(self, which):
        values = {
            "needs": [self.needs[which]], "ground": "policy_gap", "items": ITEMS, "circumstances": "收入不足",
            "program": self.programs[which],
        }  # fmt: skip
        with transaction.atomic():
            draft = draft_referral(self.cast.bureau_officer, self.person, self.receivers[which], values)
            send_referral(self.cast.bureau_officer, draft, draft.version)

    def _open(self, which):
        return Referral.objects.filter(program=self.programs[which], state__in=OPEN)

    @initialize(data=st.data(), stage=st.sampled_from(["helped", "accepted", "sent"]))
    def the_first_is_taken_on_already(self, data, stage):
        """In most histories, so that help comes into them."""
        for act in (sign_referral, accept_referral) if stage != "sent" else ():
            referral = self._open(0).get()
            act(self.cast.charity_reviewer, referral, referral.version)
        if stage == "helped":
            self.help_is_proposed(data, 0)
            line = AidLine.objects.get()
            aid.approve_aid(self.cast.charity_approver, line, line.version)

    # -- What people do ------------------------------------------------------------------------------------------------
    @rule(data=st.data())
    def something_happens(self, data):
        """One rule that weighs them: people work more often than they change their mind."""
        which = data.draw(st.sampled_from([0, 1]), "which")
        data.draw(st.sampled_from(WEIGHED), "what")(self, data, which)

    def somebody_makes_a_move(self, data, _which):
        """Any that the table allows somebody now. What it asks besides may be missing: then nothing happens."""
        referral = data.draw(st.sampled_from(list(Referral.objects.order_by("pk"))), "referral")
        acts = {**deeds(self.cast, referral), "answer": self._answer}
        for verb in ("forward", "bring_consent", "complete_papers"):
            del acts[verb]
        can = [
            (verb, by) for verb in acts for by in range(len(self.people))
            if not turns.why_not(self.people[by], referral, verb)
        ]  # fmt: skip
        if not can:
            return
        verb, by = data.draw(st.sampled_from(can), "move")
        before = (referral.state, referral.version)
        try:
            asked = acts[verb](self.people[by], referral, referral.version)
        except Refusal:
            referral.refresh_from_db()
            assert (referral.state, referral.version) == before
            return
        if isinstance(asked, ReferralApproval):
            second = self.people[by + 1 if by % 2 == 0 else by - 1]
            (agree if data.draw(st.booleans(), "agreed") else decline)(second, asked, "看过")

    def _answer(self, by, referral, version):
        waiting = referral.questions.filter(answered_at=None)
        return answer_referral(by, referral, version, dict.fromkeys(waiting.values_list("code", flat=True), "一街道"))

    def the_person_takes_the_consent_back(self, _data, which):
        consent = self.consents.pop(which, None)
        if consent is not None:
            withdraw_consent(None, Consent.objects.get(pk=consent.pk), channel="online")

    def the_person_agrees_again(self, _data, which):
        if which not in self.consents:
            self.consents[which] = self._consent(which)

    def it_is_sent_once_more(self, _data, which):
        is_open = self._open(which).exists()
        try:
            self._send(which)
        except AlreadyReferred:
            assert is_open
        except Refusal:
            assert not is_open
        else:
            assert not is_open
            assert which in self.consents

    def a_place_is_used_or_given_back_elsewhere(self, _data, which):
        number = (1, -1)[which]
        if self.others + number < 0:
            return
        try:
            take_place(self.cast.charity_approver, self.round, number)
        except Refusal:
            return
        self.others += number

    def help_is_proposed(self, _data, which):
        referral, amount = self._open(0).filter(state__in=["accepted", "in_progress"]).first(), (300, 700)[which]
        if referral is None:
            return
        values = {"form": "cash", "amount": Decimal(amount), "fund": self.fund, "program": None}
        try:
            aid.propose_aid(self.cast.charity_reviewer, referral.person, values, referral=referral)
        except Refusal:
            return

    def somebody_goes_on_with_the_help(self, data, _which):
        if not AidLine.objects.exists():
            return
        line = data.draw(st.sampled_from(list(AidLine.objects.order_by("pk"))), "line")
        self.paid += 1
        acts = {
            "approve": lambda *at: aid.approve_aid(*at, note="仍有缺口"),
            "pay": lambda *at: aid.pay_aid(*at, day=line.proposed_at.date(), reference=f"FK-{self.paid}"),
            "settle": aid.settle_aid,
            "bounce": lambda *at: aid.bounce_aid(*at, "户名不符"),
            "cancel": lambda *at: aid.cancel_aid(*at, "不再需要"),
        }
        can = [(verb, by) for verb in acts for by in range(4) if not aid_turns.why_not(self.helpers[by], line, verb)]
        if not can:
            return
        verb, by = data.draw(st.sampled_from(can), "deed")
        try:
            acts[verb](self.helpers[by], line, line.version)
        except Refusal:
            return

    # -- What holds --------------------------------------------------------------------------------------------------
    @invariant()
    def nothing_is_shown_without_a_consent_of_this_moment(self):
        person = Person.objects.get(pk=self.person.pk)
        for which, reader in ((0, self.people[2]), (1, self.people[4])):
            seen = disclosure.permitted(reader, person).items
            states = set(Referral.objects.filter(receiver=self.receivers[which]).values_list("state", flat=True))
            if which not in self.consents or states <= LET_GO:
                assert not seen, (which, states)
            else:
                assert seen <= set(ITEMS)

    @invariant()
    def ledger_and_fund_agree(self):
        lines, pot = AidLine.objects.all(), FundPot.objects.get(fund=self.fund)
        assert pot.paid == sum(line.paid for line in lines)
        assert pot.committed == sum(line.amount - line.paid for line in lines if line.state in SET_ASIDE)
        assert pot.paid + pot.committed <= INCOME

    @invariant()
    def places_are_those_that_are_held(self):
        held = Referral.objects.filter(round=self.round, holds_place=True).count()
        used = Round.objects.get(pk=self.round.pk).quota_used
        assert used == self.others + held <= QUOTA

    @invariant()
    def one_is_open_at_most(self):
        assert all(self._open(which).count() <= 1 for which in (0, 1))

    @invariant()
    def every_change_left_its_lines(self):
        for referral in Referral.objects.prefetch_related("steps"):
            state = "draft"
            for step in sorted(referral.steps.all(), key=lambda step: step.version):
                assert step.from_state == state
                state = step.to_state
            assert referral.state == state
        steps = list(ReferralStep.objects.all())
        made = Counter(step.verb for step in steps)
        told = TimelineEntry.objects.filter(kind__startswith="referral_").values_list("kind", flat=True)
        audited = AuditEntry.objects.filter(action__startswith="referral.").values_list("action", flat=True)
        assert made.items() <= Counter(kind.removeprefix("referral_") for kind in told).items()
        assert made.items() <= Counter(action.removeprefix("referral.") for action in audited).items()
        heard = set(OutboxMessage.objects.filter(topic="referral.moved").values_list("payload__step", flat=True))
        assert {step.code for step in steps if step.verb != "reassign"} <= heard
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


WEIGHED = [
    *[Histories.somebody_makes_a_move] * 5, *[Histories.somebody_goes_on_with_the_help] * 5,
    *[Histories.help_is_proposed] * 2, Histories.the_person_takes_the_consent_back, Histories.the_person_agrees_again,
    Histories.it_is_sent_once_more, Histories.a_place_is_used_or_given_back_elsewhere,
]  # fmt: skip


@pytest.mark.slow
def test_whatever_people_do_in_whatever_order(cast):
    Histories.cast = cast
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=5 * DEPTH, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
        ),
    )  # fmt: skip
