"""Invented funds with a year of lines for the demo world. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from programs.management.demo import funds


class Command(DemoCommand):
    help = "Load invented funds (only where PORTAL_DEMO is set, after load_demo and load_catalogue)."

    def load(self, **options):
        with transaction.atomic():
            funds.load()
