"""Dead letters on the screen of the system's administrator."""

import pytest
from django.utils import timezone

from members import outbox
from members.models import AuditEntry, OutboxMessage


@pytest.fixture
def dead(db):
    return OutboxMessage.objects.create(
        topic="mail.invitation", payload={"invitation": "secretcode"}, dead_at=timezone.now(), attempts=8,
        last_error="ConnectionRefusedError refused (members.mails:30)",
    )  # fmt: skip


def test_a_dead_letter_is_listed_with_its_reason_and_without_its_content(cast, browse, dead):
    text = browse(cast.system_admin).get("/outbox/").content.decode()
    assert "mail.invitation" in text
    assert "邀请邮件" in text
    assert "ConnectionRefusedError refused" in text
    assert "secretcode" not in text


def test_a_dead_letter_gets_another_chance(cast, browse, dead, monkeypatch):
    told = []
    monkeypatch.setitem(outbox._handlers, "mail.invitation", lambda message: told.append(message.payload))
    session = browse(cast.system_admin)
    session.post("/outbox/retry/", {"message": dead.pk})
    outbox.sweep(send=lambda ids, lease: outbox.deliver(ids, lease))
    assert told == [{"invitation": "secretcode"}]
    entry = AuditEntry.objects.get(action="outbox.retry")
    assert (entry.actor_id, entry.reason) == (cast.system_admin.pk, "mail.invitation")
    response = session.post("/outbox/retry/", {"message": dead.pk}, follow=True)
    assert "这条消息已经在重新投递" in response.content.decode()
    assert told == [{"invitation": "secretcode"}]


def test_all_dead_letters_are_asked_about_first(cast, browse, dead):
    OutboxMessage.objects.create(topic="x", dead_at=timezone.now())
    OutboxMessage.objects.create(topic="x", delivered_at=timezone.now())
    session = browse(cast.system_admin)
    assert "2 条投递失败的消息会各再试" in session.get("/outbox/retry/").content.decode()
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 2
    assert "2 条消息将重新投递" in session.post("/outbox/retry/", follow=True).content.decode()
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 0
    assert OutboxMessage.pending.count() == 2
    assert "没有投递失败的消息" in session.post("/outbox/retry/", follow=True).content.decode()


@pytest.mark.parametrize("number", ["x", "-1", "0", str(2**63), "1 or 1=1"])
def test_nonsense_retries_nothing(cast, browse, dead, number):
    response = browse(cast.system_admin).post("/outbox/retry/", {"message": number}, follow=True)
    assert "没有指明要重新投递哪一条" in response.content.decode()
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 1


def test_a_message_that_does_not_exist_is_not_found(cast, browse):
    assert browse(cast.system_admin).post("/outbox/retry/", {"message": 12345}).status_code == 404


def test_the_figures_count_every_message_once(db, dead):
    now = timezone.now()
    for values in (
        {},
        {"attempts": 2},
        {"locked_until": now},
        {"delivered_at": now},
        {"delivered_at": now - timezone.timedelta(days=2)},
    ):
        OutboxMessage.objects.create(topic="x", **values)
    figures = outbox.figures()
    del figures["oldest"]
    assert figures == {"waiting": 2, "retried": 1, "in_flight": 1, "dead": 1, "delivered": 1}
    assert 0 <= outbox.oldest_wait() < 60
