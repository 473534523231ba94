import os
import pickle

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.test import Client, TransactionTestCase, override_settings
from django.urls import URLResolver

from members import calendar
from referrals import desk_choices
from referrals.forms import desks
from tests import database
from tests.cast import PEOPLE, Cast
from tests.quick_states import quick_states

# No manifest and no slow hashing while testing; both have tests of their own.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Only tests with a real worker wake one.
settings.OUTBOX_NUDGE = False
# Which patterns an address did not match is read on Django's own page for developers alone.
URLResolver._extend_tried = staticmethod(lambda *_tried: None)
# For modules that ask thousands of times who is signed in.
settings.CACHES["memory"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
IN_MEMORY = {"SESSION_ENGINE": "django.contrib.sessions.backends.cache", "SESSION_CACHE_ALIAS": "memory"}
# Most tests are about the work behind it; tests/members/test_second_factor.py switches it on.
settings.SECOND_FACTOR_REQUIRED = False


def pytest_configure():
    """Tests with real transactions empty all tables after themselves."""
    TransactionTestCase._fixture_teardown = lambda _test: database.empty_tables()


def pytest_collection_modifyitems(items):
    """Long ones first, so that no process waits for one at the end; those without a database while another migrates."""

    def needs_database(item):
        return item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames)

    items.sort(key=lambda item: (not item.get_closest_marker("slow"), bool(needs_database(item))))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_createdb, django_db_blocker):
    """The processes of one run migrate once: the first makes a template, each works on a copy."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    with quick_states():
        if run and django_db_createdb:
            with django_db_blocker.unblock():
                settings.DATABASES["default"]["TEST"]["TEMPLATE"] = database.template_of(run)
        yield


@pytest.fixture(scope="session")
def _background(django_db_setup, tmp_path_factory):
    """One worker and one broker for all tests of this process that need them; gone before the database is."""
    from tests.worker import Background

    background = Background(tmp_path_factory.mktemp("bg"))
    background.start()
    yield background
    background.stop()


@pytest.fixture
def background(transactional_db, _background, settings):
    """A real worker on a real broker (tests/worker.py); commits wake it as they do in the web server."""
    settings.OUTBOX_NUDGE = True
    yield _background
    _background.heal()


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What one test's database said of a year, or of the choices of a desk, is not what the next one's says."""
    calendar.forget()
    for choices in (desk_choices._kept_others, desk_choices._kept_programs, desks._kept_colleagues):
        choices.kept.clear()


@pytest.fixture
def cast(db):
    """The fixed people of every test (tests/cast.py)."""
    return Cast.assemble()


@pytest.fixture(scope="module")
def _sessions(django_db_setup, django_db_blocker):
    """The cast and the session of each, made once for a module: what one of its tests does is taken back to here."""
    with override_settings(**IN_MEMORY), django_db_blocker.unblock(), transaction.atomic():
        cast = Cast.assemble(is_whole=True)
        clients = {person: Client() for person in PEOPLE}
        for person in set(PEOPLE) - {"anonymous"}:
            clients[person].force_login(cast[person])
        cookies = {person: client.cookies for person, client in clients.items()}
        yield pickle.dumps((cast, cookies)), clients, dict(caches["memory"]._cache)
        caches["memory"].clear()
        transaction.set_rollback(True)


@pytest.fixture
def signed_in(_sessions, db):
    """The cast, and by name a client of each of them: for modules with hundreds of tests that all begin so."""
    begun, clients, sessions = _sessions
    cast, cookies = pickle.loads(begun)
    caches["memory"]._cache.update(sessions)
    for person, client in clients.items():
        client.cookies = cookies[person]
    return cast, clients


@pytest.fixture
def demo(settings, tmp_path, monkeypatch):
    """Where the demo world may be loaded; the folder its table of accounts is written to."""
    settings.DEMO = True
    (tmp_path / "run").mkdir()
    monkeypatch.setattr("members.management.commands.load_demo.embedded.var_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def browse(client):
    """browse(person) is a test client signed in as that person."""

    def signed_in(person, **options):
        session = Client(**options)
        if person is not None:
            session.force_login(person)
        return session

    return signed_in
