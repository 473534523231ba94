"""Sight of minors' cases: asking, deciding, ending; and what was decided."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires, within_reach
from members.form_pages import confirm_page, form_page
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import minors
from referrals.actions import minors as actions
from referrals.forms.minors import ApproveForm, AskForm, DeclineForm
from referrals.models import MinorAccessApproval, Person, Provision

TABS = {
    "": lambda rows, staff: rows.filter(staff=staff),
    "waiting": lambda rows, staff: minors.waiting_for(staff).select_related(
        "staff", "organization", "decided_by", "person"
    ),
    "decided": lambda rows, staff: rows.exclude(state=MinorAccessApproval.State.ASKED),
}


@requires("minor.view")
def list_minor_access(request):
    """One's own requests; for the responsible person also those that wait and those that were decided."""
    staff = request.user
    asked = request.GET.get("show", "")
    is_approver = "minor.approve" in staff.permissions
    shown = asked if asked in TABS and is_approver else ""
    rows = TABS[shown](_visible(staff), staff)
    page = page_of(request, rows, ["-pk"])
    return render(request, "referrals/minors/list.html", {"page": page, "show": shown, "is_approver": is_approver})


@requires("minor.ask")
def ask_minor_access(request, code):
    """For one minor: of one's own side, or one whose list was passed on to the unit. The page names nobody."""
    person = _child(request.user, code)
    return _ask(request, person, _("申请查看一名未成年人的个案"), f"{_('编号')} {person.code}")


@requires("minor.ask")
def ask_all_minor_access(request):
    """For those who work with minors every day; the responsible person decides whether that is needed."""
    return _ask(request, None, _("申请查看权限范围内的全部未成年人个案"), "")


@requires("minor.approve")
def approve_minor_access(request, code):
    approval = _waiting(request.user, code)
    form = ApproveForm(request.POST or None, initial={"until": approval.until})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.approve_minor_access(request.user, approval, said["until"], said["answer"])
            messages.success(request, _("已批准，到 %(day)s 为止。") % {"day": said["until"].isoformat()})
            return redirect(reverse("referrals:list_minor_access") + "?show=waiting")
        except Refusal as refusal:
            refuse(form, refusal)
    return _decision(request, approval, form, _("批准查看"), _("批准查看"))


@requires("minor.approve")
def decline_minor_access(request, code):
    approval = _waiting(request.user, code)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decline_minor_access(request.user, approval, form.cleaned_data["answer"])
            messages.success(request, _("已答复不批准。"))
            return redirect(reverse("referrals:list_minor_access") + "?show=waiting")
        except Refusal as refusal:
            refuse(form, refusal)
    return _decision(request, approval, form, _("不批准查看"), _("不批准"))


@requires("minor.view")
def end_minor_access(request, code):
    approval = get_object_or_404(_visible(request.user), code=code)
    if approval.staff_id != request.user.pk and not may(request.user, "minor.approve", approval.organization):
        raise PermissionDenied
    asked = {
        "heading": _("结束%(who)s的查看批准") % {"who": approval.staff},
        "consequence": _("从现在起不能再看；还需要的，重新申请。"),
        "button": _("结束"),
        "is_destructive": True,
    }
    act = partial(actions.end_minor_access, request.user, approval)
    return confirm_page(request, asked, act, _("已结束。"), back=reverse("referrals:list_minor_access"))


def _visible(staff):
    mine = Q(staff=staff)
    if "minor.approve" in staff.permissions:
        mine |= Q(organization__in=within_reach(staff, "minor.approve"))
    rows = MinorAccessApproval.objects.filter(mine)
    return rows.select_related("staff", "organization__area", "decided_by", "person")


def _waiting(staff, code):
    return get_object_or_404(minors.waiting_for(staff).select_related("staff", "organization__area"), code=code)


def _child(staff, code):
    """404 for whoever is neither on one's own side nor passed on to one's unit or shared; and for adults."""
    provided = Provision.objects.open().reaching(staff).filter(person__code=code)
    person = Person.objects.visible_to(staff).filter(code=code).first()
    person = person or next((one.person for one in provided.select_related("person")), None)
    if person is None or not person.is_minor:
        raise Http404
    return person


def _ask(request, person, heading, intro):
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_minor_access(request.user, person=person, **form.cleaned_data)
            messages.success(request, _("已提出申请，请本单位负责人批准。"))
            return redirect("referrals:list_minor_access")
        except Refusal as refusal:
            refuse(form, refusal)
    law = _("未满 18 周岁的人的个案，经负责人批准才能查看，批准和查看都有记录。")
    return form_page(request, form, heading, _("提出申请"), _crumbs(), intro=f"{intro} {law}".strip())


def _decision(request, approval, form, heading, button):
    words = {"who": approval.staff, "unit": approval.organization, "what": approval.get_scope_display()}
    intro = _("%(who)s（%(unit)s）申请查看%(what)s：") % words + approval.reason
    back = reverse("referrals:list_minor_access") + "?show=waiting"
    return form_page(request, form, heading, button, _crumbs(), back=back, intro=intro)


def _crumbs():
    return [(_("未成年人个案查看"), reverse("referrals:list_minor_access"))]
