"""What the families of the demo world agreed to, and what was passed on. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from referrals.management.demo import consents
from referrals.models import Consent, ImpactAssessment


class Command(DemoCommand):
    help = "Load the consents of the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if Consent.objects.exists() or ImpactAssessment.objects.exists():
            return
        with transaction.atomic():
            consents.load()
        self.stdout.write(f"演示世界：{Consent.objects.count()} 份同意。")
