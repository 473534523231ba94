"""The fixed people. Every test of rights speaks of these."""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from members.models import Area, Organization, RoleAssignment, Staff
from tests.make.units import area_values, make_area, new_staff

# The columns of the access matrix, in order.
PEOPLE = [
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver", "city_supervisor", "catalogue_admin", "system_admin",
    "security_admin", "audit_admin", "charity_finance", "finder", "member_officer", "partner_agent", "liaison_officer",
    "anonymous",
]  # fmt: skip

# Name in the cast -> name, kind, area.
UNITS = {
    "bureau": ("甲区民政局", "civil_affairs", "county"),
    "town": ("甲区一街道办事处", "town_street", "town_area"),
    "charity": ("甲区慈善会", "charity_association", "county"),
    "other_charity": ("甲区助学会", "other_charity", "county"),
    "other_bureau": ("乙区民政局", "civil_affairs", "other_county"),
    "city_bureau": ("测试市民政局", "civil_affairs", "city"),
}
# Name in the cast -> code, name, level, the area above.
AREAS = {
    "province": ("230000000000", "测试省", "province", None),
    "city": ("230300000000", "测试市", "city", "province"),
    "county": ("230302000000", "甲区", "county", "city"),
    "other_county": ("230303000000", "乙区", "county", "city"),
    "town_area": ("230302001000", "甲区一街道", "town", "county"),
}
# Name in the cast -> name, unit, role.
STAFF = {
    "bureau_officer": ("民政经办", "bureau", "bureau_officer"),
    "bureau_approver": ("民政审批", "bureau", "bureau_approver"),
    "town_caseworker": ("街道经办", "town", "town_caseworker"),
    "charity_reviewer": ("慈善经办", "charity", "charity_reviewer"),
    "charity_approver": ("慈善审批", "charity", "charity_approver"),
    "charity_admin": ("慈善单位管理", "charity", "unit_admin"),
    "other_charity_admin": ("助学会管理", "other_charity", "unit_admin"),
    "other_bureau_approver": ("乙区审批", "other_bureau", "bureau_approver"),
    "city_supervisor": ("市级监督", "city_bureau", "supervisor"),
    "catalogue_admin": ("目录管理", "charity", "catalogue_admin"),
    "system_admin": ("系统管理", "city_bureau", "system_admin"),
    "security_admin": ("安全管理", "city_bureau", "security_admin"),
    "audit_admin": ("审计管理", "city_bureau", "audit_admin"),
    "charity_finance": ("慈善财务", "charity", "charity_finance"),
}
# Whom only the whole cast has: the access matrix asks about every role, most tests need no more than the others.
MORE_UNITS = {
    "red_cross": ("甲区红十字会", "red_cross", "county"),
    "hospital": ("甲区医院", "hospital", "county"),
}
MORE_STAFF = {
    "finder": ("发现人员", "town", "finder"),
    "member_officer": ("红会经办", "red_cross", "member_officer"),
    "partner_agent": ("医院经办", "hospital", "partner_agent"),
    "liaison_officer": ("联络员", "bureau", "liaison_officer"),
}


@dataclass
class Cast:
    province: Area
    city: Area
    county: Area
    other_county: Area
    town_area: Area
    bureau: Organization
    town: Organization
    charity: Organization
    other_charity: Organization
    other_bureau: Organization
    city_bureau: Organization
    bureau_officer: Staff
    bureau_approver: Staff
    town_caseworker: Staff
    charity_reviewer: Staff
    charity_approver: Staff
    charity_admin: Staff
    other_charity_admin: Staff
    other_bureau_approver: Staff
    city_supervisor: Staff
    catalogue_admin: Staff
    system_admin: Staff
    security_admin: Staff
    audit_admin: Staff
    charity_finance: Staff
    anonymous: None = None
    red_cross: Organization | None = None
    hospital: Organization | None = None
    finder: Staff | None = None
    member_officer: Staff | None = None
    partner_agent: Staff | None = None
    liaison_officer: Staff | None = None

    def __getitem__(self, name):
        return getattr(self, name)

    @classmethod
    def assemble(cls, *, is_whole=False):
        """Thousands of tests begin with it: one statement for all units, one for all people, one for their roles."""
        areas = assemble_areas()
        units = {
            name: Organization(name=called, kind=kind, area=areas[area], level=areas[area].level)
            for name, (called, kind, area) in (UNITS | MORE_UNITS if is_whole else UNITS).items()
        }
        Organization.objects.bulk_create(units.values())
        roles = STAFF | MORE_STAFF if is_whole else STAFF
        staff = {name: new_staff(called, units[unit]) for name, (called, unit, _role) in roles.items()}
        Staff.objects.bulk_create(staff.values())
        RoleAssignment.objects.bulk_create(
            RoleAssignment(staff=staff[name], role=role, confirmed_at=timezone.now())
            for name, (_called, _unit, role) in roles.items()
        )
        return cls(**areas, **units, **staff)


def assemble_areas():
    """One statement for all, though each names the one above: their numbers are drawn beforehand."""
    if Area.objects.filter(code__in=[code for code, *_rest in AREAS.values()]).exists():
        return one_by_one()
    with connection.cursor() as cursor:
        draw = "select nextval(pg_get_serial_sequence('members_area', 'id')) from generate_series(1, %s)"
        cursor.execute(draw, [len(AREAS)])
        numbers = [number for (number,) in cursor.fetchall()]
    areas = {}
    for number, (name, (code, called, level, above)) in zip(numbers, AREAS.items(), strict=True):
        areas[name] = Area(pk=number, **area_values(code, called, level, areas.get(above)))
    Area.objects.bulk_create(areas.values())
    return areas


def one_by_one():
    """Some of them are there already."""
    areas = {}
    for name, (code, called, level, above) in AREAS.items():
        areas[name] = make_area(code, called, level, areas.get(above))
    return areas
