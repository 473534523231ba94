"""The twelve programs of the annex into the database, in force since the notice. Safe to run again."""

import re
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from members.models import Organization, PolicyDocument
from programs.actions.programs import load_program
from programs.catalogue import written
from programs.models import Program

# The notice whose annex the catalogue is (data/catalogue.json says the same in words).
POLICY = "jixi"
VALID_FROM = date(2024, 7, 12)


class Command(BaseCommand):
    help = "Load the shipped catalogue. Managing units are found by their names, or as --organization says."

    def add_arguments(self, parser):
        parser.add_argument(
            "--organization", action="append", default=[], metavar="NAME=CODE",
            help="the unit that stands for a printed name, by its code; may be given several times",
        )  # fmt: skip

    def handle(self, *, organization, **options):
        mapping = self.mapping(organization)
        entries = written()["programs"]
        units = {name: self.unit(name, mapping) for name in dict.fromkeys(entry["unit"] for entry in entries)}
        if missing := [name for name, unit in units.items() if unit is None]:
            raise CommandError(
                f"找不到主管单位：{'、'.join(missing)}。请先登记，或用 --organization 名称=单位编码 指定。"
            )
        policies = list(PolicyDocument.objects.filter(shipped_as=POLICY))
        new = 0
        for position, entry in enumerate(entries, start=1):
            parent = Program.objects.filter(code=entry["parent"]).first() if entry.get("parent") else None
            new += load_program(
                entry, units[entry["unit"]], VALID_FROM, parent=parent, position=position * 10, policies=policies
            )
        self.stdout.write(f"项目目录：新装入 {new} 个。")

    @staticmethod
    def mapping(pairs):
        mapping = {}
        for pair in pairs:
            name, equals, code = pair.partition("=")
            if not equals:
                raise CommandError(f"{pair}：应当写成 名称=单位编码。")
            mapping[name.strip()] = code.strip()
        return mapping

    @staticmethod
    def unit(printed, mapping):
        """By the mapping, or by the printed name without what stands in brackets behind it (经办)."""
        name = re.sub(r"（.*?）$", "", printed)
        units = Organization.objects.select_related("area")
        if code := mapping.get(printed) or mapping.get(name):
            return units.filter(code=code).first()
        return units.filter(name=name).order_by("pk").first()
