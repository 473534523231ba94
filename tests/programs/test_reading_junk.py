"""Whatever stands in a definition, reading it ends in a program or in faults with places, never in a crash."""

import copy
import random

import pytest

from programs import catalogue, wording
from programs.checks import check_program, examine
from programs.reading import WrongProgram, read_program
from tests.depth import DEPTH

ENTRIES = catalogue.written()["programs"]
JUNK = [None, True, False, 0, -1, 10**30, "", "x", "\x00", [], [None], [[]], {}, {"a": 1}, [{"fact": []}], {"all": {}}]


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def spoiled(entry, path, junk):
    entry = copy.deepcopy(entry)
    target = entry
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = junk
    return entry


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["code"])
def test_junk_anywhere_is_a_fault_or_harmless(entry):
    dice = random.Random(entry["code"])
    for path in places(entry):
        if path:
            for junk in dice.sample(JUNK, min(2 * DEPTH, len(JUNK))):
                read_all_of(spoiled(entry, path, junk))


def read_all_of(entry):
    findings = examine(entry)
    try:
        program = read_program(entry)
    except WrongProgram:
        assert findings != []
        return
    check_program(program)
    wording.lines_of(program)
    wording.whom(program)
    wording.how_much(program)


def test_ways_of_paying_do_not_go_down_for_ever():
    entry = copy.deepcopy(next(entry for entry in ENTRIES if entry["code"] == "P05"))
    pay = next(rule["pay"] for rule in entry["benefit"]["rules"] if rule["pay"]["kind"] == "tiers")
    for _ in range(500):
        pay["otherwise"] = {"kind": "tiers", "fact": "gaokao_score", "tiers": []}
        pay = pay["otherwise"]
    with pytest.raises(WrongProgram, match="太深"):
        read_program(entry)
