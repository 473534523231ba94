"""The fixed people. Every test of rights speaks of these."""

from dataclasses import dataclass

from members.models import Area, Organization, Staff
from tests.make.units import make_area, make_organization, make_staff

# The columns of the access matrix, in order.
PEOPLE = [
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver", "city_supervisor", "catalogue_admin", "system_admin",
    "security_admin", "audit_admin", "charity_finance", "anonymous",
]  # fmt: skip


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
        province = make_area("230000000000", "测试省", "province")
        city = make_area("230300000000", "测试市", "city", province)
        county = make_area("230302000000", "甲区", "county", city)
        other_county = make_area("230303000000", "乙区", "county", city)
        town_area = make_area("230302001000", "甲区一街道", "town", county)
        bureau = make_organization("甲区民政局", "civil_affairs", county)
        town = make_organization("甲区一街道办事处", "town_street", town_area)
        charity = make_organization("甲区慈善会", "charity_association", county)
        other_charity = make_organization("甲区助学会", "other_charity", county)
        other_bureau = make_organization("乙区民政局", "civil_affairs", other_county)
        city_bureau = make_organization("测试市民政局", "civil_affairs", city)
        return cls(
            province=province,
            city=city,
            county=county,
            other_county=other_county,
            town_area=town_area,
            bureau=bureau,
            town=town,
            charity=charity,
            other_charity=other_charity,
            other_bureau=other_bureau,
            city_bureau=city_bureau,
            bureau_officer=make_staff("民政经办", bureau, ["bureau_officer"]),
            bureau_approver=make_staff("民政审批", bureau, ["bureau_approver"]),
            town_caseworker=make_staff("街道经办", town, ["town_caseworker"]),
            charity_reviewer=make_staff("慈善经办", charity, ["charity_reviewer"]),
            charity_approver=make_staff("慈善审批", charity, ["charity_approver"]),
            charity_admin=make_staff("慈善单位管理", charity, ["unit_admin"]),
            other_charity_admin=make_staff("助学会管理", other_charity, ["unit_admin"]),
            other_bureau_approver=make_staff("乙区审批", other_bureau, ["bureau_approver"]),
            city_supervisor=make_staff("市级监督", city_bureau, ["supervisor"]),
            catalogue_admin=make_staff("目录管理", charity, ["catalogue_admin"]),
            system_admin=make_staff("系统管理", city_bureau, ["system_admin"]),
            security_admin=make_staff("安全管理", city_bureau, ["security_admin"]),
            audit_admin=make_staff("审计管理", city_bureau, ["audit_admin"]),
            charity_finance=make_staff("慈善财务", charity, ["charity_finance"]),
        )
