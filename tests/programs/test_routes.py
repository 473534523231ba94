"""The route as data: what casework will carry out, said for every program of the annex."""

import copy
from decimal import Decimal

import pytest

from programs import wording
from programs.catalogue import units, written
from programs.checks import check_program
from programs.differences import compare
from programs.facts import VOCABULARY
from programs.papers import asks, struck_off
from programs.reading import WrongProgram, read_program
from programs.routes import Step, approvals

PROGRAMS = {program.code: program for program in units()}
ENTRIES = {entry["code"]: entry for entry in written()["programs"]}


def changed(code, change):
    data = copy.deepcopy(ENTRIES[code])
    change(data)
    return data


def kinds(code):
    return [step.kind for step in PROGRAMS[code].steps]


def test_every_step_of_the_annex_has_a_kind():
    assert [(p.code, n) for p in units() for n, step in enumerate(p.steps) if not step.kind] == []


def test_project_hope_visits_a_tenth_before_the_notice():
    assert kinds("P12") == ["select", "check", "sample", "notice", "pay"]
    assert PROGRAMS["P12"].steps[2].share == Decimal("0.10")


@pytest.mark.parametrize(("proposed", "visited"), [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (101, 11)])
def test_a_sample_is_rounded_up_and_at_least_one(proposed, visited):
    assert PROGRAMS["P12"].steps[2].sampled(proposed) == visited
    assert Step("x", ("", "")).sampled(proposed) == 0


def test_five_bodies_sign_off_an_emergency_and_money_comes_within_twenty_working_days():
    steps = PROGRAMS["P10"].steps
    bodies = ("health_bureau", "public_security", "civil_affairs", "medical_insurance", "human_resources")
    assert (steps[0].kind, steps[0].bodies, steps[0].sheets) == ("sign_off", bodies, 6)
    assert (steps[1].every, steps[3].every) == ("quarter", "half_year")
    assert (steps[4].kind, steps[4].working_days, steps[4].to) == ("pay", 20, "hospital")
    assert steps[5].kind == "return"


def test_approval_goes_up_the_chain():
    assert [who for who, _to in approvals(PROGRAMS["P11"])] == [
        "school_or_womens_federation", "city_womens_federation", "provincial_foundation", "sponsor"
    ]  # fmt: skip
    assert approvals(PROGRAMS["P07"]) == [("district_charity", "charity_federation"), ("charity_federation", "")]


def test_the_sunshine_class_is_visited_and_put_on_notice_before_it_is_reported():
    assert kinds("P06-2")[:5] == ["select", "visit", "notice", "consult", "forward"]


def test_each_side_keeps_one_of_two_forms():
    assert PROGRAMS["P07"].papers[0].filed == ("charity_federation", "district_charity")
    assert PROGRAMS["P08-2"].papers[0].filed == ("charity_federation", "hospital")


def test_a_step_says_what_it_asks_for():
    said = [wording.step_text(step) for step in PROGRAMS["P10"].steps + PROGRAMS["P12"].steps]
    assert "（会签：卫健部门、公安部门、民政部门、医保部门、人社部门），一式 6 份" in said[0]
    assert "（20 个工作日内）" in said[4]
    assert "抽样 10%，至少一名" in said[8]


@pytest.mark.parametrize(
    ("code", "change", "words"),
    [
        ("P12", lambda d: d["steps"][2].update(share=Decimal("0.2")), "抽样 20%"),
        ("P12", lambda d: d["steps"][3].update(days=7), "公示 7 天"),
        ("P12", lambda d: d["steps"][0].update(kind="consult"), "［会商］"),
        ("P11", lambda d: d["steps"][1].update(to="sponsor"), "交给资助方"),
        ("P06-2", lambda d: d["steps"][5].update(every="term"), "每学期"),
        ("P07", lambda d: d["papers"][0].update(filed=["township"]), "乡镇（街道）各存一份"),
        ("P12", lambda d: d["papers"][0].update(struck=True), "简易程序可以免交"),
    ],
)
def test_every_change_of_the_route_is_told_between_versions(code, change, words):
    (difference,) = compare(PROGRAMS[code], read_program(changed(code, change)))
    assert words in difference.new
    assert words not in difference.old


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d["steps"][2].update(share=0), "steps[2].share"),
        (lambda d: d["steps"][2].update(share=Decimal("1.01")), "steps[2].share"),
        (lambda d: d["steps"][2].update(share="ten"), "steps[2].share"),
        (lambda d: d["steps"][2].update(kind="dance"), "steps[2].kind"),
        (lambda d: d["steps"][2].update(every="moon"), "steps[2].every"),
        (lambda d: d["steps"][3].update(days=0), "steps[3].days"),
        (lambda d: d["steps"][3].update(bodies="x"), "steps[3].bodies"),
        (lambda d: d["steps"][3].update(bodies=["x", 5]), "steps[3].bodies[1]"),
        (lambda d: d["steps"][3].update(to=5), "steps[3].to"),
        (lambda d: d["papers"][3].update(struck="yes"), "papers[3].struck"),
        (lambda d: d["papers"][3].update(filed=[""]), "papers[3].filed[0]"),
    ],
)
def test_what_cannot_be_read_is_named_at_its_place(change, place):
    with pytest.raises(WrongProgram) as wrong:
        read_program(changed("P12", change))
    assert place in [fault.place for fault in wrong.value.faults]


@pytest.mark.parametrize(
    ("code", "change", "place", "is_grave"),
    [
        ("P12", lambda d: d["steps"][2].pop("share"), "steps[2].share", True),
        ("P12", lambda d: d["steps"].insert(0, {"actor": "sponsor", "does": ["批"], "kind": "approve"}),
         "steps[3].kind", True),
        ("P12", lambda d: d["steps"][1].update(share=Decimal("0.5")), "steps[1].share", False),
        ("P12", lambda d: d["steps"][1].update(days=5), "steps[1].days", False),
        ("P10", lambda d: d["steps"][0].pop("bodies"), "steps[0].bodies", True),
        ("P10", lambda d: d["steps"][1].update(bodies=["x"]), "steps[1].bodies", False),
        ("P01", lambda d: d["papers"][4].update(refused_seals=["hospital_official"]), "papers[4].refused_seals", True),
        ("P07", lambda d: d["papers"][0].update(originals=3), "papers[0].filed", False),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_found(code, change, place, is_grave):
    found = check_program(read_program(changed(code, change)))
    assert [(one.place, one.is_grave) for one in found] == [(place, is_grave)]


def test_a_program_says_itself_which_papers_the_simplified_procedure_strikes_off():
    data = changed("P12", lambda d: (d["papers"][0].update(struck=True), d["papers"][2].update(struck=False)))
    program = read_program(data)
    facts = VOCABULARY.read({"categories": ["dibao"]})
    facts = {name: facts.get(name) for name in VOCABULARY}
    struck = struck_off(program.papers, facts)
    assert struck == {"P12-D1", "P12-D5"}
    assert "P12-D3" in [ask.paper.code for ask in asks(program.papers, facts, struck=struck)]
