"""One case shown to one more party (a hospital, a school, a social worker): to people by name, for a task, until a day.

The share says what and for what; the grants beside it (guardian's own kind of row) say to whom, and are the authority:
without a live one a colleague of the same unit sees nothing. What of the person goes with it are Provisions of its own.
"""

from datetime import timedelta

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.grants import Grant, GrantManager
from members.roles import ADMINISTRATORS
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.items import words_of
from referrals.kinds import ShareTask


class ReferralShareQuerySet(models.QuerySet):
    def open(self):
        """Not ended yet; whether it counts today the grants say."""
        return self.filter(ended_at=None)


class ReferralShare(models.Model):
    """共享: frozen when it is given; it only ends."""

    class Ended(models.TextChoices):
        REVOKED = "revoked", _("提前收回")
        CONSENT = "consent", _("本人的同意不再包括")
        EXPIRED = "expired", _("到期")
        CASE_OVER = "case_over", _("个案已经办结")
        LEFT = "left", _("对方人员变动")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="shares")
    party = models.ForeignKey("members.Organization", models.PROTECT, related_name="+", verbose_name=_("共享给"))
    task = models.CharField(_("请对方做什么"), max_length=20, choices=ShareTask)
    items = ArrayField(models.CharField(max_length=30))
    # {"words": what is asked of them, "reasons": {item: why more than the task needs}}
    private = EncryptedJSONField(default=dict)
    # The last day on which it counts.
    expires_on = models.DateField(_("到哪一天"))
    version = models.PositiveIntegerField(default=1)
    given_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    # Of whoever gave it, as it was then: the unit to turn to.
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(_("怎样结束"), max_length=10, choices=Ended, blank=True)
    # Nobody when the clock or the person ended it.
    ended_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(_("收回的原因"), max_length=200, blank=True)

    objects = ReferralShareQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["referral", "-id"], name="shares_of_referral"),
            models.Index(fields=["expires_on"], condition=Q(ended_at=None), name="open_shares_by_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
                name="share_ended_somehow",
            ),
            models.CheckConstraint(
                condition=~Q(ended="revoked") | (Q(ended_by__isnull=False) & ~Q(end_reason="")),
                name="share_revoked_with_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_share",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL AND OLD.ended_at IS DISTINCT FROM NEW.ended_at
                        OR (to_jsonb(OLD) - 'private' - 'version' - 'ended_at' - 'ended' - 'ended_by_id' - 'end_reason')
                        IS DISTINCT FROM
                        (to_jsonb(NEW) - 'private' - 'version' - 'ended_at' - 'ended' - 'ended_by_id' - 'end_reason')
                    THEN
                        RAISE EXCEPTION 'a share is frozen' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        """For the audit: to whom, not of whom."""
        return f"{self.party} {self.code}"

    @property
    def words(self):
        return self.private.get("words", "")

    @property
    def reasons(self):
        return self.private.get("reasons", {})

    @property
    def item_words(self):
        return words_of(self.items)

    @property
    def is_over(self):
        """By the calendar too: the clock writes the end down later."""
        return self.ended_at is not None or self.expires_on < timezone.localdate()

    @property
    def how_it_ended(self):
        return self.get_ended_display() if self.ended else self.Ended.EXPIRED.label


class ReferralGrantManager(GrantManager):
    def held_by(self, staff):
        """Of this person, live at this moment. A token carries its scopes and no grants; neither has an administrator,
        or whoever left the unit to which it was given."""
        if staff.has_only_roles or not staff.is_active or staff.roles & ADMINISTRATORS:
            return self.none()
        return self.live().filter(user=staff, share__ended_at=None, share__party=staff.organization_id)


class ReferralGrant(Grant):
    """One person may see what one share shows of one case."""

    content_object = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="grants")
    share = models.ForeignKey(ReferralShare, models.PROTECT, related_name="grants")

    objects = ReferralGrantManager()

    class Meta(Grant.Meta):
        indexes = [
            models.Index(fields=["user", "expires_at"], condition=Q(revoked_at=None), name="open_referral_grants")
        ]
        constraints = [
            models.UniqueConstraint(fields=["share", "user"], name="one_grant_of_a_share_for_a_person"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("given_at")), name="referral_grant_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(user=F("given_by")), name="nobody_grants_themselves_a_case"),
            models.CheckConstraint(condition=~Q(reason=""), name="referral_grant_has_a_reason"),
            models.CheckConstraint(
                condition=Q(revoked_by=None) | Q(revoked_at__isnull=False), name="referral_grant_revoked_when"
            ),
        ]

    @property
    def last_day(self):
        """It ends with the midnight after this day."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))
