"""What the clock and the outbox set in motion; thin. The timetable is in portal/celery.py."""

from celery import shared_task

from referrals.actions import expiry, places


@shared_task
def warn_of_expiry():
    expiry.warn_of_expiry()


@shared_task
def end_expired_provisions():
    expiry.end_expired()


@shared_task
def follow_areas():
    """After a reform of divisions nobody falls out of sight."""
    places.follow_areas()
    places.follow_keepers()
