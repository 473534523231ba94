"""Working off a screening list: each entry is looked at by somebody, with an outcome."""

from django.db import transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import screening, timeline
from referrals.kinds import ScreeningList, ScreeningOutcome
from referrals.models import ScreeningReview
from referrals.permissions import demand, refuse_related


def review_entry(actor, person, which, outcome, note=""):
    _demand(actor, person, outcome, note)
    if not screening.candidates(actor, which).filter(pk=person.pk).exists():
        raise Refusal(_("此人已经不在这份名单上。"))
    return _write(actor, person, ScreeningReview(list=which), outcome, note)


def review_fit(actor, person, program, outcome, note=""):
    """Of the list of those who fit a program, or might: what was done. With news of the person they are back on it."""
    _demand(actor, person, outcome, note)
    if not screening.is_meant(person, program):
        raise Refusal(_("此人已经不符合这个项目的条件。"))
    return _write(actor, person, ScreeningReview(list=ScreeningList.FITS, program=program), outcome, note)


def _demand(actor, person, outcome, note):
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    if outcome == ScreeningOutcome.OTHER and not note.strip():
        raise Refusal(_("选“其他”的，请写明。"), field="note")


def _write(actor, person, review, outcome, note):
    with transaction.atomic():
        # First what happened, then the review: what it brings about itself is no news afterwards.
        words = {"outcome": ScreeningOutcome(outcome).label, "note": note.strip()}
        review.person, review.outcome, review.reviewed_by = person, outcome, actor
        review.private = {"note": note.strip()} if note.strip() else {}
        review.save()
        timeline.record("screened", actor, person=person, list=str(review), **words)
        audit.record(actor, "screening.review", person, organization=person.keeper, reason=str(review))
    return review
