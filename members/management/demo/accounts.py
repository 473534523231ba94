"""One account for every role, each at the unit where that role is at home."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from members.kinds import group_of
from members.models import Organization, RoleAssignment, Staff
from members.models.staff import Role

# Printed by bin/up. Demo accounts exist in the demo world only (load_demo refuses elsewhere).
PASSWORD = "Yanshi-2026-Portal"  # noqa: S105


@dataclass(frozen=True)
class Account:
    username: str
    name: str
    unit: str
    roles: tuple
    post: str


def _of_member(name, unit, post):
    """Who works on cases, who approves (twice where the rules do not say it), who pays."""
    officers = ["", "2", "3"]
    return [
        *[Account(f"{name}{n}", f"演示{post}经办员{n or 1}", unit, ("member_officer",), post) for n in officers],
        Account(f"{name}finance", f"演示{post}财务员", unit, ("charity_finance",), "财务部"),
    ]


ACCOUNTS = [
    Account("town", "演示经办员甲", "向阳街道办事处", ("town_caseworker",), "社会救助岗"),
    Account("finder", "演示网格员", "向阳街道办事处", ("finder",), "网格员"),
    Account("bureau", "演示经办员乙", "鸡冠区民政局", ("bureau_officer",), "社会救助股"),
    Account("approver", "演示审批员", "鸡冠区民政局", ("bureau_approver",), "分管负责人"),
    Account("bureauadmin", "演示单位管理员甲", "鸡冠区民政局", ("unit_admin",), "办公室"),
    Account("redcross", "演示经办员丙", "鸡西市红十字会", ("member_officer",), "救助部"),
    Account("redcrossfinance", "演示财务员甲", "鸡西市红十字会", ("charity_finance",), "财务部"),
    Account("redcrosscatalogue", "演示目录员丙", "鸡西市红十字会", ("catalogue_admin",), "救助部"),
    Account("redcrosscatalogue2", "演示目录员丁", "鸡西市红十字会", ("catalogue_admin",), "救助部"),
    Account("charity", "演示经办员丁", "鸡西市慈善总会", ("charity_reviewer",), "项目部"),
    Account("charityapprover", "演示审批员丁", "鸡西市慈善总会", ("charity_approver",), "秘书处"),
    Account("finance", "演示财务员", "鸡西市慈善总会", ("charity_finance",), "财务部"),
    Account("charityadmin", "演示单位管理员乙", "鸡西市慈善总会", ("unit_admin",), "办公室"),
    Account("catalogue", "演示目录员甲", "鸡西市慈善总会", ("catalogue_admin",), "项目部"),
    Account("catalogue2", "演示目录员乙", "鸡西市慈善总会", ("catalogue_admin",), "项目部"),
    Account("charityapprover2", "演示审批员戊", "鸡西市慈善总会", ("charity_approver",), "秘书处"),
    Account("redcross2", "演示经办员戊", "鸡西市红十字会", ("member_officer",), "救助部"),
    Account("redcross3", "演示经办员己", "鸡西市红十字会", ("member_officer",), "办公室"),
    Account("redcrossadmin", "演示单位管理员丙", "鸡西市红十字会", ("unit_admin",), "办公室"),
    Account("disabledadmin", "演示单位管理员丁", "鸡西市残疾人联合会", ("unit_admin",), "办公室"),
    *_of_member("disabled", "鸡西市残疾人联合会", "康复部"),
    *_of_member("women", "鸡西市妇女联合会", "权益部"),
    *_of_member("league", "共青团鸡西市委", "青年发展部"),
    Account("hospital", "演示医务员", "鸡西爱心眼科医院（演示）", ("partner_agent",), "医务科"),
    Account("liaison", "演示联络员", "鸡西市民政局", ("liaison_officer",), "慈善事业科"),
    Account("citybureau", "演示审批员甲", "鸡西市民政局", ("bureau_approver",), "社会救助科"),
    Account("supervisor", "演示监督员", "鸡西市民政局", ("supervisor",), "监督室"),
    Account("system", "演示系统管理员", "鸡西市民政局", ("system_admin",), "信息中心"),
    Account("security", "演示安全管理员", "鸡西市民政局", ("security_admin",), "信息中心"),
    Account("audit", "演示审计管理员", "鸡西市民政局", ("audit_admin",), "信息中心"),
]


# What a person of staff does at a unit that nobody of the table above works at.
ROLE_OF = {"bureau": "bureau_officer", "field": "town_caseworker", "member": "member_officer",
           "charity": "charity_reviewer", "partner": "partner_agent"}  # fmt: skip


def load(units: dict[str, Organization]):
    # All have the same password, and hashing it takes long on purpose: once is enough.
    password = make_password(PASSWORD)
    for account in ACCOUNTS:
        staff, is_new = Staff.objects.get_or_create(
            username=account.username,
            defaults={
                "name": account.name,
                "organization": units[account.unit],
                "post": account.post,
                "email": f"{account.username}@demo.invalid",
            },
        )
        if is_new:
            staff.password = password
            staff.password_changed_at = timezone.now()
            staff.save(update_fields=["password", "password_changed_at"])
        for role in account.roles:
            RoleAssignment.objects.get_or_create(
                staff=staff, role=role, ended_at=None, defaults={"confirmed_at": timezone.now()}
            )

    load_colleagues(units)


def load_colleagues(units):
    """Somebody at every unit, so that what happens there is somebody's doing. They cannot sign in."""
    empty = [unit for unit in units.values() if not Staff.objects.filter(organization=unit).exists()]
    staff = Staff.objects.bulk_create(
        Staff(username=f"unit{unit.pk}", name=f"演示经办员{number:02}", organization=unit, post="业务岗", password="!")  # noqa: S106
        for number, unit in enumerate(empty, start=1)
    )
    now = timezone.now()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(staff=one, role=ROLE_OF[group_of(one.organization.kind)], confirmed_at=now) for one in staff
    )


def table():
    """The accounts for the shell: a line each, login name first."""
    labels = dict(Role.choices)
    lines = [
        f"  {account.username:<20}{'、'.join(str(labels[role]) for role in account.roles)}（{account.unit}）"
        for account in ACCOUNTS
    ]
    return "\n".join([f"演示账户，密码都是 {PASSWORD}：", *lines, ""])
