"""The draw of a second approver by lot: promised with the proposal, drawn with the first approval, passed on with a
reason. The line is locked by whoever calls."""

from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.models import Staff
from portal.lib import draws
from referrals import review_draws
from referrals.models import ReviewerDraw, ReviewerTurn


def promise(actor, line):
    """The secret is made before anybody knows who may be drawn, and its digest stands in the audit."""
    if not review_draws.is_asked(line):
        return None
    secret = draws.new_secret()
    made = ReviewerDraw.objects.create(line=line, commitment=draws.commitment(secret), private={"secret": secret})
    audit.record(
        actor, "aid.promise_draw", line, organization=line.organization, changes={"commitment": [None, made.commitment]}
    )
    return made


def draw(actor, line):
    """Out of all who may at this moment; the first place is whose turn it is."""
    made = review_draws.draw_of(line) or promise(actor, line)
    pool = [one.code for one in review_draws.able(line)]
    if not pool:
        raise Refusal(_("这个项目要随机抽取第二位审批人，而本单位没有别的可以审批、没有回避关系的人。"))
    made.pool, made.text = pool, review_draws.text_of(line, pool)
    made.digest, made.secret = draws.digest(made.text), made.private["secret"]
    made.seed, made.private = draws.seed(made.secret, made.digest), {}
    made.save(update_fields=["pool", "text", "digest", "secret", "seed", "private"])
    _take_turn(actor, line, made, "")
    return made


def pass_on(actor, line, reason):
    """Whose turn it was cannot: the next place, and the next but one where that one cannot either."""
    if not reason.strip():
        raise Refusal(_("请写明为什么要重新抽取。"), field="reason")
    made = review_draws.draw_of(line)
    able = {one.code for one in review_draws.able(line)}
    reason = reason.strip()
    while True:
        turn = _take_turn(actor, line, made, reason)
        if turn.staff.code in able:
            return turn
        reason = _("已不能审批，或者需要回避")


def _take_turn(actor, line, made, reason):
    number = made.turns.count()
    order = draws.drawn(made.seed, made.pool, len(made.pool))
    if number >= len(order):
        raise Refusal(_("能抽的人都已抽过，请取消这笔帮扶后重新提出。"), field="reason")
    staff = Staff.objects.get(code=order[number])
    turn = ReviewerTurn.objects.create(draw=made, number=number + 1, staff=staff, reason=reason[:200], drawn_by=actor)
    audit.record(
        actor, "aid.draw", line, organization=line.organization, reason=reason,
        changes={"reviewer": [number or None, staff.code], "seed": [None, made.seed]},
    )  # fmt: skip
    return turn
