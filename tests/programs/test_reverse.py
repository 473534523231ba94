"""Who fits this program: the table of nameless sheets, asked as a set."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from programs import catalogue, fact_table, reverse
from programs.actions.fact_sheets import Sheet, drop, put
from programs.catalogue import units
from programs.facts import VOCABULARY, WrongFacts
from programs.matching import judge
from programs.models import FactSheet, LocalFact
from programs.reading import read_program
from tests.make.catalogue import definition_of, make_program
from tests.make.units import make_agreement, make_organization
from tests.programs import people
from tests.programs.test_vectors import vectors

ON = date(2024, 9, 2)
HERE, THERE = "230302001000", "230303000000"
SICK = {"birth_date": "2015-05-20", "nationality": "CN", "diagnoses": ["leukemia"], "hsct_done": True}
P01 = next(program for program in units() if program.code == "P01")


def sheet(facts, area=HERE, key=None):
    return Sheet(key or uuid.uuid4(), area, VOCABULARY.read(facts))


def readable(facts):
    try:
        return VOCABULARY.read(facts)
    except WrongFacts:
        return None


# What belongs to the day or to the program is no column; a question brings it along.
ASKED_ALONG = {"as_of", *(name for name, fact in VOCABULARY.items() if fact.is_program_state)}


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@given(
    crowd=st.lists(people.person().map(readable).filter(bool), min_size=5, max_size=20),
    programs=st.lists(people.programs(), min_size=5, max_size=15),
    on=people.days().map(date.fromisoformat),
)
def test_sheets_get_the_answer_of_the_interpreter(crowd, programs, on):
    FactSheet.objects.all().delete()
    state = {name: value for name, value in crowd[0].items() if name in ASKED_ALONG - {"as_of"}}
    crowd = [
        {name: value for name, value in facts.items() if name not in ASKED_ALONG}
        for facts in crowd
        if facts.get("birth_date", on) <= on
    ]
    keys = [uuid.uuid4() for _ in crowd]
    put(Sheet(key, HERE, facts) for key, facts in zip(keys, crowd, strict=True))
    for program in [*programs, *units()]:
        asked = fact_table.met(program, on, state)
        rows = FactSheet.objects.extra(select={"met": asked.text}, select_params=asked.parameters)
        given_answers = {row.key: row.met for row in rows}
        for key, facts in zip(keys, crowd, strict=True):
            assert given_answers[key] is judge(state | facts | {"as_of": on}, program).eligible, program.gate
    found = {row.key: fact_table.facts_of(row, on) for row in FactSheet.objects.all()}
    assert found == {key: facts | {"as_of": on} for key, facts in zip(keys, crowd, strict=True)}


@pytest.mark.django_db
@pytest.mark.parametrize("vector", [pytest.param(one, id=one["id"]) for one in vectors("programs.json")])
def test_a_sample_applicant_gets_the_expected_answer_from_the_table(vector):
    facts = VOCABULARY.read(vector["facts"])
    program = next(one for one in units() if one.code == vector["program"])
    put([Sheet(uuid.uuid4(), HERE, facts)])
    state = {name: facts[name] for name in ASKED_ALONG & set(facts) - {"as_of"}}
    asked = fact_table.met(program, facts["as_of"], state)
    row = FactSheet.objects.extra(select={"met": asked.text}, select_params=asked.parameters).get()
    assert row.met is vector["expect"]["eligible"]


@pytest.mark.django_db
def test_counts_come_by_county_and_only_of_the_areas_asked_for():
    put([sheet(SICK | {"prior_grants": []}), sheet(SICK), sheet({}, THERE)])
    put([sheet(SICK | {"prior_grants": [], "birth_date": "1980-01-01"})])
    rows = reverse.counts_by_county(P01, None, ON)
    assert [(one.county, one.eligible, one.could_be, one.not_fitting) for one in rows] == [
        ("230302", 1, 1, 1),
        ("230303", 0, 1, 0),
    ]
    assert [one.county for one in reverse.counts_by_county(P01, [THERE], ON)] == ["230303"]
    assert [one.total for one in reverse.counts_by_county(P01, ["230302001000"], ON)] == [3]
    assert reverse.counts_by_county(P01, ["230302002000"], ON) == []
    assert reverse.counts_by_county(P01, [], ON) == []


@pytest.mark.django_db
def test_the_list_names_what_is_not_known():
    yes, open_one = sheet(SICK | {"prior_grants": []}), sheet({k: v for k, v in SICK.items() if k != "birth_date"})
    put([yes, open_one, sheet(SICK | {"nationality": "MN"})])
    assert [one.key for one in reverse.fitting(P01, [THERE[:4] + "00000000"], ON)] == [yes.key]
    could = list(reverse.fitting(P01, None, ON, could_be=True))
    assert [one.key for one in could] == [open_one.key]
    assert [fact.name for fact in reverse.unknown_facts(could[0], P01, ON)] == ["age_years", "prior_count"]
    assert not reverse.fitting(P01, [], ON).exists()


@pytest.mark.django_db
def test_what_a_change_would_do_is_counted_by_county():
    put([sheet(SICK | {"prior_grants": [], "birth_date": f"{year}-01-01"}) for year in (2004, 2006, 2015)])
    put([sheet(SICK | {"prior_grants": [], "birth_date": "2004-01-01"}, THERE)])
    definition = definition_of("P01")
    for part in definition["condition"]["all"]:
        if part.get("fact") == "age_years" or "any" in part:
            part.clear()
            part.update({"fact": "age_years", "test": "range", "low": 18, "high": 20})
    after = read_program(definition)
    rows = reverse.changes(P01, after, None, ON)
    assert [(one.county, one.gained, one.lost, one.stays) for one in rows] == [
        ("230302", 1, 1, 1),
        ("230303", 1, 0, 0),
    ]
    assert reverse.changes(P01, P01, None, ON) == []
    assert [(one.gained, one.lost) for one in reverse.changes(None, P01, None, ON)] == [(2, 0)]
    assert [(one.gained, one.lost) for one in reverse.changes(P01, None, None, ON)] == [(0, 2)]


@pytest.mark.django_db
def test_what_is_known_of_the_program_itself_counts():
    agreement = make_agreement(make_organization(), ceiling=Decimal(0), starts_on=date(2024, 1, 1))
    make_program(code="P08-1", like="P08-1", agreement=agreement)
    program = next(one for one in units() if one.code == "P08-1")
    facts = {"diagnoses": ["cataract"], "categories": ["dibao"], "hukou_code": "230302", "self_paid_yuan": 10}
    put([sheet(facts)])
    assert [(one.eligible, one.total) for one in reverse.counts_by_county(program, None, ON)] == [(0, 1)]
    agreement.ceiling = Decimal(1500)
    agreement.save()
    assert [(one.eligible, one.total) for one in reverse.counts_by_county(program, None, ON)] == [(1, 1)]


@pytest.mark.django_db
def test_a_sheet_is_written_over_and_dropped_under_its_key():
    one = sheet(SICK)
    assert put([one, one._replace(area_code=THERE, facts={})]) == 1
    row = FactSheet.objects.get()
    assert (row.key, row.county, row.nationality) == (one.key, "230303", None)
    assert put([one]) == 1
    assert FactSheet.objects.get().nationality == "CN"
    assert drop([one.key, uuid.uuid4()]) == 1
    assert not FactSheet.objects.exists()


@pytest.mark.django_db
def test_a_fact_that_a_place_adds_needs_no_column():
    for name, kind, extra in (
        ("stall_rent", "money", {}), ("kiosk", "choice", {"choices": {"own": ["自有", "own"], "let": ["租用", "let"]}}),
        ("crops", "choices", {"choices": {"rice": ["水稻", "rice"], "soy": ["大豆", "soy"]}}),
        ("moved_on", "date", {}), ("lives_alone", "bool", {}),
    ):  # fmt: skip
        definition = {"name": name, "type": kind, "label": ["某项", "something"], **extra}
        LocalFact.objects.create(name=name, definition=definition, organization=make_organization())
    words = catalogue.vocabulary()
    condition = {
        "all": [
            {"fact": "stall_rent", "test": "gt", "value": Decimal("99.99")},
            {"fact": "kiosk", "test": "eq", "value": "own"},
            {"fact": "crops", "test": "contains_any", "value": ["rice"]},
            {"fact": "moved_on", "test": "within_months", "value": 12},
            {"fact": "lives_alone", "test": "eq", "value": True},
        ]
    }
    program = read_program(definition_of("P09") | {"condition": condition}, words)
    fits = {"stall_rent": Decimal("100"), "kiosk": "own", "crops": ["rice"], "moved_on": "2024-01-01"}
    fits |= {"lives_alone": True}
    crowd = [fits, fits | {"stall_rent": Decimal("99.99")}, fits | {"crops": []}, fits | {"lives_alone": None}]
    read = [words.read(facts) for facts in crowd]
    keys = [uuid.uuid4() for _ in read]
    put(Sheet(key, HERE, facts) for key, facts in zip(keys, read, strict=True))
    assert [one.key for one in reverse.fitting(program, None, ON)] == [keys[0]]
    assert [one.key for one in reverse.fitting(program, None, ON, could_be=True)] == [keys[3]]
    found = fact_table.facts_of(FactSheet.objects.get(pk=keys[0]), ON, words)
    assert found == read[0] | {"as_of": ON}


def test_outsiders_see_steps_of_five_and_nothing_below():
    questions = [f"question {number}" for number in range(200)]
    for number in range(5):
        assert {reverse.shown(number, one) for one in questions} == {None}
    for number, seen in ((5, {None, 5}), (8, {None, 5}), (9, {5}), (10, {5, 10}), (14, {10})):
        assert {reverse.shown(number, one) for one in questions} == seen
    assert reverse.shown(7, "one") == reverse.shown(7, "one")
    assert reverse.shown(3, to_outsider=False) == 3


@pytest.mark.django_db
def test_a_question_is_the_same_whatever_the_words_around_it():
    data = definition_of("P01")
    other = data | {"name": ["另一个名称"], "notes": ["x"]}
    narrower = data | {"condition": {"all": [data["condition"], {"fact": "age_years", "test": "lt", "value": 3,
                                                                "why": "x"}]}}  # fmt: skip
    one, same, another = map(read_program, (data, other, narrower))
    assert reverse.asked_by(None, one) == reverse.asked_by(None, same) != reverse.asked_by(None, another)
