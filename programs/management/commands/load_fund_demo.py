"""Invented funds with a year of lines for the demo world. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from programs.management.demo import funds


class Command(BaseCommand):
    help = "Load invented funds (only where PORTAL_DEMO is set, after load_demo and load_catalogue)."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("演示数据只能载入演示环境：请设置 PORTAL_DEMO=1，且不要设置 PORTAL_PRODUCTION。")
        with transaction.atomic():
            funds.load()
