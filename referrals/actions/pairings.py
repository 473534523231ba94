"""Somebody is paired with a person or a place, comes, writes down what was done, and one day it ends."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from programs.actions.rows import require_reason
from referrals import case_notes, timeline
from referrals.actions.decisions import refuse_uncovered
from referrals.board_kinds import PairingKind, PairingState
from referrals.models import Pairing, PairingVisit
from referrals.workflow import State

GOES_ON_IN = (State.ACCEPTED, State.IN_PROGRESS)


def begin_pairing(actor, referral, values):
    """With the person of a case that the unit has taken on; the case's consent covers what the giver is told."""
    if "pairing.edit" not in actor.permissions or referral.receiver_id != actor.organization_id:
        raise PermissionDenied
    if referral.state not in GOES_ON_IN:
        raise Refusal(_("接收以后、反馈以前才能登记结对。"))
    if reason := case_notes.keeps_out(actor, referral.person):
        raise Refusal(reason)
    refuse_uncovered(referral)
    pairing = _pairing(actor, values, referral=referral)
    with transaction.atomic():
        pairing.save()
        words = {"form": pairing.get_kind_display(), "number": referral.number}
        timeline.record("pairing_begun", actor, person=referral.person, **words)
        audit.record(actor, "pairing.begin", pairing, organization=actor.organization)
    return pairing


def begin_area_pairing(actor, area, values):
    """A unit stands by a place: one-to-one or point to point, without anybody's name."""
    if "pairing.edit" not in actor.permissions:
        raise PermissionDenied
    if values["kind"] == PairingKind.VOLUNTEER_PAIRING:
        raise Refusal(_("结对帮扶要从个案登记；对一个地方，请选一对一或者点对点。"), field="kind")
    if Pairing.objects.active().filter(organization=actor.organization, area=area, kind=values["kind"]).exists():
        raise Refusal(_("贵单位已经与这个地方结对。"), field="area")
    pairing = _pairing(actor, values, area=area)
    with transaction.atomic():
        pairing.save()
        audit.record(actor, "pairing.begin", pairing, organization=actor.organization)
    return pairing


def _pairing(actor, values, **whom):
    if actor.organization.is_suspended:
        raise Refusal(_("贵单位已被暂停，暂时不能登记结对。"))
    if values["since"] > timezone.localdate():
        raise Refusal(_("开始日期不能晚于今天。"), field="since")
    pairing = Pairing(
        kind=values["kind"], organization=actor.organization, since=values["since"], every_days=values["every_days"],
        private={name: values[name].strip() for name in ("giver", "phone", "aim") if values.get(name)},
        made_by=actor, changed_by=actor, **whom,
    )  # fmt: skip
    pairing.next_on = pairing.after(pairing.since)
    return pairing


def record_pairing_visit(actor, pairing, values):
    """One visit into the log; the next is due from its day."""
    with transaction.atomic():
        current = _own(actor, pairing)
        if not current.is_active:
            raise Refusal(_("结对已经结束，不能再记录。"))
        if not current.since <= values["on"] <= timezone.localdate():
            raise Refusal(_("日期要在结对开始以后，不晚于今天。"), field="on")
        worry = values.get("worry", "").strip()
        visit = PairingVisit.objects.create(
            pairing=current, on=values["on"], kind=values["kind"], minutes=values["minutes"],
            value_yuan=values.get("value_yuan"), is_worrying=bool(worry), recorded_by=actor,
            private={"done": values["done"].strip(), **({"worry": worry} if worry else {})},
        )  # fmt: skip
        _write(actor, current, next_on=max(current.after(visit.on), current.next_on or visit.on))
        audit.record(actor, "pairing.visit", current, organization=actor.organization)
    return visit


def end_pairing(actor, pairing, version, ended_on, reason):
    with transaction.atomic():
        current = _own(actor, pairing)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        if not current.is_active:
            raise Refusal(_("结对已经结束。"))
        if not current.since <= ended_on <= timezone.localdate():
            raise Refusal(_("结束日期要在开始以后，不晚于今天。"), field="ended_on")
        reason = require_reason(reason)
        _write(actor, current, state=PairingState.ENDED, ended_on=ended_on, reason=reason, next_on=None)
        if current.referral:
            words = {"form": current.get_kind_display(), "number": current.referral.number}
            timeline.record("pairing_ended", actor, person=current.referral.person, **words)
        audit.record(actor, "pairing.end", current, organization=actor.organization, reason=reason)
    return current


def _own(actor, pairing):
    if "pairing.edit" not in actor.permissions or pairing.organization_id != actor.organization_id:
        raise PermissionDenied
    rows = Pairing.objects.select_for_update(of=("self",)).select_related("referral__person", "organization")
    current = rows.get(pk=pairing.pk)
    if current.referral and (reason := case_notes.keeps_out(actor, current.referral.person)):
        raise Refusal(reason)
    return current


def _write(actor, pairing, **values):
    stamp = {"version": F("version") + 1, "changed_by": actor, "changed_at": timezone.now()}
    Pairing.objects.filter(pk=pairing.pk).update(**values, **stamp)
    pairing.refresh_from_db()
