"""The outreach list: possible givers and charities to win."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, is_within, may
from members.models import Prospect

# Written freely, and perhaps about a person: the audit says only that it changed.
PERSONAL = {"name", "offers", "note"}
EDITABLE = ("name", "kind", "area", "offers", "state", "next_on", "note")


def create_prospect(actor, values):
    """It belongs to the unit of whoever enters it."""
    owner = actor.organization
    if not may(actor, "prospect.edit", owner):
        raise PermissionDenied
    _refuse_far(owner, values["area"])
    with transaction.atomic():
        prospect = Prospect.objects.create(**{name: values[name] for name in EDITABLE}, owner=owner, changed_by=actor)
        audit.record(actor, "prospect.create", prospect, organization=owner)
    return prospect


def edit_prospect(actor, prospect, version, values):
    with transaction.atomic():
        current = Prospect.objects.select_for_update().get(pk=prospect.pk)
        if not may(actor, "prospect.edit", current.owner):
            raise PermissionDenied
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        _refuse_far(current.owner, values["area"])
        changes = {}
        for name in EDITABLE:
            old = getattr(current, name)
            if old != values[name]:
                changes[name] = ["…", "…"] if name in PERSONAL else [str(old or ""), str(values[name] or "")]
                setattr(current, name, values[name])
        current.version += 1
        current.changed_by, current.changed_at = actor, timezone.now()
        current.save()
        audit.record(actor, "prospect.edit", current, organization=current.owner, changes=changes)
    return current


def _refuse_far(owner, area):
    """One's own area, what lies below it, or what it lies in: a county may win a giver that sits in the city."""
    if not is_within(area, owner.area) and not is_within(owner.area, area):
        raise Refusal(_("请选择 %(area)s 范围内或上级的区划。") % {"area": owner.area}, field="area")
