"""A list decided, paid and handed out; and its printed lists."""

from functools import partial
from io import BytesIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, may, requires
from members.form_pages import confirm_page
from portal.lib import xlsx
from portal.lib.forms import refuse
from referrals import batch_lists, batches_shown
from referrals.actions import batch_decisions as actions
from referrals.actions.provisions import log_seen
from referrals.forms.batches import (
    ApproveForm,
    DeclineForm,
    PayByScheduleForm,
    PayForm,
    ReceiveForm,
    SignMonthForm,
)
from referrals.views.batches import asking, find_batch, find_own, to_batch

# What may be done with rows, and what it asks.
DEEDS = {"pay": PayForm, "settle": None, "receive": ReceiveForm}
BY_SCHEDULE = {"pay": PayByScheduleForm, "receive": SignMonthForm}


@requires("batch.approve")
@never_cache
def approve_batch(request, code):
    batch = find_own(request, code, "batch.approve")
    asked = {
        "heading": _("批准名册"), "button": _("批准"),
        "consequence": _("名册上的人一起批准；有一人不能批准的，全部不动，并告诉您是谁、为什么。"),
    }  # fmt: skip
    form = ApproveForm(request.POST or None, initial={"version": batch.version})
    act = partial(actions.approve_batch, request.user, batch)
    return confirm_page(request, asked, act, _("名册已批准。"), back=to_batch(batch), form=form)


@requires("batch.approve")
@never_cache
def decline_batch(request, code):
    batch = find_own(request, code, "batch.approve")
    asked = {
        "heading": _("不批准名册"), "button": _("退回材料"), "is_destructive": True,
        "consequence": _("名册到此为止，名册上的人可以列入别的名册；报送单位会看到原因。"),
    }  # fmt: skip
    form = DeclineForm(request.POST or None, initial={"version": batch.version})
    act = partial(actions.decline_batch, request.user, batch)
    return confirm_page(request, asked, act, _("已退回。"), back=to_batch(batch), form=form)


@requires("batch.edit")
def finish_batch(request, code):
    batch = find_own(request, code)
    asked = {
        "heading": _("办结名册"), "button": _("办结"), "consequence": _("发放和签收都已完成，名册归档。"),
    }  # fmt: skip
    return asking(request, batch, asked, partial(actions.finish_batch, request.user, batch), _("名册已办结。"))


@requires("batch.view")
@never_cache
def give_rows(request, code, deed):
    """Many rows at once: each by itself, and what did not go says why."""
    if deed not in DEEDS:
        raise Http404
    permission, form_class = batches_shown.GIVEN_BY[deed], DEEDS[deed]
    batch = find_batch(request, code)
    if permission not in request.user.permissions or request.user.organization_id != batch.holder_id:
        raise PermissionDenied
    context = batches_shown.page_of_giving(request.user, batch, deed)
    form = _form_of(deed, form_class, context["rows"], request.POST or None)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _give(request, batch, deed, form.cleaned_data if form else {})
        except Refusal as refusal:
            if form is None:
                messages.error(request, refusal.message)
            else:
                refuse(form, refusal)
    return render(request, "referrals/batches/give.html", {**context, "form": form, "deed": deed})


def _form_of(deed, form_class, rows, data):
    """Where these people are paid by a schedule, it asks which months."""
    if form_class is None:
        return None
    lines = [row.line_id for row in rows if row.figures]
    if lines and deed in BY_SCHEDULE:
        return BY_SCHEDULE[deed](data, lines=lines)
    return form_class(data)


def _give(request, batch, deed, said):
    act = getattr(actions, f"{deed}_rows")
    done, refused = act(request.user, batch, request.POST.getlist("row"), **said)
    if done:
        messages.success(request, _("已登记 %(n)s 人。") % {"n": done})
    for row, why in refused[:10]:
        messages.error(request, _("序号 %(n)s：%(why)s") % {"n": row.number, "why": why})
    return redirect(to_batch(batch))


# -- Printed lists ----------------------------------------------------------------------------------------------------
@requires("batch.export")
@never_cache
def print_list(request, code, which):
    return _listed(request, code, which, _on_paper)


@requires("batch.export")
@never_cache
def export_list(request, code, which):
    return _listed(request, code, which, _as_workbook)


def _listed(request, code, which, draw):
    try:
        batch, wanted, rows = opened_list(request, code, which, request.GET.get("month", ""))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("referrals:show_batch", code)
    return draw(request, batch, wanted, rows)


def opened_list(request, code, which, month=""):
    """Personal data leaves here: only at the unit where the list lies, whole or not at all, and with a line."""
    batch = find_batch(request, code)
    if not may(request.user, "batch.export", batch.holder):
        raise PermissionDenied
    wanted = batch_lists.list_of(batch, which, month)
    if wanted is None or batch.state == "draft":
        raise Http404
    rows = batch_lists.filled(request.user, batch, wanted)
    for row, permitted, values in rows:
        log_seen(request.user, row.person, permitted, batch_lists.shown_items(wanted, values))
    told = {"list": [None, wanted.title], "rows": [None, len(rows)]}
    audit.record(request.user, "batch.export", batch, organization=batch.organization, changes=told)
    return batch, wanted, rows


def _on_paper(request, batch, wanted, rows):
    context = {"batch": batch, "list": wanted, "rows": rows}
    return render(request, "referrals/batches/printed.html", context)


def _as_workbook(request, batch, wanted, rows):
    columns = [xlsx.Column(str(label)) for _code, label in wanted.columns]
    lines = [tuple(text for _code, text in values) for _row, _permitted, values in rows]
    if wanted.is_numbered:
        columns = [xlsx.Column(_("序号"), "number"), *columns]
        lines = [(row.number, *line) for (row, _permitted, _values), line in zip(rows, lines, strict=True)]
    content = BytesIO()
    xlsx.write(content, [xlsx.Sheet(wanted.title[:31], columns, lines)])
    return xlsx.download(content.getvalue(), xlsx.dated(f"{wanted.title}-{batch.code}"))
