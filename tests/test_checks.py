"""Production refuses what a demo may do: as a check, and at the start of each process."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.db import connection

from portal import checks
from portal.lib.secrets import main as make_secrets

GOOD = {
    "PRODUCTION": True,
    "DEMO": False,
    "SECRET_KEY": "x" * 60,
    "KEY_RING": {"current": "k2026", "keys": {"k2026": "AA=="}},
    "ALLOWED_HOSTS": ["portal.example.org"],
    "SITE_URL": "https://portal.example.org",
    "CSRF_TRUSTED_ORIGINS": [],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "DATABASES": {"default": {"HOST": "db.example.org"}},
}
BAD = {
    "portal.E001": {"DEMO": True},
    "portal.E002": {"KEY_RING": {"current": "k1", "keys": {"k1": "", "demo1": ""}}},
    "portal.E003": {"KEY_RING": {"current": "k2", "keys": {"k1": ""}}},
    "portal.E004": {"SECRET_KEY": "short"},
    "portal.E005": {"ALLOWED_HOSTS": ["localhost", "127.0.0.1"]},
    "portal.E006": {"SITE_URL": "http://portal.example.org"},
    "portal.E007": {"CSRF_TRUSTED_ORIGINS": ["http://portal.example.org"]},
    "portal.E008": {"SECURE_SSL_REDIRECT": False},
}


@pytest.fixture
def world(monkeypatch):
    """Settings of a production, as the checks see them."""

    class World:
        VAR_DIR = "/srv/portal/var"

    for name, value in GOOD.items():
        setattr(World, name, value)
    monkeypatch.setattr(checks, "settings", World)
    return World


def test_a_sound_production_has_nothing_to_say(world):
    assert checks.safe_for_production(None) == []
    checks.refuse_unsafe_start()


@pytest.mark.parametrize("name", BAD)
def test_each_danger_is_named_and_refused(world, name):
    for setting, value in BAD[name].items():
        setattr(world, setting, value)
    found = checks.safe_for_production(None)
    assert [error.id for error in found] == [name]
    assert found[0].hint
    with pytest.raises(SystemExit, match=name):
        checks.refuse_unsafe_start()


def test_a_wildcard_is_not_a_host_name(world):
    world.ALLOWED_HOSTS = ["*"]
    assert [error.id for error in checks.safe_for_production(None)] == ["portal.E005"]


def test_outside_production_nothing_is_demanded(world):
    world.PRODUCTION, world.DEMO = False, True
    assert checks.safe_for_production(None) == []


@pytest.mark.django_db
def test_our_own_database_knows_chinese_letters():
    assert checks.database_is_fit(None, databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_chinese_for_punctuation_is_named():
    name = "in_c"
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {name}")
        cursor.execute(f"create database {name} template template0 encoding 'UTF8' locale_provider libc locale 'C'")
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        assert [error.id for error in checks.database_is_fit(None, databases=["default"])] == ["portal.E010"]
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    with connection.cursor() as cursor:
        cursor.execute(f"drop database {name}")


def production(tmp_path, **more):
    """The environment of deploy/portal.env, with keys of its own, on the database of the tests."""
    path = tmp_path / "secrets.json"
    make_secrets([str(path)])
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))},
        "PORTAL_VAR": os.environ["PORTAL_VAR"],
        "PORTAL_PRODUCTION": "1",
        "PORTAL_SECRETS": str(path),
        "PORTAL_HOSTS": "portal.example.org",
        "PORTAL_SITE_URL": "https://portal.example.org",
        **more,
    }


def manage(*arguments, env):
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, timeout=60)


def test_check_deploy_is_clean_with_the_settings_of_production(tmp_path):
    env = production(tmp_path, DATABASE_URL="postgresql://portal@127.0.0.1:1/portal")
    done = manage("manage.py", "check", "--deploy", "--fail-level", "WARNING", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_a_production_web_server_does_not_start_as_a_demo(tmp_path):
    env = production(tmp_path, PORTAL_DEMO="1", DATABASE_URL="postgresql://portal@127.0.0.1:1/portal")
    done = manage("-c", "import portal.wsgi", env=env)
    assert done.returncode == 1
    assert "portal.E001" in done.stderr


def test_production_does_not_start_with_the_keys_of_a_demo(tmp_path):
    path = tmp_path / "demo.json"
    ring = {"current": "demo1", "keys": {"demo1": "AA=="}}
    path.write_text(json.dumps({"django": secrets.token_urlsafe(60), "key_ring": ring}))
    env = production(tmp_path, DATABASE_URL="postgresql://portal@127.0.0.1:1/portal") | {"PORTAL_SECRETS": str(path)}
    done = manage("-c", "import portal.wsgi", env=env)
    assert done.returncode == 1
    assert "portal.E002" in done.stderr


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path):
    path = tmp_path / "secrets.json"
    assert make_secrets([str(path)]) == 0
    made = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not json.loads(made)["key_ring"]["current"].startswith("demo")
    assert make_secrets([str(path)]) == 1
    assert path.read_text() == made


def test_a_key_is_added_beside_the_old_ones(tmp_path):
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"django": "d", "key_ring": {"current": "k1", "keys": {"k1": "old"}}}))
    assert make_secrets([str(path), "--add-key"]) == 0
    ring = json.loads(path.read_text())["key_ring"]
    assert ring["current"] != "k1"
    assert ring["keys"]["k1"] == "old"
    assert set(ring["keys"]) == {"k1", ring["current"]}
