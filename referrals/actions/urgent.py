"""救急难 (R73): sent on a stated ground with a second person, the least data and 72 hours to bring the consent."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal
from members.models import Staff
from members.roles import ROLES
from referrals import turns, urgent_lanes
from referrals.actions.moves import MOST_TOLD, hearers, locked, make, take
from referrals.actions.provisions import end_lane
from referrals.actions.referrals import list_what_is_sent, own_draft, provide_items, submit_referral
from referrals.kinds import Urgency
from referrals.models import Referral, UrgentLane
from referrals.workflow import Side

BATCH = 200
WARN_BEFORE = timedelta(hours=24)
_SENDERS = [role for role, held in ROLES.items() if "referral.send" in held]


def go_urgent(actor, referral, version, ground, words, items):
    """From the draft to the second person, who is told at once."""
    if not words.strip():
        raise Refusal(_("请写明为什么等不得：发生了什么，怎样危急。"), field="words")
    items = [item for item in items if item in urgent_lanes.ITEMS]
    if not items:
        raise Refusal(_("请勾选施救必需的内容。"), field="items")
    with transaction.atomic():
        current = own_draft(actor, referral, version)
        values = {"ground": ground, "private": {"words": words.strip()}, "asked_by": actor, "asked_at": timezone.now()}
        lane, _is_new = UrgentLane.objects.update_or_create(referral=current, defaults=values)
        current.is_urgent_lane, current.urgency, current.items = True, Urgency.CRITICAL, items
        current.version, current.changed_by, current.changed_at = version + 1, actor, timezone.now()
        current.save()
        audit.record(actor, "referral.go_urgent", lane, organization=current.sender, reason=lane.get_ground_display())
        submitted = submit_referral(actor, current, current.version)
        _alert(actor, submitted, lane)
    return submitted


def leave_urgent(actor, referral, version):
    """Back on the ordinary road: there is time to ask."""
    with transaction.atomic():
        current = own_draft(actor, referral, version)
        UrgentLane.objects.filter(referral=current).delete()
        current.is_urgent_lane, current.version, current.changed_by = False, version + 1, actor
        current.changed_at = timezone.now()
        current.save()
        audit.record(actor, "referral.leave_urgent", current, organization=current.sender)
    return current


def _alert(actor, referral, lane):
    """Whoever may agree: of the unit, and for a town of the county's bureau."""
    units = [referral.sender_id, *referral.access.filter(reason="above").values_list("organization", flat=True)]
    staff = Staff.objects.none()
    for role in _SENDERS:
        staff |= Staff.objects.active().holding(role)
    near = staff.filter(organization__in=units).exclude(pk=actor.pk).distinct().order_by("pk")
    for one in near.select_related("organization")[:MOST_TOLD]:
        if turns.answers_for(one, referral.sender, one.permissions.get("referral.send")):
            outbox.put(
                "referral.urgent", {"referral": referral.code, "staff": one.code},
                dedup_key=f"referral.urgent:{lane.code}:{referral.version}:{one.code}",
            )  # fmt: skip


# -- Afterwards -------------------------------------------------------------------------------------------------------
def bring_consent(actor, referral, version, note=""):
    """The person has agreed since: what was shown on the ground stands under the consent from now on."""
    with transaction.atomic():
        current = take(actor, referral, "bring_consent", version)
        _convert(actor, current, _lane(current), note)
    return current


def complete_papers(actor, referral, version, note=""):
    """先救助后补材料: the papers that were not asked for then are there."""
    with transaction.atomic():
        current = take(actor, referral, "complete_papers", version)
        lane = _lane(current)
        if lane.papers_done_at:
            raise Refusal(_("材料已经补齐。"))
        UrgentLane.objects.filter(pk=lane.pk).update(papers_done_at=timezone.now(), papers_done_by=actor)
        make(actor, current, "complete_papers", note=note.strip())
    return current


def _lane(referral):
    return UrgentLane.objects.select_for_update().get(referral=referral)


def _convert(actor, referral, lane, note=""):
    if lane.state not in (UrgentLane.State.OPEN, UrgentLane.State.LAPSED):
        raise Refusal(_("同意已经补齐，或者已经终止。"))
    provisions = provide_items(actor or lane.asked_by, referral, referral.items)
    UrgentLane.objects.filter(pk=lane.pk).update(state=UrgentLane.State.CONSENTED, ended_at=timezone.now())
    end_lane(actor, lane)
    make(actor, referral, "bring_consent", note=note.strip())
    list_what_is_sent(actor or lane.asked_by, referral, provisions, reason=_("救急难补齐同意"))


def end_lapsed(now=None):
    """By the clock: whoever has agreed meanwhile is noted; every other road closes, and both sides hear of it."""
    now = now or timezone.now()
    rows = UrgentLane.objects.filter(state=UrgentLane.State.OPEN, due_at__lte=now).order_by("due_at")
    return [_end_one(lane.referral_id) for lane in rows[:BATCH]].count("lapsed")


def _end_one(pk):
    with transaction.atomic():
        referral = locked(Referral(pk=pk))
        lane = _lane(referral)
        if lane.state != UrgentLane.State.OPEN:
            return ""
        try:
            with transaction.atomic():
                _convert(None, referral, lane)
            return "consented"
        except (Refusal, PermissionDenied):
            referral = locked(Referral(pk=pk))
        UrgentLane.objects.filter(pk=lane.pk).update(state=UrgentLane.State.LAPSED, ended_at=timezone.now())
        end_lane(None, lane)
        make(None, referral, "lapse_lane")
        return "lapsed"


def warn_of_ends(now=None):
    """A day before: whoever answers for the case on the sender's side, once."""
    now = now or timezone.now()
    rows = UrgentLane.objects.filter(state=UrgentLane.State.OPEN, warned_at=None, due_at__lte=now + WARN_BEFORE)
    for lane in rows.select_related("referral__sender", "referral__sender_handler")[:BATCH]:
        with transaction.atomic():
            if UrgentLane.objects.filter(pk=lane.pk, warned_at=None).update(warned_at=now):
                for staff in hearers(lane.referral, Side.SENDER)[:MOST_TOLD]:
                    outbox.put(
                        "referral.lane", {"referral": lane.referral.code, "staff": staff.code},
                        dedup_key=f"referral.lane:{lane.code}:{staff.code}",
                    )  # fmt: skip
