"""A list handed on and receipted, signed by other bodies, and the papers of it."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, may, requires
from members.form_pages import form_page
from portal.lib import uploads
from portal.lib.forms import refuse
from referrals import batches_shown
from referrals.actions import batch_stations as actions
from referrals.batch_routes import Progress, decider_of, program_of, station_now, step_of_kind
from referrals.forms.batches import AnswerForm, HandOnForm, PaperForm, SignForm
from referrals.views.batches import crumbs, find_batch, find_own, to_batch


@requires("batch.edit")
def hand_on(request, code):
    batch = find_own(request, code)
    progress = Progress.of(batch)
    station = station_now(progress)
    if station is None or not actions.is_handed(progress, station):
        messages.error(request, _("现在没有可以上报或登记的环节。"))
        return redirect(to_batch(batch))
    decider = decider_of(batch) if batch.holder_id == batch.organization_id else None
    form = HandOnForm(
        request.POST or None, station=station, organization=batch.holder, decider=decider,
        initial={"version": batch.version},
    )  # fmt: skip

    def act(said):
        actions.hand_on(request.user, batch, said["version"], form.values())

    intro = _("报送给%(unit)s。%(does)s") % {"unit": decider, "does": station.does} if decider else station.does
    return _ask(request, batch, form, act, station.label, _("报送") if decider else _("登记"), intro=intro)


@requires("batch.edit")
def answer_station(request, code, station):
    batch = find_batch(request, code)
    record = get_object_or_404(batch.stations.select_related("to", "batch__holder"), code=station)
    if not actions.may_answer(request.user, record):
        raise PermissionDenied
    form = AnswerForm(request.POST or None)

    def act(said):
        answer = {name: said[name] for name in ("answered_on", "receipt", "note")}
        actions.answer_station(request.user, record, is_taken=said["answer"] == "taken", **answer)

    heading = _("%(to)s的回执") % {"to": record.receiver}
    return _ask(request, batch, form, act, heading, _("登记回执"))


@requires("batch.edit")
@never_cache
def sign_rows(request, code):
    batch = find_own(request, code)
    step = step_of_kind(program_of(batch), "sign_off")
    if step is None:
        raise Http404
    form = SignForm(request.POST or None, bodies=step.bodies)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.sign_rows(request.user, batch, request.POST.getlist("row"), form.values())
            messages.success(request, _("已登记 %(n)s 人。") % {"n": len(made)})
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    context = {**batches_shown.page_of_signing(request.user, batch, step), "form": form}
    return render(request, "referrals/batches/give.html", context)


@requires("batch.edit")
def add_batch_paper(request, code):
    batch = find_own(request, code)
    form = PaperForm(request.POST or None, request.FILES or None)

    def act(said):
        actions.add_paper(request.user, batch, said["kind"], said["file"])

    return _ask(request, batch, form, act, _("收存名册材料"), _("收存"))


@requires("batch.view")
def download_batch_paper(request, code, paper):
    """With names on it: for the unit where the list lies, and for whoever it was handed on to."""
    batch = find_batch(request, code)
    if not may(request.user, "batch.export", batch.holder):
        raise PermissionDenied
    one = get_object_or_404(batch.papers, code=paper)
    audit.record(request.user, "batch.download_paper", batch, organization=batch.organization, reason=one.kind)
    return uploads.download(one.file_key, f"{batch.code}-{one.code}.{one.file_kind}")


def _ask(request, batch, form, act, heading, button, intro=""):
    if request.method == "POST" and form.is_valid():
        try:
            partial(act, form.cleaned_data)()
            messages.success(request, _("已登记。"))
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, heading, button, crumbs(batch), intro=intro)
