"""Offers of help: the list, one offer, entering, confirming, withdrawing, taking places; tables in and out."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members import audit
from members.access import Refusal, Stale, may, public, requires
from members.form_pages import confirm_page, form_page, press, refuse_stale
from members.imports import marked, template
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs import listings
from programs.actions import offers as actions
from programs.catalogue import vocabulary
from programs.editing import areas
from programs.editing.alone import LoneCondition
from programs.forms.offers import (
    GiveBackForm,
    OfferFilter,
    OfferForm,
    OfferUploadForm,
    PointFilter,
    ReasonForm,
    TakeForm,
    VersionForm,
)
from programs.models import Offer, OfferTaking
from programs.supply import (
    condition_words,
    count_offers_to_confirm,
    offers_to_confirm,
    says_more,
    used_in_month,
    visible_offers,
)
from programs.views import questions


@requires("offer.view")
def list_offers(request):
    filters = OfferFilter(request.GET, actor=request.user)
    rows = filters.shown(filters.narrow(visible_offers(request.user)))
    number, has_more = capped_count(rows)
    rows = rows.select_related("organization__area").prefetch_related("areas")
    context = {
        "page": page_of(request, rows, ["-pk"]),
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "may_create": "offer.edit" in request.user.permissions,
        "own": request.user.organization_id if "offer.edit" in request.user.permissions else None,
        "waiting": count_offers_to_confirm(request.user) if "offer.edit" in request.user.permissions else 0,
    }
    return render(request, "programs/offers/list.html", context)


@requires("offer.view")
def show_offer(request, code):
    offer = _find(request, code)
    may_edit = may(request.user, "offer.edit", offer.organization)
    may_take = may(request.user, "offer.take", offer.organization)
    takings = offer.takings.select_related("organization", "taken_by").order_by("given_back_at", "-pk")
    if not may_edit:
        takings = takings.filter(organization=request.user.organization_id)
    context = {
        "offer": offer,
        "areas": list(offer.areas.all()) or [offer.organization.area],
        "condition": condition_words(offer),
        "used": used_in_month(offer),
        "takings": takings[:50],
        "may_edit": may_edit,
        "may_take": may_take and offer.standing in ("open", "stale"),
        "take_form": TakeForm(),
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(offer, 20)] if may_edit else [],
    }
    return render(request, "programs/offers/show.html", context)


@requires("offer.edit")
def create_offer(request):
    organization = request.user.organization
    form = OfferForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            offer = actions.create_offer(request.user, organization, form.cleaned_data)
            messages.success(request, _("已登记，从现在起可以被推荐。"))
            return redirect("programs:show_offer", offer.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("登记服务供给"), _("登记供给"), _crumbs())


@requires("offer.edit")
def edit_offer(request, code):
    offer = _changeable(request, code)
    form = OfferForm(
        request.POST or None, organization=offer.organization, offer=offer, initial=OfferForm.initial_of(offer)
    )
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_offer(request.user, offer, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("programs:show_offer", code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    heading = _("修改“%(title)s”") % {"title": offer}
    kept = _("条件另外写过，修改人群和年龄不会改变它：%(words)s") % {"words": condition_words(offer)}
    note = kept if says_more(offer) else ""
    return form_page(request, form, heading, _("保存修改"), _crumbs(offer), note=note, current=current)


@requires("offer.edit")
@require_http_methods(["GET", "POST"])
def set_offer_condition(request, code):
    """Whom it is for, built as in the editor of programs. Nothing is kept before the last button."""
    offer = _changeable(request, code)
    posted = request.POST if request.method == "POST" else None
    lone = LoneCondition(offer.condition, vocabulary(), posted)
    refusal, version = "", posted.get("version", "") if posted else str(offer.version)
    if posted and posted.get("do") == "save" and not lone.faults:
        try:
            actions.set_condition(request.user, offer, int(version) if version.isdecimal() else 0, lone.data)
            messages.success(request, _("条件已保存。"))
            return redirect("programs:show_offer", code)
        except Refusal as refused:
            refusal = refused.message
            version = refused.current.version if isinstance(refused, Stale) and refused.current else version
    elif posted and posted.get("do") == "save":
        refusal = _("还有 %s 处要改，没有保存。") % len(lone.faults)
    context = {
        "offer": offer,
        "heading": _("“%(title)s”帮谁") % {"title": offer},
        "version": version,
        "refusal": refusal,
        "areas": areas.around(offer.organization.area),
        **lone.drawn(),
    }
    return render(request, "programs/offers/condition.html", context, status=422 if refusal else 200)


@require_POST
@requires("offer.edit")
def confirm_offer(request, code):
    """One click: it still holds."""
    offer = _changeable(request, code)
    done = _("已确认“%(title)s”仍然有效。") % {"title": offer}
    return press(request, lambda: actions.confirm_offer(request.user, offer), done, _address(offer))


@require_POST
@requires("offer.edit")
def confirm_offers(request):
    """Those that were ticked, or all that wait for this person's unit."""
    waiting = offers_to_confirm(request.user)
    if request.POST.get("all") != "yes":
        waiting = visible_offers(request.user).filter(code__in=request.POST.getlist("offer")[:200])
    try:
        number = actions.confirm_offers(request.user, list(waiting))
        messages.success(request, _("已确认 %(number)s 项供给仍然有效。") % {"number": number})
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("programs:list_offers")


@requires("offer.edit")
def withdraw_offer(request, code):
    return _step(request, _changeable(request, code), "withdraw", ReasonForm)


@requires("offer.edit")
def reopen_offer(request, code):
    return _step(request, _changeable(request, code), "reopen", VersionForm)


def _step(request, offer, verb, form_class):
    """Asks, then acts on what the person saw. The verb names the view, the question and the action."""
    question = questions.OFFER[verb]
    form = form_class(request.POST or None, initial={"version": offer.version})
    act = partial(getattr(actions, f"{verb}_offer"), request.user, offer)
    asked = questions.asked(question, title=offer, taken=offer.taken, unit=offer.unit)
    return confirm_page(request, asked, act, question["done"], back=_address(offer), form=form)


@require_POST
@requires("offer.take")
def take_offer(request, code):
    offer = _find(request, code)
    form = TakeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写个案编号和名额。"))
        return redirect("programs:show_offer", code)
    done = _("已占用名额，用完后请退还。")
    return press(request, lambda: actions.take(request.user, offer, **form.cleaned_data), done, _address(offer))


@requires("offer.view")
def give_back_offer(request, code):
    seen = visible_offers(request.user)
    takings = OfferTaking.objects.select_related("offer__organization__area").filter(offer__in=seen)
    taking = get_object_or_404(takings, code=code)
    is_taker = taking.organization_id == request.user.organization_id and "offer.take" in request.user.permissions
    if not is_taker and not may(request.user, "offer.edit", taking.offer.organization):
        raise PermissionDenied
    form = GiveBackForm(request.POST or None)
    offer = taking.offer
    asked = {
        "heading": _("退还名额"),
        "consequence": _("编号 %(reference)s 占用了 %(number)s %(unit)s；退还后别人可以用。")
        % {"reference": taking.reference, "number": taking.number, "unit": offer.unit},
        "button": _("退还名额"),
    }
    act = partial(actions.give_back, request.user, offer, taking.reference)
    return confirm_page(request, asked, act, _("已退还名额。"), back=_address(offer), form=form)


# -- Tables -----------------------------------------------------------------------------------------------------------
@require_POST
@requires("offer.export")
def export_offers(request):
    """What the list shows, with its filters. By POST, because the audit tells of it."""
    filters = OfferFilter(request.GET, actor=request.user)
    rows = filters.shown(filters.narrow(visible_offers(request.user)))
    return xlsx.download(actions.export_offers(request.user, rows), xlsx.dated(_("服务供给")))


@requires("offer.edit")
def import_offers(request):
    """A table is taken as a whole or not at all; with the second button it comes back with its errors marked."""
    form = OfferUploadForm(request.POST or None, request.FILES or None)
    faults = {}
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            number = actions.import_offers(request.user, request.user.organization, content)
            messages.success(request, _("已导入 %(number)s 项供给。") % {"number": number})
            return redirect("programs:list_offers")
        except Refusal as refusal:
            refuse(form, refusal)
            faults = getattr(refusal, "faults", {})
            if faults and "marked" in request.POST:
                return xlsx.download(marked(content, faults), xlsx.dated(_("服务供给-标注错误")))
    context = {"form": form, "faults": faults, "most": listings.MOST_ROWS}
    return render(request, "programs/offers/import.html", context)


@requires("offer.edit")
def offer_template(request):
    content = template(list(listings.HEADINGS), [listings.EXAMPLE], listings.WIDTHS)
    return xlsx.download(content, _("服务供给模板.xlsx"))


# -- For everybody ----------------------------------------------------------------------------------------------------
@public
def list_public_points(request):
    """Places to go: love stations, charity supermarkets. Nothing else of what units offer is public."""
    filters = PointFilter(request.GET)
    rows = filters.narrow(Offer.objects.current().filter(form="service_point", lapses_on__gte=timezone.localdate()))
    rows = rows.select_related("organization__area", "contact_post")
    context = {"page": page_of(request, rows, ["-pk"]), "filters": filters}
    return render(request, "public/points.html", context)


def _find(request, code):
    rows = visible_offers(request.user).select_related(
        "organization__area", "contact_post", "agreement", "confirmed_by", "changed_by"
    )
    return get_object_or_404(rows, code=code)


def _changeable(request, code):
    offer = _find(request, code)
    if not may(request.user, "offer.edit", offer.organization):
        raise PermissionDenied
    return offer


def _address(offer):
    return reverse("programs:show_offer", args=[offer.code])


def _crumbs(offer=None):
    found = [(_("服务供给"), reverse("programs:list_offers"))]
    return found + ([(str(offer), _address(offer))] if offer else [])
