"""Lists on their way into the records of the demo world, and its exchange with platforms. Safe to run again."""

from django.db import transaction

from portal.lib.demo import DemoCommand
from referrals.management.demo import imports
from referrals.models import PeopleImport, Person


class Command(DemoCommand):
    help = "Load the lists of the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if PeopleImport.objects.exists() or not Person.objects.exists():
            return
        with transaction.atomic():
            imports.load()
        self.stdout.write(f"演示世界：{PeopleImport.objects.count()} 份名单。")
