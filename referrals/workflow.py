"""The life of a referral: its states, and every move from one to another. One table, and no imports from our models.

Guards, buttons, the wording of the time line, who is told, the clocks, the API and the diagram in the help are all read
from here, so that what is shown and what is allowed cannot drift apart. Who may, in words: `side` says on which side of
the referral a person must stand, `permission` what their role must hold there.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    DRAFT = "draft", _("草稿")
    REVIEW = "review", _("待审核")
    SENT = "sent", _("待签收")
    RECEIVED = "received", _("研判中")
    RETURNED = "returned", _("退回补充")
    WAITLISTED = "waitlisted", _("候补排队")
    ACCEPTED = "accepted", _("已接收")
    IN_PROGRESS = "in_progress", _("帮扶中")
    ON_HOLD = "on_hold", _("暂停")
    REPORTED = "reported", _("已反馈待确认")
    CLOSED = "closed", _("已闭环")
    REJECTED = "rejected", _("不予接收")
    FORWARDED = "forwarded", _("已再转介")
    CANCELLED = "cancelled", _("已撤回")
    WITHDRAWN = "withdrawn", _("本人撤回")
    EXPIRED = "expired", _("逾期失效")
    FAILED = "failed", _("帮扶终止")
    IN_ERROR = "in_error", _("误录作废")


class Side(TextChoices):
    """On which side of the referral somebody stands."""

    SENDER = "sender", _("转出方")
    RECEIVER = "receiver", _("接收方")
    EITHER = "either", _("任一方")
    PAUSER = "pauser", _("暂停的一方")
    COORDINATOR = "coordinator", _("协调人")
    CLOCK = "clock", _("时限")
    NOBODY = "nobody", _("无")


@dataclass(frozen=True)
class Standing:
    """Whose turn it is in a state, and which clock of the region's settings runs (members.kinds.CLOCKS).

    `by_date`: the date somebody named stands for the clock: a review, an agreed finish.
    """

    turn: str
    clock: str = ""
    by_date: str = ""
    is_end: bool = False


_END = Standing(Side.NOBODY, is_end=True)
# Ended, and the sender has something to do yet: look for the next match.
_BACK = Standing(Side.SENDER, is_end=True)
STANDINGS = {
    State.DRAFT: Standing(Side.SENDER),
    State.REVIEW: Standing(Side.SENDER),
    State.SENT: Standing(Side.RECEIVER, "sign"),
    State.RECEIVED: Standing(Side.RECEIVER, "decide"),
    State.RETURNED: Standing(Side.SENDER, "answer_return"),
    State.WAITLISTED: Standing(Side.RECEIVER, by_date="review_on"),
    State.ACCEPTED: Standing(Side.RECEIVER, "first_contact"),
    State.IN_PROGRESS: Standing(Side.RECEIVER, "report", by_date="finish_on"),
    State.ON_HOLD: Standing(Side.PAUSER, by_date="review_on"),
    State.REPORTED: Standing(Side.SENDER, "confirm_report"),
    State.CLOSED: _END,
    State.REJECTED: _BACK,
    State.FORWARDED: _END,
    State.CANCELLED: _END,
    State.WITHDRAWN: _END,
    State.EXPIRED: _BACK,
    State.FAILED: _BACK,
    State.IN_ERROR: _END,
}
# What is awaited from whoever's turn it is.
TASKS = {
    State.DRAFT: _("写完并发出"), State.REVIEW: _("审核"), State.SENT: _("签收"), State.RECEIVED: _("决定"),
    State.RETURNED: _("补充"), State.WAITLISTED: _("复核候补"), State.ACCEPTED: _("联系本人，开始帮扶"),
    State.IN_PROGRESS: _("帮扶并反馈结果"), State.ON_HOLD: _("复核能否恢复"), State.REPORTED: _("确认反馈"),
    State.REJECTED: _("另找办法"), State.EXPIRED: _("另找办法"), State.FAILED: _("另找办法"),
}  # fmt: skip
ENDS = frozenset(state for state, standing in STANDINGS.items() if standing.is_end)
LIVE = frozenset(STANDINGS) - ENDS
# What stands between two organizations: of these, one at most for a person and a program.
OPEN = LIVE - {State.DRAFT}
# The receiver has it, or had it.
BEFORE_ACCEPTANCE = frozenset({State.SENT, State.RECEIVED, State.RETURNED, State.WAITLISTED})
UNDER_WAY = frozenset({State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD, State.REPORTED})


@dataclass(frozen=True)
class Move:
    """One way from state to state. `asks` are the fields its form has, `tells` who hears of it (sides)."""

    verb: str
    number: str
    label: str
    done: str
    sources: frozenset
    target: str
    side: str
    permission: str
    asks: tuple = ()
    tells: tuple = ()
    # The categories of REASONS that may be given; none where none is asked.
    reasons: tuple = ()
    # Asks for confirmation, and stands apart from what is done every day.
    is_grave: bool = False
    # Done from many rows at once.
    is_bulk: bool = False

    def applies_to(self, state):
        return state in self.sources

    @property
    def url_name(self):
        return f"referrals:{self.verb}_referral"

    @property
    def is_by_clock(self):
        return self.side == Side.CLOCK


# Targets that are no state of their own.
SAME, WHERE_IT_WAS = "", "paused_in"
_BOTH = (Side.SENDER, Side.RECEIVER)
_S = State
_SENT = LIVE - {State.DRAFT, State.REVIEW}


def _of(*states):
    return frozenset(states)


MOVES = {
    move.verb: move
    for move in (
        Move(
            "submit", "T1", _("提交审核"), _("提交审核"), _of(_S.DRAFT), _S.REVIEW, Side.SENDER, "referral.write",
            tells=(Side.SENDER,),
        ),
        Move(
            "send", "T1", _("发送"), _("转介给%(receiver)s"), _of(_S.DRAFT), _S.SENT, Side.SENDER, "referral.send",
            tells=(Side.RECEIVER,),
        ),
        Move(
            "approve_sending", "T2", _("审核通过并发送"), _("审核通过，转介给%(receiver)s"), _of(_S.REVIEW), _S.SENT,
            Side.SENDER, "referral.send", asks=("note",), tells=_BOTH,
        ),
        Move(
            "send_back", "T2", _("退回修改"), _("退回修改"), _of(_S.REVIEW), _S.DRAFT, Side.SENDER, "referral.send",
            asks=("note",), tells=(Side.SENDER,),
        ),
        Move(
            "bring_consent", "T1", _("补齐同意"), _("救急难：已补齐本人的同意"), _SENT, SAME, Side.SENDER,
            "referral.write", asks=("note",), tells=(Side.RECEIVER,),
        ),
        Move(
            "complete_papers", "T1", _("补齐材料"), _("救急难：已补齐材料"), _SENT, SAME, Side.SENDER,
            "referral.write", asks=("note",), tells=(Side.RECEIVER,),
        ),
        Move(
            "lapse_lane", "T1", _("停止救急难提供"), _("救急难：72 小时内没有补齐同意，已停止提供信息"), _SENT, SAME,
            Side.CLOCK, "", tells=_BOTH,
        ),
        Move(
            "sign", "T3", _("签收"), _("签收"), _of(_S.SENT), _S.RECEIVED, Side.RECEIVER, "referral.receive",
            tells=(Side.SENDER,), is_bulk=True,
        ),
        Move(
            "return", "T4", _("退回补充"), _("退回补充"), _of(_S.RECEIVED), _S.RETURNED, Side.RECEIVER,
            "referral.receive", asks=("questions", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "answer", "T5", _("提交补充"), _("补充完毕"), _of(_S.RETURNED), _S.RECEIVED, Side.SENDER,
            "referral.write", asks=("answers", "items", "note"), tells=(Side.RECEIVER,),
        ),
        Move(
            "accept", "T6", _("接收"), _("接收"), _of(_S.RECEIVED, _S.WAITLISTED), _S.ACCEPTED, Side.RECEIVER,
            "referral.decide", asks=("extent", "finish_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "fall_away", "T6", _("随他方接收而撤回"), _("同一需求已由其他单位接收，转介撤回"), BEFORE_ACCEPTANCE,
            _S.CANCELLED, Side.CLOCK, "", tells=_BOTH, reasons=("obsolete",),
        ),
        Move(
            "wait", "T7", _("排队候补"), _("排队候补，%(review_on)s 前复核"), _of(_S.RECEIVED), _S.WAITLISTED,
            Side.RECEIVER, "referral.decide", asks=("review_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "keep_waiting", "T7", _("继续排队"), _("复核候补，继续排队，%(review_on)s 前再复核"), _of(_S.WAITLISTED),
            SAME, Side.RECEIVER, "referral.decide", asks=("review_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "reject", "T9", _("不予接收"), _("不予接收"), _of(_S.SENT, _S.RECEIVED, _S.WAITLISTED), _S.REJECTED,
            Side.RECEIVER, "referral.decide", asks=("reason", "note"), tells=(Side.SENDER,), is_grave=True,
            reasons=(
                "ineligible", "no_capacity", "incomplete", "duplicate", "excess", "unreachable", "declined", "moved",
                "deceased", "conflict_of_interest", "other",
            ),
        ),
        Move(
            "forward", "T10", _("再转介"), _("再转介给%(receiver)s"), _of(_S.SENT, _S.RECEIVED, _S.ACCEPTED),
            _S.FORWARDED, Side.RECEIVER, "referral.decide", asks=("receiver", "program", "note"),
            tells=(Side.SENDER,), is_grave=True,
        ),
        Move(
            "begin", "T11", _("开始帮扶"), _("开始帮扶：%(action)s"), _of(_S.ACCEPTED), _S.IN_PROGRESS, Side.RECEIVER,
            "referral.receive", asks=("first_action", "done_on", "finish_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "hold", "T12", _("暂停"), _("暂停，%(review_on)s 前复核"), _of(_S.RECEIVED, _S.ACCEPTED, _S.IN_PROGRESS),
            _S.ON_HOLD, Side.RECEIVER, "referral.receive", asks=("review_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "keep_on_hold", "T12", _("继续暂停"), _("复核后继续暂停，%(review_on)s 前再复核"), _of(_S.ON_HOLD), SAME,
            Side.PAUSER, "referral.receive", asks=("review_on", "note"), tells=(Side.SENDER,),
        ),
        Move(
            "resume", "T12", _("恢复办理"), _("恢复办理"), _of(_S.ON_HOLD), WHERE_IT_WAS, Side.PAUSER,
            "referral.receive", asks=("note",), tells=(Side.SENDER,),
        ),
        Move(
            "report", "T13", _("反馈结果"), _("反馈结果"), _of(_S.ACCEPTED, _S.IN_PROGRESS), _S.REPORTED,
            Side.RECEIVER, "referral.receive", asks=("report",), tells=(Side.SENDER,),
        ),
        Move(
            "confirm", "T14", _("确认并闭环"), _("确认反馈，已闭环"), _of(_S.REPORTED), _S.CLOSED, Side.SENDER,
            "referral.write", asks=("satisfaction", "gap", "note"), tells=(Side.RECEIVER,),
        ),
        Move(
            "close", "T14", _("到期闭环"), _("期满没有异议，自动闭环"), _of(_S.REPORTED), _S.CLOSED, Side.CLOCK, "",
            tells=_BOTH,
        ),
        Move(
            "dispute", "T15", _("提出异议"), _("对反馈提出异议"), _of(_S.REPORTED), _S.IN_PROGRESS, Side.SENDER,
            "referral.write", asks=("note",), tells=(Side.RECEIVER,),
        ),
        Move(
            "consult", "T15", _("提请工作紧急会商"), _("提请工作紧急会商"), _of(_S.REPORTED), SAME, Side.SENDER,
            "referral.write", asks=("note",), tells=(*_BOTH, Side.COORDINATOR),
        ),
        Move(
            "uphold", "T15", _("会商认可反馈"), _("工作紧急会商：认可反馈"), _of(_S.REPORTED), SAME,
            Side.COORDINATOR, "referral.consult", asks=("note",), tells=_BOTH,
        ),
        Move(
            "help_on", "T15", _("会商决定继续帮扶"), _("工作紧急会商：继续帮扶"), _of(_S.REPORTED), _S.IN_PROGRESS,
            Side.COORDINATOR, "referral.consult", asks=("note",), tells=_BOTH,
        ),
        Move(
            "reopen", "T16", _("重新办理"), _("重新办理"), _of(_S.CLOSED), _S.IN_PROGRESS, Side.COORDINATOR,
            "referral.reopen", asks=("note",), tells=_BOTH, is_grave=True,
        ),
        Move(
            "cancel", "T17", _("撤回转介"), _("撤回转介"),
            _of(_S.SENT, _S.RECEIVED, _S.RETURNED, _S.WAITLISTED, _S.ACCEPTED), _S.CANCELLED, Side.SENDER,
            "referral.write", asks=("reason", "note"), tells=(Side.RECEIVER,), is_grave=True,
            reasons=("declined", "moved", "deceased", "duplicate", "obsolete", "error", "other"),
        ),
        Move(
            "withdraw", "T18", _("本人撤回"), _("本人撤回"), LIVE - {_S.DRAFT}, _S.WITHDRAWN, Side.EITHER,
            "referral.withdraw", asks=("evidence", "reason", "note"), tells=_BOTH, is_grave=True,
            reasons=("declined", "consent_withdrawn"),
        ),
        Move(
            "consent_ended", "T18", _("随同意撤回而终止"), _("本人撤回同意，转介终止"), LIVE - {_S.DRAFT, _S.REVIEW},
            _S.WITHDRAWN, Side.CLOCK, "", tells=_BOTH, reasons=("consent_withdrawn",),
        ),
        Move(
            "expire", "T19", _("逾期失效"), _("逾期未办，已失效"), _of(_S.SENT, _S.RETURNED), _S.EXPIRED, Side.CLOCK,
            "", tells=_BOTH,
        ),
        Move(
            "fail", "T20", _("终止帮扶"), _("终止帮扶"), _of(_S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD), _S.FAILED,
            Side.RECEIVER, "referral.decide", asks=("reason", "note"), tells=(Side.SENDER,), is_grave=True,
            reasons=("unreachable", "declined", "moved", "deceased", "no_capacity", "ineligible", "other"),
        ),
        Move(
            "void", "T21", _("作废"), _("误录作废"), frozenset(_S) - {_S.DRAFT, _S.IN_ERROR}, _S.IN_ERROR, Side.SENDER,
            "referral.write", asks=("right_one", "note"), tells=_BOTH, is_grave=True,
        ),
        Move(
            "amend", "T22", _("更正内容"), _("更正内容：%(what)s"), BEFORE_ACCEPTANCE, SAME, Side.SENDER,
            "referral.write", asks=("amendment", "note"), tells=(Side.RECEIVER,),
        ),
        Move(
            "reassign", "T23", _("改派经办人"), _("改派给%(handler)s"), LIVE - {_S.DRAFT}, SAME, Side.EITHER,
            "referral.reassign", asks=("handler", "note"), is_bulk=True,
        ),
    )
}  # fmt: skip

# Moves that a second person has to agree to before anything happens, always or when something was flagged.
ALWAYS_SECOND = frozenset({"reopen", "void"})
SECOND_WHEN_FLAGGED = frozenset({"accept", "send"})


def moves_from(state):
    """Every move of the table that leads away from (or happens in) this state, by people."""
    return [move for move in MOVES.values() if move.applies_to(state) and not move.is_by_clock]


def target_of(move, paused_in=""):
    """Where a move leads; `resume` only to where it was."""
    return paused_in if move.target == WHERE_IT_WAS else move.target


# -- Reasons ----------------------------------------------------------------------------------------------------------
class SaidBy(TextChoices):
    RECEIVER = "receiver", _("接收方")
    SENDER = "sender", _("转出方")
    PERSON = "person", _("本人或家庭")


class Effect(TextChoices):
    """What follows for the matching of this person."""

    NOT_UNTIL_CHANGED = "not_until_changed", _("情况变化前不再推荐该项目")
    PROPOSE_OTHERS = "propose_others", _("推荐其他单位和项目")
    MAY_SEND_AGAIN = "may_send_again", _("补齐后可以再次转介")
    LINK = "link", _("关联到已有的转介或帮扶")
    SHOW_LEDGER = "show_ledger", _("列出已经得到的帮扶")
    PAUSE = "pause", _("60 天内不再推荐")
    CLOSE_TASKS = "close_tasks", _("了结此人的其他事项")
    ROUTE_ELSEWHERE = "route_elsewhere", _("改由其他人员或单位办理")
    NONE = "none", _("无")


PAUSE_DAYS = 60


@dataclass(frozen=True)
class Reason:
    """A category of reasons with the reasons in it, two levels."""

    label: str
    codes: dict
    said_by: str
    effect: str
    needs_words: bool = False


REASONS = {
    "ineligible": Reason(
        _("不符合条件"),
        {
            "age": _("年龄不符"), "area": _("地区不符"), "cause": _("致困原因不符"), "income": _("经济状况不符"),
            "outside_scope": _("不在宗旨和业务范围内"), "not_on_roll": _("不在名册内"),
        },
        SaidBy.RECEIVER, Effect.NOT_UNTIL_CHANGED,
    ),
    "no_capacity": Reason(
        _("暂无能力接收"),
        {
            "quota_full": _("名额已满"), "no_funds": _("资金不足"), "season_closed": _("不在受理期内"),
            "no_skill": _("没有这方面的专业力量"),
        },
        SaidBy.RECEIVER, Effect.PROPOSE_OTHERS,
    ),
    "incomplete": Reason(
        _("材料一直不齐"), {"papers_missing": _("两次退回后仍缺材料")}, SaidBy.SENDER, Effect.MAY_SEND_AGAIN
    ),
    "duplicate": Reason(
        _("重复"),
        {"open_referral": _("已有办理中的转介"), "aid_given": _("已得到同样的帮扶")},
        SaidBy.RECEIVER, Effect.LINK,
    ),
    "excess": Reason(
        _("超额"),
        {"over_ceiling": _("超过项目上限"), "over_need": _("超过实际需要")},
        SaidBy.RECEIVER, Effect.SHOW_LEDGER,
    ),
    "unreachable": Reason(
        _("联系不上"), {"three_attempts": _("三次联系未果（写明日期）")}, SaidBy.PERSON, Effect.PAUSE, needs_words=True
    ),
    "declined": Reason(
        _("本人放弃"),
        {"no_longer_needed": _("不再需要"), "refuses": _("本人不愿意")},
        SaidBy.PERSON, Effect.NONE,
    ),
    "moved": Reason(_("已迁出"), {"moved": _("已迁出服务区域")}, SaidBy.PERSON, Effect.CLOSE_TASKS),
    "deceased": Reason(_("已去世"), {"deceased": _("本人已去世")}, SaidBy.PERSON, Effect.CLOSE_TASKS),
    "conflict_of_interest": Reason(
        _("回避"), {"related": _("经办人员与本人有关系")}, SaidBy.RECEIVER, Effect.ROUTE_ELSEWHERE
    ),
    "consent_withdrawn": Reason(
        _("撤回同意"), {"consent_withdrawn": _("本人撤回了同意")}, SaidBy.PERSON, Effect.NONE
    ),
    "obsolete": Reason(
        _("已由其他单位接收"), {"accepted_elsewhere": _("同一需求已由其他单位接收")}, SaidBy.SENDER, Effect.NONE
    ),
    "error": Reason(_("填写有误"), {"wrong_entry": _("填写有误")}, SaidBy.SENDER, Effect.NONE),
    "other": Reason(_("其他"), {"other": _("其他原因")}, SaidBy.RECEIVER, Effect.NONE, needs_words=True),
}  # fmt: skip


def reason_choices(move):
    """For a form: [(category's words, [("category.code", words)])]."""
    return [
        (
            str(REASONS[category].label),
            [(f"{category}.{code}", words) for code, words in REASONS[category].codes.items()],
        )
        for category in move.reasons
    ]


def reason_words(category, code):
    """不符合条件：年龄不符."""
    reason = REASONS.get(category)
    if reason is None:
        return ""
    detail = reason.codes.get(code, "")
    return f"{reason.label}：{detail}" if detail and str(detail) != str(reason.label) else str(reason.label)


# -- The rest of the words --------------------------------------------------------------------------------------------
class ReferralKind(TextChoices):
    SHARE = "share", _("转介")
    HANDOVER = "handover", _("移交")
    LEAD = "lead", _("线索告知")
    ASSIST_APPLY = "assist_apply", _("协助申请")


# 移交: from the acceptance to the end the receiver leads; before, after and in every other kind the sender does.
LED_BY_RECEIVER = frozenset({State.ACCEPTED, State.IN_PROGRESS, State.REPORTED})


def is_led_by_receiver(kind, state, paused_in=""):
    return kind == ReferralKind.HANDOVER and (paused_in or state) in LED_BY_RECEIVER


# Only towards the civil-affairs side.
TO_BUREAU_KINDS = frozenset({ReferralKind.LEAD, ReferralKind.ASSIST_APPLY})


class Procedure(TextChoices):
    NORMAL = "normal", _("一般程序")
    BY_REFERRAL = "simplified_by_referral", _("简化程序（转介）")
    BY_CATEGORY = "simplified_by_category", _("简化程序（特殊群体）")


class Extent(TextChoices):
    """What an acceptance takes on."""

    WHOLE = "whole", _("全部")
    PART = "part", _("部分")


class Effectiveness(TextChoices):
    """What became of a need (R79)."""

    MET = "met", _("已解决")
    EASED = "eased", _("缓解")
    UNCHANGED = "unchanged", _("未改善")
    WORSE = "worse", _("变差")


class FirstAction(TextChoices):
    CONTACT = "contact", _("联系本人")
    VISIT = "visit", _("入户走访")
    GRANT = "grant", _("发放资金或物资")
    SERVICE = "service", _("开始服务")


class Decision(TextChoices):
    """What the civil-affairs side decided on what a charity told it (R84)."""

    APPLICATION_OPENED = "application_opened", _("已受理申请")
    AID_GRANTED = "aid_granted", _("已给予救助")
    ALREADY_AIDED = "already_aided", _("已在救助中")
    NOT_ELIGIBLE = "not_eligible", _("不符合条件")
    HANDED_TO_TOWN = "handed_to_town", _("已交镇街办理")
    CANNOT_REACH = "cannot_reach", _("联系不上")
    PERSON_REFUSES = "person_refuses", _("本人放弃")


# The rungs of the ladder before something expires; one a run.
class Rung(TextChoices):
    NONE = "", _("未提醒")
    HANDLER = "handler", _("已提醒经办人")
    COLLEAGUES = "colleagues", _("已提醒同事和负责人")
    SUPERIOR = "superior", _("已提醒上级民政部门")


LADDER = (Rung.NONE, Rung.HANDLER, Rung.COLLEAGUES, Rung.SUPERIOR)
MOST_FORWARDINGS = 3
REOPEN_WITHIN_DAYS = 90
DRAFTS_KEPT_DAYS = 90
DISPUTES = 1


def direction_of(sender_kind, receiver_kind, bureau_kinds):
    """Derived from the kinds of the two organizations; everyone outside the civil-affairs side counts as a charity."""
    sides = ("bureau" if kind in bureau_kinds else "charity" for kind in (sender_kind, receiver_kind))
    return "_to_".join(sides)
