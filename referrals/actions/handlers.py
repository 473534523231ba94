"""Many cases into other hands at once: chosen ones, all of a colleague, or what somebody leaves behind (T23)."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit, handover
from members.access import Refusal
from referrals import turns
from referrals.actions.decisions import sign_referral
from referrals.actions.moves import RELATED, locked, make
from referrals.actions.outcomes import reassign_referral
from referrals.models import Referral
from referrals.workflow import State


@dataclass(frozen=True)
class Done:
    """What became of one of many: `why_not` is empty where it was done."""

    referral: object
    why_not: str = ""


def sign_each(actor, referrals):
    return [_each(one, sign_referral, actor, one, one.version) for one in referrals]


def reassign_each(actor, referrals, handler, note=""):
    return [_each(one, reassign_referral, actor, one, one.version, handler, note) for one in referrals]


def _each(referral, act, *given):
    """Each by itself: what is refused for one is no reason for the next."""
    try:
        act(*given)
    except Refusal as refusal:
        return Done(referral, refusal.message)
    except PermissionDenied:
        return Done(referral, _("您的角色不能办理这一件。"))
    return Done(referral)


def held_by(staff):
    """The live cases in somebody's hands, on whichever side their unit stands."""
    here = Q(handler=staff, receiver=staff.organization_id) | Q(sender_handler=staff, sender=staff.organization_id)
    return Referral.objects.live().exclude(state=State.DRAFT).filter(here)


def hand_on(actor, staff, successor, note=""):
    """Everything somebody holds to a colleague of the same unit; each with its answer."""
    if "referral.reassign" not in actor.permissions or staff.organization_id != actor.organization_id:
        raise PermissionDenied
    if successor.pk == staff.pk:
        raise Refusal(_("请选择另一位同事。"), field="successor")
    rows = held_by(staff).select_related(*RELATED).order_by("pk")
    done = reassign_each(actor, rows, successor, note)
    audit.record(
        actor, "referral.hand_on", staff, organization=actor.organization,
        changes={"handler": [str(staff), str(successor)]},
    )  # fmt: skip
    return done


def _move_held(actor, staff, successor):
    """For whoever hands over a leaver's work: a case that the successor is too close to goes to the unit's queue."""
    with transaction.atomic():
        for pk in list(held_by(staff).order_by("pk").values_list("pk", flat=True)):
            current = locked(Referral(pk=pk))
            is_receiver = current.handler_id == staff.pk and current.receiver_id == staff.organization_id
            column = "handler" if is_receiver else "sender_handler"
            near = successor is not None and turns.related_words(successor, current.person)
            taker = None if near else successor
            words = {"handler": taker or _("本单位待分派")}
            make(actor, current, "reassign", values={column: taker}, words=words)


handover.register(
    handover.Holding(
        code="referrals",
        label=gettext_lazy("经办的转介"),
        fate=gettext_lazy("交给接手的同事；没有指定的、须回避的，留在本单位等人经办。"),
        count=lambda staff: held_by(staff).count(),
        move=_move_held,
    )
)
