"""The Celery app of the tests' worker: ours, with handlers and runners that a test can hold up and watch."""

import os
import time
from pathlib import Path

import django
from celery.signals import worker_ready

from portal.celery import app  # noqa: F401 - found here by `celery -A`

django.setup()

from django.conf import settings  # noqa: E402 - after the set-up

from members import audit, jobs, outbox  # noqa: E402 - after the set-up

# A server of the test's own is on this machine, and has no certificate.
settings.WEBHOOK_PLAIN_HTTP, settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PORTS = True, ["127.0.0.0/8"], []


@worker_ready.connect
def say_ready(**_):
    Path(os.environ["TEST_WORKER_READY"]).touch()


@outbox.handler("test.mark")
def leave_mark(message):
    """A change in the database, then whatever holds it up."""
    audit.record(None, "job.start", reason=message.payload["mark"])
    wait_for_go(message.payload)


@jobs.runner("test.walk", "试验作业")
def walk(job, progress):
    for number in range(1, job.parameters["steps"] + 1):
        progress.step(number, job.parameters["steps"])
        wait_for_go(job.parameters)
    path = progress.folder / "result.txt"
    path.write_text("到了")
    return jobs.Result("走完。", path, "结果.txt")


def wait_for_go(parameters):
    if folder := parameters.get("folder"):
        Path(folder, "started").touch()
        while not Path(folder, "go").exists():
            time.sleep(0.02)
