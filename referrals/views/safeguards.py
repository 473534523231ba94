"""What must stand before data goes out: clauses on data in agreements, and impact assessments."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires, within_reach
from members.actions.agreements import may_edit
from members.form_pages import confirm_page, form_page, refuse_stale
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals.actions import safeguards as actions
from referrals.forms.safeguards import AssessmentForm, DataAgreementForm, EndForm
from referrals.models import DataAgreement, ImpactAssessment


# -- Clauses on data --------------------------------------------------------------------------------------------------
@requires("agreement.view")
def list_data_agreements(request):
    rows = _clauses(request.user)
    if request.GET.get("show") != "all":
        rows = rows.current()
    context = {
        "page": page_of(request, rows, ["-pk"]),
        "shows_all": request.GET.get("show") == "all",
        "may_add": "agreement.edit" in request.user.permissions,
    }
    return render(request, "referrals/safeguards/data_agreements.html", context)


@requires("agreement.edit")
def add_data_agreement(request):
    form = DataAgreementForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_data_agreement(request.user, form.cleaned_data)
            messages.success(request, _("已登记个人信息条款。"))
            return redirect("referrals:list_data_agreements")
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, form, _("登记个人信息条款"), _("登记条款"), "list_data_agreements", _("个人信息条款"))


@requires("agreement.edit")
def end_data_agreement(request, code):
    clauses = get_object_or_404(_clauses(request.user), code=code)
    if not may_edit(request.user, clauses.agreement):
        raise PermissionDenied
    asked = {
        "heading": _("终止与%(receiver)s的个人信息条款") % {"receiver": clauses.receiver},
        "consequence": _("按这些条款提供过的内容，对方马上不能再看。"),
        "button": _("终止条款"),
        "is_destructive": True,
    }
    form, act = EndForm(request.POST or None), partial(actions.end_data_agreement, request.user, clauses)
    back = reverse("referrals:list_data_agreements")
    return confirm_page(request, asked, act, _("已终止，接收单位不能再看。"), back=back, form=form)


# -- Impact assessments -----------------------------------------------------------------------------------------------
@requires("assessment.view")
def list_assessments(request):
    page = page_of(request, _assessments(request.user), ["-pk"])
    may_write = "assessment.edit" in request.user.permissions
    return render(request, "referrals/safeguards/assessments.html", {"page": page, "may_write": may_write})


@requires("assessment.view")
def show_assessment(request, code):
    assessment = get_object_or_404(_assessments(request.user), code=code)
    is_draft = assessment.state == ImpactAssessment.State.DRAFT
    organization = assessment.organization
    context = {
        "assessment": assessment,
        "may_edit": is_draft and may(request.user, "assessment.edit", organization),
        "may_approve": is_draft
        and assessment.written_by_id != request.user.pk
        and may(request.user, "assessment.approve", organization),
    }
    return render(request, "referrals/safeguards/assessment.html", context)


@requires("assessment.edit")
def write_assessment(request):
    form = AssessmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            assessment = actions.write_assessment(request.user, form.cleaned_data, form.cleaned_data["file"])
            messages.success(request, _("已保存，请另一位同事审定。"))
            return redirect("referrals:show_assessment", assessment.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, form, _("编写影响评估"), _("保存评估"), "list_assessments", _("影响评估"))


@requires("assessment.edit")
def edit_assessment(request, code):
    assessment = _changeable(request, code, "assessment.edit")
    initial = {name: getattr(assessment, name) for name in (*actions.ASSESSMENT, "version")}
    form = AssessmentForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.edit_assessment(request.user, assessment, said["version"] or 0, said, said["file"])
            messages.success(request, _("修改已保存。"))
            return redirect("referrals:show_assessment", code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return _form(request, form, _("修改影响评估"), _("保存修改"), "list_assessments", _("影响评估"))


@requires("assessment.approve")
def approve_assessment(request, code):
    assessment = _changeable(request, code, "assessment.approve")
    asked = {
        "heading": _("审定《%(title)s》") % {"title": assessment},
        "consequence": _("审定以后不能再改，至少保存三年。结论是可以进行的，就能按它提供信息。"),
        "button": _("审定"),
    }
    act = partial(actions.approve_assessment, request.user, assessment, assessment.version)
    back = reverse("referrals:show_assessment", args=[code])
    return confirm_page(request, asked, act, _("已审定，从现在起有效。"), back=back)


@requires("assessment.view")
def download_assessment(request, code):
    assessment = get_object_or_404(_assessments(request.user).exclude(file_key=""), code=code)
    return uploads.download(assessment.file_key, f"{assessment}.{assessment.file_kind}")


def _clauses(staff):
    """Those of the unit and of units it looks over, whether they receive or are another party."""
    reach = within_reach(staff, "agreement.view")
    rows = DataAgreement.objects.filter(receiver__in=reach)
    for side in ("party_a", "party_b", "party_c"):
        rows |= DataAgreement.objects.filter(**{f"agreement__{side}__in": reach})
    return rows.distinct().select_related(
        "receiver__area", "agreement__party_a__area", "agreement__party_b__area", "agreement__party_c__area"
    )


def _assessments(staff):
    rows = ImpactAssessment.objects.filter(organization__in=within_reach(staff, "assessment.view"))
    return rows.select_related("organization__area", "written_by", "approved_by")


def _changeable(request, code, permission):
    """Not even to be known of by strangers: they get 404, those who may only look get 403."""
    assessment = get_object_or_404(_assessments(request.user), code=code)
    if not may(request.user, permission, assessment.organization):
        raise PermissionDenied
    return assessment


def _form(request, form, heading, button, listing, crumb):
    return form_page(request, form, heading, button, [(crumb, reverse(f"referrals:{listing}"))])
