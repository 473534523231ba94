"""R85: families whom a unit outside civil affairs knows, whose record points to government aid that nobody asked for,
where the region binds the unit to tell. Counted by the clock; whether one still waits is asked at every look."""

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NotifyDuty
from referrals.kinds import AidState, Scheme
from referrals.models.government_aid import GovernmentAid
from referrals.models.referrals import Referral
from referrals.workflow import TO_BUREAU_KINDS, State


class TellingDutyQuerySet(models.QuerySet):
    def waiting(self):
        """Neither told of, nor with aid that was asked for, nor with every scheme answered in the record since."""
        mine = {"person": OuterRef("person")}
        told = Referral.objects.filter(kind__in=TO_BUREAU_KINDS, **mine).exclude(state=State.DRAFT)
        aid = GovernmentAid.objects.filter(**mine)
        aided = aid.filter(state__in=[AidState.APPLIED, AidState.GRANTED])
        rows = self.annotate(recorded=ArraySubquery(aid.values("scheme")))
        return rows.filter(~Exists(told), ~Exists(aided)).exclude(schemes__contained_by=F("recorded"))

    def late(self, on=None):
        return self.filter(due_on__lt=on or timezone.localdate())


class TellingDuty(models.Model):
    person = models.OneToOneField("referrals.Person", models.CASCADE, related_name="telling_duty")
    # Who keeps the person, and is bound.
    organization = models.ForeignKey("members.Organization", models.CASCADE, related_name="+")
    # The most the record points to, in the order of the list.
    schemes = ArrayField(models.CharField(max_length=20, choices=Scheme))
    duty = models.CharField(_("慈善组织的告知义务"), max_length=10, choices=NotifyDuty)
    since = models.DateField()
    due_on = models.DateField(_("期限"))
    reminded_on = models.DateField(null=True, blank=True)

    # Counted, not told: what was merged is counted no more.
    STAYS_WITH_PERSON = True

    objects = TellingDutyQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["organization", "due_on", "id"], name="telling_duties_of_unit")]

    def __str__(self):
        return str(self.person_id)

    @property
    def is_late(self):
        return self.due_on < timezone.localdate()

    @property
    def wanting(self):
        """Of the schemes those of which the record says nothing yet (of rows of `waiting`)."""
        return [Scheme(one) for one in self.schemes if one not in self.recorded]

    @property
    def words(self):
        return _("、").join(str(one.label) for one in self.wanting)
