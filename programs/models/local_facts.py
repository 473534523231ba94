from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LocalFact(models.Model):
    """A fact that a place adds to the vocabulary, as data in the shape of data/facts.json. It is never taken away,
    because released programs may ask for it; `retired_at` keeps it out of new conditions."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    definition = models.JSONField()
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    added_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.label

    @property
    def code(self):
        return self.name

    @property
    def label(self):
        return self.definition["label"][0]
