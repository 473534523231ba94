"""How many people fit each program, county by county: all people against all programs, inside the database.

One statement for all shares of all counties. It takes the planes of bits that are kept of each share (planes.py) and
works the network of all programs (bitmaps.py) over these strings, level by level, 64 people to a word. A million
people and a thousand programs are then some thousand operations on strings of a million bits instead of a thousand
million tests, and the shares are divided among as many workers as the database grants.
"""

from collections import defaultdict
from typing import NamedTuple

from django.db import connection, transaction

from programs import planes
from programs.bitmaps import EVERYBODY, NOBODY, Network
from programs.catalogue import vocabulary
from programs.compiled import PROGRAM_FACTS, without_grants
from programs.fact_table import TABLE, columns_for
from programs.queries import Sql, where
from programs.rounds import program_states
from programs.rules import facts_of

MOST_COLUMNS = 1500  # PostgreSQL takes 1,600 in a row
SETTINGS = {
    "work_mem": "256MB",
    "join_collapse_limit": "1",  # rows of one, joined as written: there is nothing to plan
    "from_collapse_limit": "1",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


class Count(NamedTuple):
    """One program and the people of one county; who neither fits nor surely does not could, once more is known."""

    program: str
    county: str
    eligible: int
    not_fitting: int
    total: int

    @property
    def could_be(self):
        return self.total - self.eligible - self.not_fitting


def count_all(programs, on, states=None, words=None):
    """[Count] for every program and every county in which people live, as of a day."""
    words = words or vocabulary()
    states = program_states(on) if states is None else states
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute(f"SET LOCAL {name} = '{value}'")
        worked = networks(list(programs), on, states, words) if programs else []
        planes.refresh(cursor, worked, on)
        totals, found = {}, {}
        for network in worked:
            totals = counted(cursor, network, found)
        put_right(cursor, found, programs, on, states, words)
    return [
        Count(program.code, county, *found[program.code, county], totals[county])
        for program in programs
        for county in sorted(totals)
    ]


def networks(programs, on, states, words):
    """One network, or several where one would need rows wider than the database has."""
    network = Network(
        programs, lambda one: columns_for(one, on, None, words), Sql(f"{TABLE}.prior_grants"), on, states, words
    )
    widest = max([len(network.planes), *(len(nodes) for nodes in network.needed().values())])
    if widest <= MOST_COLUMNS or len(programs) == 1:
        return [network]
    half = len(programs) // 2
    return networks(programs[:half], on, states, words) + networks(programs[half:], on, states, words)


def counted(cursor, network, found):
    """Fills in (program, county) -> [how many meet it, how many do not]; returns county -> how many live there."""
    cursor.execute(statement(network))
    places = {node: 1 + number for number, node in enumerate(roots_of(network))}
    sums = defaultdict(lambda: [0] * (1 + len(places)))
    for county, counts in cursor.fetchall():
        sums[county] = [one + more for one, more in zip(sums[county], counts, strict=True)]
    sums = {county: counts for county, counts in sums.items() if counts[0]}
    for program, pair in zip(network.programs, network.roots, strict=True):
        for county, counts in sums.items():
            found[program.code, county] = [counts[places[node]] for node in pair]
    return {county: counts[0] for county, counts in sums.items()}


# -- the statement ----------------------------------------------------------------------------------------------------
def statement(network):
    """For each share its county and an array: how many people, and how many of them in each root of the network.

    Each level is a row with a column for each node, reckoned from the rows before it; OFFSET 0 keeps the planner from
    putting the expressions into each other, so each node is reckoned once.
    """
    numbers = range(len(network.planes))
    kept = [
        f"(SELECT bits FROM {planes.PLANES} WHERE share_id = share.id AND name = '{name}') AS p{number}"  # noqa: S608
        for number, name in enumerate(planes.names(network))
    ]
    rows = [
        kept,
        ["everyone & ~everyone AS nobody", *(f"everyone & ~p{number} AS q{number}" for number in numbers)],
        *(
            [f"{joined(kind, parts)} AS {node}" for node, (kind, parts) in nodes.items()]
            for nodes in network.needed().values()
        ),
    ]
    levels = "".join(
        f" CROSS JOIN LATERAL (SELECT {', '.join(row)} OFFSET 0) AS level{number}"
        for number, row in enumerate(rows)  # noqa: S608
    )
    counts = ", ".join(f"bit_count({name_of(node)})" for node in [EVERYBODY, *roots_of(network)])
    return f"SELECT county, ARRAY[{counts}] FROM {planes.SHARES} AS share{levels}"  # noqa: S608


def roots_of(network):
    """Many programs share their verdicts' nodes; each is counted once."""
    return list(dict.fromkeys(node for pair in network.roots for node in pair))


def name_of(node):
    if isinstance(node, str):
        return node
    if node in (NOBODY, EVERYBODY):
        return "nobody" if node == NOBODY else "everyone"
    return f"p{node}" if node >= 0 else f"q{-node - 1}"


def joined(kind, parts):
    return (" & " if kind == "and" else " | ").join(map(name_of, sorted(parts, key=str)))


# -- people with earlier grants ---------------------------------------------------------------------------------------
def put_right(cursor, found, programs, on, states, words):
    """The network takes it that nobody has been granted anything; those who have are asked one program at a time."""
    asking = {program.code: program for program in programs if PROGRAM_FACTS & set(facts_of(program.gate))}
    for code in granted_programs(cursor, list(asking)):
        for county, *differences in differing(cursor, asking[code], on, states.get(code), words):
            sums = found[code, county]
            found[code, county] = [one + more for one, more in zip(sums, differences, strict=True)]


def granted_programs(cursor, codes):
    """Those of which somebody has a grant: one look into the index for each."""
    cursor.execute(
        f"SELECT code FROM unnest(%s::text[]) AS code WHERE EXISTS (SELECT FROM {TABLE} "  # noqa: S608
        "WHERE prior_grants @> jsonb_build_array(jsonb_build_object('program', code)))",
        [codes],
    )
    return [code for (code,) in cursor.fetchall()]


def differing(cursor, program, on, state, words):
    """(county, more who meet it, more who do not) by what this program has granted."""
    columns = columns_for(program, on, state, words)
    # What is still asked of earlier grants where there are none (the age at the first) is not known to the network.
    ungranted = {name: column for name, column in columns.items() if name not in PROGRAM_FACTS}
    fresh, real = where(without_grants(program).gate, ungranted, words), where(program.gate, columns, words)
    counted = ", ".join(
        f"count(*) FILTER (WHERE {answer}real) - count(*) FILTER (WHERE {answer}fresh)" for answer in ("", "NOT ")
    )
    query = (
        f"SELECT county, {counted} FROM (SELECT county, {fresh.text} AS fresh, {real.text} AS real FROM {TABLE} "  # noqa: S608
        "WHERE prior_grants @> jsonb_build_array(jsonb_build_object('program', %s::text))) AS asked GROUP BY county"
    )
    cursor.execute(query, [*fresh.parameters, *real.parameters, program.code])
    return cursor.fetchall()
