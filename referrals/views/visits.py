"""Visits, rounds, and the places where nobody has been."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import form_page
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import minors, visit_figures
from referrals.actions import visits as actions
from referrals.forms.visits import AreaVisitForm, PeriodForm, RoundForm, VisitForm
from referrals.models import Visit, VisitPhoto
from referrals.views.people import find, shows_names, small_form


@requires("visit.view")
def list_visits(request):
    """The newest first, narrowed by place and time."""
    form = PeriodForm(request.GET, own=request.user.organization.area)
    form.is_valid()
    said = form.cleaned_data
    visits = Visit.objects.visible_to(request.user)
    if said.get("area"):
        visits = visits.in_area(said["area"])
    if said.get("since"):
        visits = visits.filter(visited_on__gte=said["since"])
    if said.get("until"):
        visits = visits.filter(visited_on__lte=said["until"])
    page = page_of(request, visits.as_rows(), ["-visited_on", "-pk"])
    if shows_names(request.user) and any(visit.person_id for visit in page):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    return render(request, "referrals/visits/list.html", {"page": page, "filters": form})


@requires("person.edit")
def record_visit(request, code):
    person = find(request, code, "person.edit")
    form = VisitForm(request.POST or None, request.FILES or None, staff=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_visit(request.user, person, form.values(), form.cleaned_data["photos"])
            messages.success(request, _("走访已记下。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, person, form, _("记录走访"), _("记下"))


@requires("visit.record")
def record_area_visit(request):
    initial = {"area": request.user.organization.area if not request.GET.get("area") else request.GET["area"][:80]}
    form = AreaVisitForm(request.POST or None, request.FILES or None, staff=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.record_area_visit(request.user, said["area"], form.values(), said["photos"])
            messages.success(request, _("走访已记下。"))
            return redirect("referrals:list_visits")
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, form, _("记录村居走访"), _("记下"))


@requires("visit.view")
@never_cache
def show_visit(request, code):
    visit = _find(request, code)
    audit.record(request.user, "visit.view", visit, organization=visit.organization)
    context = {"visit": visit, "photos": visit.photos.all(), "tells": shows_names(request.user)}
    return render(request, "referrals/visits/show.html", context)


@requires("visit.view")
def show_visit_photo(request, code, photo):
    visit = _find(request, code)
    if not shows_names(request.user):
        raise Http404
    picture = get_object_or_404(VisitPhoto, visit=visit, code=photo)
    return uploads.download(picture.file_key, f"{visit.code}-{picture.code}.{picture.file_name.rsplit('.', 1)[-1]}")


@requires("visit.view")
def list_gaps(request):
    """Where nobody has been in the period (R51)."""
    form = PeriodForm(request.GET, own=request.user.organization.area)
    area, since, until = form.asked()
    places = visit_figures.places_of(request.user, area, since, until)
    gaps = sum(place.is_gap for place in places)
    context = {"filters": form, "area": area, "since": since, "until": until, "places": places, "gaps": gaps}
    return render(request, "referrals/visits/gaps.html", context)


@requires("visit.view")
def list_visit_rounds(request):
    rounds = visit_figures.rounds_of(request.user).select_related("organization", "area")
    page = page_of(request, rounds, ["-since", "-pk"])
    return render(request, "referrals/visits/rounds.html", {"page": page})


@requires("visit.view")
def show_visit_round(request, code):
    """How far it has come, and whose homes are still to be visited."""
    one = get_object_or_404(visit_figures.rounds_of(request.user).select_related("organization", "area"), code=code)
    done, total = visit_figures.progress_of(request.user, one)
    page = page_of(request, visit_figures.not_visited(request.user, one).as_rows(), ["-pk"])
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    context = {"round": one, "done": done, "total": total, "page": page}
    return render(request, "referrals/visits/round.html", context)


@requires("round.begin")
def begin_visit_round(request):
    form = RoundForm(request.POST or None, initial={"area": request.user.organization.area})
    if request.method == "POST" and form.is_valid():
        try:
            one = actions.begin_round(request.user, form.cleaned_data)
            messages.success(request, _("已布置。"))
            return redirect("referrals:show_visit_round", one.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _page(request, form, _("布置一轮走访"), _("布置"))


def _find(request, code):
    seen = Visit.objects.visible_to(request.user)
    visit = get_object_or_404(seen.select_related("person", "area", "organization", "recorded_by", "round"), code=code)
    if visit.person:
        minors.require(request.user, visit.person)
    return visit


def _page(request, form, heading, button):
    return form_page(request, form, heading, button, [(_("走访"), reverse("referrals:list_visits"))])
