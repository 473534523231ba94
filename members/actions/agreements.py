"""Agreements with partners: made, changed, ended before their day."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from members.models import Agreement
from portal.lib import uploads

EDITABLE = (
    "title", "party_a", "party_b", "party_c", "signed_on", "starts_on", "ends_on", "ceiling", "quota", "quota_unit",
    "terms",
)  # fmt: skip


def create_agreement(actor, values, file=None):
    """`file` is what portal.lib.uploads.check() let through: the signed paper."""
    agreement = Agreement(**{name: values[name] for name in EDITABLE}, changed_by=actor)
    _refuse_strangers(actor, agreement)
    _refuse_what_cannot_be(agreement)
    with uploads.kept(file) as stored, transaction.atomic():
        _attach(agreement, stored)
        agreement.save()
        audit.record(actor, "agreement.create", agreement, organization=agreement.party_a)
    return agreement


def edit_agreement(actor, agreement, version, values, file=None):
    """A new file takes the place of the old one; no file leaves it as it is."""
    with uploads.kept(file) as stored, transaction.atomic():
        current = Agreement.objects.select_for_update().get(pk=agreement.pk)
        _require(actor, current)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        if current.ended_on:
            raise Refusal(_("协议已经终止，不能再修改。"))
        values = {name: values[name] for name in EDITABLE}
        changes = {
            name: [str(getattr(current, name) or ""), str(value or "")]
            for name, value in values.items()
            if (getattr(current, name) or None) != (value or None)
        }
        for name, value in values.items():
            setattr(current, name, value)
        if stored:
            changes["file_name"] = [current.file_name, stored["file_name"]]
        _attach(current, stored)
        _refuse_strangers(actor, current)
        _refuse_what_cannot_be(current)
        _save(current, actor)
        audit.record(actor, "agreement.edit", current, organization=current.party_a, changes=changes)
    return current


def end_agreement(actor, agreement, reason):
    with transaction.atomic():
        current = Agreement.objects.select_for_update().get(pk=agreement.pk)
        _require(actor, current)
        if current.ended_on:
            raise Refusal(_("协议已于 %(day)s 终止。") % {"day": current.ended_on.isoformat()})
        current.ended_on, current.end_reason = timezone.localdate(), reason
        _save(current, actor)
        audit.record(actor, "agreement.end", current, organization=current.party_a, reason=reason)
    return current


def _attach(agreement, stored):
    """The file it had goes when the new one is safely in its place."""
    old = agreement.file_key
    if stored and old:
        transaction.on_commit(lambda: uploads.delete(old))
    for name, value in stored.items():
        setattr(agreement, name, value)


def may_edit(actor, agreement):
    """Whoever keeps the agreements of one of its parties."""
    return any(may(actor, "agreement.edit", organization) for _side, organization in agreement.parties)


def _require(actor, agreement):
    if not may_edit(actor, agreement):
        raise PermissionDenied


def _refuse_strangers(actor, agreement):
    if not may_edit(actor, agreement):
        raise Refusal(_("协议的一方应为您负责的单位。"), field="party_a")


def _refuse_what_cannot_be(agreement):
    if agreement.quota_unit and agreement.quota is None:
        raise Refusal(_("填写了名额单位，请同时填写名额。"), field="quota")
    try:
        agreement.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _save(agreement, actor):
    agreement.version += 1
    agreement.changed_by, agreement.changed_at = actor, timezone.now()
    agreement.save()
