from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code

LONGEST = timedelta(days=366)


class ApiTokenQuerySet(models.QuerySet):
    def open(self):
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """A key with which another system acts for one person of a unit.

    It can do what that person may do, less what it was not given. The unit's administrator makes it; unless they made
    it for themselves it works only once the person has accepted, and only the person ever sees the secret: otherwise
    an administrator could take a colleague's rights by making a token. Only a keyed hash is kept.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="tokens")
    staff = models.ForeignKey("members.Staff", models.PROTECT, related_name="tokens", verbose_name=_("以谁的身份"))
    name = models.CharField(_("用途"), max_length=60)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("可以做什么"))
    secret_hash = models.BinaryField(null=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("有效期至"))
    last_used_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), expires_at__lte=F("made_at") + LONGEST),
                name="token_lives_a_year_at_most",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(secret_hash__isnull=False), name="accepted_token_has_a_secret"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def state(self):
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= timezone.now():
            return "expired"
        return "live" if self.accepted_at else "waiting"


class IdempotentAnswer(models.Model):
    """What was answered to a POST that carried a key, so that a second try does nothing twice. Kept for a day."""

    staff = models.ForeignKey("members.Staff", models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    # Sealed: an answer may hold personal data.
    body = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="one_answer_per_key")]
