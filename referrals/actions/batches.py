"""A list from its first row to its end: who stands on it, closing it, striking off, giving it up.

Whoever closes a list promises that each person on it went through what the program asks before (was chosen, checked,
visited). From then on only the stations of the program move it (referrals.batch_routes), and nobody comes onto it.
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from portal.lib import draws
from programs.models import ProgramVersion
from referrals import batch_routes, timeline
from referrals.kinds import AidLineState
from referrals.list_kinds import OPEN_STATES, BatchState
from referrals.listed import sum_of
from referrals.models import AidLine, Batch, BatchDraw, BatchRow, BatchUnit
from referrals.permissions import refuse_related

MOST_ROWS = 1000


def make_batch(actor, program, values):
    """`values`: label, round, since, until. The secrets of its draws are made here, and their digests shown at once."""
    if not may(actor, "batch.edit", actor.organization):
        raise PermissionDenied
    version = ProgramVersion.objects.filter(program=program).holding_on(timezone.localdate()).first()
    if version is None or program.is_container:
        raise Refusal(_("这个项目现在没有生效的版本。"), field="program")
    since, until, held = (values.get(name) for name in ("since", "until", "round"))
    if since and until and until < since:
        raise Refusal(_("结束日期早于开始日期。"), field="until")
    if held is not None and held.program_id != program.pk:
        raise Refusal(_("这个批次不属于所选的项目。"), field="round")
    secrets = {purpose: draws.new_secret() for purpose in BatchDraw.Purpose.values}
    with transaction.atomic():
        batch = Batch.objects.create(
            program=program, program_version=version, organization=actor.organization, holder=actor.organization,
            commitments={purpose: draws.commitment(secret) for purpose, secret in secrets.items()},
            private={"secrets": secrets}, made_by=actor, changed_by=actor, **values,
        )  # fmt: skip
        BatchUnit.objects.create(batch=batch, organization=actor.organization)
        # The audit is sealed in a chain: what was promised stands there too.
        audit.record(
            actor, "batch.make", batch, organization=batch.organization,
            changes={"commitments": [None, batch.commitments]},
        )  # fmt: skip
    return batch


def locked(actor, batch, permission, version=None, states=None):
    """The row as it is, held until the transaction ends; refused to whoever may not, or who saw another one."""
    current = Batch.objects.select_for_update(of=("self",)).as_held().get(pk=batch.pk)
    if not may(actor, permission, current.holder):
        raise PermissionDenied
    if version is not None and current.version != version:
        raise Stale(current, by=current.changed_by, at=current.changed_at)
    if states is not None and current.state not in states:
        raise Refusal(_("名册现在是“%(state)s”，不能这样办。") % {"state": current.get_state_display()})
    return current


def keep(actor, batch, **values):
    """Write the row that `locked()` gave."""
    for name, value in values.items():
        setattr(batch, name, value)
    batch.version, batch.changed_by, batch.changed_at = batch.version + 1, actor, timezone.now()
    batch.save(update_fields=[*values, "version", "changed_by", "changed_at"])
    return batch


# -- Rows -------------------------------------------------------------------------------------------------------------
def candidates_of(batch):
    """What may come onto the list: proposed for the program by this unit, decided by nobody yet, on no other list."""
    rows = AidLine.objects.filter(
        program=batch.program_id, organization=batch.organization_id, state=AidLineState.PROPOSED
    )
    if batch.round_id:
        rows = rows.filter(round=batch.round_id)
    if batch.since:
        rows = rows.filter(proposed_at__date__gte=batch.since)
    if batch.until:
        rows = rows.filter(proposed_at__date__lte=batch.until)
    return rows.exclude(pk__in=BatchRow.objects.filter(is_live=True, line__isnull=False).values("line"))


def add_lines(actor, batch, version, lines):
    """Put onto a draft. Nobody stands on it twice, and nobody lists their own kin."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.DRAFT])
        allowed = candidates_of(current).select_related("person", "referral").in_bulk([line.pk for line in lines])
        last = current.rows.aggregate(last=Max("number"))["last"] or 0
        if last + len(allowed) > MOST_ROWS:
            raise Refusal(_("一份名册最多 %(n)s 人，请分成几份。") % {"n": MOST_ROWS})
        for number, line in enumerate(sorted(allowed.values(), key=lambda line: line.pk), start=last + 1):
            refuse_related(actor, line.person.number, line.person.name)
            put(current, number, line.person, actor, line=line)
        if not allowed:
            raise Refusal(_("请至少选一个人；已经列入别的名册的不能再选。"))
        keep(actor, current)
        audit.record(
            actor, "batch.add", current, organization=current.organization, changes={"rows": [last, len(allowed)]}
        )
    return current


def put(batch, number, person, actor, **what):
    try:
        with transaction.atomic():
            return BatchRow.objects.create(batch=batch, number=number, person=person, added_by=actor, **what)
    except IntegrityError as error:
        raise Refusal(_("选中的人里有的已经在名册上。")) from error


def remove_row(actor, row, version):
    """From a draft, without a trace but the audit's."""
    with transaction.atomic():
        current = locked(actor, row.batch, "batch.edit", version, [BatchState.DRAFT])
        number = row.number
        row.delete()
        later = list(current.rows.filter(number__gt=number).order_by("number"))
        for one in later:
            one.number -= 1
        BatchRow.objects.bulk_update(later, ["number"])
        keep(actor, current)
        audit.record(actor, "batch.remove", current, organization=current.organization, changes={"row": [number, None]})
    return current


def strike_row(actor, row, version, reason):
    """From a closed list: the row stays, crossed out, with the reason. Nobody takes its place."""
    with transaction.atomic():
        current = locked(actor, row.batch, "batch.edit", version, [BatchState.FROZEN])
        strike(actor, current, row, reason)
        keep(actor, current)
    return current


def strike(actor, batch, row, reason):
    row = batch.rows.select_for_update(of=("self",)).get(pk=row.pk)
    if not row.is_listed:
        raise Refusal(_("序号 %(n)s 已经剔除。") % {"n": row.number})
    row.struck_by, row.struck_at, row.is_live = actor, timezone.now(), False
    row.private = {**row.private, "reason": reason.strip()}
    row.save(update_fields=["struck_by", "struck_at", "is_live", "private"])
    audit.record(actor, "batch.strike", batch, organization=batch.organization, changes={"row": [row.number, None]})
    timeline.record("batch_struck", actor, person=row.person, batch=batch.label, reason=reason.strip())


# -- Closing ----------------------------------------------------------------------------------------------------------
def freeze_batch(actor, batch, version):
    """Closed: rows, order and sums stay as they are, and the digest of it all is written down."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.DRAFT])
        rows = list(current.rows.select_for_update(of=("self",)).select_related("line", "referral", "person"))
        if not rows:
            raise Refusal(_("名册上还没有人。"))
        if gone := [row.number for row in rows if row.line and row.line.state != AidLineState.PROPOSED]:
            numbers = _("、").join(map(str, gone))
            raise Refusal(_("序号 %(numbers)s 的帮扶方案已经另行处理，请先移除。") % {"numbers": numbers})
        _refuse_beyond_quota(current, rows)
        for row in rows:
            row.listed = sum_of(row)
        BatchRow.objects.bulk_update(rows, ["listed"])
        text = text_of(current, rows)
        now = timezone.now()
        keep(
            actor, current, state=BatchState.FROZEN, frozen_by=actor, frozen_at=now, text=text,
            digest=draws.digest(text),
        )  # fmt: skip
        for row in rows:
            timeline.record("batch_listed", actor, person=row.person, batch=current.label, program=current.program)
        audit.record(
            actor, "batch.freeze", current, organization=current.organization,
            changes={"digest": [None, current.digest], "rows": [None, len(rows)]},
        )  # fmt: skip
    return current


def _refuse_beyond_quota(batch, rows):
    """No more are put forward than there are places: in the round over all its lists, without one on this list."""
    quota = batch.round.quota if batch.round else batch_routes.program_of(batch).quota
    if quota is None:
        return
    others = BatchRow.objects.filter(batch__round=batch.round_id, batch__round__isnull=False, is_live=True)
    used = others.exclude(batch=batch).exclude(batch__state=BatchState.DRAFT).count()
    if used + len(rows) > quota:
        words = {"quota": quota, "used": used, "n": len(rows)}
        raise Refusal(_("这个项目有 %(quota)s 个名额，已经用了 %(used)s 个，名册上有 %(n)s 人。") % words)


def text_of(batch, rows):
    """The list without anybody's name, the same on every machine: what the digest is taken of."""
    head = f"list {batch.code}\nprogram {batch.program.code} {batch.program_version.number}\n"
    return head + "".join(f"{row.number}\t{row.code}\t{_stands_for(row)}\t{row.listed or '-'}\n" for row in rows)


def _stands_for(row):
    if row.is_filed:
        return "filed"
    return row.line.code if row.line else row.referral.code


def cancel_batch(actor, batch, version, reason):
    """Given up before anything was decided: whoever stood on it may stand on another. What was drawn stays drawn."""
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.DRAFT, BatchState.FROZEN])
        current.rows.update(is_live=False)
        current.notices.filter(taken_down_at=None).update(
            taken_down_by=actor, taken_down_at=timezone.now(), reason=_("名册已取消")
        )
        note = {**current.private, "note": reason.strip()}
        keep(actor, current, state=BatchState.CANCELLED, private=note, ended_at=timezone.now(), due_on=None)
        audit.record(actor, "batch.cancel", current, organization=current.organization)
    return current


def refuse_unless_at(progress, kind):
    """Every station before this one is done."""
    if progress.batch.state not in OPEN_STATES - {BatchState.DRAFT}:
        raise Refusal(_("名册要先封存。"))
    if wanting := batch_routes.wanting_before(progress, kind):
        raise Refusal(wanting)
