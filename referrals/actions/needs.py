"""Needs: recorded, changed over the version that was seen, moved on; every step stays."""

import io

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from portal.lib.xlsx import Sheet, write
from referrals import need_figures, timeline
from referrals.kinds import NeedState
from referrals.models import Need, NeedStep
from referrals.permissions import demand, refuse_related

EDITABLE = ("kind", "form", "weight", "urgency", "ground", "causes", "estimated_yuan")


def add_need(actor, person, values):
    _demand(actor, person)
    need = Need(person=person, organization=actor.organization, recorded_by=actor, changed_by=actor)
    _fill(need, values)
    with transaction.atomic():
        need.save()
        NeedStep.objects.create(need=need, state=need.state, made_by=actor)
        timeline.record("need_added", actor, person=person, need=need.get_kind_display())
        audit.record(actor, "need.add", need, organization=person.keeper)
    return need


def change_need(actor, need, version, values):
    _demand(actor, need.person)
    with transaction.atomic():
        current = _locked(need)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        before = {name: getattr(current, name) for name in EDITABLE} | {"wish": current.wish}
        _fill(current, values)
        after = {name: getattr(current, name) for name in EDITABLE} | {"wish": current.wish}
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return current
        _save(actor, current)
        timeline.record("need_changed", actor, person=need.person, need=current.get_kind_display())
        audit.record(
            actor, "need.edit", current, organization=need.person.keeper,
            changes={name: ["…", "…"] for name in changed},
        )  # fmt: skip
    return current


def move_need(actor, need, state, note):
    """Where it stands now; what is met or no longer wanted says why, and may be opened again."""
    _demand(actor, need.person)
    with transaction.atomic():
        current = _locked(need)
        if current.state == state:
            raise Refusal(_("已经是“%(state)s”。") % {"state": current.get_state_display()}, field="state")
        if state not in (NeedState.IN_HELP, NeedState.OPEN) and not note.strip():
            raise Refusal(_("请写明怎么解决的，或者为什么不再需要。"), field="note")
        before, current.state = current.get_state_display(), state
        _save(actor, current)
        NeedStep.objects.create(
            need=current, state=state, made_by=actor, private={"note": note.strip()} if note.strip() else {}
        )
        words = {"need": current.get_kind_display(), "state": current.get_state_display(), "note": note.strip()}
        timeline.record("need_moved", actor, person=need.person, **words)
        audit.record(
            actor, "need.move", current, organization=need.person.keeper,
            changes={"state": [before, current.get_state_display()]},
        )  # fmt: skip
    return current


def export_needs(actor, needs):
    """Totals and the list, names masked; the audit tells how many left."""
    if "need.export" not in actor.permissions:
        raise PermissionDenied
    target = io.BytesIO()
    sheets = [Sheet(title, columns, rows) for title, columns, rows in need_figures.workbook(actor, needs)]
    number = write(target, sheets)
    audit.record(actor, "need.export", changes={"rows": [None, number]})
    return target.getvalue()


def _demand(actor, person):
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)


def _locked(need):
    rows = Need.objects.select_for_update(of=("self",)).select_related("changed_by")
    return rows.get(pk=need.pk)


def _save(actor, need):
    need.version += 1
    need.changed_by, need.changed_at = actor, timezone.now()
    need.save()


def _fill(need, values):
    for name in EDITABLE:
        if name in values:
            setattr(need, name, values[name])
    if "wish" in values:
        need.private = {"wish": values["wish"].strip()}
