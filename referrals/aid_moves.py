"""The life of a line of help as one table: what may be done with it, from which state, and by whom. No imports from our
models: guards, buttons and the API are read from here."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from referrals.kinds import AidLineState as S


@dataclass(frozen=True)
class AidMove:
    verb: str
    label: str
    # What the time line of the line says afterwards.
    done: str
    sources: frozenset
    # Any of these, held at the line's own unit.
    permissions: tuple
    is_grave: bool = False

    def applies_to(self, state):
        return state in self.sources

    @property
    def url_name(self):
        return f"referrals:{self.verb}_aid"


_GIVEN = {S.PART_PAID, S.PAID, S.DELIVERED}

AID_MOVES = {
    move.verb: move
    for move in (
        AidMove("approve", _("同意"), _("同意"), frozenset({S.PROPOSED, S.SECOND}), ("aid.approve",)),
        AidMove("pay", _("登记支付"), _("登记支付"), frozenset({S.APPROVED, S.PART_PAID}), ("aid.pay",)),
        AidMove("settle", _("复核入账"), _("复核入账"), frozenset({S.PAYING}), ("fund.approve",)),
        AidMove("redraw", _("重新抽取审核人"), _("重新抽取审核人"), frozenset({S.SECOND}), ("aid.approve",)),
        AidMove("sign", _("登记签收"), _("登记签收"), frozenset({*_GIVEN, S.PAYING}), ("aid.deliver",)),
        AidMove("plan", _("改开学年份"), _("重排分期"), frozenset({S.APPROVED}), ("aid.propose", "aid.pay")),
        AidMove("deliver", _("登记交付"), _("登记交付"), frozenset({S.APPROVED}), ("aid.deliver",)),
        AidMove("receive", _("补充回单"), _("补充回单"), frozenset(_GIVEN), ("aid.deliver", "aid.pay")),
        AidMove("rate", _("登记效果"), _("登记效果"), frozenset(_GIVEN), ("aid.deliver",)),
        AidMove("answer", _("说明并放行"), _("说明并放行"), frozenset({S.APPROVED, S.PART_PAID}), ("aid.approve",)),
        AidMove(
            "decline", _("不同意"), _("不同意"), frozenset({S.PROPOSED, S.SECOND}), ("aid.approve",), is_grave=True
        ),
        AidMove(
            "bounce", _("退回支付"), _("退回支付"), frozenset({S.PAYING}), ("fund.approve", "aid.pay"), is_grave=True
        ),
        AidMove(
            "skip", _("停发几期"), _("停发"), frozenset({S.APPROVED, S.PART_PAID}), ("aid.approve",), is_grave=True
        ),
        AidMove(
            "cancel", _("取消"), _("取消"), frozenset({S.PROPOSED, S.SECOND, S.APPROVED, S.PART_PAID}),
            ("aid.propose", "aid.approve"), is_grave=True,
        ),
        # Of what a unit told of itself: put right, or struck out, with the reason.
        AidMove("correct", _("更正"), _("更正"), frozenset({S.PAID, S.DELIVERED}), ("aid.propose",)),
        AidMove("void", _("作废"), _("作废"), frozenset({S.PAID, S.DELIVERED}), ("aid.propose",), is_grave=True),
    )
}  # fmt: skip


def moves_from(state):
    return [move for move in AID_MOVES.values() if move.applies_to(state)]
