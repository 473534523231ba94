"""Tables of people: handed in, looked through, decided upon. Nothing becomes a record before somebody says so.

What a table holds is personal data: it lies sealed, is seen by the importing unit, and is deleted two weeks after the
last step (`purge`). Writing the records themselves is in import_writing.
"""

import io
import itertools
import json
import tempfile
from collections import Counter

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, jobs
from members.access import Refusal
from members.kinds import BUREAU_KINDS
from members.models import Organization
from portal.lib import marking, tables, uploads
from referrals.actions import exchange
from referrals.import_columns import columns, squeezed_heading
from referrals.imports import BATCH, HEADING_AMONG, MOST_ROWS, Comparer, Reader, marks_of, open_sheet
from referrals.kinds import FamilyRelation
from referrals.models import HeadingMemory, ImportRow, PeopleImport, Person
from referrals.models.imports import KEPT_FOR, Choice, ImportKind, Verdict

State = PeopleImport.State
CHECK, APPLY, UNDO = "people.check_import", "people.apply_import", "people.undo_import"
MOST_API_ROWS = 5000
# A longer workbook is marked in passing; a shorter one is held as a whole and gets comments in its cells too.
MOST_HELD = 5000
SPOOL = 4 * 1024 * 1024
# Where a step that did not come to its end leaves the table.
_FELL_BACK = {State.CHECKING: State.UNREAD, State.APPLYING: State.CHECKED, State.UNDOING: State.APPLIED}


# kind of table -> (reader, comparer), where it is no list of people; filled in by the module that knows it.
READ_BY = {}


def upload_people(actor, upload, values):
    """Take in a file for the actor's own unit, or (`to`) hand it to the bureau of the place; then it is looked through.

    `values`: kind, platform, label, as_of, source, to.
    """
    if "person.import" not in actor.permissions:
        raise PermissionDenied
    _refuse_kind(actor, values)
    receiver = _receiver(actor, values.get("to"))
    try:
        checked = uploads.check(upload, kinds=uploads.TABLES)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="file") from error
    key = uploads.store(checked)
    try:
        return _take_in(actor, receiver, values, file_key=key, file_name=checked.name, file_kind=checked.kind)
    except BaseException:
        uploads.delete(key)
        raise


def upload_rows(actor, rows, values):
    """The same for another system: objects with our own names of columns."""
    if "person.import" not in actor.permissions:
        raise PermissionDenied
    _refuse_kind(actor, values)
    content = io.BytesIO()
    for row in rows:
        content.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    content.seek(0)
    key = uploads.store_stream(content)
    try:
        return _take_in(actor, actor.organization, values, file_key=key, file_name="api.ndjson", file_kind="ndjson")
    except BaseException:
        uploads.delete(key)
        raise


def _refuse_kind(actor, values):
    """Help that was given is told of by whoever may propose it, and stays with the unit that gave it."""
    if values.get("kind") != ImportKind.AID:
        return
    if "aid.propose" not in actor.permissions:
        raise PermissionDenied
    if values.get("to") not in (None, actor.organization):
        raise Refusal(_("帮扶登记在本单位的台账里，不推送；每月的合计另行报送。"), field="to")


def _receiver(actor, to):
    """One's own unit, or the bureau that a member unit tells of the people it helps (R86)."""
    if to is None or to.pk == actor.organization_id:
        return actor.organization
    if to not in bureaus_for(actor):
        raise Refusal(_("只能推送给本地的民政部门。"), field="to")
    return to


def bureaus_for(actor):
    """To whom a unit outside civil affairs may push its list: the bureau of its own level, and those above."""
    unit = actor.organization
    if unit.kind in BUREAU_KINDS:
        return Organization.objects.none()
    places = [unit.area.code, *unit.area.ancestor_codes]
    return Organization.objects.filter(kind="civil_affairs", area__code__in=places, is_suspended=False)


def _take_in(actor, receiver, values, **file):
    source = values.get("source")
    is_pushed = receiver.pk != actor.organization_id
    with transaction.atomic():
        row = PeopleImport.objects.create(
            organization=receiver, source=actor.organization if is_pushed else source, uploaded_by=actor,
            kind=ImportKind.MEMBER_LIST if is_pushed else values.get("kind") or ImportKind.OTHER,
            platform=values.get("platform", ""), label=values.get("label", ""),
            as_of=values.get("as_of") or timezone.localdate(),
            state=State.HANDED_IN if is_pushed else State.CHECKING, **file,
        )  # fmt: skip
        audit.record(
            actor, "people_import.hand_in" if is_pushed else "people_import.upload", row, organization=receiver,
            changes={"kind": [None, row.kind], "source": [None, str(row.source or "")]},
        )  # fmt: skip
        if row.platform:
            exchange.begin_run(actor, row)
        if not is_pushed:
            _start(actor, row, CHECK)
    return row


def begin_check(actor, row, names=None):
    """Look through the file (again), with these columns when somebody has corrected them."""
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.HANDED_IN, State.UNREAD, State.CHECKED)
        if names is not None:
            _name_columns(actor, row, names)
        row.state, row.problem = State.CHECKING, ""
        row.save(update_fields=["state", "problem", "columns"])
        _start(actor, row, CHECK)
        audit.record(actor, "people_import.check", row)
    return row


def _name_columns(actor, row, names):
    """The unit's own words for our columns are known the next time."""
    chosen = [name for name in names if name]
    if len(set(chosen)) != len(chosen):
        raise Refusal(_("同一项内容只能对应一列。"))
    if "name" not in chosen:
        raise Refusal(_("请指定哪一列是姓名。"))
    if not set(chosen) <= columns(row.kind).keys() or len(names) != len(row.headings):
        raise Refusal(_("列的对应关系不完整，请重新选择。"))
    unit = row.source or row.organization
    for heading, name in zip(row.headings, names, strict=True):
        if squeezed := squeezed_heading(heading):
            HeadingMemory.objects.update_or_create(
                organization=unit, heading=squeezed,
                defaults={"column": name, "said_by": actor, "said_at": timezone.now()},
            )  # fmt: skip
    row.columns = names


def _start(actor, row, kind):
    row.job = jobs.start(actor, kind, {"import": row.code}, organization=row.organization)
    row.save(update_fields=["job"])


def _demand(actor, row):
    if not PeopleImport.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise PermissionDenied


def _locked(row, *states):
    """The row as it is now; a step whose worker died or was stopped counts as not taken.

    Its job is asked for after the wait for the lock: joined to it, one that was begun meanwhile would not be seen.
    """
    row = PeopleImport.objects.select_for_update(of=("self",)).select_related("organization", "source").get(pk=row.pk)
    row.state = standing_state(row)
    if row.state not in states:
        raise Refusal(_("这份名单现在是“%(state)s”，不能这样做。请刷新页面。") % {"state": row.get_state_display()})
    if row.purged_at:
        raise Refusal(_("这份名单的内容已按期删除，请重新上传。"))
    return row


def standing_state(row):
    if row.is_at_work and (row.job is None or row.job.is_finished):
        return _FELL_BACK[row.state]
    return row.state


# -- Looking through --------------------------------------------------------------------------------------------------
def check(actor, row, report=None):
    """The work of the job: every row read and compared. Begun again, it begins anew."""
    report = report or (lambda done, total=None, note="": None)
    row = PeopleImport.objects.select_related("organization__area", "source").get(pk=row.pk)
    if row.state != State.CHECKING:
        return row
    ImportRow.objects.filter(people_import=row).delete()
    try:
        counts = _check_rows(actor, row, report)
    except Refusal as refusal:
        _close_check(row, State.UNREAD, problem=str(refusal.message)[:300])
        raise
    _drop_marked(row)
    key = _store_marked(row, counts, report)
    _close_check(row, State.CHECKED, counts=dict(counts), checked_at=timezone.now(), marked_key=key)
    if held := counts[Verdict.HELD]:
        # It was told of so many that they are known elsewhere, or may not be compared.
        audit.record(actor, "person.alike", row, organization=row.organization, changes={"held": [None, held]})
    return row


def _close_check(row, state, **values):
    row.state = state
    for name, value in values.items():
        setattr(row, name, value)
    row.expires_at = timezone.now() + KEPT_FOR
    row.save(update_fields=["state", "expires_at", "headings", "columns", "header_row", *values])


def _check_rows(actor, row, report):
    counts, done = Counter(), 0
    with open_sheet(row) as sheet:
        row.headings, row.columns, row.header_row = sheet.headings, sheet.columns, sheet.header_row
        if row.kind == ImportKind.AID and "aid.form" not in sheet.columns:
            raise Refusal(_("没有找到“帮扶形式”这一列。请指定每一列是什么，或用模板填写。"))
        if "name" not in sheet.columns:
            raise Refusal(_("没有找到“姓名”这一列。请指定每一列是什么，或用模板填写。"))
        read_by, compared_by = READ_BY.get(row.kind, (Reader, Comparer))
        reader = read_by(row, "household" in sheet.columns)
        comparer = compared_by(row, actor)
        comparer.places = reader.places
        for lines in _batches(reader.read(number, cells) for number, cells in sheet.rows if cells):
            with transaction.atomic():
                found = comparer.compare(lines)
                ImportRow.objects.bulk_create(found)
            counts.update(str(one.verdict) for one in found)
            done += len(lines)
            report(done, note=_("已检查 %(n)s 行") % {"n": f"{done:,}"})
    if not done:
        raise Refusal(_("表头下面没有数据行。"))
    return _settle_heads(row, counts)


def _batches(lines):
    lines = iter(lines)
    while batch := list(itertools.islice(lines, BATCH)):
        yield batch


def _settle_heads(row, counts):
    """A head of the file whose household has one in the records already is none: somebody has to say what they are."""
    rows = row.rows.filter(verdict=Verdict.NEW).exclude(household_index=None)
    known = dict(
        row.rows.exclude(person=None).exclude(household_index=None).values_list("household_index", "person__household")
    )
    heads = set(
        Person.objects.filter(
            household__in=set(known.values()), relation=FamilyRelation.HEAD, merged_into=None, died_on=None
        ).values_list("household", flat=True)
    )
    full = [index for index, household in known.items() if household in heads]
    for one in rows.filter(household_index__in=full).iterator(BATCH):
        if one.private["values"].get("relation") == FamilyRelation.HEAD:
            faults = [["relation", _("这一户已经登记过，并且有户主，请改填与户主的关系。")]]
            one.private, one.verdict = {**one.private, "faults": faults}, Verdict.WRONG
            one.save(update_fields=["private", "verdict"])
            counts[Verdict.NEW] -= 1
            counts[Verdict.WRONG] += 1
    return counts


def _store_marked(row, counts, report):
    """The person's own workbook with what is wrong in its cells; none when nothing is."""
    if not counts[Verdict.WRONG] + counts[Verdict.HELD] or row.file_kind == "ndjson":
        return ""

    def marks():
        rows = row.rows.filter(verdict__in=[Verdict.WRONG, Verdict.HELD]).order_by("number")
        return marks_of(row, rows.iterator(BATCH))

    with tempfile.SpooledTemporaryFile(SPOOL) as target:
        with uploads.open_stored(row.file_key) as original:
            if counts.total() > MOST_HELD:
                _mark_in_passing(original, row, marks, target, report)
            else:
                tables.write_marked(original, list(marks()), target)
        target.seek(0)
        return uploads.store_stream(target)


def _mark_in_passing(original, row, marks, target, report):
    def tell(done):
        report(done, note=_("已标注 %(n)s 行") % {"n": f"{done:,}"})

    marking.write_marked(original, marks, len(row.headings) + 1, target, tell, MOST_ROWS + HEADING_AMONG)


def _drop_marked(row):
    if row.marked_key:
        uploads.delete(row.marked_key)
        row.marked_key = ""


# -- Deciding ---------------------------------------------------------------------------------------------------------
def choose_row(actor, row, one, choice):
    """What to do with one row that contradicts the record."""
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.CHECKED)
        if one.verdict != Verdict.CONFLICT or choice not in Choice.values:
            raise Refusal(_("这一行没有要选的。"))
        if choice == Choice.ANOTHER and not one.is_alike:
            raise Refusal(_("证件号码相同的就是同一个人。"))
        ImportRow.objects.filter(pk=one.pk, people_import=row).update(choice=choice)
        audit.record(actor, "people_import.choose", row, changes={"row": [None, one.number], "choice": ["", choice]})


def choose_all(actor, row, choice):
    """The same for all rows that nobody has decided upon. Whether two are one person is decided row by row."""
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.CHECKED)
        if choice not in (Choice.OURS, Choice.THEIRS):
            raise Refusal(_("请选择以哪一边为准。"))
        rows = row.rows.filter(verdict=Verdict.CONFLICT, choice=Choice.UNDECIDED, is_alike=False)
        count = rows.update(choice=choice)
        audit.record(actor, "people_import.choose", row, changes={"rows": [None, count], "choice": ["", choice]})
    return count


def begin_apply(actor, row, mode):
    """From here the job writes, in one transaction."""
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.CHECKED)
        if mode not in PeopleImport.Mode.values:
            raise Refusal(_("请选择怎样导入。"), field="mode")
        if mode == PeopleImport.Mode.ALL:
            _refuse_unfit(row)
        if not writable(row).exists():
            raise Refusal(_("没有可以写入的行。"))
        row.state, row.mode, row.problem = State.APPLYING, mode, ""
        row.save(update_fields=["state", "mode", "problem"])
        _start(actor, row, APPLY)
        audit.record(actor, "people_import.begin", row, changes={"mode": ["", mode]})
    return row


def writable(row):
    """The rows that would be written: new ones, those that fill gaps, and conflicts somebody has decided."""
    rows = row.rows.filter(is_written=False)
    return rows.filter(verdict__in=[Verdict.NEW, Verdict.CHANGED]) | rows.filter(
        verdict=Verdict.CONFLICT
    ).exclude(choice=Choice.UNDECIDED)  # fmt: skip


def _refuse_unfit(row):
    unfit = row.rows.filter(verdict__in=[Verdict.WRONG, Verdict.HELD]).count()
    if unfit:
        raise Refusal(
            _("有 %(count)s 行不能导入。改正后重新上传，或者选“只导入能导入的行”。") % {"count": unfit}, field="mode"
        )
    if row.rows.filter(verdict=Verdict.CONFLICT, choice=Choice.UNDECIDED).exists():
        raise Refusal(_("还有冲突没有选定以哪一边为准。"), field="mode")


def begin_undo(actor, row):
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.APPLIED)
        row.state, row.problem = State.UNDOING, ""
        row.save(update_fields=["state", "problem"])
        _start(actor, row, UNDO)
        audit.record(actor, "people_import.begin_undo", row)
    return row


def discard_import(actor, row):
    """Not taken: rows and file are deleted now."""
    _demand(actor, row)
    with transaction.atomic():
        row = _locked(row, State.HANDED_IN, State.UNREAD, State.CHECKED)
        row.state, row.closed_by, row.closed_at = State.DISCARDED, actor, timezone.now()
        row.save(update_fields=["state", "closed_by", "closed_at"])
        exchange.follow_import(row)
        audit.record(actor, "people_import.discard", row)
        purge_one(row)
    return row


def see_rows(actor, row, shown):
    """Rows were shown with names: one line for the page."""
    if shown:
        audit.record(actor, "people_import.view", row, changes={"rows": [None, shown]})


def download_marked(actor, row):
    _demand(actor, row)
    if not row.marked_key:
        raise Refusal(_("没有标注了错误的文件。"))
    audit.record(actor, "people_import.download", row)
    kind = "xlsx"
    return uploads.download(row.marked_key, _("名单-标注错误-%(code)s") % {"code": row.code} + f".{kind}")


# -- Deleting ---------------------------------------------------------------------------------------------------------
def purge(now=None):
    """Rows and files whose time is over. Returns of how many imports."""
    due = PeopleImport.objects.filter(purged_at=None, expires_at__lt=now or timezone.now())
    due = due.select_related("job")
    rows = [row for row in due[:200] if not (row.is_at_work and row.job and not row.job.is_finished)]
    for row in rows:
        with transaction.atomic():
            row.state = standing_state(row)
            if row.state in (State.HANDED_IN, State.UNREAD, State.CHECKED):
                row.state, row.closed_at = State.DISCARDED, timezone.now()
                row.save(update_fields=["state", "closed_at"])
                exchange.follow_import(row)
            audit.record(None, "people_import.purge", row)
            purge_one(row)
    return len(rows)


def purge_one(row):
    """The numbers stay, the people go; files after the commit, for a rollback brings the row back."""
    row.rows.all().delete()
    keys = [key for key in (row.file_key, row.marked_key) if key]
    row.file_key = row.marked_key = ""
    row.purged_at = timezone.now()
    row.save(update_fields=["file_key", "marked_key", "purged_at"])
    transaction.on_commit(lambda: [uploads.delete(key) for key in keys])
