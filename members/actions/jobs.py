"""Stopping a job, taking its result along, having looked at it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.jobs import refuse_fetching
from members.models import Job
from portal.lib import uploads


@transaction.atomic
def cancel_job(actor, job):
    """A job that waits is stopped at once; one at work stops at its next step."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, cancel_requested_at=None)
    stopped = waiting.update(
        state=Job.State.CANCELLED,
        cancel_requested_at=now,
        finished_at=now,
        seen_at=now,
        message=_("还没有开始就已取消。"),
    )
    if not stopped and not running.update(cancel_requested_at=now):
        raise Refusal(_("这项作业已经结束或正在停止，不需要再取消。"))
    audit.record(actor, "job.cancel", job, organization=job.organization, reason=job.kind)
    return job


@transaction.atomic
def download_job(actor, job):
    """The result as an attachment; what leaves the house leaves a line."""
    if not job.has_file:
        raise Refusal(_("结果文件已过期删除，请重新发起。"))
    refuse_fetching(job)
    audit.record(actor, "job.download", job, organization=job.organization, reason=job.kind)
    return uploads.download(job.file, job.file_name)


def see_job(job):
    """The owner has looked at the finished job: it is no news any more."""
    return Job.objects.filter(pk=job.pk, seen_at=None, finished_at__isnull=False).update(seen_at=timezone.now())
