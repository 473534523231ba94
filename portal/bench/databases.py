"""The databases of the measurements: one for each size, kept. Known before Django reads where its database is."""

import psycopg

from portal.lib import embedded


def name_of(size: int, referrals: int | None = None) -> str:
    return f"bench_{size}" + (f"_{referrals}" if referrals else "")


def make(size: int, referrals: int | None = None) -> str:
    """Its address. One that was given up half-way carries no note (data.py) and is made anew."""
    name, run = name_of(size, referrals), embedded.run_dir()
    with psycopg.connect(host=str(run), user="portal", dbname="postgres", autocommit=True) as connection:
        note = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
        if not (note and note[0]):
            connection.execute(f"drop database if exists {name}")
            connection.execute(f"create database {name}")
    return f"postgresql://portal@/{name}?host={run}"
