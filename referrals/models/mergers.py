"""Two records of one person become one, in a way that can be taken back; or it is said that they are two people."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class PersonMerger(models.Model):
    """What moved from one record to the other, row by row, so that all of it can move back."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    kept = models.ForeignKey("referrals.Person", models.PROTECT, related_name="mergers")
    dropped = models.ForeignKey("referrals.Person", models.PROTECT, related_name="+")
    reason = models.CharField(_("理由"), max_length=200)
    # {"app.Model.field": [primary keys]}
    moved = models.JSONField(default=dict)
    # What the record that stays took over: {name: [what it said before, what it says now]}.
    filled = EncryptedJSONField(default=dict)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(_("撤销理由"), max_length=200, blank=True)

    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dropped"], condition=Q(undone_at=None), name="a_record_is_merged_into_one_other"
            )
        ]

    def __str__(self):
        return self.code


class PersonDistinction(models.Model):
    """Somebody looked and said: these two are not the same person. Kept, so that nobody is asked again."""

    one = models.ForeignKey("referrals.Person", models.PROTECT, related_name="+")
    other = models.ForeignKey("referrals.Person", models.PROTECT, related_name="+")
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    STAYS_WITH_PERSON = True

    class Meta:
        constraints = [
            # The older record first, so that a pair is there once.
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="distinction_has_the_older_first"),
            models.UniqueConstraint(fields=["one", "other"], name="one_distinction_of_a_pair"),
        ]

    def __str__(self):
        return f"{self.one_id} ≠ {self.other_id}"
