"""Invented offers, wishes and activities for the demo world. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from programs.management.demo import supply


class Command(DemoCommand):
    help = "Load invented offers, wishes and activities (only where PORTAL_DEMO is set, after load_demo)."

    def load(self, **options):
        with transaction.atomic():
            supply.load()
