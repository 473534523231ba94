"""Clauses on data and impact assessments: made by those who keep the agreements, approved by a second person."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from members.actions.agreements import may_edit
from portal.lib import uploads
from referrals.models import DataAgreement, ImpactAssessment

CLAUSES = ("agreement", "receiver", "purposes", "groups", "measures", "keeping")
ASSESSMENT = (
    "title", "purposes", "groups", "receiver_kinds", "necessity", "risks", "measures", "is_acceptable", "valid_until",
)  # fmt: skip


def add_data_agreement(actor, values):
    """Clauses on data of an agreement that stands. They are not edited: other clauses are other rows."""
    agreement, receiver = values["agreement"], values["receiver"]
    if not may_edit(actor, agreement):
        raise PermissionDenied
    if agreement.state not in {"current", "not_yet"}:
        raise Refusal(_("这份合作协议已经到期或终止，请先续签。"), field="agreement")
    if receiver not in [party for _side, party in agreement.parties]:
        raise Refusal(_("接收单位应是这份协议的一方。"), field="receiver")
    with transaction.atomic():
        clauses = DataAgreement.objects.create(made_by=actor, **{name: values[name] for name in CLAUSES})
        audit.record(actor, "data_agreement.add", clauses, organization=receiver)
    return clauses


def end_data_agreement(actor, clauses, reason):
    """At once: whoever looks next under these clauses sees nothing."""
    if not may_edit(actor, clauses.agreement):
        raise PermissionDenied
    with transaction.atomic():
        standing = DataAgreement.objects.filter(pk=clauses.pk, ended_on=None)
        if not standing.update(ended_on=timezone.localdate(), end_reason=reason, ended_by=actor):
            raise Refusal(_("这项条款已经终止。"))
        audit.record(actor, "data_agreement.end", clauses, organization=clauses.receiver, reason=reason)


def write_assessment(actor, values, file=None):
    _require(actor, "assessment.edit", actor.organization)
    with uploads.kept(file) as stored, transaction.atomic():
        assessment = ImpactAssessment.objects.create(
            organization=actor.organization, written_by=actor, **{name: values[name] for name in ASSESSMENT}, **stored
        )
        audit.record(actor, "assessment.write", assessment)
    return assessment


def edit_assessment(actor, assessment, version, values, file=None):
    _require(actor, "assessment.edit", assessment.organization)
    with uploads.kept(file) as stored, transaction.atomic():
        current = _draft(assessment, version)
        old = current.file_key
        for name, value in {**{name: values[name] for name in ASSESSMENT}, **stored}.items():
            setattr(current, name, value)
        current.written_by, current.written_at = actor, timezone.now()
        current.version += 1
        current.save()
        audit.record(actor, "assessment.edit", current)
        if stored and old:
            transaction.on_commit(lambda: uploads.delete(old))
    return current


def approve_assessment(actor, assessment, version):
    """By a second person; from then on it is kept as it is."""
    _require(actor, "assessment.approve", assessment.organization)
    with transaction.atomic():
        current = _draft(assessment, version)
        if current.written_by_id == actor.pk:
            raise Refusal(_("评估由第二个人审定：这一份是您写的。"))
        if current.valid_until < timezone.localdate():
            raise Refusal(_("有效期已经过去，请先修改。"))
        current.state, current.approved_by, current.approved_at = "approved", actor, timezone.now()
        current.save()
        audit.record(actor, "assessment.approve", current)
    return current


def _draft(assessment, version):
    current = ImpactAssessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if current.state != ImpactAssessment.State.DRAFT:
        raise Refusal(_("已审定的评估不能再改，请另写一份。"))
    if current.version != version:
        raise Stale(current, by=current.written_by, at=current.written_at)
    return current


def _require(actor, permission, organization):
    if not may(actor, permission, organization):
        raise PermissionDenied
