"""Referrals of the demo world, in every state and both ways. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from referrals.management.demo import filings, referrals, twelve
from referrals.models import Referral


class Command(DemoCommand):
    help = "Load the referrals of the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if Referral.objects.exists():
            return
        with transaction.atomic():
            referrals.load()
            twelve.load()
            filings.load()
        self.stdout.write(f"演示世界：{Referral.objects.count()} 份转介。")
