"""The embedded servers: who starts them, who stops them, and what they survive. Real servers."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from portal.lib import embedded, launch

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A cluster made once and copied: making one takes longer than everything else."""
    var = tmp_path_factory.mktemp("template") / "var"
    before, os.environ["PORTAL_VAR"] = os.environ["PORTAL_VAR"], str(var)
    with embedded.servers():
        pass
    os.environ["PORTAL_VAR"] = before
    return var


@pytest.fixture
def fresh_var(tmp_path, monkeypatch):
    """A world of its own with nothing in it."""
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    return tmp_path / "var"


@pytest.fixture
def var(template, fresh_var):
    """A world of its own, used before, with no server running."""
    subprocess.run(["cp", "-a", template, fresh_var], check=True)
    yield fresh_var
    assert leftovers(fresh_var) == []


def leftovers(var):
    """Processes that know this directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(var) in said and int(entry.name) != os.getpid():
                found.append(said)
    return found


def connect():
    return psycopg.connect(embedded.database_url(), autocommit=True)


def in_another_process():
    """Somebody else who uses the servers; says "in" when they are up, and leaves at a line."""
    script = "from portal.lib import embedded\nwith embedded.servers():\n    print('in', flush=True)\n    input()"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=-1, stdout=-1, text=True)
    assert process.stdout.readline() == "in\n"
    return process


def test_servers_start_for_a_block_and_stop_after_it(var):
    with embedded.servers():
        assert embedded.Postgres().is_up()
        assert embedded.Valkey().is_up()
        with connect() as connection:
            found = connection.execute("select datctype, encoding from pg_database where datname = 'portal'").fetchone()
    assert found == ("C.UTF-8", 6)
    assert not embedded.Postgres().is_up()
    assert not embedded.Valkey().is_up()


def test_the_last_to_leave_stops_them(var):
    with embedded.servers():
        other = in_another_process()
    assert embedded.Postgres().is_up()
    other.communicate("\n", timeout=30)
    assert not embedded.Postgres().is_up()


def test_a_user_that_was_killed_stops_nobody_and_the_next_one_cleans_up(var):
    other = in_another_process()
    other.kill()
    other.communicate()
    assert embedded.Postgres().is_up()
    with embedded.servers(), connect() as connection:
        connection.execute("select 1")
    assert not embedded.Postgres().is_up()


def test_kill_9_of_both_loses_nothing(var):
    with embedded.servers():
        with connect() as connection:
            connection.execute("create table kept (n int)")
            connection.execute("insert into kept values (7)")
        for server in (embedded.Postgres(), embedded.Valkey()):
            os.kill(server.pid(), signal.SIGKILL)
    with embedded.servers(), connect() as connection:
        assert connection.execute("select n from kept").fetchone() == (7,)


def test_a_stale_pid_file_that_names_somebody_else_is_no_obstacle_and_does_them_no_harm(var):
    bystander = subprocess.Popen(["sleep", "60"])
    data = var / "postgres"
    (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n1\n5432\n{embedded.run_dir()}\n\n1 1\nready\n")
    began = time.monotonic()
    with embedded.servers(), connect() as connection:
        connection.execute("select 1")
    assert time.monotonic() - began < 10
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_locale_that_was_never_generated_does_not_matter(var, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.GB18030")
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    with embedded.servers(), connect() as connection:
        assert connection.execute("select '王' ~ '\\w'").fetchone() == (True,)


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / ("长" * 40)))
    assert len(os.fsencode(embedded.run_dir() / ".s.PGSQL.5432")) < 107
    with embedded.servers():
        assert embedded.Postgres().is_up()
        assert embedded.run_dir().stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_said_before_anything_is_made(fresh_var, monkeypatch):
    monkeypatch.setattr(embedded, "SPACE_NEEDED", 1 << 60)
    with pytest.raises(embedded.ServerTrouble, match="磁盘空间不足"), embedded.servers():
        pass
    assert not (fresh_var / "postgres").exists()


def test_data_of_another_major_version_is_left_alone(var):
    (var / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.ServerTrouble, match="PostgreSQL 12"), embedded.servers():
        pass


def test_a_server_that_cannot_start_says_why_and_takes_the_other_along(var):
    (var / "postgres" / "postgresql.conf").write_text("port = nonsense\n")
    with pytest.raises(embedded.ServerTrouble, match="postgresql.conf"), embedded.servers():
        pass


def test_given_urls_nothing_is_started(fresh_var, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/portal")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    with embedded.servers():
        assert not fresh_var.exists()


def test_servers_told_to_die_with_their_parent_do(var):
    script = (
        "from portal.lib import embedded\nwith embedded.servers(die_with_parent=True):\n"
        "    print('in', flush=True)\n    input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=-1, stdout=-1, text=True)
    assert parent.stdout.readline() == "in\n"
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while leftovers(var) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert leftovers(var) == []


def test_the_launcher_does_not_start_what_has_lost_its_parent(tmp_path):
    arguments = [sys.executable, "-I", "-S", launch.__file__, "--parent=1", "--death=9", "--", "/bin/echo", "started"]
    done = subprocess.run(arguments, capture_output=True)
    assert (done.returncode, done.stdout) == (launch.NOT_PERMITTED, b"")


@pytest.mark.parametrize("guise", ["namespace", "account"])
def test_as_root_it_becomes_somebody_else(guise):
    if os.getuid():
        guise = "self"
    arguments = [sys.executable, "-I", "-S", launch.__file__, f"--guise={guise}", "--", "/usr/bin/id", "-u"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode in {0, launch.NOT_PERMITTED}
    if done.returncode == 0:
        assert done.stdout.strip() == str(os.getuid() or launch.NOBODY)
