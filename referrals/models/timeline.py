"""一户一条救助链: what happened to a household, in one line, from the first lead to the last visit."""

from django.db import models
from django.utils import timezone

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class TimelineEntry(models.Model):
    """One thing that happened. Append-only; `details` fill the words of its kind (referrals.timeline_words)."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    household = models.ForeignKey("referrals.Household", models.PROTECT, related_name="timeline")
    person = models.ForeignKey("referrals.Person", models.PROTECT, null=True, related_name="timeline")
    kind = models.CharField(max_length=40)
    details = EncryptedJSONField(default=dict)
    happened_at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    organization = models.ForeignKey("members.Organization", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    # What happened, happened to this record: a merger leaves it where it is (referrals.actions.merging).
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(fields=["household", "-happened_at", "-id"], name="timeline_of_household"),
            models.Index(fields=["person", "-happened_at", "-id"], name="timeline_of_person"),
        ]
        triggers = [KEPT]

    def __str__(self):
        return self.kind
