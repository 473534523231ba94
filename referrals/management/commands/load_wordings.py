"""The wordings that come with the program, for purposes that have none yet. Safe to run again."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand

from referrals.actions.wordings import load_wording

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "wordings.json"
VALID_FROM = date(2026, 1, 1)


class Command(BaseCommand):
    help = "Load the shipped wordings of consent."

    def handle(self, **options):
        entries = json.loads(SHIPPED.read_text())
        new = sum(load_wording(entry, VALID_FROM) for entry in entries)
        self.stdout.write(f"告知书：新装入 {new} 份。")
