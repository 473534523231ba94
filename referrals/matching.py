"""A person's record as the facts that programs reckon with. What nobody knows is not in here, so it stays unknown."""

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from programs import catalogue, questions, rounds
from programs.facts import VOCABULARY as OF_PROGRAMS
from referrals.facts import GROUPS
from referrals.kinds import CERTIFIED, LOW_INCOME, Category, IdentityKind

# Kinds of document that the programs' "has an identity card" means.
_CARDS = frozenset({IdentityKind.RESIDENT, IdentityKind.RESIDENCE_PERMIT, IdentityKind.PERMANENT_RESIDENCE})


def facts_of(person, on=None):
    """{name: value} in the vocabulary of the programs, as of a day."""
    on = on or timezone.localdate()
    facts = {fact.name: fact.known for fact in person.facts.standing() if fact.name in OF_PROGRAMS}
    facts |= _told_by_the_record(person)
    facts["as_of"] = on
    facts["categories"] = groups_of(person, on)
    return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True)
class Matched:
    """The programs in force for one person, ranked, and what to ask next."""

    fits: list
    open: list
    others: list
    # Names of facts, those that bear on most of the open programs first.
    asks: list


def match_person(person, on=None, most_asks=5):
    facts = catalogue.vocabulary().read(facts_of(person, on))
    verdicts = questions.ranked(rounds.match_current(facts, on))
    still_open = [one for one in verdicts if one.eligible is None]
    return Matched(
        fits=[one for one in verdicts if one.eligible],
        open=still_open,
        others=[one for one in verdicts if one.eligible is False],
        asks=_asks(verdicts, facts)[:most_asks],
    )


def _asks(verdicts, facts):
    """What a record can hold and nobody knows yet: it decides a verdict, or the sum of one that is decided."""
    held = {name for _title, names in GROUPS.values() for name in names}
    words = catalogue.vocabulary()
    counted = Counter()
    for one in verdicts:
        names = questions.askable(one, facts, words) if one.eligible is None else one.grant.pending
        counted.update(name for name in names if name in held and facts.get(name) is None)
    order = words.position
    return sorted(counted, key=lambda name: (-counted[name], order[name]))


def _told_by_the_record(person):
    has_card = True if person.identity_kind in _CARDS else None
    return {
        "birth_date": person.birth_date,
        "gender": person.gender or None,
        "nationality": person.nationality or None,
        "compatriot_origin": person.compatriot_origin or None,
        "hukou_code": person.registration.code[:6] if person.registration_id else None,
        "residence_code": person.residence.code[:6],
        "identity_known": person.is_identity_known,
        "has_id_card": False if person.identity_kind == IdentityKind.NONE else has_card,
    }


def categories_of(person, on=None):
    """The categories that hold on a day, as certified."""
    return sorted(set(person.categories.current(on).values_list("category", flat=True)))


def groups_of(person, on=None):
    """Certified categories, and the groups of special people that age and flags make (R28)."""
    held = set(categories_of(person, on))
    return sorted(held | special_groups(person, held, on))


def special_groups(person, categories, on=None):
    """特殊困难人员 of families with low income: the old who cannot look after themselves, minors, the seriously ill.

    Disabled people are a category of their own. Whether somebody is a minor is known by the birth date alone.
    """
    if not LOW_INCOME & set(categories):
        return set()
    age = person.age_on(on)
    groups = set()
    if "no_self_care" in person.flags and age is not None and age >= 60:
        groups.add("elderly_no_self_care")
    if age is not None and age < 18:
        groups.add("minor")
    if "seriously_ill" in person.flags:
        groups.add("seriously_ill")
    return groups


def is_weak(person, categories):
    """老弱病残 (R29): comes first when a referral is proposed."""
    return bool(person.is_elderly or set(person.flags) & {"frail", "seriously_ill"} or Category.DISABLED in categories)


def is_certified(person, categories, profile=None):
    """民政部门认定的特殊困难群体 (R27): switches on the simplified procedure where the place says so."""
    groups = profile.simplified_categories if profile and profile.simplified_categories else CERTIFIED
    return not set(groups).isdisjoint(categories)
