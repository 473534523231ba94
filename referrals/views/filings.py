"""申报: people a unit files together, and the sums that whoever decides sets for them."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.access import Refusal, requires
from members.form_pages import form_page
from portal.lib import masks
from portal.lib.forms import refuse
from referrals import batch_routes, disclosure, listed
from referrals.actions import filings as actions
from referrals.forms.batches import FileForm, SumsForm
from referrals.views.batches import crumbs, find_own

MOST_SHOWN = 300


@requires("batch.edit")
@never_cache
def file_row(request, code):
    """One after the other: after each the form stands empty again."""
    batch = find_own(request, code)
    if batch_routes.decider_of(batch) is None:
        raise Http404
    kept = actions.people_to_file(request.user, batch).select_related("keeper__area", "residence").order_by("-pk")
    people = _named(request.user, kept[:MOST_SHOWN])
    asks_bill = batch_routes.asks_bill(batch_routes.program_of(batch))
    form = FileForm(
        request.POST or None, people=[(one.code, words) for one, words in people], asks_bill=asks_bill,
        initial={"version": batch.version},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        person = next(one for one, _words in people if one.code == form.cleaned_data["person"])
        try:
            actions.file_row(request.user, batch, form.cleaned_data["version"], person, form.values())
            messages.success(request, _("已列入名册。"))
            return redirect("referrals:file_row", batch.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("只列本单位登记的人；报送时要有本人同意向审批单位提供信息。没有登记的，先在“困难群众”里登记并取得同意。")
    return form_page(request, form, _("添加申报人员"), _("列入名册"), crumbs(batch), intro=intro)


def _named(staff, people):
    """[(person, name and the end of the number)] of those whose name is open to them."""
    people = list(people)
    permitted = disclosure.permitted_each(staff, people)
    return [
        (one, f"{one.name} {masks.mask_number(one.number)}".strip())
        for one in people
        if "name" in permitted[one.pk]
    ]  # fmt: skip


@requires("batch.edit")
@never_cache
def set_sums(request, code):
    """At whoever decides: a sum for each, with what the patient paid and what was asked beside it."""
    batch = find_own(request, code)
    rows = list(actions.rows_to_set(batch))
    names = listed.names_of(request.user, rows)
    for row in rows:
        row.batch, row.shown_name = batch, names[row.pk]
        row.suggested = actions.suggested(row)
    form = SumsForm(request.POST or None, organization=batch.holder, rows=rows, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        try:
            return _set(request, batch, form)
        except Refusal as refusal:
            refuse(form, refusal)
    context = {
        "batch": batch, "rows": rows, "form": form,
        "asks_bill": batch_routes.asks_bill(batch_routes.program_of(batch)),
    }  # fmt: skip
    return render(request, "referrals/batches/sums.html", context)


def _set(request, batch, form):
    said = form.cleaned_data
    act = partial(actions.set_sums, request.user, batch, said["version"], form.sums)
    done, refused = act(fund=said["fund"], reason=said["reason"])
    if done:
        messages.success(request, _("已为 %(n)s 人提出帮扶，等审批人批准名册。") % {"n": done})
    for row, why in refused[:10]:
        messages.error(request, _("序号 %(n)s：%(why)s") % {"n": row.number, "why": why})
    return redirect("referrals:set_sums" if refused else "referrals:show_batch", batch.code)
