"""Is everything there that a request or a task needs? Answers with names and yes or no, never with reasons.

Reasons are in the logs: this page is open to whoever finds it.
"""

import logging
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from members.models import Heartbeat, OutboxMessage
from portal.celery import app

logger = logging.getLogger(__name__)

# How old a sign of life may be. An export may take as long as a task may last.
FRESH = {
    "worker": timedelta(seconds=90),
    "export": timedelta(minutes=40),
    "clock": timedelta(seconds=60),
}
OUTBOX_AGE = timedelta(minutes=10)


def parts() -> dict[str, bool]:
    """Each part of the machinery, and whether it works."""
    found = {"database": _has_database(), "broker": _has_broker()}
    return {**found, **(_signs_of_life() if found["database"] else dict.fromkeys([*FRESH, "outbox"], False))}


def _has_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        logger.warning("Not ready, for the database does not answer: %s", error)
        return False
    return True


def _has_broker() -> bool:
    """A connection of its own, closed again: the pool may hold one that died long ago."""
    try:
        with app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0.1, timeout=2)
            broker.default_channel.client.ping()
    except Exception as error:
        logger.warning("Not ready, for the broker does not answer: %s", error)
        return False
    return True


def _signs_of_life() -> dict[str, bool]:
    try:
        alive = {name: Heartbeat.objects.filter(name=name, at__gt=Now() - age).exists() for name, age in FRESH.items()}
        overdue = OutboxMessage.objects.filter(
            delivered_at=None, dead_at=None, available_at__lt=Now() - OUTBOX_AGE
        ).exists()
    except DatabaseError as error:
        logger.warning("Not ready, for the tables cannot be read: %s", error)
        return dict.fromkeys([*FRESH, "outbox"], False)
    return {**alive, "outbox": not overdue}
