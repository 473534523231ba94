"""A list is hung out, taken down, objected to. Nothing is decided or paid meanwhile."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.calendar import add_working_days
from members.profiles import profile_of
from referrals import batch_routes
from referrals.actions.batches import keep, locked, refuse_unless_at, strike
from referrals.batch_routes import Progress
from referrals.list_kinds import NOTICE_ITEMS, BatchState, ObjectionState
from referrals.listed import publicity_of
from referrals.models import BatchNotice, NoticeObjection


def last_day(batch, since):
    """(last day, days) of a notice: so many calendar days as the program says, else so many working days as the region
    does. The day it is hung does not count; a last day that is no working day goes on to the next (民法典 §201, §203).
    """
    step = batch_routes.step_of_kind(batch_routes.program_of(batch), "notice")
    if step is not None and step.days is not None:
        return add_working_days(since + timedelta(days=step.days), 0), step.days
    days = profile_of(batch.holder.area).days("notice")
    return add_working_days(since, days), days


def agreed_of(batch):
    """(how many agreed that their name hangs out, how many stand on the list)"""
    ids = list(batch.rows.listed().values_list("person_id", flat=True))
    return sum("name" in items for items in publicity_of(ids).values()), len(ids)


def publish_notice(actor, batch, version, values):
    """`values`: place, telephone, items, shows_sums, is_online. It hangs from today on."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.FROZEN])
        progress = Progress.of(current)
        refuse_unless_at(progress, "notice")
        if any(one.state != "down" for one in progress.notices):
            raise Refusal(_("这份名册已经公示。"))
        if not set(values["items"]) <= set(NOTICE_ITEMS):
            raise Refusal(_("只能公示姓（名隐去）、镇街和金额。"), field="items")
        since = timezone.localdate()
        until, days = last_day(current, since)
        notice = BatchNotice.objects.create(
            batch=current, since=since, until=until, days=days, published_by=actor, **values
        )
        keep(actor, current, due_on=until)
        audit.record(
            actor, "batch.publish_notice", current, organization=current.organization,
            changes={"until": [None, until.isoformat()], "items": [None, list(values["items"])]},
        )  # fmt: skip
    return notice


def take_down_notice(actor, notice, reason):
    """Before its days are over: it does not count, and has to hang again for its whole time."""
    with transaction.atomic():
        current = locked(actor, notice.batch, "batch.edit", None, [BatchState.FROZEN])
        notice = current.notices.select_for_update().get(pk=notice.pk)
        if notice.state != "up":
            raise Refusal(_("公示已经结束。"))
        notice.taken_down_by, notice.taken_down_at, notice.reason = actor, timezone.now(), reason.strip()
        notice.save(update_fields=["taken_down_by", "taken_down_at", "reason"])
        keep(actor, current, due_on=None)
        audit.record(actor, "batch.take_down_notice", current, organization=current.organization)
    return notice


def record_objection(actor, batch, values):
    """`values`: row, received_on, way, who, text. From the first day of the notice until everything is paid."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", None, [BatchState.FROZEN, BatchState.APPROVED])
        first = current.notices.order_by("pk").first()
        if first is None:
            raise Refusal(_("这份名册还没有公示过。"))
        if not first.since <= values["received_on"] <= timezone.localdate():
            raise Refusal(_("收到日期要在公示开始以后，不晚于今天。"), field="received_on")
        objection = NoticeObjection.objects.create(
            batch=current, row=values["row"], received_on=values["received_on"], way=values["way"],
            private={"who": values["who"].strip(), "text": values["text"].strip()}, recorded_by=actor,
        )  # fmt: skip
        keep(actor, current)
        audit.record(actor, "batch.record_objection", objection, organization=current.organization)
    return objection


def decide_objection(actor, objection, *, is_upheld, findings):
    """By another person than who wrote it down. Upheld against somebody, they are struck off."""
    with transaction.atomic():
        current = locked(actor, objection.batch, "batch.approve", None, [BatchState.FROZEN, BatchState.APPROVED])
        objection = current.objections.select_for_update(of=("self",)).select_related("row").get(pk=objection.pk)
        if objection.state != ObjectionState.OPEN:
            raise Refusal(_("这件异议已由 %(who)s 处理。") % {"who": objection.decided_by})
        if objection.recorded_by_id == actor.pk:
            raise Refusal(_("异议要由登记人以外的人处理。"))
        if is_upheld and current.state == BatchState.APPROVED:
            raise Refusal(_("名册已经批准。请先在帮扶记录里停止支付，再处理这件异议。"))
        objection.state = ObjectionState.UPHELD if is_upheld else ObjectionState.DISMISSED
        objection.decided_by, objection.decided_at = actor, timezone.now()
        objection.private = {**objection.private, "findings": findings.strip()}
        objection.save(update_fields=["state", "decided_by", "decided_at", "private"])
        if is_upheld and objection.row and objection.row.is_listed:
            strike(actor, current, objection.row, _("异议成立"))
        keep(actor, current)
        audit.record(
            actor, "batch.decide_objection", objection, organization=current.organization,
            changes={"state": ["open", objection.state]},
        )  # fmt: skip
    return objection
