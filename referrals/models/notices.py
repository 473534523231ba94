"""公示: a list hung out for so many days, and what people said against it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.list_kinds import ObjectionState, ObjectionWay


class BatchNoticeQuerySet(models.QuerySet):
    def hanging(self, on=None):
        on = on or timezone.localdate()
        return self.filter(taken_down_at=None, since__lte=on, until__gte=on)


class BatchNotice(models.Model):
    """One hanging of a list. What it shows is reckoned at every look: a name only as long as its consent stands."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    batch = models.ForeignKey("referrals.Batch", models.PROTECT, related_name="notices")
    since = models.DateField(_("公示开始"))
    until = models.DateField(_("公示截止"))
    days = models.PositiveSmallIntegerField(_("公示天数"))
    items = ArrayField(models.CharField(max_length=30), default=list, verbose_name=_("公示内容"))
    shows_sums = models.BooleanField(_("公示金额"), default=True)
    place = models.CharField(_("张贴地点"), max_length=120)
    is_online = models.BooleanField(_("同时在公开网页上公示"), default=True)
    telephone = models.CharField(_("异议电话"), max_length=40)
    published_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)
    taken_down_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    taken_down_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("撤下的原因"), max_length=200, blank=True)

    objects = BatchNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["-id"], condition=Q(taken_down_at=None, is_online=True), name="notices_of_the_public_page"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="notice_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(taken_down_at=None, reason="") | (Q(taken_down_at__isnull=False) & ~Q(reason="")),
                name="notice_was_taken_down_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(taken_down_at=None), name="a_list_hangs_once_at_a_time"
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return self.code

    @property
    def state(self):
        """up, over, down: hanging, hung its whole time, taken down before."""
        if self.taken_down_at:
            return "down"
        return "over" if self.until < timezone.localdate() else "up"


class NoticeObjection(models.Model):
    """异议: what somebody said against a list or one row of it. Decided by another person than who wrote it down."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    batch = models.ForeignKey("referrals.Batch", models.PROTECT, related_name="objections")
    # None: against the list as a whole.
    row = models.ForeignKey("referrals.BatchRow", models.PROTECT, null=True, blank=True, related_name="objections")
    received_on = models.DateField(_("收到日期"))
    way = models.CharField(_("途径"), max_length=10, choices=ObjectionWay)
    # Who said it, as far as they gave a name; what; and what was found.
    private = EncryptedJSONField(default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=ObjectionState, default=ObjectionState.OPEN)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_by=None)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="objection_was_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("recorded_by")), name="objection_was_decided_by_somebody_else"
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return self.code

    @property
    def text(self):
        return self.private.get("text", "")

    @property
    def who(self):
        return self.private.get("who", "")

    @property
    def findings(self):
        return self.private.get("findings", "")
