"""供需对接: needs put up without a name, and what units say they could do about them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from members.models.areas import Area
from portal.lib.codes import public_code
from programs.kinds import AgeBand
from referrals.board_kinds import ClaimState, PostingState
from referrals.kinds import RANKS, NeedForm, Urgency
from referrals.models.derived import Placed


class PostingQuerySet(models.QuerySet):
    def current(self, on=None):
        """Still to be helped, and not past its last day."""
        on = on or timezone.localdate()
        return self.filter(state=PostingState.OPEN, until__gte=on, organization__is_suspended=False)

    def of_unit(self, organization):
        return self.filter(organization=organization)


class Posting(Placed):
    """A need as everybody in the trade may read it: where about, what, how old about, how much is missing. No name.

    Who it is knows the unit that put it up; whoever claims it hears so only when the person has agreed.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    need = models.ForeignKey("referrals.Need", models.PROTECT, related_name="postings")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    # A county or a town, never a village: who needs it must not be known by where they live.
    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("所在地区"), related_name="+")
    kind = models.CharField(_("需求类别"), max_length=30, choices=NeedKind)
    form = models.CharField(_("物质或服务"), max_length=10, choices=NeedForm)
    age_band = models.CharField(_("年龄段"), max_length=10, choices=AgeBand)
    gap_yuan = models.DecimalField(_("大约缺口（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    rank = models.PositiveSmallIntegerField(default=2, editable=False)
    words = models.CharField(_("需要什么帮助"), max_length=200)
    until = models.DateField(_("挂到哪一天"))
    state = models.CharField(_("状态"), max_length=10, choices=PostingState, default=PostingState.OPEN)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    posted_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "-pk"]
        indexes = [
            models.Index(fields=["rank", "-id"], condition=Q(state="open"), name="open_postings_by_urgency"),
            models.Index(fields=["organization", "state"], name="postings_of_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(state="open"), name="one_open_posting_of_a_need",
                violation_error_message=_("这项需求已经在供需对接里。"),
            ),
            models.CheckConstraint(condition=Q(gap_yuan=None) | Q(gap_yuan__gt=0), name="posting_misses_something"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    def derive(self):
        self.rank = RANKS[Urgency(self.urgency)]
        self.lie_in(self.area)

    @property
    def is_over(self):
        return self.state == PostingState.OPEN and self.until < timezone.localdate()


class Claim(models.Model):
    """认领: a unit says that it could help, and how. It binds nobody until the person has agreed."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="claims")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    offered = models.CharField(_("能提供什么"), max_length=300)
    offer = models.ForeignKey("programs.Offer", models.PROTECT, null=True, blank=True, related_name="+")
    program = models.ForeignKey("programs.Program", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=ClaimState, default=ClaimState.WAITING)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    claimed_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["organization", "-id"], name="claims_of_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "organization"], condition=Q(state="waiting"), name="one_waiting_claim_of_a_unit"
            )
        ]

    def __str__(self):
        return f"{self.organization} {self.code}"
