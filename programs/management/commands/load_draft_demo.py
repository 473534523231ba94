"""Drafts and a local fact for the demo world. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from programs.management.demo import drafts


class Command(DemoCommand):
    help = "Load drafts (only where PORTAL_DEMO is set, after load_demo and load_catalogue)."

    def load(self, **options):
        with transaction.atomic():
            drafts.load()
