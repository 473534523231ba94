"""Leads, needs, visits and checks of the demo world. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from referrals.management.demo import field_work
from referrals.models import Lead, Need


class Command(BaseCommand):
    help = "Load leads, needs, visits and checks of the demo world (only where PORTAL_DEMO is set)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        if Need.objects.exists() or Lead.objects.exists():
            return
        with transaction.atomic():
            field_work.write()
        self.stdout.write(f"演示世界：{Lead.objects.count()} 条线索，{Need.objects.count()} 项需求。")
