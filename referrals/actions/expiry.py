"""By the clock: consents that end soon are warned of once, and what stood on ended ones is closed in the log."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members import audit
from referrals.actions.provisions import end_uncovered
from referrals.actions.renewals import renew_lists
from referrals.models import Consent, Provision

WARN_BEFORE = timedelta(days=30)
BATCH = 500


def warn_of_expiry(on=None):
    """Whoever keeps the person hears of it a month ahead (the page 今天); returns how many were new."""
    on = on or timezone.localdate()
    rows = Consent.objects.given().filter(expiry_warned_at=None, valid_until__gte=on, valid_until__lte=on + WARN_BEFORE)
    return sum(_warn(consent) for consent in rows.select_related("person")[:BATCH])


def _warn(consent):
    with transaction.atomic():
        if not Consent.objects.filter(pk=consent.pk, expiry_warned_at=None).update(expiry_warned_at=timezone.now()):
            return False
        audit.record(None, "consent.warn", consent, organization=consent.organization)
    return True


def end_expired(on=None):
    """The road is closed already; here its end is written down, and what a newer consent covers is listed anew for the
    cases that go on. Returns how many lists ended."""
    on = on or timezone.localdate()
    over = Provision.objects.open().filter(consent__valid_until__lt=on).order_by("pk")
    consents = Consent.objects.filter(pk__in=over.values("consent")[:BATCH]).select_related("person", "organization")
    return sum(len(_end(consent)) for consent in consents)


def _end(consent):
    with transaction.atomic():
        ended = end_uncovered(None, consent, Provision.Ended.EXPIRED)
        if ended:
            audit.record(
                None, "disclosure.expire", consent, organization=consent.organization,
                changes={"ended": [None, len(ended)]},
            )  # fmt: skip
            renew_lists(None, consent.person)
    return ended
