"""What must stand before personal data may go to a receiver: an agreement on data, and an impact assessment."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import OrganizationKind
from members.models import Agreement
from portal.lib.codes import public_code
from referrals.items import Group, Purpose


def purposes():
    return ArrayField(models.CharField(max_length=30, choices=Purpose), verbose_name=_("用途"))


def groups():
    return ArrayField(models.CharField(max_length=30, choices=Group), verbose_name=_("个人信息的种类"))


class DataAgreementQuerySet(models.QuerySet):
    def current(self, on=None):
        """Neither ended nor outside the term of the agreement it belongs to."""
        return self.filter(ended_on=None, agreement__in=Agreement.objects.current(on))


class DataAgreement(models.Model):
    """The clauses on personal data of an agreement (个人信息保护法 §21, 条例 §12): who receives what, and for what."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    agreement = models.ForeignKey(
        "members.Agreement", models.PROTECT, related_name="data_clauses", verbose_name=_("合作协议")
    )
    receiver = models.ForeignKey(
        "members.Organization", models.PROTECT, related_name="data_clauses", verbose_name=_("接收单位")
    )
    purposes = purposes()
    groups = groups()
    measures = models.TextField(_("接收单位的保护措施"), max_length=2000)
    keeping = models.CharField(_("保存期限和到期后的处理"), max_length=300)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=300, blank=True)
    ended_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")

    objects = DataAgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="data_agreement_ended_with_reason",
            )
        ]

    def __str__(self):
        return str(_("%(title)s：个人信息条款（%(receiver)s）")) % {
            "title": self.agreement.title,
            "receiver": self.receiver.name,
        }

    @property
    def group_words(self):
        return [Group(one).label for one in self.groups]

    @property
    def purpose_words(self):
        return [Purpose(one).label for one in self.purposes]

    @property
    def is_current(self):
        return self.ended_on is None and self.agreement.state == "current"


class AssessmentQuerySet(models.QuerySet):
    def current(self, on=None):
        on = on or timezone.localdate()
        return self.filter(state=ImpactAssessment.State.APPROVED, is_acceptable=True, valid_until__gte=on)


class ImpactAssessment(models.Model):
    """个人信息保护影响评估 (§55, §56): before data goes to new receivers or in new categories. Kept, once approved."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待审定")
        APPROVED = "approved", _("已审定")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    title = models.CharField(_("评估名称"), max_length=120)
    purposes = purposes()
    groups = groups()
    receiver_kinds = ArrayField(
        models.CharField(max_length=30, choices=OrganizationKind), verbose_name=_("接收单位的类型"), default=list
    )
    necessity = models.TextField(_("是否合法、正当、必要"), max_length=2000)
    risks = models.TextField(_("对个人权益的影响和风险"), max_length=2000)
    measures = models.TextField(_("保护措施是否有效、与风险相适应"), max_length=2000)
    is_acceptable = models.BooleanField(_("结论：可以进行"), default=False)
    valid_until = models.DateField(_("有效期至"))
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("written_by")),
                name="assessment_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", approved_by=None) | Q(state="approved", approved_by__isnull=False),
                name="approved_assessment_names_its_approver",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="kept_once_approved",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="approved"),
            )
        ]

    def __str__(self):
        return self.title

    @property
    def group_words(self):
        return [Group(one).label for one in self.groups]

    @property
    def purpose_words(self):
        return [Purpose(one).label for one in self.purposes]

    @property
    def kind_words(self):
        return [OrganizationKind(one).label for one in self.receiver_kinds]

    @property
    def is_current(self):
        return self.state == self.State.APPROVED and self.is_acceptable and self.valid_until >= timezone.localdate()

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]
