"""What the yearly audit of minors' data asks: who was allowed to look, who looked, and whether anybody did without."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from members.models import AuditEntry
from referrals.minors import minors
from referrals.models import Consent, DisclosureLog, MinorAccessApproval, Person

LOOKS = ("person.view", "person.unmask")


@dataclass(frozen=True)
class Report:
    year: int
    figures: list
    rows: list


def report_of(year):
    """Counts of one calendar year; approvals line by line."""
    start, end = _instant(year), _instant(year + 1)
    looks = _looks(start, end, set(Person.objects.filter(minors(date(year, 12, 31))).values_list("code", flat=True)))
    approvals = list(_approvals(start, end))
    by_staff = Counter(actor for actor, _code, _at in looks)
    figures = [
        ("年末登记在册的未成年人", Person.objects.filter(minors(date(year, 12, 31)), merged_into=None).count()),
        ("申请查看的件数", len(approvals)),
        *(
            (f"其中：{state.label}", sum(one.state == state for one in approvals))
            for state in MinorAccessApproval.State
        ),
        ("查看未成年人个案的次数", len(looks)),
        ("其中：没有查到对应批准的次数", sum(not _is_covered(look) for look in looks)),
        ("就未成年人登记的同意", _of_minors(Consent.objects.given(), "recorded_at", start, end)),
        ("向其他单位提供未成年人信息的次数", _of_minors(_provided(), "at", start, end)),
    ]
    return Report(year, figures, [_row(one, by_staff) for one in approvals])


def _looks(start, end, children):
    """(who, whose, when) for every look at a minor's record."""
    lines = AuditEntry.objects.filter(at__gte=start, at__lt=end, action__in=LOOKS, object_type="person")
    return [look for look in lines.values_list("actor_id", "object_code", "at") if look[1] in children]


def _provided():
    return DisclosureLog.objects.filter(kind=DisclosureLog.Kind.PROVIDED)


def _of_minors(rows, column, start, end):
    in_time = {f"{column}__gte": start, f"{column}__lt": end}
    return rows.filter(minors(start.date(), "person__"), **in_time).count()


def _approvals(start, end):
    rows = MinorAccessApproval.objects.filter(asked_at__gte=start, asked_at__lt=end)
    return rows.select_related("staff", "organization", "decided_by").order_by("pk")


def _is_covered(look):
    """Was there an approval for this look, at its time?"""
    actor, code, at = look
    day = timezone.localtime(at).date()
    rows = MinorAccessApproval.objects.filter(staff_id=actor, state="approved", decided_at__lte=at, until__gte=day)
    rows = rows.filter(person__code=code) | rows.filter(person=None)
    return any(one.ended_at is None or one.ended_at >= at for one in rows)


def _row(one, by_staff):
    return [
        one.code, str(one.organization), str(one.staff), str(one.get_scope_display()), one.reason,
        f"{timezone.localtime(one.asked_at):%Y-%m-%d %H:%M}", str(one.get_state_display()), str(one.decided_by or ""),
        one.until.isoformat(), by_staff.get(one.staff_id, 0),
    ]  # fmt: skip


def _instant(year):
    return datetime(year, 1, 1, tzinfo=timezone.get_default_timezone())
