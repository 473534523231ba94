"""A list goes up and its receipts come back; other bodies sign; the papers of the whole are kept.

Who receives a list here in the system sees it from then on (of its people only what is open to that unit) and gives
the receipt itself; for a party outside, the unit that holds the list writes down what came back.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from portal.lib import uploads
from programs.words import PARTIES, say
from referrals import batch_routes, timeline
from referrals.actions import filings
from referrals.actions.batches import keep, locked
from referrals.batch_routes import Progress, program_of, station_now, stations_of
from referrals.list_kinds import OPEN_STATES, BatchState
from referrals.models import BatchPaper, BatchStation, BatchUnit, RowSignature

Answer = BatchStation.Answer
MOST_PAPERS = 30
WALKED = (BatchState.FROZEN, BatchState.APPROVED)


def hand_on(actor, batch, version, values):
    """The step that is now: handed on to the next party, or ticked off. `values`: done_on, to, to_words, note."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, WALKED)
        progress = Progress.of(current)
        station = station_now(progress)
        if station is None or not is_handed(progress, station):
            raise Refusal(_("现在没有可以上报或登记的环节。"))
        is_forward = station.step.kind == "forward"
        decider = (
            batch_routes.decider_of(current) if is_forward and current.holder_id == current.organization_id else None
        )
        values = {**values, "to": decider} if decider else values
        to_words = values["to_words"].strip() or say(PARTIES, station.step.to)
        _refuse_handing(current, values, is_forward, progress)
        if decider:
            filings.pass_on(actor, current, progress.listed, decider)
        record = BatchStation.objects.create(
            batch=current, step=station.number, done_on=values["done_on"], done_by=actor,
            to=values["to"] if is_forward else None, to_words=to_words if is_forward else "",
            answer=Answer.WAITING if is_forward else "",
            private={"note": values["note"].strip()} if values["note"].strip() else {},
        )  # fmt: skip
        if record.to_id:
            BatchUnit.objects.get_or_create(batch=current, organization=record.to)
        keep(actor, current)
        if is_forward:
            _tell_people("batch_handed_on", actor, progress, to=record.receiver)
        audit.record(
            actor, "batch.hand_on", current, organization=current.organization,
            changes={"step": [None, station.number], "to": [None, record.receiver]},
        )  # fmt: skip
    return record


def is_handed(progress, station):
    """Is this step one deed for the whole list, and not done yet?"""
    return station.step.kind in batch_routes.HANDED and station.number not in progress.records


def _refuse_handing(batch, values, is_forward, progress):
    if not timezone.localdate(batch.frozen_at) <= values["done_on"] <= timezone.localdate():
        raise Refusal(_("办理日期要在封存名册以后，不晚于今天。"), field="done_on")
    if values["to"] is not None and values["to"].pk == batch.holder_id:
        raise Refusal(_("这是本单位自己。"), field="to")
    if values["to"] is not None and values["to"].is_suspended:
        raise Refusal(_("%(unit)s已被暂停，不能交给它。") % {"unit": values["to"]}, field="to")
    if is_forward and batch_routes.wants_seal(program_of(batch)) and "sealed_list" not in progress.paper_kinds:
        raise Refusal(_("名单要盖章后上报：请先上传盖章的名册。"))


def answer_station(actor, record, *, is_taken, answered_on, receipt, note=""):
    """The receipt: by the unit that received it, or written down for a party outside. Returned, it may go up again."""
    with transaction.atomic():
        current = _locked_for_receipt(actor, record)
        record = current.stations.select_for_update(of=("self",)).get(pk=record.pk)
        if record.answer != Answer.WAITING:
            raise Refusal(_("这一步已经有回执。"))
        if not record.done_on <= answered_on <= timezone.localdate():
            raise Refusal(_("回执日期不能早于上报，不晚于今天。"), field="answered_on")
        if not is_taken and not note.strip():
            raise Refusal(_("请写明为什么退回。"), field="note")
        record.answer = Answer.TAKEN if is_taken else Answer.RETURNED
        record.answered_on, record.answered_by, record.receipt = answered_on, actor, receipt.strip()
        record.private = {**record.private, "answer": note.strip()}
        record.save(update_fields=["answer", "answered_on", "answered_by", "receipt", "private"])
        goes_over = is_taken and record.to_id and record.to == batch_routes.decider_of(current)
        keep(actor, current, **({"holder": record.to} if goes_over else {}))
        words = {"answer": record.get_answer_display(), "to": record.receiver, "receipt": record.receipt}
        _tell_people("batch_receipt", actor, Progress.of(current), **words)
        audit.record(
            actor, "batch.answer", current, organization=current.organization,
            changes={"step": [record.step, record.answer]},
        )  # fmt: skip
    return record


def may_answer(staff, record):
    if record.to_id:
        return may(staff, "batch.edit", record.to)
    return may(staff, "batch.edit", record.batch.holder)


def _locked_for_receipt(actor, record):
    if not may_answer(actor, record):
        raise PermissionDenied
    batch = type(record.batch).objects.select_for_update(of=("self",)).as_held().get(pk=record.batch_id)
    if batch.state not in WALKED:
        raise Refusal(_("名册现在是“%(state)s”，不能这样办。") % {"state": batch.get_state_display()})
    return batch


def _tell_people(kind, actor, progress, **words):
    """Back to every case that the list is made of."""
    for row in progress.listed:
        timeline.record(kind, actor, person=row.person, batch=progress.batch.label, **words)


# -- Signed by other bodies -------------------------------------------------------------------------------------------
def sign_rows(actor, batch, codes, values):
    """What one body said of these people. `values`: body, agrees, signed_on, signer, note."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", None, [BatchState.FROZEN])
        station = next((one for one in stations_of(Progress.of(current)) if one.step.kind == "sign_off"), None)
        if station is None or values["body"] not in station.step.bodies:
            raise Refusal(_("这个项目不要求这个部门会签。"), field="body")
        if not values["agrees"] and not values["note"].strip():
            raise Refusal(_("请写明不同意的理由。"), field="note")
        if values["signed_on"] > timezone.localdate():
            raise Refusal(_("会签日期不能晚于今天。"), field="signed_on")
        rows = current.rows.listed().filter(code__in=codes).exclude(signatures__body=values["body"])
        made = [_sign(actor, row, values) for row in rows]
        if not made:
            raise Refusal(_("请勾选这个部门还没有会签的人。"))
        keep(actor, current)
        audit.record(
            actor, "batch.sign", current, organization=current.organization,
            changes={"body": [None, values["body"]], "rows": [None, len(made)]},
        )  # fmt: skip
    return made


def _sign(actor, row, values):
    told = {name: values[name].strip() for name in ("signer", "note") if values[name].strip()}
    return RowSignature.objects.create(
        row=row, body=values["body"], agrees=values["agrees"], signed_on=values["signed_on"], private=told,
        recorded_by=actor,
    )  # fmt: skip


# -- Papers of the whole ----------------------------------------------------------------------------------------------
def add_paper(actor, batch, kind, file):
    """`file`: checked. Kept sealed, like every file."""
    with uploads.kept(file) as kept, transaction.atomic():
        current = locked(actor, batch, "batch.edit", None, sorted(OPEN_STATES))
        if current.papers.count() >= MOST_PAPERS:
            raise Refusal(_("一份名册最多 %(n)s 个文件。") % {"n": MOST_PAPERS}, field="file")
        paper = BatchPaper.objects.create(batch=current, kind=kind, added_by=actor, **kept)
        audit.record(actor, "batch.add_paper", current, organization=current.organization, reason=kind)
    return paper
