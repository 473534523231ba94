"""What stored files nothing leads to; removed only when asked."""

from django.core.management.base import BaseCommand, CommandError

from portal import stored_files


class Command(BaseCommand):
    help = "Counts stored files that no row names and that are older than a day; --delete removes them."

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="remove them")
        parser.add_argument("--even-many", action="store_true", help="also when they are more than one file in ten")

    def handle(self, **options):
        if not options["delete"]:
            found, number = stored_files.orphans()
            self.stdout.write(f"{len(found)} of {number} stored files have no row. Nothing was removed (--delete).")
            return
        try:
            self.stdout.write(f"{stored_files.clean(even_many=options['even_many'])} stored files removed.")
        except stored_files.TooMany as many:
            raise CommandError(f"{many} Nothing was removed (--even-many).") from many
