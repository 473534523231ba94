"""A list as its page shows it: its way, who stands on it, what to do now."""

from collections import Counter
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.access import may
from programs.facts import pick
from programs.words import PARTIES, STEPS, say
from referrals import batch_lists, listed
from referrals.actions.batch_stations import is_handed, may_answer
from referrals.batch_routes import Progress, decider_of, program_of, stations_of, step_of_kind, steps_of
from referrals.list_kinds import BatchState
from referrals.models import Batch, RowSignature
from referrals.papers_kept import papers_kept


@dataclass(frozen=True)
class Deed:
    label: str
    url: str
    # What the list waits for.
    is_next: bool = False
    is_grave: bool = False


def page_of_batch(staff, batch):
    progress = Progress.of(batch)
    stations = stations_of(progress)
    names = listed.names_of(staff, progress.rows)
    for row in progress.rows:
        row.shown_name = names[row.pk]
        row.shown_sum = listed.sum_of(row)
        row.figures = progress.figures.get(row.line_id)
        row.case = row.referral or (row.line.referral if row.line else None)
    now = next((station for station in stations if station.is_now), None)
    sums = [row.shown_sum for row in progress.listed if row.shown_sum is not None]
    return {
        "batch": batch,
        "rows": progress.rows,
        "listed": progress.listed,
        "total": sum(sums) if sums else None,
        "stations": stations,
        "now": now,
        "program_samples": step_of_kind(program_of(batch), "sample"),
        "draw": progress.draws.get("sample"),
        "notices": progress.notices,
        "objections": progress.objections,
        "deeds": deeds_of(staff, progress, now),
        "may_edit": may(staff, "batch.edit", batch.holder),
        "may_decide": may(staff, "batch.approve", batch.holder),
        "names": any(names.values()),
        # What people wrote, for those who may see somebody on the list, and not only oversee it.
        "tells": any(row.reads for row in progress.rows),
        "lists": batch_lists.lists_of(batch) if _exports(staff, batch) else [],
        "lists_open": may(staff, "batch.export", batch.holder),
        "records": _records(staff, batch),
        "bodies": _bodies(progress),
        "kept": papers_kept(staff, progress) if batch.digest and progress.listed else (),
        "files_people": decider_of(batch) is not None,
        "papers": batch.papers.select_related("added_by"),
    }


def _records(staff, batch):
    """Where it went, the returned ways too, each with the words of its step."""
    labels = dict(steps_of(program_of(batch), is_filing=decider_of(batch) is not None))
    records = list(batch.stations.select_related("to", "done_by"))
    for one in records:
        step = labels[one.step]
        one.batch = batch
        one.label = pick(step.texts) or say(STEPS, step.kind)
        one.may_answer = one.answer == "waiting" and may_answer(staff, one)
    return records


def _bodies(progress):
    """[(body, how many yes, [no])] where several have to sign."""
    step = step_of_kind(program_of(progress.batch), "sign_off")
    if step is None:
        return []
    rows = {row.pk: row for row in progress.rows}
    for one in progress.signatures:
        one.row = rows[one.row_id]
    told = {body: [one for one in progress.signatures if one.body == body] for body in step.bodies}
    return [
        (say(PARTIES, body), sum(one.agrees for one in said), [one for one in said if not one.agrees])
        for body, said in told.items()
    ]


def page_of_signing(staff, batch, step):
    """Of whom some body has not said anything yet."""
    rows = [row for row in batch.rows.with_people() if row.is_listed]
    signed = Counter(RowSignature.objects.filter(row__in=rows).values_list("row", flat=True))
    left = [row for row in rows if signed[row.pk] < len(step.bodies)]
    _name(staff, left)
    return {"batch": batch, "rows": left, "heading": _("登记会签"), "button": _("登记会签")}


def _name(staff, rows):
    names = listed.names_of(staff, rows)
    for row in rows:
        row.shown_name, row.shown_sum = names[row.pk], listed.sum_of(row)


def _exports(staff, batch):
    return batch.state != BatchState.DRAFT and may(staff, "batch.export", batch.holder)


# deed -> (heading, button, states of a line in which it is done)
GIVING = {
    "pay": (gettext_lazy("登记支付"), gettext_lazy("登记支付"), {"approved", "part_paid"}),
    "settle": (gettext_lazy("复核支付"), gettext_lazy("复核入账"), {"paying"}),
    "receive": (
        gettext_lazy("登记签收"), gettext_lazy("登记签收"), {"approved", "paying", "part_paid", "paid", "delivered"},
    ),
}  # fmt: skip


def page_of_giving(staff, batch, deed):
    """Those of whom this may be recorded now."""
    heading, button, _states = GIVING[deed]
    progress = Progress.of(batch, list(batch.rows.listed().with_people()))
    rows = rows_to_give(progress, deed)
    _name(staff, rows)
    for row in rows:
        row.figures = progress.figures.get(row.line_id)
    return {"batch": batch, "rows": rows, "heading": heading, "button": button}


def rows_to_give(progress, deed):
    if progress.batch.state not in (BatchState.APPROVED, BatchState.FINISHED):
        return []
    states = GIVING[deed][2]
    found = [row for row in progress.listed if row.line and row.line.state in states]
    if deed == "settle":
        return found
    is_open = {"pay": _is_payable, "receive": _is_receivable}[deed]
    return [row for row in found if is_open(row, progress.figures.get(row.line_id))]


def is_due(progress, rows, deed):
    """Of what is paid by a schedule, only what is due is asked for."""
    waiting = {"pay": "due", "receive": "unsigned"}.get(deed)
    figures = [progress.figures.get(row.line_id) for row in rows]
    return any(one is None or waiting is None or getattr(one, waiting) for one in figures)


def _is_payable(row, figures):
    return row.line.commitment_id is not None and (figures is None or figures.open > 0)


def _is_receivable(row, figures):
    """Money first has to be paid; goods are handed over as soon as they are approved."""
    if figures is not None:
        return figures.paid > figures.signed
    return not row.received_on and (row.line.state != "approved" or row.line.commitment_id is None)


def deeds_of(staff, progress, now):
    """The first is what comes next, the grave ones last; all are this person's at the unit where the list lies."""
    return sorted(_deeds_of(staff, progress, now), key=lambda deed: (deed.is_grave, not deed.is_next))


def _deeds_of(staff, progress, now):
    batch = progress.batch
    found = []
    if may(staff, "batch.edit", batch.holder):
        found += _writing(staff, progress, now)
    if may(staff, "batch.approve", batch.holder) and batch.state == BatchState.FROZEN:
        found += _deciding(staff, batch, now)
    if staff.organization_id == batch.holder_id:
        found += _giving(staff, progress)
    if batch.state == BatchState.APPROVED and now is None and may(staff, "batch.edit", batch.holder):
        found.append(Deed(_("办结"), _to("finish_batch", batch), is_next=True))
    return found


def _deciding(staff, batch, now):
    if staff.pk in (batch.made_by_id, batch.frozen_by_id):
        return
    if now is not None and now.step.kind == "approve":
        yield Deed(_("批准名册"), _to("approve_batch", batch), is_next=True)
    yield Deed(_("不批准，退回材料"), _to("decline_batch", batch), is_grave=True)


GIVEN_BY = {"pay": "aid.pay", "settle": "fund.approve", "receive": "aid.deliver"}


def _giving(staff, progress):
    for deed, permission in GIVEN_BY.items():
        if permission in staff.permissions and (rows := rows_to_give(progress, deed)):
            url = reverse("referrals:give_rows", args=[progress.batch.code, deed])
            yield Deed(GIVING[deed][0], url, is_next=is_due(progress, rows, deed))


def _writing(staff, progress, now):
    batch = progress.batch
    if batch.state == BatchState.DRAFT:
        if progress.rows:
            yield Deed(_("封存名册"), _to("freeze_batch", batch), is_next=True)
        adds = "file_row" if decider_of(batch) else "add_lines"
        yield Deed(_("添加人员"), _to(adds, batch), is_next=not progress.rows)
    elif batch.is_open and now is not None:
        yield from _at(staff, progress, now)
    if batch.state in (BatchState.DRAFT, BatchState.FROZEN) and batch.holder_id == batch.organization_id:
        yield Deed(_("取消名册"), _to("cancel_batch", batch), is_grave=True)


def _at(staff, progress, now):
    batch, kind = progress.batch, now.step.kind
    if kind == "sample" and "sample" not in progress.draws:
        yield Deed(_("随机抽取"), _to("draw_sample", batch), is_next=True)
    if kind == "notice" and not any(one.state != "down" for one in progress.notices):
        yield Deed(_("公示"), _to("publish_notice", batch), is_next=True)
    if kind == "sign_off":
        yield Deed(_("登记会签"), _to("sign_rows", batch), is_next=True)
    if kind == "approve" and "aid.propose" in staff.permissions and any(row.line is None for row in progress.listed):
        yield Deed(_("核定金额"), _to("set_sums", batch), is_next=True)
    if is_handed(progress, now):
        yield Deed(now.label, _to("hand_on", batch), is_next=True)
    if progress.notices:
        yield Deed(_("登记异议"), _to("record_objection", batch))


def _to(name, batch):
    return reverse(f"referrals:{name}", args=[batch.code])


def count_late(staff):
    """For the page of today."""
    return Batch.objects.visible_to(staff).late().count()


def is_waiting(staff, batch):
    """For lists: is it the unit's own turn?"""
    return batch.is_open and batch.holder_id == staff.organization_id
