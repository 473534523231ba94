"""Who may look at the board of needs and offers, put up, claim and answer; and who may look at pairings."""

from tests.access.referrals import ON_DESKS, RECEIVERS, SEES_REFERRAL
from tests.access.rows import Row
from tests.make.board import make_claim, make_pairing, make_posting
from tests.make.people import make_need, make_person

VIEWERS = ON_DESKS
ANY_RECEIVER = RECEIVERS | {"member_officer", "partner_agent"}
ANSWERS = {"town_caseworker", "bureau_officer"}
POSTERS = VIEWERS - {"city_supervisor", "liaison_officer", "member_officer", "partner_agent"}


def a_posting(cast):
    return {"code": make_posting(cast.town_caseworker).code}


def a_need(cast):
    return {"code": make_need(make_person(cast.town)).code}


def a_claim(cast):
    return {"code": make_claim(make_posting(cast.town_caseworker), cast.charity_reviewer).code}


def a_pairing(cast):
    return {"code": make_pairing(cast.bureau_officer, cast.charity_reviewer).code}


def a_case(cast):
    return {"code": make_pairing(cast.bureau_officer, cast.charity_reviewer).referral.code}


ROWS = [
    Row("referrals:list_postings", VIEWERS),
    Row("referrals:show_posting", VIEWERS, arguments=a_posting),
    *[
        Row(f"referrals:{name}", ANSWERS, method, a_posting)
        for name in ("edit_posting", "withdraw_posting", "reopen_posting")
        for method in ("get", "post")
    ],
    *[
        Row("referrals:post_need", ANSWERS, method, a_need, unseen=RECEIVERS | {"other_bureau_approver"})
        for method in ("get", "post")
    ],
    *[Row("referrals:claim_posting", ANY_RECEIVER, method, a_posting) for method in ("get", "post")],
    Row("referrals:take_up_claim", ANSWERS, "post", a_claim),
    *[Row("referrals:decline_claim", ANSWERS, method, a_claim) for method in ("get", "post")],
    *[Row("referrals:release_claim", RECEIVERS, method, a_claim) for method in ("get", "post")],
    Row("referrals:list_pairings", VIEWERS),
    Row("referrals:show_pairing", SEES_REFERRAL, arguments=a_pairing, unseen=VIEWERS - SEES_REFERRAL),
    *[Row("referrals:begin_area_pairing", ANY_RECEIVER, method) for method in ("get", "post")],
    *[Row("referrals:begin_pairing", RECEIVERS, method, a_case) for method in ("get", "post")],
    *[
        Row(f"referrals:{name}", RECEIVERS, method, a_pairing)
        for name in ("record_pairing_visit", "end_pairing")
        for method in ("get", "post")
    ],
]
