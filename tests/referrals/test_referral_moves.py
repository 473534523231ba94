"""The table of moves: every cell of states × moves × roles, allowed and refused with its reason."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from members.access import Refusal
from members.models import AuditEntry, OutboxMessage
from programs.actions.rounds import take_place
from referrals import turns
from referrals.actions import deadlines, decisions, outcomes
from referrals.actions.agreed import agree, decline
from referrals.actions.consents import withdraw_consent
from referrals.actions.moves import Moved
from referrals.actions.referrals import AlreadyReferred, approve_sending, send_back, send_referral
from referrals.models import CaseSettings, Consent, Need, Referral, ReferralAccess, ReferralApproval, TimelineEntry
from referrals.workflow import ENDS, LIVE, MOVES, STANDINGS, State
from tests.make.catalogue import make_program, make_round
from tests.make.people import make_need, make_person
from tests.make.referrals import make_aid, make_draft, make_receiver, make_referral
from tests.make.units import make_organization, make_relation, make_staff

PEOPLE = ("bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver")
SENDER = {"bureau_officer", "bureau_approver"}
RECEIVER = {"charity_reviewer", "charity_approver"}
WRITERS = {
    "submit": SENDER, "send": SENDER, "approve_sending": SENDER, "send_back": SENDER, "sign": RECEIVER,
    "return": RECEIVER, "answer": SENDER, "accept": RECEIVER, "wait": RECEIVER, "reject": RECEIVER,
    "forward": RECEIVER, "begin": RECEIVER, "hold": RECEIVER, "resume": RECEIVER, "report": RECEIVER,
    "confirm": SENDER, "dispute": SENDER, "reopen": SENDER | RECEIVER, "cancel": SENDER,
    "withdraw": SENDER | RECEIVER, "fail": RECEIVER, "void": SENDER, "amend": SENDER,
    "reassign": {"bureau_approver", "charity_approver"},
}  # fmt: skip


def test_the_table_leads_only_to_states_it_knows():
    for move in MOVES.values():
        assert move.sources <= set(State)
        assert move.target in {*State, "", "paused_in"}
    assert set(STANDINGS) == set(State)
    assert {state for state in State if not any(move.applies_to(state) for move in MOVES.values())} == {State.IN_ERROR}
    assert all(move.verb == verb for verb, move in MOVES.items())
    assert ENDS.isdisjoint(LIVE)


@pytest.mark.parametrize("state", list(State))
def test_every_cell_of_states_moves_and_roles(state, cast):
    """Bureau to charity: who may do what, as buttons and actions see it. Who may not, is told why."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    referral.state, referral.paused_by = state, cast.charity
    for verb, writers in WRITERS.items():
        for name in PEOPLE:
            answer = turns.why_not(cast[name], referral, verb)
            may = name in writers and MOVES[verb].applies_to(state)
            assert (answer == "") is may, (state, verb, name, str(answer))


def test_from_need_to_closed_loop(cast):
    person = make_person(cast.town)
    referral = make_referral(cast.bureau_officer, cast.charity, person=person, by=cast.charity_reviewer, state="closed")
    assert [(step.verb, step.to_state) for step in referral.steps.all()] == [
        ("send", "sent"), ("sign", "received"), ("accept", "accepted"), ("report", "reported"), ("confirm", "closed"),
    ]  # fmt: skip
    assert Need.objects.get().state == "met"
    assert not ReferralAccess.objects.filter(is_open=True).exists()
    told = TimelineEntry.objects.filter(person=person, kind__startswith="referral_").order_by("pk")
    assert [entry.kind.removeprefix("referral_") for entry in told] == ["send", "sign", "accept", "report", "confirm"]
    verbs = AuditEntry.objects.filter(action__startswith="referral.").order_by("pk").values_list("action", flat=True)
    assert list(verbs) == [f"referral.{verb}" for verb in ("draft", "send", "sign", "accept", "report", "confirm")]
    assert OutboxMessage.objects.filter(topic="referral.moved").count() >= 5


def test_whoever_comes_second_hears_who_was_first(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    decisions.accept_referral(cast.charity_reviewer, referral, referral.version)
    with pytest.raises(Moved, match="慈善经办.*已接收"):
        decisions.reject_referral(cast.charity_approver, referral, referral.version, "no_capacity.no_funds")
    assert Referral.objects.get().state == "accepted"


def test_nothing_is_sent_without_a_consent(cast):
    draft = make_draft(cast.bureau_officer, cast.charity, is_covered=False)
    with pytest.raises(Refusal, match="没有同意"):
        send_referral(cast.bureau_officer, draft, draft.version)
    assert (Referral.objects.get().state, Referral.objects.get().number) == ("draft", "")


def test_one_open_referral_of_a_person_and_a_program(cast):
    person, program = make_person(cast.town), make_program(cast.charity)
    first = make_referral(cast.bureau_officer, cast.charity, person=person, program=program)
    again = make_draft(cast.bureau_officer, cast.charity, person, program=program, is_covered=False)
    with pytest.raises(AlreadyReferred) as refused:
        send_referral(cast.bureau_officer, again, again.version)
    assert refused.value.existing == first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ground": "not_yet_eligible"}, "scheme"),
        ({"ground": "still_in_difficulty", "government": "低保"}, "gap_yuan"),
        ({"items": []}, "items"),
        ({"kind": "lead"}, "kind"),
    ],
)
def test_an_unready_draft_is_refused_where_it_is_wanting(change, field, cast):
    draft = make_draft(cast.bureau_officer, cast.charity, **change)
    with pytest.raises(Refusal) as refused:
        send_referral(cast.bureau_officer, draft, draft.version)
    assert refused.value.field == field


def test_a_receiver_that_takes_no_such_referrals_gets_none(cast):
    draft = make_draft(cast.bureau_officer, cast.charity)
    cast.charity.directions = []
    cast.charity.save()
    with pytest.raises(Refusal, match="不接收"):
        send_referral(cast.bureau_officer, draft, draft.version)


def test_where_a_second_person_looks_first(cast):
    CaseSettings.objects.create(organization=cast.bureau, asks_review=True)
    draft = make_draft(cast.bureau_officer, cast.charity)
    send_referral(cast.bureau_officer, draft, draft.version)
    waiting = Referral.objects.get()
    assert waiting.state == "review"
    assert not waiting.access.filter(organization=cast.charity).exists()
    with pytest.raises(Refusal, match="另一个人"):
        approve_sending(cast.bureau_officer, waiting, waiting.version)
    send_back(cast.bureau_approver, waiting, waiting.version, "写清金额")
    back = Referral.objects.get()
    send_referral(cast.bureau_officer, back, back.version)
    again = Referral.objects.get()
    approve_sending(cast.bureau_approver, again, again.version)
    assert Referral.objects.get().state == "sent"


def test_questions_stop_the_clock_and_answers_start_it_again(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    due = referral.due_on
    decisions.return_referral(cast.charity_reviewer, referral, referral.version, questions=["住在哪里？"])
    returned = Referral.objects.get()
    assert returned.days_left is not None
    question = returned.questions.get()
    with pytest.raises(Refusal, match="都要答复"):
        decisions.answer_referral(cast.bureau_officer, returned, returned.version, {})
    decisions.answer_referral(cast.bureau_officer, returned, returned.version, {question.code: "在一街道"})
    back = Referral.objects.get()
    assert (back.state, back.due_on, back.days_left) == ("received", due, None)
    assert back.questions.get().answer == "在一街道"


def test_a_consent_taken_back_between_opening_and_accepting(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    withdraw_consent(cast.bureau_officer, Consent.objects.get(), channel="counter")
    stopped = Referral.objects.get()
    assert (stopped.state, stopped.reason_category) == ("withdrawn", "consent_withdrawn")
    with pytest.raises(Moved):
        decisions.accept_referral(cast.charity_reviewer, referral, referral.version)


def test_a_family_in_the_same_program_needs_a_second_person(cast):
    program = make_program(cast.charity)
    person = make_person(cast.town)
    kin = make_person(household=person.household)
    make_referral(
        cast.bureau_officer, cast.charity, person=kin, program=program, state="accepted", by=cast.charity_reviewer
    )
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, program=program, state="received", by=cast.charity_reviewer
    )
    with pytest.raises(Refusal, match="写明理由"):
        decisions.accept_referral(cast.charity_reviewer, referral, referral.version)
    decisions.accept_referral(cast.charity_reviewer, referral, referral.version, note="两个孩子都在上学")
    approval = ReferralApproval.objects.get()
    with pytest.raises(Refusal, match="另一个人"):
        agree(cast.charity_reviewer, approval)
    agree(cast.charity_approver, approval)
    referral.refresh_from_db()
    step = referral.steps.last()
    assert (referral.state, step.actor, step.approver) == ("accepted", cast.charity_reviewer, cast.charity_approver)


def test_what_a_second_person_declines_does_not_happen(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    asked = outcomes.void_referral(cast.bureau_officer, referral, referral.version, "录错了人")
    decline(cast.bureau_approver, asked, "没有录错")
    assert Referral.objects.get().state == "received"


def test_of_several_asked_side_by_side_one_accepts_and_the_others_fall_away(cast):
    person = make_person(cast.town)
    need = make_need(person)
    first = make_referral(cast.bureau_officer, cast.charity, person=person, needs=[need])
    Consent.objects.all()
    second = make_draft(cast.bureau_officer, cast.other_charity, person, needs=[need])
    send_referral(cast.bureau_officer, second, second.version)
    decisions.sign_referral(cast.charity_reviewer, first, first.version)
    first.refresh_from_db()
    decisions.accept_referral(cast.charity_reviewer, first, first.version)
    second.refresh_from_db()
    assert (second.state, second.reason_category) == ("cancelled", "obsolete")


def test_a_place_of_the_round_is_kept_and_comes_back(cast):
    program = make_program(cast.charity)
    held = make_round(program, quota=1)
    person = make_person(cast.town)
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, program=program, state="accepted", by=cast.charity_reviewer
    )
    held.refresh_from_db()
    assert (held.quota_used, referral.holds_place) == (1, True)
    outcomes.fail_referral(cast.charity_reviewer, referral, referral.version, "moved.moved", "搬走了")
    held.refresh_from_db()
    assert held.quota_used == 0


def test_whoever_reopens_takes_a_place_again_and_is_told_when_there_is_none(cast):
    """Closed without help the place went back, and another took it."""
    program = make_program(cast.charity)
    held = make_round(program, quota=1)
    referral = make_referral(cast.bureau_officer, cast.charity, program=program, by=cast.charity_reviewer,
                             state="accepted")  # fmt: skip
    effects = dict.fromkeys(referral.needs.all(), "unchanged")
    said = {"effects": effects, "summary": "本人住院", "no_aid_reason": "等出院"}
    outcomes.report_outcome(cast.charity_reviewer, referral, referral.version, said)
    referral.refresh_from_db()
    outcomes.confirm_outcome(cast.bureau_officer, referral, referral.version)
    closed = Referral.objects.get()
    assert closed.holds_place is False
    asked = outcomes.reopen_referral(cast.bureau_officer, closed, closed.version, "出院了")
    take_place(cast.charity_reviewer, held)
    with pytest.raises(Refusal, match="名额已满，不能重新办理"):
        agree(cast.bureau_approver, asked)
    with pytest.raises(Refusal, match="名额已满，不能重新办理"):
        outcomes.reopen_referral(cast.charity_approver, closed, closed.version, "出院了")
    take_place(cast.charity_reviewer, held, -1)
    agree(cast.bureau_approver, asked)
    held.refresh_from_db()
    reopened = Referral.objects.get()
    assert (reopened.state, reopened.holds_place, held.quota_used) == ("in_progress", True, 1)


def test_no_referral_goes_round_in_circles(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    with pytest.raises(Refusal, match="已经在这条转介链上"):
        decisions.forward_referral(cast.charity_reviewer, referral, referral.version, cast.bureau)


def test_the_clock_reminds_rung_by_rung_before_anything_expires(cast):
    """Switched on over old data it expires nothing on its first run."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    Referral.objects.update(due_on=timezone.localdate() - timedelta(days=400))
    day, seen = timezone.localdate(), []
    for _run in range(40):
        deadlines.climb(day)
        referral.refresh_from_db()
        seen.append((referral.state, referral.rung))
        day += timedelta(days=1)
    rungs = [one for number, one in enumerate(seen) if number == 0 or one != seen[number - 1]]
    assert rungs == [("sent", "handler"), ("sent", "colleagues"), ("sent", "superior"), ("expired", "")]


def test_whoever_declared_a_relation_stays_out_of_it(cast):
    person = make_person(cast.town)
    referral = make_referral(cast.bureau_officer, cast.charity, person=person)
    make_relation(cast.charity_reviewer, name=person.name, number=person.number)
    with pytest.raises(Refusal, match="回避"):
        decisions.sign_referral(cast.charity_reviewer, referral, referral.version)


def test_nobody_acts_for_a_charity_from_above(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    with pytest.raises(PermissionDenied):
        decisions.sign_referral(cast.bureau_approver, referral, referral.version)


def test_help_that_was_given_is_not_taken_back(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    make_aid(referral, cast.charity_reviewer)
    with pytest.raises(Refusal, match="不能撤回"):
        outcomes.cancel_referral(cast.bureau_officer, referral, referral.version, "declined.refuses")


def test_the_database_keeps_steps_and_sent_referrals(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    for break_it in (referral.delete, referral.steps.all().delete, lambda: referral.steps.update(verb="sign")):
        with pytest.raises(DatabaseError), transaction.atomic():
            break_it()


def test_a_stranger_sees_nothing_of_it(cast):
    make_referral(cast.bureau_officer, make_receiver(cast.charity))
    seen = {name for name in (*PEOPLE, "city_supervisor", "other_bureau_approver", "other_charity_admin")
            if Referral.objects.visible_to(cast[name]).exists()}  # fmt: skip
    assert seen == {"bureau_officer", "bureau_approver", "charity_reviewer", "charity_approver", "city_supervisor"}
    elsewhere = make_staff(organization=make_organization(kind="foundation"), roles=["charity_reviewer"])
    assert not Referral.objects.visible_to(elsewhere).exists()


def test_a_station_in_the_same_street_is_above_nobody(cast):
    station = make_organization(kind="service_station", level="town", area=cast.town.area)
    referral = make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town))
    units = dict(ReferralAccess.objects.filter(referral=referral).values_list("organization", "reason"))
    assert units[cast.bureau.pk] in ("above", "sender")
    assert station.pk not in units
