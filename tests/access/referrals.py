"""Who may open the desks, write a referral, look at one, and make each move of it."""

from referrals.actions.outcomes import reopen_referral
from referrals.actions.saved_lists import save_list
from referrals.workflow import MOVES, Side
from tests.access.rows import EDITORS_ELSEWHERE, Row
from tests.make.people import make_need, make_person
from tests.make.referrals import make_draft, make_receiver, make_referral
from tests.make.units import numbers

# One that the bureau sent to the charity: the bureau's own people, the charity's, and the city that looks on.
SENDERS = {"bureau_officer", "bureau_approver"}
RECEIVERS = {"charity_reviewer", "charity_approver"}
SEES_REFERRAL = SENDERS | RECEIVERS | {"city_supervisor", "liaison_officer"}
# They work on referrals, but not on this one.
UNSEEN = {"town_caseworker", "other_bureau_approver"}
ON_DESKS = SEES_REFERRAL | UNSEEN | {"member_officer", "partner_agent"}
WRITERS = ON_DESKS - {"city_supervisor", "liaison_officer", "partner_agent"}
REASSIGNERS = {
    "bureau_approver", "charity_approver", "charity_admin", "other_charity_admin", "other_bureau_approver",
}  # fmt: skip


def a_referral(cast):
    return {"code": make_referral(cast.bureau_officer, cast.charity).code}


def a_draft(cast):
    return {"code": make_draft(cast.bureau_officer, cast.charity).code}


def a_saved_list(cast):
    """Kept by one, shared with the unit: a colleague sees it and leaves it as it is."""
    name = f"加急{next(numbers)}"
    return {"code": save_list(cast.charity_reviewer, "received", name, "urgent=on", is_shared=True).code}


def an_approval(cast):
    """The officer asked that a closed one be taken up again."""
    referral = make_referral(cast.bureau_officer, cast.charity, state="closed", by=cast.charity_reviewer)
    return {"code": reopen_referral(cast.bureau_officer, referral, referral.version, "又有困难").code}


def a_person_in_need(cast):
    person = make_person(cast.town)
    make_need(person)
    make_receiver(cast.charity)
    return {"code": person.code}


def movers(move):
    """Whoever stands on the side of a move and holds what it asks."""
    sides = {Side.SENDER: SENDERS, Side.RECEIVER: RECEIVERS, Side.PAUSER: RECEIVERS}
    if move.permission == "referral.consult":
        return {"bureau_approver", "liaison_officer"}
    held = sides.get(move.side, SENDERS | RECEIVERS)
    return held - {"bureau_officer", "charity_reviewer"} if move.permission == "referral.reassign" else held


BY_PEOPLE = [move for move in MOVES.values() if not move.is_by_clock]
ROWS = [
    *[Row(f"referrals:{name}", ON_DESKS) for name in ("list_received_referrals", "list_sent_referrals")],
    Row("referrals:list_area_referrals", ON_DESKS - RECEIVERS - {"member_officer", "partner_agent"}),
    Row("referrals:act_on_referrals", ON_DESKS, "post"),
    Row("referrals:list_saved_lists", ON_DESKS),
    Row("referrals:save_list", set(), "post"),
    *[
        Row(f"referrals:{name}", {"charity_reviewer"}, "get", a_saved_list, unseen=ON_DESKS - RECEIVERS)
        for name in ("change_saved_list", "delete_saved_list")
    ],
    Row("referrals:list_handlers", REASSIGNERS),
    *[
        Row(
            "referrals:hand_on_referrals", {"charity_approver", "charity_admin"}, method,
            lambda cast: {"code": cast.charity_reviewer.code}, unseen=REASSIGNERS,
        )
        for method in ("get", "post")
    ],
    Row("referrals:show_referral", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN),
    Row("referrals:show_referral", SEES_REFERRAL - RECEIVERS, arguments=a_draft, unseen=UNSEEN | RECEIVERS),
    *[
        Row(f"referrals:{name}", SENDERS, method, a_draft, unseen=UNSEEN | RECEIVERS)
        for name, method in (
            ("edit_referral", "get"), ("edit_referral", "post"), ("preview_referral", "get"),
            ("discard_referral", "get"),
        )
    ],
    Row("referrals:ask_consent", {"bureau_officer"}, "post", a_draft, unseen={"town_caseworker", "charity_reviewer"}),
    *[Row(move.url_name, movers(move), "post", a_referral, unseen=UNSEEN) for move in BY_PEOPLE],
    *[Row(MOVES[verb].url_name, movers(MOVES[verb]), "get", a_referral, unseen=UNSEEN) for verb in ("reject", "void")],
    Row("referrals:decide_approval", SENDERS, "post", an_approval, unseen=RECEIVERS | UNSEEN | {"city_supervisor"}),
    *[
        Row(
            "referrals:refer_person", {"bureau_officer", "bureau_approver", "town_caseworker"}, method,
            a_person_in_need, unseen=EDITORS_ELSEWHERE | {"charity_approver", "other_bureau_approver"},
        )
        for method in ("get", "post")
    ],
]  # fmt: skip
