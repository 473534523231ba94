"""Files of programs: handed in, looked at, made into drafts. What is in force changes only by a release."""

from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from programs import catalogue, definitions
from programs.access import may
from programs.actions.programs import (
    RESERVED,
    create_program,
    newest_in_force,
    refuse_unfit,
    save_draft,
    start_draft,
)
from programs.differences import compare
from programs.imports import Fault, read_file
from programs.models import Program, ProgramImport
from programs.reading import WrongProgram, read_program


@dataclass
class Entry:
    """One program of a file, and what would become of it: new, changed, same or wrong."""

    code: str
    name: str
    verdict: str = "new"
    reason: str = ""
    program: Program | None = None
    definition: dict = field(default_factory=dict)
    differences: list = field(default_factory=list)
    faults: list = field(default_factory=list)


def upload_programs(actor, file_name, content):
    """Take in a file and keep what it says; no program is touched yet."""
    book = read_file(content, catalogue.vocabulary())
    for entry in book.programs:
        refuse_unfit(entry)
    with transaction.atomic():
        row = ProgramImport.objects.create(
            file_name=file_name[:120], content=content, definitions=book.programs, uploaded_by=actor,
            faults=[asdict(fault) for fault in book.faults],
        )  # fmt: skip
        audit.record(actor, "program.upload", row, changes={"programs": [None, len(book.programs)]})
    return row


def preview_import(actor, row):
    """What each program of the file would become today, for this person."""
    words = catalogue.vocabulary()
    known = Program.objects.select_related("organization__area", "parent").filter(
        code__in=[str(entry.get("code", "")) for entry in row.definitions]
    )
    by_code = {program.code: program for program in known}
    return [_judge(actor, entry, row, by_code, words) for entry in row.definitions]


def _judge(actor, definition, row, by_code, words):
    code = str(definition.get("code", ""))
    name = definitions.pair_of(definition.get("name"))[0]
    program = by_code.get(code)
    faults = [Fault(**fault) for fault in row.faults if fault["program"] == code]
    entry = Entry(code, name or code, program=program, definition=definition, faults=faults)
    if faults:
        entry.verdict = "wrong"
    elif program is None:
        _judge_new(actor, entry, row)
    else:
        _judge_known(actor, entry, words)
    return entry


def _judge_new(actor, entry, row):
    """Under a program that holds others only where it is the own unit's: what hangs under it counts as part of it."""
    parent = entry.definition.get("parent")
    codes = {str(one.get("code")) for one in row.definitions}
    if entry.code.lower() in RESERVED or Program.objects.filter(code__iexact=entry.code).exists():
        entry.verdict, entry.reason = "wrong", _("这个编号不能用，请换一个")
    elif parent:
        held = Program.objects.filter(code=parent).first()
        is_own = held.is_container and held.organization_id == actor.organization_id if held else parent in codes
        if not is_own:
            entry.verdict, entry.reason = "wrong", _("没有上级项目 %s") % str(parent)[:60]


def _judge_known(actor, entry, words):
    program = entry.program
    if not may(actor, "program.edit", program):
        entry.verdict, entry.reason = "wrong", _("这个项目归%s主管，您不能修改") % program.organization
        return
    unfinished = program.versions.unfinished().first()
    if unfinished:
        entry.verdict, entry.reason = "wrong", _("第 %s 版还没有办完，先提交发布或放弃它") % unfinished.number
        return
    current = newest_in_force(program)
    stamped = definitions.stamped(entry.definition, program)
    if current and current.definition == stamped:
        entry.verdict = "same"
        return
    entry.verdict = "changed"
    if current:
        try:
            old, new = read_program(current.definition, words), read_program(stamped, words)
            entry.differences = compare(old, new, words)
        except WrongProgram:
            entry.differences = []


def apply_import(actor, row):
    """Every new and changed program becomes a draft, or none when one is wrong. Judged again, for things may have
    changed since the preview."""
    with transaction.atomic():
        row = ProgramImport.objects.select_for_update().get(pk=row.pk)
        if row.applied_at:
            raise Refusal(_("这个文件已经导入过了。"))
        entries = preview_import(actor, row)
        wrong = [entry for entry in entries if entry.verdict == "wrong"]
        if wrong:
            raise Refusal(_("有 %(count)s 个项目不能导入，一个也没有写入。") % {"count": len(wrong)})
        work = sorted(
            (one for one in entries if one.verdict != "same"), key=lambda one: bool(one.definition.get("parent"))
        )
        if not work:
            raise Refusal(_("文件里的项目与目录相同，没有可写入的变动。"))
        for entry in sorted(work, key=lambda one: bool(one.definition.get("parent"))):
            _write(actor, entry, row)
        row.applied_at, row.applied = timezone.now(), [entry.code for entry in work]
        row.save(update_fields=["applied_at", "applied"])
        audit.record(actor, "program.import", row, changes={"programs": [None, row.applied]})
    return row


def _write(actor, entry, row):
    note = _("由文件“%s”导入") % row.file_name
    if entry.program is None:
        parent = entry.definition.get("parent")
        create_program(
            actor, actor.organization, entry.code, name=entry.name, definition=entry.definition, note=note,
            parent=Program.objects.filter(code=parent).first() if parent else None,
            is_container=entry.definition.get("container") is True,
        )  # fmt: skip
        return
    version = start_draft(actor, entry.program, note=note)
    save_draft(actor, version, version.revision, entry.definition)


def export_programs(actor, codes):
    """Who took which programs away as a file; the file itself is made by whoever asked."""
    audit.record(actor, "program.export", changes={"programs": [None, list(codes)]})
