"""The menu as HTML: drawn by its template once for each set of entries, place and language; then numbers change."""

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from portal.lib.pages import COUNT_CAP
from portal.navigation import menu_for

# So many are kept; there are as many as sets of roles times places to stand.
MOST = 2_000
_MARK = "QMARKnumberQKRAM"
_kept = {}


def rail_of(staff, path):
    groups = menu_for(staff, path)
    shape = get_language(), *map(_shape_of, groups)
    if shape not in _kept:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[shape] = _draw(groups)
    numbers = [number for group in groups for number in _numbers_of(group)]
    return mark_safe(_kept[shape] % tuple(map(_badge, numbers)))  # noqa: S308 - a template and numbers


def _shape_of(group):
    return group["is_open"], *((entry["url"], "is_current" in entry) for entry in group["entries"])


def _numbers_of(group):
    """In the order in which the template names them: beside a heading first."""
    if group["label"]:
        yield group["count"]
    for entry in group["entries"]:
        yield entry["count"]


def _draw(groups):
    marked = [
        {**group, "badge": _MARK, "entries": [{**entry, "badge": _MARK} for entry in group["entries"]]}
        for group in groups
    ]
    text = render_to_string("_partials/rail.html", {"menu": marked})
    return text.replace("%", "%%").replace(_MARK, "%s")


def _badge(number):
    """Nobody counted further than the cap."""
    shown = f"{COUNT_CAP}+" if number > COUNT_CAP else number
    return format_html(' <span class="n">{}</span>', shown) if number else ""
