"""核对: a family's means are looked into by the bureau, with the signatures of all adults, for whoever asks."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.roles import AREA
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.kinds import CheckConclusion, CheckDeclining, CheckState
from referrals.models.people import Person


class CheckQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """Who asked, who answers, and the civil-affairs side of the place where the family lives."""
        if "check.view" not in staff.permissions:
            return self.none()
        seen = Q(organization=staff.organization_id) | Q(bureau=staff.organization_id)
        if staff.permissions["check.view"] == AREA:
            seen |= Q(person__in=Person.objects.visible_to(staff, "check.view"))
        return self.filter(seen)

    def to_answer(self, staff):
        """Of one's own bureau: to be reckoned, and to be signed by a second person."""
        waiting = Q(pk__in=[])
        if "check.answer" in staff.permissions:
            waiting |= Q(state=CheckState.ASKED)
        if "check.sign" in staff.permissions:
            waiting |= Q(state=CheckState.WRITTEN) & ~Q(written_by=staff.pk)
        return self.filter(waiting, bureau=staff.organization_id)


class EconomicCheck(models.Model):
    """One request and its report. Whoever asked is shown the conclusion; `findings` never leave the bureau.

    A report is a reference (R88): nothing in the portal refuses anybody because of it.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="checks", verbose_name=_("困难群众"))
    # Asked for while a referral is looked into: the case it belongs to.
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, null=True, blank=True, related_name="checks")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    bureau = models.ForeignKey("members.Organization", models.PROTECT, related_name="checks")
    asked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    purpose = models.CharField(_("为什么核对"), max_length=200)
    due_on = models.DateField(_("期限"))
    state = models.CharField(max_length=20, choices=CheckState, default=CheckState.ASKED)
    # {"signed": [names], "findings": …}
    private = EncryptedJSONField(default=dict)
    consent = models.ForeignKey("referrals.Consent", models.PROTECT, null=True, related_name="+")
    signed_on = models.DateField(_("授权日期"))
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    conclusion = models.CharField(_("结论"), max_length=20, choices=CheckConclusion, blank=True)
    declining = models.CharField(_("原因"), max_length=20, choices=CheckDeclining, blank=True)
    words = models.CharField(_("给申请单位的说明"), max_length=300, blank=True)
    checked_on = models.DateField(_("核对日期"), null=True, blank=True)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["bureau", "due_on", "id"], condition=Q(decided_at=None), name="checks_of_bureau"),
            models.Index(fields=["organization", "-id"], name="checks_of_asker"),
            models.Index(fields=["person", "-id"], name="checks_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organization"], condition=Q(decided_at=None), name="one_open_check_of_an_asker"
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered")
                | (~Q(conclusion="") & Q(valid_until__gte=F("checked_on"), decided_by__isnull=False)),
                name="delivered_check_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | ~Q(decided_by=F("written_by")), name="check_is_signed_by_a_second"
            ),
            models.CheckConstraint(
                condition=~Q(file_key="") | Q(consent__isnull=False), name="check_is_authorized_by_paper_or_consent"
            ),
        ]

    def __str__(self):
        """For the audit: nobody's name."""
        return self.code

    @property
    def findings(self):
        return self.private.get("findings", "")

    @property
    def signed(self):
        return self.private.get("signed", [])

    @property
    def is_open(self):
        return self.decided_at is None

    @property
    def is_expired(self):
        return self.state == CheckState.DELIVERED and self.valid_until < timezone.localdate()


class CheckContact(models.Model):
    """沟通对接 (R89): who spoke with whom before help began."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    check_asked = models.ForeignKey(EconomicCheck, models.PROTECT, related_name="contacts")
    happened_on = models.DateField(_("日期"), default=timezone.localdate)
    private = EncryptedJSONField(default=dict)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    noted_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-happened_on", "-pk"]

    def __str__(self):
        return self.code

    @property
    def words(self):
        return self.private.get("words", "")
