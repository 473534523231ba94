"""The demo world: one city of invented people in units named after their place. Safe to run again."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.management.demo import accounts, events, units
from members.models import Area
from portal.lib import embedded


class Command(BaseCommand):
    help = "Load the demo world (only where PORTAL_DEMO is set)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        if not Area.objects.filter(code=units.CITY).exists():
            call_command("load_areas", verbosity=0)
        with transaction.atomic():
            made = units.load()
            accounts.load(made)
            events.load(made)
        (embedded.var_dir() / "demo_accounts").write_text(accounts.table())
        self.stdout.write(f"演示世界：{len(made)} 个单位，{len(accounts.ACCOUNTS)} 个账户。")
