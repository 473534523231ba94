from django.core.management.base import BaseCommand

from portal.lib import catalogue


class Command(BaseCommand):
    help = "Writes the compiled English catalogue, without system gettext, when the source is newer."
    requires_system_checks = []

    def handle(self, **options):
        self.stdout.write("written" if catalogue.compile_() else "up to date")
