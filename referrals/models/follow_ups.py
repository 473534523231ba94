"""会商、研判、跟进、帮扶、反馈 (R78): the next date of a case, what for, and who; done with a line on the result."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class FollowUpPurpose(models.TextChoices):
    """The cycle, in its order."""

    CONSULT = "consult", _("会商")
    ANALYSE = "analyse", _("研判")
    FOLLOW = "follow", _("跟进")
    HELP = "help", _("帮扶")
    FEED_BACK = "feed_back", _("反馈")


class FollowUpQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_on=None)

    def of(self, staff):
        """What this person has to do."""
        return self.open().filter(who=staff)

    def due(self, on=None):
        return self.open().filter(due_on__lte=on or timezone.localdate())


class FollowUp(models.Model):
    """One date of one unit. Both sides of the case see that there is one; what is written, who may see the person."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="follow_ups")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    purpose = models.CharField(_("做什么"), max_length=10, choices=FollowUpPurpose)
    due_on = models.DateField(_("哪一天"))
    who = models.ForeignKey("members.Staff", models.PROTECT, related_name="+", verbose_name=_("谁来做"))
    # {"note": what to look at, "result": what came of it}
    private = EncryptedJSONField(default=dict)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["who", "due_on", "id"], name="follow_ups_to_do", condition=Q(done_on=None)),
            models.Index(fields=["organization", "due_on", "id"], name="follow_ups_of_unit", condition=Q(done_on=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None, done_by=None) | Q(done_on__isnull=False, done_by__isnull=False),
                name="follow_up_is_done_by_somebody",
            )
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_purpose_display()} {self.due_on}"

    @property
    def is_due(self):
        return self.done_on is None and self.due_on <= timezone.localdate()

    @property
    def note(self):
        return self.private.get("note", "")

    @property
    def result(self):
        return self.private.get("result", "")
