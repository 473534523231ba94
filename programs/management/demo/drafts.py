"""Work in progress on the catalogue of the demo world: a draft to go on with, one to release, a fact of the place."""

import copy

from members.models import Staff
from programs.actions import local_facts, programs
from programs.actions.samples import add_sample
from programs.models import LocalFact, Program, ProgramVersion

ALONE = {"name": "lives_alone", "label": ["是否独居", "lives alone"], "type": "bool", "question": "您一个人住吗？",
         "knows": "family", "proof": "", "unit": ["", ""], "choices": {}}  # fmt: skip
WINTER = {"fact": "lives_alone", "test": "eq", "value": True, "why": "演示：冬季走访工作要求"}
OLD = {
    "residence_code": "230302", "hardship_causes": ["major_illness"], "hardship_level": "severe",
    "aid_still_insufficient": True, "lives_alone": True, "applied_by": "bureau",
}  # fmt: skip


def load():
    """Nothing where somebody has begun to write already."""
    writer, second = (Staff.objects.filter(username=name).first() for name in ("catalogue", "catalogue2"))
    if writer is None or second is None or LocalFact.objects.filter(name=ALONE["name"]).exists():
        return
    local_facts.add_local_fact(writer, ALONE)
    _unfinished(writer)
    _submitted(second)


def _begun(actor, code, note):
    program = Program.objects.filter(code=code).select_related("organization__area").first()
    if program is None or ProgramVersion.objects.unfinished().filter(program=program).exists():
        return None
    return programs.start_draft(actor, program, note=note)


def _unfinished(actor):
    """A condition more, and one that is only begun."""
    draft = _begun(actor, "P09", "演示：冬季把独居的困难群众先列进来")
    if draft is None:
        return
    definition = copy.deepcopy(draft.definition)
    definition["condition"]["all"] += [WINTER, {"fact": "", "test": "eq"}]
    programs.save_draft(actor, draft, draft.revision, definition)
    add_sample(actor, draft.program, OLD, "独居，救助后仍困难")
    add_sample(actor, draft.program, OLD | {"lives_alone": False}, "与家人同住")


def _submitted(actor):
    draft = _begun(actor, "P08-1", "演示：每次手术最高资助提高到 2,000 元")
    if draft is None:
        return
    definition = copy.deepcopy(draft.definition)
    for rule in definition["benefit"]["rules"]:
        rule["pay"]["cap"] = 2000
        rule["says"] = rule["says"].replace("1,500", "2,000")
    programs.save_draft(actor, draft, draft.revision, definition)
    programs.submit_version(actor, draft, draft.revision)
