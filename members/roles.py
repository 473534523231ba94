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
    "organization.export": ALL,
    "joint_body.view": ALL,
    "agreement.view": OWN,
    "grant.view": OWN,
    "staff.view": OWN,
    "relation.declare": OWN,
    "policy.view": ALL,
    "wording.view": ALL,
    "program.view": ALL,
    "program.match": ALL,
    "activity.view": ALL,
    "activity.export": ALL,
    "offer.view": ALL,
    "offer.export": ALL,
    "wish.view": ALL,
    "wish.export": ALL,
    "profile.view": ALL,
    "calendar.view": ALL,
    "job.view": OWN,
    "token.accept": OWN,
    "api.view": ALL,
}

# What a unit gives and undertakes for people in difficulty, and what others ask of it.
_SUPPLIER = {
    "activity.edit": OWN,
    "activity.answer": OWN,
    "offer.edit": OWN,
    "wish.edit": OWN,
    "wish.claim": OWN,
}
# Who works on cases also uses what others give.
_TAKER = {**_SUPPLIER, "offer.take": ALL}

# What the person who looks after a unit's own people and data may do there.
_UNIT_ADMIN = {
    **_SUPPLIER,
    "organization.edit": OWN,
    "organization.confirm_capacity": OWN,
    "agreement.edit": OWN,
    "prospect.view": OWN,
    "prospect.edit": OWN,
    "staff.invite": OWN,
    "staff.edit": OWN,
    "staff.handover": OWN,
    "role.propose": OWN,
    "deputy.set": OWN,
    "grant.give": OWN,
    "token.manage": OWN,
    "webhook.manage": OWN,
    # Whoever answers for the unit's people also answers for who of them may see a minor's case.
    "minor.approve": OWN,
    "minor.view": OWN,
    "assessment.view": OWN,
    "assessment.approve": OWN,
}

# What each side of a bureau sees and keeps of the units in its area.
_BUREAU = {
    "organization.edit": AREA,
    "organization.confirm_capacity": OWN,
    "agreement.view": AREA,
    "agreement.edit": AREA,
    "prospect.view": AREA,
    "prospect.edit": AREA,
    "policy.edit": AREA,
    "fund.view": AREA,
}

# Kind, level, area, credit code and recognition decide what a unit may do: the unit does not say so of itself.
_BUREAU_LEAD = {
    **_BUREAU,
    "organization.create": AREA,
    "organization.register": AREA,
    "organization.relate": AREA,
    "organization.suspend": AREA,
    "organization.clone": AREA,
    "joint_body.edit": AREA,
    "profile.edit": AREA,
    # Of the emergency fund that the bureau runs together with the federation of its level.
    "fund.approve": OWN,
    "budget.edit": OWN,
}

# People in difficulty. A unit outside civil affairs sees only those it keeps itself; of others, what a consent covers.
_PEOPLE_OF_AREA = {
    "person.view": AREA, "person.register": AREA, "person.edit": AREA, "person.unmask": AREA, "person.import": AREA,
}  # fmt: skip
_OWN_PEOPLE = {
    "person.view": OWN, "person.register": OWN, "person.edit": OWN, "person.unmask": OWN, "person.import": OWN,
}  # fmt: skip

# Needs and visits go with the people they are of; to go into an area, to plan and to take lists out has its own words.
_FIELD_WORK = {
    "visit.view": AREA, "visit.record": AREA, "round.begin": AREA, "need.export": AREA, "screening.view": AREA,
    "check.view": AREA, "check.ask": AREA,
}  # fmt: skip
_OWN_FIELD_WORK = {"visit.view": OWN, "visit.record": OWN, "need.export": OWN, "check.view": OWN}

# Leads: everyone in casework may file one; only civil affairs works on them, each where it lies.
_LEADS_OF_AREA = {"lead.file": OWN, "lead.view": AREA, "lead.triage": AREA}
_OWN_LEADS = {"lead.file": OWN, "lead.view": OWN}

# Consent, and what leaves the house under it. Whoever receives reads through referrals.disclosure and nowhere else.
_CONSENT = (
    "consent.view", "consent.record", "consent.withdraw", "disclosure.view", "disclosure.provide", "minor.ask",
    "minor.view", "subject_request.view", "subject_request.record",
)  # fmt: skip
# Their papers: of those one keeps, and of others as far as a consent covers such papers (referrals.disclosure).
_CONSENT_OF_AREA = {**dict.fromkeys(_CONSENT, AREA), "document.view": AREA, "received.view": OWN}
_OWN_CONSENT = {**dict.fromkeys(_CONSENT, OWN), "document.view": OWN, "received.view": OWN}

# Referrals. A bureau works on its own and its towns'; a charity on what it sends and receives.
_REFERRALS_OF_AREA = {"referral.view": AREA, "referral.write": AREA, "referral.receive": AREA}
_OWN_REFERRALS = {"referral.view": OWN, "referral.write": OWN, "referral.receive": OWN}
# Needs without names: bureaus put them up, and those who help look there and claim; who comes again and again.
_BOARD_OF_AREA = {"posting.view": ALL, "posting.edit": AREA, "pairing.view": AREA}
_OWN_BOARD = {"posting.view": ALL, "posting.edit": OWN, "posting.claim": OWN, "pairing.view": OWN, "pairing.edit": OWN}
# Whoever decides also sends, stops on the person's word, and agrees as the second person.
_DECIDES = ("referral.send", "referral.decide", "referral.withdraw", "referral.reopen")

# Help given. Whoever proposes does not approve; whoever pays neither. Civil affairs reads it of the people it keeps.
_PROPOSES_AID = {"aid.view": OWN, "aid.propose": OWN, "aid.deliver": OWN, "aid.return": OWN}
_APPROVES_AID = {"aid.view": OWN, "aid.approve": OWN, "aid.return": OWN}
_PAYS_AID = {"aid.view": OWN, "aid.pay": OWN, "aid.deliver": OWN, "aid.account": OWN}
# Lists of a program (名册). Nobody decides on a list they made or closed.
_LISTS = {"batch.view": OWN, "batch.edit": OWN, "batch.export": OWN}

# What those who decide on a host's money may do, and those who book it. Nobody approves what they recorded.
_FUND_KEEPER = {"fund.view": OWN, "fund.edit": OWN, "fund.commit": OWN, "fund.confirm": OWN, "budget.edit": OWN}

# Who fits a program: those who work on people see the list, all others only how many, and no small numbers.
_COUNTS = {"fit.count": AREA}
_FINDS = {"fit.count": AREA, "fit.view": AREA}

ROLES = {
    "finder": {"lead.file": OWN},
    "town_caseworker": {
        **_REFERRALS_OF_AREA,
        "aid.view": AREA,
        **_BOARD_OF_AREA,
        # What is sent to the town itself it takes on itself: it takes applications for aid.
        "referral.decide": OWN,
        "referral.withdraw": AREA,
        "organization.confirm_capacity": OWN,
        **_PEOPLE_OF_AREA,
        **_CONSENT_OF_AREA,
        **_TAKER,
        **_FINDS,
        **_LEADS_OF_AREA,
        **_FIELD_WORK,
    },
    "bureau_officer": {
        **_REFERRALS_OF_AREA,
        **_BOARD_OF_AREA,
        **_LISTS,
        "batch.view": AREA,
        **dict.fromkeys(_DECIDES, AREA),
        "aid.view": AREA,
        **_BUREAU,
        **_TAKER,
        **_FINDS,
        **_PEOPLE_OF_AREA,
        **_CONSENT_OF_AREA,
        **_LEADS_OF_AREA,
        **_FIELD_WORK,
        "check.answer": OWN,
        "person.merge": AREA,
        "subject_request.answer": AREA,
        "person.purge": AREA,
        "incident.view": AREA,
        "exchange.view": OWN,
        "exchange.run": AREA,
        "wording.edit": AREA,
        "assessment.view": AREA,
        "assessment.edit": OWN,
    },
    # A collection is checked by a second person: of the charity itself, its federation or its bureau.
    "bureau_approver": {
        **_REFERRALS_OF_AREA,
        **_BOARD_OF_AREA,
        "batch.view": AREA,
        "batch.approve": OWN,
        **dict.fromkeys(_DECIDES, AREA),
        "referral.consult": AREA,
        "aid.view": AREA,
        "referral.reassign": AREA,
        **_BUREAU_LEAD,
        **_TAKER,
        **_FINDS,
        "activity.check": AREA,
        "lead.file": OWN,
        "lead.view": AREA,
        "visit.view": AREA,
        "need.export": AREA,
        "screening.view": AREA,
        "check.view": AREA,
        # Never what they wrote themselves.
        "check.sign": OWN,
        "person.view": AREA,
        "person.unmask": AREA,
        "person.merge": AREA,
        "consent.view": AREA,
        "consent.withdraw": AREA,
        "subject_request.view": AREA,
        "subject_request.answer": AREA,
        "retention.edit": AREA,
        "person.purge": AREA,
        "incident.view": AREA,
        "incident.edit": OWN,
        "disclosure.view": AREA,
        "document.view": AREA,
        "received.view": OWN,
        "minor.ask": AREA,
        "minor.approve": AREA,
        "minor.view": AREA,
        "exchange.view": OWN,
        "exchange.edit": OWN,
        "wording.edit": AREA,
        "wording.release": AREA,
        "assessment.view": AREA,
        "assessment.edit": OWN,
        "assessment.approve": OWN,
    },
    # A member unit has no approver of its own kind: its officer decides, and its finance records.
    "member_officer": {
        **_OWN_REFERRALS,
        **_OWN_BOARD,
        **_LISTS,
        "batch.approve": OWN,
        **dict.fromkeys(_DECIDES, OWN),
        **_PROPOSES_AID,
        **_APPROVES_AID,
        "organization.confirm_capacity": OWN,
        **_TAKER,
        **_COUNTS,
        **_FUND_KEEPER,
        "fund.approve": OWN,
        **_OWN_PEOPLE,
        **_OWN_CONSENT,
        **_OWN_LEADS,
        "subject_request.answer": OWN,
        "retention.edit": OWN,
        "person.purge": OWN,
        "incident.view": OWN,
        "incident.edit": OWN,
        **_OWN_FIELD_WORK,
        "check.ask": OWN,
        "person.merge": OWN,
        "assessment.view": OWN,
        "assessment.edit": OWN,
    },
    "charity_reviewer": {
        **_OWN_REFERRALS,
        **_OWN_BOARD,
        **_LISTS,
        **dict.fromkeys(_DECIDES, OWN),
        **_PROPOSES_AID,
        "organization.confirm_capacity": OWN,
        **_TAKER,
        **_COUNTS,
        "fund.view": OWN,
        **_OWN_PEOPLE,
        **_OWN_CONSENT,
        **_OWN_LEADS,
        "person.purge": OWN,
        "incident.view": OWN,
        **_OWN_FIELD_WORK,
        "check.ask": OWN,
        "person.merge": OWN,
        "assessment.view": OWN,
        "assessment.edit": OWN,
    },
    "charity_approver": {
        **_OWN_REFERRALS,
        **_OWN_BOARD,
        "batch.view": OWN,
        "batch.approve": OWN,
        "batch.export": OWN,
        **dict.fromkeys(_DECIDES, OWN),
        **_APPROVES_AID,
        "referral.reassign": OWN,
        "organization.confirm_capacity": OWN,
        **_TAKER,
        **_COUNTS,
        "activity.check": OWN,
        **_FUND_KEEPER,
        "fund.approve": OWN,
        **_OWN_LEADS,
        **_OWN_FIELD_WORK,
        "person.view": OWN,
        "person.unmask": OWN,
        "consent.view": OWN,
        "subject_request.view": OWN,
        "subject_request.answer": OWN,
        "retention.edit": OWN,
        "person.purge": OWN,
        "incident.view": OWN,
        "incident.edit": OWN,
        "consent.withdraw": OWN,
        "disclosure.view": OWN,
        "document.view": OWN,
        "received.view": OWN,
        "minor.ask": OWN,
        "minor.approve": OWN,
        "minor.view": OWN,
        "assessment.view": OWN,
        "assessment.approve": OWN,
    },
    "charity_finance": {**_FUND_KEEPER, "batch.view": OWN, "batch.export": OWN, "fund.record": OWN, **_PAYS_AID},
    "partner_agent": {
        **_LISTS,
        "referral.view": OWN,
        "referral.receive": OWN,
        "organization.confirm_capacity": OWN,
        "posting.view": ALL,
        "posting.claim": OWN,
        "pairing.view": OWN,
        "pairing.edit": OWN,
        **_SUPPLIER,
        "person.view": OWN,
        "person.register": OWN,
        "person.edit": OWN,
        **_OWN_CONSENT,
        **_OWN_LEADS,
        **_OWN_FIELD_WORK,
    },
    "liaison_officer": {
        "referral.view": AREA,
        "referral.consult": AREA,
        "posting.view": ALL,
        "pairing.view": AREA,
        "agreement.view": AREA,
        "prospect.view": AREA,
        "fund.view": AREA,
        **_COUNTS,
    },
    "catalogue_admin": {
        **_COUNTS,
        "program.edit": OWN,
        "program.submit": OWN,
        # Never what they wrote or handed in themselves.
        "program.release": OWN,
        "program.withdraw": OWN,
        "program.delegate": OWN,
        "round.edit": OWN,
        "local_fact.edit": OWN,
        "fund.view": OWN,
    },
    "unit_admin": {**_UNIT_ADMIN, "referral.reassign": OWN, "fund.view": OWN},
    "supervisor": {
        "referral.view": AREA,
        "aid.view": AREA,
        "posting.view": ALL,
        "pairing.view": AREA,
        "batch.view": AREA,
        **_COUNTS,
        "audit.view": AREA,
        "staff.view": AREA,
        "agreement.view": AREA,
        "prospect.view": AREA,
        "fund.view": AREA,
        # Masked, and never more: there is no person.unmask here.
        "person.view": AREA,
        "visit.view": AREA,
        "consent.view": AREA,
        "subject_request.view": AREA,
        "incident.view": AREA,
        "disclosure.view": AREA,
        "minor.ask": AREA,
        "minor.view": AREA,
        "assessment.view": AREA,
    },
    # 三员: their duties exclude each other, and none of them sees a case.
    "system_admin": {
        "area.import": ALL,
        "area.edit": ALL,
        "organization.create": ALL,
        "organization.edit": ALL,
        "organization.register": ALL,
        "organization.clone": ALL,
        "staff.view": ALL,
        "staff.invite": ALL,
        "staff.edit": ALL,
        "staff.handover": ALL,
        "role.propose": ALL,
        "deputy.set": ALL,
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
# The work on people in difficulty. Only these pass to a deputy, and none of them stands beside the catalogue.
CASE_ROLES = frozenset(
    {
        "finder", "town_caseworker", "bureau_officer", "bureau_approver", "member_officer", "charity_reviewer",
        "charity_approver", "charity_finance", "partner_agent", "liaison_officer",
    }
)  # fmt: skip
# A second factor is required of those who decide, export or administer.
NEEDS_SECOND_FACTOR = ADMINISTRATORS | {
    "bureau_approver", "charity_approver", "charity_finance", "catalogue_admin", "unit_admin", "supervisor",
}  # fmt: skip

# Which groups of organizations (members.kinds.group_of) a role makes sense in.
GROUPS_OF_ROLE = {
    "finder": {"bureau", "field", "charity"},
    "town_caseworker": {"field"},
    "bureau_officer": {"bureau"},
    "bureau_approver": {"bureau"},
    "member_officer": {"member"},
    "charity_reviewer": {"charity"},
    "charity_approver": {"charity"},
    "charity_finance": {"charity", "member"},
    "partner_agent": {"partner", "government", "participant"},
    "liaison_officer": {"bureau", "field", "member", "charity"},
    "catalogue_admin": {"bureau", "member", "charity"},
    "unit_admin": {"bureau", "field", "member", "charity", "partner", "government", "participant"},
    "supervisor": {"bureau", "government"},
    "system_admin": {"bureau"},
    "security_admin": {"bureau"},
    "audit_admin": {"bureau"},
}


def exclude_each_other(one, other):
    """Administrators stand alone; the catalogue and casework do not mix."""
    if one == other:
        return False
    pair = {one, other}
    return bool(pair & ADMINISTRATORS) or ("catalogue_admin" in pair and bool(pair & CASE_ROLES))


def permissions_of(roles):
    """permission -> widest reach over several roles."""
    order = (OWN, AREA, ALL)
    found = dict(EVERYONE)
    for role in roles:
        for permission, reach in ROLES[role].items():
            found[permission] = max(found.get(permission, OWN), reach, key=order.index)
    return found
