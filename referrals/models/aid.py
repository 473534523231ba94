"""帮扶记录: what was proposed, decided, paid and handed over for one person, line by line."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from programs.kinds import AidForm
from referrals.kinds import AidLineState


class AidLineQuerySet(models.QuerySet):
    def given(self):
        """What reached the family: paid, or handed over."""
        return self.filter(state__in=[AidLineState.PAID, AidLineState.DELIVERED])

    def counted(self):
        """What stands against ceilings: decided, paid or handed over."""
        return self.filter(state__in=[AidLineState.APPROVED, AidLineState.PAID, AidLineState.DELIVERED])


class AidLine(models.Model):
    """One line of help. Proposed by one person, approved by another; never deleted, only cancelled with a reason."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    # None for help without a referral: a charity's own, told in its periodic return.
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, null=True, blank=True, related_name="aid")
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="aid")
    need = models.ForeignKey("referrals.Need", models.PROTECT, null=True, blank=True, related_name="aid")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    form = models.CharField(_("帮扶形式"), max_length=30, choices=AidForm)
    program = models.ForeignKey("programs.Program", models.PROTECT, null=True, blank=True, related_name="+")
    program_version = models.ForeignKey("programs.ProgramVersion", models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey("programs.Round", models.PROTECT, null=True, blank=True, related_name="+")
    # Money paid; of goods what they are worth; of services the hours.
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    value = models.DecimalField(_("物资折价（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    hours = models.DecimalField(_("服务时长（小时）"), max_digits=7, decimal_places=1, null=True, blank=True)
    # What the rules proposed, line by line; an override says why (sealed).
    proposed = models.DecimalField(_("按规则测算（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    rule_lines = models.JSONField(default=list, blank=True)
    commitment = models.ForeignKey("programs.FundCommitment", models.PROTECT, null=True, blank=True, related_name="aid")
    private = EncryptedJSONField(default=dict)
    state = models.CharField(_("状态"), max_length=12, choices=AidLineState, default=AidLineState.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    proposed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    given_on = models.DateField(_("发放日期"), null=True, blank=True)
    receipt = models.CharField(_("回单或签收编号"), max_length=60, blank=True)

    objects = AidLineQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["person", "state"], name="aid_lines_of_person")]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")), name="nobody_approves_their_own_aid"),
            models.CheckConstraint(
                condition=(Q(amount=None) | Q(amount__gt=0)) & (Q(value=None) | Q(value__gt=0))
                & (Q(hours=None) | Q(hours__gt=0)),
                name="aid_is_more_than_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid", "delivered"]) | Q(approved_by__isnull=False),
                name="decided_aid_was_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "delivered"]) | Q(given_on__isnull=False), name="given_aid_has_its_day"
            ),
        ]  # fmt: skip
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_form_display()} {self.code}"
