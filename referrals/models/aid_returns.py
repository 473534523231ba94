"""定期反馈: what a unit outside civil affairs gave in a month, with referrals and without, as it handed it in."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import APPEND_ONLY
from portal.lib.codes import public_code
from referrals.models.aid import MONEY


class AidReturn(models.Model):
    """The sums of one unit and one month, frozen when they were handed in. Nobody is named in it."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="aid_returns")
    month = models.DateField(_("月份"))
    people = models.PositiveIntegerField(_("人数"))
    lines = models.PositiveIntegerField(_("笔数"))
    # Of these, those that go back to no referral.
    lines_alone = models.PositiveIntegerField(_("未经转介的笔数"))
    amount = models.DecimalField(_("资金（元）"), **MONEY)
    value = models.DecimalField(_("物资折价（元）"), **MONEY)
    hours = models.DecimalField(_("服务时长（小时）"), max_digits=9, decimal_places=1)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    handed_in_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-month", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "month"], name="one_aid_return_of_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="aid_return_of_a_whole_month"),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.month:%Y-%m}"
