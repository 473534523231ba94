"""Commands that fill the demo world."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class DemoCommand(BaseCommand):
    """Invents nothing where real people are kept: what it does stands in `load`."""

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        self.load(**options)
