"""Security incidents with personal data: written down, reported, told to those affected, closed."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from referrals.models import Incident

FIELDS = (
    "kind", "title", "found_at", "since", "until", "receiver", "staff", "harm", "measures", "reported_to",
    "reported_at", "notified_at", "notice",
)  # fmt: skip


def record_incident(actor, values):
    incident = Incident(organization=actor.organization, recorded_by=actor, changed_by=actor, **_taken(values))
    _require(actor, incident)
    _refuse_what_cannot_be(incident)
    with transaction.atomic():
        incident.save()
        audit.record(actor, "incident.record", incident)
    return incident


def edit_incident(actor, incident, version, values, *, closes=False):
    with transaction.atomic():
        current = Incident.objects.select_for_update(of=("self",)).select_related("organization").get(pk=incident.pk)
        _require(actor, current)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        if current.state == Incident.State.CLOSED:
            raise Refusal(_("事件已经办结，不能再改。"))
        for name, value in _taken(values).items():
            setattr(current, name, value)
        if closes:
            if not current.notice:
                raise Refusal(_("办结前请写明怎样通知了本人，或者依法不通知的理由。"), field="notice")
            current.state = Incident.State.CLOSED
        _refuse_what_cannot_be(current)
        current.version += 1
        current.changed_by, current.changed_at = actor, timezone.now()
        current.save()
        audit.record(actor, "incident.close" if closes else "incident.edit", current)
    return current


def _taken(values):
    return {name: values[name] for name in FIELDS}


def _require(actor, incident):
    if not may(actor, "incident.edit", incident.organization):
        raise PermissionDenied


def _refuse_what_cannot_be(incident):
    if not incident.receiver and not incident.staff:
        raise Refusal(_("请写明涉及的接收单位或人员账号，用来查找受影响的人。"), field="receiver")
    try:
        incident.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error
