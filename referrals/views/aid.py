"""Help: the ledger with its tabs, a proposal in a case, one line and every step of it."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import aid_shown, aid_turns, limits, minors, review_draws
from referrals.actions import aid as actions
from referrals.actions import reviewers, schedules, told_aid
from referrals.actions.aid_steps import RELATED
from referrals.actions.provisions import log_seen
from referrals.aid_moves import AID_MOVES
from referrals.forms.aid import MEASURES, LedgerFilter, ProposeForm, step_form
from referrals.forms.told_aid import CorrectAidForm, OtherAidForm
from referrals.items import ITEMS
from referrals.models import AidLine, AidPaper
from referrals.views.referrals import find_referral

CONSEQUENCES = {
    "approve": _("同意后马上从基金承诺这笔钱；有提示或例外的，还要另一位审批人同意。"),
    "decline": _("提出的人会看到原因；不占用基金。"),
    "pay": _("登记后由另一个人复核，复核后入账。"),
    "settle": _("复核后入账，这笔帮扶记为已支付。"),
    "bounce": _("不入账，退回待支付。"),
    "cancel": _("承诺的资金马上退回基金；已经支付的部分不变。"),
    "redraw": _("按同一次抽签的顺序轮到下一位；原因和先后都留在记录里。"),
    "sign": _("签收写进这一期；签收单和照片收在这笔帮扶里。"),
    "plan": _("原来的分期作废，按新的开学年份重排；支付过以后不能再改。"),
    "skip": _("停发的几期从金额里减去，承诺的资金马上退回基金，不能恢复。"),
    "answer": _("说明理由后可以支付；理由留在记录里。"),
    "correct": _("改前的内容和理由留在这一笔的经过里；已经报送的月份合计不变。"),
    "void": _("这一笔不再计入台账和上限，记录和理由保留；已经报送的月份合计不变。"),
}


DRAW_FINDINGS = {
    "commitment": gettext_lazy("密数的摘要"), "digest": gettext_lazy("候选名单的摘要"), "seed": gettext_lazy("种子"),
    "drawn": gettext_lazy("抽中的人"),
}  # fmt: skip


# -- The ledger -------------------------------------------------------------------------------------------------------
@requires("aid.view")
def list_aid(request):
    """A unit's lines by key, in tabs that are work; filters in the URL, totals of what they leave."""
    counts = aid_shown.counts_of(request.user)
    tab = aid_shown.tab_of(request.GET.get("tab", ""), request.user, counts)
    filters = LedgerFilter(request.GET, staff=request.user)
    rows = filters.narrow(aid_shown.ledger_of(request.user).filter(tab.condition))
    related = ("program", "fund", "referral", "organization")
    page = page_of(request, rows.select_related(*related).defer("private", "rule_lines"), ["-pk"])
    context = {
        "page": page, "filters": filters, "tabs": aid_shown.TABS, "tab": tab, "totals": aid_shown.totals_of(rows),
        "counts": counts,
    }  # fmt: skip
    return render(request, "referrals/aid/list.html", context)


# -- A proposal -------------------------------------------------------------------------------------------------------
@requires("aid.propose")
@never_cache
def propose_aid(request, code):
    referral = find_referral(request, code)
    if referral.receiver_id != request.user.organization_id:
        raise PermissionDenied
    minors.require(request.user, referral.person)
    back = reverse("referrals:show_referral", args=[code])
    return propose_for(request, referral.person, back=back, referral=referral)


def propose_for(request, person, *, back, referral=None):
    """The page of a proposal: in a case, or for somebody whom the unit helps without one."""
    due = limits.entitlement(limits.case_of_referral(referral)) if referral and referral.program else None
    initial = _proposed(referral, due) if referral else {}
    form = ProposeForm(request.POST or None, staff=request.user, person=person, referral=referral, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            line = actions.propose_aid(request.user, person, form.values(), referral=referral)
            messages.success(request, _("已提出，等另一个人审批。"))
            return redirect("referrals:show_aid", line.code)
        except Refusal as refusal:
            refuse(form, refusal)
    name = "" if referral else minors.shown_name(request.user, person)
    context = {"form": form, "referral": referral, "name": name, "due": due, "back": back, "measures": MEASURES}
    return render(request, "referrals/aid/propose.html", context)


def _proposed(referral, due):
    """What is known already: the rules' sum where there is one."""
    initial = {"program": referral.program.code if referral.program else ""}
    needs = list(referral.needs.all()[:2])
    if len(needs) == 1:
        initial["need"] = needs[0].code
    if due is not None and due.is_fixed and due.low == due.high:
        initial["value" if due.unit == "goods" else "amount"] = due.low
    return initial


# -- One line ---------------------------------------------------------------------------------------------------------
def _find(request, code):
    rows = AidLine.objects.visible_to(request.user).select_related(*RELATED)
    return get_object_or_404(rows, code=code)


@requires("aid.view")
@never_cache
def show_aid(request, code):
    line = _find(request, code)
    audit.record(request.user, "aid.view", line, organization=line.organization)
    return render(request, "referrals/aid/show.html", aid_shown.page_of_line(request.user, line))


@requires("aid.view")
@never_cache
def move_aid(request, code, verb):
    """A page for each step: what it asks, what follows, and one button."""
    line, move = _find(request, code), AID_MOVES[verb]
    if not aid_turns.stands_on(request.user, line, move):
        raise PermissionDenied
    back = reverse("referrals:show_aid", args=[code])
    if answer := aid_turns.why_not(request.user, line, verb):
        messages.error(request, str(answer))
        return redirect(back)
    form = form_of(request.user, move, line, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            DOES[verb](request.user, line, form.cleaned_data)
            messages.success(request, _("已%(move)s。") % {"move": move.label})
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    # Of what was only proposed nothing is set aside.
    is_said = verb != "cancel" or line.commitment_id is not None
    consequence = CONSEQUENCES.get(verb, "") if is_said else ""
    context = {"form": form, "line": line, "move": move, "back": back, "consequence": consequence}
    return render(request, "referrals/aid/step.html", context)


def form_of(staff, move, line, data=None, files=None):
    """What a step asks; a correction asks all that was told."""
    if move.verb == "correct":
        return CorrectAidForm(data, staff=staff, line=line)
    return step_form(move, line, data, files)


def _corrected(actor, line, said):
    values = {name: said[name] for name in OtherAidForm.base_fields}
    return told_aid.correct_aid(actor, line, said["version"], values, said["reason"])


def _plainly(act, *names):
    def do(actor, line, said):
        return act(actor, line, said["version"], **{name: said[name] for name in names if name in said})

    return do


def _with_papers(act, *names):
    def do(actor, line, said):
        files = [(said["kind"], file) for file in said["files"]]
        return act(actor, line, said["version"], files=files, **{name: said[name] for name in names})

    return do


# verb -> function(actor, line, what the form said)
DOES = {
    "approve": _plainly(actions.approve_aid, "note"),
    "decline": _plainly(actions.decline_aid, "note"),
    "pay": _plainly(actions.pay_aid, "amount", "numbers", "day", "reference"),
    "settle": _plainly(actions.settle_aid),
    "bounce": _plainly(actions.bounce_aid, "reason"),
    "redraw": _plainly(reviewers.redraw_aid, "reason"),
    "sign": _with_papers(schedules.sign_aid, "numbers", "day", "signer", "receipt", "note"),
    "plan": _plainly(schedules.plan_aid, "first_year"),
    "skip": _plainly(schedules.skip_aid, "numbers", "cause", "note"),
    "answer": _plainly(actions.answer_flags, "note"),
    "deliver": _with_papers(actions.deliver_aid, "day", "receipt", "note"),
    "receive": _with_papers(actions.add_receipts, "receipt", "note"),
    "rate": _plainly(actions.rate_aid, "effect", "note"),
    "cancel": _plainly(actions.cancel_aid, "reason"),
    "correct": _corrected,
    "void": _plainly(told_aid.void_aid, "reason"),
}


@requires("aid.view")
@never_cache
def print_signatures(request, code):
    """The sheet on which one person signs month by month, under its printed name; only at the unit that pays."""
    line = _find(request, code)
    if line.organization_id != request.user.organization_id:
        raise PermissionDenied
    sheet = aid_shown.signature_sheet(request.user, line)
    if sheet is None:
        raise Http404
    log_seen(request.user, line.person, sheet.permitted, [("", [(ITEMS["name"], sheet.name)])])
    audit.record(request.user, "aid.print", line, organization=line.organization, reason=sheet.title)
    return render(request, "referrals/aid/signatures.html", {"line": line, "sheet": sheet})


@requires("aid.view")
def show_reviewer_draw(request, code):
    """How the second approver was drawn, with all that is needed to do it again; reckoned anew at every look."""
    line = _find(request, code)
    draw = review_draws.draw_of(line)
    if draw is None:
        raise Http404
    context = {"line": line, "draw": draw, "turns": review_draws.turns_of(draw), "findings": [], "wrong": []}
    if draw.is_drawn:
        findings = review_draws.verify(draw)
        context["findings"] = [(DRAW_FINDINGS[one.code], one) for one in findings]
        context["wrong"] = [one for one in findings if not one.is_right]
    return render(request, "referrals/aid/reviewer.html", context)


@requires("aid.view")
def download_reviewer_text(request, code):
    """Who could be drawn, by the codes of staff, byte for byte as its digest was taken."""
    draw = review_draws.draw_of(_find(request, code))
    if draw is None or not draw.is_drawn:
        raise Http404
    name = content_disposition_header(True, f"reviewers-{code}.txt")
    return HttpResponse(draw.text, "text/plain; charset=utf-8", headers={"Content-Disposition": name})


def move_view(verb):
    """For the table of URLs: /aid/<code>/approve/ is one step."""
    view = partial(move_aid, verb=verb)
    view.permission = "aid.view"
    return view


@requires("aid.account")
@require_POST
@never_cache
def open_account(request, code):
    """The whole account, shown once, on a page of its own; each look is in the audit."""
    line = _find(request, code)
    try:
        account = actions.open_account(request.user, line)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("referrals:show_aid", code)
    return render(request, "referrals/aid/account.html", {"line": line, "account": account, "payee": line.payee})


@requires("aid.view")
def open_paper(request, code, paper, way):
    """A receipt or a photo: to be looked at, or as a small picture."""
    line = _find(request, code)
    found = get_object_or_404(AidPaper, line=line, code=paper)
    key = found.preview_key if way == "preview" else found.file_key
    if not key or not actions.may_open_paper(request.user, line):
        raise Http404
    if way == "view":
        audit.record(request.user, "aid.paper", line, organization=line.organization, reason=found.code)
    return uploads.show(key, found.served_name)
