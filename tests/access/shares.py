"""Who may share a case with one more party, read what was shared, and take it back."""

from tests.access.cases import LOOKS_ON
from tests.access.referrals import SEES_REFERRAL, UNSEEN, a_referral
from tests.access.rows import Row
from tests.make.referrals import make_referral
from tests.make.shares import make_share

PARTY = {"partner_agent"}
READ_RECEIVED = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "member_officer",
    "other_bureau_approver",
}  # fmt: skip


def a_share(cast):
    """Of the officer with the hospital's agent, by name."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    return {"code": make_share(cast.bureau_officer, referral, cast.partner_agent).code}


ROWS = [
    *[
        Row("referrals:share_referral", {"bureau_officer"}, method, a_referral, unseen={"town_caseworker"})
        for method in ("get", "post")
    ],
    Row("referrals:list_shares", READ_RECEIVED | PARTY),
    Row("referrals:show_share", SEES_REFERRAL | PARTY, arguments=a_share, unseen=UNSEEN),
    Row("referrals:write_share_note", SEES_REFERRAL - LOOKS_ON | PARTY, "post", a_share, unseen=UNSEEN),
    *[
        Row(
            "referrals:revoke_share", {"bureau_officer"}, method, a_share, seen_by=PARTY, unseen={"town_caseworker"}
        )
        for method in ("get", "post")
    ],
    Row(
        "referrals:confirm_share_deletion", PARTY, arguments=a_share, unseen=READ_RECEIVED,
    ),
    Row("api:referral_shares", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN),
    Row("api:referral_shares", {"bureau_officer"}, "post", a_referral, unseen={"town_caseworker"}),
    Row("api:revoke_share", {"bureau_officer"}, "post", a_share, unseen={"town_caseworker", "partner_agent"}),
]  # fmt: skip
