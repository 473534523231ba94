"""May this person of staff do this with that line of help? Yes, or no with the reason; asked by buttons, forms, the API
and the actions themselves."""

from django.utils.translation import gettext as _

from referrals import batch_routes, instalments, review_draws
from referrals.aid_moves import AID_MOVES, moves_from
from referrals.kinds import AidLineState
from referrals.turns import Answer, not_a_minors, related_words


def why_not(staff, line, verb):
    move = AID_MOVES[verb]
    if not stands_on(staff, line, move):
        return Answer.hidden(_("您的角色不能办理这一步。"))
    if not move.applies_to(line.state) or not _fits(move, line):
        words = {"state": line.get_state_display(), "move": move.label}
        return Answer.hidden(_("现在是“%(state)s”，不能“%(move)s”。") % words)
    if staff.organization.is_suspended:
        return Answer(_("贵单位已被暂停，暂时不能办理帮扶。"))
    if related := related_words(staff, line.person):
        return Answer(related)
    if verb in ("approve", "decline", "answer", "correct", "void") and (reason := not_a_minors(staff, line.person)):
        return Answer(reason)
    return Answer(_by_whom(staff, line, verb) or _by_list(line, verb))


def stands_on(staff, line, move):
    return line.organization_id == staff.organization_id and bool(set(move.permissions) & staff.permissions.keys())


BY_SCHEDULE = {
    "plan": lambda line: bool(instalments.of_line(line)) and instalments.is_untouched(line),
    "sign": lambda line: bool(instalments.to_sign(line)),
    "skip": lambda line: bool(instalments.to_pay(line)),
}


def _fits(move, line):
    """Money is paid from its fund, everything else is handed over; and what is paid by a schedule by its months."""
    if move.verb == "redraw":
        return review_draws.reviewer_of(line) is not None
    if move.verb in BY_SCHEDULE:
        return line.commitment_id is not None and BY_SCHEDULE[move.verb](line)
    # What the unit told of itself it may put right.
    if move.verb in ("correct", "void"):
        return line.is_told
    if move.verb == "pay":
        return line.commitment_id is not None
    return move.verb != "deliver" or line.commitment_id is None


def _by_whom(staff, line, verb):
    """Nobody agrees to what they proposed, nobody agrees twice, nobody books what they recorded."""
    if verb == "approve" and staff.pk == line.proposed_by_id:
        return _("自己提出的帮扶，要由另一个人审批。")
    if verb == "approve" and staff.pk == line.first_approved_by_id:
        return _("您已经同意过，还要由另一位审批人同意。")
    if verb == "approve" and line.state == AidLineState.SECOND:
        reviewer = review_draws.reviewer_of(line)
        if reviewer is not None and reviewer != staff:
            return _("第二位审批人由抽签确定：%(who)s。") % {"who": reviewer}
    if verb == "redraw" and staff.pk == line.proposed_by_id:
        return _("自己提出的帮扶，要由另一个人审批。")
    if verb == "answer" and staff.pk in (line.proposed_by_id, line.approved_by_id):
        return _("由提出、批准以外的另一位审批人说明并放行。")
    if verb == "settle" and line.order is not None and staff.pk == line.order.recorded_by_id:
        return _("这一笔支付是您登记的，复核要由第二个人办理。")
    if verb == "cancel" and "aid.approve" not in staff.permissions:
        is_own = line.state in (AidLineState.PROPOSED, AidLineState.SECOND) and staff.pk == line.proposed_by_id
        return "" if is_own else _("批准以后的取消由审批人办理；批准以前由提出的人办理。")
    return ""


def _by_list(line, verb):
    """What stands on a list of its program goes the way of the list."""
    if verb == "approve":
        return batch_routes.why_not_approve(line)
    return batch_routes.why_not_pay(line) if verb in ("pay", "deliver") else ""


def open_to(staff, line):
    """[(move, why not)] for the buttons of a page."""
    answers = [(move, why_not(staff, line, move.verb)) for move in moves_from(AidLineState(line.state))]
    return [(move, answer) for move, answer in answers if not answer.is_hidden]
