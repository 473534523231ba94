"""Reading from a replica: a real one, of the very cluster the tests run on."""

import time

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory

from members.models import Area
from portal.lib import embedded, replica
from tests.make.units import make_area


@pytest.fixture
def standby(tmp_path, transactional_db, django_db_blocker, monkeypatch):
    """A streaming replica, known to Django by its alias; paused, resumed and stopped by the tests."""
    primary, server = embedded.Postgres(), embedded.Postgres(tmp_path / "standby", tmp_path)
    made = primary.client(
        "pg_basebackup", "-h", str(primary.run), "-U", "portal", "-D", str(server.data), "-R", "-X", "stream",
        "-c", "fast", guise=primary._guise(),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    server.start(die_with_parent=True, settings={"shared_buffers": "8MB", "max_connections": "200"}.items())
    described = {**connection.settings_dict, "HOST": str(tmp_path), "TEST": {}}
    monkeypatch.setitem(settings.DATABASES, "replica", described)
    monkeypatch.setitem(connections.databases, "replica", described)
    monkeypatch.setattr(replica, "_away_until", 0.0)
    # Tests may only connect to what the settings named at their start.
    wrapper = connections["replica"]

    def ensure_connection():
        if wrapper.connection is None:
            with wrapper.wrap_database_errors:
                wrapper.connect()

    wrapper.ensure_connection = ensure_connection
    yield server
    connections["replica"].close()
    del connections["replica"]
    server.stop()


def on_standby(sql):
    with connections["replica"].cursor() as cursor:
        cursor.execute(sql)


def ask(method="get", cookies=None, does=lambda: None):
    """A request through the middleware: (where its list is read from, the cookies it brings back)."""
    request = getattr(RequestFactory(), method)("/")
    request.COOKIES.update(cookies or {})
    found = []

    def view(_):
        does()
        found.append(replica.for_lists())
        return HttpResponse()

    response = replica.sticky(view)(request)
    return found[0], {name: morsel.value for name, morsel in response.cookies.items()}


def eventually(expected, **how):
    deadline = time.monotonic() + 10
    while (found := ask(**how)[0]) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.slow
def test_lists_are_read_from_the_replica_but_never_behind_ones_own_writing(standby, monkeypatch):
    monkeypatch.setattr(replica, "LAG", "1 hour")  # on a busy machine the last change may be older than half a minute
    _, before = ask("post", does=lambda: make_area("230000000000", "省", "province"))
    assert eventually("replica", cookies=before) == "replica"

    on_standby("select pg_wal_replay_pause()")
    _, cookies = ask("post", does=make_area)
    assert list(cookies) == ["seen"]
    assert Area.objects.using("replica").count() == 1
    assert ask(cookies=cookies)[0] == "default"
    assert ask()[0] == "replica"  # somebody else may see the older state for a while
    assert ask(cookies={"seen": cookies["seen"].replace("/", "/F", 1)})[0] == "replica"  # a forged mark counts nothing

    on_standby("select pg_wal_replay_resume()")
    assert eventually("replica", cookies=cookies) == "replica"
    assert Area.objects.using("replica").count() == 2

    area = Area.objects.using("replica").get(level="county")
    assert area.children.all().db == "default"
    area.name = "改了名字"
    area.save(update_fields=["name"])
    assert Area.objects.get(level="county").name == "改了名字"

    connections["replica"].close()
    standby.stop()
    assert ask()[0] == "default"
    assert ask()[0] == "default"


def test_without_a_replica_everything_is_read_from_the_primary():
    def view(request):
        return HttpResponse()

    assert replica.for_lists() == "default"
    assert replica.sticky(view) is view


def test_nothing_is_migrated_or_written_on_a_replica():
    router = replica.Router()
    assert router.db_for_read(Area) == router.db_for_write(Area) == "default"
    assert [router.allow_migrate(alias, "members") for alias in ("default", "replica")] == [True, False]
