"""Statements of income: handed in, looked at, booked wholly or not at all."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, imports
from members.access import Refusal
from programs import fund_statements
from programs.actions.funds import record_income
from programs.funds import may
from programs.models import FundImport

# What nobody booked is not kept longer: names of donors stand in it.
KEPT = timedelta(days=7)
MOST_ROWS = 500


def upload_statement(actor, fund, file_name, content):
    """Take in a file and keep what it says; nothing is booked yet."""
    _require(actor, fund)
    rows = imports.read_table(content, fund_statements.HEADINGS)
    if len(rows) > MOST_ROWS:
        raise Refusal(_("一次最多 %s 行，请分成几个文件。") % MOST_ROWS, field="file")
    with transaction.atomic():
        row = FundImport.objects.create(
            fund=fund, file_name=file_name[:120], content=content, rows=rows, uploaded_by=actor
        )
        audit.record(actor, "fund.upload", fund, changes={"rows": [None, len(rows)]})
    return row


def forget_statements():
    """What nobody booked within a week goes, with the donors it names. Run by the clock; twice does no harm."""
    return FundImport.objects.filter(applied_at=None, uploaded_at__lt=timezone.now() - KEPT).delete()[0]


def preview_statement(row):
    """What each line would become today: new, same, wrong."""
    entries = fund_statements.read_rows(row.rows)
    wanted = [f"income:{entry.income['reference']}" for entry in entries]
    known = {line.once: line for line in row.fund.lines.filter(once__in=wanted)}
    for entry in entries:
        line = known.get(f"income:{entry.income['reference']}")
        if not entry.faults and line is not None:
            asked = (entry.income["amount"], entry.income["day"], entry.income["channel"])
            if asked == (line.amount, line.day, line.channel):
                entry.verdict = "same"
                continue
            entry.faults.append(_("这个票据号已按另外的金额、日期或渠道入账"))
        if entry.faults:
            entry.verdict = "wrong"
    return entries


def apply_statement(actor, row):
    """Every row through the same action as the form; a fault in one, and none is booked."""
    fund = row.fund
    _require(actor, fund)
    with transaction.atomic():
        row = FundImport.objects.select_for_update(of=("self",)).select_related("fund__organization").get(pk=row.pk)
        if row.applied_at:
            raise Refusal(_("这个文件已经入账。"))
        entries = preview_statement(row)
        if wrong := sum(entry.verdict == "wrong" for entry in entries):
            raise Refusal(_("有 %s 行有错，一行也没有入账。") % wrong)
        fresh = [entry for entry in entries if entry.verdict == "new"]
        for entry in fresh:
            _book(actor, fund, entry)
        row.counts = {"new": len(fresh), "same": len(entries) - len(fresh)}
        row.applied_at, row.content, row.rows = timezone.now(), b"", []
        row.save(update_fields=["counts", "applied_at", "content", "rows"])
    return row


def _book(actor, fund, entry):
    try:
        record_income(actor, fund, **entry.income)
    except Refusal as refusal:
        words = {"number": entry.number, "why": refusal.message}
        raise Refusal(_("第 %(number)s 行：%(why)s 一行也没有入账。") % words) from refusal


def _require(actor, fund):
    if not may(actor, "fund.record", fund):
        raise PermissionDenied
