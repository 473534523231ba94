from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.grants import Grant


class ProgramGrant(Grant):
    """Someone of another unit may work on this one program."""

    content_object = models.ForeignKey("programs.Program", models.CASCADE, related_name="grants")

    class Meta(Grant.Meta):
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

    @property
    def program(self):
        return self.content_object

    @property
    def last_day(self):
        """It ends with the midnight after this day."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))
