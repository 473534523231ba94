"""The lists of the demo world: what some programs ask for before anything of theirs is approved."""

from io import BytesIO

from django.utils import timezone

from portal.lib import uploads
from programs import catalogue
from referrals.actions import batch_decisions, batch_draws, batch_stations, batches
from referrals.batch_routes import Progress, needs_list, station_now
from referrals.list_kinds import NOTICE_ITEMS
from referrals.models import Batch, BatchNotice, BatchPaper, DrawnCheck

_WINTER, _SPRING, _SUMMER, _AUTUMN = "冬季", "春季", "夏季", "秋季"
SCAN = b"%PDF-1.4 demo %%EOF"


def put_on_list(works, approver, line):
    """A list with this line, as far as its notice; None where the program asks for nothing that needs a list."""
    if not needs_list(catalogue.parsed(line.program_version, catalogue.vocabulary())):
        return None
    batch = batches.make_batch(works, line.program, {"label": _label(timezone.localdate())})
    batch = batches.add_lines(works, batch, batch.version, [line])
    batch = batches.freeze_batch(works, batch, batch.version)
    while (station := station_now(Progress.of(batch))).step.kind in WALKS:
        WALKS[station.step.kind](works, approver, batch, station)
        batch = Batch.objects.get(pk=batch.pk)
        if station.step.kind == "notice":
            break
    return batch


def _label(day):
    """As the offices name theirs."""
    seasons = (_SPRING, _SUMMER, _AUTUMN, _WINTER)
    return f"{day.year} 年{seasons[(day.month % 12) // 3 - 1]}第一批"


def decide_list(works, approver, batch):
    """A day later: what comes after the notice, and the decision, with which the line is approved."""
    batch = Batch.objects.get(pk=batch.pk)
    while (station := station_now(Progress.of(batch))).step.kind in WALKS:
        WALKS[station.step.kind](works, approver, batch, station)
        batch = Batch.objects.get(pk=batch.pk)
    batch_decisions.approve_batch(
        approver, batch, batch.version, decided_on=timezone.localdate(), note="集体研究同意。"
    )


def _sample(works, approver, batch, _station):
    batch_draws.draw_sample(works, batch, batch.version)
    for row in batch.rows.filter(is_drawn=True):
        DrawnCheck.objects.create(
            row=row, checked_on=timezone.localdate(), result="confirmed", checked_by=approver,
            private={"findings": "家中情况与申报一致。"},
        )  # fmt: skip


def _notice(works, _approver, batch, _station):
    today = timezone.localdate()
    BatchNotice.objects.create(
        batch=batch, since=today, until=today, days=1, items=list(NOTICE_ITEMS), place="单位公告栏",
        telephone="0467-0000000", is_online=False, published_by=works,
    )  # fmt: skip
    key = uploads.store_stream(BytesIO(SCAN))
    BatchPaper.objects.create(
        batch=batch, kind="notice_proof", file_key=key, file_name="notice.pdf", file_size=len(SCAN), added_by=works
    )


def _sign_off(works, _approver, batch, station):
    codes = list(batch.rows.values_list("code", flat=True))
    said = {"agrees": True, "signed_on": timezone.localdate(), "signer": "", "note": ""}
    for body in station.step.bodies:
        batch_stations.sign_rows(works, batch, codes, {"body": body, **said})


def _forward(works, _approver, batch, _station):
    today = timezone.localdate()
    said = {"done_on": today, "to": None, "to_words": "", "note": ""}
    record = batch_stations.hand_on(works, batch, batch.version, said)
    if record.answer:
        batch_stations.answer_station(works, record, is_taken=True, answered_on=today, receipt="")


WALKS = {
    "sample": _sample, "notice": _notice, "sign_off": _sign_off, "forward": _forward, "consult": _forward,
    "": _forward,
}  # fmt: skip
