"""What is known of leads as a set: those that may be about the same family, and how many wait for whom."""

from datetime import timedelta
from difflib import SequenceMatcher

from django.db.models import Q

from portal.lib.encrypted_fields import BlindIndexField
from referrals.models import Lead

# So long two messages from one village are likely to be about one thing.
RECENT = timedelta(days=14)
MOST = 5
LOOKED_AT = 100
ALIKE = 0.75


def similar_to(lead, staff):
    """By the same telephone at any time, or from nearly the same address within days."""
    rows = Lead.objects.for_triage(staff).exclude(pk=lead.pk).exclude(duplicate_of__isnull=False)
    rows = rows.select_related("area", "filed_by", "organization").order_by("-pk")
    around = Q(filed_at__gte=lead.filed_at - RECENT, filed_at__lte=lead.filed_at + RECENT, area=lead.area_id)
    found = [one for one in rows.filter(around)[:LOOKED_AT] if _is_near(one, lead)]
    if lead.phone:
        found += rows.filter(phone_index__in=BlindIndexField.of(Lead, "phone_index", lead.phone))[:MOST]
    return list({one.pk: one for one in found}.values())[:MOST]


def _is_near(one, lead):
    """Addresses lie sealed, so they are compared here: a house number more or less is the same street."""
    return one.place == lead.place or SequenceMatcher(None, one.place, lead.place).ratio() >= ALIKE


def count_waiting(staff):
    """Up to a thousand, not yet taken up or taken up by this person."""
    rows = Lead.objects.for_triage(staff).waiting().filter(Q(taken_by=None) | Q(taken_by=staff.pk))
    return rows.order_by()[:1000].count()


def count_late(staff):
    return Lead.objects.for_triage(staff).late().order_by()[:1000].count()


def count_answered(staff):
    return Lead.objects.answered_unseen(staff).count()
