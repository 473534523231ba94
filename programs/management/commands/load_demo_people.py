"""The nameless people of the demo world, and last night's count of whom they fit. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from programs.actions.fits import count_fits
from programs.management.commands.load_facts import load
from programs.management.demo.people import entries
from programs.models import FactSheet


class Command(BaseCommand):
    help = "Load the demo world's nameless people (only where PORTAL_DEMO is set)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        if not FactSheet.objects.exists():
            load(entries(), source="demo")
            count_fits()
        self.stdout.write("演示世界的人已在册。")
