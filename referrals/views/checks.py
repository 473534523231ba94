"""Economic checks: asked, reckoned, signed, told."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import form_page, press
from members.kinds import BUREAU_KINDS
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import minors
from referrals.actions import checks as actions
from referrals.forms.checks import AskCheckForm, ContactForm, DeclineCheckForm, ReportForm
from referrals.forms.facts import ReasonForm
from referrals.models import EconomicCheck

TABS = ("", "open", "all")


@requires("check.view")
def list_checks(request):
    """What waits for one's bureau first; then all one sees."""
    staff = request.user
    seen = EconomicCheck.objects.visible_to(staff)
    is_bureau = bool({"check.answer", "check.sign"} & staff.permissions.keys())
    show = request.GET.get("show", "") if request.GET.get("show") in TABS else ""
    if not show and is_bureau:
        rows, order = EconomicCheck.objects.to_answer(staff), ["due_on", "pk"]
    elif show == "open" or not show:
        rows, order = seen.filter(decided_at=None), ["due_on", "pk"]
    else:
        rows, order = seen, ["-pk"]
    page = page_of(request, rows.select_related("person", "organization", "bureau"), order)
    for check in page:
        check.is_told = staff.organization.kind in BUREAU_KINDS or check.person.keeper_id == staff.organization_id
    context = {"page": page, "show": show, "is_bureau": is_bureau}
    return render(request, "referrals/checks/list.html", context)


@requires("check.ask")
@never_cache
def ask_check(request, code):
    person = actions.find_askable(request.user, code)
    adults = actions.adults_of(person)
    form = AskCheckForm(
        request.POST or None, request.FILES or None, staff=request.user, adults=adults,
        tells_relations=actions.knows_family(request.user, person),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            check = actions.ask_check(request.user, person, form.values(), form.cleaned_data["file"])
            messages.success(request, _("已向%(bureau)s申请核对。") % {"bureau": check.bureau})
            return redirect("referrals:show_check", check.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, form, _("申请家庭经济状况核对"), _("申请核对"))


@requires("check.view")
@never_cache
def show_check(request, code):
    check = _find(request, code)
    staff = request.user
    actions.see_answer(staff, check)
    is_here, may_read = staff.organization_id == check.bureau_id, actions.may_read(staff, check)
    audit.record(staff, "check.view", check, organization=check.bureau)
    context = {
        "check": check, "may_read": may_read,
        "contacts": check.contacts.select_related("organization", "noted_by"),
        # What the conclusion rests on is for those who reckon and sign at that bureau, and for nobody else.
        "shows_findings": is_here and bool({"check.answer", "check.sign"} & staff.permissions.keys()),
        "may_answer": is_here and "check.answer" in staff.permissions and check.state == "asked",
        "may_sign": is_here and "check.sign" in staff.permissions and check.state == "written"
        and check.written_by_id != staff.pk,
        # What was spoken of is about the family too: it goes with the conclusion.
        "may_note": may_read and staff.organization_id in (check.organization_id, check.bureau_id),
    }  # fmt: skip
    return render(request, "referrals/checks/show.html", context)


@requires("check.view")
def download_authorization(request, code):
    """The paper with the signatures: for those who reckon, and for those who handed it in."""
    check = _find(request, code)
    if request.user.organization_id not in (check.bureau_id, check.organization_id):
        raise PermissionDenied
    if not actions.may_read(request.user, check):
        raise PermissionDenied
    if not check.file_key:
        raise Http404
    audit.record(request.user, "check.download", check, organization=check.bureau)
    name = _("核对授权书-%(code)s.%(kind)s") % {"code": check.code, "kind": check.file_name.rsplit(".", 1)[-1]}
    return uploads.download(check.file_key, name)


@requires("check.answer")
def write_report(request, code):
    def act(check, said):
        actions.write_report(request.user, check, said)

    return _act(request, code, ReportForm, act, _("写核对报告"), _("交审签"))


@requires("check.answer")
def decline_check(request, code):
    def act(check, said):
        actions.decline_check(request.user, check, said["declining"], said["words"])

    return _act(request, code, DeclineCheckForm, act, _("未能核对"), _("答复"))


@requires("check.sign")
@require_POST
def sign_report(request, code):
    check = _find(request, code)
    done, back = _("已审签，结论已告知申请单位。"), reverse("referrals:show_check", args=[code])
    return press(request, partial(actions.sign_report, request.user, check), done, back)


@requires("check.sign")
def return_report(request, code):
    def act(check, said):
        actions.return_report(request.user, check, said["reason"])

    return _act(request, code, ReasonForm, act, _("退回重写"), _("退回"))


@requires("check.view")
def note_contact(request, code):
    def act(check, said):
        actions.note_contact(request.user, check, said["happened_on"], said["words"])

    return _act(request, code, ContactForm, act, _("记录沟通对接"), _("记下"))


def _find(request, code):
    seen = EconomicCheck.objects.visible_to(request.user)
    check = get_object_or_404(
        seen.select_related("person__residence", "organization", "bureau", "asked_by", "written_by", "decided_by"),
        code=code,
    )
    minors.require(request.user, check.person)
    return check


def _act(request, code, form_class, act, heading, button):
    check = _find(request, code)
    if request.user.organization_id not in (check.bureau_id, check.organization_id):
        raise PermissionDenied
    form = form_class(request.POST or None)
    back = reverse("referrals:show_check", args=[code])
    if request.method == "POST" and form.is_valid():
        try:
            act(check, form.cleaned_data)
            messages.success(request, _("已记下。"))
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, form, heading, button, back)


def _page(request, form, heading, button, back=None):
    crumbs = [(_("经济状况核对"), reverse("referrals:list_checks"))]
    return form_page(request, form, heading, button, crumbs, back=back)
