"""Long work: a row that a person can watch, stop and come back to; done by a worker, never inside a request.

`start()` writes the row and its outbox message in one transaction. A worker claims the job, runs the function that is
registered for its kind and keeps the result file, encrypted, until it expires. A job whose worker was killed is found
by its silence (`reap()`): begun again once, then given up with a sentence.
"""

import logging
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members import outbox
from members.access import Refusal
from members.audit import Origin, origin_of_request, record
from members.models import Job
from portal.lib import uploads
from portal.lib.prepared import Prepared

KEEP_FILE = timedelta(days=7)
SILENCE = timedelta(minutes=5)
MAX_ATTEMPTS = 2
RUN_TASK = "members.tasks.run_job"

logger = logging.getLogger(__name__)
_runners = {}


class Cancelled(Exception):  # noqa: N818 - an answer, not an error
    """The owner asked to stop, or another worker has the job now."""


class Failed(Exception):  # noqa: N818 - an answer, not an error
    """A runner gives up and says why, in a sentence for the owner."""


@dataclass(frozen=True)
class Result:
    """What a runner hands back: one sentence, and perhaps a file under the name the owner will see."""

    message: str
    path: Path | None = None
    name: str = ""


@dataclass(frozen=True)
class Kind:
    code: str
    run: object
    label: str
    permission: str | None
    # function(job) that raises a Refusal when the result may be had no longer.
    still_open: object = None


def runner(kind, label, permission=None, still_open=None):
    """Register the function that does jobs of a kind: `export_audit(job, progress) -> Result`, in an app's `tasks.py`.

    The permission is asked for again when the work begins and when its result is fetched: rights may have ended since
    the wish. `still_open(job)` refuses a result that has been overtaken (a consent was withdrawn, say).
    """

    def register(function):
        if kind in _runners:
            raise ValueError(f"two runners for the kind {kind}")
        _runners[kind] = Kind(kind, function, label, permission, still_open)
        return function

    return register


def label_of(kind):
    return _runners[kind].label if kind in _runners else kind


def start(actor, kind, parameters=None, *, organization=None):
    """Ask for work to be done; returns the job, whose page the person is shown."""
    if kind not in _runners:
        raise LookupError(f"nobody does jobs of the kind {kind}")
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            owner=actor,
            organization=organization or actor.organization,
            parameters=parameters or {},
            origin=asdict(origin_of_request.get()),
        )
        outbox.put("job.run", {"job": job.code}, dedup_key=f"job.run:{job.code}:0")
        with translation.override(settings.LANGUAGE_CODE):  # whoever reads the audit, not whoever asked
            record(actor, "job.start", job, organization=job.organization, reason=str(label_of(kind)))
    return job


def hand_over(code):
    """Tell the workers of a job (the handler of the outbox's topic `job.run`)."""
    current_app.send_task(RUN_TASK, (code,), queue="export")


# -- At work ----------------------------------------------------------------------------------------------------------
class Progress:
    """The runner's line to the owner: where it stands, and whether to go on."""

    PAUSE = 0.5

    def __init__(self, job, folder):
        self.folder = folder
        self._job = job
        self._written_at = 0.0

    def step(self, done, total=None, note=""):
        """Say where the work stands; raises `Cancelled` when it is to stop. Cheap enough for every row."""
        now = time.monotonic()
        if now - self._written_at < self.PAUSE and done != total:
            return
        self._written_at = now
        mine = Job.objects.filter(pk=self._job.pk, state=Job.State.RUNNING, attempts=self._job.attempts)
        values = {"done": done, "heartbeat_at": timezone.now()}
        if total is not None:
            values["total"] = total
        if note:
            values["message"] = note[:200]
        if not mine.filter(cancel_requested_at=None).update(**values):
            raise Cancelled


def run(code):
    """Do one job, if it still waits. Whatever happens is written into its row."""
    if not Job.objects.filter(code=code, state=Job.State.WAITING).update(
        state=Job.State.RUNNING,
        attempts=F("attempts") + 1,
        started_at=timezone.now(),
        heartbeat_at=timezone.now(),
    ):
        return
    job = Job.objects.select_related("owner__organization", "organization").get(code=code)
    token = origin_of_request.set(Origin(**job.origin))
    try:
        with translation.override(job.owner.language), tempfile.TemporaryDirectory(prefix="job-") as folder:
            _run(job, Progress(job, Path(folder)))
    finally:
        origin_of_request.reset(token)


def _run(job, progress):
    try:
        _refuse_lost_rights(job)
        result = _runners[job.kind].run(job, progress) or Result("")
        _finish(job, result)
    except Cancelled:
        _close(job, Job.State.CANCELLED, message=_("已按您的要求停止，未保存结果。"))
    except Failed as failure:
        _close(job, Job.State.FAILED, error=str(failure))
    except SoftTimeLimitExceeded:
        _close(job, Job.State.FAILED, error=_("用时超过上限，已停止。请缩小范围后重试。"))
    except Exception:
        logger.exception("job %s failed", job.code)
        error = _("程序出错，已记入日志。请把作业编号 %(code)s 告诉系统管理员。") % {"code": job.code}
        _close(job, Job.State.FAILED, error=error)


def _refuse_lost_rights(job):
    if job.kind not in _runners:
        raise Failed(_("没有程序能处理这类作业，请联系系统管理员。"))
    permission = _runners[job.kind].permission
    if not job.owner.is_active or (permission and permission not in job.owner.permissions):
        raise Failed(_("您的权限已变更，这项作业没有执行。"))


def refuse_fetching(job):
    """What a person was once given to make is theirs to fetch only while they still may."""
    try:
        _refuse_lost_rights(job)
    except Failed as failure:
        raise Refusal(_("您的权限已变更，不能再下载这份结果。")) from failure
    if still_open := _runners[job.kind].still_open:
        still_open(job)


def _finish(job, result):
    values = {"message": result.message[:200]}
    if result.path:
        with open(result.path, "rb") as file:
            values["file"] = uploads.store_stream(file)
        values["file_name"] = result.name[:120]
        values["file_size"] = result.path.stat().st_size
        values["expires_at"] = timezone.now() + KEEP_FILE
    if not _close(job, Job.State.DONE, **values) and result.path:
        uploads.delete(values["file"])  # somebody else has the job now


def _close(job, state, **values):
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    return mine.update(state=state, finished_at=timezone.now(), **values)


# -- By the clock -----------------------------------------------------------------------------------------------------
def reap():
    """Find jobs whose worker fell silent, or that no worker ever heard of; returns how many."""
    quiet_since = timezone.now() - SILENCE
    silent = Q(state=Job.State.RUNNING, heartbeat_at__lt=quiet_since)
    unheard = Q(state=Job.State.WAITING, created_at__lt=quiet_since)
    return sum(_reap_one(job) for job in Job.objects.filter(silent | unheard).order_by("created_at")[:500])


def _reap_one(job):
    same = Job.objects.filter(pk=job.pk, state=job.state, attempts=job.attempts)
    if job.state == Job.State.WAITING:
        hour = f"{timezone.now():%Y%m%d%H}"
        with transaction.atomic():
            outbox.put("job.run", {"job": job.code}, dedup_key=f"job.run:{job.code}:{job.attempts}:{hour}")
        return False
    if job.cancel_requested_at:
        return same.update(state=Job.State.CANCELLED, finished_at=timezone.now(), message=_("已按您的要求停止。"))
    if job.attempts >= MAX_ATTEMPTS:
        error = _("处理中断且重试未成功。请稍后重新发起，或联系系统管理员。")
        return same.update(state=Job.State.FAILED, finished_at=timezone.now(), error=error)
    with transaction.atomic():
        begun_again = same.update(state=Job.State.WAITING, done=0, message=_("处理中断，正在重新开始。"))
        if begun_again:
            outbox.put("job.run", {"job": job.code}, dedup_key=f"job.run:{job.code}:{job.attempts}")
    return begun_again


def prune():
    """Delete result files that have expired; the rows stay. Returns how many."""
    expired = list(Job.objects.filter(expires_at__lt=timezone.now()).exclude(file="")[:500])
    for job in expired:
        uploads.delete(job.file)
        Job.objects.filter(pk=job.pk).update(file="")
    return len(expired)


def drop_files(kind, **parameters):
    """The results of some jobs are to be had no longer: what they are about is gone."""
    about = {f"parameters__{name}": value for name, value in parameters.items()}
    for job in Job.objects.filter(kind=kind, **about).exclude(file=""):
        transaction.on_commit(lambda key=job.file: uploads.delete(key))
        Job.objects.filter(pk=job.pk).update(file="")


def latest(kind):
    """The newest finished job of a kind, whoever asked for it."""
    return Job.objects.filter(kind=kind, finished_at__isnull=False).order_by("-finished_at").first()


def _unseen(owner):
    rows = Job.objects.filter(owner=owner, finished_at__isnull=False, seen_at=None).order_by()
    return rows.values("owner").annotate(number=Count("pk")).values_list("number")


_unseen_by = Prepared(_unseen, owner=int)


def unseen_count(staff):
    """How many finished jobs the owner has not looked at yet; every page says it."""
    return sum(number for (number,) in _unseen_by(owner=staff.pk))
