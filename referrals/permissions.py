"""May this person of staff do this to that person's record? The same answer as `visible_to()`, for one at hand."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from members import relations
from members.access import Refusal, is_within
from members.kinds import BUREAU_KINDS
from members.roles import ALL, AREA
from referrals import minors
from referrals.models import Person


def may(staff, permission, person) -> bool:
    reach = staff.permissions.get(permission)
    if reach is None or person.merged_into_id:
        return False
    if staff.organization.kind in BUREAU_KINDS and reach in (AREA, ALL):
        return person.is_official and is_within(person.residence, staff.organization.area)
    return person.keeper_id == staff.organization_id


def demand(staff, permission, person):
    if not may(staff, permission, person):
        raise PermissionDenied


def find_person(staff, code, permission="person.view"):
    """404 when out of sight, 403 when in sight and not allowed; a minor only with an approval."""
    seen = Person.objects.visible_to(staff).select_related("household", "keeper__area", "residence", "registration")
    person = get_object_or_404(seen, code=code)
    if permission != "person.view":
        demand(staff, permission, person)
    minors.require(staff, person)
    return person


def refuse_related(staff, number, name):
    """Nobody handles the case of kin or of whoever they are entangled with (优亲厚友)."""
    if relations.closeness(staff, number, name) == relations.RELATED:
        raise Refusal(_("您申报过与此人的关系，按回避规定不能经办，请交由同事办理。"))
