"""帮扶记录: what was proposed, decided, paid and handed over for one person, line by line; and what shows it."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from portal.lib.uploads import CONTENT_TYPES, PICTURES
from programs.kinds import AidForm
from referrals.kinds import COUNTED_AID, DROPPED_AID, FUNDED_FORMS, WAITING_AID, AidLineState, AidPaperKind
from referrals.models.people import Person
from referrals.models.referrals import Referral
from referrals.workflow import Effectiveness

MONEY = {"max_digits": 14, "decimal_places": 2}
ZERO = Value(0, output_field=models.DecimalField(**MONEY))


class AidLineQuerySet(models.QuerySet):
    def given(self):
        """What reached the family: paid, in part at least, or handed over."""
        return self.filter(Q(state__in=[AidLineState.PAID, AidLineState.DELIVERED]) | Q(paid__gt=0))

    def counted(self):
        """What stands against ceilings: decided, paid or handed over."""
        return self.filter(state__in=sorted(COUNTED_AID))

    def waiting(self):
        return self.filter(state__in=sorted(WAITING_AID))

    def unsettled(self):
        """Neither over nor given in full."""
        return self.exclude(state__in=[*DROPPED_AID, AidLineState.PAID, AidLineState.DELIVERED])

    def visible_to(self, staff):
        """Of one's own unit; of referrals that concern it; without one also of the people one's own side keeps."""
        if "aid.view" not in staff.permissions:
            return self.none()
        concerned = Q(referral__in=Referral.objects.visible_to(staff).values("pk"))
        kept = Q(referral=None, person__in=Person.objects.visible_to(staff, "aid.view"))
        return self.filter(Q(organization=staff.organization_id) | concerned | kept)

    def with_worth(self):
        """Money, or what goods are worth: hours have no price here."""
        return self.annotate(worth=Coalesce("amount", "value", ZERO))


class AidLine(models.Model):
    """One line of help. Proposed by one person, approved by another; never deleted, only cancelled with a reason."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    # None for help without a referral: a list, or a charity's own, told in its periodic return.
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, null=True, blank=True, related_name="aid")
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="aid")
    need = models.ForeignKey("referrals.Need", models.PROTECT, null=True, blank=True, related_name="aid")
    need_kind = models.CharField(_("需求类别"), max_length=30, choices=NeedKind, blank=True)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    form = models.CharField(_("帮扶形式"), max_length=30, choices=AidForm)
    program = models.ForeignKey("programs.Program", models.PROTECT, null=True, blank=True, related_name="+")
    program_version = models.ForeignKey("programs.ProgramVersion", models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey("programs.Round", models.PROTECT, null=True, blank=True, related_name="+")
    # Money paid; of goods what they are worth; of services the hours.
    amount = models.DecimalField(_("金额（元）"), null=True, blank=True, **MONEY)
    value = models.DecimalField(_("物资折价（元）"), null=True, blank=True, **MONEY)
    hours = models.DecimalField(_("服务时长（小时）"), max_digits=7, decimal_places=1, null=True, blank=True)
    # What the rules proposed, from and to, line by line; another sum says why (sealed) and has a second approver.
    proposed = models.DecimalField(_("按规则测算（元）"), null=True, blank=True, **MONEY)
    proposed_most = models.DecimalField(_("按规则最多（元）"), null=True, blank=True, **MONEY)
    rule_lines = models.JSONField(default=list, blank=True)
    is_exception = models.BooleanField(_("例外"), default=False)
    # 自行登记: given before it was written down, by the unit's own ways; nobody here decided on it or paid it.
    is_told = models.BooleanField(_("自行登记"), default=False)
    fund = models.ForeignKey("programs.Fund", models.PROTECT, null=True, blank=True, related_name="+")
    commitment = models.ForeignKey("programs.FundCommitment", models.PROTECT, null=True, blank=True, related_name="aid")
    # The payment that waits for a second person, or the last one.
    order = models.ForeignKey("programs.FundOrder", models.PROTECT, null=True, blank=True, related_name="+")
    paid = models.DecimalField(_("已支付（元）"), default=0, **MONEY)
    # {"description", "paid_from", "exception_reason", "payee": {…}, "flags", "notes"}
    private = EncryptedJSONField(default=dict)
    state = models.CharField(_("状态"), max_length=12, choices=AidLineState, default=AidLineState.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    proposed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    first_approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    first_approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    given_on = models.DateField(_("发放日期"), null=True, blank=True)
    receipt = models.CharField(_("回单或签收编号"), max_length=60, blank=True)
    # 效果: what came of it.
    effect = models.CharField(_("效果"), max_length=10, choices=Effectiveness, blank=True)
    effect_on = models.DateField(null=True, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AidLineQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["person", "state"], name="aid_lines_of_person"),
            models.Index(fields=["organization", "-id"], name="aid_lines_of_unit"),
            models.Index(
                fields=["organization", "state", "-id"], name="aid_lines_to_settle",
                condition=Q(state__in=["proposed", "second", "approved", "paying", "part_paid"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")), name="nobody_approves_their_own_aid"),
            models.CheckConstraint(
                condition=~Q(first_approved_by=F("proposed_by")) & ~Q(first_approved_by=F("approved_by")),
                name="aid_approved_by_two_others",
            ),
            models.CheckConstraint(
                condition=(Q(amount=None) | Q(amount__gt=0)) & (Q(value=None) | Q(value__gt=0))
                & (Q(hours=None) | Q(hours__gt=0)),
                name="aid_is_more_than_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(COUNTED_AID)) | Q(approved_by__isnull=False) | Q(is_told=True),
                name="decided_aid_was_approved",
            ),
            models.CheckConstraint(
                condition=Q(is_told=False) | Q(
                    referral=None, commitment=None, fund=None, is_exception=False,
                    state__in=["paid", "delivered", "cancelled"],
                ),
                name="told_aid_is_given_and_of_no_case",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(COUNTED_AID), is_exception=True) | Q(first_approved_by__isnull=False),
                name="an_exception_has_two_approvers",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["part_paid", "paid", "delivered"]) | Q(given_on__isnull=False),
                name="given_aid_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid__gt=0, amount__gte=F("paid"), commitment__isnull=False),
                name="aid_paid_from_its_commitment",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(commitment=None) | Q(paid=F("amount")), name="paid_aid_is_paid_in_full"
            ),
        ]  # fmt: skip
        triggers = [KEPT]

    def __str__(self):
        return f"{self.get_form_display()} {self.code}"

    @property
    def worth_yuan(self):
        return self.amount if self.amount is not None else self.value

    @property
    def is_funded(self):
        return self.form in FUNDED_FORMS

    @property
    def is_counted(self):
        return self.state in COUNTED_AID

    @property
    def left_to_pay(self):
        return (self.amount or 0) - self.paid

    @property
    def description(self):
        return self.private.get("description", "")

    @property
    def paid_from(self):
        """Of help that was told of: which money it was, in words."""
        return self.private.get("paid_from", "")

    @property
    def exception_reason(self):
        return self.private.get("exception_reason", "")

    @property
    def payee(self):
        return self.private.get("payee", {})

    @property
    def notes(self):
        """[{"verb", "who", "at", "text"}]: what each person said when they moved it, oldest first."""
        return self.private.get("notes", [])

    @property
    def flags(self):
        """What spoke against it when it was decided, in words."""
        return self.private.get("flags", [])


class AidPaper(models.Model):
    """A receipt, a signed list, a photo: one sealed file that shows that help arrived. Kept with its line."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    line = models.ForeignKey(AidLine, models.PROTECT, related_name="papers")
    kind = models.CharField(_("种类"), max_length=12, choices=AidPaperKind)
    file_key = models.CharField(max_length=32, editable=False)
    preview_key = models.CharField(max_length=32, blank=True, editable=False)
    file_kind = models.CharField(max_length=10, editable=False)
    file_size = models.PositiveIntegerField(editable=False)
    checksum = models.CharField(max_length=64, editable=False)
    added_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "checksum"], name="one_copy_of_a_paper_for_a_line"),
            models.UniqueConstraint(fields=["file_key"], name="one_aid_paper_per_file"),
        ]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    @property
    def content_type(self):
        return CONTENT_TYPES[self.file_kind]

    @property
    def is_picture(self):
        return self.file_kind in PICTURES

    @property
    def served_name(self):
        return f"{self.get_kind_display()}-{self.code}.{self.file_kind}"
