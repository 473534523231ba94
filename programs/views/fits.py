"""Who fits this program: counts by county first, then, for those who work on people, the list."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import requires
from portal.lib.pages import page_of
from programs import catalogue
from programs import reverse as fits
from programs.actions.fits import record_view
from programs.forms.fits import LISTS, FitFilter
from programs.rounds import program_state
from programs.views.programs import find


@requires(fits.COUNT)
def show_fits(request, code):
    staff, program = request.user, find(request, code)
    is_outsider = fits.is_outsider(staff)
    day = timezone.localdate() if is_outsider else FitFilter(request.GET).asked.get("on") or timezone.localdate()
    version = program.versions.holding_on(day).first() or program.versions.holding_on(timezone.localdate()).first()
    if version is None or program.is_container:
        raise Http404
    said = catalogue.parsed(version, catalogue.vocabulary())
    sight = fits.sight_of(staff)
    counts = fits.counts_by_county(said, fits.reach(staff), day, sight)
    asked = {**request.GET.dict(), "on": day}
    filters = FitFilter(asked, counties=[(one.county, one.name) for one in counts])
    context = {
        "program": program, "version": version, "day": day, "is_outsider": is_outsider, "filters": filters,
        "fewest": fits.FEWEST, "sight": sight, "counts": [_row(one, is_outsider) for one in counts],
        "crumbs": [(_("项目目录"), reverse("programs:list_programs")),
                   (str(program), reverse("programs:show_program", args=[code]))],
    }  # fmt: skip
    if not is_outsider:
        context |= _list(request, program, said, day, counts, filters.asked, sight)
    record_view(staff, program, day, len(context.get("page", ())))
    return render(request, "programs/fits.html", context)


def _row(one, is_outsider):
    """One county as this person may see it; what two shown numbers would tell together is left out."""
    seen = {
        name: fits.shown(getattr(one, name), f"{one.asked} {name}", to_outsider=is_outsider)
        for name in ("eligible", "could_be")
    }
    return {"county": one.county, "name": one.name, **seen} | ({} if is_outsider else {"total": one.total})


def _list(request, program, said, day, counts, asked, sight):
    """Those whom nobody has dealt with yet, until somebody asks for the others."""
    staff, show, county = request.user, asked.get("show") or "eligible", asked.get("county")
    done, work = fits.worked_off(staff, program), asked.get("work") or ""
    counted = [one for one in counts if not county or one.county == county]
    totals, lists = {name: sum(getattr(one, name) for one in counted) for name, _label in LISTS}, {}
    for name in totals:
        sheets = fits.fitting(said, fits.reach(staff, fits.VIEW), day, could_be=name == "could_be", sight=sight)
        sheets = sheets.filter(county=county) if county else sheets
        if work != "all":
            worked = sheets.filter(pk__in=done)
            totals[name] = worked.count() if work == "done" else totals[name] - worked.count()
            sheets = worked if work == "done" else sheets.exclude(pk__in=done)
        lists[name] = sheets
    page = page_of(request, lists[show], ["area_code", "key"])
    known, state = fits.display(staff, [one.key for one in page], program), program_state(said, day)
    words = catalogue.vocabulary()
    places = fits.area_names(one.area_code for one in page)
    for sheet in page:
        sheet.shown, sheet.place = known.get(sheet.key), places[sheet.area_code]
        sheet.unknown = fits.unknown_facts(sheet, said, day, words, state)
    return {
        "page": page, "show": show, "tabs": [(name, label, totals[name]) for name, label in LISTS],
        "kept": _kept(request), "work": work, "done": len(done),
    }  # fmt: skip


def _kept(request):
    """The other filters, for the links of the tabs."""
    query = request.GET.copy()
    for name in ("after", "before", "show"):
        query.pop(name, None)
    return query.urlencode()
