from django.db import models
from django.utils.translation import gettext_lazy as _

from members.kinds import Level


class Area(models.Model):
    """An administrative division, by its twelve-digit code.

    The four columns of ancestors make "this area and below" one comparison. A division that was merged or renamed
    stays, with its last day and its successor, so that old records still resolve.
    """

    code = models.CharField(_("区划代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    province = models.CharField(max_length=12, db_index=True)
    city = models.CharField(max_length=12, blank=True, db_index=True)
    county = models.CharField(max_length=12, blank=True, db_index=True)
    town = models.CharField(max_length=12, blank=True, db_index=True)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    source = models.CharField(_("来源"), max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name
