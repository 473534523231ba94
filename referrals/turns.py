"""May this person of staff make this move? Yes, or no with the reason, in words that can be shown as they are.

Buttons, forms, the API and the actions themselves ask here; nothing of it is written down a second time.
"""

from django.utils.translation import gettext as _

from members import relations
from members.access import is_within
from members.kinds import BUREAU_KINDS
from members.roles import ALL, AREA, OWN
from referrals import minors
from referrals.models import CaseSettings, ReferralAccess, UrgentLane
from referrals.workflow import DISPUTES, MOVES, Side, State, moves_from


class Answer(str):
    """Why not; empty for yes. `is_hidden`: the move is not this person's at all, so there is no button to explain."""

    is_hidden = False

    @classmethod
    def hidden(cls, words):
        answer = cls(words)
        answer.is_hidden = True
        return answer


def why_not(staff, referral, move):
    """The reason for which this move is refused to this person now; empty when it may be made."""
    move = MOVES[move] if isinstance(move, str) else move
    if not stands_on(staff, referral, move):
        return Answer.hidden(_("这一步由%(side)s办理，您的角色不能办理。") % {"side": Side(move.side).label})
    if not move.applies_to(referral.state):
        words = {"state": State(referral.state).label, "move": move.label}
        return Answer.hidden(_("现在是“%(state)s”，不能“%(move)s”。") % words)
    if hidden := _of_lane(referral, move):
        return hidden
    if found := _of_consultation(staff, referral, move):
        return found
    if staff.organization.is_suspended:
        return Answer(_("贵单位已被暂停，暂时不能办理转介。"))
    if related := related_words(staff, referral.person):
        return Answer(related)
    if reason := not_a_minors(staff, referral.person):
        return Answer(reason)
    return Answer(_paused(staff, referral, move))


def _of_lane(referral, move):
    """救急难 has moves of its own: where it is none, or what they bring is there already, they are nobody's."""
    if move.verb not in ("bring_consent", "complete_papers"):
        return ""
    lane = UrgentLane.objects.filter(referral=referral).first() if referral.is_urgent_lane else None
    is_waited_for = {
        "bring_consent": lane is not None and lane.state in (UrgentLane.State.OPEN, UrgentLane.State.LAPSED),
        "complete_papers": lane is not None and lane.papers_done_at is None,
    }
    return "" if is_waited_for[move.verb] else Answer.hidden(_("不是救急难转介，或者已经补齐。"))


def _of_consultation(staff, referral, move):
    """Disputed once, what is still disputed goes to 工作紧急会商; its conclusion is the bureau's, not a party's own."""
    if move.verb == "dispute":
        words = _("已经提出过一次异议。仍有分歧的，请提请工作紧急会商。")
        if referral.disputes < DISPUTES:
            return ""
        return Answer.hidden(words) if referral.consultation_asked_at else Answer(words)
    if move.verb == "consult":
        if referral.disputes < DISPUTES or referral.is_in_consultation:
            return Answer.hidden(_("先提出一次异议，仍有分歧的才提请会商；已提请的，请等会商结论。"))
        return Answer(_("这次反馈已经会商过。")) if referral.consultation_ended_at else ""
    if move.verb not in ("uphold", "help_on"):
        return ""
    if not referral.is_in_consultation or staff.organization.kind not in BUREAU_KINDS:
        return Answer.hidden(_("没有提请工作紧急会商，或者不由贵单位会商。"))
    is_party = staff.pk in (referral.handler_id, referral.sender_handler_id)
    return Answer(_("您是这个个案的经办人，会商结论要由别人记录。")) if is_party else ""


def related_words(staff, person):
    """Nobody handles or decides on kin, or on whoever they are entangled with; empty for everyone else."""
    if relations.closeness(staff, person.number, person.name) == relations.RELATED:
        return _("您申报过与此人的关系，按回避规定不能经办，请交由同事办理。")
    return ""


def not_a_minors(staff, person):
    """Nobody handles a child's case without an approval; empty for everyone else."""
    return "" if minors.may_see(staff, person) else _("未成年人的个案须经批准才能办理。")


def _paused(staff, referral, move):
    if move.side != Side.PAUSER or answers_for(staff, referral.paused_by, staff.permissions[move.permission]):
        return ""
    return _("由%(unit)s暂停，只有它可以恢复。") % {"unit": referral.paused_by}


def stands_on(staff, referral, move):
    """Does the person hold what the move asks, at a unit on its side?"""
    reach = staff.permissions.get(move.permission)
    if reach is None:
        return False
    if move.side == Side.COORDINATOR:
        return coordinates(staff, referral, reach)
    return any(answers_for(staff, unit, reach) for unit in _units_of(referral, move.side))


def _units_of(referral, side):
    if side == Side.SENDER:
        return [referral.sender]
    if side in (Side.RECEIVER, Side.PAUSER):
        return [referral.receiver]
    return [referral.sender, referral.receiver]


def answers_for(staff, unit, reach):
    """For one's own unit; the civil-affairs side also for its towns. Nobody acts for a charity but the charity."""
    if unit.pk == staff.organization_id:
        return True
    is_above = staff.organization.kind in BUREAU_KINDS and unit.kind in BUREAU_KINDS and reach in (AREA, ALL)
    return is_above and is_within(unit.area, staff.organization.area)


def coordinates(staff, referral, reach):
    """The two units themselves, or the bureau above one of them."""
    if reach == OWN:
        return staff.organization_id in (referral.sender_id, referral.receiver_id)
    return ReferralAccess.objects.filter(referral=referral, organization=staff.organization_id).exists()


def open_to(staff, referral):
    """[(move, why not)] for the buttons of a page: what this person may do now, and what stands in the way."""
    answers = [(move, why_not(staff, referral, move)) for move in moves_from(State(referral.state))]
    return _one_way_out(referral, [(move, answer) for move, answer in answers if not answer.is_hidden])


def _one_way_out(referral, answers):
    """Of a draft: whoever sends it themselves has nothing to hand in; where a second person looks first, the other
    way round."""
    if {"send", "submit"} - {move.verb for move, _answer in answers}:
        return answers
    asks = CaseSettings.objects.filter(organization=referral.sender_id, asks_review=True)
    is_reviewed = referral.is_urgent_lane or asks.exists()
    left = "send" if is_reviewed else "submit"
    return [(move, answer) for move, answer in answers if move.verb != left]
