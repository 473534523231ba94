"""Agreements with partners: seen by the parties and by those who look over them."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, requires, within_reach
from members.actions import agreements as actions
from members.form_pages import confirm_page, form_page, refuse_stale
from members.forms.agreements import AgreementForm
from members.forms.organizations import ReasonForm
from members.models import Agreement
from portal.lib import uploads
from portal.lib.codes import as_code
from portal.lib.forms import refuse
from portal.lib.pages import page_of


@requires("agreement.view")
def list_agreements(request):
    rows = _visible(request.user)
    if request.GET.get("show") != "all":
        rows = rows.current()
    context = {"page": page_of(request, rows, ["-pk"]), "shows_all": request.GET.get("show") == "all"}
    return render(request, "members/agreements/list.html", context)


@requires("agreement.view")
def show_agreement(request, code):
    agreement = get_object_or_404(_visible(request.user), code=code)
    may_edit = actions.may_edit(request.user, agreement) and not agreement.ended_on
    return render(request, "members/agreements/show.html", {"agreement": agreement, "may_edit": may_edit})


@requires("agreement.view")
def download_agreement(request, code):
    """Named after the agreement, not after what somebody's disk called it."""
    agreement = get_object_or_404(_visible(request.user).exclude(file_key=""), code=code)
    return uploads.download(agreement.file_key, f"{agreement}.{agreement.file_kind}")


@requires("agreement.edit")
def create_agreement(request):
    mine = within_reach(request.user, "agreement.edit")
    first = mine.filter(code=as_code(request.GET.get("party_a"))).first() or request.user.organization
    form = AgreementForm(request.POST or None, request.FILES or None, actor=request.user, initial={"party_a": first})
    if request.method == "POST" and form.is_valid():
        try:
            agreement = actions.create_agreement(request.user, form.cleaned_data, form.cleaned_data["file"])
            messages.success(request, _("已登记协议。"))
            return redirect("members:show_agreement", agreement.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, form, _("登记合作协议"), _("登记协议"))


@requires("agreement.edit")
def edit_agreement(request, code):
    agreement = _changeable(request, code)
    initial = {name: getattr(agreement, name) for name in (*actions.EDITABLE, "version")}
    form = AgreementForm(request.POST or None, request.FILES or None, actor=request.user, initial=initial)
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            actions.edit_agreement(request.user, agreement, asked["version"] or 0, asked, asked["file"])
            messages.success(request, _("修改已保存。"))
            return redirect("members:show_agreement", code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return _form(request, form, _("修改合作协议"), _("保存修改"), back=_address(code), current=current)


@requires("agreement.edit")
def end_agreement(request, code):
    agreement = _changeable(request, code)
    asked = {
        "heading": _("提前终止《%(title)s》") % {"title": agreement},
        "consequence": _("协议到今天为止，终止后不能再修改或恢复；到期的协议不用终止。"),
        "button": _("终止协议"),
        "is_destructive": True,
    }
    form, act = ReasonForm(request.POST or None), partial(actions.end_agreement, request.user, agreement)
    return confirm_page(request, asked, act, _("协议已终止。"), back=_address(code), form=form)


def _visible(user):
    reach = within_reach(user, "agreement.view")
    return Agreement.objects.of(reach).select_related("party_a__area", "party_b__area", "party_c__area")


def _changeable(request, code):
    """Not even to be known of by strangers: they get 404, those who may only look get 403."""
    agreement = get_object_or_404(_visible(request.user), code=code)
    if not actions.may_edit(request.user, agreement):
        raise PermissionDenied
    return agreement


def _address(code):
    return reverse("members:show_agreement", args=[code])


def _form(request, form, heading, button, **more):
    crumbs = [(_("合作协议"), reverse("members:list_agreements"))]
    return form_page(request, form, heading, button, crumbs, **more)
