"""The fixed people. Every test of rights speaks of these."""

from dataclasses import dataclass

from django.utils import timezone

from members.models import Area, Organization, RoleAssignment, Staff
from tests.make.units import make_area, new_staff

# The columns of the access matrix, in order.
PEOPLE = [
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver", "city_supervisor", "catalogue_admin", "system_admin",
    "security_admin", "audit_admin", "charity_finance", "anonymous",
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

    def __getitem__(self, name):
        return getattr(self, name)

    @classmethod
    def assemble(cls):
        """Thousands of tests begin with it: one statement for all units, one for all people, one for their roles."""
        province = make_area("230000000000", "测试省", "province")
        city = make_area("230300000000", "测试市", "city", province)
        county = make_area("230302000000", "甲区", "county", city)
        areas = {
            "province": province,
            "city": city,
            "county": county,
            "other_county": make_area("230303000000", "乙区", "county", city),
            "town_area": make_area("230302001000", "甲区一街道", "town", county),
        }
        units = {
            name: Organization(name=called, kind=kind, area=areas[area], level=areas[area].level)
            for name, (called, kind, area) in UNITS.items()
        }
        Organization.objects.bulk_create(units.values())
        staff = {name: new_staff(called, units[unit]) for name, (called, unit, _role) in STAFF.items()}
        Staff.objects.bulk_create(staff.values())
        RoleAssignment.objects.bulk_create(
            RoleAssignment(staff=staff[name], role=role, confirmed_at=timezone.now())
            for name, (_called, _unit, role) in STAFF.items()
        )
        return cls(**areas, **units, **staff)
