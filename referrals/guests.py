"""Which receivers nobody signs in for, and what somebody who came by a link may see and do."""

from django.db.models import Exists, OuterRef

from members.models import Organization, RoleAssignment, Staff
from members.roles import ALL, ROLES
from portal.lib import row_security
from referrals.models import GuestAccess
from referrals.workflow import Side, State

TAKES = [role for role, held in ROLES.items() if "referral.receive" in held]
# While the receiver can still do something without an account.
WHILE = frozenset({State.SENT, State.RECEIVED, State.RETURNED})
# What a guest may do, by state; to take it on somebody has to have an account.
VERBS = {State.SENT: ("sign", "reject"), State.RECEIVED: ("return", "reject"), State.RETURNED: ()}


def has_account(unit):
    """Does anybody of the unit sign in who may take a referral?"""
    held = RoleAssignment.objects.held().filter(role__in=TAKES, staff__organization=unit)
    return Staff.objects.active().filter(organization=unit, pk__in=held.values("staff")).exists()


def open_access(referral):
    access = referral.guests.filter(ended_at=None).select_related("post").first()
    return access if access and access.is_open else None


def section(staff, referral):
    """For the sender's side of the page: nobody of the receiver can see it yet."""
    is_sender = referral.side_of(staff.organization_id) == Side.SENDER and "referral.write" in staff.permissions
    if not is_sender or State(referral.state) not in WHILE or has_account(referral.receiver):
        return None
    return {"access": open_access(referral), "count": referral.guests.count()}


def units_waiting():
    """Units that were sent a referral by link and have nobody to sign in: to be invited."""
    staff = Staff.objects.active().filter(organization=OuterRef("pk"))
    asked = GuestAccess.objects.filter(referral__receiver=OuterRef("pk"))
    return Organization.objects.active().filter(Exists(asked)).exclude(Exists(staff))


@row_security.widely("units that only have a link")
def count_for(staff):
    """For whoever invites the people of all units; a unit's own administrator invites its own."""
    return units_waiting().order_by()[:100].count() if staff.permissions.get("staff.invite") == ALL else 0
