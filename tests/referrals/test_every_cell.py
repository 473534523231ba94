"""Every cell of states × moves × people, against a table written here by hand from the specification of a referral.

Nothing here is read from workflow.MOVES: which move leads away from which state, and who stands where, is said again.
"""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from members.access import Refusal
from members.models import AuditEntry, OutboxMessage
from referrals import turns
from referrals.actions import consultations, decisions, outcomes, referrals, urgent
from referrals.models import Referral, ReferralStep, TimelineEntry
from referrals.workflow import MOVES, State
from tests.cast import PEOPLE, Cast
from tests.make.referrals import make_referral, make_urgent

ENDS = "closed rejected forwarded cancelled withdrawn expired failed in_error"
UNDER_WAY = "accepted in_progress on_hold reported"
BEFORE = "sent received returned waitlisted"
STATES = f"draft review {BEFORE} {UNDER_WAY} {ENDS}".split()

# Move: who (a column of ROADS), and in which states.
CELLS = {
    "submit": ("writes", "draft"),
    "send": ("sends", "draft"),
    "approve_sending": ("sends", "review"),
    "send_back": ("sends", "review"),
    "sign": ("receives", "sent"),
    "return": ("receives", "received"),
    "answer": ("writes", "returned"),
    "accept": ("decides", "received waitlisted"),
    "wait": ("decides", "received"),
    "keep_waiting": ("decides", "waitlisted"),
    "reject": ("decides", "sent received waitlisted"),
    "forward": ("decides", "sent received accepted"),
    "begin": ("receives", "accepted"),
    "hold": ("receives", "received accepted in_progress"),
    "keep_on_hold": ("receives", "on_hold"),
    "resume": ("receives", "on_hold"),
    "report": ("receives", "accepted in_progress"),
    "confirm": ("writes", "reported"),
    "dispute": ("writes", "reported"),
    "reopen": ("coordinates", "closed"),
    "cancel": ("writes", "sent received returned waitlisted accepted"),
    "withdraw": ("withdraws", f"review {BEFORE} {UNDER_WAY}"),
    "fail": ("decides", "accepted in_progress on_hold"),
    # A draft is thrown away instead, and nothing is voided twice.
    "void": ("writes", f"review {BEFORE} {UNDER_WAY} {ENDS}".removesuffix(" in_error")),
    "amend": ("writes", BEFORE),
    "reassign": ("reassigns", f"review {BEFORE} {UNDER_WAY}"),
    # 救急难 only, and only what is still wanting.
    "bring_consent": ("writes", f"{BEFORE} {UNDER_WAY}"),
    "complete_papers": ("writes", f"{BEFORE} {UNDER_WAY}"),
    # Of one dispute and of what came after it: see STAGES.
    "consult": ("writes", "reported"),
    "uphold": ("consults", "reported"),
    "help_on": ("consults", "reported"),
}
# How far a dispute got -> what each of its moves answers then, to whom it is open.
STAGES = {
    "reported": {"dispute": "yes", "consult": "stage", "uphold": "stage", "help_on": "stage"},
    "disputed": {"dispute": "words", "consult": "yes", "uphold": "stage", "help_on": "stage"},
    "consulted": {"dispute": "stage", "consult": "stage", "uphold": "yes", "help_on": "yes"},
    "upheld": {"dispute": "stage", "consult": "words", "uphold": "stage", "help_on": "stage"},
}
BY_CLOCK = ("lapse_lane", "fall_away", "close", "consent_ended", "expire")
LANE = ("bring_consent", "complete_papers")

_BUREAU = "bureau_officer bureau_approver"
_CHARITY = "charity_reviewer charity_approver"
# A consultation is brought about by the bureau that the case concerns.
_CONSULTS = "bureau_approver liaison_officer"
# From, to: who stands where, by what their role is for. Civil affairs also acts for the towns below; nobody from above
# acts for a charity, and finance, administrators, supervisors and finders act on no case at all.
ROADS = {
    ("bureau", "charity"): {
        "writes": _BUREAU, "sends": _BUREAU, "receives": _CHARITY, "decides": _CHARITY,
        "coordinates": f"{_BUREAU} {_CHARITY}", "withdraws": f"{_BUREAU} {_CHARITY}",
        "reassigns": "bureau_approver charity_approver charity_admin",
    },
    ("town", "charity"): {
        "writes": f"town_caseworker {_BUREAU}", "sends": _BUREAU, "receives": _CHARITY, "decides": _CHARITY,
        "coordinates": f"{_BUREAU} {_CHARITY}", "withdraws": f"town_caseworker {_BUREAU} {_CHARITY}",
        "reassigns": "bureau_approver charity_approver charity_admin",
    },
    ("charity", "town"): {
        "writes": _CHARITY, "sends": _CHARITY, "receives": f"town_caseworker {_BUREAU}",
        "decides": f"town_caseworker {_BUREAU}",
        "coordinates": f"{_BUREAU} {_CHARITY}", "withdraws": f"town_caseworker {_BUREAU} {_CHARITY}",
        "reassigns": "bureau_approver charity_approver charity_admin",
    },
    ("charity", "red_cross"): {
        "writes": _CHARITY, "sends": _CHARITY, "receives": "member_officer", "decides": "member_officer",
        "coordinates": f"{_BUREAU} {_CHARITY} member_officer", "withdraws": f"{_CHARITY} member_officer",
        "reassigns": "charity_approver charity_admin",
    },
    ("charity", "hospital"): {
        "writes": _CHARITY, "sends": _CHARITY, "receives": "partner_agent", "decides": "",
        "coordinates": f"{_BUREAU} {_CHARITY}", "withdraws": _CHARITY, "reassigns": "charity_approver charity_admin",
    },
    ("other_bureau", "other_charity"): {
        "writes": "other_bureau_approver", "sends": "other_bureau_approver", "receives": "", "decides": "",
        "coordinates": f"other_bureau_approver {_BUREAU}", "withdraws": "other_bureau_approver",
        "reassigns": "other_bureau_approver other_charity_admin", "consults": f"{_CONSULTS} other_bureau_approver",
    },
}  # fmt: skip


def kind_of(answer):
    """yes, role (not theirs: no button), state (not now: no button), lane, stage, or words that a button carries."""
    if not answer:
        return "yes"
    if not answer.is_hidden:
        return "words"
    return {"这一步": "role", "现在是": "state", "不是救": "lane"}.get(answer[:3], "stage")


def expected(verb, state, name, road, *, is_lane=False, stage="reported"):
    if name not in who_may(road, verb):
        return "role"
    if state not in CELLS[verb][1].split():
        return "state"
    if verb in STAGES[stage]:
        return STAGES[stage][verb]
    return "lane" if verb in LANE and not is_lane else "yes"


def who_may(road, verb):
    """The people of the column in which a move stands; a consultation is brought about by the same on most roads."""
    column = CELLS.get(verb, ("",))[0]
    return road.get(column, _CONSULTS if column == "consults" else "").split()


def people_of(cast):
    return [name for name in PEOPLE if cast[name] is not None]


def differing(cast, referral, road, **said):
    """The cells in which the product says something else than this page; none."""
    found, count = [], 0
    for state in STATES:
        referral.state, referral.paused_by = state, referral.receiver
        for verb in (*CELLS, *BY_CLOCK):
            for name in people_of(cast):
                count += 1
                answer = turns.why_not(cast[name], referral, verb)
                wanted = expected(verb, state, name, road, **said)
                if kind_of(answer) != wanted:
                    found.append((state, verb, name, str(answer) or "yes", wanted))
    return found, count


def test_this_page_speaks_of_every_state_and_every_move():
    assert set(STATES) == {str(state) for state in State}
    assert {*CELLS, *BY_CLOCK} == set(MOVES)


@pytest.mark.django_db
def test_every_cell_of_states_moves_and_people():
    cast = Cast.assemble(is_whole=True)
    referral = make_referral(cast.bureau_officer, cast.charity)
    for (sender, receiver), road in ROADS.items():
        referral.sender, referral.receiver = cast[sender], cast[receiver]
        referrals.concern(referral)
        found, count = differing(cast, referral, road)
        assert found == [], (sender, receiver)
        assert count == 18 * 36 * 18


def test_the_cells_of_the_urgent_lane(cast):
    referral = make_urgent(cast.bureau_officer, cast.bureau_approver, cast.charity)
    assert differing(cast, referral, ROADS["bureau", "charity"], is_lane=True)[0] == []


def test_the_cells_of_a_dispute_that_goes_on(cast):
    referral, now = make_referral(cast.bureau_officer, cast.charity), timezone.now()
    for stage, asked, ended in (("disputed", None, None), ("consulted", now, None), ("upheld", now, now)):
        referral.disputes, referral.consultation_asked_at, referral.consultation_ended_at = 1, asked, ended
        assert differing(cast, referral, ROADS["bureau", "charity"], stage=stage)[0] == [], stage


def test_what_stands_in_the_way_besides_is_said_on_the_button(cast):
    """Paused by the other side; a unit that is suspended: the move is theirs, so they read why not."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    referral.state, referral.paused_by = State.ON_HOLD, cast.bureau
    assert kind_of(turns.why_not(cast.charity_reviewer, referral, "resume")) == "words"
    cast.charity_reviewer.organization.is_suspended = True
    for verb, state in (("sign", "sent"), ("accept", "received"), ("fail", "on_hold")):
        referral.state = state
        assert "暂停" in turns.why_not(cast.charity_reviewer, referral, verb)


# -- The actions themselves -------------------------------------------------------------------------------------------
def later():
    return timezone.localdate() + timedelta(days=9)


def deeds(cast, kept):
    """Move -> what somebody does, with everything it asks, so that only state and side can stand in the way."""
    outcome = {"effects": dict.fromkeys(kept.needs.all(), "met"), "summary": "已办", "no_aid_reason": "只需咨询"}
    return {
        "submit": referrals.submit_referral,
        "send": referrals.send_referral,
        "approve_sending": referrals.approve_sending,
        "send_back": lambda *at: referrals.send_back(*at, "写清楚"),
        "sign": decisions.sign_referral,
        "return": lambda *at: decisions.return_referral(*at, questions=["住在哪里？"]),
        "answer": lambda *at: decisions.answer_referral(*at, {}),
        "accept": decisions.accept_referral,
        "wait": lambda *at: decisions.wait_referral(*at, later()),
        "keep_waiting": lambda *at: decisions.look_again(*at, "keep_waiting", later()),
        "reject": lambda *at: decisions.reject_referral(*at, "no_capacity.no_funds"),
        "forward": lambda *at: decisions.forward_referral(*at, cast.other_charity),
        "begin": lambda *at: outcomes.begin_help(*at, "contact"),
        "hold": lambda *at: decisions.hold_referral(*at, later(), "住院中"),
        "keep_on_hold": lambda *at: decisions.look_again(*at, "keep_on_hold", later()),
        "resume": decisions.resume_referral,
        "report": lambda *at: outcomes.report_outcome(*at, outcome),
        "confirm": outcomes.confirm_outcome,
        "dispute": lambda *at: outcomes.dispute_outcome(*at, "没有收到"),
        "reopen": lambda *at: outcomes.reopen_referral(*at, "又有困难"),
        "cancel": lambda *at: outcomes.cancel_referral(*at, "declined.refuses"),
        "withdraw": lambda *at: outcomes.withdraw_referral(*at, "declined.refuses", "当面"),
        "fail": lambda *at: outcomes.fail_referral(*at, "moved.moved", "搬走了"),
        "void": lambda *at: outcomes.void_referral(*at, "录错了人"),
        "amend": lambda *at: outcomes.amend_referral(*at, {"urgency": "urgent"}, "病情加重"),
        "reassign": lambda *at: outcomes.reassign_referral(*at, at[0]),
        "bring_consent": urgent.bring_consent,
        "complete_papers": urgent.complete_papers,
        "consult": lambda *at: consultations.ask_consultation(*at, "金额对不上"),
        "uphold": lambda *at: consultations.uphold_report(*at, "账目核对无误"),
        "help_on": lambda *at: consultations.help_on(*at, "再补一次"),
    }


def put_in(referral, state):
    """The row as it would be in this state, as far as the database asks."""
    Referral.objects.filter(pk=referral.pk).update(
        state=state, version=referral.version, ended_at=timezone.now() if state in ENDS.split() else None,
        review_on=later(), reason_category="no_capacity" if state == "rejected" else "",
        paused_in="received" if state == "on_hold" else "",
        paused_by=referral.receiver if state == "on_hold" else None,
    )  # fmt: skip


def traces():
    rows = Referral.objects.order_by("pk").values_list("state", "version", "urgency", "handler")
    return [list(rows), *(model.objects.count() for model in (ReferralStep, TimelineEntry, AuditEntry, OutboxMessage))]


def test_an_action_refuses_every_forbidden_move_with_words_and_changes_nothing(cast):
    """Moves that are theirs and not now, a third of all cells; and moves that are now and not theirs."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    actions, road = deeds(cast, referral), ROADS["bureau", "charity"]
    assert actions.keys() == CELLS.keys()
    for row, state in enumerate(STATES):
        put_in(referral, state)
        before, label = traces(), str(State(state).label)
        for column, (verb, act) in enumerate(actions.items()):
            name = next(one for one in who_may(road, verb) if one in ("bureau_approver", "charity_approver"))
            if (row + column) % 3 == 0 and expected(verb, state, name, road) == "state":
                with pytest.raises(Refusal) as refused:
                    act(cast[name], referral, referral.version)
                assert label in refused.value.message, (state, verb, name)
            if state == CELLS[verb][1].split()[0]:
                other = cast.other_bureau_approver
                if expected(verb, state, "bureau_approver", road) == "role":
                    other = cast.bureau_approver
                with pytest.raises(PermissionDenied):
                    act(other, referral, referral.version)
        assert traces() == before, state
