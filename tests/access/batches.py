"""Who may open the pages of lists, and the notices everybody may read."""

from django.utils import timezone

from referrals.actions import batches
from referrals.models import Batch
from tests.access.rows import EVERYONE, Row
from tests.make.batches import (
    an_objection,
    make_batch,
    make_frozen,
    make_hung,
    make_notice,
    make_paper,
    make_row,
    make_sampled,
)
from tests.make.catalogue import make_program

LIST_VIEWERS = {
    "bureau_officer", "bureau_approver", "charity_reviewer", "charity_approver", "charity_finance",
    "other_bureau_approver", "city_supervisor", "member_officer", "partner_agent",
}  # fmt: skip
# Made by the charity: seen there, by the county's bureau and by the city's supervisor.
SEES_LIST = LIST_VIEWERS - {"other_bureau_approver", "member_officer", "partner_agent"}
ELSEWHERE = {"other_bureau_approver"}
MAKES_LISTS = {"bureau_officer", "charity_reviewer", "member_officer", "partner_agent"}
WRITES, DECIDES = {"charity_reviewer"}, {"charity_approver"}
# They hold the permission at their own unit, and see this list.
WRITERS_ELSEWHERE, DECIDERS_ELSEWHERE = {"bureau_officer"}, {"bureau_approver"}


def a_draft(cast):
    return {"code": make_batch(cast.charity_reviewer, people=1).code}


def a_frozen(cast):
    return {"code": make_frozen(cast.charity_reviewer, people=1).code}


def a_draft_row(cast):
    batch = make_batch(cast.charity_reviewer, people=1)
    return {"code": batch.code, "row": make_row(batch).code}


def a_frozen_row(cast):
    batch = make_frozen(cast.charity_reviewer, people=1)
    return {"code": batch.code, "row": make_row(batch).code}


def a_draw(cast):
    return {"code": make_sampled(cast.charity_reviewer, people=1).code, "purpose": "sample"}


def a_drawn_row(cast):
    batch = make_sampled(cast.charity_reviewer, people=1, is_checked=False)
    return {"code": batch.code, "row": make_row(batch).code}


def a_visited(cast):
    return {"code": make_sampled(cast.charity_reviewer, people=1).code}


def a_notice(cast):
    batch = make_sampled(cast.charity_reviewer, people=1)
    return {"code": batch.code, "notice": make_notice(cast.charity_reviewer, batch).code}


def a_public_notice(cast):
    return {"code": a_notice(cast)["notice"]}


def a_hung(cast):
    return {"code": make_hung(cast.charity_reviewer, people=1).code}


def an_open_objection(cast):
    batch = make_hung(cast.charity_reviewer, people=1)
    said = an_objection()
    made = batch.objections.create(
        received_on=said["received_on"], way="phone", private={"text": "x"}, recorded_by=cast.charity_reviewer
    )
    return {"code": batch.code, "objection": made.code}


def _writes(name, arguments, methods=("get", "post")):
    return [Row(f"referrals:{name}", WRITES, method, arguments) for method in methods]


def a_signed_frozen(cast):
    """Of a program that prints a sheet of signatures."""
    return {"code": make_frozen(cast.charity_reviewer, like="P10", people=1).code, "which": "sign_off"}


def an_approved(cast):
    batch = make_frozen(cast.charity_reviewer, like="P03", people=1)
    Batch.objects.filter(pk=batch.pk).update(
        state="approved", decided_by=cast.charity_approver, decided_at=timezone.now(), decided_on=timezone.localdate()
    )
    return {"code": batch.code}


# Those of the charity who hold the permission of each deed.
GIVES = {"pay": {"charity_finance"}, "settle": DECIDES, "receive": WRITES | {"charity_finance"}}


def a_giving(deed):
    return lambda cast: {**an_approved(cast), "deed": deed}


def a_chain(cast):
    return {"code": make_frozen(cast.charity_reviewer, like="P11", people=1).code}


def a_filing(cast):
    """A draft of the hospital, which the charity is to decide on."""
    program = make_program(cast.charity, like="P08-1")
    return {"code": batches.make_batch(cast.partner_agent, program, {"label": "申报"}).code}


def a_receipt(cast):
    batch = make_frozen(cast.charity_reviewer, like="P11", people=1)
    record = batch.stations.create(
        step=2, done_on=timezone.localdate(), done_by=cast.charity_reviewer, to_words="市妇联", answer="waiting"
    )
    return {"code": batch.code, "station": record.code}


def a_batch_paper(cast):
    batch = make_frozen(cast.charity_reviewer, people=1)
    return {"code": batch.code, "paper": make_paper(batch, cast.charity_reviewer).code}


ROWS = [
    Row("referrals:list_batches", LIST_VIEWERS),
    *[Row("referrals:make_batch", MAKES_LISTS, method) for method in ("get", "post")],
    Row("referrals:show_batch", SEES_LIST, arguments=a_draft, unseen=ELSEWHERE),
    Row("referrals:show_draw", SEES_LIST, arguments=a_draw, unseen=ELSEWHERE),
    Row("referrals:download_text", SEES_LIST, arguments=a_frozen, unseen=ELSEWHERE),
    Row("referrals:print_notice", SEES_LIST, arguments=a_notice, unseen=ELSEWHERE),
    *_writes("add_lines", a_draft),
    *[
        Row("referrals:file_row", {"partner_agent"}, method, a_filing, unseen={"charity_reviewer", "member_officer"})
        for method in ("get", "post")
    ],
    *_writes("set_sums", a_frozen),
    *_writes("freeze_batch", a_draft),
    *_writes("cancel_batch", a_draft),
    *_writes("draw_sample", a_frozen),
    *_writes("remove_row", a_draft_row, ["post"]),
    *_writes("strike_row", a_frozen_row),
    *_writes("check_row", a_drawn_row),
    *_writes("publish_notice", a_visited),
    *_writes("take_down_notice", a_notice),
    *_writes("record_objection", a_hung),
    *[
        Row("referrals:decide_objection", DECIDES, method, an_open_objection, unseen=ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", DECIDES, method, a_hung, unseen=ELSEWHERE)
        for name in ("approve_batch", "decline_batch")
        for method in ("get", "post")
    ],
    *_writes("finish_batch", an_approved),
    *[
        Row("referrals:give_rows", people, method, a_giving(deed), unseen=ELSEWHERE)
        for deed, people in (
            ("pay", {"charity_finance"}),
            ("settle", DECIDES),
            ("receive", WRITES | {"charity_finance"}),
        )
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", WRITES | DECIDES | {"charity_finance"}, arguments=a_signed_frozen)
        for name in ("print_list", "export_list")
    ],
    *_writes("hand_on", a_chain),
    *_writes("answer_station", a_receipt),
    *_writes("sign_rows", lambda cast: {"code": a_signed_frozen(cast)["code"]}),
    *_writes("add_batch_paper", a_frozen),
    Row(
        "referrals:download_batch_paper",
        WRITES | DECIDES | {"charity_finance"},
        arguments=a_batch_paper,
        unseen=ELSEWHERE,
    ),
    Row("referrals:list_public_notices", EVERYONE),
    Row("referrals:show_public_notice", EVERYONE, arguments=a_public_notice),
]
