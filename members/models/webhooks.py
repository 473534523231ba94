from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedTextField


class WebhookQuerySet(models.QuerySet):
    def live(self):
        return self.filter(paused_at=None, organization__is_suspended=False)


class Webhook(models.Model):
    """An address of a unit's own system that is told when something happens: ids and states, signed."""

    class Algorithm(models.TextChoices):
        SHA256 = "sha256", "HMAC-SHA256"
        SM3 = "sm3", "HMAC-SM3"

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="webhooks")
    address = models.CharField(_("地址"), max_length=300)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("推送哪些事件"))
    algorithm = models.CharField(_("签名算法"), max_length=10, choices=Algorithm, default=Algorithm.SHA256)
    secret = EncryptedTextField()
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True)
    # After a failure nothing is sent before then; since when something was given up.
    down_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [models.CheckConstraint(condition=~Q(events=[]), name="webhook_has_events")]

    def __str__(self):
        """For the audit: which one, not its address, which may hold a key."""
        return self.code

    @property
    def state(self):
        if self.paused_at:
            return "paused"
        return "failing" if self.failing_since else "live"


class WebhookDelivery(models.Model):
    """One message to one address, told until it is answered or given up. Always under the same id."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待投递")
        DELIVERED = "delivered", _("已送达")
        DEAD = "dead", _("已放弃")
        DROPPED = "dropped", _("暂停时未投递")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    # Ids and states; nothing of a person.
    data = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    # Of the last try: the status of the answer, or why there was none.
    status = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="deliveries_of_webhook"),
            models.Index(fields=["made_at"], condition=~Q(state="waiting"), name="deliveries_done"),
        ]

    def __str__(self):
        return f"{self.event} {self.code}"
