"""bin/bench [WORD…] [--size 10000] [--people N] [--referrals N …] [--rounds 9]: what has a word in its name, or all.

Servers and the database come first, because Django reads at its start where they are.
"""

import argparse
import os
import sys

import django

from portal.bench import databases
from portal.lib import embedded


def main(arguments=None) -> int:
    options = parse(arguments)
    os.environ.setdefault("PORTAL_VAR", str(embedded.BASE_DIR / "var" / "bench"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    for name in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "PORTAL_PRODUCTION"):
        os.environ.pop(name, None)
    try:
        with embedded.servers():
            for referrals in options.referrals:
                # The largest comes last, and is the one that everything else is measured in.
                os.environ["DATABASE_URL"] = databases.make(options.size, referrals)
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
    parser.add_argument(
        "--referrals", type=int, nargs="+", default=[], help="转介数量，每个数量另建一库；一百万件约需二十分钟造出来"
    )
    parser.add_argument("--rounds", type=int, default=9, help="每项轮数，默认 9")
    options = parser.parse_args(arguments)
    options.referrals = sorted(options.referrals) or [None]
    return options


if __name__ == "__main__":
    sys.exit(main())
