"""The table of roles: what each may do, and how far it reaches. No imports.

Reach: "own" is the role's own organization; "area" is every organization in its area and below; "all" has no bound.
A permission that a role lacks is a permission it does not have: there is no superuser.
"""

OWN, AREA, ALL = "own", "area", "all"

# What everyone with an account may do.
EVERYONE = {
    "home.view": OWN,
    "account.manage": OWN,
    "help.view": ALL,
    "styleguide.view": ALL,
    "search.use": ALL,
    "area.view": ALL,
    "organization.view": ALL,
    "staff.view": OWN,
    "relation.declare": OWN,
    "policy.view": ALL,
    "profile.view": ALL,
    "calendar.view": ALL,
    "job.view": OWN,
}

# What the person who looks after a unit's own people and data may do there.
_UNIT_ADMIN = {
    "organization.edit": OWN,
    "staff.invite": OWN,
    "staff.edit": OWN,
    "staff.handover": OWN,
    "role.propose": OWN,
    "deputy.set": OWN,
    "grant.give": OWN,
    "token.manage": OWN,
}

_BUREAU_LEAD = {
    "organization.create": AREA,
    "organization.edit": AREA,
    "organization.suspend": AREA,
    "organization.clone": AREA,
    "policy.edit": AREA,
    "profile.edit": AREA,
}

ROLES = {
    "finder": {},
    "town_caseworker": {},
    "bureau_officer": {"organization.edit": AREA, "policy.edit": AREA},
    "bureau_approver": dict(_BUREAU_LEAD),
    "member_officer": {},
    "charity_reviewer": {},
    "charity_approver": {},
    "charity_finance": {},
    "partner_agent": {},
    "liaison_officer": {},
    "catalogue_admin": {},
    "unit_admin": dict(_UNIT_ADMIN),
    "supervisor": {"audit.view": AREA, "staff.view": AREA},
    # 三员: their duties exclude each other, and none of them sees a case.
    "system_admin": {
        "area.import": ALL,
        "area.edit": ALL,
        "organization.create": ALL,
        "organization.edit": ALL,
        "organization.clone": ALL,
        "staff.view": ALL,
        "staff.invite": ALL,
        "staff.edit": ALL,
        "staff.handover": ALL,
        "calendar.edit": ALL,
        "outbox.view": ALL,
        "outbox.retry": ALL,
        "system.view": ALL,
        "token.manage": ALL,
    },
    "security_admin": {
        "staff.view": ALL,
        "staff.unlock": ALL,
        "role.propose": ALL,
        "role.confirm": ALL,
        "grant.view": ALL,
        "grant.revoke": ALL,
        "security.edit": ALL,
        "session.end": ALL,
    },
    "audit_admin": {"audit.view": ALL, "audit.export": ALL, "audit.verify": ALL, "staff.view": ALL},
}

# At most one of these for one person, and no case work beside them.
ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
# A second factor is required of those who decide, export or administer.
NEEDS_SECOND_FACTOR = ADMINISTRATORS | {
    "bureau_approver", "charity_approver", "charity_finance", "catalogue_admin", "unit_admin", "supervisor",
}  # fmt: skip


def permissions_of(roles):
    """permission -> widest reach over several roles."""
    order = (OWN, AREA, ALL)
    found = dict(EVERYONE)
    for role in roles:
        for permission, reach in ROLES[role].items():
            found[permission] = max(found.get(permission, OWN), reach, key=order.index)
    return found
