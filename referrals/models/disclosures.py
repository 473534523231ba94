"""What left the keeper's house: the list that was passed on, and the log of every look at it."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from referrals.items import Purpose
from referrals.models.shares import ReferralGrant


class ProvisionQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at=None)

    def to_unit(self, unit):
        """What was passed on to a unit as such; what was shared with one of its people is theirs alone."""
        return self.filter(receiver=unit, share=None)

    def reaching(self, staff):
        """What may come before this person's eyes: passed on to their unit, or shared with them by name."""
        held = ReferralGrant.objects.held_by(staff).values("share")
        return self.filter(Q(receiver=staff.organization_id, share=None) | Q(share__in=held))

    def about(self, person):
        return self.filter(Q(person=person) | Q(person__merged_into=person))


class Provision(models.Model):
    """信息提供清单: the items of one person that one receiver may see under one consent. Frozen; it only ends.

    It opens nothing by itself: what is shown is what it lists and what the consent still covers at that moment.
    """

    class Ended(models.TextChoices):
        BY_PROVIDER = "by_provider", _("提供单位收回")
        WITHDRAWN = "withdrawn", _("本人撤回同意")
        EXPIRED = "expired", _("同意到期")
        URGENT_OVER = "urgent_over", _("救急难依据终止")
        SHARE_OVER = "share_over", _("共享结束")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="provisions")
    provider = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    receiver = models.ForeignKey("members.Organization", models.PROTECT, related_name="provisions")
    purpose = models.CharField(_("用途"), max_length=30, choices=Purpose)
    consent = models.ForeignKey("referrals.Consent", models.PROTECT, null=True, related_name="provisions")
    # 救急难: the ground that stands for a consent, for 72 hours at most.
    lane = models.ForeignKey("referrals.UrgentLane", models.PROTECT, null=True, related_name="provisions")
    # With whom of the receiver it is shared by name; what goes to the unit as such has none.
    share = models.ForeignKey("referrals.ReferralShare", models.PROTECT, null=True, related_name="provisions")
    # None where the receiver acts under the law and needs none.
    agreement = models.ForeignKey("referrals.DataAgreement", models.PROTECT, null=True, related_name="+")
    assessment = models.ForeignKey("referrals.ImpactAssessment", models.PROTECT, null=True, related_name="+")
    items = ArrayField(models.CharField(max_length=30))
    reason = models.CharField(_("为什么提供"), max_length=300)
    digest = models.CharField(max_length=64)
    provided_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    provided_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(_("怎样结束"), max_length=20, choices=Ended, blank=True)
    ended_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    # The receiver's word that copies made outside were deleted.
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")

    objects = ProvisionQuerySet.as_manager()

    # A merger leaves it with the record it speaks of; it is found through `merged_into`.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["receiver", "-id"], name="provisions_of_receiver"),
            models.Index(fields=["person", "receiver"], name="provisions_of_person"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(receiver=models.F("provider")), name="provided_to_another"),
            models.CheckConstraint(
                condition=Q(consent__isnull=False, lane=None, assessment__isnull=False)
                | Q(consent=None, lane__isnull=False),
                name="provided_under_consent_or_ground",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
                name="provision_ended_somehow",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_provision",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR OLD.ended_at IS DISTINCT FROM NEW.ended_at AND OLD.ended_at IS NOT NULL
                        OR (to_jsonb(OLD) - 'ended_at' - 'ended' - 'ended_by_id' - 'deleted_at' - 'deleted_by_id')
                        IS DISTINCT FROM
                        (to_jsonb(NEW) - 'ended_at' - 'ended' - 'ended_by_id' - 'deleted_at' - 'deleted_by_id') THEN
                        RAISE EXCEPTION 'a provision is frozen' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        return self.code


class DisclosureLog(models.Model):
    """One line: provided, looked at, ended. Immutable, and gone at the earliest three years later (条例 §12)."""

    class Kind(models.TextChoices):
        PROVIDED = "provided", _("提供")
        SEEN = "seen", _("查看")
        ENDED = "ended", _("停止提供")

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="disclosures")
    provision = models.ForeignKey(Provision, models.PROTECT, related_name="log")
    receiver = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    receiver_name = models.CharField(max_length=120)
    items = ArrayField(models.CharField(max_length=30))
    actor = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=80, blank=True)
    payload_hash = models.CharField(max_length=64, blank=True)

    # A merger leaves it with the record it speaks of; it is found through `merged_into`.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="disclosures_of_person"),
            models.Index(fields=["receiver", "-at", "-id"], name="disclosures_to_receiver"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="kept_three_years",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '3 years' THEN
                        RETURN OLD;
                    END IF;
                    RAISE EXCEPTION 'records of provision are kept three years' USING ERRCODE = 'check_violation';
                """,
            ),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'rows of % are kept', TG_TABLE_NAME;",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.receiver_name}"
