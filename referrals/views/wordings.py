"""What families are told before they agree: every version, written by one and released by another."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may_in, requires
from members.form_pages import confirm_page, form_page, refuse_stale
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals.actions import wordings as actions
from referrals.forms.consents import DiscardForm
from referrals.forms.wordings import ReleaseForm, RetireForm, StartForm, WordingForm
from referrals.models import ConsentWording
from referrals.wordings import wording_for


@requires("wording.view")
def list_wordings(request):
    """Those of one's own area and of all above it; what is written below is the business of those below."""
    page = page_of(request, _visible(request.user), ["purpose", "-pk"])
    may_edit = may_in(request.user, "wording.edit", request.user.organization.area)
    return render(request, "referrals/wordings/list.html", {"page": page, "may_edit": may_edit})


@requires("wording.view")
def show_wording(request, code):
    wording = get_object_or_404(_visible(request.user), code=code)
    context = {
        "wording": wording,
        "may_edit": may_in(request.user, "wording.edit", wording.area),
        "may_release": may_in(request.user, "wording.release", wording.area)
        and wording.written_by_id != request.user.pk,
    }
    return render(request, "referrals/wordings/show.html", context)


@requires("wording.edit")
def start_wording(request):
    form = StartForm(request.POST or None, initial={"purpose": request.GET.get("purpose")})
    area = request.user.organization.area
    if request.method == "POST" and form.is_valid():
        try:
            wording = actions.start_wording(request.user, form.cleaned_data["purpose"], area)
            return redirect("referrals:edit_wording", wording.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("在%(area)s使用，从现行的一版改起。") % {"area": area}
    return _form(request, form, _("起草告知书"), _("开始起草"), intro=intro)


@requires("wording.edit")
def edit_wording(request, code):
    wording = _changeable(request, code, "wording.edit")
    initial = {name: getattr(wording, name) for name in (*ConsentWording.TEXTS, "note", "version")}
    form = WordingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_wording(request.user, wording, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("已保存，请另一位同事核对后发布。"))
            return redirect("referrals:show_wording", code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return _form(request, form, _("修改告知书草稿"), _("保存草稿"), wording)


@requires("wording.release")
def release_wording(request, code):
    wording = _changeable(request, code, "wording.release")
    form = ReleaseForm(request.POST or None, initial={"version": wording.version})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.release_wording(request.user, wording, said["version"] or 0, said["valid_from"])
            messages.success(request, _("已发布，从 %(day)s 起使用。") % {"day": said["valid_from"].isoformat()})
            return redirect("referrals:show_wording", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("发布以后一字不能再改；以前按旧版作的同意不受影响。")
    return _form(request, form, _("发布告知书"), _("发布"), wording, intro)


@requires("wording.release")
def retire_wording(request, code):
    wording = _changeable(request, code, "wording.release")
    form = RetireForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.retire_wording(request.user, wording, form.cleaned_data["reason"])
            messages.success(request, _("已停用。"))
            return redirect("referrals:show_wording", code)
        except Refusal as refusal:
            refuse(form, refusal)
    successor = wording_for(wording.purpose, wording.area)
    words = {"next": successor} if successor and successor != wording else None
    intro = _("停用以后用：%(next)s。") % words if words else _("停用以后，改用上级或者随系统提供的告知书。")
    return _form(request, form, _("停用告知书"), _("停用"), wording, intro)


@requires("wording.edit")
def discard_wording(request, code):
    wording = _changeable(request, code, "wording.edit")
    asked = {
        "heading": _("放弃这份草稿"),
        "consequence": _("写好的内容全部丢掉，不能恢复。"),
        "button": _("放弃草稿"),
        "is_destructive": True,
    }
    form = DiscardForm(request.POST or None, initial={"version": wording.version})
    act, back = partial(actions.discard_wording, request.user, wording), _address(wording)
    return confirm_page(request, asked, act, _("草稿已放弃。"), back=back, form=form, to="referrals:list_wordings")


def _visible(staff):
    area = staff.organization.area
    near = Q(area=None) | Q(area__code__in=[area.code, *area.ancestor_codes])
    if "wording.edit" in staff.permissions:
        near |= Q(**{f"area__{area.level}": area.code}) if area.level != "village" else Q()
    return ConsentWording.objects.filter(near).select_related("area", "written_by", "released_by")


def _changeable(request, code, permission):
    wording = get_object_or_404(_visible(request.user), code=code)
    if not may_in(request.user, permission, wording.area):
        raise PermissionDenied
    return wording


def _address(wording):
    return reverse("referrals:show_wording", args=[wording.code])


def _form(request, form, heading, button, wording=None, intro=""):
    crumbs = [(_("告知书"), reverse("referrals:list_wordings"))]
    return form_page(request, form, heading, button, crumbs, back=wording and _address(wording), intro=intro)
