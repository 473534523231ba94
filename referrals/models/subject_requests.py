"""What a person may ask for (§44–50), how long a record is kept, and its end by two people."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class SubjectRequest(models.Model):
    """Somebody asks what is held, or wants it corrected, erased or explained. Answered by a day, in words."""

    class Kind(models.TextChoices):
        COPY = "copy", _("查阅、复制")
        CORRECT = "correct", _("更正、补充")
        ERASE = "erase", _("删除")
        EXPLAIN = "explain", _("解释处理规则")

    class Applicant(models.TextChoices):
        SELF = "self", _("本人")
        GUARDIAN = "guardian", _("监护人")
        AGENT = "agent", _("受托代理人")
        NEAR_KIN = "near_kin", _("已故者的近亲属")

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        GRANTED = "granted", _("同意")
        PARTLY = "partly", _("部分同意")
        REFUSED = "refused", _("不同意")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="subject_requests")
    kind = models.CharField(_("请求"), max_length=10, choices=Kind)
    applicant = models.CharField(_("谁提出"), max_length=10, choices=Applicant)
    identity_check = models.CharField(_("怎样核对的身份"), max_length=200)
    # {"name", "phone", "wish"}: who asks, and what for in their words.
    private = EncryptedJSONField(default=dict)
    received_on = models.DateField(_("收到日期"), default=timezone.localdate)
    due_on = models.DateField(_("答复期限"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reply = models.TextField(_("答复"), max_length=2000, blank=True)
    # Of a refusal: what the law lets stay, and why.
    reason = models.CharField(_("不同意或部分同意的理由"), max_length=500, blank=True)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None) | (~Q(state="open") & Q(answered_by__isnull=False)),
                name="subject_request_answered_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "granted"]) | ~Q(reason=""), name="subject_request_refused_with_reason"
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    @property
    def applicant_name(self):
        return self.private.get("name", "")

    @property
    def wish(self):
        return self.private.get("wish", "")


class Retention(models.Model):
    """Until when a record is kept and on what ground; a legal hold keeps it whatever the day."""

    person = models.OneToOneField("referrals.Person", models.PROTECT, related_name="retention")
    until = models.DateField(_("保存到"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    hold_reason = models.CharField(_("依法留存的原因"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    STAYS_WITH_PERSON = True

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | ~Q(basis=""), name="retention_has_its_basis"),
        ]

    def __str__(self):
        return str(self.until or "")


class PurgeOrder(models.Model):
    """The erasure of one record: ordered by one, carried out by another; kept without any of the data."""

    class State(models.TextChoices):
        ORDERED = "ordered", _("待第二人确认")
        DONE = "done", _("已清除")
        CALLED_OFF = "called_off", _("已撤销")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="purge_orders")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    request = models.ForeignKey(SubjectRequest, models.PROTECT, null=True, related_name="purge_orders")
    reason = models.CharField(_("为什么清除"), max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.ORDERED)
    # model -> how many rows were wiped
    counts = models.JSONField(default=dict, blank=True)
    ordered_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="ordered"), name="one_open_purge_of_a_person"),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(closed_by=F("ordered_by")), name="purged_by_a_second_person"
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return self.code
