"""The databases of the tests: migrated once for all processes of a run, emptied without rebuilding anything."""

import fcntl

from django.core.management import call_command
from django.db import connection, transaction

from portal.lib.embedded import run_dir

TEMPLATE = "portal_template"
# What post_migrate puts there is the same for every test, so nobody takes it away.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def template_of(run):
    """The name of a migrated database to copy, made by the first process of this run that asks."""
    with open(run_dir() / "template", "a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        if mark.read() != run:
            make_template()
            mark.truncate(0)
            mark.write(run)
    return TEMPLATE


def make_template():
    settings = connection.settings_dict
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"drop database if exists {TEMPLATE}")
        cursor.execute(f"create database {TEMPLATE}")
    connection.close()
    name, settings["NAME"] = settings["NAME"], TEMPLATE
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        settings["NAME"] = name


def empty_tables():
    """After a test with real transactions. Most tables are empty: to look is far cheaper than TRUNCATE of them all.

    Triggers are off meanwhile: the audit refuses even its owner.
    """
    names = [name for name in connection.introspection.django_table_names() if name not in KEPT]
    deletions = [f"delete from {connection.ops.quote_name(name)}" for name in names]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(["set local session_replication_role = replica", *deletions]))
