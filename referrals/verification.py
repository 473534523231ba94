"""What a bureau does to verify what a charity told it: a visit, an economic check, a look into its own records."""

from dataclasses import dataclass

from portal.lib.encrypted_fields import BlindIndexField
from referrals import disclosure, minors, turns
from referrals.models import Lead, Person
from referrals.workflow import TO_BUREAU_KINDS, Side, State

# While it is looked into, and while the family is looked after.
WHILE = frozenset({State.RECEIVED, State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD})
MOST_LEADS = 5


@dataclass(frozen=True)
class Verification:
    """The section of the page. `own`: records of the same person that the bureau keeps itself; `leads`: messages that
    came in about this family before. Both only for whoever works on it."""

    visits: list
    checks: list
    own: list
    leads: list
    is_ours: bool
    may_visit: bool
    may_check: bool
    may_register: bool

    @property
    def is_open(self):
        return self.may_visit or self.may_check or self.may_register


def may_verify(staff, referral, permission):
    """By the receiver, while it has it in hand and may see the person."""
    if referral.kind not in TO_BUREAU_KINDS or State(referral.state) not in WHILE:
        return False
    is_ours = staff.organization_id == referral.receiver_id and permission in staff.permissions
    if not is_ours or turns.related_words(staff, referral.person):
        return False
    return bool(disclosure.permitted(staff, referral.person).items)


def section(staff, referral, permitted):
    """For everybody whom the case concerns: what was verified when, with which result; nothing of what was found."""
    if referral.kind not in TO_BUREAU_KINDS:
        return None
    is_ours = referral.side_of(staff.organization_id) == Side.RECEIVER
    looks = is_ours and bool(permitted) and "person.view" in staff.permissions
    return Verification(
        visits=list(referral.visits.select_related("organization")),
        checks=list(referral.checks.select_related("bureau")),
        own=own_records(staff, referral.person, permitted) if looks else [],
        leads=leads_about(staff, referral.person, permitted) if looks else [],
        is_ours=is_ours,
        may_visit=may_verify(staff, referral, "visit.record"),
        may_check=may_verify(staff, referral, "check.ask"),
        may_register=may_verify(staff, referral, "person.register"),
    )


def own_records(staff, person, permitted):
    """By the number where it was passed on, else by name and day of birth: those in sight of whoever looks."""
    seen = Person.objects.visible_to(staff).filter(merged_into=None).exclude(pk=person.pk).filter(minors.seen_by(staff))
    if "number" in permitted and person.number:
        rows = seen.with_number(person.number)
    elif {"name", "birth_date"} <= permitted.items and person.birth_date:
        rows = seen.filter(name=person.name, birth_date=person.birth_date)
    else:
        return []
    return list(rows.select_related("residence").order_by("pk")[:3])


def leads_about(staff, person, permitted):
    """Messages with the same telephone that still wait here: they end with this case, by hand."""
    if "phone" not in permitted:
        return []
    seen = Lead.objects.for_triage(staff).waiting().select_related("area", "organization")
    found = {}
    for phone in person.phones:
        for lead in seen.filter(phone_index__in=BlindIndexField.of(Lead, "phone_index", phone))[:MOST_LEADS]:
            found[lead.pk] = lead
    return list(found.values())
