from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import JointBodyKind, SeatRole
from members.models.organizations import CurrentQuerySet
from portal.lib.codes import public_code


class JointBody(models.Model):
    """Units that work together for one area: the linkage mechanism, or a body over county, town and village."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=20, choices=JointBodyKind)
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("区域"), related_name="joint_bodies")
    from_on = models.DateField(_("建立日期"), default=timezone.localdate)
    until_on = models.DateField(_("结束日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = CurrentQuerySet.as_manager()

    class Meta:
        ordering = ["area__code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="joint_body_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(kind="mechanism", until_on=None),
                name="one_mechanism_per_area",
                violation_error_message=_("这个区域已有衔接工作机制。"),
            ),
        ]

    def __str__(self):
        return self.name


class Seat(models.Model):
    """A unit's place in a joint body, from one day until another."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    joint_body = models.ForeignKey(JointBody, models.PROTECT, related_name="seats")
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("单位"), related_name="seats"
    )
    role = models.CharField(_("角色"), max_length=20, choices=SeatRole, default=SeatRole.MEMBER)
    from_on = models.DateField(_("加入日期"), default=timezone.localdate)
    until_on = models.DateField(_("退出日期"), null=True, blank=True)

    objects = CurrentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["joint_body", "organization"],
                condition=Q(until_on=None),
                name="one_open_seat_per_organization",
                violation_error_message=_("这个单位已经在里面了。"),
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="seat_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.organization} {self.get_role_display()}"
