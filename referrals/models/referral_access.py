"""Whom a referral concerns: one row for each organization, written with the referral. Lists ask only this table.

What lists sort and count by is copied here from the referral, and kept in step by the database itself: whoever writes a
referral, by whichever road, cannot forget it, and no list has to join a million rows to find fifty.
"""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from referrals.workflow import ENDS, State

# Where no clock runs: behind everything that has a day. (Without it, no page could begin after such a row.)
NO_DAY = date(9999, 12, 31)
_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDS))
_COPIED = "rank", "state", "due_on", "is_open"
_VALUES = f"rank, state, COALESCE(due_on, DATE '{NO_DAY}'), state NOT IN ({_ENDED})"
# Both say the same: as the referral stands, so stand its rows here.
COPY_IN = pgtrigger.Trigger(
    name="copied_in",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        SELECT created_at, {_VALUES} INTO NEW.created_at, {", ".join(f"NEW.{name}" for name in _COPIED)}
        FROM referrals_referral WHERE id = NEW.referral_id;
        RETURN NEW;
    """,  # noqa: S608 - constants of ours
)
KEEP_IN_STEP = pgtrigger.Trigger(
    name="lists_in_step",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("state", "rank", "due_on"),
    condition=pgtrigger.AnyChange("state", "rank", "due_on"),
    func=f"""
        UPDATE referrals_referralaccess SET ({", ".join(_COPIED)}) = (
            SELECT {_VALUES} FROM referrals_referral WHERE id = NEW.id
        ) WHERE referral_id = NEW.id;
        RETURN NULL;
    """,  # noqa: S608 - constants of ours
)


class ReferralAccess(models.Model):
    class Reason(models.TextChoices):
        SENDER = "sender", _("转出")
        RECEIVER = "receiver", _("接收")
        ANCESTOR = "ancestor", _("首次转出")
        SHARED = "shared", _("共享")
        ABOVE = "above", _("上级")
        # Keeps the person's record, and a bureau above it sent the case: a town reads what became of its families.
        KEEPER = "keeper", _("保管资料")

    OWN_REASONS = ("sender", "receiver", "ancestor", "keeper")

    pk = models.CompositePrimaryKey("organization_id", "referral_id")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    referral = models.ForeignKey("referrals.Referral", models.CASCADE, related_name="access")
    reason = models.CharField(max_length=10, choices=Reason)
    created_at = models.DateTimeField(default=timezone.now)
    is_open = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    rank = models.PositiveSmallIntegerField(default=2)
    due_on = models.DateField(default=NO_DAY)

    class Meta:
        indexes = [
            # Everything that lies with a unit, newest first; and the same for one reason.
            models.Index(
                fields=["organization", "-created_at", "-referral"], condition=Q(is_open=True) & ~Q(reason="shared"),
                name="open_of_unit",
            ),
            models.Index(fields=["organization", "-created_at", "-referral"], name="referrals_of_unit"),
            models.Index(
                fields=["organization", "reason", "is_open", "-created_at", "-referral"], name="newest_of_desk"
            ),
            # By urgency and clock, and for the counts on the tabs.
            models.Index(
                fields=["organization", "reason", "state", "rank", "due_on", "referral"], condition=Q(is_open=True),
                name="desk_by_clock",
            ),
            models.Index(fields=["referral"], name="units_of_referral"),
        ]  # fmt: skip
        triggers = [COPY_IN]

    def __str__(self):
        return self.get_reason_display()
