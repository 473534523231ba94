from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from programs.models.fund_ledger import MONEY


class BudgetSource(models.TextChoices):
    FISCAL = "fiscal", _("财政预算")
    LOTTERY = "lottery", _("福利彩票公益金")
    OWN = "own", _("单位自有经费")
    DONATED = "donated", _("捐赠人同意列支")
    OTHER = "other_source", _("其他")


class WorkBudget(models.Model):
    """What a unit has in a year for the work itself, beside the money that is given on."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("单位"), related_name="work_budgets"
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    source = models.CharField(_("来源"), max_length=20, choices=BudgetSource)
    planned = models.DecimalField(_("安排（元）"), **MONEY)
    spent = models.DecimalField(_("已用（元）"), **MONEY)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-year", "organization", "source"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "source"], name="one_budget_per_source_and_year"),
            models.CheckConstraint(
                condition=Q(planned__gte=0, spent__gte=0, spent__lte=F("planned")), name="budget_within_its_plan"
            ),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="budget_of_a_year"),
        ]

    def __str__(self):
        return f"{self.year} {self.get_source_display()}"

    @property
    def left(self):
        return self.planned - self.spent
