"""The draw by lot of who is visited before a list is approved, and what the visits came to (portal.lib.draws)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from portal.lib import draws
from referrals import batch_routes, timeline
from referrals.actions.batches import keep, locked, refuse_unless_at
from referrals.batch_routes import Progress
from referrals.list_kinds import BatchState
from referrals.models import BatchDraw, BatchRow, DrawnCheck
from referrals.permissions import refuse_related

SAMPLE = BatchDraw.Purpose.SAMPLE


def draw_sample(actor, batch, version):
    """Once for each list: the share that the program names, rounded up, and at least one."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.FROZEN])
        progress = Progress.of(current)
        step = batch_routes.step_of_kind(batch_routes.program_of(current), "sample")
        if step is None:
            raise Refusal(_("这个项目不要求抽样。"))
        if SAMPLE in progress.draws:
            raise Refusal(_("已经抽过，结果不能重抽。"))
        refuse_unless_at(progress, "sample")
        if not progress.listed:
            raise Refusal(_("名册上的人都已剔除。"))
        draw = _draw(actor, current, SAMPLE, current.text, [row.code for row in progress.listed], step)
        owed = _owed(progress.listed, draw.drawn)
        draw.owed = [row.code for row in owed]
        draw.save()
        current.rows.filter(code__in=[*draw.drawn, *draw.owed]).update(is_drawn=True)
        keep(actor, current, private=_without_secret(current, SAMPLE))
        audit.record(
            actor, "batch.draw", current, organization=current.organization,
            changes={"seed": [None, draw.seed], "drawn": [draw.number, len(draw.drawn) + len(owed)]},
        )  # fmt: skip
    return draw


def _draw(actor, batch, purpose, text, pool, step):
    secret = batch.private["secrets"][purpose]
    digest = draws.digest(text)
    seed, number = draws.seed(secret, digest), step.sampled(len(pool))
    return BatchDraw(
        batch=batch, purpose=purpose, text=text, digest=digest, secret=secret, seed=seed, pool=pool, number=number,
        drawn=draws.drawn(seed, pool, number), drawn_by=actor,
    )  # fmt: skip


def _without_secret(batch, purpose):
    """It is told now, and stands with the draw."""
    left = {name: secret for name, secret in batch.private["secrets"].items() if name != purpose}
    return {**batch.private, "secrets": left}


def _owed(rows, drawn):
    """Drawn from an earlier list that was given up, and never visited: no new list gets rid of that."""
    lines = [row.line_id for row in rows if row.line_id]
    earlier = BatchRow.objects.filter(line__in=lines, is_drawn=True, is_live=False, check_made=None)
    owed = set(earlier.values_list("line_id", flat=True))
    return [row for row in rows if row.line_id in owed and row.code not in drawn]


def check_row(actor, row, values):
    """What the visit to somebody drawn came to; by somebody who did not propose them. `values`: checked_on, result,
    findings."""
    with transaction.atomic():
        current = locked(actor, row.batch, "batch.edit", None, [BatchState.FROZEN])
        row = current.rows.select_for_update(of=("self",)).select_related("person", "line").get(pk=row.pk)
        _refuse_check(actor, current, row, values)
        DrawnCheck.objects.create(
            row=row, checked_on=values["checked_on"], result=values["result"], checked_by=actor,
            private={"findings": values["findings"].strip()} if values["findings"].strip() else {},
        )  # fmt: skip
        keep(actor, current)
        words = {"batch": current.label, "result": row.check_made.get_result_display()}
        timeline.record("batch_checked", actor, person=row.person, **words)
        audit.record(
            actor, "batch.check", current, organization=current.organization, changes={"row": [None, row.number]}
        )
    return row


def _refuse_check(actor, batch, row, values):
    refuse_related(actor, row.person.number, row.person.name)
    if not row.is_drawn or not row.is_listed:
        raise Refusal(_("序号 %(n)s 没有被抽中。") % {"n": row.number})
    if DrawnCheck.objects.filter(row=row).exists():
        raise Refusal(_("序号 %(n)s 的走访结果已经记下，不能再改。") % {"n": row.number})
    if row.line and row.line.proposed_by_id == actor.pk:
        raise Refusal(_("抽查要由没有经办此人的同事进行。"))
    if not timezone.localdate(batch.frozen_at) <= values["checked_on"] <= timezone.localdate():
        raise Refusal(_("走访日期要在封存名册以后，不晚于今天。"), field="checked_on")


def verify(draw):
    """Everything reckoned again."""
    return draws.verify(
        commitment_said=draw.batch.commitments[draw.purpose], secret=draw.secret, text=draw.text,
        digest_said=draw.digest, seed_said=draw.seed, keys=draw.pool, number=draw.number, drawn_said=draw.drawn,
    )  # fmt: skip
