"""结对帮扶: with the person of a case or with a place; the log of visits."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from referrals import pairings_shown
from referrals.actions import pairings as actions
from referrals.forms.pairings import (
    AreaPairingForm,
    EndPairingForm,
    PairingFilter,
    PairingForm,
    PairingVisitForm,
)
from referrals.models import Pairing
from referrals.views.referrals import find_referral


@requires("pairing.view")
def list_pairings(request):
    """Those whose visit is due stand first."""
    filters = PairingFilter(request.GET)
    pairings = filters.narrow(Pairing.objects.visible_to(request.user))
    number, has_more = capped_count(pairings)
    ended = filters.cleaned_data.get("show") == "ended"
    order = ["-pk"] if ended else ["next_on", "pk"]
    rows = pairings.select_related("organization", "area", "referral")
    context = {"page": page_of(request, rows, order), "filters": filters, "number": number, "has_more": has_more}
    return render(request, "referrals/pairings/list.html", context)


@requires("pairing.view")
@never_cache
def show_pairing(request, code):
    pairing = _find(request, code)
    totals = pairing.visits.aggregate(times=Count("pk"), minutes=Sum("minutes"), value=Sum("value_yuan"))
    context = {
        "pairing": pairing, "page": page_of(request, pairing.visits.select_related("recorded_by"), ["-on", "-pk"]),
        "totals": totals, "hours": (totals["minutes"] or 0) / 60, "is_own": _is_own(request.user, pairing),
        "reads": pairings_shown.reads_words(request.user, pairing),
    }  # fmt: skip
    audit.record(request.user, "pairing.view", pairing, organization=pairing.organization)
    return render(request, "referrals/pairings/show.html", context)


@requires("pairing.edit")
def begin_pairing(request, code):
    referral = find_referral(request, code)
    if referral.receiver_id != request.user.organization_id:
        raise PermissionDenied
    form = PairingForm(request.POST or None, initial={"kind": "volunteer_pairing"})
    if request.method == "POST" and form.is_valid():
        try:
            pairing = actions.begin_pairing(request.user, referral, form.cleaned_data)
            messages.success(request, _("已登记结对。"))
            return redirect("referrals:show_pairing", pairing.code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(referral.number, reverse("referrals:show_referral", args=[referral.code]))]
    return form_page(request, form, _("登记结对"), _("登记"), crumbs)


@requires("pairing.edit")
def begin_area_pairing(request):
    form = AreaPairingForm(request.POST or None, initial={"kind": "one_to_one"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            pairing = actions.begin_area_pairing(request.user, said["area"], said)
            messages.success(request, _("已登记结对。"))
            return redirect("referrals:show_pairing", pairing.code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(_("结对帮扶"), reverse("referrals:list_pairings"))]
    return form_page(request, form, _("与一个地方结对"), _("登记"), crumbs)


@requires("pairing.edit")
def record_pairing_visit(request, code):
    pairing = _own(request, code)
    form = PairingVisitForm(request.POST or None, initial={"kind": "visit"})
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_pairing_visit(request.user, pairing, form.cleaned_data)
            messages.success(request, _("已记下。"))
            return redirect("referrals:show_pairing", pairing.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("记一次帮扶"), _("记下"), _crumbs(pairing))


@requires("pairing.edit")
def end_pairing(request, code):
    pairing = _own(request, code)
    asked = {
        "heading": _("结束结对"), "button": _("结束结对"), "is_destructive": True,
        "consequence": _("结束后不能再记录；已有的记录都保留。"),
    }  # fmt: skip
    form = EndPairingForm(request.POST or None, initial={"version": pairing.version})
    act = partial(actions.end_pairing, request.user, pairing)
    return confirm_page(request, asked, act, _("结对已结束。"), back=_address(pairing), form=form)


def _find(request, code):
    related = ("organization", "area", "referral__person__keeper__area", "referral__person__residence", "made_by")
    rows = Pairing.objects.visible_to(request.user).select_related(*related)
    return get_object_or_404(rows, code=code)


def _own(request, code):
    pairing = _find(request, code)
    if not _is_own(request.user, pairing):
        raise PermissionDenied
    return pairing


def _is_own(staff, pairing):
    return pairing.organization_id == staff.organization_id and "pairing.edit" in staff.permissions


def _address(pairing):
    return reverse("referrals:show_pairing", args=[pairing.code])


def _crumbs(pairing):
    return [(_("结对帮扶"), reverse("referrals:list_pairings")), (str(pairing), _address(pairing))]
