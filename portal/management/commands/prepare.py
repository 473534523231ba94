"""Bring everything to the state the code wants: catalogues, static files, database, areas, and, in a demo, its world.

bin/up runs it at every start, a deployment once for each new version; what is done already takes no time.
"""

import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

# Reference data that comes with the program; what people have changed since stays as they left it.
SHIPPED = ("load_areas", "load_calendar", "load_policies", "load_profiles", "load_wordings")


class Command(BaseCommand):
    help = "Migrate, collect static files, compile catalogues, load areas and, in a demo, its world."

    def add_arguments(self, parser):
        parser.add_argument("--empty", action="store_true", help="no demo world")

    def handle(self, *, empty, **options):
        quietly("compile_messages")
        collect_static()
        quietly("migrate", interactive=False)
        for name in SHIPPED:
            quietly(name)
        if settings.DEMO and not empty:
            quietly("load_demo")
            quietly("load_catalogue")
            quietly("load_people")
            quietly("load_consents")
            quietly("load_field_work")
            quietly("load_documents")
            quietly("load_imports")
            quietly("load_supply_demo")
            quietly("load_fund_demo")
            quietly("load_draft_demo")
            quietly("load_referrals")


def quietly(name, **options):
    """One of our steps, without its own words; a step this installation lacks is no step."""
    if name in get_commands():
        call_command(name, verbosity=0, stdout=io.StringIO(), **options)


def collect_static():
    """Only when a file is another: naming files by content and compressing them takes longer than all the rest."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    state = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            found = Path(storage.path(path)).stat()
            state.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return
    quietly("collectstatic", interactive=False, clear=True)
    stamp.write_text(state.hexdigest())
