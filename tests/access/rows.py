"""What a row of the access matrix is, and the groups of people and objects that several chapters name."""

from dataclasses import dataclass, field

from tests.cast import PEOPLE
from tests.make.catalogue import make_activity, make_fund, make_offer, make_program, make_version
from tests.make.people import make_person

EVERYONE = set(PEOPLE)
SIGNED_IN = EVERYONE - {"anonymous"}


@dataclass
class Row:
    name: str
    allowed: set
    method: str = "get"
    arguments: object = field(default=lambda cast: {})
    # What those who may not get; 404 where the object is out of their sight.
    refused: int = 403
    # Those who see the object and still may not: 403 where others get 404.
    seen_by: set = field(default_factory=set)
    # Of those refused, who does not even learn that the object is there.
    unseen: set = field(default_factory=set)


def the_county(cast):
    return {"code": cast.bureau.area.code}


def area(cast):
    return {"code": cast.county.code}


def unit(cast):
    return {"code": cast.charity.code}


# Who keeps the units of 甲区, and who keeps the charity's own data.
BUREAU_LEAD = {"bureau_approver"}
BUREAU = {"bureau_officer", "bureau_approver"}
UNIT_EDITORS = BUREAU | {"charity_admin", "system_admin"}
ANY_LEAD = {"bureau_approver", "other_bureau_approver"}
ANY_AGREEMENT_EDITOR = BUREAU | {"charity_admin", "other_charity_admin", "other_bureau_approver"}
AGREEMENT_EDITORS = BUREAU | {"charity_admin"}
AGREEMENT_STRANGERS = ANY_AGREEMENT_EDITOR - AGREEMENT_EDITORS


def a_program(cast):
    return {"code": make_program(cast.charity).code}


def a_version(state, **values):
    """Of a program of the charity that is in force; handed in by someone else."""

    def of(cast):
        program = make_program(cast.charity)
        number = 1 if state == "released" else make_version(program, state=state, **values).number
        return {"code": program.code, "number": number}

    return of


def a_fund(cast):
    """Of the charity, whose keeper says what it is there for."""
    return {"code": make_fund(cast.charity).code}


FUND_KEEPERS = {"charity_approver", "charity_finance"}
SEES_FUND = (
    FUND_KEEPERS | BUREAU
    | {"charity_reviewer", "charity_admin", "catalogue_admin", "city_supervisor", "liaison_officer"}
)  # fmt: skip
ANY_FUND_KEEPER = FUND_KEEPERS | {"member_officer"}
ANY_FUND_VIEWER = SEES_FUND | ANY_FUND_KEEPER | {"other_charity_admin", "other_bureau_approver"}


def an_offer(cast, **values):
    return {"code": make_offer(cast.charity, **values).code}


def an_activity(state="published", **values):
    return lambda cast: {"code": make_activity(cast.charity, state, **values).code}


# Who enters what their unit gives and undertakes, and who does so for the charity.
SUPPLIERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver", "member_officer", "partner_agent",
}  # fmt: skip
CHARITY_SUPPLIERS = {"charity_reviewer", "charity_approver", "charity_admin"}
TAKERS = SUPPLIERS - {"charity_admin", "other_charity_admin", "partner_agent"}
PERSON_VIEWERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver", "city_supervisor", "member_officer", "partner_agent",
}  # fmt: skip


def a_person(cast, **values):
    """Kept by the town: seen there, by the county's bureau and by the city's supervisor."""
    return {"code": make_person(cast.town, **values).code}


SEES_PERSON = {"bureau_officer", "bureau_approver", "town_caseworker", "city_supervisor"}
EDITS_PERSON = {"bureau_officer", "town_caseworker"}
# They hold the permission, but not for somebody else's people: 404.
EDITORS_ELSEWHERE = {"charity_reviewer"}
SEES_CONSENT = {"bureau_officer", "bureau_approver", "town_caseworker", "city_supervisor"}
CONSENT_VIEWERS_ELSEWHERE = {
    "charity_reviewer", "charity_approver", "other_bureau_approver", "member_officer", "partner_agent",
}  # fmt: skip
RECORDS_CONSENT = {"bureau_officer", "town_caseworker"}
