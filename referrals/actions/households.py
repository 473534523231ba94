"""Who belongs to which household: people join another one, or leave to be one of their own."""

from django.db import transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import timeline
from referrals.actions import fact_sheets
from referrals.actions.people import write_version
from referrals.kinds import FamilyRelation
from referrals.models import Household, Person
from referrals.permissions import demand, refuse_related


def move_person(actor, person, relation, household=None, reason=""):
    """To another household in sight of the actor, or (without one) to a new one of their own."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(pk=person.pk)
        old = person.household
        if household is not None and household.pk == old.pk:
            raise Refusal(_("已经在这个家庭里。"), field="household")
        _refuse_headless(person, old)
        new = household or Household.objects.create(keeper=person.keeper, residence=person.residence)
        relation = relation if household else FamilyRelation.HEAD
        if relation == FamilyRelation.HEAD and _has_head(new):
            raise Refusal(_("这个家庭已经有户主，请选择与户主的关系。"), field="relation")
        before = person.relation
        timeline.record("person_left", actor, household=old, person=None, name=person.name, reason=reason)
        person.household, person.relation = new, relation
        write_version(actor, person, {"household": [old.code, new.code], "relation": [before, relation]})
        fact_sheets.renew(person)
        fact_sheets.renew_all(old.people.all())
        timeline.record("person_joined", actor, person=person, name=person.name, relation=person.get_relation_display())
        audit.record(
            actor, "person.move", person, organization=person.keeper, reason=reason,
            changes={"household": [old.code, new.code]},
        )  # fmt: skip
    return person


def change_head(actor, person):
    """This one is the head from now on; the one before becomes another relative, to be corrected by hand."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        people = list(
            Person.objects.select_for_update(of=("self",))
            .filter(household=person.household, merged_into=None)
            .select_related("keeper", "residence")
        )
        for other in people:
            if other.relation == FamilyRelation.HEAD and other.pk != person.pk:
                other.relation = FamilyRelation.OTHER_KIN
                write_version(actor, other, {"relation": ["head", "other_kin"]})
        current = next(one for one in people if one.pk == person.pk)
        if current.relation != FamilyRelation.HEAD:
            before, current.relation = current.relation, FamilyRelation.HEAD
            write_version(actor, current, {"relation": [before, "head"]})
            fact_sheets.renew(current)
            audit.record(
                actor, "person.move", current, organization=current.keeper, changes={"relation": [before, "head"]}
            )
    return current


def _has_head(household):
    return household.people.filter(relation=FamilyRelation.HEAD, merged_into=None, died_on=None).exists()


def _refuse_headless(person, household):
    others = household.people.filter(merged_into=None, died_on=None).exclude(pk=person.pk)
    if person.relation == FamilyRelation.HEAD and others.exists():
        raise Refusal(_("户主离开前，请先把家里另一人设为户主。"))
