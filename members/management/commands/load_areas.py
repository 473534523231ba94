"""The shipped list of divisions down to the county. May run again at any time; a few seconds."""

import csv
import datetime
from pathlib import Path

from django.core.management.base import BaseCommand

from members.actions.areas import load_areas

DATA = Path(__file__).resolve().parent.parent.parent / "data"
SOURCE = "china-division 2.7.0（MIT，国家统计局 2023 年区划代码，截至 2023-06-30）"


class Command(BaseCommand):
    help = "Loads the divisions of the country down to the county (GB/T 2260), as shipped."

    def handle(self, *args, **options):
        rows = [(row["code"], row["name"]) for row in read("areas.csv")]
        former = [
            (row["code"], row["name"], row["successor"], datetime.date.fromisoformat(row["last_listed"]))
            for row in read("areas_former.csv")
        ]
        counts = load_areas(rows, former, SOURCE)
        self.stdout.write("{new} new, {changed} changed, {same} as before, {ended} former".format(**counts))


def read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))
