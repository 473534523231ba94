"""How values look on a page."""

import datetime
from collections import defaultdict

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib import masks
from portal.lib import money as amounts
from referrals.minors import shown_name

register = template.Library()


@register.filter
def money(amount):
    """1,234.50 元"""
    return "" if amount in (None, "") else amounts.show(amount)


@register.filter
def capitals(amount):
    """壹仟贰佰叁拾肆元伍角"""
    return "" if amount in (None, "") else amounts.capitals(amount)


@register.filter
def masked(value, kind="number"):
    """{{ name|masked:"name" }}: number, name, phone, account or address."""
    return masks.MASKS[kind](str(value)) if value else ""


@register.filter
def shown_to(person, staff):
    """{{ person|shown_to:user }}: the name, or the surname where the role or an approval is lacking."""
    return shown_name(staff, person)


@register.filter
def get(mapping, key):
    """{{ counts|get:tab.code }}"""
    return mapping.get(key)


@register.filter
def capped(number, most=1000):
    """1000+, where nobody counted further."""
    return f"{most}+" if number > most else number


@register.filter
def duration(took):
    """How long something stood where it stood: 4 小时 42 分, 9 天."""
    minutes = int(took.total_seconds() // 60)
    if minutes >= 24 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(days)d 天", "%(days)d 天", days) % {"days": days}
    if minutes < 60:
        return _("%(minutes)d 分") % {"minutes": minutes} if minutes else _("不到 1 分钟")
    return _("%(hours)d 小时 %(minutes)d 分") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.filter
def words_of_step(move, step):
    """What was done, with what fills its words: 转介给市慈善总会."""
    return str(move.done) % defaultdict(str, step.private)


@register.filter
def clock(due):
    """A date or an instant that something is due: 还有 4 天, 今天 17:30 前, 逾期 1 天; with its color."""
    if not due:
        return ""
    day, hour = _day_and_hour(due)
    days = (day - timezone.localdate()).days
    if days < 0 or (hour and due < timezone.now()):
        return _clock("late", _late(-days))
    if days == 0:
        return _clock("soon", _("今天 %(hour)s 前") % {"hour": hour} if hour else _("今天"))
    return _clock("", ngettext("还有 %(days)d 天", "还有 %(days)d 天", days) % {"days": days})


def _late(days):
    return ngettext("逾期 %(days)d 天", "逾期 %(days)d 天", days) % {"days": days} if days else _("今天已逾期")


def _day_and_hour(due):
    if not isinstance(due, datetime.datetime):
        return due, ""
    local = timezone.localtime(due)
    return local.date(), date_format(local, "H:i")


def _clock(state, text):
    return format_html('<span class="clock{}">{}</span>', f" {state}" if state else "", text)
