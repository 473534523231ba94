"""What units have for the work itself: one row a unit, year and source."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from programs.models import WorkBudget

EDITABLE = ("year", "source", "planned", "spent", "note")


def set_budget(actor, organization, values, budget=None, version=None):
    """A new row, or a change of the one that is given."""
    if not may(actor, "budget.edit", organization):
        raise PermissionDenied
    if values["spent"] > values["planned"]:
        raise Refusal(_("已用的不能超过安排的。"), field="spent")
    with transaction.atomic():
        row = WorkBudget(organization=organization)
        if budget is not None:
            row = WorkBudget.objects.select_for_update(of=("self",)).select_related("changed_by").get(pk=budget.pk)
            if row.version != version:
                raise Stale(row, by=row.changed_by, at=row.changed_at)
            row.version += 1
        changes = {name: [str(getattr(row, name)), str(values[name])] for name in EDITABLE if name != "note"}
        for name in EDITABLE:
            setattr(row, name, values[name])
        row.changed_by, row.changed_at = actor, timezone.now()
        _save(row)
        audit.record(actor, "budget.set", row, organization=organization, changes=changes)
    return row


def _save(row):
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refusal(_("这一年这个来源已经登记过，请直接修改。"), field="source") from error
