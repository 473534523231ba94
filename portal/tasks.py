"""What only proves that the machinery works."""

import time

from celery import shared_task
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import jobs
from members.actions import heartbeats
from portal import stored_files

STEPS, PAUSE = 60, 0.25


@shared_task(name="portal.tasks.heartbeat")
def heartbeat(name):
    """Beat sends it, the broker carries it, a worker's process runs it, the database keeps it: all four are alive."""
    heartbeats.record_heartbeat(name)


@shared_task
def clean_files():
    """Stored files that no row names: what a crash between file and row left behind."""
    stored_files.clean()


@jobs.runner("styleguide.count", gettext_lazy("数到 60（样例）"))
def count_slowly(job, progress):
    """Fifteen seconds of nothing, so that progress and stopping can be seen on the styleguide."""
    for step in range(1, STEPS + 1):
        progress.step(step, STEPS, _("数到 %(step)d") % {"step": step})
        time.sleep(PAUSE)
    return jobs.Result(_("数完了。"))
