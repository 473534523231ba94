"""The next date of a case: set by either side for one of its own people, done once with a line, handed on with work."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit, handover
from members.access import Refusal
from referrals import case_notes, minors, timeline, turns
from referrals.models import FollowUp
from referrals.workflow import State

LONGEST = 500
MOST_OPEN = 20
FURTHEST = timedelta(days=3 * 366)


def plan_follow_up(actor, referral, values):
    """`values`: purpose, due_on, who (somebody of one's own unit), note. Also of a case that is over."""
    refuse_writer(actor, referral)
    if words := turns.related_words(actor, referral.person):
        raise Refusal(words)
    if referral.state in (State.DRAFT, State.REVIEW):
        raise Refusal(_("发出以后才能定跟进的日期。"))
    _refuse_wrong(actor, referral, values)
    with transaction.atomic():
        row = FollowUp.objects.create(
            referral=referral, organization=actor.organization, purpose=values["purpose"], due_on=values["due_on"],
            who=values["who"], made_by=actor, private=_told(note=values.get("note", "")),
        )  # fmt: skip
        audit.record(actor, "follow_up.plan", row, organization=actor.organization)
    return row


def refuse_writer(actor, referral):
    """Whoever may write on the case."""
    if not case_notes.audiences_of(actor, referral):
        raise PermissionDenied
    minors.require(actor, referral.person)


def _refuse_wrong(actor, referral, values):
    today = timezone.localdate()
    if not today <= values["due_on"] <= today + FURTHEST:
        raise Refusal(_("请选今天以后、三年以内的日期。"), field="due_on")
    if values["who"].organization_id != actor.organization_id or not values["who"].is_active:
        raise Refusal(_("请选本单位在岗的同事。"), field="who")
    if referral.follow_ups.open().filter(organization=actor.organization_id).count() >= MOST_OPEN:
        raise Refusal(_("这件个案没有做完的跟进已有 %(n)s 个，请先做完。") % {"n": MOST_OPEN})


def _told(**texts):
    return {name: text.strip()[:LONGEST] for name, text in texts.items() if text.strip()}


def finish_follow_up(actor, row, result, following=None):
    """Done, with what came of it; `following` (values of plan_follow_up) is the next date, set in the same breath."""
    if row.organization_id != actor.organization_id:
        raise PermissionDenied
    refuse_writer(actor, row.referral)
    if words := turns.related_words(actor, row.referral.person):
        raise Refusal(words)
    if not result.strip():
        raise Refusal(_("请写明结果，哪怕一句话。"), field="result")
    with transaction.atomic():
        current = FollowUp.objects.select_for_update(of=("self",)).select_related("referral__person", "done_by").get(
            pk=row.pk
        )  # fmt: skip
        if current.done_on is not None:
            words = {"who": current.done_by, "day": f"{current.done_on:%Y-%m-%d}"}
            raise Refusal(_("%(who)s 已在 %(day)s 做完。") % words)
        current.done_on, current.done_by = timezone.localdate(), actor
        current.private = {**current.private, **_told(result=result)}
        current.save(update_fields=["done_on", "done_by", "private"])
        person, number = current.referral.person, current.referral.number
        timeline.record(
            "follow_up_done", actor, person=person, purpose=current.get_purpose_display(), number=number
        )  # fmt: skip
        audit.record(actor, "follow_up.finish", current, organization=actor.organization)
        if following:
            plan_follow_up(actor, current.referral, following)
    return current


# -- Handing over -----------------------------------------------------------------------------------------------------
def _move_held(_actor, staff, successor):
    """Without a successor they stay under the name of who left, in the list of the unit."""
    if successor:
        FollowUp.objects.of(staff).update(who=successor)


handover.register(
    handover.Holding(
        code="follow_ups",
        label=gettext_lazy("没有做完的跟进"),
        fate=gettext_lazy("交给接手的同事；没有指定的，留在本单位的跟进里。"),
        count=lambda staff: FollowUp.objects.of(staff).count(),
        move=_move_held,
    )
)
