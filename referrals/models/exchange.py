"""Exchange with other platforms: with whom, what was agreed, and every run with what came of it (R97-R100)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class ExchangePartner(models.Model):
    """A platform that a unit gives data to, as the regional settings name it. Without an operator it belongs to the
    civil-affairs side itself; with one, every person's consent to that operator is asked for."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="exchange_partners")
    platform = models.CharField(_("信息平台"), max_length=40)
    operator = models.ForeignKey(
        "members.Organization", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("由谁运行")
    )
    items = ArrayField(models.CharField(max_length=30), verbose_name=_("约定提供的内容"))
    basis = models.CharField(_("依据"), max_length=200)
    is_active = models.BooleanField(_("在用"), default=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["platform"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "platform"], name="one_partner_per_unit_and_platform")
        ]

    def __str__(self):
        return self.platform


class ExchangeRunQuerySet(models.QuerySet):
    def visible_to(self, staff):
        if "exchange.view" not in staff.permissions:
            return self.none()
        return self.filter(organization=staff.organization_id)


class ExchangeRun(models.Model):
    """One run, in or out. What it carried is not kept here, only how much."""

    class Direction(models.TextChoices):
        IN = "in", _("接收")
        OUT = "out", _("提供")

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("未完成")
        UNDONE = "undone", _("已撤销")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="exchange_runs")
    platform = models.CharField(_("信息平台"), max_length=40)
    direction = models.CharField(_("方向"), max_length=3, choices=Direction)
    state = models.CharField(_("结果"), max_length=8, choices=State, default=State.RUNNING)
    partner = models.ForeignKey(ExchangePartner, models.PROTECT, null=True, related_name="runs")
    people_import = models.OneToOneField(
        "referrals.PeopleImport", models.PROTECT, null=True, related_name="exchange_run"
    )
    job = models.ForeignKey("members.Job", models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(default=dict)
    items = ArrayField(models.CharField(max_length=30), default=list)
    # Records changed after this are new to the platform.
    since = models.DateTimeField(null=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    started_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = ExchangeRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["organization", "-id"], name="exchange_of_organization")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running") | Q(finished_at__isnull=False), name="finished_run_says_when"
            )
        ]

    def __str__(self):
        return self.platform
