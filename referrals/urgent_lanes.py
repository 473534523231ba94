"""救急难 as it is listed and shown: which data may go, who still owes what, how many there were."""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from referrals.models import Referral, UrgentLane

HOURS = 72
# So much that somebody can be found and saved, and nothing more.
ITEMS = (
    "name", "gender", "birth_date", "phone", "residence", "address", "guardian", "circumstances", "needs", "care",
    "diagnosis", "treatment",
)  # fmt: skip
LEAST = ("name", "phone", "residence", "address", "circumstances", "needs")
PAPERS_DAYS = 20
_S = UrgentLane.State


def due_from(moment):
    return moment + timedelta(hours=HOURS)


def visible_to(staff):
    return UrgentLane.objects.filter(referral__in=Referral.objects.visible_to(staff)).exclude(state=_S.ASKED)


def wanting():
    """A consent, or papers, are still to come."""
    return Q(state__in=[_S.OPEN, _S.LAPSED]) | Q(state=_S.CONSENTED, papers_done_at=None)


def count_wanting(staff):
    """Of one's own unit, up to a hundred: for the page 今天."""
    rows = UrgentLane.objects.filter(wanting(), referral__sender=staff.organization_id)
    return rows.exclude(state=_S.ASKED).order_by()[:100].count()


def figures(rows):
    """How many, and what became of them: for whoever oversees."""
    return rows.aggregate(
        all=Count("pk"),
        consented=Count("pk", filter=Q(state=_S.CONSENTED)),
        open=Count("pk", filter=Q(state=_S.OPEN)),
        lapsed=Count("pk", filter=Q(state=_S.LAPSED)),
        closed=Count("pk", filter=Q(state=_S.CLOSED)),
        papers=Count("pk", filter=Q(papers_done_at=None, papers_due_on__lt=timezone.localdate()) & ~Q(state=_S.CLOSED)),
    )


def section(referral, permitted):
    """For the page of the case: the lane, and its words for whoever may see the person."""
    if not referral.is_urgent_lane:
        return None
    lane = UrgentLane.objects.select_related("asked_by", "approved_by").filter(referral=referral).first()
    return {"lane": lane, "words": lane.words if permitted else ""} if lane else None
