"""How many economic checks wait for whom."""

from django.utils import timezone

from referrals.models import EconomicCheck


def count_to_answer(staff):
    return EconomicCheck.objects.to_answer(staff).count()


def count_late(staff):
    return EconomicCheck.objects.to_answer(staff).filter(due_on__lt=timezone.localdate()).count()


def count_answered(staff):
    """Told to one's unit and not looked at."""
    rows = EconomicCheck.objects.filter(organization=staff.organization_id, seen_at=None)
    return rows.exclude(decided_at=None).count()
