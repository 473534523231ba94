"""What the clock and the outbox set in motion; thin. The timetable is in portal/celery.py."""

from datetime import date

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from members import calendar, exports, jobs, mails, outbox, seals, webhooks
from members.actions.staff import suspend_unused
from portal.lib import partitions


@shared_task
def sweep_outbox():
    outbox.sweep()


@shared_task
def deliver(ids, lease):
    outbox.deliver(ids, lease)


@shared_task
def prune_outbox():
    outbox.prune()
    webhooks.prune()


@shared_task(soft_time_limit=55 * 60, time_limit=60 * 60)
def run_job(code):
    jobs.run(code)


@shared_task
def reap_jobs():
    jobs.reap()


@shared_task
def prune_jobs():
    jobs.prune()


@shared_task
def seal_audit():
    seals.seal()


@shared_task
def anchor_audit():
    seals.anchor()


@shared_task
def make_audit_months():
    partitions.ensure("members_auditentry")


@outbox.handler("calendar.changed", _("工作日历变动"))
def tell_calendar(message):
    calendar.tell(*(date.fromisoformat(message.payload[name]) for name in ("first", "last")))


@outbox.handler(webhooks.TOPIC, _("事件推送"), queue="outside")
def send_webhook(message):
    webhooks.send(message.payload["delivery"])


@outbox.handler("job.run", _("后台作业"))
def hand_over_job(message):
    jobs.hand_over(message.payload["job"])


@outbox.handler("mail.password_reset", _("重设口令的邮件"))
def send_password_reset(message):
    mails.send_password_reset(message.payload["staff"])


@jobs.runner("audit.export", _("导出审计记录"), permission="audit.export")
def export_audit(job, progress):
    return exports.export_audit(job, progress)


@jobs.runner("audit.verify", _("核对审计记录"), permission="audit.verify")
def verify_audit(job, progress):
    return exports.verify_audit(job, progress)


@outbox.handler("mail.invitation", _("邀请邮件"))
def send_invitation(message):
    mails.send_invitation(message.payload["invitation"], message.payload["round"])


@shared_task
def suspend_unused_staff():
    suspend_unused()
