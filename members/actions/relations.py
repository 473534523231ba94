"""Declared relations: each person's own. Nobody declares for another."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.models import DeclaredRelation, RelationStatement, Staff
from members.relations import open_with
from portal.lib.identity import normalize

MOST = 100


@transaction.atomic
def declare_relation(actor, *, relation, name, number="", note=""):
    """Holds at once: from now on the actor does not handle this person's case."""
    Staff.objects.select_for_update(no_key=True).get(pk=actor.pk)
    number = normalize(number) if number else ""
    if number and open_with(number).filter(staff=actor).exists():
        raise Refusal(_("您已申报过这个证件号码的人。"), field="number")
    if actor.relations.open().count() >= MOST:
        raise Refusal(_("申报太多，请先解除不再成立的。"))
    kind = DeclaredRelation.Kind.KIN if relation in DeclaredRelation.KIN else DeclaredRelation.Kind.INTEREST
    private = {"name": name.strip(), "number": number, "note": note}
    made = DeclaredRelation.objects.create(staff=actor, kind=kind, relation=relation, private=private)
    audit.record(actor, "relation.declare", made, organization=actor.organization, changes={"kind": ["", kind]})
    return made


@transaction.atomic
def end_relation(actor, declared, *, reason):
    """It no longer holds. The row stays, for whoever asks later who knew what when."""
    open_row = DeclaredRelation.objects.open().filter(pk=declared.pk, staff=actor)
    if not open_row.update(ended_on=timezone.localdate(), end_reason=reason):
        raise Refusal(_("这项申报已经解除。"))
    audit.record(actor, "relation.end", declared, organization=actor.organization, reason=reason)


@transaction.atomic
def state_relations(actor, *, count):
    """This year's statement about the list as the person saw it."""
    now = actor.relations.open().count()
    if now != count:
        raise Refusal(_("申报内容刚有变化，请核对后再确认。"))
    year = timezone.localdate().year
    made, is_new = RelationStatement.objects.get_or_create(staff=actor, year=year, defaults={"count": now})
    if not is_new:
        raise Refusal(_("%(year)s 年度已经确认过；有变化随时增加或解除即可。") % {"year": year})
    audit.record(actor, "relation.state", actor, organization=actor.organization, changes={"count": ["", now]})
    return made
