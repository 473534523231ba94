"""What the clock and the outbox set in motion; thin. The timetable is in portal/celery.py."""

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from members import jobs, outbox
from referrals import mails, own_copies
from referrals.actions import expiry, fact_sheets, places


@shared_task
def warn_of_expiry():
    expiry.warn_of_expiry()


@shared_task
def end_expired_provisions():
    expiry.end_expired()


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def renew_fact_sheets():
    fact_sheets.renew_due()


@shared_task
def follow_areas():
    """After a reform of divisions nobody falls out of sight."""
    places.follow_areas()
    places.follow_keepers()


@outbox.handler("lead.answered", _("线索有了结果"))
def tell_finder(message):
    mails.tell_finder(message.payload["lead"])


@outbox.handler("lead.urgent", _("紧急线索"))
def tell_of_urgent(message):
    mails.tell_of_urgent(message.payload["lead"])


@jobs.runner("person.copy", _("个人信息副本"), permission="subject_request.answer")
def export_copy(job, progress):
    return own_copies.export_copy(job, progress)
