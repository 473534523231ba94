"""What the clock and the outbox set in motion; thin. The timetable is in portal/celery.py."""

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from members import outbox
from programs import mails
from programs.actions.activities import start_what_begins
from programs.actions.fits import count_fits as count_all_fits
from programs.actions.fund_imports import forget_statements
from programs.actions.offers import remind_of_stale_offers


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def count_fits():
    count_all_fits()


@shared_task
def remind_of_offers():
    remind_of_stale_offers()


@shared_task
def forget_fund_statements():
    forget_statements()


@shared_task
def start_activities():
    start_what_begins()


@outbox.handler("mail.stale_offers", _("请单位确认服务供给的邮件"))
def send_stale_offers(message):
    mails.send_stale_offers(message.payload["unit"])
