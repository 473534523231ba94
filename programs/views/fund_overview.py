"""Money by channel, kind and year; what there is for the work itself; and what everyone may see of funds."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, may, public, requires, within_reach
from members.form_pages import form_page, refuse_stale
from portal.lib.pages import page_of
from programs import fund_figures, funds
from programs.actions import fund_budgets
from programs.forms.fund_ledger import BudgetForm, OverviewFilter
from programs.models import ZERO, Fund, WorkBudget
from programs.views.public import cacheable


@requires("fund.view")
def show_overview(request):
    seen = funds.visible_to(request.user)
    filters = OverviewFilter(request.GET, seen=seen, years=fund_figures.years_of(seen))
    asked = filters.asked
    year = int(asked["year"]) if asked.get("year") else None
    unit = asked.get("unit")
    wanted = seen.filter(organization=unit) if unit else seen
    channels = fund_figures.by_channel(wanted, year)
    context = {
        "filters": filters,
        "has_filters": bool(year or unit),
        "channels": channels,
        "raised": sum((total for _name, total in channels), ZERO),
        "kinds": fund_figures.by_kind(wanted, year),
        "years": fund_figures.by_year(wanted),
        "programs": fund_figures.by_program(wanted, year)[:20],
        "budgets": _budgets(request.user, year, unit),
        "may_edit_budget": may(request.user, "budget.edit", request.user.organization),
    }
    return render(request, "programs/funds/overview.html", context)


def _budgets(staff, year, unit):
    rows = WorkBudget.objects.filter(organization__in=within_reach(staff, "fund.view"))
    rows = rows.filter(year=year) if year else rows
    rows = rows.filter(organization=unit) if unit else rows
    return rows.select_related("organization")[:50]


@requires("budget.edit")
def create_budget(request):
    return _set_budget(request, request.user.organization)


@requires("budget.edit")
def edit_budget(request, code):
    seen = WorkBudget.objects.filter(organization__in=within_reach(request.user, "fund.view"))
    budget = get_object_or_404(seen.select_related("organization__area"), code=code)
    return _set_budget(request, budget.organization, budget)


def _set_budget(request, organization, budget=None):
    if not may(request.user, "budget.edit", organization):
        raise PermissionDenied
    initial = {name: getattr(budget, name) for name in (*fund_budgets.EDITABLE, "version")} if budget else None
    form, current = BudgetForm(request.POST or None, initial=initial), []
    if request.method == "POST" and form.is_valid():
        try:
            fund_budgets.set_budget(
                request.user, organization, form.cleaned_data, budget, form.cleaned_data["version"] or 0
            )  # fmt: skip
            messages.success(request, _("工作经费已登记。"))
            return redirect("programs:show_fund_overview")
        except Refusal as refusal:
            current = refuse_stale(form, refusal, fund_budgets.EDITABLE)
    heading = _("修改工作经费") if budget else _("登记工作经费")
    intro = _("%(unit)s 用于工作本身的经费，不含转给受助人的钱。") % {"unit": organization.name}
    crumbs = [
        (_("基金与台账"), reverse("programs:list_funds")),
        (_("资金渠道总览"), reverse("programs:show_fund_overview")),
    ]
    return form_page(request, form, heading, _("保存工作经费"), crumbs, intro=intro, current=current)


# -- for everyone -----------------------------------------------------------------------------------------------------
@public
@cacheable
def list_public_funds(request):
    rows = Fund.objects.filter(is_public=True).with_figures().select_related("organization", "area")
    return render(request, "public/funds/list.html", {"page": page_of(request, rows, ["name", "pk"])})


@public
@cacheable
def show_public_fund(request, code):
    """Raising, management and use: sums, and who gave as they agreed; nobody who received."""
    rows = Fund.objects.filter(is_public=True).with_figures()
    fund = get_object_or_404(rows.select_related("organization", "joint_bureau", "area"), code=code)
    one = Fund.objects.filter(pk=fund.pk)
    context = {
        "fund": fund,
        "rules": fund.rules.filter(valid_from__lte=timezone.localdate()).first(),
        "years": fund_figures.by_year(one),
        "channels": fund_figures.by_channel(one),
        "programs": fund_figures.by_program(one),
        "page": page_of(request, fund_figures.gifts_of(fund), ["-number"]),
    }
    return render(request, "public/funds/show.html", context)
