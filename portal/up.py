"""`bin/up`: everything on one machine, from nothing to a page, and down again.

It imports no Django: what needs it runs as `manage.py prepare` and as the programs it watches. Whatever is wrong is
found before anything is started or written, and said in one sentence.
"""

import argparse
import contextlib
import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from portal.lib import embedded
from portal.lib.supervisor import Program, Service, Supervisor

READY_WITHIN = 60.0
# What --reset forgets: everything we made in var/, keys included.
MADE_BY_US = ("postgres", "postgres.new", "valkey", "files", "mail", "static", "log", "secrets.json", "demo_accounts")


class Trouble(Exception):
    """It cannot run; the message is one sentence for the person at the shell."""


def main(arguments=None) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace", line_buffering=True)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        up(parse(arguments))
    except (Trouble, embedded.ServerTrouble) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
            raise
        print(f"无法写入 {error.filename or embedded.var_dir()}：{error.strerror}。", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已停止。", file=sys.stderr)
        return 130
    return 0


def _interrupt(*_):
    raise KeyboardInterrupt


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bin/up", description="在本机运行全部服务；按 Ctrl-C 停止。")
    parser.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只限本机；0.0.0.0 供局域网访问")
    parser.add_argument("--empty", action="store_true", help="不装载演示数据")
    parser.add_argument("--reset", action="store_true", help="先清空本机全部数据")
    parser.add_argument("--yes", action="store_true", help="清空时不再询问")
    return parser.parse_args(arguments)


def up(options):
    began = time.monotonic()
    embedded.make_private(embedded.var_dir())
    embedded.make_private(embedded.run_dir())
    address = f"http://{_shown(options.host)}:{options.port}"
    with only_one(address):
        refuse_taken_port(options.host, options.port)
        if url := os.environ.get("DATABASE_URL"):
            refuse_dead_database(url)
        if url := os.environ.get("REDIS_URL"):
            refuse_dead_broker(url)
        if options.reset:
            reset(is_sure=options.yes)
        environment(options, address)
        with embedded.servers(die_with_parent=True):
            prepare(options)
            run(options, address, began)


def _shown(host):
    """The address a person types."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"[{host}]" if ":" in host else host


@contextlib.contextmanager
def only_one(address):
    """A second one on the same data is told where the first one is."""
    with open(embedded.run_dir() / "up", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            other = lock.read().strip()
            raise Trouble(
                f"已经在运行：{other}（数据目录 {embedded.var_dir()}）。请先停止它，或换一个 PORTAL_VAR。"
            ) from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


def refuse_taken_port(host, port):
    if not 0 < port < 65536:
        raise Trouble(f"端口 {port} 不存在，请用 1 到 65535 之间的数。")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Trouble(f"不认识监听地址 {host}：{error.strerror}。") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Trouble(f"端口 {port} 已被别的程序占用，请用 --port 换一个。") from None
            raise Trouble(f"不能在 {host}:{port} 上监听：{error.strerror}。") from None


def refuse_dead_database(url):
    import psycopg

    if not url.startswith(("postgres://", "postgresql://")):
        raise Trouble("DATABASE_URL 应以 postgresql:// 开头；只支持 PostgreSQL。")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            (version,) = connection.execute("select current_setting('server_version_num')::int").fetchone()
    except psycopg.Error as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Trouble(f"连不上 DATABASE_URL 指明的数据库：{reason}") from None
    if version < 140000:
        raise Trouble(f"DATABASE_URL 指明的是 PostgreSQL {version // 10000}，需要 14 或更新的版本。")


def refuse_dead_broker(url):
    import redis

    if url.startswith("sentinel://"):
        return
    try:
        redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        raise Trouble(f"连不上 REDIS_URL 指明的服务：{' '.join(str(error).split())}") from None


def reset(is_sure):
    """Forget everything. Never what lies elsewhere: an external database is not ours to empty."""
    if os.environ.get("DATABASE_URL") or os.environ.get("PORTAL_PRODUCTION"):
        raise Trouble("--reset 只清空本机自带的数据库；设置了 DATABASE_URL 或 PORTAL_PRODUCTION 时不可用。")
    var = embedded.var_dir()
    if not is_sure:
        if not sys.stdin.isatty():
            raise Trouble("--reset 会删除全部数据；确定的话请加 --yes。")
        if input(f"将删除 {var} 中的全部数据，不能恢复。输入 yes 继续：").strip() != "yes":
            raise Trouble("没有清空，也没有启动。")
    with embedded.starting(), open(embedded.run_dir() / "users", "a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"有命令正在使用 {var} 中的数据库，等它结束再清空。") from None
        for server in embedded.wanted():
            server.stop()
        for name in MADE_BY_US:
            path = var / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def environment(options, address):
    """What the programs below us are told."""
    is_production = os.environ.get("PORTAL_PRODUCTION", "0").lower() in {"1", "true", "yes", "on"}
    if not (options.empty or is_production):
        os.environ.setdefault("PORTAL_DEMO", "1")
    os.environ.setdefault("PORTAL_SITE_URL", address)
    if options.host not in {"127.0.0.1", "localhost", "::1"}:
        os.environ.setdefault("PORTAL_HOSTS", ",".join(sorted(own_names(options.host))))
    os.environ["PYTHONUTF8"] = "1"
    os.environ["LC_ALL"] = os.environ["LANG"] = "C.UTF-8"


def own_names(host):
    """Under which names this machine may be asked for when it listens to others."""
    names = {"localhost", "127.0.0.1", "[::1]", socket.gethostname(), _shown(host)}
    with contextlib.suppress(OSError):
        names |= {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; the kernel picks the address it would send from
        names.add(probe.getsockname()[0])
    return names


def prepare(options):
    """In a process of its own: Django need not stay in ours. What it complains of is kept, and its last line said."""
    log = embedded.var_dir() / "log" / "prepare.log"
    log.parent.mkdir(exist_ok=True)
    command = [sys.executable, "manage.py", "prepare", *(["--empty"] if options.empty else [])]
    with open(log, "wb") as complaints:
        done = subprocess.run(command, cwd=embedded.BASE_DIR, stdin=subprocess.DEVNULL, stderr=complaints)
    if done.returncode:
        last = (log.read_text(errors="replace").strip().splitlines() or [f"代码 {done.returncode}"])[-1]
        raise Trouble(f"准备数据时出错，什么也没有启动：{last}（详见 {log}）")


def programs(options) -> list[Program]:
    python, logs = sys.executable, embedded.var_dir() / "log"
    health = Health(options)
    celery = [python, "-m", "celery", "-A", "portal", "--quiet"]
    # A worker finishes what it has in hand; then it gives it back; then it is ended.
    worker_stops = ((signal.SIGTERM, 8.0), (signal.SIGQUIT, 5.0))
    web = [
        python, "-m", "granian", "--interface", "wsgi", "--host", options.host, "--port", str(options.port),
        "--workers", "2", "--blocking-threads", "1", "--backpressure", "64", "--http", "1", "--no-ws",
        "--respawn-failed-workers", "--workers-kill-timeout", "8", "--log-level", "warning", "portal.wsgi:application",
    ]  # fmt: skip
    worker = [*celery, "worker", "--concurrency", "3", "--queues", "default,notify,outside", "--hostname", "worker@%h"]
    export = [*celery, "worker", "--concurrency", "1", "--queues", "export", "--hostname", "export@%h"]
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    return [
        Program("网页服务", web, logs / "web.log", health.web, death=signal.SIGTERM),
        Program("后台任务", [*worker, *quiet], logs / "worker.log", health.part("worker"), 90.0, worker_stops),
        Program("导出任务", [*export, *quiet], logs / "export.log", health.part("export"), 90.0, worker_stops),
        Program("定时任务", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], logs / "beat.log",
                health.part("clock"), 75.0),
    ]  # fmt: skip


def services() -> list[Service]:
    names = {"Postgres": "数据库", "Valkey": "消息服务"}
    return [Service(names[type(server).__name__], server.is_up, _revival(server)) for server in embedded.wanted()]


def _revival(server):
    def revive():
        with embedded.starting():
            server.stop()
            server.start(die_with_parent=True)

    return revive


class Health:
    """What the running web server says about itself and about the others, asked for at most once in a while."""

    def __init__(self, options):
        self.base = f"http://{_shown(options.host)}:{options.port}"
        self._parts, self._asked = {}, float("-inf")

    def web(self):
        try:
            with self._open("/healthz") as answer:
                return answer.status == 200
        except OSError:
            return False

    def part(self, name):
        """A probe: no judgement while the database or the broker is away, for restarting would mend nothing."""

        def probe():
            parts = self._ready()
            if not (parts.get("database") and parts.get("broker")) or (name != "clock" and not parts.get("clock")):
                return None
            return parts.get(name)

        return probe

    def _ready(self):
        if time.monotonic() - self._asked > 4.0:
            self._parts, self._asked = self._read_ready(), time.monotonic()
        return self._parts

    def _read_ready(self):
        try:
            with self._open("/readyz") as answer:
                return json.load(answer)["parts"]
        except urllib.error.HTTPError as error:
            with error, contextlib.suppress(ValueError, KeyError):
                return json.load(error)["parts"]
        except (OSError, ValueError, KeyError):
            pass
        return {}

    def _open(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open(self.base + path, timeout=5)


def run(options, address, began):
    watched = programs(options)
    with Supervisor(watched, services(), lambda text: print(time.strftime("%H:%M:%S"), text)) as supervisor:
        if supervisor.wait_for(watched[0], READY_WITHIN):
            greet(options, address, time.monotonic() - began)
            supervisor.run()
        elif not supervisor.asked_to_stop:
            raise Trouble(f"网页服务没有启动起来，原因见 {watched[0].log}。")
        print("正在停止……")
    print("已停止。")


def greet(options, address, seconds):
    print(f"\n已启动（{seconds:.1f} 秒）：{address}\n")
    accounts = embedded.var_dir() / "demo_accounts"
    if os.environ.get("PORTAL_DEMO") == "1" and accounts.exists():
        print(accounts.read_text())
    elif options.empty:
        print("空系统：用 .venv/bin/python manage.py found_portal 单位名称 区划代码 建立首批管理员。\n")
    print(f"日志在 {embedded.var_dir() / 'log'}；按 Ctrl-C 停止。")


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    sys.exit(main())
