"""Moves that wait for a second person: asked with a reason, agreed to or declined, never by whoever asked."""

from functools import cache

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from portal.lib.prepared import Prepared
from referrals import turns
from referrals.models import ReferralApproval
from referrals.workflow import MOVES


def ask(actor, referral, verb, *, note, flags=(), values=None):
    """The request that stands until a second person decides; the move itself has not happened."""
    if not note.strip():
        raise Refusal(_("这一步要由第二人审核，请写明理由。"), field="note")
    private = {"note": note.strip(), "flags": list(flags), "values": values or {}}
    try:
        with transaction.atomic():
            row = ReferralApproval.objects.create(
                referral=referral, verb=verb, seen_version=referral.version, private=private, asked_by=actor,
                organization=actor.organization,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal(_("已经提请第二人审核，请等待结果。")) from error
    audit.record(actor, "referral.ask_approval", referral, organization=actor.organization, reason=str(verb))
    return row


def waiting_for(staff):
    """Requests this person may decide on: of their own unit, never their own."""
    return _asked_of(staff.pk, staff.organization_id, _verbs_for(staff))


def _asked_of(staff, unit, verbs):
    rows = ReferralApproval.objects.filter(state="asked", organization=unit)
    return rows.exclude(asked_by=staff).filter(verb__in=verbs)


def _verbs_for(staff):
    return tuple(verb for verb, move in MOVES.items() if _second_permission(move) in staff.permissions)


@cache
def _counted(verbs):
    """Prepared for whoever may decide on these."""

    def rows(staff, unit):
        found = _asked_of(staff, unit, verbs).order_by().values("organization")
        return found.annotate(number=Count("referral", distinct=True)).values_list("number")

    return Prepared(rows, staff=int, unit=int)


def count_waiting(staff):
    """On how many referrals this person may decide now."""
    verbs = _verbs_for(staff)
    found = _counted(verbs)(staff=staff.pk, unit=staff.organization_id) if verbs else ()
    return sum(number for (number,) in found)


def may_decide(staff, approval):
    """By unit and permission; whether it is their own, and still open, is told in words."""
    return (
        approval.organization_id == staff.organization_id
        and _second_permission(MOVES[approval.verb]) in staff.permissions
    )


def decide(actor, approval, *, is_agreed, note=""):
    """The locked row with the decision on it. What is agreed to is done by the caller in the same transaction."""
    row = ReferralApproval.objects.select_for_update().get(pk=approval.pk)
    if not may_decide(actor, row):
        raise PermissionDenied
    if not is_agreed and not note.strip():
        raise Refusal(_("请写明为什么不同意。"), field="note")
    if row.asked_by_id == actor.pk:
        raise Refusal(_("自己提请的，要由另一个人审核。"))
    if row.state != ReferralApproval.State.ASKED:
        raise Refusal(_("这项审核已经有结果了。"))
    if reason := turns.related_words(actor, row.referral.person) or turns.not_a_minors(actor, row.referral.person):
        raise Refusal(reason)
    row.state = ReferralApproval.State.APPROVED if is_agreed else ReferralApproval.State.DECLINED
    row.decided_by, row.decided_at = actor, timezone.now()
    row.private = {**row.private, "answer": note.strip()}
    row.save(update_fields=["state", "decided_by", "decided_at", "private"])
    audit.record(actor, "referral.decide_approval", row.referral, organization=row.organization, reason=row.verb)
    return row


def lapse(referral):
    """What was asked over an older version of the referral is void."""
    rows = ReferralApproval.objects.filter(referral=referral, state="asked")
    rows.exclude(seen_version=referral.version).update(state=ReferralApproval.State.LAPSED)


def _second_permission(move):
    """Whoever decides: for writing it is sending, for everything else deciding."""
    return {"referral.write": "referral.send"}.get(move.permission, move.permission)
