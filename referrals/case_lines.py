"""What happened to a referral, for people: the path with the time of each station, and the time line with who, what,
why and how long it had stood."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from members.calendar import working_days_between
from portal.lib.pages import Page
from referrals.case_events import events_of
from referrals.chain import first_sender_of
from referrals.workflow import MOVES, STANDINGS, Side, State, is_led_by_receiver

# The straight road; whatever leaves it stands where it left.
PATH = (
    ("sent", _lazy("发出"), ("send", "approve_sending"), ("draft", "review")),
    ("received", _lazy("签收"), ("sign",), ("sent",)),
    ("decided", _lazy("接收"), ("accept",), ("received", "returned", "waitlisted")),
    ("begun", _lazy("帮扶"), ("begin",), ("accepted",)),
    ("reported", _lazy("反馈"), ("report",), ("in_progress",)),
    ("closed", _lazy("闭环"), ("confirm", "close"), ("reported",)),
)
# On the page of the case; the rest behind a link.
SHOWN = 8
PAGE_SIZE = 30


@dataclass(frozen=True)
class Station:
    label: str
    at: datetime | None = None
    is_done: bool = False
    is_now: bool = False
    # Where it stands now: for how many working days; where it ended: how.
    words: str = ""
    is_end: bool = False


def path_of(referral, steps):
    """Six stations with the time each was reached last. The first one not reached is now; a road that was left ends
    with how it ended."""
    reached = {code: step.at for step in steps for code, _label, verbs, _states in PATH if step.verb in verbs}
    current = None if referral.is_ended else _station_of(referral)
    shown = []
    for code, label, _verbs, _states in PATH:
        if code == current:
            shown.append(Station(label, is_now=True, words=_since(referral)))
        elif code in reached:
            shown.append(Station(label, reached[code], is_done=True))
        elif not referral.is_ended:
            shown.append(Station(label))
    if referral.is_ended and referral.state != State.CLOSED:
        shown.append(Station(referral.get_state_display(), referral.ended_at, is_now=True, is_end=True))
    return shown


def _station_of(referral):
    state = referral.paused_in or referral.state
    return next((code for code, _label, _verbs, states in PATH if state in states), "sent")


def _since(referral):
    """第 6 个工作日: the day it came to where it stands counts as the first."""
    days = max(working_days_between(timezone.localdate(referral.state_since), timezone.localdate()), 0) + 1
    return _("%(state)s，第 %(n)s 个工作日") % {"state": referral.get_state_display(), "n": days}


# -- The time line ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One thing that happened. `took`: how long the case had stood where it stood before."""

    at: datetime
    title: str
    who: str = ""
    unit: str = ""
    took: timedelta | None = None
    was_late: bool = False
    second: str = ""
    # 移交: who leads the case from then on, where that changed.
    lead: str = ""
    reason: str = ""
    note: str = ""
    key: tuple = field(default=(), compare=False)


def lines_of(staff, referral, steps, permitted):
    """The newest first. Words that people wrote may name the family: they are for those who may see the person."""
    leads = _leads_of(referral, steps)
    found = [_line_of_step(step, leads.get(step.pk, ""), permitted) for step in steps]
    found += [line for row in _approvals(referral) for line in _lines_of_approval(row, permitted)]
    found += [
        Line(at=one.at, title=one.title, who=one.who, unit=one.unit, key=(one.at, 0, one.pk))
        for one in events_of(staff, referral, permitted)
    ]
    return sorted(found, key=lambda line: line.key, reverse=True)


def _line_of_step(step, lead, permitted):
    move = MOVES[step.verb]
    return Line(
        at=step.at, title=str(move.done) % defaultdict(str, step.private),
        lead=lead, who=str(step.actor or step.guest or _("系统")),
        unit=str(step.organization or ""), took=step.took if step.from_state != State.DRAFT else None,
        was_late=step.was_late, second=str(step.approver or ""), reason=step.reason_words,
        note=step.note if permitted else "", key=(step.at, step.version, 1),
    )  # fmt: skip


def _leads_of(referral, steps):
    """{step: the unit that leads the case from then on}, where that changed; a pause changes nothing."""
    found, is_led = {}, False
    for step in steps:
        now = is_led if step.to_state == State.ON_HOLD else is_led_by_receiver(referral.kind, step.to_state)
        if now != is_led:
            found[step.pk] = str(referral.receiver if now else first_sender_of(referral))
        is_led = now
    return found


def _approvals(referral):
    return referral.approvals.select_related("asked_by__organization", "decided_by__organization")


def _lines_of_approval(row, permitted):
    """Asked, and answered; what was agreed to is a step of its own with its second person."""
    words = {"move": MOVES[row.verb].label}
    yield Line(
        at=row.asked_at, title=_("提请第二人审核：%(move)s") % words, who=str(row.asked_by),
        unit=str(row.asked_by.organization), note=row.note if permitted else "", key=(row.asked_at, 0, 0),
    )  # fmt: skip
    if row.state == row.State.DECLINED:
        yield Line(
            at=row.decided_at, title=_("第二人不同意：%(move)s") % words, who=str(row.decided_by),
            unit=str(row.decided_by.organization), took=row.decided_at - row.asked_at,
            note=row.private.get("answer", "") if permitted else "", key=(row.decided_at, 0, 0),
        )  # fmt: skip


def page_of_lines(request, lines):
    """A page of a list that is at hand: `after` and `before` say where it begins."""
    start = _start(request.GET.get("after") or request.GET.get("before"))
    rows = lines[start : start + PAGE_SIZE]
    return Page(
        rows, after=str(start + PAGE_SIZE) if len(lines) > start + PAGE_SIZE else "",
        before=str(max(start - PAGE_SIZE, 0)) if start else "",
    )  # fmt: skip


def _start(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


def spent_by_side(referral, steps):
    """{side: how long it was its turn altogether}, with the time until now for the side whose turn it is."""
    spent = Counter()
    for step in steps:
        spent[_turn(step.from_state)] += step.took.total_seconds()
    if referral.is_live:
        spent[_turn(referral.state)] += (timezone.now() - referral.state_since).total_seconds()
    return {side: timedelta(seconds=spent[side]) for side in (Side.SENDER, Side.RECEIVER) if spent[side]}


def _turn(state):
    """A draft is nobody's loss of time; a pause is its own."""
    return Side.NOBODY if state == State.DRAFT else STANDINGS[State(state)].turn
