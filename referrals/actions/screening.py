"""Working off a screening list: each entry is looked at by somebody, with an outcome."""

from django.db import transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import screening, timeline
from referrals.kinds import ScreeningOutcome
from referrals.models import ScreeningReview
from referrals.permissions import demand, refuse_related


def review_entry(actor, person, which, outcome, note=""):
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    if outcome == ScreeningOutcome.OTHER and not note.strip():
        raise Refusal(_("选“其他”的，请写明。"), field="note")
    if not screening.candidates(actor, which).filter(pk=person.pk).exists():
        raise Refusal(_("此人已经不在这份名单上。"))
    with transaction.atomic():
        # First what happened, then the review: what it brings about itself is no news afterwards.
        words = {"outcome": ScreeningOutcome(outcome).label, "note": note.strip()}
        review = ScreeningReview(person=person, list=which, outcome=outcome, reviewed_by=actor)
        review.private = {"note": note.strip()} if note.strip() else {}
        review.save()
        timeline.record("screened", actor, person=person, list=review.get_list_display(), **words)
        audit.record(actor, "screening.review", person, organization=person.keeper, reason=review.get_list_display())
    return review
