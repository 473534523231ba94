"""Requests over persistent connections, as fast as the server answers. Nothing but sockets: the client must cost less
than the server."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from portal.lib import embedded

CONNECTIONS = 4


@contextlib.contextmanager
def granian(application: str, socket_path: Path):
    """A granian with one worker and one thread on a socket of its own: what one process can do."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--uds", str(socket_path), "--workers", "1",
        "--blocking-threads", "1", "--http", "1", "--no-ws", "--log-level", "warning", application,
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=embedded.BASE_DIR, start_new_session=True)
    try:
        _wait(process, socket_path)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def _wait(process, path):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(os.fspath(path))
            return
        time.sleep(0.05)
    raise RuntimeError(f"no server at {path}")


class Client:
    """work(n): n answers with status 200 for one URL, on a few connections in turn."""

    def __init__(self, socket_path: Path, url: str, cookie: str = ""):
        lines = [f"GET {url} HTTP/1.1", "Host: localhost", *([f"Cookie: {cookie}"] if cookie else [])]
        self.request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self.connections = [self._connect(socket_path) for _ in range(CONNECTIONS)]

    def _connect(self, path):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(os.fspath(path))
        return connection

    def __call__(self, times):
        waiting = self.connections[: min(times, CONNECTIONS)]
        for connection in waiting:
            connection.sendall(self.request)
        left = times - len(waiting)
        while waiting:
            again = []
            for connection in waiting:
                self._read(connection)
                if left > 0:
                    connection.sendall(self.request)
                    left -= 1
                    again.append(connection)
            waiting = again

    def _read(self, connection):
        data = connection.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more(connection)
        head = data[:end].lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.splitlines()[0].decode())
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        missing = end + 4 + length - len(data)
        while missing > 0:
            missing -= len(self._more(connection))

    def _more(self, connection):
        if data := connection.recv(65536):
            return data
        raise RuntimeError("the server closed the connection")
