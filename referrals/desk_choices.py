"""What the filters of a desk offer: the units on the other side of its newest cases, where those are, and programs.

Every page of every list shows them and they seldom change: each process keeps them for a moment (portal.lib.kept).
"""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import get_language

from members.models import Organization
from portal.lib.kept import Kept
from programs.models import Program

# Of the newest so many cases of a desk.
MOST_LOOKED_AT = 1000
# Each range stands in an index in its order; what the newest of them lead to is fetched by key.
_OTHERS = """
    WITH newest AS MATERIALIZED (
        SELECT a.referral_id FROM unnest(%(reasons)s::text[]) AS of(reason), (VALUES (true), (false)) AS as_it(is_open),
        LATERAL (
            SELECT referral_id, created_at FROM referrals_referralaccess access
            WHERE organization_id = %(unit)s AND access.reason = of.reason AND access.is_open = as_it.is_open
            ORDER BY created_at DESC, referral_id DESC LIMIT %(most)s
        ) a ORDER BY a.created_at DESC LIMIT %(most)s
    )
    SELECT DISTINCT r.{other}_id FROM newest JOIN referrals_referral r ON r.id = newest.referral_id
"""


@dataclass(frozen=True)
class Others:
    """(code, label) of units by name, and of the divisions where they are, by code."""

    units: tuple
    areas: tuple


def _others(unit, reasons, other):
    with connection.cursor() as cursor:
        told = {"unit": unit, "reasons": list(reasons), "most": MOST_LOOKED_AT}
        cursor.execute(_OTHERS.format(other=other), told)
        keys = [key for (key,) in cursor.fetchall()]
    units = list(Organization.objects.filter(pk__in=keys).select_related("area").order_by("name"))
    areas = {one.area.code: one.area.name for one in units}
    return Others(tuple((one.code, str(one)) for one in units), tuple(sorted(areas.items())))


def _programs(_language):
    return tuple((one.code, str(one)) for one in Program.objects.ever_in_force().order_by("code"))


_kept_others, _kept_programs = Kept(_others), Kept(_programs)


def others_of(unit, reasons, other, asked=()):
    """The units in the column `other` of cases that lie with a unit for these reasons. `asked`: codes in the address;
    one that came up only just now is not taken for a wrong one."""
    return _kept_others(unit, tuple(reasons), other, enough=_holds(asked, lambda kept: (*kept.units, *kept.areas)))


def programs(asked=()):
    return _kept_programs(get_language(), enough=_holds(asked, lambda kept: kept))


def _holds(asked, pairs):
    wanted = {code for code in asked if code}
    return lambda kept: wanted <= {code for code, _label in pairs(kept)}
