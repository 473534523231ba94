"""bin/bench [WORD…] [--size 10000] [--people N] [--referrals N] [--rounds 9]: what has a word in its name, or all.

Servers and the database come first, because Django reads at its start where they are.
"""

import argparse
import os
import sys

import django
import psycopg

from portal.lib import embedded


def main(arguments=None) -> int:
    options = parse(arguments)
    os.environ.setdefault("PORTAL_VAR", str(embedded.BASE_DIR / "var" / "bench"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    for name in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "PORTAL_PRODUCTION"):
        os.environ.pop(name, None)
    try:
        with embedded.servers():
            os.environ["DATABASE_URL"] = make_database(options.size, options.referrals)
            django.setup()
            from portal.bench import run  # needs the settings

            return run.run(options)
    except embedded.ServerTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bin/bench", description="测量速度：每一项都与同时测得的下限或同类对照。")
    parser.add_argument("words", nargs="*", help="只测名称含这些字的项目")
    parser.add_argument("--size", type=int, default=10_000, help="数据规模，默认一万；各规模分别建库并保留")
    parser.add_argument("--people", type=int, help="困难群众人数，默认与数据规模相同；一百万人约需十几分钟造出来")
    parser.add_argument("--referrals", type=int, help="转介数量，另建一库；一百万件约需十几分钟造出来")
    parser.add_argument("--rounds", type=int, default=9, help="每项轮数，默认 9")
    return parser.parse_args(arguments)


def make_database(size: int, referrals: int | None = None) -> str:
    """A database of this size's own. One that was given up half-way carries no note (data.py) and is made anew."""
    name, run = f"bench_{size}" + (f"_{referrals}" if referrals else ""), embedded.run_dir()
    with psycopg.connect(host=str(run), user="portal", dbname="postgres", autocommit=True) as connection:
        note = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
        if not (note and note[0]):
            connection.execute(f"drop database if exists {name}")
            connection.execute(f"create database {name}")
    return f"postgresql://portal@/{name}?host={run}"


if __name__ == "__main__":
    sys.exit(main())
