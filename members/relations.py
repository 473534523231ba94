"""Is this person of staff too close to that applicant? Asked before anybody handles, decides or pays (R168).

Numbers are compared by blind index; a relation declared without a number can only be recognized by its name, and then
the answer is "maybe": a person has to say whether it is the same one.
"""

from django.utils import timezone

from members.models import DeclaredRelation, RelationStatement
from members.roles import CASE_ROLES
from portal.lib.encrypted_fields import BlindIndexField
from portal.lib.identity import normalize

RELATED, MAYBE, UNRELATED = "related", "maybe", ""


def closeness(staff, number="", name=""):
    """RELATED by the number, MAYBE by the name alone, UNRELATED."""
    if number and open_with(number).filter(staff=staff).exists():
        return RELATED
    if name:
        # A declared number that differs tells two people of one name apart; without one it remains open.
        unnumbered = staff.relations.open().filter(number_index=None) if number else staff.relations.open()
        if any(relation.name == name.strip() for relation in unnumbered):
            return MAYBE
    return UNRELATED


def is_related(staff, number):
    return closeness(staff, number) == RELATED


def staff_related_to(number):
    """The ids of all who declared this person: for lists of who may take a case."""
    return open_with(number).values_list("staff_id", flat=True)


def declared_numbers(staff):
    """The numbers a person declared, opened: for a list narrowed by the blind index of another table."""
    return [relation.number for relation in staff.relations.open().exclude(number_index=None)]


def open_with(number):
    index = BlindIndexField.of(DeclaredRelation, "number_index", normalize(number))
    return DeclaredRelation.objects.open().filter(number_index__in=index)


def is_statement_due(staff, day=None):
    """Everyone in casework says once a year whether the list is complete."""
    if not CASE_ROLES & (staff.roles | staff.deputised_roles.keys()):
        return False
    year = (day or timezone.localdate()).year
    return not RelationStatement.objects.filter(staff=staff, year=year).exists()


def summary_of(staff):
    """What a superior may know: how many, and whether this year's statement is there. Not who."""
    statement = staff.relation_statements.first()
    return {"count": staff.relations.open().count(), "year": statement.year if statement else None}
