from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class RoundQuerySet(models.QuerySet):
    def open_on(self, day):
        return self.filter(Q(closes_on=None) | Q(closes_on__gte=day), opens_on__lte=day)


class Round(models.Model):
    """One campaign or term of a program: this year's Spring Festival, this autumn's term; how many places it has."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    program = models.ForeignKey("programs.Program", models.PROTECT, related_name="rounds")
    label = models.CharField(_("批次名称"), max_length=60)
    # As the facts `campaign` and `term` carry them; earlier grants of the same round are found by them.
    campaign = models.CharField(_("活动批次"), max_length=60, blank=True)
    term = models.CharField(_("学期"), max_length=60, blank=True)
    opens_on = models.DateField(_("开始受理"))
    closes_on = models.DateField(_("截止受理"), null=True, blank=True)
    quota = models.PositiveIntegerField(_("名额"), null=True, blank=True)
    quota_used = models.PositiveIntegerField(_("已用名额"), default=0)
    # Sums that a place or a donor sets for this round, within which the approver decides.
    lowest = models.DecimalField(_("最低资助（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    highest = models.DecimalField(_("最高资助（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "label"],
                name="one_round_per_label",
                violation_error_message=_("这个项目已经有同名的批次。"),
            ),
            models.CheckConstraint(
                condition=Q(closes_on=None) | Q(closes_on__gte=F("opens_on")),
                name="round_closes_after_it_opens",
                violation_error_message=_("截止日期早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(quota=None) | Q(quota_used__lte=F("quota")),
                name="round_within_its_quota",
                violation_error_message=_("名额不能少于已用的名额。"),
            ),
            models.CheckConstraint(
                condition=Q(lowest=None, highest=None)
                | Q(lowest__isnull=False, highest__isnull=False, lowest__gte=0, highest__gte=F("lowest")),
                name="round_bounds_in_order",
                violation_error_message=_("最低和最高资助要一起填写，最低不能高于最高。"),
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def state(self):
        """not_yet, open or over."""
        today = timezone.localdate()
        if self.opens_on > today:
            return "not_yet"
        return "over" if self.closes_on and self.closes_on < today else "open"

    @property
    def places_left(self):
        return None if self.quota is None else self.quota - self.quota_used
