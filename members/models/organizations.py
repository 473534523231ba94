import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import (
    CHARITY_KINDS,
    Capacity,
    Category,
    Direction,
    Grantable,
    Level,
    NeedKind,
    OrganizationKind,
    RelationKind,
)
from members.models.audit import APPEND_ONLY
from portal.lib.codes import public_code

# After so many days the capacity is asked for again.
CAPACITY_HOLDS_FOR = datetime.timedelta(days=30)
MOBILE_NUMBER = r"1[3-9][0-9]{9}"


def awaiting_confirmation():
    """The condition: capacity never confirmed, or too long ago."""
    day = timezone.localdate() - CAPACITY_HOLDS_FOR
    return Q(capacity_confirmed_on=None) | Q(capacity_confirmed_on__lt=day)


class OrganizationQuerySet(models.QuerySet):
    def in_area(self, area):
        """Those whose area is this one or lies below it."""
        if area.level == Level.VILLAGE:
            return self.filter(area=area)
        return self.filter(**{f"area__{area.level}": area.code})

    def active(self):
        return self.filter(is_suspended=False)

    def same_level(self, area):
        """同级: those of this very division, at its own level; the city hospital that sits in a district is not."""
        return self.active().filter(area=area, level=area.level)

    def bureaus(self):
        return self.filter(kind=OrganizationKind.CIVIL_AFFAIRS)

    def charities(self):
        return self.filter(kind__in=CHARITY_KINDS)

    def nearest_bureau(self, area):
        """The civil-affairs office of this division, or of the nearest one above that has one.

        A division's code sorts behind the codes of all divisions above it: their zeros come earlier.
        """
        here = self.bureaus().active().filter(area__code__in=[area.code, *area.ancestor_codes], level=F("area__level"))
        return here.select_related("area").order_by("-area__code", "pk").first()

    def search(self, words):
        """By any part of the name, or by the whole social-credit code."""
        return self.filter(Q(name__contains=words) | Q(short_name__contains=words) | Q(credit_code=words.upper()))

    def awaiting_confirmation(self):
        return self.filter(awaiting_confirmation())

    def own_awaiting_confirmation(self, staff):
        """1 when the person's own unit takes referrals and is to be asked for its capacity again, else 0."""
        taking = self.active().exclude(directions=[])
        return taking.awaiting_confirmation().filter(pk=staff.organization_id).count()

    def members_of(self, hub):
        """The charities that gather around this hub today."""
        held = OrganizationRelation.objects.current().filter(organization=hub, kind=RelationKind.HUB)
        return self.filter(pk__in=held.values("other"))


class Organization(models.Model):
    """A unit that takes part: bureau, town, member unit, charity or partner."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    name = models.CharField(_("名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    kind = models.CharField(_("机构类型"), max_length=30, choices=OrganizationKind)
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    level_name = models.CharField(_("层级的本地叫法"), max_length=20, blank=True)
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("所属区划"), related_name="organizations")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("上级单位"), related_name="members"
    )
    service_areas = models.ManyToManyField(
        "members.Area", blank=True, verbose_name=_("服务区域"), related_name="served_by"
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
    capacity_confirmed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    is_recognized_charity = models.BooleanField(_("已认定为慈善组织"), default=False)
    recognized_on = models.DateField(_("认定日期"), null=True, blank=True)
    is_recognition_candidate = models.BooleanField(_("拟培育认定的社会组织"), default=False)
    has_public_fundraising = models.BooleanField(_("有公开募捐资格"), default=False)
    fundraising_from = models.DateField(_("公开募捐资格起"), null=True, blank=True)
    fundraising_until = models.DateField(_("公开募捐资格止"), null=True, blank=True)
    is_suspended = models.BooleanField(_("已暂停"), default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["area__code", "name"]
        # What guardian's grants speak of; on screen the words of Grantable are used.
        permissions = [(one.codename, str(one.value)) for one in Grantable]
        indexes = [
            models.Index(fields=["kind", "level"], name="organization_kind"),
            GinIndex(fields=["directions"], name="organization_directions"),
            GinIndex(fields=["need_kinds"], name="organization_need_kinds"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code=""),
                name="one_organization_per_credit_code",
                violation_error_message=_("已有单位登记了这个统一社会信用代码。"),
            ),
            models.CheckConstraint(
                condition=~Q(is_recognized_charity=True, is_recognition_candidate=True),
                name="recognized_is_no_candidate",
                violation_error_message=_("已认定为慈善组织的，不再是拟培育认定的对象。"),
            ),
            models.CheckConstraint(
                condition=Q(is_recognized_charity=True) | Q(recognized_on=None),
                name="recognition_date_needs_recognition",
                violation_error_message=_("填写了认定日期，请同时勾选“已认定为慈善组织”。"),
            ),
            models.CheckConstraint(
                condition=Q(has_public_fundraising=True) | Q(fundraising_from=None, fundraising_until=None),
                name="fundraising_dates_need_qualification",
                violation_error_message=_("填写了公开募捐资格的日期，请同时勾选“有公开募捐资格”。"),
            ),
            models.CheckConstraint(
                condition=Q(fundraising_from=None)
                | Q(fundraising_until=None)
                | Q(fundraising_until__gte=F("fundraising_from")),
                name="fundraising_ends_after_it_begins",
                violation_error_message=_("公开募捐资格的截止日期早于起始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")),
                name="no_organization_above_itself",
                violation_error_message=_("上级单位不能是本单位。"),
            ),
        ]

    def __str__(self):
        return self.short_name or self.name

    @property
    def is_capacity_stale(self):
        confirmed = self.capacity_confirmed_on
        return confirmed is None or confirmed < timezone.localdate() - CAPACITY_HOLDS_FOR

    @property
    def level_words(self):
        """The local name of the level, where there is one: 镇街, 实验区."""
        return self.level_name or self.get_level_display()

    @property
    def is_raising_publicly(self):
        """Is the qualification in force today?"""
        today = timezone.localdate()
        begun = self.fundraising_from is None or self.fundraising_from <= today
        return self.has_public_fundraising and begun and (self.fundraising_until or today) >= today

    def words_of(self, field):
        """The entries of a list field, in words."""
        choices = dict(self._meta.get_field(field).base_field.choices)
        return [choices.get(value, value) for value in getattr(self, field)]

    @property
    def target_group_words(self):
        return self.words_of("target_groups")

    @property
    def direction_words(self):
        return self.words_of("directions")

    @property
    def need_kind_words(self):
        return self.words_of("need_kinds")


class OrganizationChange(models.Model):
    """What one save changed: {field: [old, new]}, as the form writes it. Append-only.

    It tells someone who saves over a newer version what the other changed, and it is the history on the page.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    changes = models.JSONField()
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "version"], name="one_change_per_organization_version")
        ]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.organization} {self.version}"


class OrganizationStateChange(models.Model):
    """Suspended or resumed, why and by whom. Append-only."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="state_changes")
    is_suspended = models.BooleanField()
    reason = models.CharField(_("原因"), max_length=500)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return str(_("暂停") if self.is_suspended else _("恢复"))


class CurrentQuerySet(models.QuerySet):
    """Rows that begin and end on days."""

    def current(self, on=None):
        on = on or timezone.localdate()
        return self.filter(Q(from_on=None) | Q(from_on__lte=on), Q(until_on=None) | Q(until_on__gte=on))


class OrganizationRelation(models.Model):
    """What one organization is to another: a hub gathers charities, a lead leads, others cooperate or take part."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="relations")
    other = models.ForeignKey(Organization, models.PROTECT, verbose_name=_("对方单位"), related_name="relations_to")
    kind = models.CharField(_("关系"), max_length=20, choices=RelationKind)
    from_on = models.DateField(_("开始日期"), default=timezone.localdate)
    until_on = models.DateField(_("结束日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    added_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")

    objects = CurrentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(organization=F("other")), name="no_relation_to_oneself"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="relation_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["organization", "other", "kind"], condition=Q(until_on=None), name="one_open_relation_of_a_kind"
            ),
        ]

    def __str__(self):
        return f"{self.organization} {self.get_kind_display()} {self.other}"


class ContactPost(models.Model):
    """A post to turn to, not a person: what is public carries no private number."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="contact_posts")
    title = models.CharField(_("岗位"), max_length=60)
    phone = models.CharField(_("办公电话"), max_length=40, blank=True)
    hours = models.CharField(_("工作时间"), max_length=60, blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    is_public = models.BooleanField(_("对外公开"), default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-is_public", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_public=False) | ~Q(phone__regex=MOBILE_NUMBER),
                name="no_private_number_in_public",
                violation_error_message=_("对外公开的电话不能是个人手机号，请填写固定电话或服务热线。"),
            )
        ]

    def __str__(self):
        return self.title
