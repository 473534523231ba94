"""How many people fit each program, county by county: all people against all programs, inside the database.

One prepared statement for all counties. It sorts a county's people into planes of bits (bitmaps.py), 64 people to a
word, and works the network of all programs over these strings, level by level; a level is one row with a column for
each node. A million people and a thousand programs are then some thousand operations on strings of a million bits
instead of a thousand million tests.
"""

from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import connection, transaction
from psycopg import sql

from programs.bitmaps import EVERYBODY, NOBODY, Flag, Members, Network
from programs.catalogue import vocabulary
from programs.compiled import PROGRAM_FACTS, without_grants
from programs.fact_table import TABLE, columns_for
from programs.queries import Sql, where
from programs.rounds import program_states
from programs.rules import facts_of

MOST_PEOPLE = 65_536  # in one string: it stays in the processor's cache, and a large county in bounded memory
MOST_COLUMNS = 1500  # PostgreSQL takes 1,600 in a row
SETTINGS = {
    "work_mem": "256MB",
    "join_collapse_limit": "1",  # rows of one, joined as written: there is nothing to plan
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}
PEOPLE = f"{TABLE}.county = $1 AND {TABLE}.key BETWEEN $2 AND $3"


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
        counties = counties_of(cursor)
        found = {}
        for network in networks(list(programs), on, states, words) if programs else ():
            found |= counted(cursor, network, counties)
        put_right(cursor, found, programs, on, states, words)
    totals = dict(counties)
    codes = [program.code for program in programs]
    return [Count(code, county, *found[code, county], totals[county]) for code in codes for county in totals]


def counties_of(cursor):
    cursor.execute(f"SELECT county, count(*) FROM {TABLE} GROUP BY county ORDER BY county")  # noqa: S608
    return cursor.fetchall()


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


def counted(cursor, network, counties):
    """(program, county) -> [how many meet it, how many do not]."""
    name = f"all_pairs_{uuid4().hex}"  # a name left behind by a run that failed stands in nobody's way
    cursor.execute(f"PREPARE {name} (text, uuid, uuid) AS " + inlined(statement(network)))
    found = {}
    for county, people in counties:
        sums = [0] * (2 * len(network.programs))
        for first, last in shares(people):
            cursor.execute(f"EXECUTE {name} ('{county}', '{first}', '{last}')")
            sums = [one + more for one, more in zip(sums, cursor.fetchone()[0], strict=True)]
        for number, program in enumerate(network.programs):
            found[program.code, county] = sums[2 * number : 2 * number + 2]
    cursor.execute(f"DEALLOCATE {name}")
    return found


def shares(people):
    """The keys of a county in equal shares, so that none has too many people."""
    number = -(-people // MOST_PEOPLE)
    ends = [(1 << 128) * place // number for place in range(number + 1)]
    return [(UUID(int=first), UUID(int=after - 1)) for first, after in zip(ends, ends[1:], strict=False)]


def inlined(statement):
    """With its values as literals: what is prepared takes no parameters but its own."""
    texts = statement.text.split("%s")
    values = [sql.Literal(value).as_string(connection.connection) for value in statement.parameters]
    return "".join(part for pair in zip(texts, [*values, ""], strict=True) for part in pair)


# -- the statement ----------------------------------------------------------------------------------------------------
def statement(network):
    """An array with two numbers for each program: who meets it, who does not."""
    words = words_sql(network)
    names = ["everyone", *(f"p{number}" for number in range(len(network.planes)))]
    bits = "('x' || encode(string_agg(int8send(coalesce({0}, 0)), ''::bytea), 'hex'))::varbit AS {0}"
    opposites = [f"everyone & ~p{number} AS q{number}" for number in range(len(network.planes))]
    steps = [
        f"words AS ({words.text})",
        f"planes AS MATERIALIZED (SELECT {', '.join(map(bits.format, names))} "  # noqa: S608
        "FROM (SELECT * FROM words ORDER BY block) AS ordered)",
        f"level0 AS MATERIALIZED (SELECT {', '.join(['everyone & ~everyone AS nobody', *opposites])} FROM planes)",  # noqa: S608
    ]
    levels = network.needed()
    home = {node: level for level, nodes in levels.items() for node in nodes}
    for level, nodes in levels.items():
        given = ", ".join(f"{joined(kind, parts)} AS {node}" for node, (kind, parts) in nodes.items())
        used = {part for _kind, parts in nodes.values() for part in parts}
        steps.append(f"level{level} AS MATERIALIZED (SELECT {given} FROM {rows_of(used, home)})")  # noqa: S608
    roots = [node for pair in network.roots for node in pair]
    counts = ", ".join(f"coalesce(bit_count({name_of(node)}), 0)" for node in roots)
    text = f"WITH {', '.join(steps)} SELECT ARRAY[{counts}] FROM {rows_of(set(roots), home)}"  # noqa: S608
    return Sql(text, words.parameters)


def words_sql(network):
    """A row for every 64 people, each plane a word of 64 bits."""
    columns = list(network.columns.values())
    numbers = {id(column): number for number, column in enumerate(columns)}
    asked = [column.code() for column in columns]
    place = "(row_number() OVER () - 1)"
    codes = ", ".join(f"{one.text} AS c{number}" for number, one in enumerate(asked))
    people = (
        f"SELECT {place} >> 6 AS block, 1::bigint << (63 - ({place} & 63)::int) AS b, {codes} "  # noqa: S608
        f"FROM {TABLE} WHERE {PEOPLE}"
    )
    planes = [in_plane(column, part, f"c{numbers[id(column)]}") for column, part in network.planes]
    words = ", ".join(f"bit_or(b) FILTER (WHERE {one.text}) AS p{number}" for number, one in enumerate(planes))
    return Sql(
        f"SELECT block, bit_or(b) AS everyone, {words} FROM ({people}) AS people GROUP BY block",  # noqa: S608
        tuple(value for one in (*planes, *asked) for value in one.parameters),
    )


def in_plane(column, part, name):
    if isinstance(column, Flag):
        return Sql(name if part else f"NOT {name}")
    if isinstance(column, Members):
        return Sql(f"{name} IS NOT NULL") if part is None else Sql(f"{name} @> ARRAY[%s::text]", (part,))
    return Sql(f"{name} & {1 << part} <> 0")


def name_of(node):
    if isinstance(node, str):
        return node
    if node in (NOBODY, EVERYBODY):
        return "nobody" if node == NOBODY else "everyone"
    return f"p{node}" if node >= 0 else f"q{-node - 1}"


def joined(kind, parts):
    return (" & " if kind == "and" else " | ").join(map(name_of, sorted(parts, key=str)))


def rows_of(parts, home):
    levels = sorted({home[part] for part in parts if part in home})
    return " CROSS JOIN ".join(["planes", "level0", *(f"level{level}" for level in levels)])


# -- people with earlier grants ---------------------------------------------------------------------------------------
def put_right(cursor, found, programs, on, states, words):
    """The network takes it that nobody has been granted anything; those who have are asked one program at a time."""
    granted = granted_programs(cursor)
    for program in programs:
        if program.code in granted and PROGRAM_FACTS & set(facts_of(program.gate)):
            for county, *differences in differing(cursor, program, on, states.get(program.code), words):
                sums = found[program.code, county]
                found[program.code, county] = [one + more for one, more in zip(sums, differences, strict=True)]


def granted_programs(cursor):
    cursor.execute(
        f"SELECT DISTINCT one->>'program' FROM {TABLE}, jsonb_array_elements(prior_grants) AS one "  # noqa: S608
        "WHERE prior_grants <> '[]'"
    )
    return {code for (code,) in cursor.fetchall()}


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
