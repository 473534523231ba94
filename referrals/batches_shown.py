"""A list as its page shows it: its way, who stands on it, what to do now."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import may
from referrals import listed
from referrals.batch_routes import Progress, program_of, stations_of, step_of_kind
from referrals.list_kinds import BatchState


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
        "tells": any(names.values()),
    }


def deeds_of(staff, progress, now):
    """The first is what comes next; all are this person's to do at the unit where the list lies."""
    batch = progress.batch
    found = []
    if may(staff, "batch.edit", batch.holder):
        found += _writing(progress, now)
    return found


def _writing(progress, now):
    batch = progress.batch
    if batch.state == BatchState.DRAFT:
        if progress.rows:
            yield Deed(_("封存名册"), _to("freeze_batch", batch), is_next=True)
        yield Deed(_("添加人员"), _to("add_lines", batch), is_next=not progress.rows)
    elif batch.state == BatchState.FROZEN and now is not None:
        yield from _at(progress, now)
    if batch.state in (BatchState.DRAFT, BatchState.FROZEN):
        yield Deed(_("取消名册"), _to("cancel_batch", batch), is_grave=True)


def _at(progress, now):
    batch, kind = progress.batch, now.step.kind
    if kind == "sample" and "sample" not in progress.draws:
        yield Deed(_("随机抽取"), _to("draw_sample", batch), is_next=True)
    if kind == "notice" and not any(one.state != "down" for one in progress.notices):
        yield Deed(_("公示"), _to("publish_notice", batch), is_next=True)
    if progress.notices:
        yield Deed(_("登记异议"), _to("record_objection", batch))


def _to(name, batch):
    return reverse(f"referrals:{name}", args=[batch.code])


def is_waiting(staff, batch):
    """For lists: is it the unit's own turn?"""
    return batch.is_open and batch.holder_id == staff.organization_id
