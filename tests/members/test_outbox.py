"""The outbox: written with the change, delivered after it, at least once and seen once."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from members import outbox
from members.models import OutboxMessage
from portal.celery import app


@pytest.fixture
def heard(monkeypatch):
    """What the topic "test" delivered, in order. A payload with "fail" raises it."""
    told = []

    def hear(message):
        told.append(message.payload)
        if "fail" in message.payload:
            raise message_error(message.payload["fail"])

    monkeypatch.setitem(outbox._handlers, "test", hear)
    return told


def message_error(kind):
    errors = {
        "final": outbox.Undeliverable("收件人已停用。", is_final=True),
        "os": ConnectionRefusedError(111, "refused"),
        "value": ValueError("somebody@example.org is unknown"),
    }
    return errors[kind]


def sweep_and_deliver():
    """The sweep, with the workers' part done at once."""
    return outbox.sweep(send=lambda ids, lease: outbox.deliver(ids, lease))


def make_due():
    OutboxMessage.pending.update(available_at=timezone.now(), locked_until=None)


@pytest.mark.django_db(transaction=True)
def test_a_message_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.put("test", {})
    assert OutboxMessage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_tells_nobody():
    with transaction.atomic():
        outbox.put("test", {"number": 1})
        transaction.set_rollback(True)
    assert OutboxMessage.objects.count() == 0


def test_a_message_is_delivered_once(db, heard):
    outbox.put("test", {"number": 1})
    assert sweep_and_deliver() == 1
    assert sweep_and_deliver() == 0
    assert heard == [{"number": 1}]
    message = OutboxMessage.objects.get()
    assert (message.attempts, message.locked_until, message.last_error) == (1, None, "")
    assert message.delivered_at is not None


def test_the_same_thing_is_said_once(db, heard):
    outbox.put("test", {"number": 1}, dedup_key="first")
    outbox.put("test", {"number": 2}, dedup_key="first")
    outbox.put("test", {"number": 3}, dedup_key="second")
    sweep_and_deliver()
    outbox.put("test", {"number": 4}, dedup_key="first")
    sweep_and_deliver()
    assert heard == [{"number": 1}, {"number": 3}]


def test_what_is_due_later_waits(db, heard):
    outbox.put("test", {"number": 1}, available_at=timezone.now() + timedelta(hours=1))
    assert sweep_and_deliver() == 0
    make_due()
    assert sweep_and_deliver() == 1


def test_a_leased_message_is_not_handed_over_again_until_the_lease_ends(db, heard):
    outbox.put("test", {"number": 1})
    taken = []
    assert outbox.sweep(send=lambda ids, lease: taken.append((ids, lease))) == 1
    assert outbox.sweep(send=lambda ids, lease: taken.append((ids, lease))) == 0
    OutboxMessage.pending.update(available_at=timezone.now())
    assert outbox.sweep(send=lambda ids, lease: taken.append((ids, lease))) == 1
    (late, now) = taken
    assert outbox.deliver(*late) == 0  # the worker that was too slow is turned away
    assert outbox.deliver(*now) == 1
    assert outbox.deliver(*now) == 0
    assert heard == [{"number": 1}]


def test_many_messages_go_out_in_tasks_of_a_hundred(db):
    OutboxMessage.objects.bulk_create(OutboxMessage(topic="test") for _ in range(1203))
    sizes = []
    assert outbox.sweep(send=lambda ids, lease: sizes.append(len(ids))) == 1203
    assert sizes == [100] * 12 + [3]


def test_a_backlog_is_not_handed_over_again_and_again(db):
    OutboxMessage.objects.bulk_create(OutboxMessage(topic="test") for _ in range(30))
    assert outbox.sweep(send=lambda ids, lease: None, room=20) == 20
    assert outbox._room() == outbox.MAX_IN_FLIGHT - 20
    assert outbox.sweep(send=lambda ids, lease: None, room=20) == 10


def test_a_broker_that_is_away_leaves_the_messages_due(db, heard):
    OutboxMessage.objects.bulk_create(OutboxMessage(topic="test") for _ in range(150))

    def send(ids, lease):
        if len(ids) < 100:
            raise ConnectionError
        outbox.deliver(ids, lease)

    with pytest.raises(ConnectionError):
        outbox.sweep(send=send)
    assert OutboxMessage.pending.filter(locked_until=None, available_at__lte=timezone.now()).count() == 50
    assert sweep_and_deliver() == 50


def test_a_failure_is_tried_again_later_and_does_not_hold_up_the_others(db, heard):
    outbox.put("test", {"fail": "value"})
    outbox.put("test", {"number": 2})
    sweep_and_deliver()
    assert heard == [{"fail": "value"}, {"number": 2}]
    message = OutboxMessage.pending.get()
    assert message.attempts == 1
    assert timedelta(seconds=10) < message.available_at - timezone.now() < timedelta(seconds=20)


def test_the_reason_on_the_screen_holds_no_words_of_the_error(db, heard):
    outbox.put("test", {"fail": "value"})
    outbox.put("test", {"fail": "os"})
    outbox.put("test", {"fail": "final"})
    sweep_and_deliver()
    unknown, away, final = OutboxMessage.objects.order_by("pk")
    assert unknown.last_error.startswith("ValueError (members.outbox:")
    assert "example.org" not in unknown.last_error
    assert away.last_error.startswith("ConnectionRefusedError refused (")
    assert final.last_error == "收件人已停用。"
    assert (unknown.dead_at, away.dead_at) == (None, None)
    assert final.dead_at is not None


def test_after_eight_tries_a_message_is_dead_and_left_alone(db, heard):
    outbox.put("test", {"fail": "value"})
    for _ in range(10):
        make_due()
        sweep_and_deliver()
    assert len(heard) == outbox.MAX_ATTEMPTS
    message = OutboxMessage.objects.get()
    assert message.dead_at is not None
    assert message.attempts == outbox.MAX_ATTEMPTS


def test_a_message_that_kills_its_workers_is_given_up(db, heard):
    outbox.put("test", {"number": 1})
    OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS)
    sweep_and_deliver()
    assert heard == []
    message = OutboxMessage.objects.get()
    assert message.dead_at is not None
    assert message.last_error == "投递时处理程序多次中断。"


def test_a_topic_that_nobody_handles_is_dead_at_once(db):
    outbox.put("nobody", {})
    sweep_and_deliver()
    message = OutboxMessage.objects.get()
    assert message.dead_at is not None
    assert message.last_error == "没有程序处理“nobody”类消息。"


def test_what_a_handler_wrote_before_it_failed_is_undone(db, monkeypatch):
    def write_and_fail(message):
        OutboxMessage.objects.create(topic="trace", delivered_at=timezone.now())
        raise ValueError

    monkeypatch.setitem(outbox._handlers, "test", write_and_fail)
    outbox.put("test", {})
    sweep_and_deliver()
    assert not OutboxMessage.objects.filter(topic="trace").exists()


def test_waiting_times_grow_and_scatter():
    waits = [[outbox.backoff(attempts).total_seconds() for _ in range(50)] for attempts in range(1, 8)]
    assert all(max(shorter) < min(longer) for shorter, longer in zip(waits, waits[1:], strict=False))
    assert all(len(set(wait)) > 40 for wait in waits)
    assert max(waits[-1]) < 4 * 3600


def test_only_what_was_delivered_long_ago_is_deleted(db, heard):
    long_ago = timezone.now() - timedelta(days=31)
    for name, values in {
        "old": {"delivered_at": long_ago},
        "recent": {"delivered_at": timezone.now()},
        "dead": {"dead_at": long_ago},
        "waiting": {"available_at": long_ago},
    }.items():
        OutboxMessage.objects.create(topic=name, created_at=long_ago, **values)
    assert outbox.prune() == 1
    assert set(OutboxMessage.objects.values_list("topic", flat=True)) == {"recent", "dead", "waiting"}


def test_the_sweep_uses_the_small_index(db):
    """The index holds pending rows only, so a year of delivered ones costs the sweep nothing."""
    from django.db import connection

    now = timezone.now()
    OutboxMessage.objects.bulk_create(OutboxMessage(topic="old", delivered_at=now) for _ in range(3000))
    outbox.put("test", {})
    with connection.cursor() as cursor:
        cursor.execute("analyze members_outboxmessage")
    plan = OutboxMessage.pending.filter(available_at__lte=now).order_by("available_at", "id")[:500].explain()
    assert "outbox_pending" in plan


def test_each_queue_has_a_name_of_its_own_on_the_broker():
    """Queues that share exchange and key would each get every task."""
    queues = app.amqp.queues.values()
    assert {(queue.name, queue.exchange.name, queue.routing_key) for queue in queues} == {
        (name, name, name) for name in ("default", "notify", "outside", "export")
    }
    for name in ("default", "notify", "outside", "export"):
        routed = app.amqp.router.route({"queue": name}, "members.tasks.deliver")
        assert routed["queue"].routing_key == name
