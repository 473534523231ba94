from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import Category, NeedKind, ServiceKind
from portal.lib.codes import public_code
from programs.kinds import AgeBand, AidForm, PointKind
from programs.models.programs import ExactDecoder, ExactEncoder
from programs.workflow import OPEN_WISHES, OfferState, WishState


def month_of(day):
    return day.replace(day=1)


class OfferQuerySet(models.QuerySet):
    def current(self, on=None):
        """On offer: not withdrawn, its unit not suspended, its last day not past."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), state="open", organization__is_suspended=False)

    def stale(self, on=None):
        """Asking to be confirmed."""
        on = on or timezone.localdate()
        return self.current(on).filter(confirm_by__lt=on)

    def suggested(self, on=None):
        """What matching may name: confirmed not too long ago, with a place free at this moment."""
        on = on or timezone.localdate()
        return self.current(on).filter(Q(capacity=None) | Q(capacity__gt=F("taken")), lapses_on__gte=on)

    def serving(self, area):
        """Those whose area is this one or holds it; without areas of its own an offer serves those of its unit."""
        codes = [area.code, *area.ancestor_codes]
        named = self.model.areas.through.objects.filter(offer=models.OuterRef("pk"))
        return self.filter(
            models.Exists(named.filter(area__code__in=codes))
            | (~models.Exists(named) & Q(organization__area__code__in=codes))
        )


class Offer(models.Model):
    """Help that a unit can give: a service, volunteers' time, goods, a place to go. How much at once and in a month,
    for whom, where, and when somebody last said that it still holds."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("名称"), max_length=80)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("提供单位"), related_name="offers"
    )
    form = models.CharField(_("帮扶形式"), max_length=30, choices=AidForm)
    services = ArrayField(
        models.CharField(max_length=30, choices=ServiceKind), default=list, blank=True, verbose_name=_("服务类别")
    )
    need_kinds = ArrayField(
        models.CharField(max_length=30, choices=NeedKind), default=list, blank=True, verbose_name=_("能解决的需求")
    )
    target_groups = ArrayField(
        models.CharField(max_length=30, choices=Category), default=list, blank=True, verbose_name=_("面向人群")
    )
    age_from = models.PositiveSmallIntegerField(
        _("最小年龄"), null=True, blank=True, validators=[MaxValueValidator(130)]
    )
    age_to = models.PositiveSmallIntegerField(_("最大年龄"), null=True, blank=True, validators=[MaxValueValidator(130)])
    # In the language of programs.rules; written from the three fields above unless it says more than they can.
    condition = models.JSONField(null=True, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)
    whom = models.CharField(_("还有什么要求"), max_length=500, blank=True)
    areas = models.ManyToManyField("members.Area", blank=True, verbose_name=_("服务区域"), related_name="+")
    brands = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("品牌"))
    description = models.TextField(_("内容"), max_length=2000, blank=True)
    point = models.CharField(_("服务点类型"), max_length=30, choices=PointKind, blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    unit = models.CharField(_("名额单位"), max_length=10, default="人")
    capacity = models.PositiveIntegerField(
        _("同时能帮"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    monthly = models.PositiveIntegerField(
        _("每月能帮"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    taken = models.PositiveIntegerField(_("正在帮"), default=0)
    is_urgent = models.BooleanField(_("可用于急难"), default=False)
    is_purchased = models.BooleanField(_("政府购买服务"), default=False)
    agreement = models.ForeignKey(
        "members.Agreement", models.PROTECT, null=True, blank=True, verbose_name=_("合同或协议"), related_name="offers"
    )
    contact_post = models.ForeignKey(
        "members.ContactPost", models.PROTECT, null=True, blank=True, verbose_name=_("联系岗位"), related_name="+"
    )
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    # Both days are reckoned when it is confirmed: the region's clock `confirm_offer` once, and twice.
    confirmed_on = models.DateField(_("最近确认日期"))
    confirmed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    confirm_by = models.DateField(_("下次确认期限"))
    lapses_on = models.DateField(_("不再推荐的日期"))
    state = models.CharField(_("状态"), max_length=10, choices=OfferState, default=OfferState.OPEN)
    reason = models.CharField(_("撤下原因"), max_length=500, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            GinIndex(fields=["services"], name="offer_services"),
            GinIndex(fields=["need_kinds"], name="offer_need_kinds"),
            models.Index(fields=["organization", "confirm_by"], name="offer_to_confirm"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")),
                name="offer_within_its_capacity",
                violation_error_message=_("同时能帮的数量不能少于正在帮的数量。"),
            ),
            models.CheckConstraint(
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_to__gte=F("age_from")),
                name="offer_ages_in_order",
                violation_error_message=_("最大年龄小于最小年龄。"),
            ),
            models.CheckConstraint(
                condition=Q(confirm_by__gte=F("confirmed_on"), lapses_on__gte=F("confirm_by")),
                name="offer_days_in_order",
            ),
            models.CheckConstraint(condition=~Q(state="withdrawn") | ~Q(reason=""), name="offer_withdrawn_with_reason"),
            models.CheckConstraint(
                condition=Q(form="service_point") & ~Q(point="") & ~Q(address="")
                | ~Q(form="service_point") & Q(point=""),
                name="service_point_has_kind_and_address",
                violation_error_message=_("服务点要选类型并填写地址；其他形式不选服务点类型。"),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def left(self):
        """Places free at this moment; None: without a limit."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def standing(self):
        """withdrawn, over, suspended, lapsed, stale, full or open: in that order of what matters."""
        today = timezone.localdate()
        if self.state == "withdrawn":
            return "withdrawn"
        if self.valid_until and self.valid_until < today:
            return "over"
        if self.organization.is_suspended:
            return "suspended"
        if self.lapses_on < today:
            return "lapsed"
        if self.confirm_by < today:
            return "stale"
        return "full" if self.left == 0 else "open"

    @property
    def is_to_be_confirmed(self):
        return self.standing in ("lapsed", "stale") or (
            self.standing == "full" and self.confirm_by < timezone.localdate()
        )

    def words_of(self, field):
        labels = dict(self._meta.get_field(field).base_field.choices)
        return [labels.get(value, value) for value in getattr(self, field)]

    @property
    def service_words(self):
        return self.words_of("services")

    @property
    def need_words(self):
        return self.words_of("need_kinds")

    @property
    def target_group_words(self):
        return self.words_of("target_groups")


class OfferTaking(models.Model):
    """Places of an offer that somebody uses, by the reference of a case (never a name), until they are given back.

    What was taken counts in its month, unless it was given back unused.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="takings")
    reference = models.CharField(_("个案编号"), max_length=40)
    number = models.PositiveIntegerField(_("名额"), default=1, validators=[MinValueValidator(1)])
    month = models.DateField()
    taken_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    # The unit that uses the place.
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)
    given_back_at = models.DateTimeField(null=True, blank=True)
    given_back_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    was_used = models.BooleanField(_("已实际提供"), default=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["offer", "month"], name="taking_by_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "reference"], condition=Q(given_back_at=None), name="one_open_taking_per_reference"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="taking_of_something"),
        ]

    def __str__(self):
        return self.reference


class WishQuerySet(models.QuerySet):
    def in_the_open(self):
        return self.filter(state__in=OPEN_WISHES)


class Wish(models.Model):
    """微心愿: a small wish of somebody whose name is not here. The unit that registers it knows who it is."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("心愿"), max_length=60)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("登记单位"), related_name="wishes"
    )
    # A county or a town, never a village: who wishes must not be known by where they live.
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("所在地区"), related_name="+")
    age_band = models.CharField(_("年龄段"), max_length=10, choices=AgeBand)
    need_kind = models.CharField(_("需求类别"), max_length=30, choices=NeedKind, blank=True)
    cost = models.DecimalField(_("大约费用（元）"), max_digits=10, decimal_places=2)
    description = models.CharField(_("说明"), max_length=300, blank=True)
    contact_post = models.ForeignKey(
        "members.ContactPost", models.PROTECT, null=True, blank=True, verbose_name=_("联系岗位"), related_name="+"
    )
    wanted_by = models.DateField(_("希望何时实现"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=WishState, default=WishState.DRAFT)
    claimed_by = models.ForeignKey(
        "members.Organization", models.PROTECT, null=True, blank=True, verbose_name=_("认领单位"),
        related_name="claimed_wishes",
    )  # fmt: skip
    # Who gives, when it is no unit of the portal: 爱心企业, 爱心人士; no names.
    donor = models.CharField(_("捐赠方"), max_length=60, blank=True)
    claimer = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    promised_on = models.DateField(_("承诺实现日期"), null=True, blank=True)
    fulfilled_on = models.DateField(_("实现日期"), null=True, blank=True)
    spent = models.DecimalField(_("实际费用（元）"), max_digits=10, decimal_places=2, null=True, blank=True)
    result = models.CharField(_("实现情况"), max_length=300, blank=True)
    reason = models.CharField(_("原因"), max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = WishQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost__gt=0), name="wish_costs_something", violation_error_message=_("请填写大约费用。")
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("claimed", "fulfilled"))
                | Q(claimed_by__isnull=False, claimed_at__isnull=False, promised_on__isnull=False),
                name="claimed_wish_has_its_claimer",
            ),
            models.CheckConstraint(
                condition=~Q(state="fulfilled") | Q(fulfilled_on__isnull=False), name="fulfilled_wish_has_its_day"
            ),
            models.CheckConstraint(condition=~Q(state="withdrawn") | ~Q(reason=""), name="wish_withdrawn_with_reason"),
        ]

    def __str__(self):
        return self.title

    @property
    def is_late(self):
        return bool(self.state == "claimed" and self.promised_on and self.promised_on < timezone.localdate())
