from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WorkDay(models.Model):
    """A day of the working calendar. Days without a row are reckoned (members.calendar) and count as provisional."""

    date = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("工作日"))
    name = models.CharField(_("说明"), max_length=20, blank=True)
    source = models.CharField(_("依据"), max_length=200)
    # By the State Council's list of the year, or by a person who said why.
    is_confirmed = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["date"]

    def __str__(self):
        return f"{self.date}"

    @property
    def code(self):
        return f"{self.date}"
