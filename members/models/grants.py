from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from members.kinds import Grantable
from portal.lib.codes import public_code


class GrantManager(UserObjectPermissionManager):
    def live(self, now=None):
        """Those that count at this moment."""
        now = now or timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now)


class Grant(UserObjectPermissionBase):
    """What grants of every kind have in common: given with a reason, until a day; revoked, never deleted.

    A row of guardian's own kind, which points straight at what it is about, so that guardian finds it. Guardian knows
    no expiry: the access module of each room does.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    reason = models.CharField(_("原因"), max_length=500)
    given_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("到期"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = GrantManager()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
        # A grant may be given again after it ended: the past stays, so the three columns alone are not unique.
        unique_together = []
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.user} → {self.content_object}"

    @property
    def state(self):
        """live, revoked or expired."""
        if self.revoked_at:
            return "revoked"
        return "live" if self.expires_at > timezone.now() else "expired"


class OrganizationGrant(Grant):
    """Someone of another unit may do one thing for this one. The backend of members.access answers in guardian's
    place for organizations."""

    content_object = models.ForeignKey("members.Organization", models.PROTECT, related_name="grants")

    class Meta(Grant.Meta):
        indexes = [models.Index(fields=["user", "expires_at"], condition=Q(revoked_at=None), name="open_grants")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("given_at")), name="grant_ends_after_it_is_given"),
            models.CheckConstraint(condition=~Q(user=F("given_by")), name="nobody_grants_themselves"),
            models.CheckConstraint(condition=~Q(reason=""), name="grant_has_a_reason"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="grant_revoked_by_someone",
            ),
        ]

    @property
    def organization(self):
        return self.content_object

    @property
    def words(self):
        """What it allows, in words. Needs `permission` to be fetched along."""
        return next((grantable.label for grantable in Grantable if grantable.codename == self.permission.codename), "")
