"""Screening lists are computed; what stands here is what was done about an entry, and what only a long count finds."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.kinds import ScreeningList, ScreeningOutcome


class ScreeningReview(models.Model):
    """Somebody looked at an entry. It comes back when what is known of the person changes after that."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="screening_reviews")
    list = models.CharField(max_length=30, choices=ScreeningList)
    # Of the list of those who fit a program: which one.
    program = models.ForeignKey("programs.Program", models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(_("结果"), max_length=20, choices=ScreeningOutcome)
    private = EncryptedJSONField(default=dict)
    reviewed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["person", "list", "-id"], name="screening_of_person"),
            models.Index(
                fields=["program", "person", "-id"], name="screening_of_program", condition=Q(program__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(program__isnull=True) ^ Q(list=ScreeningList.FITS), name="fits_are_of_a_program"
            )
        ]
        triggers = [KEPT]

    def __str__(self):
        return str(self.program) if self.program_id else self.get_list_display()

    @property
    def note(self):
        return self.private.get("note", "")


class Unaided(models.Model):
    """Somebody without aid on file who fits programs in force (R52); counted anew by the clock."""

    person = models.OneToOneField("referrals.Person", models.CASCADE, related_name="unaided")
    programs = ArrayField(models.CharField(max_length=60))
    found_at = models.DateTimeField(default=timezone.now)

    # Counted, not told: what was merged is counted no more.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return str(self.person_id)
