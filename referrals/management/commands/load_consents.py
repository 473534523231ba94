"""What the families of the demo world agreed to, and what was passed on. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from referrals.management.demo import consents
from referrals.models import Consent, ImpactAssessment


class Command(BaseCommand):
    help = "Load the consents of the demo world (only where PORTAL_DEMO is set)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        if Consent.objects.exists() or ImpactAssessment.objects.exists():
            return
        with transaction.atomic():
            consents.load()
        self.stdout.write(f"演示世界：{Consent.objects.count()} 份同意。")
