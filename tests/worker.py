"""A real Celery worker and a real broker for the tests that need them, apart from everybody else's.

The broker is a Valkey of its own, so that a test may stop it; the worker is a process of its own on this test run's
database, so that a test may kill it. Both are started by the first test that asks for them.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import connection

from portal.celery import app
from portal.lib import embedded

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30


def wait_until(condition, every=0.05, meanwhile=None):
    """Wait for something that another process does; `meanwhile` is what the clock would do."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := condition():
            return result
        if meanwhile:
            meanwhile()
        time.sleep(every)
    raise AssertionError(f"waited {PATIENCE} s in vain")


def dying_with_us():
    """Before a command: whatever ends the tests ends it too."""
    return embedded._launcher(death=signal.SIGKILL)


class Broker:
    def __init__(self, folder):
        self.folder, self.socket, self.process = folder, folder / "valkey.sock", None
        self.url = f"redis+socket://{self.socket}"

    def start(self):
        options = {"port": "0", "unixsocket": self.socket, "dir": self.folder, "appendonly": "yes", "save": ""}
        arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [*dying_with_us(), embedded._valkey_binary(), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.answers)

    def answers(self):
        with contextlib.suppress(redis.RedisError):
            return redis.Redis(unix_socket_path=str(self.socket)).ping()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Worker:
    """One worker process group. `folder` is where its handlers leave their marks (tests/worker_app.py)."""

    def __init__(self, folder, broker):
        self.folder, self.broker, self.process = folder, broker, None
        self.ready = folder / "ready"

    def start(self):
        self.ready.unlink(missing_ok=True)
        database = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"])
        environment = {
            **os.environ,
            "DATABASE_URL": urlunsplit(database),
            "REDIS_URL": f"unix://{self.broker.socket}",
            "PORTAL_OUTBOX_LEASE": "2",
            "TEST_WORKER_READY": str(self.ready),
        }
        command = [sys.executable, "-m", "celery", "-A", "tests.worker_app", "worker", "-c", "1", "-l", "WARNING"]
        with open(self.folder / "worker.log", "ab") as log:
            self.process = subprocess.Popen(
                [*dying_with_us(), *command, "--without-gossip", "--without-mingle"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait(self):
        try:
            wait_until(self.ready.exists)
        except AssertionError:
            raise AssertionError((self.folder / "worker.log").read_text()[-3000:]) from None

    def kill(self):
        """kill -9, the whole group: nothing is tidied up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Background:
    """What the tests hold in their hands."""

    def __init__(self, folder):
        self.folder = folder
        self.broker = Broker(folder)
        self.worker = Worker(folder, self.broker)

    def start(self):
        self.broker.start()
        self.worker.start()
        self._point_app_at(self.broker.url)
        self.worker.wait()

    def stop(self):
        self.worker.kill()
        self.broker.stop()

    @staticmethod
    def tick():
        """What the timetable does every two seconds."""
        with contextlib.suppress(Exception):
            app.send_task("members.tasks.sweep_outbox", retry=False)

    def heal(self):
        """Whatever a test stopped or killed is up again for the next one."""
        if self.broker.process.poll() is not None:
            self.broker.start()
        if self.worker.process.poll() is not None:
            self.worker.start()
            self.worker.wait()

    @staticmethod
    def _point_app_at(url):
        settings.CELERY_BROKER_URL = url  # Celery reads through to Django's settings
        app._pool = None
        app.amqp._producer_pool = None
