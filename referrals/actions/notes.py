"""Writing on a case: notes, messages, files; reading them; taking them back. Nothing is edited."""

from contextlib import ExitStack

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal
from portal.lib import uploads
from referrals import case_notes, disclosure
from referrals.actions.moves import MOST_TOLD, hearers
from referrals.models import CaseFile, CaseNote, CaseNoteReading, DisclosureLog
from referrals.workflow import Side

Audience = CaseNote.Audience
LONGEST = 2000
MOST_FILES, MOST_NOTES = 60, 500
OTHER = {Side.SENDER: Side.RECEIVER, Side.RECEIVER: Side.SENDER}


def write_note(actor, referral, audience, text, files=(), paper=""):
    """`files` are what portal.lib.uploads.check() let through; `paper` says what of the person they hold."""
    _refuse_writer(actor, referral, audience)
    if not text.strip():
        raise Refusal(_("请写下内容。"), field="text")
    if referral.notes.count() >= MOST_NOTES:
        raise Refusal(_("一件个案最多 %(most)s 条。") % {"most": MOST_NOTES}, field="text")
    side = case_notes.side_of(actor, referral)
    to = {Side.SENDER: referral.receiver, Side.RECEIVER: referral.sender}.get(side)
    with ExitStack() as stored, transaction.atomic():
        _refuse_files(actor, referral, audience, files, paper)
        note = CaseNote.objects.create(
            referral=referral, audience=audience, to=to if audience == Audience.BOTH else None, author=actor,
            organization=actor.organization, private={"text": text.strip()},
        )  # fmt: skip
        for file in files:
            _keep(actor, referral, file, paper, stored, note=note)
        audit.record(actor, "referral.note", referral, organization=actor.organization, reason=note.code)
        if audience != Audience.OWN:
            _tell(actor, referral, note, [OTHER[side]] if side else list(OTHER))
    return note


def attach_files(actor, referral, files, paper="", *, question=None, report=None):
    """To a question or a report: both sides read those."""
    _refuse_writer(actor, referral, Audience.BOTH)
    if not files:
        raise Refusal(_("请选择文件。"), field="files")
    with ExitStack() as stored, transaction.atomic():
        _refuse_files(actor, referral, Audience.BOTH, files, paper)
        for file in files:
            _keep(actor, referral, file, paper, stored, question=question, report=report)
        audit.record(actor, "referral.attach", referral, organization=actor.organization)


def _refuse_writer(actor, referral, audience):
    if audience not in case_notes.audiences_of(actor, referral):
        raise PermissionDenied
    if reason := case_notes.why_not_write(actor, referral):
        raise Refusal(reason)
    if audience != Audience.OWN and not disclosure.permitted(actor, referral.person):
        raise Refusal(_("本人的同意已不包括向贵单位提供的内容，只能写本单位的备注。"), field="audience")


def _refuse_files(actor, referral, audience, files, paper):
    """Inside the transaction: there every unit that the case concerns is seen, not only the actor's own."""
    if referral.files.count() + len(files) > MOST_FILES:
        raise Refusal(_("一件个案最多附 %(most)s 个文件。") % {"most": MOST_FILES}, field="files")
    if files and (units := case_notes.without_consent(referral, audience, paper, actor.organization)):
        words = {"units": str(_("、")).join(unit.name for unit in units)}
        raise Refusal(_("本人没有同意向%(units)s提供这类材料。请先征得同意，或者只给本单位看。") % words, field="paper")


def _keep(actor, referral, file, paper, stored, **with_what):
    kept = stored.enter_context(uploads.kept(file))
    return CaseFile.objects.create(
        referral=referral, paper=paper, private={"file_name": kept["file_name"]}, file_key=kept["file_key"],
        file_size=kept["file_size"], file_kind=file.kind, checksum=file.sha256, uploaded_by=actor,
        organization=actor.organization, **with_what,
    )  # fmt: skip


def _tell(actor, referral, note, sides):
    """That there is something, and where: what it says stands behind the link."""
    for side in sides:
        for staff in hearers(referral, side).exclude(pk=actor.pk)[:MOST_TOLD]:
            outbox.put(
                "referral.noted", {"referral": referral.code, "staff": staff.code},
                dedup_key=f"referral.noted:{note.code}:{staff.code}",
            )  # fmt: skip


def see_notes(actor, referral, notes):
    """Somebody of another unit has these notes before them; the first reading of each is kept."""
    others = [note for note in notes if note.organization_id != actor.organization_id and not note.withdrawn_at]
    read = {one.note_id for one in CaseNoteReading.objects.filter(staff=actor, note__in=others)} if others else set()
    new = [note for note in others if note.pk not in read]
    if not new:
        return
    with transaction.atomic():
        rows = [CaseNoteReading(note=note, staff=actor) for note in new]
        CaseNoteReading.objects.bulk_create(rows, ignore_conflicts=True)
        mine = CaseNote.objects.filter(pk__in=[note.pk for note in new], to=actor.organization_id, read_at=None)
        mine.update(read_at=timezone.now())


def withdraw_note(actor, note, reason):
    """By whoever wrote it, while the case is open: what it said is shown to nobody any more, that it was there is."""
    _refuse_withdrawal(actor, note.referral, note.author_id, reason)
    with transaction.atomic():
        _withdraw(actor, CaseNote.objects.filter(pk=note.pk), reason)
        note.files.filter(withdrawn_at=None).update(**_withdrawn(actor, reason))
        audit.record(actor, "referral.withdraw_note", note.referral, organization=note.organization, reason=note.code)


def withdraw_file(actor, file, reason):
    _refuse_withdrawal(actor, file.referral, file.uploaded_by_id, reason)
    with transaction.atomic():
        _withdraw(actor, CaseFile.objects.filter(pk=file.pk), reason)
        audit.record(actor, "referral.withdraw_file", file.referral, organization=file.organization, reason=file.code)


def _refuse_withdrawal(actor, referral, writer, reason):
    if writer != actor.pk:
        raise PermissionDenied
    if why := case_notes.why_not_write(actor, referral):
        raise Refusal(why)
    if not reason.strip():
        raise Refusal(_("请写明撤回的原因。"), field="reason")


def _withdraw(actor, rows, reason):
    if not rows.filter(withdrawn_at=None).update(**_withdrawn(actor, reason)):
        raise Refusal(_("已经撤回。"))


def _withdrawn(actor, reason):
    return {"withdrawn_at": timezone.now(), "withdrawn_by": actor, "withdraw_reason": reason.strip()[:200]}


def open_file(actor, file, permitted):
    """The line that it was opened; for a receiver one in the log that the family may ask for."""
    with transaction.atomic():
        provision = disclosure.list_of(permitted, file.item) if file.item else None
        if provision is not None and file.organization_id != actor.organization_id:
            DisclosureLog.objects.create(
                kind=DisclosureLog.Kind.SEEN, person_id=provision.person_id, provision=provision,
                receiver=provision.receiver, receiver_name=provision.receiver.name, items=[file.item], actor=actor,
                actor_name=str(actor), payload_hash=disclosure.keyed(file.checksum),
            )  # fmt: skip
        audit.record(
            actor, "referral.open_file", file.referral, organization=file.referral.person.keeper, reason=file.code
        )
