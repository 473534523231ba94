"""What it costs to tell others, and to keep account: outbox, sweep, audit."""

from django.conf import settings
from django.db import transaction
from django.db.models import F

from members import audit, outbox, seals
from members.models import AuditEntry, Organization, OutboxMessage, Staff
from members.tasks import deliver
from portal.bench.registry import benchmark
from portal.celery import app

WAITING = 20_000


def changing(world, *, with_message):
    """A transaction as an action makes it: a conditional update, its line of audit, and perhaps a message."""
    settings.OUTBOX_NUDGE = False
    staff = Staff.objects.select_related("organization").get(username="bench0")
    mine = Organization.objects.filter(pk=staff.organization_id)

    def work(times):
        for _ in range(times):
            with transaction.atomic():
                mine.update(version=F("version") + 1)
                audit.record(staff, "organization.edit", staff.organization, changes={"capacity": ["open", "full"]})
                if with_message:
                    outbox.put("bench", {"organization": staff.organization.code})

    return work


@benchmark("a change that tells others", against="the change alone", reach=1.25)
def change_with_message(world):
    return changing(world, with_message=True), changing(world, with_message=False)


@benchmark("handing over one message, in batches", against="one .delay() each", reach=0.05)
def sweep(world):
    """With a lease of nothing the messages are due again at once, so the same ones go round and round."""
    settings.OUTBOX_LEASE = 0
    OutboxMessage.objects.all().delete()
    OutboxMessage.objects.bulk_create((OutboxMessage(topic="bench") for _ in range(WAITING)), batch_size=5000)
    app.control.purge()

    def in_batches(times):
        if outbox.sweep(room=times, send=without_expiry) != times:
            raise RuntimeError("fewer messages than asked for")

    def one_by_one(times):
        for number in range(times):
            deliver.delay([number], "2026-01-01T00:00:00+00:00")

    return in_batches, one_by_one


def without_expiry(ids, lease):
    app.send_task(outbox.DELIVER_TASK, (ids, lease), queue="notify")


@benchmark("a line of audit", against="a message, the smallest of our rows")
def audit_line(world):
    staff = Staff.objects.select_related("organization").get(username="bench0")

    def line(times):
        for _ in range(times):
            audit.record(staff, "organization.edit", staff.organization)

    def row(times):
        for _ in range(times):
            OutboxMessage(topic="bench").save(force_insert=True)

    return line, row


@benchmark("verifying 20,000 lines of audit", against="reading them as objects")
def verify_audit(world):
    staff = Staff.objects.select_related("organization").get(username="bench0")
    for _ in range(WAITING - AuditEntry.objects.count()):
        audit.record(staff, "organization.edit", staff.organization)
    seals.seal()

    def walk(times):
        for _ in range(times):
            if finding := seals.verify().finding:
                raise RuntimeError(finding.words)

    def read(times):
        for _ in range(times):
            list(AuditEntry.objects.order_by("at", "id")[:WAITING])

    return walk, read
