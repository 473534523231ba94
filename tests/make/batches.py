"""Of lists of a program, with people on them."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.utils import timezone

from portal.lib import uploads
from referrals.actions import batch_draws, batches, notices
from referrals.actions.instalments import lay_out
from referrals.models import AidLine, Batch, BatchNotice, BatchPaper, BatchRow
from tests.make.catalogue import make_commitment, make_fund, make_income, make_program
from tests.make.people import make_consent, make_person
from tests.make.units import make_staff


def make_line(program, organization, person=None, *, by=None, amount=3000, **values):
    """Proposed by a colleague of those who make the list."""
    by = by or make_staff(organization=organization, roles=["charity_reviewer"])
    version = program.versions.filter(state="released").first()
    return AidLine.objects.create(
        organization=organization, person=person or make_person(organization), form=values.pop("form", "cash"),
        program=program, program_version=version, amount=amount, proposed_by=by, **values,
    )  # fmt: skip


def make_scheduled(cast, *, like="P06-2", amount=12000, **values):
    """Approved, its money set aside, and its schedule laid out; of a program that pays by the month."""
    line = make_line(
        make_program(cast.charity, like=like), cast.charity, by=cast.charity_reviewer, amount=Decimal(amount), **values
    )
    return decide_line(cast, line)


def decide_line(cast, line):
    fund = make_fund(cast.charity)
    make_income(fund, amount=line.amount)
    line.fund, line.commitment = fund, make_commitment(fund, line.amount, reference=line.code, program=line.program)
    line.state, line.approved_by, line.approved_at = "approved", cast.charity_approver, timezone.now()
    line.save()
    lay_out(line)
    return line


def make_batch(actor, like="P12", *, people=3, program=None, lines=None, **values):
    """A draft of the actor's unit, with so many people it keeps itself."""
    program = program or make_program(actor.organization, like=like)
    batch = batches.make_batch(actor, program, {"label": "2026 年秋季第一批", **values})
    lines = [make_line(program, actor.organization) for _number in range(people)] if lines is None else lines
    return batches.add_lines(actor, batch, batch.version, lines) if lines else batch


def make_frozen(actor, like="P12", **values):
    batch = make_batch(actor, like, **values)
    return batches.freeze_batch(actor, batch, batch.version)


def make_sampled(actor, *, is_checked=True, **values):
    """Drawn from, and by default everybody drawn was visited."""
    batch = make_frozen(actor, **values)
    batch_draws.draw_sample(actor, batch, batch.version)
    if is_checked:
        for row in batch.rows.filter(is_drawn=True):
            batch_draws.check_row(actor, row, a_check())
    return Batch.objects.get(pk=batch.pk)


def a_check(**more):
    return {"checked_on": timezone.localdate(), "result": "confirmed", "findings": "与申报一致", **more}


def a_notice(**more):
    return {
        "place": "学校公告栏", "telephone": "0467-000000", "items": ["name", "residence"], "shows_sums": True,
        "is_online": True, **more,
    }  # fmt: skip


def make_notice(actor, batch, **values):
    return notices.publish_notice(
        actor, Batch.objects.get(pk=batch.pk), values.pop("version", batch.version), a_notice(**values)
    )


def make_hung(actor, **values):
    """Hung out for its whole time."""
    batch = make_sampled(actor, **values)
    notice = make_notice(actor, batch)
    past(notice)
    make_paper(batch, actor, "notice_proof")
    return Batch.objects.get(pk=batch.pk)


def make_paper(batch, actor, kind="other"):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4 scan %%EOF"))
    return BatchPaper.objects.create(
        batch=batch, kind=kind, file_key=key, file_name="scan.pdf", file_size=19, added_by=actor
    )


def past(notice):
    """As if it had hung long ago."""
    day = timezone.localdate() - timedelta(days=20)
    BatchNotice.objects.filter(pk=notice.pk).update(since=day, until=day + timedelta(days=7))


def make_agreed(person, actor, items=("name", "residence")):
    """Agreed that it hangs out."""
    return make_consent(person, actor=actor, purpose="publicity", items=items)


def an_objection(**more):
    return {"row": None, "received_on": timezone.localdate(), "way": "phone", "who": "", "text": "情况不实", **more}


def make_row(batch, number=1):
    return BatchRow.objects.select_related("batch", "person", "line").get(batch=batch, number=number)
