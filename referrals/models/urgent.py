"""救急难: a referral that goes before its consent and its papers, on a stated ground, and what has to follow."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class UrgentLane(models.Model):
    """Why it may go without a consent (个人信息保护法 §13(4)), who said so, who agreed, until when the road is open."""

    class Ground(models.TextChoices):
        LIFE = "life", _("危及生命健康，来不及征得同意")
        PROPERTY = "property", _("危及重大财产安全，来不及征得同意")
        OUTBREAK = "outbreak", _("应对突发公共卫生事件")

    class State(models.TextChoices):
        ASKED = "asked", _("待第二人审核")
        OPEN = "open", _("等补齐同意")
        CONSENTED = "consented", _("已补齐同意")
        CLOSED = "closed", _("已终止")
        LAPSED = "lapsed", _("逾期，已停止提供")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.OneToOneField("referrals.Referral", models.CASCADE, related_name="lane")
    ground = models.CharField(_("依据"), max_length=10, choices=Ground)
    private = EncryptedJSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    # The end of the 72 hours; what is shown without a consent is shown until then.
    due_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # 先救助后补材料: by when, and when they were there.
    papers_due_on = models.DateField(null=True)
    papers_done_at = models.DateTimeField(null=True)
    papers_done_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="open_urgent_lanes")]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("asked_by")), name="lane_is_approved_by_a_second"),
            models.CheckConstraint(
                condition=Q(state="asked", approved_by=None)
                | (~Q(state="asked") & Q(approved_by__isnull=False, due_at__isnull=False))
                | Q(state="closed"),
                name="open_lane_was_approved",
            ),
        ]

    def __str__(self):
        """For the audit: what it is, not whose."""
        return self.code

    @property
    def words(self):
        return self.private.get("words", "")

    @property
    def is_standing(self):
        """Is what goes without a consent shown at this moment?"""
        return self.state == self.State.OPEN and self.due_at > timezone.now()

    @property
    def is_wanting(self):
        """A consent, or papers, are still to come."""
        return self.state in (self.State.OPEN, self.State.LAPSED) or (
            self.state == self.State.CONSENTED and self.papers_done_at is None
        )
