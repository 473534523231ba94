"""Pairings beside a case: who comes, how often, and may this person begin another."""

from django.db.models import Count

from referrals import case_notes, disclosure
from referrals.actions.pairings import GOES_ON_IN
from referrals.models import Pairing


def of_case(staff, referral):
    """For the page of a referral."""
    rows = Pairing.objects.visible_to(staff).filter(referral=referral).annotate(times=Count("visits"))
    is_receiver = referral.receiver_id == staff.organization_id and "pairing.edit" in staff.permissions
    return {"pairings": list(rows), "may_pair": is_receiver and referral.state in GOES_ON_IN}


def reads_words(staff, pairing):
    """What people wrote of their visits may name the family: it goes with the sight of the person, as notes do. What
    one's own unit wrote is its own, except for kin and for whoever has no approval for a child; of a place everybody
    reads who sees that there is a pairing."""
    if pairing.referral is None:
        return True
    person = pairing.referral.person
    if pairing.organization_id == staff.organization_id:
        return not case_notes.keeps_out(staff, person)
    return bool(disclosure.permitted(staff, person))


def count_late(staff):
    """Whose next visit is past its day, of one's own unit."""
    return Pairing.objects.filter(organization=staff.organization_id).waiting().count()
