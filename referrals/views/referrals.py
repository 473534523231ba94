"""Every move of the table by one and the same road, and what a second person decides."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members.access import NotTheirs, Refusal, requires
from members.models import Organization
from portal.lib.forms import refuse
from programs.models import Program
from referrals import cases_shown, desks, turns
from referrals.actions import agreed, approvals, consultations, decisions, outcomes, urgent
from referrals.actions import referrals as actions
from referrals.actions.moves import RELATED, Moved
from referrals.forms.referrals import move_form
from referrals.models import Referral, ReferralApproval
from referrals.workflow import MOVES, Extent, ReferralKind

CONSEQUENCES = {
    "approve_sending": _("发出后接收单位马上可以看到清单上的内容；签收以前可以撤回。"),
    "sign": _("签收后由您经办，转出单位会看到，研判的期限从现在起算。与当事人有亲属或利害关系的，不要签收，请先申报。"),
    "send": _("发出后接收单位马上可以看到清单上的内容；签收以前可以撤回。"),
    "reject": _("转出单位会收到原因，并看到其他合适的单位和项目；本单位不能再看此人的信息。"),
    "forward": _("这一份到此为止，新的一份交给所选单位；最初的转出单位一直看得到走到哪里。"),
    "cancel": _("接收单位马上不能再看此人的信息；已经看过的留有记录。"),
    "withdraw": _("马上停止向对方提供信息；已经给予的帮扶仍留在账上。"),
    "fail": _("名额退还，转出单位会收到说明。"),
    "void": _("不再计入任何统计，审计记录保留；由第二人审核后生效。"),
    "reopen": _("由第二人审核后生效，并计入统计；原来占用批次名额的，重新占用一个。"),
    "consult": _("双方和上级民政部门会收到通知；会商有结论以前，不会到期自动闭环。"),
    "uphold": _("转出单位随后确认闭环；确认的时限重新计算。"),
    "help_on": _("接收单位继续帮扶，办完后再次反馈。"),
}

# What is said afterwards, where “done” leaves open what comes next.
DONE = {
    "submit": _("已提交审核：本单位或上级民政部门的审批人审核后发出。"),
    "report": _("已反馈，等转出单位确认。"),
    "answer": _("已答复，对方的期限接着算。"),
}
# What somebody writes by hand on the page of a move.
TYPED = ("note", "questions", "summary", "no_aid_reason", "gap_wish", "circumstances")
DESKS = {
    desks.RECEIVED: (_("收到的"), "referrals:list_received_referrals"),
    desks.SENT: (_("发出的"), "referrals:list_sent_referrals"),
    desks.AREA: (_("辖区内的"), "referrals:list_area_referrals"),
}


# -- One referral -----------------------------------------------------------------------------------------------------
def find_referral(request, code):
    """404 for whoever it does not concern, and for a receiver as long as it was not sent."""
    rows = Referral.objects.visible_to(request.user).select_related(*RELATED, "parent", "offer", "written_by")
    return get_object_or_404(rows, code=code)


def find_own_referral(request, code):
    """One that this person of staff writes on: their unit's, for civil affairs also a town's."""
    referral = find_referral(request, code)
    if not turns.answers_for(request.user, referral.sender, request.user.permissions.get("referral.write")):
        raise PermissionDenied
    return referral


def crumbs_of(request, referral):
    """The way to a case: the desk on which it lies for this person of staff, and its number."""
    label, desk = DESKS[cases_shown.desk_of(request.user, referral)]
    case = reverse("referrals:show_referral", args=[referral.code])
    return [(label, reverse(desk)), (referral.number or referral.code, case)]


@requires("referral.view")
@never_cache
def move_referral(request, code, verb):
    """A page for each move of the table: what it asks, what follows, and one button."""
    referral, move = find_referral(request, code), MOVES[verb]
    back = reverse("referrals:show_referral", args=[code])
    if not turns.stands_on(request.user, referral, move):
        raise NotTheirs(turns.why_not(request.user, referral, move), back)
    answer = turns.why_not(request.user, referral, move)
    if answer and request.method == "POST" and request.POST.get("version") != str(referral.version):
        return _came_second(request, Moved(referral), back)
    if answer:
        messages.error(request, str(answer))
        return redirect(back)
    form = move_form(move, referral, request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = DOES[verb](request, referral, form.cleaned_data)
            _say(request, move, done)
            return redirect(back)
        except Moved as moved:
            return _came_second(request, moved, back)
        except Refusal as refusal:
            refuse(form, refusal)
    asked = {
        "heading": f"{move.label} {referral.number}".strip(), "consequence": _consequence(verb, referral),
        "button": move.label, "is_destructive": move.is_grave, "back": back, "form": form,
        "crumbs": crumbs_of(request, referral), "about": cases_shown.about(request.user, referral),
    }  # fmt: skip
    return render(request, "confirm.html", asked)


def _came_second(request, moved, back):
    """Who was first and what it is now; the words that were typed stay to be copied, for the step has no place now."""
    kept = [text.strip() for name, text in request.POST.items() if _is_typed(name) and text.strip()]
    if not kept:
        messages.error(request, moved.message)
        return redirect(back)
    context = {"words": moved.message, "kept": kept, "back": back}
    return render(request, "referrals/referrals/second.html", context, status=409)


def _is_typed(name):
    return name in TYPED or name.startswith("answer_")


def _consequence(verb, referral):
    if verb == "accept" and referral.kind == ReferralKind.HANDOVER:
        words = {"keeper": referral.person.keeper}
        return _("这是移交：接收以后由本单位牵头，到办结为止；本人的资料仍由%(keeper)s保管。") % words
    return CONSEQUENCES.get(verb, "")


def _say(request, move, done):
    if isinstance(done, ReferralApproval):
        messages.success(request, _("已提请第二人审核，同意后生效。"))
    else:
        messages.success(request, DONE.get(move.verb) or _("已%(move)s。") % {"move": move.label})


def _version(said):
    return said["version"]


def _program_of(code):
    return Program.objects.filter(code=code).first() if code else None


def _accept(request, referral, said):
    return decisions.accept_referral(
        request.user, referral, _version(said), extent=said.get("extent", Extent.WHOLE), finish_on=said["finish_on"],
        note=said["note"],
    )  # fmt: skip


def _return(request, referral, said):
    return decisions.return_referral(
        request.user, referral, _version(said), said["questions"], said.get("papers", ()), said["note"]
    )


def _answer(request, referral, said):
    answers = {name.removeprefix("answer_"): text for name, text in said.items() if name.startswith("answer_")}
    return decisions.answer_referral(request.user, referral, _version(said), answers, said.get("items"), said["note"])


def _forward(request, referral, said):
    receiver = Organization.objects.select_related("area").get(code=said["receiver"])
    return decisions.forward_referral(
        request.user, referral, _version(said), receiver, program=_program_of(said["program"]), note=said["note"]
    )


def _report(request, referral, said):
    effects = {need: said[f"effect_{need.code}"] for need in referral.needs.all() if f"effect_{need.code}" in said}
    return outcomes.report_outcome(request.user, referral, _version(said), {**said, "effects": effects})


def _confirm(request, referral, said):
    gap = {"wish": said["gap_wish"], "yuan": said["gap_yuan"]} if said["gap_wish"] else None
    return outcomes.confirm_outcome(
        request.user, referral, _version(said), satisfaction=said["satisfaction"], gap=gap, note=said["note"]
    )


def _void(request, referral, said):
    right = None
    if said["right_one"]:
        right = Referral.objects.visible_to(request.user).filter(number=said["right_one"].strip()).first()
        if right is None:
            raise Refusal(_("没有这个转介单号。"), field="right_one")
    return outcomes.void_referral(request.user, referral, _version(said), said["note"], right_one=right)


def _amend(request, referral, said):
    return outcomes.amend_referral(request.user, referral, _version(said), said, said["note"])


def _plainly(act, *names):
    """Verbs whose action takes what the form asks, under the same names."""

    def do(request, referral, said):
        return act(request.user, referral, _version(said), **{name: said[name] for name in names})

    return do


def _look_again(verb):
    def do(request, referral, said):
        return decisions.look_again(request.user, referral, _version(said), verb, said["review_on"], said["note"])

    return do


# verb -> function(request, referral, what the form said)
DOES = {
    "submit": _plainly(actions.submit_referral),
    "send": _plainly(actions.send_referral),
    "approve_sending": _plainly(actions.approve_sending, "note"),
    "send_back": _plainly(actions.send_back, "note"),
    "bring_consent": _plainly(urgent.bring_consent, "note"),
    "complete_papers": _plainly(urgent.complete_papers, "note"),
    "sign": _plainly(decisions.sign_referral),
    "return": _return,
    "answer": _answer,
    "accept": _accept,
    "wait": _plainly(decisions.wait_referral, "review_on", "note"),
    "keep_waiting": _look_again("keep_waiting"),
    "keep_on_hold": _look_again("keep_on_hold"),
    "reject": _plainly(decisions.reject_referral, "reason", "note"),
    "forward": _forward,
    "begin": _plainly(outcomes.begin_help, "first_action", "finish_on", "note"),
    "hold": _plainly(decisions.hold_referral, "review_on", "note"),
    "resume": _plainly(decisions.resume_referral, "note"),
    "report": _report,
    "confirm": _confirm,
    "dispute": _plainly(outcomes.dispute_outcome, "note"),
    "consult": _plainly(consultations.ask_consultation, "note"),
    "uphold": _plainly(consultations.uphold_report, "note"),
    "help_on": _plainly(consultations.help_on, "note"),
    "reopen": _plainly(outcomes.reopen_referral, "note"),
    "cancel": _plainly(outcomes.cancel_referral, "reason", "note"),
    "withdraw": _plainly(outcomes.withdraw_referral, "reason", "evidence", "note"),
    "fail": _plainly(outcomes.fail_referral, "reason", "note"),
    "void": _void,
    "amend": _amend,
    "reassign": _plainly(outcomes.reassign_referral, "handler", "note"),
}


def move_view(verb):
    """For the table of URLs: /referrals/<code>/accept/ is one move."""
    view = partial(move_referral, verb=verb)
    view.permission = "referral.view"
    return view


@requires("referral.view")
@require_POST
def decide_approval(request, code):
    """A second person agrees to what somebody asked, or does not."""
    approval = get_object_or_404(
        ReferralApproval.objects.filter(organization=request.user.organization_id).select_related("referral"), code=code
    )
    if not approvals.may_decide(request.user, approval):
        raise PermissionDenied
    back = reverse("referrals:show_referral", args=[approval.referral.code])
    note = request.POST.get("note", "")[:500]
    try:
        if request.POST.get("answer") == "agree":
            agreed.agree(request.user, approval, note)
            messages.success(request, _("已同意。"))
        else:
            agreed.decline(request.user, approval, note)
            messages.success(request, _("已答复不同意。"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(back)
