"""The rows of a desk as HTML: everything that is the same for many rows is made once (portal.lib.stencils)."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from portal.lib import stencils
from referrals.kinds import Ground, Urgency
from referrals.models import Referral
from referrals.workflow import is_led_by_receiver

ROW, STATE, CLOCK = (f"referrals/referrals/_{name}.html" for name in ("row", "state", "clock"))
LATE = mark_safe(' class="is-late"')
LEADS = {"received": _("本单位牵头"), "sent": _("对方牵头"), "area": _("接收单位牵头")}
BETWEEN = {"received": "{0.sender}", "sent": "{0.receiver}", "area": "{0.sender} → {0.receiver}"}


def drawn(rows, desk, *, picks=False):
    between, today, language = BETWEEN[desk].format, timezone.localdate(), get_language()
    grounds = dict(Ground.choices)
    values = [
        {
            "row_class": LATE if row.is_late and row.is_own_turn else "",
            "code": row.code,
            "number": row.number or row.code,
            "unread": _unread(getattr(row, "unread", 0), language),
            "parties": f"{between(row)} · {row.shown_name}" if row.shown_name else between(row),
            "ground": grounds[row.ground],
            "urgency": _urgency(row.urgency, language),
            "lead": _lead(is_led_by_receiver(row.kind, row.state, row.paused_in), desk, language),
            "program": row.program or "—",
            "state": _state(row.state, language),
            "clock": _clock(None if row.ended_at else row.due_on, _day(row.ended_at), today, language),
        }
        for row in rows
    ]
    return stencils.fill(ROW, values, picks=picks)


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
