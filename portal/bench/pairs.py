"""All people against all programs: a million nameless fact sheets in the database, beside OpenFisca's arrays.

Both have the same people and the same programs, and both begin with the people in the form they keep them in: planes
of bits here, arrays there. Before anything is measured the counts are compared.
"""

import json
import random
from datetime import date
from functools import cache

from django.db import connection, transaction

from portal.bench import matching, peers
from portal.bench.registry import benchmark
from programs import all_pairs, fact_table, planes, reverse
from programs.compiled import without_grants
from programs.fact_table import COLUMNS, TABLE
from programs.facts import VOCABULARY
from programs.models import FactSheet

PEOPLE, DIFFERENT, IN_ARRAYS = 1_000_000, 10_000, 50_000
COUNTIES = [str(code) for code in range(990_001, 990_021)]
ON = date(2024, 9, 2)
# What is known of every program itself; who applies is no matter of a sheet.
STATE = {"agreement_cap_yuan": 1500, "quota_used": 30, "campaign": "2024", "term": "2024-autumn", "campaign_open": True}


@cache
def different():
    """People whose every fact is known: OpenFisca cannot do without."""
    draw = random.Random(5)  # noqa: S311 - invented people
    return [VOCABULARY.read(matching.person(draw) | STATE) for _ in range(DIFFERENT)]


def make_people():
    """A million sheets, built once: ten thousand different people, each in a hundred places. What they hold changes
    nothing about the time, so the rest is copied."""
    if FactSheet.objects.count() == PEOPLE:
        return
    names = ", ".join(COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
        cursor.execute(f"CREATE TEMP TABLE different ON COMMIT DROP AS SELECT {names} FROM {TABLE} LIMIT 0")  # noqa: S608
        with cursor.copy(f"COPY different ({names}) FROM STDIN") as copy:
            for facts in different():
                values = fact_table.row_of(facts)
                copy.write_row([json.dumps(values[one]) if one == "prior_grants" else values[one] for one in COLUMNS])
        cursor.execute(
            f"INSERT INTO {TABLE} (key, area_code, built_at, local, {names}) "  # noqa: S608
            f"SELECT gen_random_uuid(), ({COUNTIES[0]} + floor(random() * {len(COUNTIES)}))::text || '001000', now(), "
            f"'{{}}', {names} "
            f"FROM different, generate_series(1, {PEOPLE // DIFFERENT})"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


class Night:
    """The nightly count, all but the reading of the programs."""

    def __init__(self, count):
        make_people()
        self.programs = matching.programs(count)
        self.states = {program.code: VOCABULARY.read(STATE) for program in self.programs}
        self.networks = all_pairs.networks(list(self.programs), ON, self.states, VOCABULARY)
        self.cursor = connection.cursor()
        for name, value in all_pairs.SETTINGS.items():
            self.cursor.execute(f"SET {name} = '{value}'")
        self.refresh()
        self.cursor.execute(f"VACUUM ANALYZE {planes.SHARES}, {planes.PLANES}")

    def refresh(self):
        with transaction.atomic():
            planes.refresh(self.cursor, self.networks, self.networks[0].on)

    def counts(self):
        """(program, county) -> [how many meet it, how many do not]."""
        found = {}
        for network in self.networks:
            all_pairs.counted(self.cursor, network, found)
        return found

    def eligible(self):
        sums = dict.fromkeys((program.code for program in self.programs), 0)
        for (program, _county), (met, _not_met) in self.counts().items():
            sums[program] += met
        return list(sums.values())

    def write(self, share):
        """As if so many of the sheets had been written: told like triggers tell it."""
        self.cursor.execute(
            f"INSERT INTO {planes.CHANGES} (county, key) SELECT county, key FROM "  # noqa: S608
            f"(SELECT county, key FROM {TABLE} LIMIT {int(PEOPLE * share)}) AS written"
        )

    def after(self, share):
        def work(times):
            for _ in range(times):
                self.write(share)
                self.refresh()
                self.counts()

        return work


class Arrays:
    """The same people in OpenFisca: as many times as it takes, in arrays of a size it likes."""

    def __init__(self, count):
        catalogue = [without_grants(program) for program in matching.programs(count)]
        self.system = peers.System(catalogue, different(), IN_ARRAYS // DIFFERENT)

    def eligible(self):
        simulation = self.system.simulation()
        times = PEOPLE // IN_ARRAYS
        return [times * int(self.system.verdicts(simulation, name).sum()) for name in self.system.names]

    def __call__(self, times):
        for _ in range(times * PEOPLE // IN_ARRAYS):
            simulation = self.system.simulation()
            for name in self.system.names:
                self.system.verdicts(simulation, name).sum()
                simulation.delete_arrays(name)


@cache
def both(count):
    night, arrays = Night(count), Arrays(count)
    assert night.eligible() == arrays.eligible()
    return night, arrays


@benchmark("a million people × 1,000 programs in the database", against="OpenFisca, the same in arrays", reach=0.5)
def thousand(world):
    night, arrays = both(1000)
    return night.after(0), arrays


@benchmark("a million people × 1,000 programs, 1 % of them changed", against="OpenFisca, nobody changed")
def changed(world):
    night, arrays = both(1000)
    return night.after(0.01), arrays


@benchmark("a million people × 100 programs in the database", against="OpenFisca, the same in arrays")
def hundred(world):
    night, arrays = both(100)
    return night.after(0), arrays


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
