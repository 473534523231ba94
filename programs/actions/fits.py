"""The nightly count of all people against all programs."""

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from members import audit
from portal.lib import api
from programs import all_pairs, catalogue, reverse
from programs.models import Program, ProgramFit

LOCK = 5_207_104  # names this count among advisory locks
# So many texts a day the outsiders of one unit may try on the people of their area, all of them together: with many
# more, steps of five tell of one person.
MOST_TEXTS = 60
DAY = 24 * 60 * 60


def count_fits(on=None):
    """Count anew for every program in force, in place of what was counted before; returns how many rows.

    Two at once do no harm: the second waits for nothing and leaves it to the first. Twice in a row counts twice.
    """
    on, is_outermost = on or timezone.localdate(), not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            # Sheets are written meanwhile; all that is kept and counted is to tell of one moment.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        rows = rows_on(on)
        ProgramFit.objects.all().delete()
        ProgramFit.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def record_view(actor, program, on, number):
    """Somebody looked at who fits a program: the day, and how many rows of the list were shown."""
    changes = {"on": [None, on.isoformat()], "rows": [None, number]}
    audit.record(actor, "fit.view", program, organization=actor.organization, changes=changes)


def may_count(actor, version):
    """May this person have counted now what this text would change? Recorded once a day for each text."""
    if reverse.reach(actor) == []:
        return False
    key = f"effects:{actor.pk}:{version.checksum}"
    if cache.get(key):
        return True
    if reverse.is_outsider(actor) and api.count(f"effects:{actor.organization_id}", f"{MOST_TEXTS}/{DAY}"):
        return False
    cache.set(key, 1, DAY)
    audit.record(
        actor, "fit.count", version.program, organization=actor.organization,
        changes={"version": [None, version.number]},
    )  # fmt: skip
    return True


def rows_on(on):
    programs, now = catalogue.current_units(on), timezone.now()
    keys = dict(Program.objects.filter(code__in=[one.code for one in programs]).values_list("code", "pk"))
    return [
        ProgramFit(
            program_id=keys[one.program], county=one.county, eligible=one.eligible, could_be=one.could_be,
            total=one.total, counted_at=now,
        )
        for one in all_pairs.count_all(programs, on)
    ]  # fmt: skip
