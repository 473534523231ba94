"""Telling others, without losing or doubting a word.

`put()` writes a row in the business transaction: it is there if and only if the change is. A sweep finds what is due,
leases it in batches and hands it to Celery; a worker claims one message at a time, runs its handler and marks it
delivered in one transaction. What a handler does in the database is therefore seen once; what it does outside (a
mail) at least once. Broker down, worker killed: the lease ends and the next sweep finds the message again.

The lease is a fence: a task that comes too late holds an old lease and is turned away. Nothing here relies on the
database session (no LISTEN, no session locks), so a transaction pooler may stand between.
"""

import logging
import random
import threading
import time
from datetime import timedelta

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import OutboxMessage

BATCH = 500
IDS_PER_TASK = 100
MAX_IN_FLIGHT = 10_000
MAX_ATTEMPTS = 8
KEEP_DELIVERED = timedelta(days=30)
SWEEP_TASK = "members.tasks.sweep_outbox"
DELIVER_TASK = "members.tasks.deliver"
QUEUE = "notify"

logger = logging.getLogger(__name__)
_handlers, _labels, _queues = {}, {}, {}


class Undeliverable(Exception):  # noqa: N818 - said by a handler, shown on the screen
    """A handler says why it cannot deliver, in words without personal data. `is_final` spares further tries."""

    def __init__(self, reason, *, is_final=False):
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


def handler(topic, label="", *, queue=QUEUE):
    """Register the function that delivers messages of a topic: `deliver_mail(message)`, in an app's `tasks.py`.

    A topic that waits for others has a queue of its own, and a task for each message: it holds up nobody else.
    """

    def register(function):
        if topic in _handlers:
            raise ValueError(f"two handlers for the topic {topic}")
        _handlers[topic] = function
        _labels[topic], _queues[topic] = label, queue
        return function

    return register


def label_of(topic):
    return str(_labels.get(topic) or topic)


def put(topic, payload, *, dedup_key=None, available_at=None):
    """Leave a message in the transaction of the change it tells of. A known `dedup_key` is left out silently."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("outbox.put() belongs inside the transaction of the change")
    message = OutboxMessage(topic=topic, payload=payload, dedup_key=dedup_key)
    if available_at:
        message.available_at = available_at
    if dedup_key is None:
        message.save(force_insert=True)
    else:
        OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    if settings.OUTBOX_NUDGE and not available_at:
        transaction.on_commit(_nudge.ring, robust=True)


# -- The sweep --------------------------------------------------------------------------------------------------------
def sweep(send=None, room=None):
    """Hand what is due to the workers, batch by batch, and say how many. Any number of sweeps may run at once."""
    send = send or _send
    room = _room() if room is None else room
    handed_over = 0
    while handed_over < room:
        lease = timezone.now() + timedelta(seconds=settings.OUTBOX_LEASE)
        leased = _lease(min(BATCH, room - handed_over), lease)
        portions = list(_portions(leased))
        for number, (ids, options) in enumerate(portions):
            try:
                send(ids, lease.isoformat(), **options)
            except Exception:
                _release([pk for rest, _options in portions[number:] for pk in rest], lease)
                raise
        handed_over += len(leased)
        if len(leased) < BATCH:
            break
    return handed_over


def _portions(leased):
    """(ids, options of `send`): many quick ones to a task, of the slow ones one."""
    quick = [pk for pk, topic in leased if _queues.get(topic, QUEUE) == QUEUE]
    for start in range(0, len(quick), IDS_PER_TASK):
        yield quick[start : start + IDS_PER_TASK], {}
    for pk, topic in leased:
        if _queues.get(topic, QUEUE) != QUEUE:
            yield [pk], {"queue": _queues[topic]}


def _send(ids, lease, queue=QUEUE):
    current_app.send_task(DELIVER_TASK, (ids, lease), expires=settings.OUTBOX_LEASE, queue=queue)


def _room():
    """How many more may be in the workers' hands: a backlog is not handed over again and again."""
    in_flight = OutboxMessage.pending.filter(available_at__gt=timezone.now(), locked_until__isnull=False)
    return MAX_IN_FLIGHT - in_flight.order_by()[:MAX_IN_FLIGHT].count()


def _lease(limit, until):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with due as (
                select id from members_outboxmessage
                where delivered_at is null and dead_at is null and available_at <= %s
                order by available_at, id limit %s for update skip locked
            )
            update members_outboxmessage message set locked_until = %s, available_at = %s
            from due where message.id = due.id returning message.id, message.topic
            """,
            [timezone.now(), limit, until, until],
        )
        return sorted(cursor.fetchall())


def _release(ids, lease):
    OutboxMessage.pending.filter(pk__in=ids, locked_until=lease).update(locked_until=None, available_at=timezone.now())


# -- Delivery ---------------------------------------------------------------------------------------------------------
def deliver(ids, lease):
    """Deliver the messages of one task, each in a transaction of its own; returns how many."""
    return sum(_deliver_one(pk, lease) for pk in ids)


def _deliver_one(pk, lease):
    attempt = _claim(pk, lease)
    if attempt is None:
        return False  # delivered meanwhile, in another's hands, or leased to a later task
    if attempt > MAX_ATTEMPTS:
        _postpone(pk, Undeliverable(_("投递时处理程序多次中断。"), is_final=True))
        return False
    try:
        with transaction.atomic():
            message = OutboxMessage.pending.select_for_update(skip_locked=True).filter(pk=pk).first()
            if message is None:
                return False
            _handler_of(message.topic)(message)
            OutboxMessage.objects.filter(pk=pk).update(delivered_at=timezone.now(), locked_until=None, last_error="")
    except Exception as error:  # whatever a handler raises is written down, and the next message has its turn
        logger.warning("outbox message %s not delivered", pk, exc_info=not isinstance(error, Undeliverable))
        _postpone(pk, error)
        if isinstance(error, SoftTimeLimitExceeded):
            raise
        return False
    return True


def _claim(pk, lease):
    """Count the try, before it begins: a message that kills its worker is given up too. Waits for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update members_outboxmessage set attempts = attempts + 1 where id in (
                select id from members_outboxmessage
                where id = %s and locked_until = %s and delivered_at is null and dead_at is null
                for update skip locked
            )
            returning attempts
            """,
            [pk, lease],
        )
        row = cursor.fetchone()
    return row and row[0]


def _handler_of(topic):
    if topic not in _handlers:
        raise Undeliverable(_("没有程序处理“%(topic)s”类消息。") % {"topic": topic}, is_final=True)
    return _handlers[topic]


def _postpone(pk, error):
    """Try again later, each time after a longer while, or give up."""
    message = OutboxMessage.pending.filter(pk=pk).first()
    if message is None:
        return
    message.locked_until = None
    message.last_error = reason_of(error)[:500]
    if message.attempts >= MAX_ATTEMPTS or getattr(error, "is_final", False):
        message.dead_at = timezone.now()
    else:
        message.available_at = timezone.now() + backoff(message.attempts)
    message.save(update_fields=["locked_until", "last_error", "dead_at", "available_at"])


def backoff(attempts):
    """15 s, 45 s, 2 min, 7 min … 3 h, a quarter more or less, so that those who failed together return apart."""
    return timedelta(seconds=15 * 3 ** (attempts - 1) * random.uniform(0.75, 1.25))  # noqa: S311


def reason_of(error):
    """What went wrong, without the words of the error: those may hold an address or a name."""
    if isinstance(error, Undeliverable):
        return error.reason
    frame, place = error.__traceback__, ""
    while frame:
        module = frame.tb_frame.f_globals.get("__name__", "")
        if module.split(".")[0] in {"members", "programs", "referrals", "portal"}:
            place = f"{module}:{frame.tb_lineno}"
        frame = frame.tb_next
    detail = f" {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{detail} ({place})"


def prune():
    """Delete what was delivered long ago; returns how many."""
    old = OutboxMessage.objects.filter(delivered_at__lt=timezone.now() - KEEP_DELIVERED)
    return old._raw_delete("default")


def figures():
    """How it stands: what waits, what is with the workers, what died, what was delivered today; the oldest."""
    now = timezone.now()
    pending = OutboxMessage.pending
    oldest = pending.order_by("created_at").values_list("created_at", flat=True).first()
    return {
        "waiting": pending.filter(locked_until=None).count(),
        "retried": pending.filter(locked_until=None, attempts__gt=0).count(),
        "in_flight": pending.filter(locked_until__isnull=False).count(),
        "dead": OutboxMessage.objects.filter(dead_at__isnull=False).count(),
        "delivered": OutboxMessage.objects.filter(delivered_at__gt=now - timedelta(days=1)).count(),
        "oldest": oldest,
    }


def dead_count(staff):
    """How many messages were given up; the same for everyone who may send them again."""
    return OutboxMessage.objects.filter(dead_at__isnull=False).count()


def oldest_wait():
    """Seconds that the oldest due message has been waiting: the health page's measure of the whole line."""
    now = timezone.now()
    due = OutboxMessage.pending.filter(available_at__lte=now).order_by("available_at", "id")
    since = due.values_list("available_at", flat=True).first()
    return (now - since).total_seconds() if since else 0.0


# -- The nudge --------------------------------------------------------------------------------------------------------
class Nudge:
    """Wakes the sweep soon after a commit, from a thread of its own: a request never waits for the broker.

    Several commits within a moment become one wake-up. When the broker is away nothing is lost: the timetable's sweep
    finds the rows.
    """

    PAUSE = 0.05

    def __init__(self):
        self._bell = threading.Event()
        self._thread = None

    def ring(self):
        self._bell.set()
        if self._thread is None or not self._thread.is_alive():  # none yet in this process, or left in the parent
            self._thread = threading.Thread(target=self._listen, name="outbox-nudge", daemon=True)
            self._thread.start()

    def _listen(self):
        while self._bell.wait():
            self._bell.clear()
            try:
                current_app.send_task(SWEEP_TASK, expires=10, retry=False)
            except Exception as error:
                logger.info("the sweep could not be woken: %s", type(error).__name__)
            time.sleep(self.PAUSE)


_nudge = Nudge()
