"""The two desks of a unit: what it received and what it sent, in tabs that are work, with their counts."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.roles import OWN
from referrals.models import Referral, ReferralAccess
from referrals.workflow import ENDS, LIVE, Side, State

RECEIVED, SENT = "received", "sent"
# Counted up to here; who has more to do need not know how many.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    states: tuple
    is_late: bool = False
    # function(today) -> the condition besides the states
    when: object = None

    def condition(self, today):
        asked = Q(state__in=self.states)
        return asked & self.when(today) if self.when else asked


def _late(today):
    return Q(due_on__lt=today)


def _today(today):
    return Q(due_on=today)


_OURS_IN = (State.SENT, State.RECEIVED, State.WAITLISTED, State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD)
_OURS_OUT = (State.RETURNED, State.REPORTED)
_THEIRS_OUT = (
    State.SENT, State.RECEIVED, State.WAITLISTED, State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD,
)  # fmt: skip
TABS = {
    RECEIVED: (
        Tab("open", _("全部在办"), tuple(LIVE - {State.DRAFT, State.REVIEW})),
        Tab("late", _("已逾期"), _OURS_IN, is_late=True, when=_late),
        Tab("today", _("今天到期"), _OURS_IN, when=_today),
        Tab("to_sign", _("待签收"), (State.SENT,)),
        Tab("to_decide", _("待决定"), (State.RECEIVED, State.WAITLISTED)),
        Tab("helping", _("帮扶中"), (State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD)),
        Tab("waiting", _("等对方"), (State.RETURNED, State.REPORTED)),
        Tab("ended", _("已办结"), tuple(ENDS)),
    ),
    SENT: (
        Tab("open", _("全部在办"), tuple(LIVE)),
        Tab("late", _("已逾期"), _OURS_OUT, is_late=True, when=_late),
        Tab("draft", _("草稿"), (State.DRAFT,)),
        Tab("review", _("待审核"), (State.REVIEW,)),
        Tab("returned", _("退回补充"), (State.RETURNED,)),
        Tab("to_confirm", _("待确认"), (State.REPORTED,)),
        Tab("waiting", _("等对方"), _THEIRS_OUT),
        Tab("ended", _("已办结"), tuple(ENDS)),
    ),
}


def tab_of(desk, code):
    return next((tab for tab in TABS[desk] if tab.code == code), TABS[desk][0])


def of_desk(staff, desk):
    """The referrals that lie on a desk of the person's unit; of civil affairs also those of its towns."""
    concerned = _concerning(staff, desk)
    rows = Referral.objects.filter(pk__in=concerned.values("referral"))
    return rows.exclude(state__in=[State.DRAFT, State.REVIEW]) if desk == RECEIVED else rows


def _concerning(staff, desk):
    reach = staff.permissions.get("referral.view")
    if reach is None:
        return ReferralAccess.objects.none()
    own = ("receiver",) if desk == RECEIVED else ("sender", "ancestor")
    reasons = own if reach == OWN else (*own, "above")
    return ReferralAccess.objects.filter(organization=staff.organization_id, reason__in=reasons)


def rows_of(staff, desk, tab, filters=None, on=None):
    """With what a row shows, and nothing that is sealed."""
    rows = of_desk(staff, desk).filter(tab.condition(on or timezone.localdate()))
    if filters is not None:
        rows = filters.narrow(rows)
    related = ("sender", "receiver", "program", "person__residence", "handler", "sender_handler")
    return rows.select_related(*related).defer("private", "person__private", "person__name_keys")


def counts_of(staff, desk, on=None):
    """{tab: how many} over the newest open ones, in one query whatever their number."""
    on = on or timezone.localdate()
    open_tabs = [tab for tab in TABS[desk] if tab.code != "ended"]
    newest = of_desk(staff, desk).filter(state__in=LIVE).order_by("-pk").values("pk")[:MOST_COUNTED]
    return Referral.objects.filter(pk__in=newest).aggregate(
        **{tab.code: Count("pk", filter=tab.condition(on)) for tab in open_tabs}
    )


def count_received(staff):
    """What waits for the unit to sign, or to decide: for the menu and the page 今天."""
    waiting = of_desk(staff, RECEIVED).filter(receiver=staff.organization_id, state__in=[State.SENT, State.RECEIVED])
    return waiting.order_by()[:MOST_COUNTED].count()


def count_late(staff):
    """Overdue on either desk, where it is the unit's own turn."""
    today = timezone.localdate()
    mine = Q(receiver=staff.organization_id, state__in=_OURS_IN) | Q(sender=staff.organization_id, state__in=_OURS_OUT)
    concerned = ReferralAccess.objects.filter(organization=staff.organization_id, is_open=True)
    rows = Referral.objects.filter(mine, due_on__lt=today, pk__in=concerned.values("referral"))
    return rows.order_by()[:MOST_COUNTED].count()


def count_back(staff):
    """Sent by the unit, and its turn again: questions to answer, reports to confirm, drafts to look at."""
    states = [State.RETURNED, State.REPORTED, State.REVIEW]
    rows = Referral.objects.filter(sender=staff.organization_id, state__in=states)
    return rows.order_by()[:MOST_COUNTED].count()


def is_own_turn(staff, referral):
    turn = referral.standing.turn
    if turn == Side.SENDER:
        return referral.sender_id == staff.organization_id
    return turn in (Side.RECEIVER, Side.PAUSER) and referral.receiver_id == staff.organization_id
