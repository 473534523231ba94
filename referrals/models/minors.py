from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT, NO_TRUNCATE
from portal.lib.codes import public_code


class MinorApprovalQuerySet(models.QuerySet):
    def live(self, on=None):
        on = on or timezone.localdate()
        return self.filter(state=MinorAccessApproval.State.APPROVED, ended_at=None, until__gte=on)

    def waiting(self):
        return self.filter(state=MinorAccessApproval.State.ASKED)


class MinorAccessApproval(models.Model):
    """A person of staff may see one minor's case, or those of all minors within reach, until a day (条例 §36).

    Asked for with a reason, approved by the responsible person of the unit, never by oneself; the rows stay for the
    yearly audit (§37).
    """

    class Scope(models.TextChoices):
        PERSON = "person", _("这一名未成年人")
        ALL = "all", _("权限范围内的全部未成年人")

    class State(models.TextChoices):
        ASKED = "asked", _("待批准")
        APPROVED = "approved", _("已批准")
        DECLINED = "declined", _("未批准")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    staff = models.ForeignKey("members.Staff", models.PROTECT, related_name="minor_approvals")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    scope = models.CharField(_("范围"), max_length=10, choices=Scope)
    person = models.ForeignKey("referrals.Person", models.PROTECT, null=True, related_name="minor_approvals")
    reason = models.CharField(_("为什么需要查看"), max_length=300)
    until = models.DateField(_("到哪天为止"))
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("答复"), max_length=300, blank=True)
    ended_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MinorApprovalQuerySet.as_manager()

    # A merger leaves it with the record it speaks of; it is found through `merged_into`.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["staff", "until"], condition=Q(ended_at=None), name="open_minor_approvals")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="person", person__isnull=False) | Q(scope="all", person=None),
                name="minor_approval_has_its_scope",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("staff")), name="nobody_approves_their_own_sight"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None) | (~Q(state="asked") & Q(decided_by__isnull=False)),
                name="minor_approval_decided_by_someone",
            ),
            models.UniqueConstraint(
                fields=["staff", "person"], condition=Q(state="asked"), nulls_distinct=False,
                name="one_open_request_for_a_minor",
            ),
        ]  # fmt: skip
        triggers = [KEPT, NO_TRUNCATE]

    def __str__(self):
        return f"{self.get_scope_display()} {self.code}"

    @property
    def is_live(self):
        return self.state == self.State.APPROVED and not self.ended_at and self.until >= timezone.localdate()
