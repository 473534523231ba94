"""Cases of people under 18: seen by staff only with a recorded approval (未成年人网络保护条例 §36)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone

from members.access import within_reach
from portal.lib.prepared import Prepared
from referrals.kinds import ADULT_AGE, years_before
from referrals.models import MinorAccessApproval

LONGEST_DAYS = 366


def eighteen_years_ago(on=None):
    """Whoever was born after this day is a minor on that day."""
    return years_before(ADULT_AGE, on or timezone.localdate())


def minors(on=None, prefix=""):
    """For a queryset of people: those under 18. Whose birth is not known is not taken for a minor."""
    return Q(**{f"{prefix}birth_date__gt": eighteen_years_ago(on)})


def may_see(staff, person):
    """May this person of staff open this person's case, as far as age is concerned?"""
    if not person.is_minor:
        return True
    scopes = approved(staff)
    return None in scopes or person.pk in scopes


def tells_names(staff):
    """Those who work on people see names; who only oversees sees the surname."""
    return bool({"person.edit", "person.unmask"} & staff.permissions.keys())


def shown_name(staff, person):
    """In lists: the name for those who work on people and may see this one; the surname for all others."""
    return person.name if tells_names(staff) and may_see(staff, person) else person.masked_name


class ApprovalNeeded(PermissionDenied):
    """Not seen before somebody responsible says so; the page for what is forbidden leads on to asking (portal)."""

    def __init__(self, person):
        super().__init__(person.code)
        self.code = person.code


def require(staff, person):
    if not may_see(staff, person):
        raise ApprovalNeeded(person)


def seen_by(staff, prefix=""):
    """For a queryset of people: all but the minors for whom nobody approved this person of staff."""
    scopes = approved(staff)
    if None in scopes:
        return Q()
    return ~minors(prefix=prefix) | Q(**{f"{prefix}pk__in": scopes})


def _rows_for(staff, unit, today):
    return MinorAccessApproval.objects.live(today).filter(staff=staff, organization=unit).values_list("person_id")


_live_for = Prepared(_rows_for, staff=int, unit=int, today=date)


def approved(staff):
    """Ids of people, and None for all of them. Read once per object, which is once per request."""
    if not hasattr(staff, "_minors_approved"):
        live = _live_for(staff=staff.pk, unit=staff.organization_id, today=timezone.localdate())
        staff._minors_approved = frozenset(person for (person,) in live)
    return staff._minors_approved


def waiting_for(staff):
    """Requests this person may decide on: of staff within reach, never their own."""
    rows = MinorAccessApproval.objects.waiting().exclude(staff=staff)
    return rows.filter(organization__in=within_reach(staff, "minor.approve"))


def count_waiting(staff):
    return waiting_for(staff).count()
