"""Leads, needs, visits and checks of the demo world. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from referrals import screening
from referrals.management.demo import field_work
from referrals.models import Lead, Need


class Command(DemoCommand):
    help = "Load leads, needs, visits and checks of the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if Need.objects.exists() or Lead.objects.exists():
            return
        with transaction.atomic():
            field_work.write()
            # What the clock would count only tonight.
            screening.find_unaided()
        self.stdout.write(f"演示世界：{Lead.objects.count()} 条线索，{Need.objects.count()} 项需求。")
