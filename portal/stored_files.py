"""Which stored files (portal.lib.uploads) a row of any app names, and the removal of those that none names.

A file is stored before its row is written and deleted after its row is gone; what dies in between leaves a file that
nothing leads to. Such a file is removed when it is a day old: until then its row may still be on its way. When there
are many of them, something else is wrong (another database, a backup from before), and the clock removes none.
"""

import logging
from datetime import timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import CharField
from django.utils import timezone

from members import audit
from portal.lib import uploads

logger = logging.getLogger("portal.stored_files")
YOUNG = timedelta(days=1)
# More orphans than these, and more than one file in ten, are not cleaned up without somebody's word.
FEW = 20
KEY_LENGTH = 32


class TooMany(Exception):
    """Of so many files so many have no row."""


def columns():
    """(model, column) of all that may name a stored file: by the name of the column, whatever else it may hold.

    One column too many keeps a file too long; one too few would lose files, so a test pins who stores any.
    """
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_named_so = field.name == "file" or field.name.endswith("_key")
            if is_named_so and isinstance(field, CharField) and (field.max_length or 0) >= KEY_LENGTH:
                yield model, field.name


def orphans():
    """(keys that no row names and that are old enough, number of all files), folder by folder."""
    found, number, before = [], 0, timezone.now() - YOUNG
    for keys in uploads.stored_keys():
        number += len(keys)
        found += [key for key in set(keys) - named_among(keys) if _is_older(key, before)]
    return sorted(found), number


def named_among(keys):
    named = set()
    for model, name in columns():
        named.update(model._base_manager.filter(**{f"{name}__in": keys}).values_list(name, flat=True))
    return named


def _is_older(key, before):
    try:
        return default_storage.get_modified_time(uploads.path_of(key)) < before
    except FileNotFoundError:  # somebody deleted it meanwhile
        return False


def clean(*, even_many=False):
    """Remove them; returns how many. A file whose row came after all is looked for once more, right before."""
    found, number = orphans()
    if len(found) > max(FEW, number // 10) and not even_many:
        raise TooMany(f"{len(found)} of {number} stored files have no row: is this the right database?")
    gone = [key for key in found if key not in named_among([key])]
    for key in gone:
        uploads.delete(key)
    if gone:
        with transaction.atomic():
            audit.record(None, "file.clean", changes={"files": [None, len(gone)]})
        logger.info("removed %s stored files that no row names", len(gone))
    return len(gone)
