"""What a verdict costs: by the interpreter, by the compiled function, by the index; with and without reasons."""

import json
import random
from decimal import Decimal
from functools import cache

from portal.bench import peers
from portal.bench.registry import benchmark
from programs import definitions
from programs.catalogue import units, written
from programs.compiled import Compiled, Index, without_grants
from programs.derived import View
from programs.facts import VOCABULARY
from programs.matching import Matcher
from programs.reading import read_program
from programs.rules import answer

DISEASES = ["leukemia", "congenital_heart_disease", "cataract", "major_illness", "rare_disease"]
STAGES = ["none", "primary", "junior_high", "senior_high", "undergraduate"]


@cache
def programs(count):
    """The shipped catalogue, and beyond it the same programs of other cities, for other illnesses and ages."""
    entries = [entry for entry in written()["programs"] if not entry.get("container")]
    return units() if count == len(entries) else tuple(elsewhere(entries[n % len(entries)], n) for n in range(count))


def elsewhere(entry, number):
    text = definitions.canonical(entry).replace('"2303', f'"{11 + number % 30}{number % 9:02}')
    for disease in DISEASES[:3] if number % 3 else []:
        text = text.replace(f'"value": "{disease}"', f'"value": "{disease}_{number % 7}"')
    data = json.loads(text, parse_float=Decimal)
    return read_program(data | {"code": f"{entry['code']}-{number}"})


@cache
def people(count=200):
    """People whose every fact is known, drawn with a fixed seed."""
    draw = random.Random(12)  # noqa: S311 - the same people every time, nothing to guard
    return [VOCABULARY.read(person(draw)) for _ in range(count)]


def person(draw):
    facts = {name: draw.random() < 0.5 for name, fact in VOCABULARY.items() if fact.type == "bool" and fact.is_givable}
    lists = {name: [] for name, fact in VOCABULARY.items() if fact.type == "choices"}
    area = f"{draw.randint(11, 40)}{draw.randint(0, 8):02}02"
    return (
        facts
        | lists
        | {
            "as_of": "2024-09-02",
            "birth_date": f"{draw.randint(1935, 2023)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "gender": draw.choice(["female", "male"]),
            "nationality": "CN",
            "hukou_code": area,
            "residence_code": area,
            "hukou_type": draw.choice(["urban", "rural"]),
            "categories": draw.sample(["dibao", "tekun", "disabled", "orphan"], draw.randint(0, 2)),
            "hardship_causes": draw.sample(["major_illness", "schooling", "other"], draw.randint(0, 1)),
            "hardship_level": draw.choice(["none", "some", "severe"]),
            "diagnoses": draw.sample(DISEASES, draw.randint(0, 1)),
            "education_stage": draw.choice(STAGES),
            "hearing_device": "none",
            "surgery_number": 1,
            "hospital_grade": draw.randint(1, 3),
            "self_paid_yuan": draw.randint(0, 60000),
            "emergency_cost_unpaid_yuan": draw.randint(0, 60000),
            "agreement_cap_yuan": 1500,
            "quota_used": draw.randint(0, 60),
            "gaokao_score": 500,
            "campaign": "2024",
            "term": "2024-autumn",
            "prior_grants": [],
            "applied_by": "self",
        }
    )


def turns(work):
    """One person after another, over and over."""

    def turned(times):
        crowd = people()
        for number in range(times):
            work(crowd[number % len(crowd)])

    return turned


def interpreter(catalogue):
    """The oracle, reasons and all left aside: one answer for each program."""

    def work(facts):
        for program in catalogue:
            answer(program.gate, View(facts, program.code, program.age_convention))

    return turns(work)


def on_rows(compiled, work):
    """The person's row is made once, as the nightly run makes it; a search makes it too, see the other measure."""
    rows = [compiled.row(facts) for facts in people()]

    def turned(times):
        for number in range(times):
            work(rows[number % len(rows)])

    return turned


def by_function(count):
    compiled = Compiled([without_grants(program) for program in programs(count)])
    return on_rows(compiled, compiled.verdicts)


def by_index(count):
    compiled = Compiled([without_grants(program) for program in programs(count)])
    return on_rows(compiled, Index(compiled).bits)


@benchmark("verdicts of 14 programs, compiled function", against="the interpreter", reach=1 / 30)
def fourteen(world):
    return by_function(14), interpreter(programs(14))


@benchmark("verdicts of 100 programs, index", against="the interpreter", reach=1 / 30)
def hundred(world):
    return by_index(100), interpreter(programs(100))


@benchmark("verdicts of 1,000 programs, compiled function", against="the interpreter", reach=1 / 30)
def thousand_by_function(world):
    return by_function(1000), interpreter(programs(1000))


@benchmark("verdicts of 1,000 programs, index", against="the interpreter", reach=1 / 30)
def thousand_by_index(world):
    return by_index(1000), interpreter(programs(1000))


@benchmark("one person, 1,000 programs, a verdict object for each", against="verdicts of 1,000 programs, index")
def thousand_objects(world):
    return turns(Matcher(programs(1000)).match), by_index(1000)


@benchmark("one person, 14 programs, every reason, sum and paper as JSON", against="their verdicts alone")
def reasons_of_fourteen(world):
    matcher = Matcher(programs(14))
    return turns(lambda facts: [verdict.as_json() for verdict in matcher.match(facts)]), turns(matcher.verdicts)


@benchmark("one person, 1,000 programs, every reason in words", against="their verdicts alone")
def reasons_of_thousand(world):
    matcher = Matcher(programs(1000))
    return turns(lambda facts: [verdict.reasons() for verdict in matcher.match(facts)]), turns(matcher.verdicts)


# -- beside others ----------------------------------------------------------------------------------------------------
def by_json_logic(count):
    """One person after another, all programs; the answers are compared before anything is measured."""
    import json_logic

    catalogue = [without_grants(program) for program in programs(count)]
    rules = [peers.logic_of(program.gate) for program in catalogue]
    crowd, compiled = [peers.data_of(facts) for facts in people()], Compiled(catalogue)
    for facts, data in zip(people()[:20], crowd, strict=False):
        assert [bool(json_logic.jsonLogic(rule, data)) for rule in rules] == list(compiled.match(facts))

    def work(times):
        for number in range(times):
            data = crowd[number % len(crowd)]
            for rule in rules:
                json_logic.jsonLogic(rule, data)

    return work


def by_openfisca(count, crowd, repeat=1):
    """All people of an array against all programs; once is one pass over them."""
    catalogue = [without_grants(program) for program in programs(count)]
    system, compiled = peers.System(catalogue, crowd, repeat), Compiled(catalogue)
    simulation = system.simulation()
    answers = [system.verdicts(simulation, name)[: len(crowd)] for name in system.names]
    assert [list(row) for row in zip(*answers, strict=True)] == [list(compiled.match(facts)) for facts in crowd]

    def work(times):
        for _ in range(times):
            simulation = system.simulation()
            for name in system.names:
                system.verdicts(simulation, name)
                simulation.delete_arrays(name)

    return work


def one_by_one(count):
    """One person after another by OpenFisca: what a page would wait for."""
    return by_openfisca(count, people()[:1])


@benchmark("verdicts of 14 programs, compiled function, beside JsonLogic", against="JsonLogic")
def fourteen_beside(world):
    return by_function(14), by_json_logic(14)


@benchmark("verdicts of 100 programs, index, beside JsonLogic", against="JsonLogic")
def hundred_beside(world):
    return by_index(100), by_json_logic(100)


@benchmark("verdicts of 1,000 programs, index, beside JsonLogic", against="JsonLogic")
def thousand_beside(world):
    return by_index(1000), by_json_logic(1000)


@benchmark("one person, 14 programs, index, beside OpenFisca", against="OpenFisca, one person")
def one_fourteen(world):
    return by_function(14), one_by_one(14)


@benchmark("one person, 1,000 programs, index (goal 10 µs), beside OpenFisca", against="OpenFisca, one person")
def one_thousand(world):
    return by_index(1000), one_by_one(1000)
