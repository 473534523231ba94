"""Asks a ClamAV daemon about a file, where PORTAL_CLAMD names one (tcp://host:3310 or unix:///run/clamd.sock)."""

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PIECE = 64 * 1024
PATIENCE = 60


def refuse_virus(content):
    """Closed by default: where a scanner is configured and does not answer, nothing is taken in."""
    if not settings.CLAMD_URL:
        return
    content.seek(0)
    try:
        answer = scan(content, settings.CLAMD_URL)
    except OSError:
        raise ValidationError(_("病毒检查暂时不可用，文件未保存，请稍后再试。"), code="scanner") from None
    content.seek(0)
    if answer.endswith("FOUND"):
        raise ValidationError(_("文件未通过病毒检查，已拒绝。"), code="virus")
    if not answer.endswith("OK"):
        raise ValidationError(_("病毒检查暂时不可用，文件未保存，请稍后再试。"), code="scanner")


def scan(content, url) -> str:
    """The daemon's answer to INSTREAM, such as "stream: OK"."""
    with _connect(url) as daemon:
        daemon.sendall(b"zINSTREAM\0")
        while piece := content.read(PIECE):
            daemon.sendall(struct.pack(">I", len(piece)) + piece)
        daemon.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (piece := daemon.recv(4096)):
            answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect(url):
    parts = urlsplit(url)
    if parts.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(PATIENCE)
        daemon.connect(parts.path)
        return daemon
    return socket.create_connection((parts.hostname, parts.port or 3310), PATIENCE)
