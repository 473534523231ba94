"""Statements of income: handed in, looked at row by row, booked wholly or not at all."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import imports
from members.access import Refusal, requires
from portal.lib import xlsx
from portal.lib.forms import refuse
from programs import fund_statements, funds
from programs.actions import fund_imports as actions
from programs.forms.fund_ledger import StatementForm
from programs.models import FundImport
from programs.views.funds import keeping

SHOWN = 200


@requires("fund.record")
def import_income(request, code):
    fund = keeping(request, code, "fund.record")
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = actions.upload_statement(request.user, fund, file.name, file.read())
            return redirect("programs:show_fund_import", row.code)
        except Refusal as refusal:
            refuse(form, refusal)
    recent = fund.imports.exclude(applied_at=None).select_related("uploaded_by").defer("content", "rows")[:10]
    context = {"form": form, "fund": fund, "recent": recent, "back": reverse("programs:show_fund", args=[code])}
    return render(request, "programs/funds/import.html", context)


@requires("fund.record")
def download_template(request):
    content = imports.template(fund_statements.HEADINGS, fund_statements.EXAMPLES, fund_statements.WIDTHS)
    return xlsx.download(content, _("收入清单-模板.xlsx"))


@requires("fund.record")
def show_import(request, code):
    """The wrong rows first; of each kind the first two hundred."""
    row = _own(request, code)
    entries = [] if row.applied_at else actions.preview_statement(row)
    counts = Counter(entry.verdict for entry in entries)
    context = {
        "row": row,
        "fund": row.fund,
        "counts": {verdict: counts[verdict] for verdict in ("new", "same", "wrong")},
        "total": sum(entry.income["amount"] for entry in entries if entry.verdict == "new"),
        "wrong": [entry for entry in entries if entry.verdict == "wrong"][:SHOWN],
        "fresh": [entry for entry in entries if entry.verdict == "new"][:SHOWN],
        "can_apply": counts["new"] and not counts["wrong"],
    }
    return render(request, "programs/funds/show_import.html", context)


@require_POST
@requires("fund.record")
def apply_import(request, code):
    row = _own(request, code)
    try:
        row = actions.apply_statement(request.user, row)
        messages.success(request, _("已入账 %(new)s 笔，%(same)s 笔原来就有。") % row.counts)
        return redirect("programs:show_fund", row.fund.code)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("programs:show_fund_import", code)


@requires("fund.record")
def mark_import(request, code):
    """The person's own file, with the wrong rows marked and the reasons beside them."""
    row = _own(request, code)
    errors = {entry.number: entry.reason for entry in actions.preview_statement(row) if entry.verdict == "wrong"}
    if not errors:
        return redirect("programs:show_fund_import", code)
    return xlsx.download(imports.marked(bytes(row.content), errors), _("收入清单-标注错误.xlsx"))


def _own(request, code):
    """Donors stand in it: whoever handed it in sees it, and nobody else."""
    rows = FundImport.objects.select_related("fund__organization__area", "fund__joint_bureau__area")
    row = get_object_or_404(rows, code=code, uploaded_by=request.user)
    if not funds.may(request.user, "fund.record", row.fund):
        raise PermissionDenied
    return row
