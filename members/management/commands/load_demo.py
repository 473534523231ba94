"""The demo world: one city of invented people in units named after their place. Safe to run again."""

from django.core.management import call_command
from django.db import transaction

from members.management.demo import accounts, events, units
from members.models import Area
from portal.lib import embedded
from portal.lib.demo import DemoCommand


class Command(DemoCommand):
    help = "Load the demo world (only where PORTAL_DEMO is set)."

    def load(self, **options):
        if not Area.objects.filter(code=units.CITY).exists():
            call_command("load_areas", verbosity=0)
        with transaction.atomic():
            made = units.load()
            accounts.load(made)
            events.load(made)
        (embedded.var_dir() / "demo_accounts").write_text(accounts.table())
        self.stdout.write(f"演示世界：{len(made)} 个单位，{len(accounts.ACCOUNTS)} 个账户。")
