"""A referral as its page shows it: the path, what may be seen of the person, verdicts then and now, what to do."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from referrals import disclosure, turns, two_ways
from referrals.actions.approvals import waiting_for
from referrals.actions.decisions import has_queue, place_in_queue
from referrals.actions.referrals import snapshot_of
from referrals.models import Referral
from referrals.overlaps import flags_of
from referrals.workflow import BEFORE_ACCEPTANCE, MOVES, Side, State

# The straight road; whatever leaves it stands where it left.
PATH = (
    ("sent", _("发出"), ("send", "approve_sending")),
    ("received", _("签收"), ("sign",)),
    ("decided", _("接收"), ("accept",)),
    ("begun", _("帮扶"), ("begin",)),
    ("reported", _("反馈"), ("report",)),
    ("closed", _("闭环"), ("confirm", "close")),
)
# The one thing to do next in a state, by side; all others stand under it.
FIRST = {
    State.DRAFT: "send", State.REVIEW: "approve_sending", State.SENT: "sign", State.RECEIVED: "accept",
    State.RETURNED: "answer", State.WAITLISTED: "accept", State.ACCEPTED: "begin", State.IN_PROGRESS: "report",
    State.ON_HOLD: "resume", State.REPORTED: "confirm",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    label: str
    at: object
    is_done: bool
    is_now: bool


def path_of(referral, steps):
    """Six stations with the time each was reached last; the first one that was not is now."""
    reached = {}
    for step in steps:
        for code, _label, verbs in PATH:
            if step.verb in verbs:
                reached[code] = step.at
    shown, is_now_given = [], referral.is_ended
    for code, label, _verbs in PATH:
        is_done = code in reached
        is_now = not is_done and not is_now_given
        is_now_given = is_now_given or is_now
        shown.append(Step(label, reached.get(code), is_done, is_now))
    return shown


@dataclass(frozen=True)
class Deeds:
    """What this person can do now: one first, others beside it, the grave ones quiet at the end."""

    first: object
    others: list
    grave: list
    # (move, why not): would be theirs, and cannot be now.
    blocked: list

    def __bool__(self):
        return bool(self.first or self.others or self.grave)


def deeds_of(staff, referral):
    answers = turns.open_to(staff, referral)
    if not has_queue(referral):
        answers = [(move, answer) for move, answer in answers if move.verb != "wait"]
    able = [move for move, answer in answers if not answer and move.verb not in ("submit",)]
    if State(referral.state) == State.DRAFT:
        able = [move for move, answer in answers if not answer]
    first = next((move for move in able if move.verb == FIRST.get(State(referral.state))), None)
    others = [move for move in able if move != first and not move.is_grave]
    grave = [move for move in able if move != first and move.is_grave]
    return Deeds(first, others, grave, [(move, answer) for move, answer in answers if answer])


def shown_of(staff, referral):
    """(permitted, rows) of the person as this member of staff may see them, here and now."""
    permitted = disclosure.permitted(staff, referral.person)
    listed = frozenset(referral.items)
    items = permitted.items & listed if permitted.basis == disclosure.CONSENT else listed & permitted.items
    return permitted, disclosure.project(referral.person, items) if items else []


def verdicts_of(referral):
    """(then, now): what the rules said when it was sent, and what they say today while it can still be decided."""
    manifest = referral.manifests.last()
    then = manifest.snapshot if manifest else {}
    now = snapshot_of(referral) if referral.program and referral.is_live else {}
    return then, now


def flags_shown(staff, referral):
    """Duplicates, for whoever decides: before acceptance only."""
    if State(referral.state) not in BEFORE_ACCEPTANCE or referral.side_of(staff.organization_id) != Side.RECEIVER:
        return []
    return flags_of(referral)


def chain_of(referral):
    """From the first referral to this one, and what became of it after it was passed on."""
    earlier, link = [], referral.parent
    while link is not None:
        earlier.append(link)
        link = link.parent
    return [*reversed(earlier), referral, *referral.children.select_related("receiver", "sender")]


def beside(referral):
    """Asked side by side about the same needs."""
    if referral.is_ended:
        return Referral.objects.none()
    same = Q(person=referral.person_id, needs__in=referral.needs.all(), sender=referral.sender_id)
    return Referral.objects.open().filter(same).exclude(pk=referral.pk).distinct().select_related("receiver")


def page_of_case(staff, referral):
    """Everything of the page but the request."""
    steps = list(referral.steps.select_related("actor", "organization", "approver"))
    permitted, rows = shown_of(staff, referral)
    then, now = verdicts_of(referral) if permitted else ({}, {})
    return {
        "referral": referral,
        "path": path_of(referral, steps),
        "steps": [(step, MOVES[step.verb]) for step in reversed(steps)],
        "deeds": deeds_of(staff, referral),
        "permitted": permitted,
        "rows": rows,
        "withheld": [one for one in referral.items if permitted and one not in permitted.items],
        "then": then,
        "now": now,
        "flags": flags_shown(staff, referral) if permitted else [],
        "questions": referral.questions.select_related("asked_by", "answered_by") if permitted else [],
        "reports": referral.reports.prefetch_related("needs__need") if permitted else [],
        "needs": referral.needs.all() if permitted else [],
        "chain": chain_of(referral),
        "beside": beside(referral) if referral.side_of(staff.organization_id) == Side.SENDER else [],
        "approval": waiting_for(staff).filter(referral=referral).select_related("asked_by").first(),
        "asked_approval": referral.approvals.filter(state="asked").first(),
        "queue": place_in_queue(referral) if referral.state == State.WAITLISTED else None,
        "side": referral.side_of(staff.organization_id),
        "today": timezone.localdate(),
        **two_ways.sections(staff, referral, permitted),
    }
