from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import Category, Level
from portal.lib.codes import public_code
from programs.kinds import URGENT_KINDS, ActivityKind, ActivityMode, Fundraising, RequestKind, RequestState
from programs.workflow import OPEN_ACTIVITIES, ActivityState

LEVELS = [choice for choice in Level.choices if choice[0] in ("province", "city", "county")]


class ActivityQuerySet(models.QuerySet):
    def in_the_open(self):
        """What everybody may know of; also that what was published has been called off."""
        return self.filter(Q(state__in=OPEN_ACTIVITIES) | Q(state="cancelled", published_at__isnull=False))

    def in_area(self, area):
        """Held by units of this area and below, or reaching into it."""
        within = Q(organization__area=area)
        if area.level != Level.VILLAGE:
            within |= Q(**{f"organization__area__{area.level}": area.code})
        # As a set of its own: two ways to the same activity are not two activities.
        return self.filter(pk__in=self.model.objects.filter(within | Q(areas=area)).values("pk"))

    def over(self, on=None):
        """Their last day has passed, and nobody has said what came of them."""
        on = on or timezone.localdate()
        return self.filter(state__in=("published", "running"), ends_on__lt=on)


class Activity(models.Model):
    """What a unit undertakes for people in difficulty for a time: a featured activity, a brand project, a visit at
    a festival, help in a disaster, a collection of donations. It has a result; who was helped is in the cases."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("活动名称"), max_length=80)
    kind = models.CharField(_("活动类别"), max_length=20, choices=ActivityKind)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("牵头单位"), related_name="activities"
    )
    level = models.CharField(_("级别"), max_length=10, choices=LEVELS)
    areas = models.ManyToManyField("members.Area", blank=True, verbose_name=_("开展地区"), related_name="+")
    brands = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("品牌"))
    # Of the kind set of the region (members.profiles).
    project_kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("项目分类"))
    target_groups = ArrayField(
        models.CharField(max_length=30, choices=Category), default=list, blank=True, verbose_name=_("帮扶对象类别")
    )
    whom = models.CharField(_("帮扶对象细化说明"), max_length=500, blank=True)
    basis = models.CharField(_("需求依据"), max_length=500, blank=True)
    occasion = models.CharField(_("节日、活动或灾情名称"), max_length=60, blank=True)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    mode = models.CharField(_("线上线下"), max_length=10, choices=ActivityMode, default=ActivityMode.OFFLINE)
    place = models.CharField(_("地点"), max_length=120, blank=True)
    link = models.URLField(_("活动网址"), max_length=300, blank=True)
    description = models.TextField(_("活动内容"), max_length=4000)
    budget = models.DecimalField(_("预算（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    contact_post = models.ForeignKey(
        "members.ContactPost", models.PROTECT, null=True, blank=True, verbose_name=_("联系岗位"), related_name="+"
    )
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, null=True, blank=True, verbose_name=_("所属救助帮扶项目"),
        related_name="activities",
    )  # fmt: skip
    # Of collections only.
    fundraising = models.CharField(_("募捐方式"), max_length=12, choices=Fundraising, blank=True)
    platform = models.CharField(_("互联网募捐平台"), max_length=40, blank=True)
    filing_number = models.CharField(_("募捐备案编号"), max_length=40, blank=True)
    goal = models.DecimalField(_("募捐目标（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    # Of entries to a contest only.
    contest = models.CharField(_("大赛名称和届次"), max_length=120, blank=True)
    award = models.CharField(_("获奖情况"), max_length=120, blank=True)

    state = models.CharField(_("状态"), max_length=10, choices=ActivityState, default=ActivityState.DRAFT)
    submitted_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    # Why it was returned or cancelled.
    reason = models.CharField(_("原因"), max_length=500, blank=True)
    people_helped = models.PositiveIntegerField(_("受益人数"), null=True, blank=True)
    money_given = models.DecimalField(_("投入资金（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    goods_value = models.DecimalField(_("物资折价（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    hours_given = models.DecimalField(_("服务时长（小时）"), max_digits=9, decimal_places=1, null=True, blank=True)
    money_raised = models.DecimalField(_("募得资金（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    result = models.TextField(_("结果说明"), max_length=2000, blank=True)
    ended_on = models.DateField(_("实际结束日期"), null=True, blank=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["-starts_on", "-id"], name="activity_by_day"),
            GinIndex(fields=["brands"], name="activity_brands"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="activity_ends_after_it_begins",
                violation_error_message=_("结束日期早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(kind="fundraising") & ~Q(fundraising="")
                | ~Q(kind="fundraising") & Q(fundraising="", platform="", filing_number="", goal=None),
                name="only_collections_collect",
                violation_error_message=_("募捐项目要选公募或非公募；其他活动不填募捐信息。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | (Q(ended_on__isnull=False) & ~Q(result="")),
                name="ended_activity_has_its_result",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(reason=""), name="activity_cancelled_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("published", "running", "ended")) | Q(published_at__isnull=False),
                name="published_activity_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | Q(submitted_by=None) | ~Q(checked_by=F("submitted_by")),
                name="collection_checked_by_another",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_urgent(self):
        return self.kind in URGENT_KINDS

    @property
    def is_over(self):
        """Its last day has passed, and nobody has said what came of it."""
        return bool(self.state in ("published", "running") and self.ends_on and self.ends_on < timezone.localdate())

    @property
    def target_group_words(self):
        labels = dict(Category.choices)
        return [labels.get(value, value) for value in self.target_groups]


class ActivityRequest(models.Model):
    """What an activity asks of another unit, and the answer: help from a bureau, or to hold it together."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="requests")
    kind = models.CharField(_("请求"), max_length=10, choices=RequestKind)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("对方单位"), related_name="activity_requests"
    )
    wanted = models.CharField(_("需要什么"), max_length=500)
    due_on = models.DateField(_("希望何时答复"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=RequestState, default=RequestState.ASKED)
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    asked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "organization", "kind"],
                condition=Q(state="asked"),
                name="one_open_request_of_a_kind",
                violation_error_message=_("已经向这个单位提出过同样的请求，正在等待答复。"),
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "retracted")) | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="request_answered_in_words",
            ),
        ]

    def __str__(self):
        return f"{self.activity} · {self.get_kind_display()}"
