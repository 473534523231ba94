"""Lists on their way into the records of the demo world, and its exchange with platforms. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from referrals.management.demo import imports
from referrals.models import PeopleImport, Person


class Command(BaseCommand):
    help = "Load the lists of the demo world (only where PORTAL_DEMO is set)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        if PeopleImport.objects.exists() or not Person.objects.exists():
            return
        with transaction.atomic():
            imports.load()
        self.stdout.write(f"演示世界：{PeopleImport.objects.count()} 份名单。")
