"""Who tells a bureau of a family, verifies it there, and refers it back."""

from django.utils import timezone

from referrals.actions.guests import invite_guest
from referrals.actions.outcomes import report_outcome
from referrals.actions.referrals import send_back
from referrals.actions.urgent import go_urgent
from referrals.guest_links import token_of
from tests.access.referrals import ON_DESKS, a_draft
from tests.access.rows import Row
from tests.cast import PEOPLE
from tests.make.people import make_person
from tests.make.referrals import make_draft, make_referral, make_telling
from tests.make.units import make_contact_post, make_organization

# The cast by their side of a referral of the charity to the town.
TOWN, SENDER = {"town_caseworker"}, {"charity_reviewer"}
WRITES = {"bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver"}


def a_family(cast):
    return {"code": make_person(cast.charity, residence=cast.town_area).code}


def told(cast, state="received"):
    return make_telling(
        cast.charity_reviewer, cast.town, state=state, by=cast.town_caseworker, residence=cast.town_area
    )  # fmt: skip


def a_told_case(cast):
    return {"code": told(cast).code}


def a_refused_case(cast):
    referral = told(cast, "accepted")
    said = {"decision": "not_eligible", "scheme": "dibao", "why_not": "income", "decided_on": timezone.localdate()}
    report_outcome(cast.town_caseworker, referral, referral.version, said)
    return {"code": referral.code}


def an_urgent_draft(cast):
    """Sent back by the second person."""
    draft = make_draft(cast.bureau_officer, cast.charity, is_covered=False)
    waiting = go_urgent(cast.bureau_officer, draft, draft.version, "life", "重症送医", ["name"])
    return {"code": send_back(cast.bureau_approver, waiting, waiting.version, "写清楚").code}


def a_case_for_nobody(cast):
    return {"code": a_guest(cast).code}


def a_guest(cast):
    """The referral was sent to a unit that nobody signs in for, with a link to its post."""
    unit = make_organization(kind="foundation", area=cast.county)
    referral = make_referral(cast.bureau_officer, unit)
    invite_guest(cast.bureau_officer, referral, make_contact_post(unit), "post@example.org")
    return referral


def a_link(cast):
    return {"token": token_of(a_guest(cast).guests.get())}


GUESTS = set(PEOPLE)
DRAFTERS = {"bureau_officer", "bureau_approver"}
VISITS = {"bureau_officer", "town_caseworker", "charity_reviewer", "charity_approver"}
CHECKS = VISITS - {"charity_approver"}
ROWS = [
    *[
        Row(f"referrals:{name}", DRAFTERS, method, a_case_for_nobody, unseen={*WRITES, "other_bureau_approver"})
        for name, method in (
            ("invite_guest", "get"), ("invite_guest", "post"), ("renew_guest_code", "post"), ("end_guest", "post"),
        )
    ],
    *[Row("referrals:enter_as_guest", GUESTS, method, a_link) for method in ("get", "post")],
    Row("referrals:show_to_guest", GUESTS),
    Row("referrals:act_as_guest", GUESTS, "post", lambda cast: {"verb": "sign"}),
    Row("referrals:close_guest", GUESTS, "post"),
    Row("referrals:list_units_without_account", {"system_admin"}),
    Row("referrals:list_urgent", ON_DESKS),
    *[
        Row(f"referrals:{name}", DRAFTERS, method, arguments, unseen={*WRITES, "other_bureau_approver"})
        for name, method, arguments in (
            ("go_urgent", "get", a_draft), ("go_urgent", "post", a_draft), ("leave_urgent", "post", an_urgent_draft),
        )
    ],
    Row(
        "referrals:list_tellings", {"charity_reviewer", "charity_approver", "member_officer"},
        unseen={"bureau_officer", "bureau_approver", "town_caseworker", "other_bureau_approver"},
    ),
    *[
        Row(
            "referrals:tell_bureau", SENDER, method, a_family,
            unseen={*WRITES, "other_bureau_approver"} - {"charity_approver"},
        )
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", TOWN, method, a_told_case, unseen=holders)
        for name, holders in (
            ("record_case_visit", VISITS), ("ask_case_check", CHECKS), ("register_from_case", CHECKS),
        )
        for method in ("get", "post")
    ],
    *[
        Row(
            "referrals:refer_back", TOWN | {"bureau_officer", "bureau_approver"}, method, a_refused_case,
            unseen={*WRITES, "other_bureau_approver"},
        )
        for method in ("get", "post")
    ],
]  # fmt: skip
