"""Who did or saw what. `record()` is the one writer of the audit."""

import hashlib
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.utils import timezone

from members.deeds import DEEDS
from members.models import AuditEntry, Organization

DONE, REFUSED, FAILED = "done", "refused", "failed"
_deeds = dict(DEEDS)


@dataclass(frozen=True)
class Origin:
    """Where a change came from. Actions know no request; the middleware leaves this behind for the audit."""

    ip: str | None = None
    session: str = ""
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(cls, request):
        key = request.session.session_key or ""
        digest = hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""
        return cls(ip=request.META.get("REMOTE_ADDR") or None, session=digest)


NOWHERE = Origin(request_id="")
origin_of_request: ContextVar[Origin] = ContextVar("origin_of_request", default=NOWHERE)


def name_deeds(deeds):
    """Another app's table of deeds: code -> words."""
    _deeds.update(deeds)


def words_of(action):
    """A deed in words; an old code that nobody knows any more speaks for itself."""
    return str(_deeds.get(action, action))


def record(actor, action, obj=None, *, organization=None, outcome=DONE, reason="", changes=None):
    """Write one line, in the transaction of the change it tells of.

    `actor` is a person of staff, or None for the clock. `obj` is any object with a `code`; its name is kept as text,
    so that the line still reads when the object is gone. `changes` is {field: [old, new]}; no personal data in it.
    """
    origin = origin_of_request.get()
    return AuditEntry.objects.create(
        at=timezone.now(),
        action=action,
        outcome=outcome,
        actor_id=actor.pk if actor else None,
        actor_name=str(actor) if actor else "",
        actor_organization_id=actor.organization_id if actor else None,
        actor_organization_name=str(actor.organization) if actor else "",
        actor_roles=actor.roles_as_written[:200] if actor else "",
        object_type=obj._meta.model_name if obj else "",
        object_code=str(getattr(obj, "code", "") or getattr(obj, "pk", "")) if obj else "",
        object_name=str(obj)[:120] if obj else "",
        organization_id=_unit_of(actor, obj, organization),
        reason=reason[:500],
        changes=changes or {},
        ip=origin.ip,
        session=origin.session,
        request_id=origin.request_id,
    )


def _unit_of(actor, obj, organization):
    """Whose line it is: a supervisor sees it by this unit. Without a query."""
    if organization is not None:
        return organization.pk
    if isinstance(obj, Organization):
        return obj.pk
    return getattr(obj, "organization_id", None) or getattr(actor, "organization_id", None)


def record_reading(actor, obj, purpose, *, organization=None):
    """Somebody looked at personal data: whose, and what for."""
    return record(actor, "personal_data.read", obj, organization=organization, reason=purpose)


def record_refusal(actor, action, obj=None, *, organization=None, reason=""):
    """Somebody was not let through: a failed sign-in, a page that is not theirs. `actor` may be None."""
    return record(actor, action, obj, organization=organization, outcome=REFUSED, reason=reason)


def history_of(obj, limit=50):
    """The newest lines about an object: who changed what, when."""
    about = AuditEntry.objects.filter(object_type=obj._meta.model_name, object_code=obj.code)
    return list(about.order_by("-at")[:limit])
