"""The desks of a unit: what it received, what it sent, what goes on in its area. In tabs that are work, with counts."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from members.roles import ALL
from members.roles import AREA as AREA_REACH
from referrals.actions import approvals
from referrals.models import Referral, ReferralAccess
from referrals.workflow import ENDS, LIVE, Side, State

RECEIVED, SENT, AREA = "received", "sent", "area"
# Why a referral lies on a desk, in the words of ReferralAccess.
LIES_FOR = {RECEIVED: ("receiver",), SENT: ("sender", "ancestor"), AREA: ReferralAccess.Reason.values}
# Counted up to here; who has more to do need not know how many.
MOST_COUNTED = 1000
CLOCK, NEWEST = ("rank", "due_on", "pk"), ("-pk",)


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    states: tuple
    is_late: bool = False
    # function(today) -> the condition besides the states
    when: object = None
    # Its rows carry a clock that is the unit's own, or at least somebody's; otherwise the newest stand first.
    order: tuple = CLOCK
    # Whoever holds none of it has no such tab.
    permission: str = ""
    # function(staff) -> the few rows it has besides all conditions; neither states nor desk count then
    among: object = None

    def condition(self, today):
        asked = Q(state__in=self.states)
        return asked & self.when(today) if self.when else asked


def _late(today):
    return Q(due_on__lt=today)


def _today(today):
    return Q(due_on=today)


def _to_agree(staff):
    return Q(pk__in=approvals.waiting_for(staff).values("referral"))


_S = State
_OURS_IN = (_S.SENT, _S.RECEIVED, _S.WAITLISTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD)
_OURS_OUT = (_S.RETURNED, _S.REPORTED)
_UNDER_WAY = tuple(LIVE - {_S.DRAFT, _S.REVIEW})
_TO_AGREE = Tab("to_agree", _("待我同意"), (), permission="referral.decide", among=_to_agree, order=NEWEST)
_ENDED = Tab("ended", _("已办结"), tuple(ENDS), order=NEWEST)
TABS = {
    RECEIVED: (
        Tab("open", _("全部在办"), _UNDER_WAY),
        Tab("late", _("已逾期"), _OURS_IN, is_late=True, when=_late),
        Tab("today", _("今天到期"), _OURS_IN, when=_today),
        Tab("to_sign", _("待签收"), (_S.SENT,), permission="referral.receive"),
        Tab("to_decide", _("待决定"), (_S.RECEIVED, _S.WAITLISTED)),
        Tab("to_begin", _("待联系"), (_S.ACCEPTED,)),
        Tab("helping", _("帮扶中"), (_S.IN_PROGRESS, _S.ON_HOLD)),
        _TO_AGREE,
        Tab("waiting", _("等对方"), _OURS_OUT),
        _ENDED,
    ),
    SENT: (
        Tab("open", _("全部在办"), tuple(LIVE), order=NEWEST),
        Tab("late", _("已逾期"), _OURS_OUT, is_late=True, when=_late),
        Tab("today", _("今天到期"), _OURS_OUT, when=_today),
        Tab("draft", _("草稿"), (_S.DRAFT,), order=NEWEST),
        Tab("review", _("待审核"), (_S.REVIEW,), order=NEWEST),
        Tab("returned", _("退回补充"), (_S.RETURNED,)),
        Tab("to_confirm", _("待确认"), (_S.REPORTED,)),
        _TO_AGREE,
        Tab("waiting", _("等对方"), _OURS_IN),
        Tab("back", _("没有接收的"), (_S.REJECTED, _S.EXPIRED, _S.FAILED), order=NEWEST),
        _ENDED,
    ),
    AREA: (
        Tab("open", _("全部在办"), _UNDER_WAY, order=NEWEST),
        Tab("late", _("已逾期"), _UNDER_WAY, is_late=True, when=_late),
        Tab("today", _("今天到期"), _UNDER_WAY, when=_today),
        Tab("to_sign", _("待签收"), (_S.SENT,)),
        Tab("to_decide", _("待决定"), (_S.RECEIVED, _S.WAITLISTED)),
        Tab("helping", _("帮扶中"), (_S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD)),
        Tab("returned", _("退回补充"), (_S.RETURNED,)),
        Tab("to_confirm", _("待确认"), (_S.REPORTED,)),
        _ENDED,
    ),
}
# Of these nobody counts how many there ever were.
UNCOUNTED = frozenset({"ended", "back"})


def tabs_for(staff, desk):
    return [tab for tab in TABS[desk] if not tab.permission or tab.permission in staff.permissions]


def tab_of(staff, desk, code):
    tabs = tabs_for(staff, desk)
    return next((tab for tab in tabs if tab.code == code), tabs[0])


def has_area(staff):
    """Whoever answers for an area besides their own unit has the third desk."""
    return staff.permissions.get("referral.view") in (AREA_REACH, ALL)


def of_desk(staff, desk):
    """The referrals that lie on a desk of the person's unit. Of drafts the two lower desks know nothing."""
    if desk == AREA and not has_area(staff):
        return Referral.objects.none()
    rows = Referral.objects.filter(pk__in=_concerning(staff, LIES_FOR[desk]))
    if desk != SENT:
        return rows.exclude(state__in=[State.DRAFT, State.REVIEW])
    return rows | _handed_in(staff)


def _concerning(staff, reasons):
    if "referral.view" not in staff.permissions:
        return ReferralAccess.objects.none().values("referral")
    concerned = ReferralAccess.objects.filter(organization=staff.organization_id, reason__in=reasons)
    return concerned.values("referral")


def _handed_in(staff):
    """What the units directly below hand in for review: the county sends what its towns wrote."""
    if not has_area(staff) or staff.organization.kind not in BUREAU_KINDS:
        return Referral.objects.none()
    below = Q(sender__area__parent=staff.organization.area_id, sender__kind__in=BUREAU_KINDS, state=State.REVIEW)
    return Referral.objects.filter(below, pk__in=_concerning(staff, ("above",)))


def of_tab(staff, desk, tab, on=None):
    if tab.among is not None:
        return Referral.objects.filter(tab.among(staff))
    return of_desk(staff, desk).filter(tab.condition(on or timezone.localdate()))


def rows_of(staff, desk, tab, filters=None, on=None):
    """With what a row shows, and nothing that is sealed."""
    rows = of_tab(staff, desk, tab, on)
    if filters is not None:
        rows = filters.narrow(rows)
    related = ("sender", "receiver", "program", "person__residence", "handler", "sender_handler")
    return rows.select_related(*related).defer("private", "person__private", "person__name_keys")


def counts_of(staff, desk, on=None):
    """{tab: how many} over the newest open ones, in one query whatever their number; once for a page."""
    held = staff.__dict__.setdefault("_desk_counts", {})
    if desk not in held:
        held[desk] = _count(staff, desk, on or timezone.localdate())
    return held[desk]


def _count(staff, desk, on):
    counted = [tab for tab in tabs_for(staff, desk) if tab.code not in UNCOUNTED]
    newest = of_desk(staff, desk).filter(state__in=LIVE).order_by("-pk").values("pk")[:MOST_COUNTED]
    plain = {tab.code: Count("pk", filter=tab.condition(on)) for tab in counted if tab.among is None}
    found = Referral.objects.filter(pk__in=newest).aggregate(**plain)
    few = {tab.code: of_tab(staff, desk, tab)[:MOST_COUNTED].count() for tab in counted if tab.among is not None}
    return found | few


def count_received(staff):
    """What waits for the unit to sign, or to decide: for the menu."""
    waiting = of_desk(staff, RECEIVED).filter(state__in=[State.SENT, State.RECEIVED])
    return waiting.order_by()[:MOST_COUNTED].count()


def count_back(staff):
    """Sent by the unit, and its turn again: questions to answer, reports to confirm, drafts to look at."""
    rows = of_desk(staff, SENT).filter(state__in=[State.RETURNED, State.REPORTED, State.REVIEW])
    return rows.order_by()[:MOST_COUNTED].count()


def is_own_turn(staff, referral):
    turn = referral.standing.turn
    if turn == Side.SENDER:
        return referral.sender_id == staff.organization_id
    return turn in (Side.RECEIVER, Side.PAUSER) and referral.receiver_id == staff.organization_id
