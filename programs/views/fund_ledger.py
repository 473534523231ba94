"""The money of funds: income, commitments, releases; payments and counter-entries by two people."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, requires
from members.form_pages import confirm_page
from portal.lib import money
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from programs import funds
from programs.actions import funds as actions
from programs.forms.fund_ledger import (
    CommitForm,
    CorrectForm,
    DonorForm,
    IncomeForm,
    PayForm,
    RejectForm,
    ReleaseForm,
)
from programs.models import Donation, FundCommitment, FundLine, FundOrder, LineKind
from programs.views.funds import address, keeping, page

NEAR = ("fund__organization__area", "fund__joint_bureau__area", "fund__area")


# -- income and commitments -------------------------------------------------------------------------------------------
@requires("fund.record")
def record_income(request, code):
    fund = keeping(request, code, "fund.record")
    form = IncomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            line = actions.record_income(request.user, fund, **form.income)
            messages.success(request, _("已入账 %(sum)s。") % {"sum": money.show(line.amount)})
            return redirect("programs:show_fund", code)
        except Refusal as refusal:
            refuse(form, refusal)
    context = {"form": form, "fund": fund, "back": reverse("programs:show_fund", args=[code])}
    return render(request, "programs/funds/income.html", context)


@requires("fund.commit")
def commit_money(request, code):
    """Asked with "preview" it only says from which money the sum would come."""
    fund = keeping(request, code, "fund.commit")
    form, found = CommitForm(request.POST or None, fund=fund), None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            if "preview" in request.POST:
                found = _preview(fund, asked["amount"], form.use)
            else:
                plain = {name: asked[name] for name in ("reference", "note")}
                made = actions.commit(request.user, fund, asked["amount"], **plain, **form.use)
                messages.success(request, _("已承诺 %(sum)s。") % {"sum": money.show(made.amount)})
                return redirect("programs:show_commitment", made.code)
        except Refusal as refusal:
            refuse(form, refusal)
    context = {"form": form, "fund": fund, "found": found, "back": reverse("programs:show_fund", args=[code])}
    return render(request, "programs/funds/commit.html", context)


def _preview(fund, amount, use):
    found = actions.preview(fund, amount, **use)
    areas = funds.area_names([pot for pot, _sum in [*found.shares, *found.others]])
    return {
        "shares": [(funds.ties_words(pot, areas), share) for pot, share in found.shares],
        "others": [(funds.ties_words(pot, areas), left) for pot, left in found.others],
        "refusal": funds.shortage_words(found, amount, areas) if found.missing else "",
    }


@requires("fund.view")
def show_commitment(request, code):
    commitment = _commitment(request, code)
    parts = list(commitment.parts.select_related("pot"))
    areas = funds.area_names([part.pot for part in parts])
    for part in parts:
        part.words = funds.ties_words(part.pot, areas)
    fund = commitment.fund
    lines = FundLine.objects.filter(part__commitment=commitment).select_related("written_by", "approved_by")
    context = {
        "commitment": commitment,
        "fund": fund,
        "parts": parts,
        "lines": lines.order_by("-number"),
        "orders": commitment.orders.select_related("recorded_by", "decided_by"),
        "open_amount": actions.open_of(commitment),
        "may_commit": funds.may(request.user, "fund.commit", fund),
        "may_record": funds.may(request.user, "fund.record", fund),
    }
    return render(request, "programs/funds/commitment.html", context)


def _commitment(request, code, permission="fund.view"):
    rows = FundCommitment.objects.filter(fund__in=funds.visible_to(request.user))
    near = rows.select_related(*NEAR, "area", "made_by").prefetch_related("parts")
    commitment = get_object_or_404(near, code=code)
    if not funds.may(request.user, permission, commitment.fund):
        raise PermissionDenied
    return commitment


@requires("fund.commit")
def release_commitment(request, code):
    commitment = _commitment(request, code, "fund.commit")
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            actions.release(
                request.user, commitment, asked["amount"], reason=asked["reason"], once=asked["once"]
            )  # fmt: skip
            messages.success(request, _("已解除承诺，钱回到原来的资金里。"))
            return redirect("programs:show_commitment", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _of_commitment(request, commitment, form, _("解除承诺"), _("解除承诺"))


@requires("fund.record")
def pay_commitment(request, code):
    commitment = _commitment(request, code, "fund.record")
    form = PayForm(request.POST or None, initial={"amount": actions.open_of(commitment)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.pay(request.user, commitment, **form.cleaned_data)
            messages.success(request, _("已登记付款，等第二个人复核后入账。"))
            return redirect("programs:show_commitment", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _of_commitment(request, commitment, form, _("登记付款"), _("登记付款，送复核"))


def _of_commitment(request, commitment, form, heading, button):
    words = {"reference": commitment.reference, "sum": money.show(actions.open_of(commitment))}
    intro = _("%(reference)s 还有 %(sum)s 没有支付或解除。") % words
    back = reverse("programs:show_commitment", args=[commitment.code])
    return page(request, form, heading, button, back=back, fund=commitment.fund, intro=intro)


# -- counter-entries --------------------------------------------------------------------------------------------------
@requires("fund.record")
def correct_line(request, code):
    line = _line(request, code)
    kinds = actions.AGAINST.get(line.kind, ())
    initial = {"amount": actions.left_of(line)}
    form = CorrectForm(request.POST or None, kinds=kinds, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct(request.user, line, **form.cleaned_data)
            messages.success(request, _("已登记，等第二个人复核后入账。"))
            return redirect("programs:show_fund", line.fund.code)
        except Refusal as refusal:
            refuse(form, refusal)
    words = {"line": line, "day": line.day.isoformat(), "sum": money.show(line.amount)}
    intro = _("%(line)s，%(day)s，%(sum)s。台账不能改，只能另记一笔相反的。") % words
    return page(request, form, _("冲正或退款"), _("登记，送复核"), fund=line.fund, intro=intro)


def _line(request, code):
    """Only income and payments have counter-entries."""
    rows = FundLine.objects.filter(fund__in=funds.visible_to(request.user), kind__in=list(actions.AGAINST))
    line = get_object_or_404(rows.select_related(*NEAR, "pot"), code=code)
    if not funds.may(request.user, "fund.record", line.fund):
        raise PermissionDenied
    return line


@requires("fund.record")
def name_donor(request, code):
    rows = Donation.objects.filter(line__fund__in=funds.visible_to(request.user))
    donation = get_object_or_404(rows.select_related(*[f"line__{name}" for name in NEAR]), code=code)
    fund = donation.line.fund
    if not funds.may(request.user, "fund.record", fund):
        raise PermissionDenied
    initial = {name: getattr(donation, name) for name in ("donor_kind", "donor_naming", "donor_name")}
    form = DonorForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_donor(request.user, donation, form.cleaned_data)
            messages.success(request, _("署名已修改，原来的署名不再保存。"))
            return redirect("programs:show_fund", fund.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("捐赠人可以随时改变署名方式，改后各处都按新的显示。")
    return page(request, form, _("修改捐赠人署名"), _("保存署名"), fund=fund, intro=intro)


# -- the second person ------------------------------------------------------------------------------------------------
@requires("fund.view")
def list_orders(request):
    """What waits for this person; or all that was written, with what became of it."""
    shows_all = request.GET.get("show") == "all"
    rows = funds.waiting_for(request.user)
    if shows_all:
        rows = FundOrder.objects.filter(fund__in=funds.visible_to(request.user))
    near = rows.select_related("fund", "commitment", "recorded_by", "decided_by")
    context = {"page": page_of(request, near, ["-pk"]), "shows_all": shows_all}
    return render(request, "programs/funds/orders.html", context)


@requires("fund.view")
def show_order(request, code):
    order = _order(request, code)
    is_own = order.recorded_by_id == request.user.pk
    is_waiting = order.state == FundOrder.State.WAITING
    may_approve = funds.may(request.user, "fund.approve", order.fund)
    context = {
        "order": order,
        "fund": order.fund,
        "is_own": is_own,
        "may_approve": is_waiting and may_approve and not is_own,
        "may_reject": is_waiting and (may_approve or is_own),
        "form": RejectForm(),
    }
    return render(request, "programs/funds/order.html", context)


def _order(request, code):
    rows = FundOrder.objects.filter(fund__in=funds.visible_to(request.user))
    near = ("commitment__area", "against", "recorded_by", "decided_by")
    return get_object_or_404(rows.select_related(*NEAR, *near), code=code)


@requires("fund.approve")
def approve_order(request, code):
    """A page that asks, and the deed."""
    order = _order(request, code)
    if not funds.may(request.user, "fund.approve", order.fund):
        raise PermissionDenied
    leaves = order.kind in (LineKind.PAYMENT, LineKind.DONOR_REFUND)
    words = {"kind": order.get_kind_display(), "sum": money.show(order.amount), "number": order.reference}
    asked = {
        "heading": _("复核%(kind)s %(sum)s") % words,
        "consequence": _("凭证 %(number)s。请核对原始凭证；入账后不能改，只能冲正。") % words,
        "button": _("核对无误，付款入账") if leaves else _("核对无误，入账"),
    }
    act, back = partial(actions.approve_order, request.user, order), reverse("programs:show_fund_order", args=[code])
    return confirm_page(request, asked, act, _("已复核入账。"), back=back, to="programs:list_fund_orders")


@requires("fund.view")
def reject_order(request, code):
    """By whoever could approve it, or taken back by the one who wrote it."""
    order = _order(request, code)
    is_own = order.recorded_by_id == request.user.pk
    if not (is_own or funds.may(request.user, "fund.approve", order.fund)):
        raise PermissionDenied
    asked = {
        "heading": _("退回 %(number)s") % {"number": order.reference},
        "consequence": _("这一笔不入账；改好后可以用同一凭证号重新登记。"),
        "button": _("退回"),
        "is_destructive": True,
    }
    return confirm_page(
        request,
        asked,
        lambda decision: actions.reject_order(request.user, order, decision),
        _("已退回，没有入账。"),
        back=reverse("programs:show_fund_order", args=[code]),
        form=RejectForm(request.POST or None),
        to=address(order.fund),
    )
