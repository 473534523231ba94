"""Screening lists (R36, R38, R51, R52): computed from what is known, narrowed to what nobody has looked at since."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from programs import catalogue, reverse
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
BATCH = 2000


def candidates(staff, which):
    """Living people in sight whom a list means, whether or not somebody has looked."""
    return LISTS[which](Person.objects.visible_to(staff, "screening.view").living())


def pending(staff, which):
    """Those of them whom nobody has looked at since something about them changed; each with `reviewed_at`."""
    people = _with_last_review(candidates(staff, which), list=which)
    return people.filter(Q(reviewed_at=None) | Q(changed_at__gt=F("reviewed_at")) | _anything_new())


def worked_off(staff, program):
    """People in sight who were looked at for this program, and nothing new is known of since."""
    people = Person.objects.visible_to(staff).filter(
        pk__in=ScreeningReview.objects.filter(program=program).values("person")
    )
    return _with_last_review(people, program=program).exclude(Q(changed_at__gt=F("reviewed_at")) | _anything_new())


def is_meant(person, program, on=None):
    """Does this program fit somebody, or might it while something is not known?"""
    on, keys = on or timezone.localdate(), [UUID(hex=person.fact_key)]
    said = next((one for one in catalogue.current_units(on) if one.code == program.code), None)
    asked = [reverse.fitting(said, None, on, could_be=could_be) for could_be in (False, True)] if said else []
    return any(sheets.filter(pk__in=keys).exists() for sheets in asked)


def _with_last_review(people, **which):
    last = ScreeningReview.objects.filter(person=OuterRef("pk"), **which).order_by("-pk").values("reviewed_at")[:1]
    return people.annotate(reviewed_at=Subquery(last))


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


def _not_verified(people):
    """The record as a whole, or one fact in it: an import makes the record fresh, and not each fact."""
    stale = PersonFact.objects.not_verified().filter(person=OuterRef("pk"))
    return people.filter(Q(pk__in=people.not_verified().values("pk")) | Exists(stale))


def _not_visited(people):
    since = timezone.localdate() - VISITED_FOR
    return people.exclude(Exists(Visit.objects.filter(person__household=OuterRef("household"), visited_on__gt=since)))


LISTS = {
    ScreeningList.STILL_IN_DIFFICULTY: _still_in_difficulty,
    ScreeningList.UNAIDED: lambda people: _without_aid(people).filter(unaided__isnull=False),
    ScreeningList.NOT_VERIFIED: _not_verified,
    ScreeningList.NOT_VISITED: _not_visited,
}


def _without_aid(people):
    return people.exclude(Exists(GovernmentAid.objects.running().filter(person=OuterRef("pk"))))


def count_pending(staff):
    """For the card of 今天: the first list, up to a hundred."""
    return pending(staff, ScreeningList.STILL_IN_DIFFICULTY).order_by()[:100].count()


# -- What only a long count finds -----------------------------------------------------------------------------------
def find_unaided(people=None, on=None):
    """Everybody without aid on file against the programs in force; returns how many fit one. Safe to run twice.

    Asked of the fact sheets, as on the page that shows who fits a program, so that the two never differ.
    """
    on = on or timezone.localdate()
    people = _without_aid((Person.objects.filter(merged_into=None) if people is None else people).living())
    found, last = 0, 0
    while batch := dict(people.filter(pk__gt=last).order_by("pk").values_list("pk", "fact_key")[:BATCH]):
        last = max(batch)
        fits = _fits(batch, on)
        rows = [Unaided(person_id=pk, programs=codes, found_at=timezone.now()) for pk, codes in fits.items()]
        Unaided.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["person"], update_fields=["programs", "found_at"]
        )
        Unaided.objects.filter(person__in=batch.keys() - fits.keys()).delete()
        found += len(rows)
    return found


def _fits(batch, on):
    """{id of a person: the codes of programs whose conditions they meet}, for those of the batch who meet any.

    Also where only earlier grants are not known: those seldom are, and whoever reviews the entry asks.
    """
    people = {UUID(hex=key): pk for pk, key in batch.items()}
    found = {}
    for program in catalogue.current_units(on):
        fit = reverse.fitting(program, None, on).filter(pk__in=people)
        might = reverse.fitting(program, None, on, could_be=True).filter(pk__in=people)
        for key in (*fit.values_list("pk", flat=True), *reverse.met_but_for_grants(might, program, on)):
            found.setdefault(people[key], []).append(program.code)
    return found
