"""One definition, three ways to ask: the interpreter with reasons, the compiled function, the database."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from programs.catalogue import units
from programs.compiled import Compiled, Index, without_grants
from programs.derived import View
from programs.facts import VOCABULARY, WrongFacts
from programs.matching import judge, match
from programs.queries import create_table, row_of, table_columns, where
from programs.reading import Program
from programs.rules import answer, read_condition
from tests.depth import DEPTH
from tests.programs import people
from tests.programs.test_vectors import vectors


def readable(given_facts):
    """People whose facts can be true together."""
    try:
        return VOCABULARY.read(given_facts)
    except WrongFacts:
        return None


# Shrinking a whole crowd against a whole catalogue takes minutes; what failed is printed as it was drawn.
BULK = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
CROWD = st.lists(people.person().map(readable).filter(lambda facts: facts is not None), min_size=5, max_size=20)
CATALOGUE = st.lists(people.programs(), min_size=5, max_size=20)


def interpreted(crowd, programs):
    return [
        [answer(program.gate, View(facts, program.code, program.age_convention)).met for program in programs]
        for facts in crowd
    ]


def asked_of_the_database(crowd, programs):
    """All people against all programs in one query."""
    asked = [where(program.gate, table_columns(program, "people")) for program in programs]
    texts = ", ".join(sql.text for sql in asked)
    parameters = [parameter for sql in asked for parameter in sql.parameters]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS people")
        cursor.execute(create_table("people", is_temporary=True))
        for number, facts in enumerate(crowd):
            row = row_of(facts)
            cursor.execute(f"INSERT INTO people VALUES (%s{', %s' * len(row)})", [number, *row])
        cursor.execute(f"SELECT {texts} FROM people ORDER BY id", parameters)
        return [list(row) for row in cursor.fetchall()]


@pytest.mark.django_db
@settings(max_examples=30 * DEPTH, **BULK)
@given(crowd=CROWD, programs=CATALOGUE)
def test_the_three_back_ends_agree_on_any_rule_and_any_person(crowd, programs):
    expected = interpreted(crowd, programs)
    compiled = Compiled(programs)
    index = Index(compiled)
    fresh = Index(Compiled([without_grants(program) for program in programs]))
    granted_nothing = [number for number, facts in enumerate(crowd) if facts.get("prior_grants") == ()]
    assert [from_index(fresh, crowd[number], len(programs)) for number in granted_nothing] == [
        expected[number] for number in granted_nothing
    ]
    assert [list(compiled.match(facts)) for facts in crowd] == expected
    assert [from_index(index, facts, len(programs)) for facts in crowd] == expected
    assert asked_of_the_database(crowd, programs) == expected


def from_index(index, facts, count):
    given_answers = index.verdicts(index.compiled.row(facts))
    return [given_answers.get(number, False) for number in range(count)]


@pytest.mark.django_db
@settings(max_examples=10 * DEPTH, **BULK)
@given(crowd=CROWD)
def test_the_three_back_ends_agree_on_the_catalogue(crowd):
    expected = interpreted(crowd, units())
    compiled = Compiled(units())
    assert [[verdict.eligible for verdict in match(facts, units())] for facts in crowd] == expected
    assert [from_index(Index(compiled), facts, 14) for facts in crowd] == expected
    assert asked_of_the_database(crowd, units()) == expected


@settings(max_examples=100 * DEPTH, **BULK)
@given(facts=people.person().map(readable).filter(lambda facts: facts is not None))
def test_what_is_due_never_contradicts_the_verdict(facts):
    for program in units():
        verdict = judge(facts, program)
        grant = program.benefit.grant(verdict.facts)
        if verdict.eligible:
            assert grant.state == "due"
        if verdict.eligible is None:
            assert verdict.unknown
            assert set(verdict.unknown) <= set(verdict.open_facts) or verdict.answer.met is None
        if verdict.eligible is False and verdict.answer.met:
            assert grant.state in {"nothing", "open"}
        assert verdict.reasons()


@settings(max_examples=100 * DEPTH, **BULK)
@given(facts=people.person().map(readable).filter(lambda facts: facts is not None), data=st.data())
def test_learning_a_fact_never_overturns_an_answer(facts, data):
    """What was yes or no stays so, whatever becomes known; only open answers may change."""
    missing = [name for name in people.TESTED if name not in facts]
    if not missing:
        return
    name = data.draw(st.sampled_from(missing))
    learned = readable_with(facts, name, data.draw(people.value_of(name)))
    if learned is None:
        return
    for program in units():
        before = judge(facts, program)
        # A bill that is still to come keeps the sum open; it may turn out that nothing is due.
        if before.eligible is not None and name not in before.grant.pending:
            assert judge(learned, program).eligible is before.eligible, program.code


def readable_with(facts, name, value):
    if "age_years" in facts and name in {"birth_date", "as_of"}:
        return None  # a birthday replaces an age that somebody told
    learned = facts | (readable({name: value}) or {})
    born, day = learned.get("birth_date"), learned.get("as_of")
    return None if born and day and born > day else learned


@pytest.mark.django_db
def test_every_sample_applicant_gets_the_same_verdict_from_the_database():
    samples = vectors("programs.json")
    crowd = [VOCABULARY.read(vector["facts"]) for vector in samples]
    codes = [program.code for program in units()]
    answers = asked_of_the_database(crowd, units())
    given_verdicts = [row[codes.index(vector["program"])] for row, vector in zip(answers, samples, strict=True)]
    assert given_verdicts == [vector["expect"]["eligible"] for vector in samples]


def test_what_people_write_never_becomes_source():
    """Names, texts and values of a program stay constants of the generated function."""
    hostile = "'); import os; os.abort() #"
    condition = {"all": [{"fact": "term", "test": test, "value": hostile} for test in ("eq", "ne", "startswith")]}
    program = Program(code="T", names=(hostile, hostile), gate=read_condition(condition, needs_source=False))
    facts = VOCABULARY.read({"term": hostile})
    assert Compiled([program]).match(facts) == (False,)
    assert where(program.gate, {"term": "t.term"}).text.count("%s") == 3
    assert hostile not in where(program.gate, {"term": "t.term"}).text
