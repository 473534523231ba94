from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import kinds
from portal.lib.codes import public_code


class DateRange(models.Func):
    function = "DATERANGE"
    output_field = DateRangeField()


def clocks_as_specified():
    return {code: [normal, urgent] for code, (_words, normal, urgent) in kinds.CLOCKS.items()}


def dates_as_specified():
    return [["中华慈善日", "09-05", "09-05"]]


def some(choices, words):
    return ArrayField(models.CharField(max_length=40, choices=choices), default=list, blank=True, verbose_name=words)


def names(words):
    return ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=words)


class ProfileQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(cancelled_at=None)

    def in_force(self, on):
        return self.standing().filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


class RegionalProfile(models.Model):
    """The settings of an area from one day to another: a case is judged by those of its day.

    A version is never edited. A new one ends the one before; a planned one may be called off while it is not in force
    yet. The defaults of the columns are the built-in profile of areas that have none. `is_on` false means: from this
    day on the area has no settings of its own, and those of the area above hold.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    area = models.ForeignKey("members.Area", models.PROTECT, related_name="profiles", verbose_name=_("区域"))
    valid_from = models.DateField(_("自哪天起施行"))
    valid_to = models.DateField(_("最后一天"), null=True, blank=True)
    is_on = models.BooleanField(_("启用本地区自己的参数"), default=True)
    policy = models.ForeignKey(
        "members.PolicyDocument", models.PROTECT, null=True, blank=True, related_name="profiles", verbose_name=_("依据")
    )

    scope_categories = some(kinds.Category, _("转介对象的类别"))
    is_scope_open = models.BooleanField(_("名单以外的困难群众也可以转介"), default=True)
    consent_words = models.CharField(
        _("同意的表述"), max_length=20, choices=kinds.ConsentWords, default=kinds.ConsentWords.CONSENT
    )
    same_level_only = models.BooleanField(_("只转介给同级单位"), default=False)
    simplified_for = models.CharField(
        _("简化程序适用于"), max_length=20, choices=kinds.SimplifiedFor, default=kinds.SimplifiedFor.REFERRAL
    )
    simplified_categories = some(kinds.Category, _("适用简化程序的类别"))
    notify_duty = models.CharField(
        _("慈善组织的告知义务"), max_length=10, choices=kinds.NotifyDuty, default=kinds.NotifyDuty.MAY
    )
    notify_whom = some(kinds.NotifyWhom, _("告知谁"))
    check_required_before_aid = models.BooleanField(_("帮扶前须有经济状况核对报告"), default=False)
    duplicate_check = models.BooleanField(_("检查重复救助和超额救助"), default=True)
    complaint_channel = models.BooleanField(_("开放投诉举报渠道"), default=True)
    clocks = models.JSONField(_("办理时限"), default=clocks_as_specified)
    feedback_way = models.CharField(
        _("反馈方式"), max_length=20, choices=kinds.FeedbackWay, default=kinds.FeedbackWay.SHARED_SYSTEM
    )
    feedback_every_months = models.PositiveSmallIntegerField(
        _("定期反馈间隔（月）"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    meeting_rhythms = models.JSONField(_("会商机制"), default=dict, blank=True)
    service_set = models.CharField(_("服务类别"), max_length=1, choices=kinds.ServiceSet, default=kinds.ServiceSet.A)
    project_kind_set = models.CharField(_("项目分类"), max_length=20, choices=kinds.ProjectKindSet, blank=True)
    purchase_preference = models.CharField(
        _("政府购买服务"), max_length=12, choices=kinds.Purchase, default=kinds.Purchase.YES, blank=True
    )
    platforms = names(_("对接的信息平台"))
    brands = names(_("品牌"))
    awards = some(kinds.Award, _("可推荐的奖项"))
    dates = models.JSONField(_("宣传日期"), default=dates_as_specified, blank=True)
    publish_minimum = models.PositiveSmallIntegerField(
        _("公开统计的最小人数"), default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    keep_years = models.PositiveSmallIntegerField(
        _("困难群众资料保存年限"), default=5, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )

    # {setting: clause of the document it rests on}
    sources = models.JSONField(default=dict, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    created_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        ordering = ["area__code", "-valid_from"]
        constraints = [
            ExclusionConstraint(
                name="one_profile_per_area_and_day",
                expressions=[
                    ("area", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="profile_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(publish_minimum__gte=1), name="profile_publishes_nobody_alone"),
        ]

    def __str__(self):
        return f"{self.area} {self.valid_from}"
