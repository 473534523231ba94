"""分期: the schedule by which one line of help is paid and signed for, as the plan of its program's version has it."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from programs.models import FundOrder
from programs.words import PARTS, say
from referrals.kinds import InstalmentState, SkipCause


class InstalmentQuerySet(models.QuerySet):
    def open(self):
        """Neither paid, nor waiting to be booked, nor left out."""
        return self.filter(order=None, skipped_at=None)

    def to_pay(self, on=None):
        return self.open().filter(due_on__lte=on or timezone.localdate())

    def unsigned(self):
        """Paid, and nobody has signed for it yet."""
        return self.filter(order__state=FundOrder.State.APPROVED, signed_on=None)

    def to_sign(self, on=None):
        return self.unsigned().filter(month__lte=on or timezone.localdate())


class AidInstalment(models.Model):
    """One month of a schedule. It is paid with an order of its fund, alone or with others, and signed for by itself."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    line = models.ForeignKey("referrals.AidLine", models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField(_("期"))
    term = models.PositiveSmallIntegerField(_("学期"))
    # The first day of the month it is for; and of the months that the donor pays together with it.
    month = models.DateField(_("月份"))
    due_on = models.DateField(_("应付日期"))
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    # [["canteen_card", "300"], …]
    parts = models.JSONField(default=list)
    order = models.ForeignKey("programs.FundOrder", models.PROTECT, null=True, blank=True, related_name="instalments")
    signed_on = models.DateField(_("签收日期"), null=True, blank=True)
    signed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    receipt = models.CharField(_("签收单编号"), max_length=60, blank=True)
    paper = models.ForeignKey("referrals.AidPaper", models.PROTECT, null=True, blank=True, related_name="+")
    skipped_at = models.DateTimeField(null=True, blank=True)
    skipped_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    cause = models.CharField(_("原因"), max_length=20, choices=SkipCause, blank=True)
    # {"signer": who signed in their stead, "reason": why it is not paid}
    private = EncryptedJSONField(default=dict)

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(
                fields=["month"], condition=Q(order__isnull=False, signed_on=None), name="instalments_to_sign"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="one_instalment_for_a_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(signed_on=None) | Q(order__isnull=False, signed_by__isnull=False),
                name="signed_instalment_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(skipped_at=None) | (Q(order=None) & ~Q(cause="")), name="skipped_instalment_has_its_cause"
            ),
        ]  # fmt: skip
        triggers = [
            # A schedule that nothing has happened to may be laid out anew.
            pgtrigger.Protect(
                name="kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__order__isnull=False) | pgtrigger.Q(old__skipped_at__isnull=False),
            ),
            pgtrigger.ReadOnly(
                name="as_laid_out", fields=["line", "number", "term", "month", "due_on", "amount", "parts"]
            ),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}"

    @property
    def state(self):
        if self.skipped_at:
            return InstalmentState.SKIPPED
        if self.signed_on:
            return InstalmentState.SIGNED
        if self.order_id:
            is_booked = self.order.state == FundOrder.State.APPROVED
            return InstalmentState.PAID if is_booked else InstalmentState.PAYING
        return InstalmentState.DUE if self.due_on <= timezone.localdate() else InstalmentState.PLANNED

    @property
    def state_words(self):
        return InstalmentState(self.state).label

    @property
    def split(self):
        """[(what, sum)]"""
        return [(say(PARTS, name), Decimal(amount)) for name, amount in self.parts]

    @property
    def signer(self):
        return self.private.get("signer", "")

    @property
    def reason(self):
        return self.private.get("reason", "")
