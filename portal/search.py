"""The search box: each app names what can be found, who may look, and how. The words travel by POST, never in a URL."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MIN_LENGTH = 2
CAP = 8  # found things of one kind on the page


@dataclass(frozen=True)
class Found:
    title: str
    sub: str
    url: str


@dataclass(frozen=True)
class Kind:
    label: str
    permission: str
    # function(staff, text, limit) -> Found, within what the person may see
    find: Callable


KINDS: list[Kind] = []


def search(staff, text):
    """[(kind, found, whether there are more)], kinds without a find left out."""
    results = []
    for kind in KINDS:
        if kind.permission in staff.permissions:
            found = list(kind.find(staff, text, CAP + 1))
            if found:
                results.append({"label": kind.label, "found": found[:CAP], "has_more": len(found) > CAP})
    return results


def hint_for(staff):
    """What the box says can be found."""
    labels = [str(kind.label) for kind in KINDS if kind.permission in staff.permissions]
    return gettext("查找%(kinds)s") % {"kinds": gettext("、").join(labels)} if labels else str(_("查找"))
