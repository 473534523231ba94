"""Lists and reports may be read from a replica, where the code asks for it and the replica is near enough.

    rows = Organization.objects.using(replica.for_lists()).filter(…)

Nothing else ever goes there: the router sends every query that does not ask to the primary, so permissions, consents
and the audit are read where they are written, and what hangs on a row of a replica is fetched from the primary.

Who has just written sees what they wrote: the answer to a writing request carries, signed, how far the primary's log
was, and until the replica has come that far this person's lists are read from the primary. Nothing here relies on the
session of a database connection, so a transaction pooler may stand in between.
"""

import logging
import time
from contextvars import ContextVar

from django.conf import settings
from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)

PRIMARY, REPLICA = "default", "replica"
COOKIE = "seen"
COOKIE_AGE = 300  # a replica further behind than this is not asked anyway
LAG = "30 seconds"
AWAY_FOR = 30.0
READS = {"GET", "HEAD", "OPTIONS", "TRACE"}

# How far the replica must have come for the person of this request.
_position: ContextVar[str] = ContextVar("position", default="0/0")
_away_until = 0.0

# A replica that was promoted is nobody's replica any more, but it answers. One that receives nothing is behind without
# knowing it; one that has replayed all it received is not behind, however old the last change is.
NEAR_ENOUGH = """
select not pg_is_in_recovery() or (
    pg_last_wal_replay_lsn() >= %s::pg_lsn
    and exists (select from pg_stat_wal_receiver)
    and (pg_last_wal_replay_lsn() = pg_last_wal_receive_lsn()
         or pg_last_xact_replay_timestamp() > now() - %s::interval))
"""


class Router:
    """Whatever does not ask for the replica by name goes to the primary."""

    def db_for_read(self, model, **hints):
        return PRIMARY

    def db_for_write(self, model, **hints):
        return PRIMARY

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == PRIMARY


def for_lists() -> str:
    """The alias for a list or report that may lag behind by seconds."""
    global _away_until
    if REPLICA not in settings.DATABASES or time.monotonic() < _away_until:
        return PRIMARY
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(NEAR_ENOUGH, [_position.get(), LAG])
            return REPLICA if cursor.fetchone()[0] else PRIMARY
    except DatabaseError:
        logger.warning("The replica does not answer; lists are read from the primary.", exc_info=True)
        connections[REPLICA].close_if_unusable_or_obsolete()
        _away_until = time.monotonic() + AWAY_FOR
        return PRIMARY


def sticky(get_response):
    """Middleware: whoever has written is not shown an older state."""
    if REPLICA not in settings.DATABASES:
        return get_response

    def middleware(request):
        seen = request.get_signed_cookie(cookie_name(), default=None, salt=__name__, max_age=COOKIE_AGE)
        token = _position.set(seen or "0/0")
        try:
            response = get_response(request)
        finally:
            _position.reset(token)
        if request.method not in READS:
            _remember(response)
        return response

    return middleware


def cookie_name():
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


def _remember(response):
    try:
        with connections[PRIMARY].cursor() as cursor:
            cursor.execute("select pg_current_wal_lsn()::text")
            position = cursor.fetchone()[0]
    except DatabaseError:
        return
    response.set_signed_cookie(
        cookie_name(), position, salt=__name__, max_age=COOKIE_AGE, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
