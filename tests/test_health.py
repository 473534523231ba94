"""/healthz and /readyz: the second says which part is missing, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu import Connection

from members.actions.heartbeats import record_heartbeat
from members.models import OutboxMessage
from portal.tasks import heartbeat

pytestmark = pytest.mark.django_db


def everyone_is_alive():
    for name in ("worker", "export", "clock"):
        record_heartbeat(name)


def test_ready_when_every_part_has_given_a_sign_of_life(client):
    everyone_is_alive()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ok": True,
        "parts": dict.fromkeys(["database", "broker", "worker", "export", "clock", "outbox"], True),
    }


@pytest.mark.parametrize("silent", ["worker", "export", "clock"])
def test_not_ready_when_a_part_has_been_silent(client, silent):
    everyone_is_alive()
    record_heartbeat(silent, timezone.now() - timedelta(hours=1))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, works in response.json()["parts"].items() if not works] == [silent]


def test_not_ready_when_a_message_has_waited_too_long(client):
    everyone_is_alive()
    long_ago = timezone.now() - timedelta(hours=1)
    OutboxMessage.objects.create(topic="test", available_at=long_ago)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, works in response.json()["parts"].items() if not works] == ["outbox"]


def test_a_dead_letter_does_not_make_the_portal_unready(client):
    everyone_is_alive()
    long_ago = timezone.now() - timedelta(hours=1)
    OutboxMessage.objects.create(topic="test", available_at=long_ago, dead_at=timezone.now())
    assert client.get("/readyz").status_code == 200


def test_not_ready_without_a_broker(client, monkeypatch):
    everyone_is_alive()
    nobody_there = Connection("redis://127.0.0.1:1/0", connect_timeout=1)
    monkeypatch.setattr("portal.health.app.connection_for_write", lambda **_: nobody_there)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, works in response.json()["parts"].items() if not works] == ["broker"]


def test_nothing_is_kept_by_a_cache_on_the_way(client):
    assert client.get("/readyz").headers["Cache-Control"] == "no-store"


def test_the_task_is_the_sign_of_life(client):
    everyone_is_alive()
    record_heartbeat("worker", timezone.now() - timedelta(hours=1))
    heartbeat("worker")
    assert client.get("/readyz").status_code == 200
