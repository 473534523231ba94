"""The desks of a unit: what it received, what it sent, what goes on in its area. In tabs that are work, with counts."""

from dataclasses import dataclass
from functools import partial

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from members.models import Organization
from members.names import names_of
from members.roles import ALL
from members.roles import AREA as AREA_REACH
from programs.models import Program
from referrals import desk_people, desk_rows
from referrals.actions import approvals
from referrals.desk_rows import ALL_REASONS, CLOCK, MOST_COUNTED, NEWEST, Asked
from referrals.models import Referral
from referrals.workflow import ENDS, LIVE, STANDINGS, Side, State

RECEIVED, SENT, AREA = "received", "sent", "area"
# Why a referral lies on a desk, in the words of ReferralAccess.
LIES_FOR = {RECEIVED: ("receiver",), SENT: ("sender", "ancestor"), AREA: ALL_REASONS}
OWN_DESKS = (*LIES_FOR[RECEIVED], *LIES_FOR[SENT])


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    states: tuple
    # Only what is late, or due today.
    due: str = ""
    # Its rows carry a clock that is the unit's own, or at least somebody's; otherwise the newest stand first.
    order: tuple = CLOCK
    # Whoever holds none of it has no such tab.
    permission: str = ""
    # function(staff) -> the few rows it has besides all conditions; neither states nor desk count then
    among: object = None
    # function(staff) -> how many those are, where that is known for less
    number: object = None

    @property
    def is_late(self):
        return self.due == "late"


def _to_agree(staff):
    return Referral.objects.filter(pk__in=approvals.waiting_for(staff).values("referral"))


def _to_consult(staff):
    return Referral.objects.in_consultation().visible_to(staff)


_S = State
_OURS_IN = (_S.SENT, _S.RECEIVED, _S.WAITLISTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD)
_OURS_OUT = (_S.RETURNED, _S.REPORTED)
_UNDER_WAY = tuple(LIVE - {_S.DRAFT, _S.REVIEW})
_TO_AGREE = Tab(
    "to_agree",
    _("待我同意"),
    (),
    permission="referral.decide",
    among=_to_agree,
    order=NEWEST,
    number=approvals.count_waiting,
)
_ENDED = Tab("ended", _("已办结"), tuple(ENDS), order=NEWEST)
TABS = {
    RECEIVED: (
        Tab("open", _("全部在办"), _UNDER_WAY),
        Tab("late", _("已逾期"), _OURS_IN, due="late"),
        Tab("today", _("今天到期"), _OURS_IN, due="today"),
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
        Tab("late", _("已逾期"), _OURS_OUT, due="late"),
        Tab("today", _("今天到期"), _OURS_OUT, due="today"),
        Tab("draft", _("草稿"), (_S.DRAFT,), order=NEWEST),
        Tab("review", _("待审核"), (_S.REVIEW,), order=NEWEST),
        Tab("returned", _("退回补充"), (_S.RETURNED,)),
        Tab("to_confirm", _("待确认"), (_S.REPORTED,)),
        _TO_AGREE,
        Tab("waiting", _("等对方"), _OURS_IN),
        Tab("late_there", _("对方逾期"), _OURS_IN, due="late"),
        Tab("back", _("没有接收的"), (_S.REJECTED, _S.EXPIRED, _S.FAILED), order=NEWEST),
        _ENDED,
    ),
    AREA: (
        Tab("open", _("全部在办"), _UNDER_WAY, order=NEWEST),
        Tab("late", _("已逾期"), _UNDER_WAY, due="late"),
        Tab("today", _("今天到期"), _UNDER_WAY, due="today"),
        Tab("to_sign", _("待签收"), (_S.SENT,)),
        Tab("to_decide", _("待决定"), (_S.RECEIVED, _S.WAITLISTED)),
        Tab("helping", _("帮扶中"), (_S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD)),
        Tab("returned", _("退回补充"), (_S.RETURNED,)),
        Tab("to_confirm", _("待确认"), (_S.REPORTED,)),
        Tab("to_consult", _("待会商"), (), permission="referral.consult", among=_to_consult, order=NEWEST),
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


def fetch_rows(staff, desk, tab, filters=None, on=None):
    """function(order, key, size) for portal.lib.pages.page_by: the rows of a tab, as plain values."""
    if "referral.view" not in staff.permissions or desk == AREA and not has_area(staff):
        return lambda _order, _key, _size: []
    among = None
    if filters is not None and filters.is_narrow:
        among = filters.narrow(Referral.objects.all())
    asked = _asked(staff, desk, tab, among, on or timezone.localdate())
    return partial(desk_rows.fetch, asked)


def _asked(staff, desk, tab, among, today):
    if tab.among:
        keys = tuple(tab.among(staff).values_list("pk", flat=True)[:MOST_COUNTED])
        return Asked(staff.organization_id, ALL_REASONS, tuple(State), None, among=among, keys=keys)
    reasons = LIES_FOR[desk]
    if _hands_in(staff, desk, tab):
        reasons = (*reasons, "above")
        among = (Referral.objects.all() if among is None else among).filter(_handed_in(staff))
    return Asked(staff.organization_id, reasons, tab.states, tab.states[0] not in ENDS, tab.due, today, among)


def _hands_in(staff, desk, tab):
    """The county sends what its towns wrote: the units directly below hand in for review."""
    is_bureau = staff.organization.kind in BUREAU_KINDS and has_area(staff)
    return desk == SENT and tab.code == "review" and is_bureau


def _handed_in(staff):
    below = Q(sender__area__parent=staff.organization.area_id, sender__kind__in=BUREAU_KINDS)
    return Q(sender=staff.organization_id) | below


def fetch_referrals(staff, desk, tab, filters=None):
    """The same rows as objects, with what is asked about them: for whoever hands out more than a list shows."""
    fetch = fetch_rows(staff, desk, tab, filters)
    related = ("sender", "receiver", "program", "person__residence", "handler", "sender_handler")
    known = Referral.objects.select_related(*related).defer("private", "person__private", "person__name_keys")

    def objects(order, key, size):
        rows = fetch(order, key, size)
        found = known.in_bulk([row.pk for row in rows])
        for row in rows:
            found[row.pk].by = row.by
        return [found[row.pk] for row in rows]

    return objects


def shown(staff, rows, desk):
    """With the words a row is shown with: units and programs by name, the needs, the person as far as may be read."""
    units = names_of(Organization, {pk for row in rows for pk in (row.sender_id, row.receiver_id)})
    programs = names_of(Program, {row.program_id for row in rows})
    kinds, today = desk_rows.kinds_of([row.pk for row in rows]), timezone.localdate()
    about = desk_people.about_each(staff, rows, is_received=desk == RECEIVED)
    for row in rows:
        row.sender, row.receiver = units[row.sender_id], units[row.receiver_id]
        row.program, row.kinds, row.about = programs.get(row.program_id, ""), kinds.get(row.pk, ()), about[row.pk]
        row.is_own_turn = is_own_turn(staff, row)
        row.is_late = row.ended_at is None and row.due_on is not None and row.due_on < today
    return rows


# -- Counts -----------------------------------------------------------------------------------------------------------
def counts_of(staff, desk, on=None):
    """{tab: how many}, each up to a cap, in one query however many there are; once for a page."""
    held = _kept_on(staff, "_desk_counts")
    if desk not in held:
        held[desk] = _count(staff, desk, on or timezone.localdate())
    return held[desk]


def _kept_on(staff, name):
    """A dictionary of this object's own, which is this request's. (A lazy object has a __dict__ besides.)"""
    if not hasattr(staff, name):
        setattr(staff, name, {})
    return getattr(staff, name)


def _count(staff, desk, on):
    if "referral.view" not in staff.permissions or desk == AREA and not has_area(staff):
        return {}
    counted = [tab for tab in tabs_for(staff, desk) if tab.code not in UNCOUNTED]
    # What the menu tells is counted along with it.
    found = desk_rows.count(staff.organization_id, {*LIES_FOR[desk], *OWN_DESKS}, sorted(LIVE), on)
    _kept_on(staff, "_desk_waiting").update(found)
    here = {at: numbers for at, numbers in found.items() if at[0] in LIES_FOR[desk]}
    return {tab.code: _counted(staff, desk, tab, here) for tab in counted}


def _counted(staff, desk, tab, found):
    if tab.number:
        return min(tab.number(staff), MOST_COUNTED + 1)
    if tab.among:
        return tab.among(staff)[: MOST_COUNTED + 1].count()
    if _hands_in(staff, desk, tab):
        return desk_rows.number(_asked(staff, desk, tab, None, None))
    column = ("", "late", "today").index(tab.due)
    number = sum(numbers[column] for (_reason, state), numbers in found.items() if state in tab.states)
    return min(number, MOST_COUNTED + 1)


def count_urgent_to_review(staff):
    """救急难 that waits here, or one level below, for a second person: nothing goes before it."""
    senders = _handed_in(staff) if staff.organization.kind in BUREAU_KINDS else Q(sender=staff.organization_id)
    rows = Referral.objects.filter(senders, state=State.REVIEW, is_urgent_lane=True).exclude(written_by=staff)
    return rows[: MOST_COUNTED + 1].count()


def count_received(staff):
    """What waits for the unit to sign, or to decide: for the menu."""
    return _waiting(staff, RECEIVED, (State.SENT, State.RECEIVED))


def count_back(staff):
    """Sent by the unit, and its turn again: questions to answer, reports to confirm, drafts to look at."""
    return _waiting(staff, SENT, (State.RETURNED, State.REPORTED, State.REVIEW))


def _waiting(staff, desk, states):
    """Asked for the menu of every page: both desks at once, unless the tabs of one were counted already."""
    found = _kept_on(staff, "_desk_waiting")
    if not found:
        asked = OWN_DESKS, (State.SENT, State.RECEIVED, *_OURS_OUT, State.REVIEW)
        found.update(desk_rows.count(staff.organization_id, *asked, timezone.localdate()))
    number = sum(n for (reason, state), (n, *_due) in found.items() if reason in LIES_FOR[desk] and state in states)
    return min(number, MOST_COUNTED + 1)


def is_own_turn(staff, referral):
    turn = STANDINGS[State(referral.state)].turn
    if turn == Side.SENDER:
        return referral.sender_id == staff.organization_id
    return turn in (Side.RECEIVER, Side.PAUSER) and referral.receiver_id == staff.organization_id
