"""Cases shared with one more party: who may share, what a task needs at least, whom it may be shared with."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.backends import ObjectPermissionBackend

from members.kinds import BUREAU_KINDS
from members.models import RoleAssignment, Staff
from members.roles import ADMINISTRATORS, ROLES
from referrals import case_notes, disclosure, turns
from referrals.items import ITEMS, Purpose, in_order
from referrals.kinds import ShareTask
from referrals.models import Consent, Provision, Referral, ReferralGrant, ReferralShare
from referrals.permissions import may
from referrals.workflow import LIVE, State

READ = "read_shared_referral"
# A share is for a task: who has more to do is sent a referral.
MOST_HOLDERS, MOST_SHARES = 5, 20
# While somebody works on it.
WHILE = LIVE - {State.DRAFT, State.REVIEW}
# What each task cannot do without; every item more wants a reason of its own.
LEAST = {
    ShareTask.TREATMENT: ("name", "gender", "birth_date", "phone", "diagnosis", "treatment"),
    ShareTask.FEES: ("name", "number", "treatment", "cost"),
    ShareTask.SCHOOLING: ("name", "birth_date", "phone", "education"),
    ShareTask.SOCIAL_WORK: ("name", "phone", "residence", "circumstances", "needs"),
    ShareTask.CARE: ("name", "phone", "address", "care", "needs"),
    ShareTask.OTHER: ("name", "needs"),
}
READERS = [role for role, held in ROLES.items() if {"received.view", "referral.view"} <= held.keys()]


class LiveGrantBackend(ObjectPermissionBackend):
    """Guardian knows no expiry and no revocation: this one answers for referrals, and for nothing else."""

    def has_perm(self, user_obj, perm, obj=None):
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj, obj=None):
        if not isinstance(obj, Referral) or not isinstance(user_obj, Staff):
            return set()
        held = ReferralGrant.objects.held_by(user_obj).filter(content_object=obj).exists()
        return {f"referrals.{READ}"} if held else set()


# -- Giving -----------------------------------------------------------------------------------------------------------
def may_share(staff, referral):
    """Whoever works on the case, on the side that keeps the person's record: only they pass anything on."""
    return bool(case_notes.side_of(staff, referral)) and may(staff, "disclosure.provide", referral.person)


def why_not_now(staff, referral):
    """What keeps them from sharing it now, in a sentence; empty when nothing does."""
    if State(referral.state) not in WHILE:
        return _("个案发出以后、办结以前才能共享。")
    return case_notes.why_not_write(staff, referral)


def parties_for(referral):
    """code -> unit: what the person's consents name beside the two sides, or would name; civil affairs sees by area."""
    rows = Consent.objects.of(referral.person).in_time().filter(purpose=Purpose.REFER_TO_ORG).with_terms()
    found = {}
    for consent in rows:
        if not disclosure.is_outgrown(consent, referral.person):
            found |= disclosure.recipients_of(consent)
    return {code: unit for code, unit in found.items() if not why_no_party(referral, unit)}


def why_no_party(referral, unit):
    if unit.pk in (referral.sender_id, referral.receiver_id, referral.person.keeper_id):
        return _("%(unit)s本来就在办理这件个案。") % {"unit": unit}
    if unit.kind in BUREAU_KINDS:
        return _("民政部门和镇街按辖区查看，不用共享；要它办理的，请转介。")
    if unit.is_suspended:
        return _("%(unit)s已被暂停，不能共享给它。") % {"unit": unit}
    return ""


def people_of(unit, referral):
    """Of the unit those who may read what is passed on, without kin of the person."""
    held = RoleAssignment.objects.held().filter(role__in=READERS, staff__organization=unit).values("staff")
    rows = Staff.objects.active().filter(organization=unit, pk__in=held).order_by("name", "pk")
    return [one for one in rows if not one.roles & ADMINISTRATORS and not turns.related_words(one, referral.person)]


def offered(referral, party, task):
    """([item, is agreed] of what the task needs at least, [items] that the person agreed to besides)."""
    agreed = set(disclosure.covered(referral.person, party, Purpose.REFER_TO_ORG, list(ITEMS)).by_item)
    least = LEAST[ShareTask(task)]
    return [(item, item.code in agreed) for item in in_order(least)], in_order(agreed - set(least))


# -- Reading ----------------------------------------------------------------------------------------------------------
def held_by(staff):
    """What is shared with this person now, what ends first on top."""
    held = ReferralGrant.objects.held_by(staff).values("share")
    rows = ReferralShare.objects.open().filter(pk__in=held).select_related("organization")
    return rows.order_by("expires_on", "pk")


def ended_with(staff):
    """What was shared with this person and is over, where nobody has said yet that copies were deleted."""
    mine = ReferralShare.objects.filter(grants__user=staff, party=staff.organization_id)
    kept = Provision.objects.filter(share=OuterRef("pk"), ended_at__isnull=False, deleted_at=None)
    over = mine.filter(Exists(kept), ended_at__isnull=False)
    return over.select_related("organization").order_by("-pk")


def count_held(staff):
    """Asked by the menu of every page; nothing is shared with a bureau, which sees its area anyway."""
    return 0 if staff.organization.kind in BUREAU_KINDS else held_by(staff).count()


def count_to_confirm(staff):
    return ended_with(staff).count()


def of_case(referral):
    """Every share of a case with the people it names, the newest first: for 谁能看到."""
    rows = referral.shares.select_related("party", "given_by", "organization", "ended_by").prefetch_related(
        "grants__user"
    )
    return list(rows.order_by("-pk"))


def is_shown_to(staff, share):
    """Is this person one of those it was given to, whether it still counts or not?"""
    is_named = share.grants.filter(user=staff).exists()
    return is_named and share.party_id == staff.organization_id and not staff.has_only_roles


def days_left(share):
    return (share.expires_on - timezone.localdate()).days
