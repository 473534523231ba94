"""A list is decided as a whole, by somebody who neither made nor closed it; then its rows are paid and handed out.

The decision takes everybody or nobody: where one line cannot be approved (a ceiling, an empty fund), the list waits
until that row is struck off. Paying and handing out go row by row and say which rows did not go.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.calendar import add_working_days
from referrals import batch_routes, instalments
from referrals.actions import aid, schedules
from referrals.actions.batches import keep, locked, refuse_unless_at
from referrals.batch_routes import Progress
from referrals.kinds import AidLineState
from referrals.list_kinds import GIVES, BatchState
from referrals.models import AidLine, Batch

MOST_TOLD = 5
GIVEN = (AidLineState.PART_PAID, AidLineState.PAID, AidLineState.DELIVERED)


def approve_batch(actor, batch, version, *, decided_on, note=""):
    """`decided_on`: the day it was decided; a committee may have met before somebody writes it down."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.approve", version, [BatchState.FROZEN])
        _refuse_own(actor, current)
        progress = Progress.of(current)
        refuse_unless_at(progress, "approve")
        _refuse_day(current, decided_on)
        if not progress.listed:
            raise Refusal(_("名册上的人都已剔除。"))
        keep(
            actor, current, state=BatchState.APPROVED, decided_by=actor, decided_at=timezone.now(),
            decided_on=decided_on, due_on=pay_by(current, decided_on),
        )  # fmt: skip
        _approve_lines(actor, progress.listed, note)
        audit.record(
            actor, "batch.approve", current, organization=current.organization,
            changes={"state": ["frozen", "approved"], "rows": [None, len(progress.listed)]},
        )  # fmt: skip
    return current


def _refuse_own(actor, batch):
    if actor.pk in (batch.made_by_id, batch.frozen_by_id):
        raise Refusal(_("名册要由没有建立、封存它的人审批。"))


def _refuse_day(batch, day):
    if not timezone.localdate(batch.frozen_at) <= day <= timezone.localdate():
        raise Refusal(_("审定日期要在封存名册以后，不晚于今天。"), field="decided_on")


def _approve_lines(actor, rows, note):
    refused = []
    for row in rows:
        if row.line is None:
            refused.append((row, _("还没有拟定帮扶方案。")))
            continue
        try:
            with transaction.atomic():
                aid.approve_aid(actor, row.line, row.line.version, note=note)
        except Refusal as refusal:
            refused.append((row, refusal.message))
        except PermissionDenied:
            refused.append((row, _("您不能审批这一笔。")))
    if refused:
        raise Refusal(_("有 %(n)s 人不能批准，名册没有变动。") % {"n": len(refused)} + in_words(refused))


def in_words(refused):
    """序号 3：…；序号 7：…"""
    told = [_("序号 %(n)s：%(why)s") % {"n": row.number, "why": why} for row, why in refused[:MOST_TOLD]]
    return str(_("；")).join(told)


def pay_by(batch, decided_on):
    """The last day by which the program wants it paid; None where it names none."""
    steps = batch_routes.program_of(batch).steps
    days = next((step.working_days for step in steps if step.kind in GIVES and step.working_days), None)
    return add_working_days(decided_on, days) if days else None


def recount(first):
    """The calendar changed: lists that are to be paid by a day have another one."""
    rows = Batch.objects.filter(state=BatchState.APPROVED, due_on__gte=first).select_related("program_version")
    for batch in rows:
        Batch.objects.filter(pk=batch.pk).update(due_on=pay_by(batch, batch.decided_on))


def decline_batch(actor, batch, version, reason):
    """Not approved: the papers go back, and everybody may stand on another list."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.approve", version, [BatchState.FROZEN])
        _refuse_own(actor, current)
        current.rows.update(is_live=False)
        now = timezone.now()
        current.notices.filter(taken_down_at=None).update(
            taken_down_by=actor, taken_down_at=now, reason=_("名册未批准")
        )
        keep(
            actor, current, state=BatchState.DECLINED, decided_by=actor, decided_at=now,
            decided_on=timezone.localdate(), ended_at=now, due_on=None,
            private={**current.private, "note": reason.strip()},
        )  # fmt: skip
        audit.record(actor, "batch.decline", current, organization=current.organization)
    return current


def finish_batch(actor, batch, version):
    """Everything is done: paid, handed out, receipted."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.APPROVED])
        left = [station for station in batch_routes.stations_of(Progress.of(current)) if not station.is_done]
        if left:
            raise Refusal(left[0].wanting or _("“%(step)s”还没有完成。") % {"step": left[0].label})
        keep(actor, current, state=BatchState.FINISHED, ended_at=timezone.now(), due_on=None)
        audit.record(actor, "batch.finish", current, organization=current.organization)
    return current


# -- Row by row -------------------------------------------------------------------------------------------------------
def pay_rows(actor, batch, codes, *, day, reference, period=None):
    """What the bank was told to pay; the voucher of each row is the list's with the number of the row.

    `period`: where it is paid by a schedule, the day from which the donor pays these months.
    """
    return _each(actor, batch, codes, "aid.pay", lambda row: _pay(actor, row, day, reference, period))


def _pay(actor, row, day, reference, period):
    numbers = _numbers(instalments.to_pay(row.line), lambda one: period in (None, one.due_on))
    reference = f"{reference}-{row.number}"
    aid.pay_aid(actor, row.line, row.line.version, day=day, reference=reference, numbers=numbers)


def _numbers(rows, is_chosen):
    """Which of its instalments; None for what is given at once."""
    return [one.number for one in rows if is_chosen(one)] if rows else None


def settle_rows(actor, batch, codes):
    """The second person agrees to what was recorded."""
    return _each(actor, batch, codes, "fund.approve", lambda row: aid.settle_aid(actor, row.line, row.line.version))


def receive_rows(actor, batch, codes, *, day, signer="", month=None):
    """Handed over against a signature; for money that was paid, the receipt that came back.

    `month`: where it is paid by a schedule, the month that was signed for.
    """
    if day > timezone.localdate():
        raise Refusal(_("领取日期不能晚于今天。"), field="day")
    return _each(actor, batch, codes, "aid.deliver", lambda row: _receive(actor, row, day, signer, month))


def _receive(actor, row, day, signer, month):
    if instalments.of_line(row.line):
        numbers = [one.number for one in instalments.to_sign(row.line) if month in (None, one.month)]
        receipt = f"{row.batch.code}-{row.number}"
        schedules.sign_aid(actor, row.line, row.line.version, numbers, day=day, signer=signer, receipt=receipt)
        return
    if row.received_on:
        raise Refusal(_("已经签收。"))
    receipt = f"{row.batch.code}-{row.number}"
    if row.line.state in GIVEN:
        aid.add_receipts(actor, row.line, row.line.version, receipt=receipt)
    else:
        aid.deliver_aid(actor, row.line, row.line.version, day=day, receipt=receipt)
    row.received_on, row.received_by, row.receipt = day, actor, receipt
    row.private = {**row.private, "signer": signer.strip()} if signer.strip() else row.private
    row.save(update_fields=["received_on", "received_by", "receipt", "private"])


def _each(actor, batch, codes, permission, act):
    """(how many went, [(row, why not)]): each row in a transaction of its own."""
    if permission not in actor.permissions or actor.organization_id != batch.holder_id:
        raise PermissionDenied
    if batch.state not in (BatchState.APPROVED, BatchState.FINISHED):
        raise Refusal(_("名册还没有批准。"))
    rows = batch.rows.listed().filter(code__in=codes).select_related("batch", "person").order_by("number")
    done, refused = 0, []
    for row in rows:
        try:
            with transaction.atomic():
                row.line = AidLine.objects.get(pk=row.line_id)
                act(row)
            done += 1
        except Refusal as refusal:
            refused.append((row, refusal.message))
        except PermissionDenied:
            refused.append((row, _("您的角色不能办理这一步。")))
    if done:
        audit.record(actor, "batch.give", batch, organization=batch.organization, changes={"rows": [None, done]})
    return done, refused
