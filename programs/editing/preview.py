"""A draft as it will be read, though parts of it are still half written: those are left out and told."""

import copy
import re

from programs.editing.places import find, join, parts_of
from programs.reading import WrongProgram, read_program

TRIES = 12
# What a program cannot be without, while it is still to be written.
MISSING = "……"
STAND_INS = {
    "code": MISSING.replace("…", "x"),
    "name": [MISSING],
    "why": MISSING,
    "kind": "hardship_relief",
    "applicants": ["self"],
    "age_convention": "completed_years",
    "beneficiary": "person",
}
BENEFIT = {"period": "once", "why": MISSING, "rules": [{"id": "x", "says": MISSING, "pay": {"kind": "unset"}}]}


def readable(definition, vocabulary):
    """(program, places left out): what can be read of a definition; no program where nothing can."""
    definition, left_out = copy.deepcopy(definition), []
    for _try in range(TRIES):
        try:
            return read_program(definition, vocabulary), left_out
        except WrongProgram as wrong:
            places = list(dict.fromkeys(fault.place for fault in wrong.faults))
            left_out += places
            for place in sorted(places, key=_depth, reverse=True):
                leave_out(definition, place)
    return None, left_out


def lacks_benefit(program):
    """Is what it pays only a stand-in, because nothing of it is written yet?"""
    return not program.is_container and [rule.says for rule in program.benefit.rules] == [MISSING]


def _depth(place):
    """Later rows first, so that the numbers of those before them stay right."""
    return [int(number) for number in re.findall(r"\[([0-9]+)\]", place)], len(place)


def leave_out(definition, place):
    """The row that holds the place goes; what has no row gets a stand-in or goes with its key."""
    parts = parts_of(place)
    numbers = [index for index, part in enumerate(parts) if isinstance(part, int)]
    if numbers:
        last = numbers[-1]
        rows = find(definition, parts[:last])
        if isinstance(rows, list) and parts[last] < len(rows):
            del rows[parts[last]]
            if not rows:
                _close(definition, parts[:last])
            return
    _stand_in(definition, parts)


def _close(definition, parts):
    """A list that was emptied: a group of conditions goes with it."""
    if parts and parts[-1] in ("all", "any"):
        leave_out(definition, join(parts[:-1]))


def _stand_in(definition, parts):
    key = parts[0] if parts else ""
    if key == "benefit":
        definition["benefit"] = copy.deepcopy(BENEFIT)
    elif key in STAND_INS:
        definition[key] = copy.deepcopy(STAND_INS[key])
    else:
        definition.pop(key, None)
