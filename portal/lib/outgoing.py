"""A POST to an address that somebody typed in, without being led into our own network.

The name is resolved once, every address it has must be a public one, and the connection goes to the address that was
checked: a name that answers differently a moment later changes nothing. No redirects, no proxy of the environment, few
ports, and an end to the time it may take as a whole.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST_URL = 300
RESOLVE_WITHIN, CONNECT_WITHIN, ANSWER_WITHIN = 5, 5, 10
# Public by number, and yet the inside of a cloud; or set aside for something else, whatever a Python thinks of it.
_INSIDE = [
    ipaddress.ip_network(one)
    for one in ("168.63.129.16/32", "0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10")
]
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Refused(Exception):  # noqa: N818 - said on a screen
    """We do not go there, or did not get there; `reason` says why without repeating the address."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self):
        """As in the header Host."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_tls else 80) else f"{name}:{self.port}"


def read(url):
    """The parts of an address that we would go to; refused for what it says, before any name is resolved."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode() if not _is_number(parts.hostname) else parts.hostname
        port = parts.port
    except ValueError:
        raise Refused(_("地址无法读懂。")) from None
    is_tls = parts.scheme == "https"
    if not is_tls and not (parts.scheme == "http" and settings.WEBHOOK_PLAIN_HTTP):
        raise Refused(_("地址须以 https:// 开头。"))
    if not host or parts.username is not None or parts.fragment or len(url) > LONGEST_URL or not url.isprintable():
        raise Refused(_("地址里须有主机名，不能有用户名、密码和 #。"))
    port = port or (443 if is_tls else 80)
    if settings.WEBHOOK_PORTS and port not in settings.WEBHOOK_PORTS:
        ports = _("、").join(str(one) for one in settings.WEBHOOK_PORTS)
        raise Refused(_("端口只能是 %(ports)s。") % {"ports": ports})
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not path.isascii() or " " in path:
        raise Refused(_("地址里主机名以后的部分只能是英文字母、数字和符号，其他文字请先做网址编码。"))
    return Target(host, port, path, is_tls)


def resolve(target):
    """Every address of the name, each of them allowed; refused as a whole when one is not."""
    found = _lookup(target.host, target.port)
    if not found:
        raise Refused(_("找不到这个主机名。"))
    if not all(is_allowed(address) for address in found):
        raise Refused(_("这个地址在内部网络里，不向它发送。"))
    return found


def is_allowed(address):
    """A public address, or one of a network that the operator named."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if any(ip in network for network in _allowed_networks() if network.version == ip.version):
        return True
    return "%" not in address and all(_is_public(one) for one in (ip, *_inside_of(ip)))


def post(url, body, headers):
    """The status of the answer. Refused when it did not come, in words for whoever set the address up."""
    target = read(url)
    addresses = resolve(target)
    try:
        plain = _connect(addresses, target.port)
    except OSError as error:
        raise Refused(_words_of(error)) from None
    held, is_over = [plain], threading.Event()
    timer = threading.Timer(ANSWER_WITHIN, _cut, [held, is_over])
    timer.start()
    try:
        return _ask(held, target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Refused(_words_of(error, is_over=is_over.is_set())) from None
    finally:
        timer.cancel()
        held[0].close()


def _ask(held, target, body, headers):
    """`held` is the socket of the moment: TLS puts its own in the place of the plain one; that is the one to cut."""
    held[0].settimeout(ANSWER_WITHIN)
    if target.is_tls:
        context = ssl.create_default_context()
        held[0] = context.wrap_socket(held[0], server_hostname=target.host, do_handshake_on_connect=False)
        held[0].do_handshake()
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = held[0]
    try:
        connection.request("POST", target.path, body, {"Host": target.authority, "Connection": "close", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def _connect(addresses, port):
    """The first that answers of two: a name may have one of each kind, and the network only the other."""
    first, *others = addresses[:2]
    try:
        return socket.create_connection((first, port), CONNECT_WITHIN)
    except OSError:
        if not others:
            raise
        return socket.create_connection((others[0], port), CONNECT_WITHIN)


def _cut(held, is_over):
    """Whoever drips an answer byte by byte has their time as a whole."""
    is_over.set()
    with suppress(OSError):
        socket.socket.shutdown(held[0], socket.SHUT_RDWR)


def _lookup(host, port):
    """Aside, because a resolver may take as long as it likes."""
    answer = queue.Queue()

    def look():
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(entry[4][0] for entry in found)))
        except (OSError, UnicodeError):
            answer.put([])

    threading.Thread(target=look, daemon=True).start()
    try:
        return answer.get(timeout=RESOLVE_WITHIN)
    except queue.Empty:
        raise Refused(_("解析主机名超时。")) from None


def _is_public(ip):
    outside = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)
    return outside and not getattr(ip, "is_site_local", False) and not any(ip in one for one in _INSIDE)


def _inside_of(ip):
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64."""
    if ip.version == 4:
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in _NAT64):
        found.append(ipaddress.ip_address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _allowed_networks():
    return [ipaddress.ip_network(name) for name in settings.WEBHOOK_NETWORKS]


def _is_number(host):
    return bool(host) and ":" in host


def _words_of(error, *, is_over=False):
    if is_over or isinstance(error, TimeoutError):
        return _("对方没有及时回答。")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("对方的证书无效、过期或与主机名不符。")
    if isinstance(error, ssl.SSLError):
        return _("与对方建立加密连接失败。")
    if isinstance(error, ConnectionRefusedError):
        return _("对方拒绝连接。")
    if isinstance(error, http.client.HTTPException):
        return _("对方的回答无法读懂。")
    return _("连接中断。")
