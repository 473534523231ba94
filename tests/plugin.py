"""Loaded before Django: tests have a world of their own under var/test, with real servers in it."""

import gc
import os
from pathlib import Path

import pytest
from _pytest import runner

os.environ.setdefault("PORTAL_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's event loop runs in the test's own thread
os.environ.pop("PORTAL_PRODUCTION", None)
os.environ.pop("PORTAL_DEMO", None)
# Tests have servers of their own, never those a shell happens to name.
for name in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL"):
    os.environ.pop(name, None)


def pytest_configure(config):
    from portal.lib import catalogue, embedded

    catalogue.compile_()
    config._servers = embedded.servers()
    config._servers.__enter__()
    if not hasattr(config, "workerinput"):
        promise_less(embedded)


def promise_less(embedded):
    """Nobody misses these data after a power cut, so no commit waits for the disk; of tables with three rows nobody
    needs the best order of fifteen joins, which costs a thousand times what the query does."""
    import psycopg

    with psycopg.connect(embedded.database_url(), autocommit=True) as connection:
        for setting, value in (("fsync", "off"), ("full_page_writes", "off"), ("join_collapse_limit", "4")):
            connection.execute(f"alter system set {setting} = {value}")
        connection.execute("select pg_reload_conf()")


def pytest_collection_finish():
    """Modules, models and thousands of tests stay to the end: they need not be looked through for rubbish each time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
    config._servers.__exit__(None, None, None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """A test stands deeper in the stack than any page; see there."""
    from portal.lib.stack import with_room

    return with_room(runner.pytest_runtest_protocol)(item, nextitem)
