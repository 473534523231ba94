"""Who did or saw what. `record()` is the one writer of the audit."""

import hashlib
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils import timezone

from members.access import within_reach
from members.deeds import DEEDS, OBJECTS
from members.models import AuditEntry, Organization, Staff
from members.roles import ALL

DONE, REFUSED, FAILED = "done", "refused", "failed"
_deeds, _objects = dict(DEEDS), dict(OBJECTS)


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


def name_deeds(deeds, objects=()):
    """Another app's tables: deed -> words, model name -> words."""
    _deeds.update(deeds)
    _objects.update(objects)


def known_deeds():
    return dict(sorted(_deeds.items()))


def words_of(action):
    """A deed in words; an old code that nobody knows any more speaks for itself."""
    return str(_deeds.get(action, action))


def record(actor, action, obj=None, *, organization=None, outcome=DONE, reason="", changes=None):
    """Write one line, in the transaction of the change it tells of.

    `actor` is a person of staff, or None for the clock. `obj` is any object with a `code`; its name is kept as text,
    so that the line still reads when the object is gone. `changes` is {field: [old, new]}; no personal data in it.
    """
    line = _line(actor, action, obj, organization, outcome, reason, changes)
    line.save(force_insert=True)
    return line


def record_each(action, pairs):
    """The same deed for many objects that were written at once: (object, who did it), a line for each."""
    AuditEntry.objects.bulk_create(
        (_line(actor, action, obj, None, DONE, "", None) for obj, actor in pairs), batch_size=500
    )


def _line(actor, action, obj, organization, outcome, reason, changes):
    origin = origin_of_request.get()
    return AuditEntry(
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


# -- Reading the audit ------------------------------------------------------------------------------------------------
def visible_to(staff):
    """The lines of the units that the person oversees, whether their people acted or were acted upon."""
    if staff.permissions.get("audit.view") == ALL:
        return AuditEntry.objects.all()
    units = list(within_reach(staff, "audit.view").values_list("pk", flat=True))
    return AuditEntry.objects.filter(Q(organization_id__in=units) | Q(actor_organization_id__in=units))


def narrowed(entries, filters):
    """Lines that fit the filters of the screen: days, deed, outcome, and codes of person, unit and object."""
    if since := _midnight(filters.get("since")):
        entries = entries.filter(at__gte=since)
    if until := _midnight(filters.get("until")):
        entries = entries.filter(at__lt=until + timedelta(days=1))
    for name in ("action", "outcome"):
        if value := filters.get(name):
            entries = entries.filter(**{name: value})
    if code := filters.get("actor"):
        entries = entries.filter(actor_id__in=list(Staff.objects.filter(code=code).values_list("pk", flat=True)))
    if code := filters.get("unit"):
        units = list(Organization.objects.filter(code=code).values_list("pk", flat=True))
        entries = entries.filter(Q(organization_id__in=units) | Q(actor_organization_id__in=units))
    if code := filters.get("object"):
        entries = entries.filter(object_code=code)
    return entries


def _midnight(day):
    if not day:
        return None
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def object_words(object_type):
    return str(_objects.get(object_type, object_type))


def field_words(object_type, name):
    """A column's label, where the model still has it; what only points at it from elsewhere has none."""
    return str(getattr(_field(object_type, name), "verbose_name", name))


def value_words(object_type, name, value):
    """One of a column's choices in words; anything else as it is."""
    field = _field(object_type, name)
    choices = dict(getattr(field, "flatchoices", None) or ())
    return str(choices.get(value, value)) if isinstance(value, str) else value


def _field(object_type, name):
    model = _models().get(object_type)
    try:
        return model and model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


@cache
def _models():
    return {model._meta.model_name: model for model in apps.get_models()}
