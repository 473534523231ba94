"""All people against all programs in one go must say what the interpreter says of each."""

import uuid
from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from programs import all_pairs, planes
from programs.actions.fact_sheets import Sheet, put
from programs.catalogue import units
from programs.facts import VOCABULARY
from programs.matching import judge
from programs.models import FactSheet
from programs.reading import Program
from programs.rules import read_condition
from tests.depth import DEPTH
from tests.programs import people
from tests.programs.test_reverse import ASKED_ALONG, ON, readable

pytestmark = pytest.mark.django_db
BULK = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": (Phase.explicit, Phase.generate)}


def area_of(number):
    """A county for each person, so that every count tells of one."""
    return f"99{number:04}001000"


def given_to(crowd, on, one_county=False):
    crowd = [
        {name: value for name, value in facts.items() if name not in ASKED_ALONG}
        for facts in crowd
        if facts.get("birth_date", on) <= on
    ]
    FactSheet.objects.all().delete()
    put(Sheet(uuid.uuid4(), area_of(0 if one_county else number), facts) for number, facts in enumerate(crowd))
    return crowd


def verdict_of(count):
    return True if count.eligible else False if count.not_fitting else None


@settings(max_examples=20 * DEPTH, **BULK)
@given(
    crowd=st.lists(people.person().map(readable).filter(bool), min_size=5, max_size=15),
    conditions=st.lists(people.programs(), min_size=5, max_size=15),
    on=people.days().map(date.fromisoformat),
)
def test_every_pair_gets_the_answer_of_the_interpreter(crowd, conditions, on):
    programs = [
        Program(f"{one.code}-{number}" if one.code == "T" else one.code, ("", ""), gate=one.gate,
                age_convention=one.age_convention) for number, one in enumerate(conditions)
    ]  # fmt: skip
    programs = list({program.code: program for program in programs}.values())
    state = {name: value for name, value in crowd[0].items() if name in ASKED_ALONG - {"as_of"}}
    states = {program.code: state for program in [*programs, *units()]}
    crowd = given_to(crowd, on)
    for some in (programs, units()):
        counts = all_pairs.count_all(some, on, states, VOCABULARY)
        found = {(one.program, one.county): verdict_of(one) for one in counts}
        assert found == {
            (program.code, area_of(number)[:6]): judge(state | facts | {"as_of": on}, program).eligible
            for program in some
            for number, facts in enumerate(crowd)
        }


def test_the_age_at_the_first_grant_is_counted_for_those_who_have_one():
    asked = {"fact": "age_at_first_grant", "test": "lt", "value": 2}
    program = Program("P02", ("", ""), gate=read_condition(asked, needs_source=False))
    given = {"birth_date": "1963-02-28", "prior_grants": [{"program": "P02", "date": "2024-02-29"}]}
    put([Sheet(uuid.uuid4(), area_of(1), VOCABULARY.read(given)), Sheet(uuid.uuid4(), area_of(2), {})])
    assert [verdict_of(one) for one in all_pairs.count_all([program], ON, {}, VOCABULARY)] == [False, None]


@settings(max_examples=5, **BULK)
@given(crowd=st.lists(people.person().map(readable).filter(bool), min_size=100, max_size=200))
def test_counts_of_one_county_add_up(crowd):
    crowd = given_to(crowd, ON, one_county=True)
    for one in all_pairs.count_all(units(), ON, {}, VOCABULARY):
        program = next(program for program in units() if program.code == one.program)
        expected = Counter(judge(facts | {"as_of": ON}, program).eligible for facts in crowd)
        assert (one.eligible, one.could_be, one.not_fitting) == (expected[True], expected[None], expected[False])


def test_a_county_too_large_for_one_string_is_taken_in_shares(monkeypatch):
    monkeypatch.setattr(planes, "MOST_PEOPLE", 7)
    facts = VOCABULARY.read({"emergency_care_needed": True, "identity_known": False, "hospital_grade": 2})
    put(Sheet(uuid.uuid4(), area_of(1), facts if number % 3 else {}) for number in range(70))
    counts = {one.program: one for one in all_pairs.count_all(units(), ON, {}, VOCABULARY)}
    assert (counts["P10"].eligible, counts["P10"].could_be, counts["P10"].total) == (0, 70, 70)
    known = facts | {"emergency_cost_unpaid_yuan": 5}
    put(Sheet(uuid.uuid4(), area_of(1), known) for _ in range(30))
    counts = {one.program: one for one in all_pairs.count_all(units(), ON, {}, VOCABULARY)}
    assert (counts["P10"].eligible, counts["P10"].could_be, counts["P10"].total) == (30, 70, 100)


def test_programs_too_many_for_one_row_are_taken_in_parts(monkeypatch):
    put([Sheet(uuid.uuid4(), area_of(1), VOCABULARY.read({"gender": "female", "hukou_code": "230302"}))])
    whole = all_pairs.count_all(units(), ON, {}, VOCABULARY)
    monkeypatch.setattr(all_pairs, "MOST_COLUMNS", 40)
    assert all_pairs.count_all(units(), ON, {}, VOCABULARY) == whole


def test_nobody_is_counted_where_nobody_lives():
    assert all_pairs.count_all(units(), ON, {}, VOCABULARY) == []


@pytest.mark.parametrize(
    ("prefix", "fits"),
    [("2", ["230302", "299999"]), ("9", ["999999"]), ("2303", ["230302"]), ("230302", ["230302"]), ("2303020", [])]
    + [("x", []), ("30", ["300000"]), ("29", ["299999"]), ("299999", ["299999"]), ("999999", ["999999"])],
)
def test_the_beginning_of_an_area_is_found_among_numbers(prefix, fits):
    codes = ["230302", "299999", "300000", "999999", "000001"]
    put(Sheet(uuid.uuid4(), area_of(n), VOCABULARY.read({"hukou_code": code})) for n, code in enumerate(codes))
    condition = read_condition({"fact": "hukou_code", "test": "startswith", "value": prefix}, needs_source=False)
    other = read_condition({"fact": "hukou_code", "test": "in", "value": ["230302", "999999"]}, needs_source=False)
    programs = [Program("A", ("", ""), gate=condition), Program("B", ("", ""), gate=other)]
    counts = all_pairs.count_all(programs, ON, {}, VOCABULARY)
    found = {name: [codes[n] for n, one in enumerate(c for c in counts if c.program == name) if one.eligible]
             for name in "AB"}  # fmt: skip
    assert found == {"A": fits, "B": ["230302", "999999"]}
