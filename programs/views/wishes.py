"""Micro-wishes: registered without a name, published, claimed, fulfilled; and the page for everybody."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, may, public, requires
from members.form_pages import confirm_page, form_page, refuse_stale
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs.actions import wishes as actions
from programs.forms.offers import (
    ClaimForm,
    FulfillForm,
    PublicWishFilter,
    ReasonForm,
    VersionForm,
    WishFilter,
    WishForm,
)
from programs.models import Wish
from programs.supply import visible_wishes


@requires("wish.view")
def list_wishes(request):
    filters = WishFilter(request.GET)
    rows = filters.narrow(visible_wishes(request.user), request.user)
    number, has_more = capped_count(rows)
    context = {
        "page": page_of(request, rows.select_related("organization", "area", "claimed_by"), ["-pk"]),
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "may_create": "wish.edit" in request.user.permissions,
    }
    return render(request, "programs/wishes/list.html", context)


@requires("wish.view")
def show_wish(request, code):
    wish = find_wish(request, code)
    may_edit = may(request.user, "wish.edit", wish.organization)
    context = {
        "wish": wish,
        "may_edit": may_edit,
        "may_claim": "wish.claim" in request.user.permissions and wish.state == "open",
        "may_answer": actions.may_answer_for(request.user, wish) and wish.state == "claimed",
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(wish, 20)] if may_edit else [],
    }
    return render(request, "programs/wishes/show.html", context)


@requires("wish.edit")
def create_wish(request):
    organization = request.user.organization
    form = WishForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            wish = actions.create_wish(request.user, organization, form.cleaned_data)
            messages.success(request, _("已登记为草稿；核对没有个人信息后再公开。"))
            return redirect("programs:show_wish", wish.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("登记微心愿"), _("存为草稿"), _crumbs())


@requires("wish.edit")
def edit_wish(request, code):
    wish = _changeable(request, code)
    form = WishForm(request.POST or None, organization=wish.organization, initial=WishForm.initial_of(wish))
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_wish(request.user, wish, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("programs:show_wish", code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return form_page(request, form, _("修改微心愿"), _("保存修改"), _crumbs(wish), current=current)


@requires("wish.edit")
def publish_wish(request, code):
    wish = _changeable(request, code)
    asked = {
        "heading": _("公开“%(title)s”") % {"title": wish},
        "consequence": _("公开后任何人都能看到。请再核对一遍：没有姓名、学校、村名、门牌和电话。"),
        "button": _("公开"),
    }
    form = VersionForm(request.POST or None, initial={"version": wish.version})
    act = partial(actions.publish_wish, request.user, wish)
    return confirm_page(request, asked, act, _("已公开，等待认领。"), back=_address(wish), form=form)


@requires("wish.claim")
def claim_wish(request, code):
    wish = find_wish(request, code)
    asked = {
        "heading": _("认领“%(title)s”") % {"title": wish},
        "consequence": _("由%(unit)s认领。请按承诺的日期送到登记单位，由它转交；不能实现时请尽早放弃，让别人认领。")
        % {"unit": request.user.organization.name},
        "button": _("认领"),
    }
    promised = wish.wanted_by or timezone.localdate() + timezone.timedelta(days=30)
    form = ClaimForm(request.POST or None, initial={"version": wish.version, "promised_on": promised})
    act = partial(actions.claim_wish, request.user, wish)
    return confirm_page(request, asked, act, _("已认领。"), back=_address(wish), form=form)


@requires("wish.view")
def release_wish(request, code):
    wish = _answerable(request, code)
    asked = {
        "heading": _("放弃认领“%(title)s”") % {"title": wish},
        "consequence": _("放弃后重新公开，别人可以认领。"),
        "button": _("放弃认领"),
        "is_destructive": True,
    }
    form = ReasonForm(request.POST or None, initial={"version": wish.version})
    act = partial(actions.release_wish, request.user, wish)
    return confirm_page(request, asked, act, _("已重新公开。"), back=_address(wish), form=form)


@requires("wish.view")
def fulfill_wish(request, code):
    wish = _answerable(request, code)
    asked = {
        "heading": _("“%(title)s”已实现") % {"title": wish},
        "consequence": _("登记实现日期和情况；登记后不再改动。"),
        "button": _("登记实现"),
    }
    initial = {"version": wish.version, "fulfilled_on": timezone.localdate(), "spent": wish.cost}
    form = FulfillForm(request.POST or None, initial=initial)
    act = partial(actions.fulfill_wish, request.user, wish)
    return confirm_page(request, asked, act, _("已登记实现。"), back=_address(wish), form=form)


@requires("wish.edit")
def withdraw_wish(request, code):
    wish = _changeable(request, code)
    asked = {
        "heading": _("撤下“%(title)s”") % {"title": wish},
        "consequence": _("撤下后不再公开，也不能恢复；需要时重新登记。"),
        "button": _("撤下"),
        "is_destructive": True,
    }
    form = ReasonForm(request.POST or None, initial={"version": wish.version})
    act = partial(actions.withdraw_wish, request.user, wish)
    return confirm_page(request, asked, act, _("已撤下。"), back=_address(wish), form=form)


@require_POST
@requires("wish.export")
def export_wishes(request):
    rows = WishFilter(request.GET).narrow(visible_wishes(request.user), request.user)
    return xlsx.download(actions.export_wishes(request.user, rows), xlsx.dated(_("微心愿")))


# -- For everybody ----------------------------------------------------------------------------------------------------
@public
def list_public_wishes(request):
    """What waits for somebody, and what has come true of late."""
    filters = PublicWishFilter(request.GET)
    rows = filters.narrow(Wish.objects.filter(state="open"))
    fulfilled = Wish.objects.filter(state="fulfilled")
    context = {
        "page": page_of(request, rows.select_related("organization", "area", "contact_post"), ["-pk"]),
        "filters": filters,
        "fulfilled": fulfilled.select_related("area").order_by("-fulfilled_on", "-pk")[:10],
        "number_fulfilled": capped_count(fulfilled),
    }
    return render(request, "public/wishes.html", context)


def find_wish(request, code):
    rows = visible_wishes(request.user).select_related(
        "organization__area", "area", "claimed_by", "contact_post", "claimer", "changed_by"
    )
    return get_object_or_404(rows, code=code)


def _changeable(request, code):
    wish = find_wish(request, code)
    if not may(request.user, "wish.edit", wish.organization):
        raise PermissionDenied
    return wish


def _answerable(request, code):
    wish = find_wish(request, code)
    if not actions.may_answer_for(request.user, wish):
        raise PermissionDenied
    return wish


def _address(wish):
    return reverse("programs:show_wish", args=[wish.code])


def _crumbs(wish=None):
    found = [(_("微心愿"), reverse("programs:list_wishes"))]
    return found + ([(str(wish), _address(wish))] if wish else [])
