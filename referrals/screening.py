"""Screening lists (R36, R38, R51, R52): computed from what is known, narrowed to what nobody has looked at since."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from referrals import matching
from referrals.kinds import HardshipLevel, NeedWeight, ScreeningList
from referrals.models import (
    GovernmentAid,
    Need,
    Person,
    PersonCategory,
    PersonFact,
    ScreeningReview,
    Unaided,
    Visit,
)

VISITED_FOR = timedelta(days=180)
BATCH = 200


def candidates(staff, which):
    """Living people in sight whom a list means, whether or not somebody has looked."""
    return _LISTS[which](Person.objects.visible_to(staff, "screening.view").living())


def pending(staff, which):
    """Those of them whom nobody has looked at since something about them changed; each with `reviewed_at`."""
    last = ScreeningReview.objects.filter(person=OuterRef("pk"), list=which).order_by("-pk").values("reviewed_at")[:1]
    people = candidates(staff, which).annotate(reviewed_at=Subquery(last))
    return people.filter(Q(reviewed_at=None) | Q(changed_at__gt=F("reviewed_at")) | _anything_new())


def _anything_new():
    found = Q()
    for model, column in (
        (PersonFact, "recorded_at"), (GovernmentAid, "changed_at"), (Need, "changed_at"),
        (PersonCategory, "recorded_at"), (Visit, "recorded_at"),
    ):  # fmt: skip
        later = {"person": OuterRef("pk"), f"{column}__gt": OuterRef("reviewed_at")}
        found |= Q(Exists(model.objects.filter(**later)))
    return found


def _still_in_difficulty(people):
    """Aid is paid, and yet: severe hardship, a need of the first kinds, or somebody said it does not suffice."""
    mine = {"person": OuterRef("pk")}
    aided = GovernmentAid.objects.running().filter(**mine)
    short = PersonFact.objects.filter(**mine, name="aid_still_insufficient", value=True, superseded_at=None)
    needs = Need.objects.open().filter(**mine, weight__in=[NeedWeight.BASIC, NeedWeight.BOTTOM_LINE])
    return people.filter(Exists(aided), Q(level=HardshipLevel.SEVERE) | Exists(short) | Exists(needs))


def _not_visited(people):
    since = timezone.localdate() - VISITED_FOR
    return people.exclude(Exists(Visit.objects.filter(person__household=OuterRef("household"), visited_on__gt=since)))


_LISTS = {
    ScreeningList.STILL_IN_DIFFICULTY: _still_in_difficulty,
    ScreeningList.UNAIDED: lambda people: _without_aid(people).filter(unaided__isnull=False),
    ScreeningList.NOT_VERIFIED: lambda people: people.not_verified(),
    ScreeningList.NOT_VISITED: _not_visited,
}


def _without_aid(people):
    return people.exclude(Exists(GovernmentAid.objects.running().filter(person=OuterRef("pk"))))


def count_pending(staff):
    """For the card of 今天: the first list, up to a hundred."""
    return pending(staff, ScreeningList.STILL_IN_DIFFICULTY).order_by()[:100].count()


def _meets(person):
    """Programs whose conditions are met, even where the sum is still open: what was granted before is seldom known."""
    matched = matching.match_person(person)
    return [one.program.code for one in (*matched.fits, *matched.open) if one.answer.met]


# -- What only a long count finds -----------------------------------------------------------------------------------
def find_unaided(people=None):
    """Match everybody without aid on file with the programs in force; returns how many fit one. Safe to run twice."""
    people = _without_aid((Person.objects.filter(merged_into=None) if people is None else people).living())
    found, last = 0, 0
    while batch := list(
        people.filter(pk__gt=last).select_related("residence", "registration").defer("name_keys").order_by("pk")[:BATCH]
    ):
        last = batch[-1].pk
        fits = {person.pk: _meets(person) for person in batch}
        rows = [Unaided(person_id=pk, programs=codes, found_at=timezone.now()) for pk, codes in fits.items() if codes]
        Unaided.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["person"], update_fields=["programs", "found_at"]
        )
        Unaided.objects.filter(person__in=[pk for pk, codes in fits.items() if not codes]).delete()
        found += len(rows)
    return found
