"""A list of referrals somebody comes back to: a desk, a tab and filters under a name, for oneself or for the unit."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class SavedListQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """One's own, and what colleagues share."""
        return self.of(staff.pk, staff.organization_id)

    def of(self, owner, unit):
        return self.filter(Q(owner=owner) | Q(is_shared=True, organization=unit))


class SavedList(models.Model):
    class Desk(models.TextChoices):
        RECEIVED = "received", _("收到的转介")
        SENT = "sent", _("发出的转介")
        AREA = "area", _("辖区内的转介")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    owner = models.ForeignKey("members.Staff", models.CASCADE, related_name="+")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    desk = models.CharField(max_length=10, choices=Desk)
    name = models.CharField(_("名称"), max_length=30)
    # As it stands in the address: names of filters and their codes, nothing that tells of a person.
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(_("本单位的同事也能用"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedListQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "desk", "name"], name="one_saved_list_of_a_name")]

    def __str__(self):
        return self.name
