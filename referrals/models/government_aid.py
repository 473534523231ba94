"""Government aid: what was applied for, how it was decided, what is paid (政府救助为主，慈善帮扶补充)."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from referrals.kinds import AidRhythm, AidState, Scheme


class AidQuerySet(models.QuerySet):
    def running(self, on=None):
        """Granted, and paid on this day."""
        on = on or timezone.localdate()
        return self.filter(Q(until=None) | Q(until__gte=on), state=AidState.GRANTED)


class GovernmentAid(models.Model):
    """One application under one scheme, whatever became of it; or why none applies."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="government_aid")
    scheme = models.CharField(_("政府救助"), max_length=20, choices=Scheme)
    state = models.CharField(_("结果"), max_length=20, choices=AidState)
    applied_on = models.DateField(_("申请日期"), null=True, blank=True)
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    decided_by = models.CharField(_("决定单位"), max_length=120, blank=True)
    amount_yuan = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    rhythm = models.CharField(_("发放"), max_length=10, choices=AidRhythm, blank=True)
    since = models.DateField(_("享受期起"), null=True, blank=True)
    until = models.DateField(_("享受期止"), null=True, blank=True)
    reason = models.CharField(_("未批准、停止或未申请的原因"), max_length=200, blank=True)
    document = models.ForeignKey(
        "referrals.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="government_aid",
        verbose_name=_("依据的材料"),
    )
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AidQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["person", "scheme"], name="aid_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_yuan=None) | Q(amount_yuan__gte=0), name="aid_is_not_negative"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="aid_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(applied_on=None) | Q(decided_on=None) | Q(decided_on__gte=F("applied_on")),
                name="aid_is_decided_after_it_was_applied_for",
            ),
        ]

    def __str__(self):
        return self.get_scheme_display()
