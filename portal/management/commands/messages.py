from django.core.management.base import BaseCommand

from portal.lib import catalogue


class Command(BaseCommand):
    help = "Brings portal/locale/en up to date with the strings of the source; says what still lacks words."
    requires_system_checks = []

    def handle(self, **options):
        missing = catalogue.missing(catalogue.update())
        for message in missing:
            self.stdout.write(str(message))
        self.stdout.write(f"{len(missing)} entries lack words; fill them in {catalogue.ENGLISH}")
