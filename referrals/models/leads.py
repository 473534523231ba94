"""线索: that somebody somewhere seems to be in difficulty, in the words of whoever saw it; and what became of it."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, Level
from members.roles import ALL, AREA
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import BlindIndexField, EncryptedJSONField
from referrals.kinds import OPEN_LEADS, RANKS, DiscoveryChannel, LeadClosing, LeadState, Urgency
from referrals.models.derived import Photo, Placed

# What lies in the envelope: words about a family that nobody has to search by.
TOLD = ("seen", "place", "name", "phone", "answer")


class LeadQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """One's own; as `lead.view` reaches, those of one's unit, and for civil affairs those that lie in its area."""
        if "lead.file" not in staff.permissions:
            return self.none()
        seen = Q(filed_by=staff.pk, organization=staff.organization_id)
        reach = staff.permissions.get("lead.view")
        if reach is not None:
            seen |= Q(organization=staff.organization_id)
        if reach in (AREA, ALL) and staff.organization.kind in BUREAU_KINDS:
            seen |= _within(staff.organization.area)
        return self.filter(seen)

    def for_triage(self, staff):
        """Those this person of staff may work on: only civil affairs, only what lies in its area."""
        reach = staff.permissions.get("lead.triage")
        if reach not in (AREA, ALL) or staff.organization.kind not in BUREAU_KINDS:
            return self.none()
        return self.in_area(staff.organization.area)

    def in_area(self, area):
        return self.filter(_within(area))

    def waiting(self):
        return self.filter(state__in=OPEN_LEADS)

    def late(self, on=None):
        return self.waiting().filter(due_on__lt=on or timezone.localdate())

    def answered_unseen(self, staff):
        """One's own that have come to an end since one last looked."""
        return self.filter(filed_by=staff.pk, answer_seen_at=None, decided_at__isnull=False)


def _within(area):
    if area.level == Level.VILLAGE:
        return Q(area=area.pk)
    return Q(**{area.level: area.code})


class Lead(Placed):
    """One message of a finder. `key` comes with the form: however often it is sent, there is one lead.

    A place is a division and words; who it is about may not be known at all.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    key = models.CharField(max_length=32, editable=False)
    filed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="leads", verbose_name=_("报送人"))
    # The finder's unit on that day: it gets the credit (R53).
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, related_name="+", verbose_name=_("报送单位")
    )
    filed_at = models.DateTimeField(default=timezone.now)
    channel = models.CharField(_("发现渠道"), max_length=30, choices=DiscoveryChannel)
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    area = models.ForeignKey("members.Area", models.PROTECT, related_name="leads", verbose_name=_("在哪里"))
    private = EncryptedJSONField(default=dict)
    phone_index = BlindIndexField(source="phone")
    is_agreed = models.BooleanField(_("家庭同意告诉民政部门"), default=False)
    state = models.CharField(_("状态"), max_length=20, choices=LeadState, default=LeadState.NEW)
    due_on = models.DateField(_("处理期限"))
    taken_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    person = models.ForeignKey("referrals.Person", models.PROTECT, null=True, related_name="leads")
    # The family agreed and is known by name: told formally, and the lead ends with it.
    referral = models.ForeignKey("referrals.Referral", models.SET_NULL, null=True, related_name="leads")
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="duplicates")
    closing = models.CharField(_("了结原因"), max_length=30, choices=LeadClosing, blank=True)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer_seen_at = models.DateTimeField(null=True)
    # Derived, for one index each; see derive().
    rank = models.PositiveSmallIntegerField(default=2, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "due_on", "pk"]
        indexes = [
            *(
                models.Index(
                    fields=[level, "rank", "due_on", "id"], name=f"open_leads_in_{level}",
                    condition=Q(state__in=["new", "taken"]),
                )
                for level in ("city", "county", "town")
            ),
            # For those who see both their area and their own unit's, wherever it lies: no index of an area serves them.
            models.Index(fields=["rank", "due_on", "id"], name="open_leads", condition=Q(state__in=["new", "taken"])),
            models.Index(fields=["county", "-id"], name="leads_in_county"),
            models.Index(fields=["town", "-id"], name="leads_in_town"),
            models.Index(fields=["filed_by", "-id"], name="leads_of_finder"),
            models.Index(fields=["organization", "-id"], name="leads_of_unit"),
            models.Index(fields=["phone_index"], name="lead_phone"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["filed_by", "key"], name="lead_counts_once"),
            models.CheckConstraint(
                condition=Q(state__in=["new", "taken"], decided_at=None)
                | (~Q(state__in=["new", "taken"]) & Q(decided_at__isnull=False)),
                name="lead_is_decided_or_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="registered") | Q(person__isnull=False), name="registered_lead_has_its_person"
            ),
            models.CheckConstraint(
                condition=~Q(state="duplicate") | (Q(duplicate_of__isnull=False) & ~Q(duplicate_of=F("id"))),
                name="duplicate_lead_has_its_first",
            ),
            models.CheckConstraint(
                condition=Q(closing="") | Q(state="closed"), name="only_a_closed_lead_has_a_reason"
            ),
        ]  # fmt: skip

    def __str__(self):
        """For the audit: what it is, not whose."""
        return self.code

    def derive(self):
        self.rank = RANKS[Urgency(self.urgency)]
        self.lie_in(self.area)

    @property
    def seen(self):
        return self.private.get("seen", "")

    @property
    def place(self):
        return self.private.get("place", "")

    @property
    def name(self):
        return self.private.get("name", "")

    @property
    def phone(self):
        return self.private.get("phone", "")

    @property
    def answer(self):
        return self.private.get("answer", "")

    @property
    def is_open(self):
        return self.state in OPEN_LEADS

    @property
    def is_late(self):
        return self.is_open and self.due_on < timezone.localdate()


class LeadPhoto(Photo):
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="photos")
