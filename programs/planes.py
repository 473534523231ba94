"""The planes of bits under the nightly count: kept in the database, and kept true to the fact sheets.

A county's sheets stand in shares of some thousand, each sheet at a place of its own; a plane is a string with one bit
a place, under a name that is a digest of the SQL that asks for it. So a plane says the same as long as its name and
its sheets stay: another program, another fact or another bound asks under another name, and what nobody asks for any
more goes. Which sheets were written since is noted by triggers (models/fact_sheets.py), and whoever had a birthday
since counts as written: of those only the bits are made anew. Newcomers get a share of their own; where much has
changed, or shares have become many, the county is divided anew.

refresh() belongs into a transaction that sees one state of the database throughout (actions/fits.py).
"""

# ruff: noqa: S608 - what is put together are names of ours; values are parameters or literals made by psycopg

import hashlib
from collections import defaultdict
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import connection
from psycopg import sql

from programs.bitmaps import Flag, Members
from programs.fact_table import TABLE
from programs.models import FactPlane, FactShare, FactSheetChange
from programs.queries import Sql

SHARES, PLANES, CHANGES = (model._meta.db_table for model in (FactShare, FactPlane, FactSheetChange))
MOST_PEOPLE = 8192  # in a share: a plane of a kilobyte stays in the processor's cache and out of TOAST
MOST_CHANGED = 5  # per cent of a county's people; beyond them it is cheaper to make all planes anew
MOST_DAYS = 14  # as many birthdays pass in them as sheets may change


def refresh(cursor, networks, on):
    """Bring the planes up to the sheets as they are, and make those that the networks need and nobody has kept."""
    needed = {name: plane for network in networks for name, plane in zip(names(network), network.planes, strict=True)}
    cursor.execute(f"DELETE FROM {PLANES} WHERE name <> ALL(%s)", [list(needed)])
    pass_days(cursor, on)
    with Maker(cursor, needed, only_changed=True) as patch:
        for county, keys in changes(cursor):
            if keys is None:
                divide(cursor, county, on)
            else:
                patch_county(cursor, patch, county, keys, on)
    make_missing(cursor, needed)


def pass_days(cursor, on):
    """Ages change with birthdays: whoever had one since the planes were made is told among the changes."""
    cursor.execute(f"SELECT min(day), max(day) FROM {SHARES}")
    since, last = cursor.fetchone()
    if since == last == on or since is None:
        return
    if last > on or (on - since).days > MOST_DAYS:
        cursor.execute(f"DELETE FROM {PLANES}")
    else:
        # For some programs a year counts from the day after; who was born on 29 February may wait for 1 March.
        days = [since + timedelta(number - 1) for number in range((on - since).days + 2)]
        birthdays = {day.month * 100 + day.day for day in days} | {229 for day in days if day.month == 3}
        cursor.execute(
            f"INSERT INTO {CHANGES} (county, key) SELECT county, key FROM {TABLE} "
            "WHERE extract(month FROM birth_date) * 100 + extract(day FROM birth_date) = ANY(%s)",
            [list(birthdays)],
        )
    cursor.execute(f"UPDATE {SHARES} SET day = %s", [on])


def changes(cursor):
    """(county, the keys written there, or None where it is to be divided anew), each told once."""
    cursor.execute(
        f"WITH told AS (DELETE FROM {CHANGES} RETURNING county, key), "
        "changed AS (SELECT county, array_agg(DISTINCT key) AS keys FROM told GROUP BY county), "
        "kept AS (SELECT county, count(*) AS shares, sum(bit_count(everyone)) AS people "
        f"FROM {SHARES} GROUP BY county) "
        "SELECT county, "
        "CASE WHEN cardinality(keys) * 100 <= people * %s AND shares <= 2 + 2 * people / %s THEN keys END "
        "FROM changed LEFT JOIN kept USING (county)",
        [MOST_CHANGED, MOST_PEOPLE],
    )
    return cursor.fetchall()


def divide(cursor, county, on):
    """All sheets of a county in new shares, without planes."""
    cursor.execute(f"DELETE FROM {PLANES} WHERE share_id IN (SELECT id FROM {SHARES} WHERE county = %s)", [county])
    cursor.execute(f"DELETE FROM {SHARES} WHERE county = %s", [county])
    add_shares(cursor, county, on)


def add_shares(cursor, county, on, only="TRUE", parameters=()):
    cursor.execute(
        f"INSERT INTO {SHARES} (county, day, keys, everyone) SELECT county, %s, array_agg(key ORDER BY key), "
        "rpad(repeat('1', count(*)::int), (count(*)::int + 63) / 64 * 64, '0')::varbit "
        f"FROM (SELECT county, key, (row_number() OVER (ORDER BY key) - 1) / {MOST_PEOPLE} AS share FROM {TABLE} "
        f"WHERE county = %s AND {only}) AS people GROUP BY county, share",
        [on, county, *parameters],
    )


def patch_county(cursor, patch, county, keys, on):
    cursor.execute(f"SELECT id FROM {SHARES} WHERE county = %s", [county])
    for (share,) in cursor.fetchall():
        patch(share, keys)
    newcomers = f"key = ANY(%s) AND key NOT IN (SELECT unnest(keys) FROM {SHARES} WHERE county = %s)"
    add_shares(cursor, county, on, newcomers, [keys, county])


def make_missing(cursor, needed):
    """Shares that lack the same planes get them from the same statement."""
    cursor.execute(f"SELECT id, ARRAY(SELECT name FROM {PLANES} WHERE share_id = {SHARES}.id) FROM {SHARES}")
    lacking = defaultdict(list)
    for share, kept in cursor.fetchall():
        lacking[frozenset(needed.keys() - kept)].append(share)
    for missing, shares in lacking.items():
        if missing:
            with Maker(cursor, {name: needed[name] for name in missing}) as make:
                for share in shares:
                    make(share)


# -- the statement ----------------------------------------------------------------------------------------------------
class Maker:
    """A prepared statement that makes these planes of a share; or their bits for sheets that have changed."""

    def __init__(self, cursor, planes, *, only_changed=False):
        self.cursor, self.planes, self.only_changed = cursor, planes, only_changed
        self.name = None

    def __enter__(self):
        return self

    def __exit__(self, failure, *_more):
        if self.name and not failure:
            self.cursor.execute(f"DEALLOCATE {self.name}")

    def __call__(self, share, keys=None):
        if self.name is None:
            self.name = f"planes_{uuid4().hex}"  # one left behind by a run that failed stands in nobody's way
            self.cursor.execute(f"PREPARE {self.name} (bigint, uuid[]) AS {self.statement()}")
        self.cursor.execute(f"EXECUTE {self.name} (%s, %s)", [share, keys])

    def statement(self):
        numbers = range(len(self.planes))
        bits = "('x' || encode(string_agg(int8send(coalesce({0}, 0)), ''::bytea), 'hex'))::varbit AS {0}"
        made = ", ".join(bits.format(name) for name in ["changed", "there", *(f"p{number}" for number in numbers)])
        named = ", ".join(f"('{name}'::uuid, p{number})" for number, name in enumerate(self.planes))
        steps = (
            f"WITH share AS MATERIALIZED (SELECT id, county, keys || '{{}}' AS keys, length(everyone) AS length "
            f"FROM {SHARES} WHERE id = $1), words AS ({inlined(self.words())}), "
            f"made AS MATERIALIZED (SELECT {made} FROM (SELECT words.* FROM share, "
            "generate_series(0, length / 64 - 1) AS block LEFT JOIN words USING (block) ORDER BY block) AS ordered), "
            f"named AS (SELECT name, bits, changed FROM made, LATERAL (VALUES {named}) AS one (name, bits)) "
        )
        if not self.only_changed:
            return steps + f"INSERT INTO {PLANES} (share_id, name, bits) SELECT $1, name, bits FROM named"
        return (
            f"{steps}, known AS (UPDATE {SHARES} SET everyone = everyone & ~changed | there FROM made WHERE id = $1) "
            f"UPDATE {PLANES} AS kept SET bits = kept.bits & ~changed | named.bits FROM named "
            "WHERE kept.share_id = $1 AND kept.name = named.name"
        )

    def words(self):
        """A row for every 64 places, each plane a word of 64 bits."""
        columns = list({id(column): column for column, _part in self.planes.values()}.values())
        places = {id(column): f"c{number}" for number, column in enumerate(columns)}
        asked = [column.code() for column in columns]
        codes = ", ".join(f"{code.text} AS c{number}" for number, code in enumerate(asked))
        chosen = "JOIN unnest($2) AS changed (key) USING (key)" if self.only_changed else ""
        people = (
            "SELECT (place - 1) >> 6 AS block, 1::bigint << (63 - ((place - 1) & 63)::int) AS b, "
            f"{TABLE}.key IS NOT NULL AS is_there, {codes} FROM share "
            f"CROSS JOIN unnest(share.keys) WITH ORDINALITY AS one (key, place) {chosen} "
            f"LEFT JOIN {TABLE} ON {TABLE}.key = one.key AND {TABLE}.county = share.county "
            "OFFSET 0"  # each code is worked out once, not once for each plane
        )
        planes = [in_plane(column, part, places[id(column)]) for column, part in self.planes.values()]
        words = ", ".join(f"bit_or(b) FILTER (WHERE {one.text}) AS p{number}" for number, one in enumerate(planes))
        return Sql(
            "SELECT block, bit_or(b) AS changed, bit_or(b) FILTER (WHERE is_there) AS there, "
            f"{words} FROM ({people}) AS people GROUP BY block",
            tuple(value for one in (*planes, *asked) for value in one.parameters),
        )


def in_plane(column, part, code):
    """Whether somebody has a bit in a plane, from the code of the column."""
    if isinstance(column, Flag):
        return Sql(code if part else f"NOT {code}")
    if isinstance(column, Members):
        return Sql(f"{code} IS NOT NULL") if part is None else Sql(f"{code} @> ARRAY[%s::text]", (part,))
    return Sql(f"{code} & {1 << part} <> 0")


def names(network):
    """The planes' names, in their order. Ages go by the same name on every day: pass_days() sees to them."""
    today, codes = f"DATE '{network.on.isoformat()}'", {}
    for slot, column in network.columns.items():
        code = inlined(column.code())
        codes[id(column)] = code.replace(today, "DATE 'today'") if slot[0] == "age_years" else code
    asked = (f"{codes[id(column)]}\0{inlined(in_plane(column, part, 'code'))}" for column, part in network.planes)
    return [UUID(bytes=hashlib.sha256(one.encode()).digest()[:16]) for one in asked]


def inlined(statement):
    """With its values as literals: what is prepared takes no parameters but its own."""
    texts = statement.text.split("%s")
    values = [sql.Literal(value).as_string(connection.connection) for value in statement.parameters]
    return "".join(part for pair in zip(texts, [*values, ""], strict=True) for part in pair)
