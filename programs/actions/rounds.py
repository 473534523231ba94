"""Campaigns and terms of a program, and the places in them."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from programs.access import may
from programs.models import Round
from programs.versions import quota_of

EDITABLE = ("label", "campaign", "term", "opens_on", "closes_on", "quota", "lowest", "highest", "note")


def open_round(actor, program, values):
    """A new campaign or term."""
    _require(actor, program)
    known = {name: values[name] for name in EDITABLE if name in values}
    with transaction.atomic():
        row = Round(program=program, made_by=actor, changed_by=actor, **known)
        _refuse_what_cannot_be(row)
        _save(row)
        audit.record(actor, "round.open", row, organization=program.organization, changes={"label": [None, row.label]})
    return row


def change_round(actor, row, version, values):
    """Also how it is closed early: by an earlier last day."""
    _require(actor, row.program)
    known = {name: values[name] for name in EDITABLE if name in values}
    old = {name: getattr(row, name) for name in known}
    with transaction.atomic():
        locked = Round.objects.select_for_update(of=("self",)).select_related("program", "changed_by").get(pk=row.pk)
        if locked.version != version:
            raise Stale(locked, by=locked.changed_by, at=locked.changed_at)
        for name, value in known.items():
            setattr(locked, name, value)
        locked.version, locked.changed_by, locked.changed_at = version + 1, actor, timezone.now()
        _refuse_what_cannot_be(locked)
        _save(locked)
        changes = {name: [_plain(old[name]), _plain(value)] for name, value in known.items() if old[name] != value}
        audit.record(actor, "round.change", locked, organization=locked.program.organization, changes=changes)
    return locked


def take_place(actor, row, number=1):
    """Places used in a round (given back with a negative number): never more than there are, however many ask."""
    with transaction.atomic():
        rows = Round.objects.filter(pk=row.pk, quota_used__gte=-number)
        rows = rows.filter(quota=None) | rows.filter(quota__gte=F("quota_used") + number)
        if not rows.update(quota_used=F("quota_used") + number):
            row.refresh_from_db()
            words = {"round": row.label, "left": row.places_left or 0}
            raise Refusal(_("“%(round)s”只剩 %(left)s 个名额，不够用。") % words)
        row.refresh_from_db()
        used = [row.quota_used - number, row.quota_used]
        audit.record(actor, "round.take", row, organization=row.program.organization, changes={"quota_used": used})
    return row


def _refuse_what_cannot_be(row):
    """The database holds these too; here they get words."""
    most = quota_of(row.program)
    if most is not None and row.quota is not None and row.quota > most:
        raise Refusal(_("项目规定的名额是 %(most)s 名，一个批次不能更多。") % {"most": most}, field="quota")
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _save(row):
    """Two people may enter the same round in the same moment: the second hears of it in words."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refusal(_("这个项目已经有同名的批次。"), field="label") from error


def _plain(value):
    return value if value is None or isinstance(value, int | str) else str(value)


def _require(actor, program):
    if not may(actor, "round.edit", program):
        raise PermissionDenied
