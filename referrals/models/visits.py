"""走访: who went where and found what; rounds; and by that, where nobody has been."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, Level
from members.models.audit import KEPT
from members.roles import ALL, AREA
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.kinds import VisitOccasion, VisitResult
from referrals.models.derived import Photo, Placed


def within(area):
    """For anything that repeats the divisions above it: in this area or below."""
    return Q(area=area.pk) if area.level == Level.VILLAGE else Q(**{area.level: area.code})


class VisitQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """Those of one's unit; for civil affairs also all that were made in its area to people of its own side."""
        reach = staff.permissions.get("visit.view")
        if reach is None:
            return self.none()
        seen = Q(organization=staff.organization_id)
        if reach in (AREA, ALL) and staff.organization.kind in BUREAU_KINDS:
            seen |= within(staff.organization.area) & (Q(person=None) | Q(person__is_official=True))
        return self.filter(seen)

    def in_area(self, area):
        return self.filter(within(area))

    def as_rows(self):
        """For lists: with whom and where, without what a row does not show."""
        rows = self.select_related("person", "area", "organization")
        return rows.defer("private", "person__private", "person__name_keys")

    def between(self, since, until):
        return self.filter(visited_on__gte=since, visited_on__lte=until)


class VisitRound(models.Model):
    """一轮走访: a task for an area and a time. How far it has come is counted from its visits."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("名称"), max_length=80)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="visit_rounds")
    area = models.ForeignKey("members.Area", models.PROTECT, related_name="+", verbose_name=_("范围"))
    since = models.DateField(_("从"))
    until = models.DateField(_("到"))
    note = models.CharField(_("要求"), max_length=300, blank=True)
    begun_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="round_ends_after_it_begins"),
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self):
        return self.since <= timezone.localdate() <= self.until


class Visit(Placed):
    """One visit, to somebody or to a place. It is not changed: who saw something else writes another."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, null=True, blank=True, related_name="visits")
    area = models.ForeignKey("members.Area", models.PROTECT, related_name="visits", verbose_name=_("在哪里"))
    round = models.ForeignKey(VisitRound, models.PROTECT, null=True, blank=True, related_name="visits")
    # To verify what a charity told of the family: the case it belongs to.
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, null=True, blank=True, related_name="visits")
    occasion = models.CharField(_("走访形式"), max_length=30, choices=VisitOccasion)
    visited_on = models.DateField(_("走访日期"), default=timezone.localdate)
    visitors = models.CharField(_("走访人"), max_length=120)
    homes = models.PositiveIntegerField(_("走访户数"), null=True, blank=True)
    result = models.CharField(_("结果"), max_length=20, choices=VisitResult)
    private = EncryptedJSONField(default=dict)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-visited_on", "-pk"]
        indexes = [
            models.Index(fields=["person", "-visited_on"], name="visits_of_person"),
            models.Index(fields=["-visited_on", "-id"], name="visits_by_day"),
            models.Index(fields=["county", "-visited_on", "-id"], name="visits_in_county"),
            models.Index(fields=["town", "-visited_on", "-id"], name="visits_in_town"),
            models.Index(fields=["organization", "-visited_on", "-id"], name="visits_of_unit"),
        ]
        triggers = [KEPT]

    def __str__(self):
        """For the audit: nobody's name."""
        return self.code

    def derive(self):
        self.lie_in(self.area)

    @property
    def findings(self):
        return self.private.get("findings", "")


class VisitPhoto(Photo):
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="photos")
