from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import OrganizationKind, ProspectState
from portal.lib.codes import public_code


class Prospect(models.Model):
    """A possible giver, or a charity to win for assistance work (拟联系动员的社会力量)."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=30, choices=OrganizationKind)
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("所在区划"), related_name="prospects")
    owner = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("联系单位"), related_name="prospects"
    )
    offers = models.CharField(_("可能提供的帮助"), max_length=500, blank=True)
    state = models.CharField(_("进展"), max_length=20, choices=ProspectState, default=ProspectState.FOUND)
    next_on = models.DateField(_("下次联系日期"), null=True, blank=True)
    note = models.TextField(_("联系情况"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.name
