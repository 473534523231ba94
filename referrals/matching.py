"""A person's record as the facts that programs reckon with. What nobody knows is not in here, so it stays unknown."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch
from django.utils import timezone

from programs import catalogue, outcomes, questions, rounds, supply
from programs.facts import WrongFacts
from referrals import earlier_grants, local_facts
from referrals.facts import VOCABULARY as OF_RECORDS
from referrals.kinds import (
    ADULT_AGE,
    CERTIFIED,
    ELDERLY_AGE,
    HARD,
    LOW_INCOME,
    OF_ONE_PROGRAM,
    SCHOOL_AGE,
    Category,
    Gender,
    IdentityKind,
    PaperKind,
)
from referrals.models import Person, PersonCategory, PersonFact

# Kinds of document that the programs' "has an identity card" means.
_CARDS = frozenset({IdentityKind.RESIDENT, IdentityKind.RESIDENCE_PERMIT, IdentityKind.PERMANENT_RESIDENCE})
# Diagnoses that make a family one with a grave illness (大病患者家庭).
GRAVE = frozenset({"major_illness", "leukemia", "congenital_heart_disease"})
# Kinds of paper that are kept once and used again.
_LASTING = frozenset(PaperKind) - OF_ONE_PROGRAM
# Asked for by casework alone; no program of the vocabulary speaks of it.
_OWN_ONLY = frozenset(OF_RECORDS) - frozenset(catalogue.VOCABULARY)


def facts_of(person, on=None, without=None):
    """{name: value} in the vocabulary of the programs, as of a day. `without`: a line of help that is being judged."""
    return next(facts for _person, facts in facts_of_all(Person.objects.filter(pk=person.pk), on, without))


def facts_of_all(people, on=None, without=None):
    """(person, facts) of many, with the same few queries for one as for hundreds."""
    on = on or timezone.localdate()
    held = Prefetch("categories", PersonCategory.objects.current(on), to_attr="held_then")
    told = PersonFact.objects.standing().filter(name__in=("diagnoses", "has_disability_cert"))
    family = Person.objects.living().filter(merged_into=None).without_envelope()
    people = people.select_related("residence", "registration", "household").prefetch_related(
        Prefetch("facts", PersonFact.objects.standing(), to_attr="facts_known"), held,
        Prefetch("household__people", family.prefetch_related(Prefetch("facts", told, to_attr="facts_known"), held)),
    )  # fmt: skip
    people = list(people.without_envelope())
    grants = earlier_grants.by_person(people, without)
    for person in people:
        yield person, _facts(person, on, grants.get(person.pk))


def readable(facts, words):
    """As programs reckon with them. A value that is no longer one (a choice struck off the list) is not known."""
    try:
        return words.read(facts)
    except WrongFacts as wrong:
        faulty = {re.split(r"[.\[]", fault.place)[0] for fault in wrong.faults}
        return readable({name: value for name, value in facts.items() if name not in faulty}, words) if faulty else {}


def _facts(person, on, grants=None):
    """What somebody recorded comes before what is inferred; what the ledger has is known beside what was told."""
    known = {fact.name: fact.known for fact in person.facts_known if fact.name not in _OWN_ONLY}
    categories = {one.category for one in person.held_then}
    facts = _told_by_the_family(person, on) | {name: value for name, value in known.items() if value is not None}
    facts |= _told_by_the_record(person)
    if grants:
        facts["prior_grants"] = earlier_grants.joined(facts.get("prior_grants") or (), grants)
    facts["as_of"] = on
    facts["categories"] = sorted(categories | special_groups(person, categories, on))
    return {name: value for name, value in facts.items() if value is not None}


def _told_by_the_family(person, on):
    """What the records of the household say of this one: certified means, grave illness, a disabled parent.

    Only of the same side and keeper, and only of adults: what is known of a child is told of nobody else. Nothing is
    inferred from silence.
    """
    adults = [one for one in person.household.people.all() if one.pk != person.pk and _tells(one, person, on)]
    facts = {}
    if any(LOW_INCOME & {held.category for held in one.held_then} for one in (person, *adults)):
        # What a bureau has certified needs no other proof.
        facts["economic_hardship"] = True
    if flags := sorted({flag for one in (person, *adults) for flag in _family_flags(one)}):
        facts["household_flags"] = flags
    if disabled := [one for one in adults if _is_parent(one, person) and _is_disabled(one)]:
        facts["parent_disabled"] = True
        if any(one.registration_id and one.registration_id == person.registration_id for one in disabled):
            facts["same_hukou_as_disabled_parent"] = True
    return facts


def _tells(one, person, on):
    is_kept_together = one.keeper_id == person.keeper_id or (one.is_official and person.is_official)
    age = one.age_on(on)
    return is_kept_together and age is not None and age >= ADULT_AGE


def _family_flags(one):
    diagnoses = next((fact.known for fact in one.facts_known if fact.name == "diagnoses"), None) or ()
    if "seriously_ill" in one.flags or GRAVE & set(diagnoses):
        yield "major_illness_family"
    if "rare_disease" in diagnoses:
        yield "rare_disease_family"


def _is_parent(one, person):
    pair = (one.relation, person.relation)
    return pair in {("head", "child"), ("spouse", "child"), ("parent", "head")}


def _is_disabled(one):
    is_certified = any(fact.name == "has_disability_cert" and fact.known for fact in one.facts_known)
    return is_certified or Category.DISABLED in {held.category for held in one.held_then}


@dataclass(frozen=True)
class Matched:
    """The programs in force for one person, ranked, and what to ask next."""

    fits: list
    open: list
    others: list
    # Names of facts, those that bear on most of the open programs first.
    asks: list
    facts: dict


def match_person(person, on=None, most_asks=5):
    facts = readable(facts_of(person, on), catalogue.vocabulary())
    verdicts = questions.ranked(rounds.match_current(facts, on))
    still_open = [one for one in verdicts if one.eligible is None]
    return Matched(
        fits=[one for one in verdicts if one.eligible],
        open=still_open,
        others=[one for one in verdicts if one.eligible is False],
        asks=_asks(verdicts, facts)[:most_asks],
        facts=facts,
    )


def outcomes_of(person, verdicts):
    """The verdicts with their units, sums and papers; those whose unit is nearest to the person's county first."""
    rows = outcomes.rows_of([one.program.code for one in verdicts])
    found = [outcomes.Outcome(one, rows.get(one.program.code), frozenset()) for one in verdicts]
    for one in found:
        one.is_same_level = bool(one.row) and is_same_level(one.row.organization, person)
    return sorted(settle_papers(person, found), key=lambda one: not one.is_same_level)


def settle_papers(person, found, on=None):
    """Of the papers that each program that fits asks for: `here`, those that lie with the record already, with the
    document; `wanting`, those still to be brought."""
    on, kept = on or timezone.localdate(), {}
    for document in person.documents.in_time(on).exclude(kind__in=OF_ONE_PROGRAM).without_envelope():
        kept.setdefault(document.kind, []).append(document)
    for one in found:
        one.here, one.wanting = [], []
        for row, is_certain, is_struck in one.papers if one.verdict.eligible else ():
            if document := _serving(row.paper, kept.get(row.paper.kind, ()), on):
                one.here.append((row, document))
            else:
                one.wanting.append((row, is_certain, is_struck))
    return found


def _serving(paper, documents, on):
    """The newest that is not too old for the program; where nobody wrote down its day, nobody holds that against it."""
    oldest = on - timedelta(days=paper.valid_days) if paper.valid_days else date.min
    return next((one for one in documents if one.issued_on is None or one.issued_on >= oldest), None)


def wanted_papers(person):
    """[(kind of paper, its words, names of the programs that fit and ask for it)]: what is still to be brought."""
    found = outcomes_of(person, match_person(person).fits)
    wanted = {}
    for one in found:
        for row, is_certain, is_struck in one.wanting:
            if is_certain and not is_struck and row.paper.kind in _LASTING:
                wanted.setdefault(row.paper.kind, []).append(one.program.name)
    return [(kind, PaperKind(kind).label, list(dict.fromkeys(names))) for kind, names in wanted.items()]


def offers_for(person, facts):
    """Offers of help for somebody who lives here: first what answers an open need, then the nearest; with its state
    as supply.suggestions() tells it."""
    needs = set(person.needs.open().values_list("kind", flat=True))
    found = []
    for offer, met in supply.suggestions(person.residence, facts):
        offer.answers_need = bool(needs & set(offer.need_kinds))
        offer.is_same_level = is_same_level(offer.organization, person)
        offer.fits_now = met
        found.append(offer)
    return sorted(found, key=lambda one: (not one.answers_need, one.fits_now is not True, not one.is_same_level))


def is_same_level(organization, person):
    """同级: a unit of the person's county, to which the county's bureau may refer."""
    return organization.level == "county" and organization.area.county == person.county


def _asks(verdicts, facts):
    """What a record can hold and nobody knows yet: it decides a verdict, or the sum of one that is decided."""
    held = {name for _title, names in local_facts.groups(catalogue.vocabulary()).values() for name in names}
    words = local_facts.vocabulary()
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
    """特殊困难人员 of families with low income: the old who cannot look after themselves, minors, the seriously ill;
    and girls in difficulty from primary age on (R46).

    Disabled people are a category of their own. Whether somebody is a minor is known by the birth date alone.
    """
    age = person.age_on(on)
    groups = set()
    if is_girl_in_difficulty(person, categories, age):
        groups.add("girl_in_difficulty")
    if not LOW_INCOME & set(categories):
        return groups
    if "no_self_care" in person.flags and age is not None and age >= ELDERLY_AGE:
        groups.add("elderly_no_self_care")
    if age is not None and age < ADULT_AGE:
        groups.add("minor")
    if "seriously_ill" in person.flags:
        groups.add("seriously_ill")
    return groups


def is_girl_in_difficulty(person, categories, age):
    """Of a family with low income, or one that is in difficulty itself; the same in SQL: PersonQuerySet."""
    if person.gender != Gender.FEMALE or age is None or not SCHOOL_AGE <= age < ADULT_AGE:
        return False
    return bool(LOW_INCOME & set(categories)) or person.level in HARD


def is_weak(person, categories):
    """老弱病残 (R29): comes first when a referral is proposed."""
    return bool(person.is_elderly or set(person.flags) & {"frail", "seriously_ill"} or Category.DISABLED in categories)


def is_certified(person, categories, profile=None):
    """民政部门认定的特殊困难群体 (R27): switches on the simplified procedure where the place says so."""
    groups = profile.simplified_categories if profile and profile.simplified_categories else CERTIFIED
    return not set(groups).isdisjoint(categories)
