"""The table of fact sheets, kept in step by whoever knows the people. A sheet names nobody, so nobody is recorded."""

import json
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from programs.catalogue import vocabulary
from programs.fact_table import COLUMNS, TABLE, row_of
from programs.models import FactSheet

BATCH = 500
WRITTEN = ("area_code", "built_at", "local", *COLUMNS)


class Sheet(NamedTuple):
    """One person's facts (as Vocabulary.read gives them) under a random key that only its maker can resolve."""

    key: UUID
    area_code: str
    facts: Mapping


def put(sheets):
    """Write these sheets, new ones and those that stand under the same key; returns how many. The last one counts."""
    words, now, written = vocabulary(), timezone.now(), 0
    waiting = iter(sheets)
    with transaction.atomic():
        while batch := {sheet.key: sheet for sheet in islice(waiting, BATCH)}:
            rows = [
                {"key": one.key, "area_code": one.area_code, "built_at": now, **row_of(one.facts, words)}
                for one in batch.values()
            ]
            _write(rows)
            written += len(rows)
    return written


def _write(rows):
    """As one value, which the database takes apart: a row has some sixty columns, and each would be a parameter."""
    columns = ", ".join(("key", *WRITTEN))
    updates = ", ".join(f"{name} = excluded.{name}" for name in WRITTEN)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({columns}) SELECT {columns} "  # noqa: S608 - names of our own columns
            f"FROM jsonb_populate_recordset(NULL::{TABLE}, %s::jsonb) ON CONFLICT (key) DO UPDATE SET {updates}",
            [json.dumps(rows, default=str)],
        )


def drop(keys):
    """Forget these sheets; returns how many there were."""
    return FactSheet.objects.filter(pk__in=list(keys)).delete()[0]
