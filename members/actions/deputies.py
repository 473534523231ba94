"""Deputies: a colleague carries somebody's casework for some days, under their own name."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.actions.staff import colleagues_of
from members.models import Deputy, Staff
from members.roles import CASE_ROLES, exclude_each_other

LONGEST = timedelta(days=92)


@transaction.atomic
def set_deputy(actor, staff, deputy, *, since, until, reason):
    """By the person who will be away, or by the unit's admin for somebody who could not."""
    if actor.pk != staff.pk and not may(actor, "deputy.set", staff.organization):
        raise PermissionDenied
    if deputy.pk == actor.pk:
        raise Refusal(_("不能指定自己为代理人，请本人或另一位管理员指定。"), field="deputy")
    staff = Staff.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=staff.pk)
    _refuse_days(since, until)
    _refuse_person(staff, deputy)
    overlapping = Deputy.objects.open().filter(staff=staff, since__lte=until, until__gte=since).first()
    if overlapping:
        words = {"deputy": overlapping.deputy, "since": overlapping.since, "until": overlapping.until}
        raise Refusal(_("%(since)s 至 %(until)s 已由 %(deputy)s 代理，请先结束那一段。") % words, field="since")
    made = Deputy.objects.create(staff=staff, deputy=deputy, since=since, until=until, reason=reason, set_by=actor)
    changes = {"deputy": ["", deputy.code], "since": ["", str(since)], "until": ["", str(until)]}
    audit.record(actor, "deputy.set", staff, organization=staff.organization, reason=reason, changes=changes)
    return made


@transaction.atomic
def end_deputy(actor, arrangement):
    """By either of the two, or by the unit's admin."""
    staff = arrangement.staff
    if actor.pk not in (staff.pk, arrangement.deputy_id) and not may(actor, "deputy.set", staff.organization):
        raise PermissionDenied
    now = timezone.now()
    if not Deputy.objects.filter(pk=arrangement.pk, ended_at=None).update(ended_at=now, ended_by=actor):
        raise Refusal(_("这段代理已经结束。"))
    changes = {"deputy": [arrangement.deputy.code, ""]}
    audit.record(actor, "deputy.end", staff, organization=staff.organization, changes=changes)


def _refuse_days(since, until):
    if until < since:
        raise Refusal(_("结束日期早于开始日期。"), field="until")
    if until < timezone.localdate():
        raise Refusal(_("结束日期已经过去。"), field="until")
    if until - since > LONGEST:
        raise Refusal(_("一次代理最长三个月；更久的，请改派角色或交接工作。"), field="until")


def _refuse_person(staff, deputy):
    if not colleagues_of(staff).filter(pk=deputy.pk).exists():
        raise Refusal(_("代理人必须是同一单位的在用同事。"), field="deputy")
    carried = staff.roles & CASE_ROLES
    if not carried:
        raise Refusal(_("%(name)s 没有可以代理的业务角色；管理职责不能代理。") % {"name": staff})
    if any(exclude_each_other(role, other) for role in carried for other in deputy.roles):
        raise Refusal(_("%(name)s 的角色不能兼办业务，请另选一位。") % {"name": deputy}, field="deputy")
