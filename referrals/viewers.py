"""谁能看到: the units that a case concerns and why, who of them opens it, what was passed on, who has looked."""

from dataclasses import dataclass

from members.models import AuditEntry, RoleAssignment
from members.roles import OWN, ROLES
from portal.lib import row_security
from referrals import disclosure
from referrals.items import in_order
from referrals.models import Provision
from referrals.permissions import may

# Roles that open cases at all, and those that also open what lies below their unit.
_OPEN = [role for role, held in ROLES.items() if "referral.view" in held]
_OPEN_BELOW = [role for role in _OPEN if ROLES[role]["referral.view"] != OWN]
LOOKS = ("referral.view", "referral.open_file", "referral.print", "share.view")


@dataclass
class Unit:
    """A unit with its reason. `people` by name and role for one's own unit; of others how many, and who answers."""

    organization: object
    reason: str
    number: int
    people: list
    handler: object
    may_see_person: bool
    # One more party, by name: sees what is shared and nothing of the case besides.
    is_party: bool = False


@row_security.widely("who can see a case")
def units_of(staff, referral):
    """Every unit that finds this case in its lists, the two sides first."""
    rows = list(referral.access.select_related("organization__area").order_by("created_at", "organization"))
    held, named = _people_of([row.organization_id for row in rows]), _named_in(referral)
    order = {"sender": 0, "receiver": 1}
    rows.sort(key=lambda row: order.get(row.reason, 2))
    return [
        _party(row, named.get(row.organization_id, {}))
        if row.reason == "shared"
        else _unit(staff, referral, row, held.get(row.organization_id, {}))
        for row in rows
    ]


def _unit(staff, referral, row, held):
    roles = _OPEN_BELOW if row.reason == "above" else _OPEN
    people = {one: [a for a in assigned if a.role in roles] for one, assigned in held.items()}
    people = {one: assigned for one, assigned in people.items() if assigned}
    handlers = {"sender": referral.sender_handler, "receiver": referral.handler}
    named = [(one, [a.get_role_display() for a in assigned]) for one, assigned in people.items()]
    return Unit(
        organization=row.organization, reason=row.get_reason_display(), number=len(people),
        people=named if row.organization_id == staff.organization_id else [], handler=handlers.get(row.reason),
        may_see_person=row.reason in ("sender", "receiver", "keeper"),
    )  # fmt: skip


def _named_in(referral):
    """{unit: {person: []}}: whom a share names, for all units in one query."""
    found = {}
    for grant in referral.grants.live().filter(share__ended_at=None).select_related("user", "share").order_by("pk"):
        found.setdefault(grant.share.party_id, {})[grant.user] = []
    return found


def _party(row, named):
    """Of a unit that one of its people was shown the case: those who are named, and nobody else."""
    return Unit(
        organization=row.organization, reason=row.get_reason_display(), number=len(named),
        people=list(named.items()), handler=None, may_see_person=False, is_party=True,
    )  # fmt: skip


def _people_of(units):
    """{unit: {person: their roles that open cases}}, for all units in one query."""
    rows = RoleAssignment.objects.held().filter(role__in=_OPEN, staff__organization__in=units, staff__is_active=True)
    found = {}
    for row in rows.select_related("staff").order_by("staff__name", "pk"):
        found.setdefault(row.staff.organization_id, {}).setdefault(row.staff, []).append(row)
    return found


def sees_all(staff, referral):
    """Whoever keeps the record sees what was passed on and everybody's looks; everyone else their own unit's."""
    return may(staff, "disclosure.view", referral.person)


def provisions_of(staff, referral):
    """[(list, what of it still shows)]: what of the person is passed on, to whom, for what and until when."""
    rows = Provision.objects.about(referral.person).open()
    if not sees_all(staff, referral):
        rows = rows.to_unit(staff.organization_id)
    rows = (
        rows.select_related("receiver", "provider", "share").prefetch_related(disclosure.terms()).order_by("-pk")[:50]
    )
    return [(row, in_order(disclosure.left_of(row))) for row in rows]


def looks_at(staff, referral):
    """The lines of the audit that tell who opened the page of this case or a file of it."""
    rows = AuditEntry.objects.filter(object_type="referral", object_code=referral.code, action__in=LOOKS)
    return rows if sees_all(staff, referral) else rows.filter(actor_organization_id=staff.organization_id)
