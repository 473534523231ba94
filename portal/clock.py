"""The beat's scheduler: one of several beats holds the clock, and the database remembers what was sent when.

Celery's own scheduler keeps that in a file of its host: a second beat would send everything twice, and a host that is
replaced would forget that the nightly jobs are due. Jobs must nevertheless bear being sent twice: a beat that was
frozen for longer than its lease may wake up in the middle of a tick.
"""

import logging
import os
import secrets
import socket
import time
from datetime import timedelta

from celery.beat import Scheduler
from celery.schedules import crontab
from django.db import DatabaseError, connection

from members.actions import heartbeats
from members.models import Heartbeat

logger = logging.getLogger(__name__)
RENEW_EVERY = 5.0
REMEMBERED_FROM = timedelta(minutes=1)


class SharedClock(Scheduler):
    max_interval = 5
    sync_every = RENEW_EVERY

    def __init__(self, *args, **kwargs):
        self.holder = f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(4)}"
        self.is_leading = False
        self.is_refused = False
        self._renewed = float("-inf")
        super().__init__(*args, **kwargs)

    def tick(self, *args, **kwargs):
        """One look at the clock; how long to sleep before the next."""
        try:
            leads = self._leads()
        except DatabaseError as error:
            logger.warning("The clock cannot be held, for the database does not answer: %s", error)
            drop_dead_connection()
            leads = False
        self.is_leading = leads
        if not leads:
            return self.max_interval
        pause = super().tick(*args, **kwargs)
        if self.is_refused:
            self.is_refused = False
            return self.max_interval
        return pause

    def _leads(self):
        now = time.monotonic()
        if self.is_leading and now - self._renewed < RENEW_EVERY:
            return True
        drop_dead_connection()
        leads = heartbeats.hold_clock(self.holder)
        if leads and not self.is_leading:
            self._recall()
        self._renewed = now
        return leads

    def _recall(self):
        """Go on where the last holder stopped. What was never sent is due: at once, or, by crontab, at its hour."""
        names = {f"job:{name}": entry for name, entry in self.schedule.items()}
        sent = dict(Heartbeat.objects.filter(name__in=names).values_list("name", "at"))
        for name, entry in names.items():
            if name in sent:
                entry.last_run_at = sent[name]
            elif not isinstance(entry.schedule, crontab):
                entry.last_run_at = entry.default_now() - entry.schedule.run_every
        self._heap = None

    def apply_entry(self, entry, producer=None):
        """Send it and remember that; what could not be sent stays due."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
            if is_worth_remembering(entry):
                heartbeats.record_heartbeat(f"job:{entry.name}")
        except Exception as error:
            logger.warning("Periodic job %s was not sent and stays due: %s", entry.name, error)
            drop_dead_connection()
            self.schedule[entry.name] = entry
            self._heap = None
            self.is_refused = True

    def close(self):
        try:
            heartbeats.release_clock(self.holder)
        except DatabaseError:
            logger.warning("The clock was not handed back; its lease runs out by itself.")
        super().close()


def drop_dead_connection():
    """What Django does between requests; the beat has none."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def is_worth_remembering(entry):
    """What runs every few seconds is due after a restart anyway, and would write a row every few seconds."""
    return isinstance(entry.schedule, crontab) or entry.schedule.run_every >= REMEMBERED_FROM
