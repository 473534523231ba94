"""Whose nameless sheet it is, for the lists of the catalogue: told to those who may see the person and no others."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from programs.reverse import EVERYBODY, Shown, Sight, register
from referrals import minors
from referrals.models import Person


def display(staff, keys):
    """{key: Shown}; a name as in the list of people, and nothing for a person out of sight."""
    people = Person.objects.visible_to(staff).filter(minors.seen_by(staff), fact_key__in=[key.hex for key in keys])
    return {UUID(hex=person.fact_key): _shown(staff, person) for person in people.without_envelope()}


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


def _shown(staff, person):
    age = "" if person.age is None else _("%(age)s 岁") % {"age": person.age}
    about = _("，").join(part for part in (person.get_gender_display(), age) if part)
    return Shown(minors.shown_name(staff, person), reverse("referrals:show_person", args=[person.code]), about)


register(display, sight)
