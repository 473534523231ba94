from datetime import UTC, datetime, timedelta

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func="RAISE EXCEPTION 'rows of % are kept', TG_TABLE_NAME;",
)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class AuditEntries(models.QuerySet):
    def with_code(self, code):
        """The line of a code (at most one), looked for in its own month only."""
        try:
            microseconds, number = (int(part, 16) for part in code.split("-"))
            return self.filter(at=_EPOCH + microseconds * _MICROSECOND, id=number)
        except (ValueError, OverflowError):
            return self.none()


class AuditEntry(models.Model):
    """One line of the audit: who did or saw what, when, from where. Names are kept as text, ids as hints.

    Append-only in the database, and one part for each month (portal.lib.partitions): there the primary key is
    (at, id), so a line is looked up by both. `members.audit.record` is the only writer.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("完成")
        REFUSED = "refused", _("被拒绝")
        FAILED = "failed", _("未成功")

    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.DONE)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    actor_organization_id = models.BigIntegerField(null=True)
    actor_organization_name = models.CharField(max_length=120, blank=True)
    actor_roles = models.CharField(max_length=200, blank=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_code = models.CharField(max_length=60, blank=True)
    object_name = models.CharField(max_length=120, blank=True)
    organization_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    session = models.CharField(max_length=16, blank=True)
    request_id = models.CharField(max_length=32, blank=True)

    objects = AuditEntries.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["actor_id", "at", "id"], name="audit_by_actor"),
            models.Index(fields=["actor_organization_id", "at", "id"], name="audit_by_actor_unit"),
            models.Index(fields=["organization_id", "at", "id"], name="audit_by_unit"),
            models.Index(fields=["object_code", "at", "id"], name="audit_by_object"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
        ]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    @property
    def code(self):
        """Instant and number: what an address says of a line."""
        return f"{(self.at - _EPOCH) // _MICROSECOND:x}-{self.pk:x}"


class AuditSeal(models.Model):
    """One link of the chain over the audit: a keyed digest of the link before and of one line.

    `sealed_at` is how far the sealing had looked: now, or, while it catches up, the time of the last line it took. A
    link without a line says that it was awake. Lines are sealed in the order in which the sealing found them, so one
    that was committed late comes late.
    """

    sequence = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    entry_id = models.BigIntegerField(null=True)
    entry_at = models.DateTimeField(null=True)
    # How the line was turned into bytes, and which key of the ring was used.
    form = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=20)
    mac = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_at", "entry_id"], name="one_seal_per_entry")]
        triggers = [APPEND_ONLY, NO_TRUNCATE]


class AuditArchive(models.Model):
    """A month of the audit that left the database: where its file is, and a signed word on what was in it."""

    month = models.DateField(primary_key=True)
    file = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    seals_digest = models.CharField(max_length=64)
    key = models.CharField(max_length=20)
    mac = models.BinaryField(max_length=32)
    archived_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = [APPEND_ONLY, NO_TRUNCATE]
