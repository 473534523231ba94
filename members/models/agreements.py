from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class AgreementQuerySet(models.QuerySet):
    def of(self, organizations):
        """Those to which one of these organizations is a party."""
        return self.filter(Q(party_a__in=organizations) | Q(party_b__in=organizations) | Q(party_c__in=organizations))

    def current(self, on=None):
        on = on or timezone.localdate()
        return self.filter(
            Q(starts_on=None) | Q(starts_on__lte=on), Q(ends_on=None) | Q(ends_on__gte=on), ended_on=None
        )


class Agreement(models.Model):
    """A contract with a partner (合作协议): two or three parties, a term, and how much it covers at most."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("协议名称"), max_length=120)
    party_a = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("甲方"), related_name="agreements_as_a"
    )
    party_b = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("乙方"), related_name="agreements_as_b"
    )
    party_c = models.ForeignKey(
        "members.Organization", models.PROTECT, null=True, blank=True, verbose_name=_("丙方"),
        related_name="agreements_as_c",
    )  # fmt: skip
    signed_on = models.DateField(_("签订日期"), null=True, blank=True)
    starts_on = models.DateField(_("有效期起"), null=True, blank=True)
    ends_on = models.DateField(_("有效期止"), null=True, blank=True)
    ceiling = models.DecimalField(_("金额上限（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    quota = models.PositiveIntegerField(_("名额"), null=True, blank=True)
    quota_unit = models.CharField(_("名额单位"), max_length=20, blank=True)
    terms = models.TextField(_("主要内容"), max_length=4000, blank=True)
    # The signed paper (portal.lib.uploads), if it was handed in.
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    ended_on = models.DateField(_("提前终止日期"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(party_a=F("party_b")),
                name="agreement_has_two_parties",
                violation_error_message=_("甲方和乙方不能是同一单位。"),
            ),
            models.CheckConstraint(
                condition=Q(party_c=None) | (~Q(party_c=F("party_a")) & ~Q(party_c=F("party_b"))),
                name="third_party_is_another",
                violation_error_message=_("丙方不能与甲方或乙方相同。"),
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="agreement_ends_after_it_begins",
                violation_error_message=_("有效期的截止日期早于起始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(ceiling__gte=0),
                name="agreement_ceiling_not_negative",
                violation_error_message=_("金额上限不能是负数。"),
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="agreement_ended_with_reason",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]

    @property
    def parties(self):
        named = [(_("甲方"), self.party_a), (_("乙方"), self.party_b), (_("丙方"), self.party_c)]
        return [(side, organization) for side, organization in named if organization]

    @property
    def state(self):
        """ended, not_yet, over or current: in that order of what matters."""
        today = timezone.localdate()
        if self.ended_on:
            return "ended"
        if self.starts_on and self.starts_on > today:
            return "not_yet"
        return "over" if self.ends_on and self.ends_on < today else "current"
