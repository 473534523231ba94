from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.kinds import Capacity, Category, Direction, Level, NeedKind, OrganizationKind
from portal.lib.codes import public_code


class OrganizationQuerySet(models.QuerySet):
    def in_area(self, area):
        """Those whose area is this one or lies below it."""
        if area.level == Level.VILLAGE:
            return self.filter(area=area)
        return self.filter(**{f"area__{area.level}": area.code})


class Organization(models.Model):
    """A unit that takes part: bureau, town, member unit, charity or partner."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    name = models.CharField(_("名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    kind = models.CharField(_("机构类型"), max_length=30, choices=OrganizationKind)
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("所在区划"), related_name="organizations")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("上级或枢纽单位"), related_name="members"
    )
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    purpose = models.TextField(_("宗旨"), max_length=2000, blank=True)
    business_scope = models.TextField(_("业务范围"), max_length=2000, blank=True)
    strengths = models.TextField(_("专长优势"), max_length=2000, blank=True)
    target_groups = ArrayField(
        models.CharField(max_length=30, choices=Category), default=list, blank=True, verbose_name=_("服务人群")
    )
    directions = ArrayField(
        models.CharField(max_length=30, choices=Direction), default=list, blank=True, verbose_name=_("接收方向")
    )
    need_kinds = ArrayField(
        models.CharField(max_length=30, choices=NeedKind), default=list, blank=True, verbose_name=_("接收的需求")
    )
    capacity = models.CharField(_("接收能力"), max_length=10, choices=Capacity, default=Capacity.OPEN)
    capacity_confirmed_on = models.DateField(_("接收能力确认日期"), null=True, blank=True)
    is_suspended = models.BooleanField(_("已暂停"), default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["area__code", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~models.Q(credit_code=""), name="one_organization_per_credit_code"
            )
        ]

    def __str__(self):
        return self.short_name or self.name
