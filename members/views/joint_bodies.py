"""Mechanisms and joint bodies: which units work together for an area, and who leads."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, may_in, requires
from members.actions import joint_bodies as actions
from members.form_pages import confirm_page, form_page
from members.forms.joint_bodies import JointBodyForm, SeatForm
from members.models import JointBody, Seat
from portal.lib.forms import refuse
from portal.lib.pages import page_of


@requires("joint_body.view")
def list_joint_bodies(request):
    held = Q(seats__until_on=None)
    rows = JointBody.objects.select_related("area").annotate(number=Count("seats", filter=held))
    if request.GET.get("show") != "all":
        rows = rows.filter(until_on=None)
    context = {
        "page": page_of(request, rows, ["area__code", "pk"]),
        "shows_all": request.GET.get("show") == "all",
        "may_create": "joint_body.edit" in request.user.permissions,
    }
    return render(request, "members/joint_bodies/list.html", context)


@requires("joint_body.view")
def show_joint_body(request, code):
    joint_body = _find(code)
    seats = joint_body.seats.select_related("organization__area").order_by("until_on", "pk")
    context = {
        "joint_body": joint_body,
        "seats": [seat for seat in seats if seat.until_on is None],
        "former": [seat for seat in seats if seat.until_on is not None],
        "may_edit": may_in(request.user, "joint_body.edit", joint_body.area) and not joint_body.until_on,
    }
    return render(request, "members/joint_bodies/show.html", context)


@requires("joint_body.edit")
def create_joint_body(request):
    mine = request.user.organization
    initial = {"area": mine.area, "lead": mine, "from_on": timezone.localdate()}
    form = JointBodyForm(request.POST or None, actor=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            joint_body = actions.create_joint_body(request.user, values, values.pop("lead"))
            messages.success(request, _("已建立。请加入其他单位。"))
            return redirect("members:show_joint_body", joint_body.code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(_("工作机制和联合体"), reverse("members:list_joint_bodies"))]
    return form_page(request, form, _("建立工作机制或联合体"), _("建立"), crumbs)


@requires("joint_body.edit")
def take_seat(request, code):
    joint_body = _changeable(request, code)
    form = SeatForm(request.POST or None, joint_body=joint_body)
    if request.method == "POST" and form.is_valid():
        try:
            seat = actions.take_seat(request.user, joint_body, **form.cleaned_data)
            messages.success(request, _("%(unit)s 已加入。") % {"unit": seat.organization})
            return redirect("members:show_joint_body", code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(joint_body.name, reverse("members:show_joint_body", args=[code]))]
    return form_page(request, form, _("加入单位"), _("加入"), crumbs)


@requires("joint_body.edit")
def end_seat(request, code):
    seat = get_object_or_404(Seat.objects.select_related("joint_body__area", "organization"), code=code)
    _require(request, seat.joint_body)
    asked = {
        "heading": _("%(unit)s 退出") % {"unit": seat.organization.name},
        "consequence": _("到今天为止，记录仍保留。"),
        "button": _("退出"),
    }
    return _confirm(request, seat.joint_body, partial(actions.end_seat, request.user, seat), asked)


@requires("joint_body.edit")
def end_joint_body(request, code):
    joint_body = _changeable(request, code)
    asked = {
        "heading": _("结束 %(name)s") % {"name": joint_body.name},
        "consequence": _("所有单位同时退出，记录仍保留。以后可以另建新的。"),
        "button": _("结束"),
    }
    return _confirm(request, joint_body, partial(actions.end_joint_body, request.user, joint_body), asked)


def _find(code):
    return get_object_or_404(JointBody.objects.select_related("area"), code=code)


def _changeable(request, code):
    joint_body = _find(code)
    _require(request, joint_body)
    return joint_body


def _require(request, joint_body):
    if not may_in(request.user, "joint_body.edit", joint_body.area):
        raise PermissionDenied


def _confirm(request, joint_body, act, asked):
    back = reverse("members:show_joint_body", args=[joint_body.code])
    return confirm_page(request, {**asked, "is_destructive": True}, act, _("已办理。"), back=back)
