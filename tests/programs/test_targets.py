"""For those who look for a program: kinds, groups, public words, deadlines, funds."""

import copy

import pytest

from programs import catalogue, definitions, targets, wording
from programs.differences import compare
from programs.reading import WrongProgram, read_program
from tests.make.catalogue import make_program, make_version

ENTRIES = {entry["code"]: entry for entry in catalogue.written()["programs"]}


def changed(**values):
    return copy.deepcopy(ENTRIES["P02"]) | values


@pytest.mark.parametrize("code", ENTRIES)
def test_every_shipped_program_says_whom_it_is_for_in_plain_words(code):
    program = read_program(ENTRIES[code])
    assert program.kinds
    assert program.groups
    assert all(program.public_texts)
    assert set(program.groups) <= set(targets.GROUPS)


def test_what_is_said_for_readers_is_part_of_the_words_and_of_the_differences():
    old = read_program(ENTRIES["P02"])
    new = read_program(
        changed(kinds=["medical", "助行"], deadlines=[{"says": ["春天申请。"], "from": "03-01", "to": "04-30"}])
    )
    said = [line.text for line in wording.general_lines(new)]
    assert "项目分类：助医、助行" in said
    assert "帮扶人群：先天性心脏病患儿" in said
    assert "期限：春天申请。（每年 03-01 至 04-30）" in said
    told = {(one.kind, one.old, one.new) for one in compare(old, new)}
    assert ("changed", "项目分类：助医、医疗、护幼", "项目分类：助医、助行") in told


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kinds": "medical"}, "kinds"),
        ({"kinds": ["medical", "medical"]}, "kinds[1]"),
        ({"groups": [5]}, "groups[0]"),
        ({"fund_codes": ["长" * 61]}, "fund_codes[0]"),
        ({"public_text": {"zh": "甲"}}, "public_text"),
        ({"deadlines": [{"says": [""]}]}, "deadlines[0].says"),
        ({"deadlines": [{"says": ["甲"], "from": "3-1"}]}, "deadlines[0].from"),
        ({"deadlines": ["甲"]}, "deadlines[0]"),
        ({"notes": ["甲", 5]}, "notes[1]"),
    ],
)
def test_a_fault_is_named_at_its_place(change, place):
    with pytest.raises(WrongProgram) as wrong:
        read_program(changed(**change))
    assert place in {fault.place for fault in wrong.value.faults}


def test_columns_take_what_they_can_hold_of_a_half_written_list():
    assert definitions.codes_of(["a", 5, "", "a", "长" * 61, "b"]) == ["a", "b"]
    assert definitions.codes_of("a") == []


@pytest.mark.django_db
def test_lists_find_programs_by_kind_group_and_fund(cast, browse):
    program = make_program(cast.charity, state="draft")
    version = make_version(program, changed(code=program.code, fund_codes=["example-fund"]), state="released")
    assert (version.kinds, version.fund_codes) == (["medical", "medical_field", "children"], ["example-fund"])
    session = browse(cast.bureau_officer)
    found = session.get("/programs/", {"project_kind": "children", "group": "child_with_chd"})
    assert f"/programs/{program.code}/" in found.content.decode()
    narrowed = session.get("/programs/", {"project_kind": "rural"})
    assert f"/programs/{program.code}/" not in narrowed.content.decode()
