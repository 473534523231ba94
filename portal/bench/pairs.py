"""All people against all programs: a million nameless fact sheets in the database, beside OpenFisca's arrays."""

import json
import random
from datetime import date

from django.db import connection, transaction

from portal.bench import matching
from portal.bench.registry import benchmark
from programs import all_pairs, fact_table, reverse
from programs.fact_table import COLUMNS, TABLE
from programs.facts import VOCABULARY
from programs.models import FactSheet

PEOPLE, DIFFERENT = 1_000_000, 50_000
COUNTIES = [str(code) for code in range(990_001, 990_021)]
A_COUNTY = PEOPLE // len(COUNTIES)
ON = date(2024, 9, 2)


def make_people():
    """A million sheets, built once: fifty thousand different people, each in twenty places; a sixth of what could be
    known is not. What they hold changes nothing about the time, so the rest is copied."""
    if FactSheet.objects.count() >= PEOPLE:
        return
    draw = random.Random(5)  # noqa: S311 - invented people
    names = ", ".join(COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
        cursor.execute(f"CREATE TEMP TABLE different ON COMMIT DROP AS SELECT {names} FROM {TABLE} LIMIT 0")  # noqa: S608
        with cursor.copy(f"COPY different ({names}) FROM STDIN") as copy:
            for _ in range(DIFFERENT):
                copy.write_row(row(draw))
        cursor.execute(
            f"INSERT INTO {TABLE} (key, area_code, built_at, local, {names}) "  # noqa: S608
            f"SELECT gen_random_uuid(), ({COUNTIES[0]} + floor(random() * {len(COUNTIES)}))::text || '001000', now(), "
            f"'{{}}', {names} "
            f"FROM different, generate_series(1, {PEOPLE // DIFFERENT})"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def row(draw):
    facts = {name: value for name, value in matching.person(draw).items() if draw.random() > 1 / 6}
    values = fact_table.row_of(VOCABULARY.read(facts))
    grants = values["prior_grants"]
    return [json.dumps(grants) if name == "prior_grants" and grants is not None else values[name] for name in COLUMNS]


def by_database(count):
    """The nightly count; once is one county of fifty thousand people against all programs."""
    make_people()
    (network,) = all_pairs.networks(list(matching.programs(count)), ON, {}, VOCABULARY)
    cursor = connection.cursor()
    for name, value in all_pairs.SETTINGS.items():
        cursor.execute(f"SET {name} = '{value}'")
    cursor.execute(f"PREPARE pairs_{count} (text, uuid, uuid) AS " + all_pairs.inlined(all_pairs.statement(network)))
    ((first, last),) = all_pairs.shares(A_COUNTY)

    def work(times):
        for number in range(times):
            cursor.execute(f"EXECUTE pairs_{count} ('{COUNTIES[number % len(COUNTIES)]}', '{first}', '{last}')")
            cursor.fetchone()

    return work


def by_arrays(count):
    """The same number of people as arrays in OpenFisca, against the same programs."""
    crowd = matching.people()
    return matching.by_openfisca(count, crowd, A_COUNTY // len(crowd))


@benchmark("50,000 people × 1,000 programs in the database", against="OpenFisca, the same in arrays", reach=0.5)
def thousand(world):
    return by_database(1000), by_arrays(1000)


@benchmark("50,000 people × 100 programs in the database", against="OpenFisca, the same in arrays")
def hundred(world):
    return by_database(100), by_arrays(100)


@benchmark("who fits one program among a million, by county", against="counting them by county")
def one_program(world):
    make_people()
    program = next(one for one in matching.units() if one.code == "P12")

    def count(times):
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute(f"SELECT county, count(*) FROM {TABLE} GROUP BY county")  # noqa: S608
                cursor.fetchall()

    def fits(times):
        for _ in range(times):
            reverse.counts_by_county(program, None, ON)

    return fits, count
