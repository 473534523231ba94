"""Papers of some families of the demo world, as invented scans. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from referrals.management.demo import documents
from referrals.models import Document


class Command(DemoCommand):
    help = "Load papers of the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if Document.objects.exists():
            return
        with transaction.atomic():
            documents.write()
        self.stdout.write(f"演示世界：{Document.objects.count()} 份材料。")
