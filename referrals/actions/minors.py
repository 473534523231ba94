"""Sight of minors' cases: asked for with a reason, given by the responsible person, ended when no longer needed."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from referrals import minors
from referrals.models import MinorAccessApproval

ASKED, APPROVED, DECLINED = MinorAccessApproval.State
Scope = MinorAccessApproval.Scope


def ask_minor_access(actor, *, person=None, reason, until):
    """For one person, or (without one) for all minors within reach."""
    if "minor.ask" not in actor.permissions:
        raise PermissionDenied
    _refuse_day(until)
    if person is not None and minors.may_see(actor, person):
        raise Refusal(_("您现在就可以查看，不需要申请。"))
    scope = Scope.PERSON if person else Scope.ALL
    try:
        with transaction.atomic():
            asked = MinorAccessApproval.objects.create(
                staff=actor, organization=actor.organization, scope=scope, person=person, reason=reason, until=until
            )
            audit.record(actor, "minor_access.ask", asked, reason=reason)
    except IntegrityError as error:
        raise Refusal(_("您已经提出过同样的申请，正在等待批准。")) from error
    return asked


def approve_minor_access(actor, approval, until, answer=""):
    """The responsible person says yes, perhaps for a shorter time than was asked."""
    _refuse_day(until)
    if until > approval.until:
        raise Refusal(_("批准的期限不能比申请的更长。"), field="until")
    return _decide(actor, approval, APPROVED, "minor_access.approve", answer, until=until)


def decline_minor_access(actor, approval, answer):
    return _decide(actor, approval, DECLINED, "minor_access.decline", answer)


def end_minor_access(actor, approval):
    """By the responsible person, or by oneself when the case is done."""
    if approval.staff_id != actor.pk:
        _require(actor, approval)
    with transaction.atomic():
        live = MinorAccessApproval.objects.live().filter(pk=approval.pk)
        if not live.update(ended_at=timezone.now(), ended_by=actor):
            raise Refusal(_("这项批准已经结束。"))
        audit.record(actor, "minor_access.end", approval, organization=approval.organization)


def _decide(actor, approval, state, deed, answer, **values):
    _require(actor, approval)
    if approval.staff_id == actor.pk:
        raise Refusal(_("不能批准自己的申请，请本单位另一位负责人办理。"))
    with transaction.atomic():
        waiting = MinorAccessApproval.objects.waiting().filter(pk=approval.pk)
        decided = {"state": state, "decided_by": actor, "decided_at": timezone.now(), "answer": answer, **values}
        if not waiting.update(**decided):
            raise Refusal(_("这项申请已经有人答复。"))
        approval.refresh_from_db()
        audit.record(actor, deed, approval, organization=approval.organization, reason=answer)
    return approval


def _require(actor, approval):
    if not may(actor, "minor.approve", approval.organization):
        raise PermissionDenied


def _refuse_day(until):
    today = timezone.localdate()
    if not today <= until <= today + timedelta(days=minors.LONGEST_DAYS):
        raise Refusal(_("期限应从今天起，最长一年。"), field="until")
