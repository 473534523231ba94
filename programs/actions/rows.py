"""A row as the person saw it: moved or written only if it still is so; else they hear what happened meanwhile."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from programs.workflow import can


def move_row(actor, row, version, moves, verb, **values):
    """One conditional UPDATE from the states the verb starts from; the row is fresh afterwards.

    What was looked at before (kind, filing, second person) was looked at in `row`: it must be the version that moves,
    not one that somebody foresaw and had written meanwhile.
    """
    states, target = moves[verb]
    if row.version != version:
        _refuse(row, moves, verb)
    mine = type(row).objects.filter(pk=row.pk, version=version, state__in=states)
    stamp = {"version": F("version") + 1, "changed_by": actor, "changed_at": timezone.now()}
    if not mine.update(state=target, **values, **stamp):
        _refuse(row, moves, verb)
    row.refresh_from_db()
    return row


def take_step(actor, deed, row, version, moves, **values):
    """The move and its line in the audit. The deed is named after its verb: wish.claim."""
    with transaction.atomic():
        move_row(actor, row, version, moves, deed.partition(".")[2], **values)
        audit.record(actor, deed, row, reason=values.get("reason", ""))
    return row


def _refuse(row, moves, verb):
    current = type(row).objects.select_related("changed_by").filter(pk=row.pk).first()
    if current is None:
        raise Refusal(_("这一条已经被删除。"))
    if not can(moves, verb, current.state):
        raise Refusal(_("现在是“%(state)s”，不能这样办理。请刷新后再看。") % {"state": current.get_state_display()})
    raise Stale(current, by=current.changed_by, at=current.changed_at)


def write_row(actor, row, version, values):
    """What the form says into the row, under a lock; {field: [old, new]} of what changed."""
    locked = type(row).objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if locked is None:
        raise Refusal(_("这一条已经被删除。"))
    if locked.version != version:
        raise Stale(locked, by=locked.changed_by, at=locked.changed_at)
    changes = {}
    for name, value in values.items():
        old = getattr(locked, name)
        if old != value:
            changes[name] = [plain(old), plain(value)]
            setattr(locked, name, value)
    locked.version, locked.changed_by, locked.changed_at = version + 1, actor, timezone.now()
    refuse_what_cannot_be(locked)
    locked.save()
    return locked, changes


def refuse_what_cannot_be(row):
    """The database holds these rules too; here they get words. Other rows were chosen by the form, not typed."""
    relations = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude=relations)
        row.validate_constraints()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refusal(" ".join(messages), field=None if field == "__all__" else field) from error


def plain(value):
    """As the audit keeps it. Long texts are only said to have changed."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    if isinstance(value, Decimal):
        return str(value)
    text = str(value)
    return text if len(text) <= 60 else "…"


def require_reason(reason):
    if not (reason or "").strip():
        raise Refusal(_("请写明原因。"), field="reason")
    return reason.strip()
