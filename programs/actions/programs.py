"""Programs and their versions: draft, submitted, released by a second person, withdrawn. The audit hears of each."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Max, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from members.access import may as may_at
from programs import definitions, wording
from programs.access import may
from programs.actions.samples import copy_samples, ship_samples
from programs.catalogue import samples, vocabulary
from programs.checks import check_program
from programs.facts import CODE, Fault
from programs.models import IN_FORCE, Program, ProgramVersion
from programs.reading import WrongProgram, read_program

DRAFT, SUBMITTED, RELEASED, WITHDRAWN = ProgramVersion.State
LONGEST_CODE = 20
EDITING = timedelta(minutes=10)  # saving the same parts again within this time is one deed
# Words that stand in addresses where a code could stand.
RESERVED = {
    "new", "drafts", "import", "imports", "export", "facts", "grants", "rounds", "samples", "public", "match", "wizard",
}  # fmt: skip


class Faulty(Refusal):
    """The definition cannot be submitted; `faults` says where and why, each a Fault with place and message."""

    def __init__(self, faults):
        self.faults = faults
        shown = "；".join(str(fault) for fault in faults[:5])
        super().__init__(_("还有 %(count)s 处要改：%(shown)s") % {"count": len(faults), "shown": shown})


# -- Beginning --------------------------------------------------------------------------------------------------------
def create_program(
    actor, organization, code, *, name, kind="", parent=None, is_container=False, definition=None, note=""
):
    """A new program with its first draft; without a definition, an empty one to be filled in."""
    if not may_at(actor, "program.edit", organization):
        raise PermissionDenied
    if parent and parent.organization_id != organization.pk:
        raise Refusal(_("上级项目 %s 归别的单位主管。") % parent.code, field="parent")
    code = _free_code(code)
    definition = definition or definitions.begun(name, kind, organization.name)
    with transaction.atomic():
        program = _new_program(organization, code, parent, is_container)
        version = _new_draft(actor, program, definition, note)
        audit.record(actor, "program.create", program, changes={"version": [None, version.number]})
    return program


def copy_program(actor, source, code, *, organization=None, name=""):
    """A new program from what another says now; returns its draft. The other program may be of any unit."""
    organization = organization or actor.organization
    if not may_at(actor, "program.edit", organization):
        raise PermissionDenied
    code = _free_code(code)
    origin = newest_in_force(source)
    if origin is None and not may(actor, "program.edit", source):
        raise PermissionDenied
    origin = origin or source.versions.order_by("-number").first()
    definition = definitions.copied(origin.definition, source.code, code) | {"unit": organization.name}
    if name:
        definition["name"] = [name]
    with transaction.atomic():
        program = _new_program(organization, code, None, source.is_container)
        version = _new_draft(actor, program, definition, "")
        version.policies.set(origin.policies.all())
        # What another unit made up on its people stays there; the shipped samples are everybody's.
        samples = source.samples.all()
        copy_samples(samples if may(actor, "program.edit", source) else samples.filter(added_by=None), source, program)
        audit.record(actor, "program.copy", program, changes={"source": [None, str(source.code)]})
    return version


def start_draft(actor, program, *, source=None, note=""):
    """The next version of a program: a draft that begins as a copy of the newest (or of the one that is named)."""
    _require(actor, "program.edit", program)
    with transaction.atomic():
        Program.objects.select_for_update().get(pk=program.pk)
        refuse_second_draft(program)
        source = source or newest_in_force(program) or program.versions.order_by("-number").first()
        version = _new_draft(actor, program, source.definition, note)
        version.policies.set(source.policies.all())
        audit.record(actor, "program.start", program, changes={"version": [source.number, version.number]})
    return version


def refuse_second_draft(program):
    held = program.versions.unfinished().select_related("written_by").first()
    if held:
        words = {"number": held.number, "who": held.written_by or _("系统"), "state": held.get_state_display()}
        raise Refusal(_("第 %(number)s 版（%(state)s，%(who)s）还没有办完，一个项目同时只能有一份草稿。") % words)


def newest_in_force(program):
    return program.versions.filter(state__in=IN_FORCE).order_by("-number").first()


def _free_code(code):
    code = str(code).strip()
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE or "." in code or code.lower() in RESERVED:
        raise Refusal(_("项目编号只用字母、数字、连字符和下划线，最多 20 个字符。"), field="code")
    if Program.objects.filter(code__iexact=code).exists():
        raise Refusal(_("项目编号 %s 已经有了。") % code, field="code")
    return code


def _new_program(organization, code, parent, is_container):
    last = Program.objects.aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            return Program.objects.create(
                code=code, organization=organization, parent=parent, is_container=is_container, position=last + 10
            )
    except IntegrityError as error:
        raise Refusal(_("项目编号 %s 已经有了。") % code, field="code") from error


def _new_draft(actor, program, definition, note):
    definition = refuse_unfit(definitions.stamped(definition, program))
    number = (program.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            version = ProgramVersion.objects.create(
                program=program,
                number=number,
                note=note[:500],
                written_by=actor,
                writer_ids=[actor.pk] if actor else [],
                **columns_of(definition, program),
            )
    except IntegrityError as error:
        raise Refusal(_("刚刚有人也起草了新版本，请刷新后再看。")) from error
    _name_after(program, version)
    return version


# -- Writing ----------------------------------------------------------------------------------------------------------
def save_draft(actor, version, revision, definition, *, note=None, policies=None):
    """What the editor wrote. It may still be unfinished: faults stop the submission, not the saving."""
    program = version.program
    _require(actor, "program.edit", program)
    definition = refuse_unfit(definitions.stamped(definition, program))
    values = columns_of(definition, program) | ({} if note is None else {"note": note[:500]})
    with transaction.atomic():
        writers = list(dict.fromkeys([*version.writer_ids, actor.pk]))
        _change(version, revision, DRAFT, values | {"written_by": actor, "writer_ids": writers})
        if policies is not None:
            version.policies.set(policies)
        if version.definition != definition:
            _tell_edit(actor, version, _changed_keys(version.definition, definition))
        version.refresh_from_db()
        _name_after(program, version)
    return version


def _tell_edit(actor, version, parts):
    """One line for the parts that somebody works on: an editor that saves itself would fill the audit otherwise."""
    told = {"version": [None, version.number], "parts": parts}
    lately = timezone.now() - EDITING
    newest = next(iter(audit.history_of(version.program, 1)), None)
    if (
        newest is not None
        and (newest.action, newest.actor_id) == ("program.edit", actor.pk)
        and newest.at > lately
        and newest.changes.get("version") == told["version"]
        and set(parts[1]) <= set(newest.changes["parts"][1])
    ):
        return
    audit.record(actor, "program.edit", version.program, changes=told)


def _changed_keys(old, new):
    """Which parts of the text differ; what they say is kept in the versions."""
    keys = sorted({*old, *new})
    return [None, [key for key in keys if old.get(key) != new.get(key)]]


def discard_draft(actor, version, revision):
    """Gone, with all that was written in it; a program that never was anything else goes with it."""
    program = version.program
    _require(actor, "program.edit", program)
    try:
        with transaction.atomic():
            _change(version, revision, DRAFT, {})
            audit.record(actor, "program.discard", program, changes={"version": [version.number, None]})
            version.delete()
            if not program.versions.exists():
                program.delete()
            else:
                _name_after(program, program.versions.order_by("-number").first())
    except ProtectedError as error:
        raise Refusal(_("这个项目已被基金、批次或其他记录引用，不能放弃。")) from error


def faults_of(definition):
    """Everything that keeps a definition from being submitted: what cannot be read, and what cannot be right."""
    words = vocabulary()
    try:
        program = read_program(definition, words)
    except WrongProgram as wrong:
        return list(wrong.faults)
    findings = check_program(program, words)
    return [Fault(finding.place, finding.message) for finding in findings if finding.is_grave]


# -- Two people -------------------------------------------------------------------------------------------------------
def submit_version(actor, version, revision):
    """Handed in for release: from now on nobody writes in it."""
    _require(actor, "program.submit", version.program)
    with transaction.atomic():
        _change(version, revision, DRAFT, {"submitted_by": actor, "submitted_at": timezone.now(), "reason": ""})
        version.refresh_from_db()
        faults = faults_of(version.definition)
        if faults:
            raise Faulty(faults)
        ProgramVersion.objects.filter(pk=version.pk).update(state=SUBMITTED)
        version.state = SUBMITTED
        audit.record(actor, "program.submit", version.program, changes={"version": [None, version.number]})
    return version


def return_version(actor, version, revision, reason):
    """Back to a draft: by whoever could release it, or by the one who handed it in."""
    program = version.program
    if version.submitted_by_id != actor.pk:
        _require(actor, "program.release", program)
    _require_reason(reason)
    with transaction.atomic():
        _change(version, revision, SUBMITTED, {"state": DRAFT, "reason": reason})
        audit.record(actor, "program.return", program, reason=reason, changes={"version": [version.number, None]})
        version.refresh_from_db()
    return version


def release_version(actor, version, revision, valid_from, *, is_for_everyone=False):
    """In force from that day on, by a second person; what held until then ends the day before."""
    program = version.program
    _require(actor, "program.release", program)
    if version.is_by(actor):
        raise Refusal(_("发布要由第二个人办理：这一版有您写的内容，或者是您提交的，请同事发布。"))
    if version.is_without_condition and not is_for_everyone:
        raise Refusal(_("这一版没有任何条件，发布后人人可以申请。确实如此，请勾选确认。"), field="is_for_everyone")
    try:
        with transaction.atomic():
            _release(actor, program, version, revision, valid_from)
            audit.record(
                actor, "program.release", program,
                changes={"version": [None, version.number], "valid_from": [None, valid_from.isoformat()]},
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal(_("这一天已经有另一个版本生效，请刷新后再看。"), field="valid_from") from error
    version.refresh_from_db()
    return version


def _release(actor, program, version, revision, valid_from):
    Program.objects.select_for_update().get(pk=program.pk)
    refuse_day(program, valid_from)
    if faults := faults_of(version.definition):
        raise Faulty(faults)
    earlier = program.versions.filter(state=RELEASED, valid_to=None) | program.versions.filter(
        state=RELEASED, valid_to__gt=valid_from
    )
    earlier.update(valid_to=valid_from)
    _change(
        version, revision, SUBMITTED,
        {"state": RELEASED, "released_by": actor, "released_at": timezone.now(), "valid_from": valid_from,
         "valid_to": None},
    )  # fmt: skip
    _name_after(program, version)


def refuse_day(program, valid_from):
    """The first version may begin in the past; later ones would change how people were judged already."""
    in_force = program.versions.filter(state__in=IN_FORCE)
    if not in_force.exists():
        return
    if valid_from < timezone.localdate():
        raise Refusal(_("新版本不能从过去的日期生效：那几天的申请已经按旧版本办了。"), field="valid_from")
    later = in_force.filter(state=RELEASED, valid_from__gte=valid_from).order_by("valid_from").first()
    if later:
        words = {"number": later.number, "day": later.valid_from.isoformat()}
        raise Refusal(
            _("第 %(number)s 版从 %(day)s 起生效，请选更晚的日期，或者先撤回那一版。") % words, field="valid_from"
        )


def withdraw_version(actor, version, revision, reason):
    """In force no longer, from today on; the days it held stay its own. No older version comes back by itself."""
    program = version.program
    _require(actor, "program.withdraw", program)
    _require_reason(reason)
    ends = max(timezone.localdate(), version.valid_from) if version.valid_from else None
    if version.valid_to is not None and ends is not None:
        ends = min(ends, version.valid_to)
    values = {
        "state": WITHDRAWN, "withdrawn_by": actor, "withdrawn_at": timezone.now(), "valid_to": ends, "reason": reason,
    }  # fmt: skip
    with transaction.atomic():
        Program.objects.select_for_update().get(pk=program.pk)
        _change(version, revision, RELEASED, values)
        audit.record(actor, "program.withdraw", program, reason=reason, changes={"version": [version.number, None]})
    version.refresh_from_db()
    return version


def set_agreement(actor, program, agreement):
    """The cooperation agreement whose ceiling limits what is paid. It is no part of the versions: it has its own, and
    counts at once. So it is for the unit itself, and not for those to whom it lent the pen."""
    if not may_at(actor, "program.edit", program.organization):
        raise PermissionDenied
    if agreement and program.organization_id not in (agreement.party_a_id, agreement.party_b_id, agreement.party_c_id):
        raise Refusal(_("主管单位不是这份协议的一方。"), field="agreement")
    old = program.agreement
    with transaction.atomic():
        Program.objects.filter(pk=program.pk).update(agreement=agreement)
        words = [one.title if one else None for one in (old, agreement)]
        audit.record(actor, "program.agree", program, changes={"agreement": words})
    program.agreement = agreement
    return program


# -- Loading ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def load_program(entry, organization, valid_from, *, parent=None, position=0, policies=()):
    """One program of the shipped catalogue, in force at once, unless its code is there: what people wrote is theirs."""
    if Program.objects.filter(code=entry["code"]).exists():
        return False
    program = Program.objects.create(
        code=entry["code"], organization=organization, parent=parent, position=position,
        is_container=entry.get("container") is True,
    )  # fmt: skip
    definition = definitions.stamped(entry, program)
    version = ProgramVersion.objects.create(
        program=program, number=1, state=RELEASED, valid_from=valid_from, released_at=timezone.now(),
        note=_("随系统装入"), **columns_of(definition, program),
    )  # fmt: skip
    version.policies.set(policies)
    ship_samples(program, samples().get(program.code, ()))
    _name_after(program, version)
    audit.record(None, "program.load", program)
    return True


# -- Small things -----------------------------------------------------------------------------------------------------
def columns_of(definition, program):
    """The definition with the columns that repeat parts of it."""
    name, name_en = definitions.pair_of(definition.get("name"))
    kind = definition.get("kind")
    return {
        "definition": definition,
        "checksum": definitions.checksum(definition),
        "name": (name or program.code)[:120],
        "name_en": name_en[:160],
        "kind": kind if isinstance(kind, str) and len(kind) <= 40 else "",
        "kinds": definitions.codes_of(definition.get("kinds")),
        "groups": definitions.codes_of(definition.get("groups")),
        "fund_codes": definitions.codes_of(definition.get("fund_codes")),
        "areas": [program.organization.area.code],
        "search_text": _searchable(definition),
    }


def _searchable(definition):
    words = vocabulary()
    try:
        return wording.search_text(read_program(definition, words), words)
    except WrongProgram:
        return " ".join(definitions.pair_of(definition.get("name")))


def refuse_unfit(definition):
    """It goes into the database as it is, so it must be JSON of a bearable size, without signs no text can hold."""
    text = definitions.canonical(definition)
    if len(text) > definitions.LONGEST:
        raise Refusal(_("项目的内容太长，请精简。"))
    if "\\u0000" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Refusal(_("内容里有不能保存的字符。"))
    return definition


def _name_after(program, version):
    """Lists and choices show the name of what is in force, or of the draft while nothing is."""
    shown = newest_in_force(program) or version
    if (program.name, program.name_en) != (shown.name, shown.name_en):
        program.name, program.name_en = shown.name, shown.name_en
        program.save(update_fields=["name", "name_en"])


def _change(version, revision, state, values):
    """One conditional UPDATE: it counts only if the version still is as the person saw it, and as it was checked."""
    stamp = {"revision": F("revision") + 1, "updated_at": timezone.now()}
    held = ProgramVersion.objects.filter(pk=version.pk, state=state, revision=revision)
    if version.revision == revision and held.update(**values, **stamp):
        return
    current = ProgramVersion.objects.select_related("written_by", "program").filter(pk=version.pk).first()
    if current is None:
        raise Refusal(_("这份草稿已经被放弃。"))
    if current.state != state:
        raise Refusal(_("这一版现在是“%s”，不能这样办理。请刷新后再看。") % current.get_state_display())
    raise Stale(current, by=current.written_by, at=current.updated_at)


def _require(actor, permission, program):
    if not may(actor, permission, program):
        raise PermissionDenied


def _require_reason(reason):
    if not reason or not reason.strip():
        raise Refusal(_("请写明原因。"), field="reason")
