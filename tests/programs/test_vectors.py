"""Sample applicants with the answers they must get: every program, its edges and its unknowns."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from programs.catalogue import units
from programs.facts import VOCABULARY
from programs.matching import judge, match

VECTORS = Path(__file__).parent / "vectors"
PROGRAMS = {program.code: program for program in units()}


def vectors(name):
    return json.loads((VECTORS / name).read_text(), parse_float=Decimal)


def one(vector):
    return pytest.param(vector, id=vector["id"])


@pytest.mark.parametrize("vector", [one(vector) for vector in vectors("programs.json")])
def test_a_sample_applicant_gets_the_expected_answer(vector):
    facts = VOCABULARY.read(vector["facts"])
    given = judge(facts, PROGRAMS[vector["program"]]).as_json()
    expected = {"route_ok": True, "copay": None, "unknown": [], "missing": []} | vector["expect"]
    expected.pop("reason")
    assert {key: given[key] for key in expected} == expected
    assert given["reasons"]


@pytest.mark.parametrize("vector", [one(vector) for vector in vectors("matching.json")])
def test_a_person_fits_exactly_these_programs(vector):
    verdicts = match(VOCABULARY.read(vector["facts"]), units())
    assert [verdict.program.code for verdict in verdicts if verdict.eligible] == vector["expect"]["eligible_programs"]
