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
from programs.views import questions


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
    return _step(request, _changeable(request, code), "publish", VersionForm)


@requires("wish.claim")
def claim_wish(request, code):
    wish = find_wish(request, code)
    promised = wish.wanted_by or timezone.localdate() + timezone.timedelta(days=30)
    return _step(request, wish, "claim", ClaimForm, promised_on=promised)


@requires("wish.view")
def release_wish(request, code):
    return _step(request, _answerable(request, code), "release", ReasonForm)


@requires("wish.view")
def fulfill_wish(request, code):
    wish = _answerable(request, code)
    return _step(request, wish, "fulfill", FulfillForm, fulfilled_on=timezone.localdate(), spent=wish.cost)


@requires("wish.edit")
def withdraw_wish(request, code):
    return _step(request, _changeable(request, code), "withdraw", ReasonForm)


def _step(request, wish, verb, form_class, **initial):
    """Asks, then acts on what the person saw. The verb names the view, the question and the action."""
    question = questions.WISH[verb]
    form = form_class(request.POST or None, initial={"version": wish.version, **initial})
    act = partial(getattr(actions, f"{verb}_wish"), request.user, wish)
    asked = questions.asked(question, title=wish, unit=request.user.organization.name)
    return confirm_page(request, asked, act, question["done"], back=_address(wish), form=form)


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
