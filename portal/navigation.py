"""The menu, by permission. A group is shown when at least one of its entries is."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    label: str
    url_name: str
    permission: str


MENU = [
    ("", [Entry(_("今天"), "home", "home.view")]),
    (
        _("单位与人员"),
        [
            Entry(_("行政区划"), "members:list_areas", "area.view"),
        ],
    ),
    (
        _("规则"),
        [
            Entry(_("政策文件"), "members:list_policies", "policy.view"),
            Entry(_("地区参数"), "members:show_my_profile", "profile.view"),
        ],
    ),
    (_("管理"), []),
]


def menu_for(staff, path):
    held = staff.permissions
    groups = []
    for label, entries in MENU:
        shown = [entry for entry in entries if entry.permission in held]
        if shown:
            groups.append({"label": label, "entries": [_as_shown(entry, path) for entry in shown]})
    return groups


def _as_shown(entry, path):
    url = reverse(entry.url_name)
    is_current = path == url if url == "/" else path.startswith(url)
    return {"label": entry.label, "url": url, "is_current": is_current}
