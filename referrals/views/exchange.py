"""Exchange with other platforms: what was agreed, what ran, a workbook for them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from members.access import Refusal, Stale, requires
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals.actions import exchange as actions
from referrals.forms.exchange import PartnerForm
from referrals.items import ITEMS, words_of
from referrals.models import ExchangePartner, ExchangeRun


@requires("exchange.view")
def list_exchange(request):
    """The platforms of the place, and every run with what came of it."""
    partners = list(_partners(request).select_related("operator"))
    known = {partner.platform for partner in partners}
    runs = ExchangeRun.objects.visible_to(request.user).select_related("started_by", "job", "people_import")
    page = page_of(request, runs, ["-pk"])
    context = {
        "partners": [(partner, words_of(partner.items)) for partner in partners],
        "open": [name for name in actions.platforms_of(request.user.organization) if name not in known],
        "page": page,
    }
    return render(request, "referrals/exchange/list.html", context)


@requires("exchange.edit")
def agree_exchange(request):
    return _agree(request, None)


@requires("exchange.edit")
def change_exchange(request, code):
    return _agree(request, get_object_or_404(_partners(request), code=code))


def _agree(request, partner):
    platforms = list(actions.platforms_of(request.user.organization))
    if partner and partner.platform not in platforms:
        platforms.append(partner.platform)
    initial = _initial(partner) if partner else {"platform": request.GET.get("platform", "")}
    form = PartnerForm(request.POST or None, initial=initial, platforms=platforms, actor=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            actions.agree_exchange(request.user, form.values(), partner=partner, version=version)
            messages.success(request, _("约定已保存。"))
            return redirect("referrals:list_exchange")
        except (Stale, Refusal) as refusal:
            refuse(form, refusal)
    context = {"form": form, "partner": partner}
    return render(request, "referrals/exchange/agree.html", context)


@requires("exchange.run")
def export_exchange(request, code):
    """How many would go, then the job."""
    partner = get_object_or_404(_partners(request), code=code)
    last = actions.last_run_of(partner)
    if request.method == "POST":
        try:
            run = actions.begin_export(request.user, partner, is_whole=request.POST.get("whole") == "1")
            return redirect("members:show_job", run.job.code)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("referrals:list_exchange")
    context = {
        "partner": partner, "items": words_of(partner.items), "last": last,
        "count": actions.people_for(request.user, partner, last and last.started_at).count(),
        "total": actions.people_for(request.user, partner).count(),
    }  # fmt: skip
    return render(request, "referrals/exchange/export.html", context)


def _partners(request):
    return ExchangePartner.objects.filter(organization=request.user.organization)


def _initial(partner):
    sensitive = [code for code in partner.items if ITEMS[code].is_sensitive]
    return {
        "platform": partner.platform, "operator": partner.operator, "basis": partner.basis,
        "items": [code for code in partner.items if code not in sensitive], "sensitive_items": sensitive,
        "is_active": partner.is_active, "version": partner.version,
    }  # fmt: skip
