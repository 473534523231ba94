"""结对帮扶: somebody who comes again and again, or a unit that stands by one place; and the log of it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from members.models.areas import Area
from members.models.audit import APPEND_ONLY, KEPT
from members.roles import OWN
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.board_kinds import PairingKind, PairingState, PairingVisitKind
from referrals.models.referrals import Referral


class PairingQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """Those of one's unit; those of a case one sees; for civil affairs those that help a place of its area."""
        reach = staff.permissions.get("pairing.view")
        if reach is None:
            return self.none()
        mine = Q(organization=staff.organization_id)
        if "referral.view" in staff.permissions:
            mine |= Q(referral__in=Referral.objects.visible_to(staff))
        if reach != OWN and staff.organization.kind in BUREAU_KINDS:
            area = staff.organization.area
            mine |= Q(area__in=Area.objects.filter(**{area.level: area.code})) | Q(area=area)
        return self.filter(mine)

    def active(self):
        return self.filter(state=PairingState.ACTIVE)

    def waiting(self, on=None):
        """Whose next visit is past its day."""
        return self.active().filter(next_on__lt=on or timezone.localdate())


class Pairing(models.Model):
    """One giver and one person (by the case) or one place. Names and aims lie in the envelope."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    kind = models.CharField(_("帮扶形式"), max_length=20, choices=PairingKind)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="pairings")
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, blank=True, related_name="pairings")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("帮扶地区"))
    # giver (who comes), phone, aim.
    private = EncryptedJSONField(default=dict)
    since = models.DateField(_("从哪一天起"))
    every_days = models.PositiveSmallIntegerField(_("多少天联系一次"), default=30)
    next_on = models.DateField(_("下次联系"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=PairingState, default=PairingState.ACTIVE)
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = PairingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["organization", "state", "next_on"], name="pairings_of_unit"),
            models.Index(fields=["area"], name="pairings_of_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(referral=None, area__isnull=False) | Q(referral__isnull=False, area=None),
                name="pairing_with_one_case_or_one_place",
            ),
            models.CheckConstraint(condition=Q(every_days__range=(1, 366)), name="pairing_comes_within_a_year"),
            models.CheckConstraint(
                condition=Q(state="active", ended_on=None) | Q(state="ended", ended_on__gte=F("since")),
                name="pairing_ends_after_it_began",
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    @property
    def giver(self):
        return self.private.get("giver", "")

    @property
    def phone(self):
        return self.private.get("phone", "")

    @property
    def aim(self):
        return self.private.get("aim", "")

    @property
    def is_active(self):
        return self.state == PairingState.ACTIVE

    def after(self, day):
        return day + timedelta(days=self.every_days)


class PairingVisit(models.Model):
    """陪伴记录: one visit, call or errand, as it was; never changed, struck out at most by a later line."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="visits")
    on = models.DateField(_("日期"))
    kind = models.CharField(_("方式"), max_length=10, choices=PairingVisitKind)
    minutes = models.PositiveSmallIntegerField(_("用时（分钟）"), default=60)
    value_yuan = models.DecimalField(_("带去的物资折价（元）"), max_digits=12, decimal_places=2, null=True, blank=True)
    # done, worry (what the unit should look at).
    private = EncryptedJSONField(default=dict)
    is_worrying = models.BooleanField(_("需要跟进"), default=False)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["pairing", "-on", "-id"], name="visits_of_pairing")]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__range=(1, 1440)), name="visit_within_a_day"),
            models.CheckConstraint(condition=Q(value_yuan=None) | Q(value_yuan__gt=0), name="visit_brought_something"),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.on} {self.get_kind_display()}"

    @property
    def done(self):
        return self.private.get("done", "")

    @property
    def worry(self):
        return self.private.get("worry", "")
