"""What stands in a definition before anybody reads it as a program: copies, empty beginnings, its checksum."""

import copy
import hashlib
import json

from programs.models.programs import ExactEncoder

LONGEST = 200_000


def canonical(definition):
    """The same text for the same definition, however its keys are ordered."""
    return json.dumps(definition, cls=ExactEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def plain(definition):
    """With numbers as JSON has them, for encoders that would make texts of decimals."""
    return json.loads(canonical(definition))


def canonical_lines(value):
    """For a file that people may open: indented, Chinese as Chinese."""
    return json.dumps(value, cls=ExactEncoder, ensure_ascii=False, indent=1)


def checksum(definition):
    return hashlib.sha256(canonical(definition).encode()).hexdigest()


def stamped(definition, program):
    """Code and place in the catalogue are the program's, whatever the text says; all else stays as it is written."""
    stays = {key: value for key, value in definition.items() if key not in {"code", "parent", "container"}}
    place = {"code": program.code}
    if program.parent:
        place["parent"] = program.parent.code
    if program.is_container:
        place["container"] = True
    return place | stays


def copied(definition, old_code, new_code):
    """For a program of another code: the codes of its papers follow, for a paper has one code everywhere."""
    definition = copy.deepcopy(definition) | {"code": new_code}
    definition.pop("row", None)
    for paper in definition.get("papers", ()):
        code = paper.get("code")
        if isinstance(code, str) and code.startswith(f"{old_code}-"):
            paper["code"] = new_code + code.removeprefix(old_code)
    return definition


def begun(name, kind, unit):
    """An empty program: what the editor starts from. It cannot be submitted before it is filled in."""
    return {
        "name": [name],
        "unit": unit,
        "kind": kind,
        "age_convention": "completed_years",
        "applicants": ["self", "guardian"],
        "why": "",
        "condition": {"all": []},
        "papers": [],
        "benefit": {"period": "once", "why": "", "rules": []},
        "steps": [],
        "notes": [],
    }


def codes_of(value):
    """The codes of a list that may still be half written; what no column holds is left out."""
    codes = value if isinstance(value, list) else []
    return list(dict.fromkeys(code for code in codes if isinstance(code, str) and 0 < len(code) <= 60))[:60]


def pair_of(value):
    """The names of a text that may still be half written."""
    if isinstance(value, str):
        value = [value]
    texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return (texts + ["", ""])[:2]
