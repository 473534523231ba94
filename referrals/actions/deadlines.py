"""By the clock: reminders one rung a run, then expiry; silence that closes; drafts that nobody sent."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members import audit, outbox
from members.calendar import add_working_days
from members.models import Staff
from members.roles import ROLES
from referrals import announcements, urgent_lanes
from referrals.actions.decisions import end_provisions, free_place
from referrals.actions.moves import MOST_TOLD, Moved, hearers, locked, make, take
from referrals.actions.outcomes import close
from referrals.models import Referral, ReferralAccess, UrgentLane
from referrals.workflow import DRAFTS_KEPT_DAYS, LADDER, MOVES, Rung, Side, State

BATCH = 500
# Between two rungs: whoever was reminded has this many working days.
RUNG_DAYS = 2
EXPIRES = MOVES["expire"].sources
_HEADS = [role for role, held in ROLES.items() if "referral.decide" in held or "referral.send" in held]


def climb(on=None):
    """One rung for each referral whose clock has run out; at the top of the ladder it expires. Returns the counts.

    Switched on over old data, the first run only reminds: nothing expires that was not climbed for.
    """
    on = on or timezone.localdate()
    late = Referral.objects.live().exclude(state__in=[State.DRAFT, State.REPORTED]).filter(due_on__lt=on)
    due = late.exclude(rung_on__gt=on).order_by("pk").values_list("pk", flat=True)
    counts = {"reminded": 0, "expired": 0}
    for pk in list(due[:BATCH]):
        counts[_climb_one(pk, on)] += 1
    return counts


def _climb_one(pk, on):
    with transaction.atomic():
        referral = locked(Referral(pk=pk))
        position = LADDER.index(Rung(referral.rung))
        if position + 1 == len(LADDER):
            return _expire(referral, on)
        rung = LADDER[position + 1]
        Referral.objects.filter(pk=pk).update(rung=rung, rung_on=add_working_days(on, RUNG_DAYS))
        audit.record(None, "referral.remind", referral, organization=referral.turn, reason=str(rung.label))
        announcements.tell_late(referral)
        for staff in _reminded(referral, rung):
            outbox.put(
                "referral.late", {"referral": referral.code, "staff": staff.code, "rung": rung.value},
                dedup_key=f"referral.late:{referral.code}:{referral.version}:{rung}:{staff.code}",
            )  # fmt: skip
    return "reminded"


def _expire(referral, on):
    """Only what waits for an answer expires; help that is late stays with whoever was told last."""
    if referral.state not in EXPIRES:
        Referral.objects.filter(pk=referral.pk).update(rung_on=add_working_days(on, RUNG_DAYS * 5))
        return "reminded"
    current = take(None, referral, "expire", None)
    make(None, current, "expire", values=free_place(None, current))
    end_provisions(None, current)
    return "expired"


def _reminded(referral, rung):
    side = Side.RECEIVER if referral.turn and referral.turn.pk == referral.receiver_id else Side.SENDER
    if rung == Rung.HANDLER:
        return hearers(referral, side)[:MOST_TOLD]
    unit = referral.receiver if side == Side.RECEIVER else referral.sender
    if rung == Rung.COLLEAGUES:
        return _heads([unit.pk])
    above = ReferralAccess.objects.filter(referral=referral, reason=ReferralAccess.Reason.ABOVE)
    return _heads(above.values_list("organization", flat=True))


def _heads(units):
    staff = Staff.objects.none()
    for role in _HEADS:
        staff |= Staff.objects.active().holding(role)
    return staff.filter(organization__in=units).distinct().order_by("pk")[:MOST_TOLD]


def close_silent(on=None):
    """A report that nobody confirmed or disputed in its time closes by itself. Returns how many."""
    on = on or timezone.localdate()
    rows = Referral.objects.filter(state=State.REPORTED, due_on__lt=on).order_by("pk")
    rows = rows.exclude(pk__in=Referral.objects.in_consultation())
    rows = rows.exclude(pk__in=UrgentLane.objects.filter(urgent_lanes.wanting()).values("referral"))
    rows = rows.values_list("pk", flat=True)
    return sum(_close_one(pk) for pk in list(rows[:BATCH]))


def _close_one(pk):
    with transaction.atomic():
        try:
            current = take(None, Referral(pk=pk), "close", None)
        except Moved:
            return False
        close(None, current, "close")
    return True


def drop_old_drafts(on=None):
    """Drafts that nobody touched for long go; a week before, they are shown as such. Returns how many."""
    before = timezone.now() - timedelta(days=DRAFTS_KEPT_DAYS)
    rows = Referral.objects.filter(state=State.DRAFT, changed_at__lt=before).order_by("pk")
    count = 0
    for referral in rows[:BATCH]:
        with transaction.atomic():
            current = locked(referral)
            if current.state != State.DRAFT or current.changed_at >= before:
                continue
            audit.record(None, "referral.discard", current, organization=current.sender)
            current.delete()
            count += 1
    return count
