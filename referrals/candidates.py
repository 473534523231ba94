"""Whose nameless sheet it is, for the lists of the catalogue: told to those who may see the person and no others."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from programs.reverse import EVERYBODY, Shown, Sight, register
from referrals import minors, screening
from referrals.models import Person, ScreeningReview
from referrals.permissions import may


def display(staff, keys, program=None):
    """{key: Shown}; a name as in the list of people, and nothing for a person out of sight."""
    people = Person.objects.visible_to(staff).filter(minors.seen_by(staff), fact_key__in=[key.hex for key in keys])
    people = list(people.without_envelope().select_related("keeper", "residence"))
    reviews = _last_reviews(people, program) if program else {}
    return {UUID(hex=one.fact_key): _shown(staff, one, program, reviews.get(one.pk)) for one in people}


def worked_off(staff, program):
    return [UUID(hex=key) for key in screening.worked_off(staff, program).values_list("fact_key", flat=True)]


def _last_reviews(people, program):
    rows = ScreeningReview.objects.filter(person__in=people, program=program).select_related("reviewed_by")
    return {row.person_id: row for row in rows.order_by("pk")}


def sight(staff):
    """Minors appear, in lists and in exact counts, to those who were approved for them (条例 §36)."""
    scopes = minors.approved(staff)
    if None in scopes:
        return EVERYBODY
    keys = Person.objects.filter(pk__in=scopes).values_list("fact_key", flat=True)
    return Sight(
        born_after=minors.eighteen_years_ago(), but=frozenset(UUID(hex=key) for key in keys),
        ask_url=reverse("referrals:list_minor_access"),
    )  # fmt: skip


def _shown(staff, person, program, review):
    age = "" if person.age is None else _("%(age)s 岁") % {"age": person.age}
    about = _("，").join(part for part in (person.get_gender_display(), age) if part)
    return Shown(
        minors.shown_name(staff, person), reverse("referrals:show_person", args=[person.code]), about,
        done=_done(review), do_url=_do_url(staff, person, program),
    )  # fmt: skip


def _done(review):
    if review is None:
        return ""
    words = {
        "outcome": review.get_outcome_display(),
        "who": review.reviewed_by or "—",
        "day": f"{review.reviewed_at:%Y-%m-%d}",
    }
    return _("%(outcome)s · %(who)s %(day)s") % words


def _do_url(staff, person, program):
    if program is None or not may(staff, "person.edit", person):
        return ""
    return reverse("referrals:review_fit", args=[person.code, program.code])


register(display, sight, worked_off)
