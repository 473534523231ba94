"""The rows of a desk as HTML: everything that is the same for many rows is made once (portal.lib.stencils)."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from portal.lib import stencils
from referrals.kinds import Ground, Urgency
from referrals.models import Referral
from referrals.workflow import STANDINGS, Side, State, is_led_by_receiver

ROW, STATE, CLOCK, FILTERS = (f"referrals/referrals/_{name}.html" for name in ("row", "state", "clock", "filters"))
# Left out on a phone.
NONE = mark_safe('<span class="none">—</span>')
LEADS = {"received": _("本单位牵头"), "sent": _("对方牵头"), "area": _("接收单位牵头")}
WAITS_FOR = {Side.SENDER: _("等转出单位"), Side.RECEIVER: _("等接收单位"), Side.PAUSER: _("等接收单位")}
BETWEEN = {"received": "{0.sender}", "sent": "{0.receiver}", "area": "{0.sender} → {0.receiver}"}


def drawn(rows, desk, *, picks=False):
    between, today, language = BETWEEN[desk].format, timezone.localdate(), get_language()
    grounds, needs, between_needs = dict(Ground.choices), dict(NeedKind.choices), gettext("、")
    values = [
        {
            "row_class": _row_class(row.is_late and row.is_own_turn, bool(row.about.name)),
            "code": row.code,
            "number": row.number or gettext("草稿"),
            "unread": _unread(getattr(row, "unread", 0), language),
            "parties": between(row),
            "name": row.about.name or "—",
            "details": " · ".join(row.about.details),
            "needs": between_needs.join(str(needs[kind]) for kind in dict.fromkeys(row.kinds)) or NONE,
            "ground": grounds[row.ground],
            "urgency": _urgency(row.urgency, language),
            "lead": _lead(is_led_by_receiver(row.kind, row.state, row.paused_in), desk, language),
            "program": row.program or NONE,
            "state": _state(row.state, language),
            "turn": _turn(row.state, row.is_own_turn, language),
            "clock": _clock(None if row.ended_at else row.due_on, _day(row.ended_at), today, language),
        }
        for row in rows
    ]
    return stencils.fill(ROW, values, picks=picks)


# Drawings of the filters where nothing is asked; each process has as many as there are desks in use.
MOST_KEPT = 1_000
_filters = {}


def drawn_filters(filters, desk, tab, has_clock):
    """A hundred entries, the same for everybody of a unit until one of them changes."""
    shown = {"filters": filters, "desk": desk, "tab": tab, "has_clock": has_clock}
    if not filters.is_bare:
        return render_to_string(FILTERS, shown)
    key = get_language(), desk, tab.code, has_clock, filters.offered
    if key not in _filters:
        if len(_filters) >= MOST_KEPT:
            _filters.clear()
        _filters[key] = render_to_string(FILTERS, shown)
    return _filters[key]


@lru_cache
def _row_class(is_late, is_named):
    names = " ".join(("is-late",) * is_late + ("nameless",) * (not is_named))
    return format_html(' class="{}"', names) if names else ""


@lru_cache
def _turn(state, is_own, _language):
    """For whom it waits, while it is under way."""
    side = STANDINGS[State(state)].turn
    if side not in WAITS_FOR and not is_own:
        return ""
    return gettext("等本单位") if is_own else str(WAITS_FOR[side])


def _day(moment):
    return moment and timezone.localdate(moment)


@lru_cache
def _urgency(urgency, _language):
    if urgency == Urgency.NORMAL:
        return ""
    return format_html(' <span class="state back">{}</span>', Urgency(urgency).label)


@lru_cache
def _lead(is_led_by_receiver, desk, _language):
    """移交 that was accepted: who leads the case is no longer the sender."""
    return format_html(' <span class="state">{}</span>', LEADS[desk]) if is_led_by_receiver else ""


@lru_cache(100)
def _unread(number, _language):
    """Messages of the other side that nobody here has opened."""
    if not number:
        return ""
    words = ngettext("%(number)d 条新留言", "%(number)d 条新留言", number) % {"number": number}
    return format_html(' <span class="state now">{}</span>', words)


@lru_cache
def _state(state, _language):
    return mark_safe(render_to_string(STATE, {"referral": Referral(state=state)}).strip())  # noqa: S308 - a template


@lru_cache(4096)
def _clock(due_on, ended_on, _today, _language):
    shown = {"due_on": due_on, "ended_on": ended_on}
    return mark_safe(render_to_string(CLOCK, shown).strip())  # noqa: S308 - a template
