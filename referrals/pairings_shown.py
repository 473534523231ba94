"""Pairings beside a case: who comes, how often, and may this person begin another."""

from django.db.models import Count

from referrals.actions.pairings import GOES_ON_IN
from referrals.models import Pairing


def of_case(staff, referral):
    """For the page of a referral."""
    rows = Pairing.objects.visible_to(staff).filter(referral=referral).annotate(times=Count("visits"))
    is_receiver = referral.receiver_id == staff.organization_id and "pairing.edit" in staff.permissions
    return {"pairings": list(rows), "may_pair": is_receiver and referral.state in GOES_ON_IN}


def count_late(staff):
    """Whose next visit is past its day, of one's own unit."""
    return Pairing.objects.filter(organization=staff.organization_id).waiting().count()
