"""Facts of a person: a new value supersedes the old one and keeps who said so, when, and on which paper."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from programs.facts import WrongFacts
from referrals import local_facts, timeline
from referrals.actions import fact_sheets
from referrals.actions.documents import demand_own
from referrals.facts import to_stored
from referrals.kinds import PersonFlag
from referrals.models import Person, PersonFact
from referrals.permissions import demand, refuse_related


def record_facts(actor, person, values, *, source="", valid_on=None, document=None):
    """`values`: {name: value, or None for what is no longer known}. Returns the names that changed.

    A fact that is given again with the same value counts as verified today. `document`: the paper that proves them.
    """
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    demand_own(person, document)
    today = timezone.localdate()
    valid_on = valid_on or today
    if valid_on > today:
        raise Refusal(_("截至日期晚于今天。"), field="valid_on")
    words = local_facts.vocabulary()
    read = _read(values, words)
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(pk=person.pk)
        standing = {fact.name: fact for fact in person.facts.standing()}
        changed = [name for name in read if _differs(standing.get(name), read[name])]
        same = [standing[name].pk for name in read if name in standing and name not in changed]
        proof = {"document": document} if document else {}
        person.facts.filter(pk__in=same).update(verified_on=today, verified_by=actor, **proof)
        _supersede(standing, changed)
        for name in changed:
            _write(actor, person, name, read[name], source=source, valid_on=valid_on, document=document)
        project(person)
        if changed:
            fact_sheets.renew(person)
            names = _("、").join(words[name].label for name in changed)
            timeline.record("facts_recorded", actor, person=person, names=names, source=source)
            audit.record(
                actor, "fact.record", person, organization=person.keeper,
                changes={name: ["…", "…"] for name in changed},
            )  # fmt: skip
    return changed


def project(person):
    """Repeat the facts that lists and searches ask for in the person's own row."""
    project_known(person, {fact.name: fact.known for fact in person.facts.standing()})
    person.save(update_fields=["causes", "level", "flags"])


def project_known(person, known):
    """The same on the object alone, for whoever writes many."""
    person.causes = known.get("hardship_causes") or []
    person.level = known.get("hardship_level") or ""
    person.flags = [flag.value for flag in PersonFlag if known.get(flag.value) is True]


def _read(values, words):
    asked = {name for _title, names in local_facts.groups(values).values() for name in names} & set(words)
    if unknown := [name for name in values if name not in asked]:
        raise Refusal(_("没有这项情况：%(names)s") % {"names": "、".join(unknown)})
    try:
        return dict.fromkeys(values) | words.read(values)
    except WrongFacts as wrong:
        fault = wrong.faults[0]
        raise Refusal(fault.message, field=fault.place.split("[")[0]) from None


def _differs(fact, value):
    if fact is None:
        return value is not None
    return to_stored(fact.known) != to_stored(value)


def _supersede(standing, names):
    old = [standing[name].pk for name in names if name in standing]
    PersonFact.objects.filter(pk__in=old).update(superseded_at=timezone.now())


def _write(actor, person, name, value, **rests_on):
    """What nobody knows has no row: the old one is superseded by nothing."""
    if value is None:
        return
    fact = PersonFact(person=person, name=name, recorded_by=actor, verified_by=actor, **rests_on)
    fact.put(value)
    fact.save()
