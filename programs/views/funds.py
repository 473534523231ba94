"""The register of funds: the list, one fund with its ledger, and what is known of it."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page, press, refuse_stale
from portal.lib import uploads, xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs import funds
from programs.access import visible_to as programs_visible_to
from programs.actions import fund_register as actions
from programs.forms.fund_ledger import LineFilter
from programs.forms.funds import CloseForm, FundFilter, FundForm, RulesForm
from programs.models import FundCommitmentPart, FundLine, FundOrder, FundRules

SHOWN = 10
ASKED_RIGHTS = ("edit", "record", "commit", "confirm", "approve")


@requires("fund.view")
def list_funds(request):
    seen = funds.visible_to(request.user)
    filters = FundFilter(request.GET, seen=seen)
    rows = filters.narrow(seen.with_figures())
    number, has_more = capped_count(rows)
    context = {
        "page": page_of(request, rows.select_related("organization", "area"), ["name", "pk"]),
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "may_create": "fund.edit" in request.user.permissions,
        "waiting": funds.count_waiting(request.user) if "fund.approve" in request.user.permissions else 0,
    }
    return render(request, "programs/funds/list.html", context)


@require_POST
@requires("fund.view")
def export_funds(request):
    """What the list shows, with its filters. By POST, because the audit tells of it."""
    seen = funds.visible_to(request.user)
    rows = FundFilter(request.GET, seen=seen).narrow(seen.with_figures())
    content = actions.export_funds(request.user, rows)
    return xlsx.download(content, _("基金-%(day)s.xlsx") % {"day": timezone.localdate().isoformat()})


@requires("fund.view")
def show_fund(request, code):
    """Facts, figures, the pots and what is free of each, open commitments, what waits, rules, the ledger."""
    fund = find(request, code)
    rows = lines_of(fund)
    filters = LineFilter(request.GET, codes=program_codes(fund))
    shown = page_of(request, filters.narrow(rows), ["-number"])
    pots = list(fund.pots.order_by("-is_general", "pk"))
    areas = funds.area_names([*pots, *[line.pot for line in shown]])
    for pot in [*pots, *[line.pot for line in shown]]:
        pot.words = funds.ties_words(pot, areas)
    rules = list(fund.rules.select_related("written_by"))
    context = {
        "fund": fund,
        "pots": pots,
        "page": shown,
        "filters": filters,
        "rules": rules,
        "held": next((one for one in rules if one.valid_from <= timezone.localdate()), None),
        "commitments": open_commitments(fund)[:SHOWN],
        "orders": fund.orders.filter(state=FundOrder.State.WAITING).select_related("recorded_by", "commitment"),
        "programs": list(funds.programs_naming(fund).filter(pk__in=programs_visible_to(request.user))),
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(fund, 10)],
        **rights(request.user, fund),
    }
    return render(request, "programs/funds/show.html", context)


def find(request, code):
    """A fund this person sees, with its figures, or 404."""
    rows = funds.visible_to(request.user).with_figures()
    near = rows.select_related("organization__area", "joint_bureau__area", "area", "confirmed_by")
    return get_object_or_404(near, code=code)


def keeping(request, code, permission):
    """The same for whoever may do this with it: 403 for those who may only look."""
    fund = find(request, code)
    if not funds.may(request.user, permission, fund):
        raise PermissionDenied
    return fund


def rights(staff, fund):
    return {f"may_{name}": funds.may(staff, f"fund.{name}", fund) for name in ASKED_RIGHTS}


def lines_of(fund):
    near = ("pot", "part__commitment", "donation", "written_by", "approved_by", "against")
    return FundLine.objects.filter(fund=fund).select_related(*near)


def program_codes(fund):
    """The programs that the ledger speaks of."""
    codes = FundLine.objects.filter(fund=fund).exclude(program_code="").values_list("program_code", flat=True)
    return sorted(set(codes.distinct().order_by()))


def open_commitments(fund):
    """Those of which something is neither paid nor released, the newest first."""
    unsettled = FundCommitmentPart.objects.filter(amount__gt=F("paid") + F("released")).values("commitment")
    return commitments_of(fund).filter(pk__in=unsettled)


def commitments_of(fund):
    return fund.commitments.prefetch_related("parts").select_related("area", "made_by").order_by("-pk")


@requires("fund.view")
def list_commitments(request, code):
    """All of a fund, or those that are still open."""
    fund = find(request, code)
    shows_all = request.GET.get("show") == "all"
    rows = commitments_of(fund) if shows_all else open_commitments(fund)
    context = {"fund": fund, "page": page_of(request, rows, ["-pk"]), "shows_all": shows_all}
    return render(request, "programs/funds/commitments.html", context)


@require_POST
@requires("fund.view")
def export_ledger(request, code):
    fund = find(request, code)
    rows = LineFilter(request.GET, codes=program_codes(fund)).narrow(lines_of(fund))
    content = actions.export_ledger(request.user, fund, rows)
    words = {"fund": fund.code, "day": timezone.localdate().isoformat()}
    return xlsx.download(content, _("基金台账-%(fund)s-%(day)s.xlsx") % words)


@requires("fund.edit")
def create_fund(request):
    form = FundForm(request.POST or None, actor=request.user, initial={"area": request.user.organization.area})
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            fund = actions.create_fund(request.user, request.user.organization, asked, asked["code"])
            messages.success(request, _("已登记基金。接着写明救助标准和办理程序。"))
            return redirect("programs:show_fund", fund.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("基金由 %(unit)s 管理。") % {"unit": request.user.organization.name}
    return page(request, form, _("登记基金"), _("登记基金"), intro=intro)


@requires("fund.edit")
def edit_fund(request, code):
    fund = keeping(request, code, "fund.edit")
    initial = {name: getattr(fund, name) for name in (*actions.EDITABLE, "version")}
    form, current = FundForm(request.POST or None, actor=request.user, fund=fund, initial=initial), []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_fund(request.user, fund, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("programs:show_fund", code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return page(request, form, _("修改基金资料"), _("保存修改"), fund=fund, current=current)


@requires("fund.edit")
def close_fund(request, code):
    fund = keeping(request, code, "fund.edit")
    asked = {
        "heading": _("停用“%(fund)s”") % {"fund": fund},
        "consequence": _("停用后不再入账和承诺；已经承诺的仍可支付或解除。以后可以恢复。"),
        "button": _("停用基金"),
        "is_destructive": True,
    }
    form, act = CloseForm(request.POST or None), partial(actions.close_fund, request.user, fund)
    return confirm_page(request, asked, act, _("基金已停用。"), back=address(fund), form=form)


@require_POST
@requires("fund.edit")
def reopen_fund(request, code):
    fund = keeping(request, code, "fund.edit")
    return press(request, partial(actions.reopen_fund, request.user, fund), _("基金已恢复使用。"), address(fund))


@require_POST
@requires("fund.confirm")
def confirm_fund(request, code):
    fund = keeping(request, code, "fund.confirm")
    done = _("已记下：今天账面与银行账户一致。")
    return press(request, partial(actions.confirm_fund, request.user, fund), done, address(fund))


@requires("fund.edit")
def set_rules(request, code):
    fund = keeping(request, code, "fund.edit")
    last = fund.rules.first()
    initial = {name: getattr(last, name) for name in ("standard", "procedure", "running")} if last else {}
    form = RulesForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_rules(request.user, fund, form.cleaned_data, form.cleaned_data["file"])
            messages.success(request, _("新一版规则已登记。"))
            return redirect("programs:show_fund", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("每改一次就是新的一版，旧版照旧保存：当时的救助按当时的规则。")
    return page(request, form, _("登记规则新版本"), _("登记这一版"), fund=fund, intro=intro)


@requires("fund.view")
def show_rules(request, code):
    rules = _rules(request, code)
    return render(request, "programs/funds/rules.html", {"rules": rules, "fund": rules.fund})


@requires("fund.view")
def download_rules(request, code):
    rules = _rules(request, code)
    if not rules.file_key:
        raise Http404
    return uploads.download(rules.file_key, f"{rules}.{rules.file_kind}")


def _rules(request, code):
    rows = FundRules.objects.filter(fund__in=funds.visible_to(request.user)).select_related("fund", "written_by")
    return get_object_or_404(rows, code=code)


def address(fund):
    return reverse("programs:show_fund", args=[fund.code])


def page(request, form, heading, button, *, fund=None, **more):
    crumbs = [(_("基金与台账"), reverse("programs:list_funds"))]
    if fund is not None:
        crumbs.append((str(fund), address(fund)))
    return form_page(request, form, heading, button, crumbs, **more)
