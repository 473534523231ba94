"""Offers of help: the list, one offer, entering, confirming, withdrawing, taking places; tables in and out."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, Stale, may, public, requires
from members.imports import marked, template
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs import listings
from programs.actions import offers as actions
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

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content, name):
    """A file named after what it holds and the day."""
    name = f"{name}-{timezone.localdate().isoformat()}.xlsx"
    return HttpResponse(content, XLSX, headers={"Content-Disposition": content_disposition_header(True, name)})


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
    offer = find_offer(request, code)
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
    return edit_page(request, form, _("登记服务供给"), _("登记供给"), crumbs())


@requires("offer.edit")
def edit_offer(request, code):
    offer = changeable(request, code)
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
    kept = _("条件是通过接口写入的，修改人群和年龄不会改变它：%(words)s") % {"words": condition_words(offer)}
    note = kept if says_more(offer) else ""
    return edit_page(request, form, heading, _("保存修改"), crumbs(offer), current, note)


@require_POST
@requires("offer.edit")
def confirm_offer(request, code):
    """One click: it still holds."""
    offer = changeable(request, code)
    try:
        actions.confirm_offer(request.user, offer)
        messages.success(request, _("已确认“%(title)s”仍然有效。") % {"title": offer})
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("programs:show_offer", code)


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
    offer = changeable(request, code)
    asked = {
        "heading": _("撤下“%(title)s”") % {"title": offer},
        "consequence": _("撤下后不再推荐给任何人；正在帮的 %(taken)s %(unit)s 不受影响。以后可以重新提供。")
        % {"taken": offer.taken, "unit": offer.unit},
        "button": _("撤下"),
        "is_destructive": True,
    }
    form = ReasonForm(request.POST or None, initial={"version": offer.version})
    return confirm_page(request, offer, form, actions.withdraw_offer, asked, _("已撤下。"), "programs:show_offer")


@requires("offer.edit")
def reopen_offer(request, code):
    offer = changeable(request, code)
    asked = {
        "heading": _("重新提供“%(title)s”") % {"title": offer},
        "consequence": _("重新提供后会再被推荐，并算作今天确认过。"),
        "button": _("重新提供"),
    }
    form = VersionForm(request.POST or None, initial={"version": offer.version})
    return confirm_page(request, offer, form, actions.reopen_offer, asked, _("已重新提供。"), "programs:show_offer")


@require_POST
@requires("offer.take")
def take_offer(request, code):
    offer = find_offer(request, code)
    form = TakeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写个案编号和名额。"))
        return redirect("programs:show_offer", code)
    try:
        actions.take(request.user, offer, **form.cleaned_data)
        messages.success(request, _("已占用名额，用完后请退还。"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("programs:show_offer", code)


@requires("offer.view")
def give_back_offer(request, code):
    seen = visible_offers(request.user)
    takings = OfferTaking.objects.select_related("offer__organization__area").filter(offer__in=seen)
    taking = get_object_or_404(takings, code=code)
    is_taker = taking.organization_id == request.user.organization_id and "offer.take" in request.user.permissions
    if not is_taker and not may(request.user, "offer.edit", taking.offer.organization):
        raise PermissionDenied
    form = GiveBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_back(request.user, taking.offer, taking.reference, was_used=form.cleaned_data["was_used"])
            messages.success(request, _("已退还名额。"))
            return redirect("programs:show_offer", taking.offer.code)
        except Refusal as refusal:
            refuse(form, refusal)
    words = {"reference": taking.reference, "number": taking.number, "unit": taking.offer.unit}
    asked = {
        "heading": _("退还名额"),
        "consequence": _("编号 %(reference)s 占用了 %(number)s %(unit)s；退还后别人可以用。") % words,
        "button": _("退还名额"),
        "back": reverse("programs:show_offer", args=[taking.offer.code]),
        "form": form,
    }
    return render(request, "confirm.html", asked)


# -- Tables -----------------------------------------------------------------------------------------------------------
@require_POST
@requires("offer.export")
def export_offers(request):
    """What the list shows, with its filters. By POST, because the audit tells of it."""
    filters = OfferFilter(request.GET, actor=request.user)
    rows = filters.shown(filters.narrow(visible_offers(request.user)))
    return workbook(actions.export_offers(request.user, rows), _("服务供给"))


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
                return workbook(marked(content, faults), _("服务供给-标注错误"))
    context = {"form": form, "faults": faults, "most": listings.MOST_ROWS}
    return render(request, "programs/offers/import.html", context)


@requires("offer.edit")
def offer_template(request):
    content = template(list(listings.HEADINGS), [listings.EXAMPLE], listings.WIDTHS)
    return HttpResponse(
        content, XLSX, headers={"Content-Disposition": content_disposition_header(True, _("服务供给模板.xlsx"))}
    )


# -- For everybody ----------------------------------------------------------------------------------------------------
@public
def list_public_points(request):
    """Places to go: love stations, charity supermarkets. Nothing else of what units offer is public."""
    filters = PointFilter(request.GET)
    rows = filters.narrow(Offer.objects.current().filter(form="service_point", lapses_on__gte=timezone.localdate()))
    rows = rows.select_related("organization__area", "contact_post")
    context = {"page": page_of(request, rows, ["-pk"]), "filters": filters}
    return render(request, "public/points.html", context)


# -- Shared by the pages of offers, wishes and activities -------------------------------------------------------------
def find_offer(request, code):
    rows = visible_offers(request.user).select_related(
        "organization__area", "contact_post", "agreement", "confirmed_by", "changed_by"
    )
    return get_object_or_404(rows, code=code)


def changeable(request, code):
    offer = find_offer(request, code)
    if not may(request.user, "offer.edit", offer.organization):
        raise PermissionDenied
    return offer


def crumbs(offer=None):
    found = [(_("服务供给"), reverse("programs:list_offers"))]
    return found + ([(str(offer), reverse("programs:show_offer", args=[offer.code]))] if offer else [])


def edit_page(request, form, heading, button, crumbs, current=(), note=""):
    context = {
        "note": note,
        "form": form,
        "heading": heading,
        "button": button,
        "crumbs": crumbs,
        "back": crumbs[-1][1],
        "current": current,
    }
    return render(request, "programs/edit_supply.html", context, status=409 if current else 200)


def refuse_stale(form, refusal, names):
    """The refusal on the form; when somebody else was faster, [(label, what stands there now)]."""
    refuse(form, refusal)
    if not isinstance(refusal, Stale):
        return []
    form.data = form.data.copy()
    form.data["version"] = refusal.current.version
    shown = [name for name in names if name in form.fields]
    return [(form.fields[name].label, in_words(refusal.current, name)) for name in shown]


def in_words(row, name):
    value = getattr(row, name)
    if isinstance(value, list):
        labels = dict(getattr(row._meta.get_field(name).base_field, "flatchoices", None) or ())
        return _("、").join(str(labels.get(one, one)) for one in value)
    display = getattr(row, f"get_{name}_display", None)
    return display() if display else value


def confirm_page(request, row, form, action, asked, done, url_name):
    """Ask, then act on what the person saw; a refusal stands on the page."""
    if request.method == "POST" and form.is_valid():
        try:
            values = dict(form.cleaned_data)
            action(request.user, row, values.pop("version"), **values)
            messages.success(request, done)
            return redirect(url_name, row.code)
        except Refusal as refusal:
            refuse(form, refusal)
    back = reverse(url_name, args=[row.code])
    return render(request, "confirm.html", {"form": form, "back": back, **asked})
