"""The sample people of a program: facts on which its rules are tried, and never a name."""

import json
import re

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from portal.lib.forms import refuse_hidden_marks
from programs.access import may
from programs.catalogue import vocabulary
from programs.facts import WrongFacts
from programs.models import ProgramSample
from programs.models.programs import ExactEncoder

MOST = 100
LONGEST = 10_000
TELLING = re.compile(r"[0-9]{11,}")  # numbers of cards, telephones and accounts have no place in a note


class WrongSample(Refusal):
    """The facts are none; `faults` says which."""

    def __init__(self, faults):
        self.faults = faults
        super().__init__("；".join(str(fault) for fault in faults[:5]))


def add_sample(actor, program, facts, note=""):
    _require(actor, program)
    if program.samples.count() >= MOST:
        raise Refusal(_("一个项目最多保存 %s 个样例。") % MOST)
    _refuse_wrong(facts, note)
    last = program.samples.aggregate(last=Max("position"))["last"] or 0
    with transaction.atomic():
        sample = ProgramSample.objects.create(
            program=program, facts=facts, note=note, position=last + 1, added_by=actor
        )
        audit.record(actor, "program_sample.add", program)
    return sample


def change_sample(actor, sample, version, facts, note=""):
    """What must come out of it is no longer settled when its facts are others."""
    _require(actor, sample.program)
    _refuse_wrong(facts, note)
    values = {"facts": facts, "note": note, "version": F("version") + 1}
    if facts != sample.facts:
        values["expected"] = None
    with transaction.atomic():
        if not ProgramSample.objects.filter(pk=sample.pk, version=version).update(**values):
            sample.refresh_from_db()
            raise Stale(sample, by=sample.added_by, at=sample.added_at)
        audit.record(actor, "program_sample.change", sample.program)
    sample.refresh_from_db()
    return sample


def remove_sample(actor, sample):
    _require(actor, sample.program)
    with transaction.atomic():
        sample.delete()
        audit.record(actor, "program_sample.remove", sample.program)


def ship_samples(program, entries):
    """Those that come with the program, with what must come out of them."""
    ProgramSample.objects.bulk_create(
        ProgramSample(
            program=program, facts=entry["facts"], position=position,
            expected={"eligible": entry["eligible"], "amount": entry["amount"]},
        )
        for position, entry in enumerate(entries, start=1)
    )  # fmt: skip


def copy_samples(samples, source, program):
    """For a copy: the codes of its papers and grants follow, as they do in its definition."""
    ProgramSample.objects.bulk_create(
        ProgramSample(
            program=program, facts=recoded(one.facts, source.code, program.code), note=one.note,
            expected=one.expected, position=one.position, added_by=one.added_by,
        )
        for one in samples
    )  # fmt: skip


def recoded(facts, old, new):
    """P02 and P02-D1 as P13 and P13-D1, wherever they stand."""
    text = json.dumps(facts, cls=ExactEncoder, ensure_ascii=False)
    text = re.sub(rf'"{re.escape(old)}(-[A-Za-z0-9_.-]+)?"', lambda found: f'"{new}{found[1] or ""}"', text)
    return json.loads(text)


def _refuse_wrong(facts, note):
    try:
        refuse_hidden_marks(note)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="note") from error
    if TELLING.search(note):
        raise Refusal(_("样例里只写事实：不要写证件号、电话或账号。"), field="note")
    if len(json.dumps(facts, cls=ExactEncoder)) > LONGEST:
        raise Refusal(_("样例太长，请精简。"))
    try:
        vocabulary().read(facts)
    except WrongFacts as wrong:
        raise WrongSample(wrong.faults) from wrong


def _require(actor, program):
    if not may(actor, "program.edit", program):
        raise PermissionDenied
