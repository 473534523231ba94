from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code


class Incident(models.Model):
    """个人信息安全事件 (§57): personal data leaked, altered or lost, or may have been; and who is affected.

    Whose data it touched is looked up in the log of provisions and in the audit: by receiver or person of staff, and
    by time. The row itself names nobody.
    """

    class Kind(models.TextChoices):
        LEAKED = "leaked", _("泄露")
        ALTERED = "altered", _("篡改")
        LOST = "lost", _("丢失")

    class State(models.TextChoices):
        OPEN = "open", _("处置中")
        CLOSED = "closed", _("已办结")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="incidents")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    title = models.CharField(_("发生了什么"), max_length=120)
    found_at = models.DateTimeField(_("发现时间"))
    since = models.DateTimeField(_("可能从什么时候起"))
    until = models.DateTimeField(_("到什么时候止"))
    receiver = models.ForeignKey(
        "members.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("涉及的接收单位"),
    )
    staff = models.ForeignKey(
        "members.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("涉及的人员账号")
    )
    harm = models.TextField(_("原因和可能造成的危害"), max_length=2000)
    measures = models.TextField(_("已采取的补救措施，本人可以怎样减轻危害"), max_length=2000)
    reported_to = models.CharField(_("报告了哪个主管部门"), max_length=200, blank=True)
    reported_at = models.DateTimeField(_("报告时间"), null=True, blank=True)
    notified_at = models.DateTimeField(_("通知本人的时间"), null=True, blank=True)
    notice = models.CharField(_("怎样通知的；不通知的理由"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")),
                name="incident_ends_after_it_began",
                violation_error_message=_("截止时间早于起始时间。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="open") | ~models.Q(notice=""), name="closed_incident_says_who_was_told"
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return self.title
