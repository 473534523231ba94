"""Background work as it is in earnest: a real worker, a real broker, and both of them killed."""

import threading
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from members import jobs, outbox
from members.models import AuditEntry, Job, OutboxMessage
from tests.worker import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walkers(monkeypatch):
    """The web server knows the kinds of jobs too, but never runs them."""
    monkeypatch.setitem(jobs._runners, "test.walk", jobs.Kind("test.walk", None, "试验作业", None))


def put(mark, **payload):
    with transaction.atomic():
        outbox.put("test.mark", {"mark": mark, **payload})


def marks():
    return sorted(AuditEntry.objects.filter(reason__startswith="m").values_list("reason", flat=True))


def is_delivered():
    return not OutboxMessage.pending.exists()


def test_a_commit_wakes_the_worker_by_itself(background):
    put("m1")
    wait_until(is_delivered)
    assert marks() == ["m1"]


def test_a_worker_killed_in_the_middle_leaves_one_trace_in_the_end(background, tmp_path):
    put("m1", folder=str(tmp_path))
    wait_until((tmp_path / "started").exists)
    background.worker.kill()
    assert marks() == []
    assert not is_delivered()
    (tmp_path / "go").touch()
    background.worker.start()
    wait_until(is_delivered, meanwhile=background.tick, every=0.2)
    assert marks() == ["m1"]
    assert OutboxMessage.objects.get().attempts == 2


def test_a_broker_that_is_away_holds_up_nobody_and_loses_nothing(background):
    background.broker.stop()
    put("m1")
    put("m2")
    assert OutboxMessage.pending.count() == 2
    background.broker.start()
    wait_until(is_delivered, meanwhile=background.tick, every=0.2)
    assert marks() == ["m1", "m2"]


def test_two_sweeps_at_once_hand_nothing_over_twice():
    OutboxMessage.objects.bulk_create(OutboxMessage(topic="x") for _ in range(3000))
    begin, taken = threading.Barrier(4), []

    def sweep():
        begin.wait()
        outbox.sweep(send=lambda ids, lease: taken.extend(ids))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 3000
    assert len(set(taken)) == 3000


def test_two_workers_with_the_same_message_deliver_it_once(monkeypatch):
    """Celery may hand a task out twice: the second finds the row held, and leaves it."""
    inside, go_on, told = threading.Event(), threading.Event(), []

    def hear(message):
        told.append(message.pk)
        inside.set()
        go_on.wait(10)

    monkeypatch.setitem(outbox._handlers, "test", hear)
    with transaction.atomic():
        outbox.put("test", {})
    tasks = []
    outbox.sweep(send=lambda ids, lease: tasks.append((ids, lease)))

    def first():
        outbox.deliver(*tasks[0])
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("set lock_timeout = '3s'")
        assert outbox.deliver(*tasks[0]) == 0
    finally:
        go_on.set()
        thread.join()
    assert len(told) == 1
    assert is_delivered()


def test_a_job_is_done_by_the_worker_and_its_result_taken_along(background, walkers, cast, browse):
    job = jobs.start(cast.bureau_officer, "test.walk", {"steps": 3})
    wait_until(lambda: Job.objects.get().is_finished)
    job.refresh_from_db()
    assert (job.state, job.message, job.done, job.total) == (Job.State.DONE, "走完。", 3, 3)
    response = browse(cast.bureau_officer).get(f"/jobs/{job.code}/result/")
    assert b"".join(response.streaming_content).decode() == "到了"


def test_a_job_stops_when_its_owner_says_so(background, walkers, cast, browse, tmp_path):
    job = jobs.start(cast.bureau_officer, "test.walk", {"steps": 2, "folder": str(tmp_path)})
    wait_until((tmp_path / "started").exists)
    browse(cast.bureau_officer).post(f"/jobs/{job.code}/cancel/")
    (tmp_path / "go").touch()
    wait_until(lambda: Job.objects.get().is_finished)
    job.refresh_from_db()
    assert (job.state, job.file) == (Job.State.CANCELLED, "")


def test_a_job_whose_worker_was_killed_is_begun_again_and_done(background, walkers, cast, tmp_path):
    job = jobs.start(cast.bureau_officer, "test.walk", {"steps": 2, "folder": str(tmp_path)})
    wait_until((tmp_path / "started").exists)
    background.worker.kill()
    Path(tmp_path, "go").touch()
    Job.objects.update(heartbeat_at=timezone.now() - 2 * jobs.SILENCE)
    assert jobs.reap() == 1
    background.worker.start()
    wait_until(lambda: Job.objects.get().is_finished, meanwhile=background.tick, every=0.2)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.message) == (Job.State.DONE, 2, "走完。")
