"""`bin/up`, as a person at a shell meets it: on real ports, with real processes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from portal.lib.supervisor import Program, Service, Supervisor
from tests.test_embedded import leftovers

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(var, **more):
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_", "REDIS_"))
    }
    return {**kept, "PORTAL_VAR": str(var), **more}


def up(var, *arguments, **more):
    command = [sys.executable, "-m", "portal.up", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(var, **more), stdout=-1, stderr=-1, stdin=subprocess.DEVNULL, text=True
    )


def refusal(var, *arguments, **more):
    """What it says when it does not start: one sentence and a code that is not zero."""
    said, complained = (process := up(var, *arguments, **more)).communicate(timeout=30)
    assert process.returncode == 1
    assert said == ""
    assert len(complained.strip().splitlines()) == 1
    assert leftovers(var) == []
    return complained.strip()


def eventually(test, patience=300.0):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if answer := test():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"never: {test}")


def status(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def pids(var, words):
    """The processes of this world whose command holds these words; the leader of their group is the first."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if words in said and f"PORTAL_VAR={var}\0".encode() in (entry / "environ").read_bytes():
                found.append((os.getpgid(int(entry.name)) != int(entry.name), int(entry.name)))
    return [pid for _follows, pid in sorted(found)]


def test_it_starts_survives_a_kill_serves_mends_itself_refuses_a_second_and_leaves_nothing(tmp_path):
    """One long story, because starting everything takes seconds."""
    var, port = tmp_path / "var", free_port()

    killed = up(var, "--port", port, "--empty")
    eventually(lambda: status(port, "/healthz") == 200)
    killed.kill()
    killed.communicate()
    eventually(lambda: pids(var, "") == [], patience=15)

    process = up(var, "--port", port, "--empty")
    try:
        eventually(lambda: status(port, "/readyz") == 200)
        assert status(port, "/accounts/login/") == 200
        assert status(port, "/static/css/portal.css") == 200

        assert f"已经在运行：http://127.0.0.1:{port}" in refusal_beside(var, "--port", free_port())

        (first, *rest) = pids(var, "queues default,notify")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: (found := pids(var, "queues default,notify")) and not {first, *rest} & set(found))

        (first, *_others) = pids(var, "bin/postgres -D")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: (found := pids(var, "bin/postgres -D")) and first not in found)
        eventually(lambda: status(port, "/accounts/login/") == 200)

        process.terminate()
        said, complained = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 0, complained
    assert f"http://127.0.0.1:{port}" in said
    assert "后台任务 已退出（SIGKILL）" in said
    assert "数据库曾中断，已恢复" in said
    assert leftovers(var) == []
    assert pids(var, "") == []


def refusal_beside(var, *arguments):
    process = up(var, *arguments)
    said, complained = process.communicate(timeout=30)
    assert (process.returncode, said) == (1, "")
    return complained


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal(tmp_path / "var", "--port", port) == f"端口 {port} 已被别的程序占用，请用 --port 换一个。"
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://portal:hidden@127.0.0.1:1/portal", "连不上 DATABASE_URL 指明的数据库"),
        ("mysql://portal:hidden@127.0.0.1/portal", "只支持 PostgreSQL"),
        ("postgresql://[::1", "连不上 DATABASE_URL 指明的数据库"),
    ],
)
def test_a_wrong_database_url_is_said_without_its_password(tmp_path, url, said):
    complaint = refusal(tmp_path / "var", "--port", free_port(), DATABASE_URL=url)
    assert said in complaint
    assert "hidden" not in complaint
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_wrong_redis_url_is_said(tmp_path):
    assert "REDIS_URL" in refusal(tmp_path / "var", "--port", free_port(), REDIS_URL="redis://127.0.0.1:1/0")


def test_a_data_directory_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "无法写入数据目录" in refusal(tmp_path / "file" / "var", "--port", free_port())


def test_resetting_asks_first(tmp_path):
    assert "--yes" in refusal(tmp_path / "var", "--port", free_port(), "--reset")


def test_resetting_an_external_database_is_refused(tmp_path):
    complaint = refusal(
        tmp_path / "var", "--reset", "--yes", DATABASE_URL=os.environ.get("DATABASE_URL", "postgresql://127.0.0.1:1/x")
    )
    assert "DATABASE_URL" in complaint


class Watched:
    """A supervisor on a program of a few words, with patience measured in tenths of seconds."""

    def __init__(self, tmp_path, code, **more):
        self.said = []
        self.program = Program("程序", [sys.executable, "-c", code], tmp_path / "log", **more)
        self.services = []

    def run_until(self, test):
        with Supervisor([self.program], self.services, self.said.append) as supervisor:
            probe, self.program.probe = self.program.probe, lambda: test() or probe()

            def look(program, now, original=supervisor._look_after):
                if test():
                    supervisor.asked_to_stop = 1
                return min(original(program, now), now + 0.05)

            supervisor._look_after = look
            supervisor.run()


@pytest.fixture
def signals():
    """The supervisor takes the signals of its process; here they are given back."""
    before = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_what_stalls_is_ended_and_started_again(tmp_path, signals, monkeypatch):
    monkeypatch.setattr("portal.lib.supervisor.PROBE_EVERY", 0.05)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    watched = Watched(tmp_path, code, probe=lambda: False, grace=0.2, stops=((signal.SIGTERM, 0.2),))
    started = []
    monkeypatch.setattr(
        Program, "start", lambda self, now, start=Program.start: (started.append(now), start(self, now))
    )
    watched.run_until(lambda: len(started) == 2)
    assert watched.said == [f"程序 没有反应，1 秒后重新启动；日志：{tmp_path / 'log'}"]
    assert not watched.program.is_running()


def test_what_dies_again_and_again_is_restarted_ever_more_slowly(tmp_path, signals):
    watched = Watched(tmp_path, "raise SystemExit(3)")
    watched.run_until(lambda: len(watched.said) == 3)
    assert [text.split("；")[0] for text in watched.said] == [
        f"程序 已退出（代码 3），{seconds} 秒后重新启动" for seconds in (1, 2, 4)
    ]


def test_a_service_that_does_not_come_back_is_tried_again(tmp_path, signals):
    attempts = []

    def revive():
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("not yet")

    watched = Watched(tmp_path, "import time; time.sleep(60)")
    watched.services = [Service("数据库", lambda: False, revive)]
    watched.run_until(lambda: len(attempts) == 3)
    assert watched.said[-1] == "数据库曾中断，已恢复。"


def test_what_a_program_leaves_behind_is_ended_with_it(tmp_path, signals):
    marker = f"sleep 61.{os.getpid()}"
    watched = Watched(tmp_path, f"import subprocess, time; subprocess.Popen('{marker}'.split()); time.sleep(60)")
    watched.run_until(lambda: leftovers(marker) != [])
    eventually(lambda: leftovers(marker) == [], patience=5)
