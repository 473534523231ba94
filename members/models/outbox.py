from django.db import models
from django.utils import timezone


class PendingMessages(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(delivered_at=None, dead_at=None)


class OutboxMessage(models.Model):
    """Something that must be told to others: written in the business transaction, delivered after it.

    `available_at` is when the next try is due; while a worker holds the message it is moved to the end of the lease
    (`locked_until`), so that what is due always stands at the front of the one small index. The payload holds ids and
    codes only.
    """

    topic = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    dedup_key = models.CharField(max_length=120, null=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    objects = models.Manager()
    pending = PendingMessages()

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at", "id"],
                name="outbox_pending",
                condition=models.Q(delivered_at=None, dead_at=None),
            ),
            models.Index(fields=["dead_at", "id"], name="outbox_dead", condition=models.Q(dead_at__isnull=False)),
            models.Index(fields=["delivered_at"], name="outbox_old", condition=models.Q(delivered_at__isnull=False)),
        ]

    def __str__(self):
        return f"{self.topic} {self.pk}"
