"""需求: what somebody needs, several for one person, and what became of each."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.kinds import (
    OPEN_NEEDS,
    RANKS,
    WEIGHTS,
    Ground,
    HardshipCause,
    NeedForm,
    NeedState,
    NeedWeight,
    Urgency,
)
from referrals.models.derived import Derived
from referrals.models.people import Person


class NeedQuerySet(models.QuerySet):
    def visible_to(self, staff):
        return self.filter(person__in=Person.objects.visible_to(staff))

    def open(self):
        return self.filter(state__in=OPEN_NEEDS)


class Need(Derived):
    """One need. The wish in the family's words lies in the envelope; what is counted does not."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="needs", verbose_name=_("困难群众"))
    kind = models.CharField(_("需求类别"), max_length=30, choices=NeedKind)
    form = models.CharField(_("物质或服务"), max_length=10, choices=NeedForm)
    weight = models.CharField(_("层次"), max_length=20, choices=NeedWeight)
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    ground = models.CharField(_("转介事由"), max_length=30, choices=Ground, blank=True)
    causes = ArrayField(
        models.CharField(max_length=20, choices=HardshipCause), default=list, blank=True, verbose_name=_("致困原因")
    )
    estimated_yuan = models.DecimalField(_("预计费用（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    private = EncryptedJSONField(default=dict)
    state = models.CharField(_("状态"), max_length=20, choices=NeedState, default=NeedState.OPEN)
    # Derived, for sorting.
    rank = models.PositiveSmallIntegerField(default=2, editable=False)
    weight_rank = models.PositiveSmallIntegerField(default=2, editable=False)
    version = models.PositiveIntegerField(default=1)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "-pk"]
        indexes = [
            models.Index(fields=["person", "state"], name="needs_of_person"),
            models.Index(fields=["rank", "-id"], condition=Q(state__in=OPEN_NEEDS), name="open_needs_by_urgency"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(estimated_yuan=None) | Q(estimated_yuan__gte=0), name="need_costs_no_less_than_nothing"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.code}"

    def derive(self):
        self.rank = RANKS[Urgency(self.urgency)]
        self.weight_rank = WEIGHTS[NeedWeight(self.weight)]

    @property
    def wish(self):
        return self.private.get("wish", "")

    @property
    def cause_words(self):
        return [HardshipCause(cause).label for cause in self.causes]

    @property
    def is_open(self):
        return self.state in OPEN_NEEDS


class NeedStep(models.Model):
    """Where a need stood from then on, and why. Append-only."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    need = models.ForeignKey(Need, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=20, choices=NeedState)
    private = EncryptedJSONField(default=dict)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete)]

    def __str__(self):
        return self.get_state_display()

    @property
    def note(self):
        return self.private.get("note", "")
