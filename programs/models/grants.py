from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from portal.lib.codes import public_code


class ProgramGrantManager(UserObjectPermissionManager):
    def live(self, now=None):
        """Those that count at this moment."""
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now())


class ProgramGrant(UserObjectPermissionBase):
    """Someone of another unit may work on this one program: with a reason, until a day; revoked, never deleted.

    A row of guardian's own kind, pointing straight at the program. Guardian knows no expiry; programs.access does.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    content_object = models.ForeignKey("programs.Program", models.CASCADE, related_name="grants")
    reason = models.CharField(_("原因"), max_length=500)
    given_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("到期"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ProgramGrantManager()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        # It may be given again after it ended: the past stays, so the three columns alone are not unique.
        unique_together = []
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "expires_at"], condition=Q(revoked_at=None), name="open_program_grants")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("given_at")), name="program_grant_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(user=F("given_by")), name="nobody_grants_themselves_a_program"),
            models.CheckConstraint(condition=~Q(reason=""), name="program_grant_has_a_reason"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="program_grant_revoked_by_someone",
            ),
        ]

    def __str__(self):
        return f"{self.user} → {self.content_object}"

    @property
    def program(self):
        return self.content_object

    @property
    def state(self):
        """live, revoked or expired."""
        if self.revoked_at:
            return "revoked"
        return "live" if self.expires_at > timezone.now() else "expired"

    @property
    def last_day(self):
        """It ends with the midnight after this day."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))
