"""What is known of a person, fact by fact: since when, from whom, on which paper, and when it was last looked at."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.facts import HOUSING, VOCABULARY, from_stored, is_sensitive, tagged, to_stored
from referrals.kinds import VERIFIED_FOR


class FactQuerySet(models.QuerySet):
    def standing(self):
        """The newest of each name."""
        return self.filter(superseded_at=None)

    def not_verified(self, on=None):
        on = on or timezone.localdate()
        return self.standing().filter(verified_on__lt=on - VERIFIED_FOR)


class PersonFact(models.Model):
    """One fact of the vocabulary (referrals.facts). A new value supersedes the old one, which stays.

    What concerns health or money lies in the envelope; the rest is in clear. There is no row for what nobody knows.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="facts")
    name = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    private = EncryptedJSONField(null=True)
    valid_on = models.DateField(_("截至日期"), default=timezone.localdate)
    source = models.CharField(_("依据"), max_length=120, blank=True)
    document = models.ForeignKey(
        "referrals.Document", models.PROTECT, null=True, blank=True, related_name="facts", verbose_name=_("依据的材料")
    )
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    verified_on = models.DateField(_("最近核实"), default=timezone.localdate)
    verified_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-pk"]
        indexes = [
            models.Index(fields=["person", "name", "-id"], name="fact_of_person"),
            # Who lives how: asked of a whole area.
            models.Index(
                fields=["name", "value", "person"], name="fact_of_housing",
                condition=Q(superseded_at=None, name__in=HOUSING),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["person", "name"], condition=Q(superseded_at=None), name="one_standing_fact_of_a_name"
            )
        ]

    def __str__(self):
        return self.name

    def put(self, value):
        """Place a value where it belongs; None says: no longer known."""
        stored = to_stored(value) if self.name in VOCABULARY else tagged(value)
        self.value, self.private = (None, stored) if is_sensitive(self.name) else (stored, None)

    @property
    def known(self):
        """The value as matching reckons with it."""
        return from_stored(self.name, self.private if is_sensitive(self.name) else self.value)

    @property
    def is_stale(self):
        return self.verified_on < timezone.localdate() - VERIFIED_FOR
