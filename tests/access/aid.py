"""Who may open the ledger of help, propose a line, look at one, and take each step of it."""

from portal.lib import draws
from referrals.aid_moves import AID_MOVES
from referrals.aid_returns import months_until
from referrals.models import AidLine, ReviewerDraw
from tests.access.referrals import ON_DESKS
from tests.access.rows import Row
from tests.make.batches import make_scheduled
from tests.make.people import make_person
from tests.make.referrals import make_aid_paper, make_proposal, make_referral

# One of the charity, for somebody whom the town keeps and the bureau sent.
GIVERS = {"charity_reviewer", "charity_approver", "charity_finance"}
SENDERS = {"bureau_officer", "bureau_approver", "city_supervisor"}
# The town keeps the person: it reads what its bureau sent of its families.
SEES_AID = GIVERS | SENDERS | {"town_caseworker"}
ELSEWHERE = {"other_bureau_approver"}
HOLDS = {
    "aid.approve": {"charity_approver"},
    "aid.propose": {"charity_reviewer"},
    "aid.deliver": {"charity_reviewer", "charity_finance"},
    "aid.pay": {"charity_finance"},
    "fund.approve": {"charity_approver"},
}


def an_accepted(cast):
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=make_person(cast.town), state="accepted", by=cast.charity_reviewer
    )
    return {"code": referral.code}


def a_line(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town))
    return {"code": make_proposal(referral, cast.charity_reviewer).code}


def a_paper(cast):
    line = AidLine.objects.get(code=a_line(cast)["code"])
    return {"code": line.code, "paper": make_aid_paper(line).code}


def a_schedule(cast):
    """For somebody whom the charity keeps itself."""
    return {"code": make_scheduled(cast).code}


def kept(cast):
    return {"code": make_person(cast.charity).code}


def a_drawn(cast):
    """Of the charity, promised and not drawn yet."""
    line = make_proposal(
        make_referral(cast.bureau_officer, cast.charity, person=make_person(cast.town)), cast.charity_reviewer
    )
    pool = [cast.charity_approver.code]
    seed, text = "0" * 64, f"{cast.charity_approver.code}\n"
    ReviewerDraw.objects.create(
        line=line, commitment="0" * 64, text=text, digest=draws.digest(text), secret="0" * 64, seed=seed, pool=pool
    )
    return {"code": line.code}


def movers(move):
    return set().union(*(HOLDS[one] for one in move.permissions))


def last_month(cast):
    return {"month": f"{months_until()[0]:%Y-%m}"}


RETURNERS = {"charity_reviewer", "charity_approver", "member_officer"}
ROWS = [
    Row("referrals:list_aid_returns", RETURNERS),
    *[Row("referrals:hand_in_aid_return", RETURNERS, method, last_month) for method in ("get", "post")],
    Row("referrals:show_uptake", ON_DESKS),
    Row("referrals:list_aid", SEES_AID | ELSEWHERE | {"member_officer"}),
    *[Row("referrals:begin_other_aid", {"charity_reviewer", "member_officer"}, method) for method in ("get", "post")],
    *[
        Row(f"referrals:{name}", {"charity_reviewer"}, method, kept)
        for name in ("record_other_aid", "propose_other_aid")
        for method in ("get", "post")
    ],
    *[Row("referrals:propose_aid", {"charity_reviewer"}, method, an_accepted) for method in ("get", "post")],
    Row("referrals:show_aid", SEES_AID, arguments=a_line, unseen=ELSEWHERE),
    *[
        Row(move.url_name, movers(move), method, a_line, unseen=ELSEWHERE)
        for move in AID_MOVES.values()
        for method in ("get", "post")
    ],
    Row(
        "referrals:print_signatures", GIVERS - {"charity_finance"}, arguments=a_schedule,
        unseen=SEES_AID - {"charity_reviewer", "charity_approver"} | ELSEWHERE,
    ),
    *[
        Row(f"referrals:{name}", SEES_AID, arguments=a_drawn, unseen=ELSEWHERE)
        for name in ("show_reviewer_draw", "download_reviewer_text")
    ],
    Row("referrals:open_aid_account", {"charity_finance"}, "post", a_line),
    # A supervisor sees that there is a paper, and not the paper.
    *[
        Row(f"referrals:{name}", SEES_AID - {"city_supervisor"}, "get", a_paper, unseen=ELSEWHERE | {"city_supervisor"})
        for name in ("open_aid_paper", "preview_aid_paper")
    ],
    Row("api:aid_list", SEES_AID | ELSEWHERE | {"member_officer"}),
    Row("api:aid_list", {"charity_reviewer", "member_officer"}, "post"),
    Row("api:aid", SEES_AID, arguments=a_line, unseen=ELSEWHERE),
    Row("api:propose_aid", {"charity_reviewer"}, "post", an_accepted),
    Row("api:move_aid", movers(AID_MOVES["approve"]), "post", lambda cast: {**a_line(cast), "verb": "approve"},
        unseen=ELSEWHERE),
    Row("api:move_aid", movers(AID_MOVES["deliver"]), "post", lambda cast: {**a_line(cast), "verb": "deliver"},
        unseen=ELSEWHERE),
]  # fmt: skip
