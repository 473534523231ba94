"""What a list went through: handed on and receipted, ticked off, signed by other bodies; and the papers of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.models.derived import Photo


class BatchStation(models.Model):
    """One step of the program's route as this list took it; `step` is its place there, from 1."""

    class Answer(models.TextChoices):
        WAITING = "waiting", _("等待回执")
        TAKEN = "taken", _("已收到")
        RETURNED = "returned", _("退回")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    batch = models.ForeignKey("referrals.Batch", models.PROTECT, related_name="stations")
    step = models.PositiveSmallIntegerField()
    done_on = models.DateField(_("办理日期"))
    done_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    # Handed on: to a unit that works here, or to a party outside by its name.
    to = models.ForeignKey("members.Organization", models.PROTECT, null=True, blank=True, related_name="+")
    to_words = models.CharField(_("收件方"), max_length=80, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_on = models.DateField(_("回执日期"), null=True, blank=True)
    answered_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    receipt = models.CharField(_("回执编号"), max_length=60, blank=True)
    private = EncryptedJSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # Returned and handed on again is another row.
            models.UniqueConstraint(
                fields=["batch", "step"], condition=~Q(answer="returned"), name="a_list_takes_a_step_once"
            ),
            models.CheckConstraint(
                condition=~Q(answer__in=["taken", "returned"])
                | Q(answered_on__isnull=False, answered_by__isnull=False),
                name="receipt_has_its_day",
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.batch} {self.step}"

    @property
    def note(self):
        return self.private.get("note", "")

    @property
    def answer_words(self):
        return self.private.get("answer", "")

    @property
    def receiver(self):
        return self.to.name if self.to_id else self.to_words


class RowSignature(models.Model):
    """会签: what one body said about one person of a list."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    row = models.ForeignKey("referrals.BatchRow", models.PROTECT, related_name="signatures")
    body = models.CharField(_("会签单位"), max_length=60)
    agrees = models.BooleanField(_("同意"))
    signed_on = models.DateField(_("会签日期"))
    # Who signed there, and what they added.
    private = EncryptedJSONField(default=dict)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["row", "body"], name="a_body_signs_a_row_once")]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.row} {self.body}"

    @property
    def signer(self):
        return self.private.get("signer", "")

    @property
    def note(self):
        return self.private.get("note", "")


class BatchPaper(Photo):
    """A paper of the list as a whole: the sealed copy, a picture of the notice, a receipt that came back."""

    class Kind(models.TextChoices):
        SEALED_LIST = "sealed_list", _("盖章的名册")
        NOTICE_PROOF = "notice_proof", _("公示照片")
        DECISION = "decision", _("审批文件")
        RECEIPT = "receipt", _("回执")
        SIGNED_LIST = "signed_list", _("签收单")
        OTHER = "other", _("其他")

    batch = models.ForeignKey("referrals.Batch", models.PROTECT, related_name="papers")
    kind = models.CharField(_("种类"), max_length=20, choices=Kind)
    added_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]
