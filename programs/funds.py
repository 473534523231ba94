"""Which money fits which use, the most narrowly tied first; who sees a fund; what money is tied to, in words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import access
from members.kinds import Category
from members.models import Area
from portal.lib import money
from programs.models import ZERO, Fund, FundOrder, Program, ProgramVersion
from programs.words import KINDS, say

TIES = ("programs", "kinds", "groups", "areas")


def unregistered(codes):
    """Those of these codes under which the register holds no fund."""
    asked = [code for code in codes if code.isprintable()]  # no other text reaches the database
    known = set(Fund.objects.filter(code__in=asked).values_list("code", flat=True)) if asked else set()
    return [code for code in codes if code not in known]


# -- what fits --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Use:
    """What money is wanted for. What is not said fits no wish that asks for it."""

    day: date
    programs: frozenset = frozenset()  # the program's code and those above it
    kinds: frozenset = frozenset()
    groups: frozenset = frozenset()
    areas: frozenset = frozenset()  # the area's code and those above it


def fits(pot, use) -> bool:
    """May this money be used so? Every wish the donor had must be met; a wish has several answers at times."""
    wishes = [
        (pot.programs, use.programs),
        (pot.kinds, use.kinds),
        (pot.groups, use.groups),
        (pot.areas, use.areas),
    ]
    return (pot.until is None or pot.until >= use.day) and all(not asked or set(asked) & said for asked, said in wishes)


def narrowness(pot):
    """Sorts the most narrowly tied first: more wishes, fewer answers to them, sooner over, older."""
    wishes = [getattr(pot, name) for name in TIES if getattr(pot, name)]
    ties = len(wishes) + (pot.until is not None)
    return (-ties, sum(map(len, wishes)), pot.until or date.max, pot.pk)


@dataclass
class Draw:
    """From which pots a sum comes; or what is missing, and what lies there for something else."""

    shares: list = field(default_factory=list)  # (pot, amount)
    able: Decimal = ZERO
    missing: Decimal = ZERO
    kept_back: Decimal = ZERO
    others: list = field(default_factory=list)  # (pot, amount) that do not fit


def draw(pots, amount, use, reserve=ZERO) -> Draw:
    """Take a sum from what fits, the most narrowly tied money first. The reserve is kept of the free money only."""
    found, wanted = Draw(), amount
    for pot in sorted(pots, key=narrowness):
        if pot.left <= 0:
            continue
        if not fits(pot, use):
            found.others.append((pot, pot.left))
            continue
        kept = min(reserve, pot.left) if pot.is_general else ZERO
        able = pot.left - kept
        found.kept_back += kept
        found.able += able
        share = min(able, wanted)
        if share > 0:
            found.shares.append((pot, share))
            wanted -= share
    found.missing = wanted
    return found


def shortage_words(found, amount, areas=None):
    """Why a sum cannot be committed, in one sentence that says what lies there besides."""
    said = {"able": money.show(found.able), "wanted": money.show(amount)}
    parts = [_("可用余额 %(able)s，不足以承诺 %(wanted)s") % said]
    if found.kept_back:
        parts.append(_("按规定留存 %(kept)s") % {"kept": money.show(found.kept_back)})
    for pot, left in found.others[:5]:
        words = {"sum": money.show(left), "ties": ties_words(pot, areas)}
        lapsed = pot.has_lapsed
        parts.append((_("另有 %(sum)s已过使用期限（%(ties)s）") if lapsed else _("另有 %(sum)s%(ties)s")) % words)
    return _("；").join(parts) + _("。")


# -- what money is tied to --------------------------------------------------------------------------------------------
def terms_of(restriction: Mapping | None):
    """The columns of a pot for what a donor wished; the same wish gives the same digest."""
    asked = restriction or {}
    terms = {name: sorted(set(asked.get(name) or ())) for name in TIES}
    terms["until"] = asked.get("until")
    text = json.dumps(terms, default=str, sort_keys=True)
    is_general = not any(terms.values())
    return terms | {"is_general": is_general, "digest": hashlib.sha256(text.encode()).hexdigest()}


def area_names(pots):
    """code -> name, for the areas that these pots are tied to."""
    codes = {code for pot in pots for code in pot.areas}
    return dict(Area.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def ties_words(pot, areas=None):
    """只能用于助学，且甲区，期限到 2026-12-31."""
    if pot.is_general:
        return _("不限用途")
    areas = area_names([pot]) if areas is None else areas
    joined = _("、").join
    asked = [
        [_("项目 %(code)s") % {"code": code} for code in pot.programs],
        [say(KINDS, code) for code in pot.kinds],
        [str(dict(Category.choices).get(code, code)) for code in pot.groups],
        [areas.get(code, code) for code in pot.areas],
    ]
    parts = (
        [_("只能用于%(what)s") % {"what": _("，且").join(joined(one) for one in asked if one)}] if any(asked) else []
    )
    if pot.until:
        parts.append(_("期限到 %(day)s") % {"day": pot.until.isoformat()})
    return _("，").join(parts)


# -- programs and their funds -----------------------------------------------------------------------------------------
def programs_naming(fund, on=None):
    """The programs whose text of that day names the fund."""
    held = ProgramVersion.objects.holding_on(on or timezone.localdate()).filter(fund_codes__contains=[fund.code])
    return Program.objects.filter(pk__in=held.values("program_id")).order_by("position", "code")


def funds_of(version, staff):
    """The funds that a program names, in the order of its text: (code, fund or nothing, whether this person may see
    its money). Two queries at most."""
    codes = version.fund_codes
    if not codes:
        return []
    found = {
        fund.code: fund for fund in Fund.objects.filter(code__in=codes).with_figures().select_related("organization")
    }
    seen = set(visible_to(staff).filter(code__in=codes).values_list("code", flat=True))
    return [(code, found.get(code), code in seen) for code in codes]


def choices(organization=None):
    """[(code, name)] of the funds that money can be committed from; of one host, or of all."""
    rows = Fund.objects.open() if organization is None else Fund.objects.open().filter(organization=organization)
    return list(rows.order_by("name", "pk").values_list("code", "name"))


# -- who sees it ------------------------------------------------------------------------------------------------------
def visible_to(staff, permission="fund.view"):
    """The funds that this person may look at: their host's, and those their bureau runs together with it."""
    units = access.within_reach(staff, permission).values("pk")
    return Fund.objects.filter(Q(organization__in=units) | Q(joint_bureau__in=units))


def may(staff, permission, fund) -> bool:
    """At the host; and to approve also at the bureau that runs the fund together with it."""
    if access.may(staff, permission, fund.organization):
        return True
    is_shared = permission in ("fund.approve", "fund.view") and fund.joint_bureau is not None
    return is_shared and access.may(staff, permission, fund.joint_bureau)


def waiting_for(staff):
    """Payments and counter-entries that this person could approve: written by somebody else."""
    units = access.within_reach(staff, "fund.approve").values("pk")
    orders = FundOrder.objects.filter(state="waiting").exclude(recorded_by=staff)
    return orders.filter(Q(fund__organization__in=units) | Q(fund__joint_bureau__in=units))


def run_by(staff, permission="fund.edit"):
    """The funds that this person keeps."""
    return Fund.objects.filter(organization__in=access.within_reach(staff, permission).values("pk"))


def count_waiting(staff):
    return waiting_for(staff).count()


def count_short(staff):
    return run_by(staff).exclude(warn_below=None).with_figures().short().count()


def count_unconfirmed(staff):
    return run_by(staff, "fund.confirm").unconfirmed().count()
