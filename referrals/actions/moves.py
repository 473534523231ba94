"""The one door through which the state of a referral changes.

Every move is one transaction: a conditional UPDATE over the state and the version that were seen, a step, a line of the
household's time line, an audit line, and a message for each person to be told. Whoever comes second changes nothing and
hears who was first. The verbs (referrals.actions.referrals, decisions, outcomes, deadlines) say what must hold and what
follows; this module knows only the table.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal
from members.kinds import BUREAU_KINDS
from members.models import RoleAssignment, Staff
from members.roles import ROLES
from referrals import announcements, clocks, timeline, turns
from referrals.actions.provisions import end_shares_of
from referrals.chain import first_senders
from referrals.models import Referral, ReferralAccess, ReferralStep
from referrals.workflow import ENDS, MOVES, REASONS, Side, State, target_of

# Told at once at most; a unit with more people reads it on its page 今天.
MOST_TOLD = 20
TAKES_CASES = [role for role, held in ROLES.items() if {"referral.write", "referral.receive"} & held.keys()]
RELATED = (
    "sender__area", "receiver__area", "person__residence", "program", "program_version", "round", "handler",
    "sender_handler", "changed_by",
)  # fmt: skip


class Moved(Refusal):
    """Somebody else was faster. `current` is the referral as it is now."""

    def __init__(self, current):
        words = {
            "who": current.changed_by or _("系统"),
            "when": f"{timezone.localtime(current.changed_at):%Y-%m-%d %H:%M}",
            "state": current.get_state_display(),
        }
        super().__init__(_("已由 %(who)s 于 %(when)s 处理，现在是“%(state)s”。") % words)
        self.current = current


def locked(referral):
    """The row as it is, held until the transaction ends: what is checked now still holds when it is written.

    Held first and read after: whoever had to wait would else find nobody where somebody new stands since (a join is
    not looked up again after the wait).
    """
    Referral.objects.select_for_update().values_list("pk").get(pk=referral.pk)
    return Referral.objects.select_related(*RELATED).get(pk=referral.pk)


def take(actor, referral, verb, version):
    """The locked row for a move somebody makes; refused when they may not, or when it changed since they looked."""
    current = locked(referral)
    move = MOVES[verb]
    if not move.is_by_clock:
        if not turns.stands_on(actor, current, move):
            raise PermissionDenied
        if current.version != version:
            raise Moved(current)
        if answer := turns.why_not(actor, current, move):
            raise Refusal(str(answer))
    elif not move.applies_to(current.state):
        raise Moved(current)
    return current


def make(
    actor,
    referral,
    verb,
    *,
    values=None,
    reason="",
    note="",
    words=None,
    approver=None,
    on=None,
    organization=None,
    guest="",
):
    """Write the move: the row, the step, the lines and the messages. `referral` is locked, `values` are its columns.

    `reason` is "category.code" of workflow.REASONS. `guest`: who came by a link for `organization`. Returns the step.
    """
    move, now = MOVES[verb], timezone.now()
    before = State(referral.state)
    after = State(target_of(move, referral.paused_in) or before)
    category, code = _reason(move, reason, note)
    changed = {
        "state": after, "version": F("version") + 1, "changed_by": actor, "changed_at": now,
        **(_arrival(referral, before, after, now, values or {}, on) if after != before else {}),
        **({"reason_category": category, "reason_code": code} if category else {}),
        **(values or {}),
    }  # fmt: skip
    was_late, since = referral.is_late, referral.state_since
    rows = Referral.objects.filter(pk=referral.pk, state=before, version=referral.version)
    if not rows.update(**changed):
        raise Moved(Referral.objects.select_related(*RELATED).get(pk=referral.pk))
    referral.refresh_from_db(fields=list(changed))
    step = ReferralStep.objects.create(
        referral=referral, verb=verb, from_state=before, to_state=after, version=referral.version, actor=actor,
        organization=actor.organization if actor else organization, approver=approver, at=now, took=now - since,
        was_late=was_late, reason_category=category, reason_code=code,
        private={
            "note": note, **({"guest": guest} if guest else {}),
            **{name: str(word) for name, word in (words or {}).items()},
        },
    )  # fmt: skip
    if after in ENDS and before not in ENDS:
        end_shares_of(actor, referral)
    _tell(actor, referral, move, step, words or {})
    return step


def _reason(move, reason, note):
    """A reason of the table, one that this move may give, and with words where the category asks for them."""
    if not move.reasons:
        return "", ""
    category, _dot, code = reason.partition(".")
    known = REASONS.get(category)
    if category not in move.reasons or known is None or code not in known.codes:
        raise Refusal(_("请选择原因。"), field="reason")
    if known.needs_words and not note.strip():
        raise Refusal(_("选了“%(reason)s”的，请写明情况。") % {"reason": known.label}, field="note")
    return category, code


def _arrival(referral, before, after, now, values, on):
    """What changes because a state begins: its clock, and the ladder starts anew."""
    for name in ("review_on", "finish_on", "procedure"):
        if name in values:
            setattr(referral, name, values[name])
    changed = {
        "state_since": now, "rung": "", "rung_on": None, **_clock(referral, before, after, on),
        "days_left": _days_left(referral, before, after, on),
    }  # fmt: skip
    if before == State.ON_HOLD:
        changed |= {"paused_in": "", "paused_by": None, "review_on": None}
    if after in ENDS:
        changed |= {"ended_at": now, **clocks.STOPPED}
    elif before in ENDS:
        changed |= {"ended_at": None}
    return changed


# The receiver's clock stands still here, and goes on when the referral comes back.
_STANDS_STILL = (State.RETURNED, State.ON_HOLD)


def _clock(referral, before, after, on):
    if before in _STANDS_STILL and referral.days_left is not None:
        return clocks.resumed(referral.days_left, on)
    return clocks.running(referral, after, on)


def _days_left(referral, before, after, on):
    if after in _STANDS_STILL:
        return clocks.left_today(referral, on)
    return None


# -- Telling ----------------------------------------------------------------------------------------------------------
def _tell(actor, referral, move, step, words):
    organization = referral.sender if move.side in (Side.SENDER, Side.CLOCK) else referral.receiver
    audit.record(
        actor, f"referral.{move.verb}", referral, organization=organization, reason=step.reason_words,
        changes={"state": [str(State(step.from_state).label), str(State(step.to_state).label)]},
    )  # fmt: skip
    told = {"receiver": referral.receiver, "sender": referral.sender, **words}
    timeline.record(
        f"referral_{move.verb}", actor, person=referral.person, number=referral.number, reason=step.reason_words, **told
    )
    announcements.tell_moved(referral, step)
    for link in first_senders(referral):
        _tell_each(actor, hearers(link, Side.SENDER), referral, step)
    for side in move.tells:
        _tell_each(actor, hearers(referral, side), referral, step)


def _tell_each(actor, people, referral, step):
    for staff in people.exclude(pk=actor.pk if actor else None)[:MOST_TOLD]:
        outbox.put(
            "referral.moved", {"referral": referral.code, "step": step.code, "staff": staff.code},
            dedup_key=f"referral.moved:{step.code}:{staff.code}",
        )  # fmt: skip


def hearers(referral, side):
    """Who is told on a side: whoever answers for the case there; without one, everybody of the unit who may take it."""
    if side == Side.COORDINATOR:
        return _coordinators(referral)
    unit, handler = {
        Side.SENDER: (referral.sender, referral.sender_handler),
        Side.RECEIVER: (referral.receiver, referral.handler),
    }[side]
    active = Staff.objects.active().filter(organization=unit)
    if handler is not None and handler.is_active and handler.organization_id == unit.pk:
        return active.filter(pk=handler.pk)
    held = RoleAssignment.objects.held().filter(role__in=TAKES_CASES, staff__organization=unit)
    return active.filter(pk__in=held.values("staff")).order_by("pk")


def _coordinators(referral):
    """Whoever brings a consultation about, at the bureaus that the case concerns."""
    concerned = ReferralAccess.objects.filter(referral=referral, organization__kind__in=BUREAU_KINDS)
    roles = [role for role, held in ROLES.items() if "referral.consult" in held]
    units = concerned.values("organization")
    held = RoleAssignment.objects.held().filter(role__in=roles, staff__organization__in=units)
    return Staff.objects.active().filter(pk__in=held.values("staff")).order_by("pk")
