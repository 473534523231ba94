"""Where a POST may go: only outside, to the address that was checked, and not for long."""

import socket

import pytest

from portal.lib import outgoing
from tests.receiver import Receiver


@pytest.fixture
def here(settings):
    """Servers of this machine may be told, without TLS and on any port."""
    settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PLAIN_HTTP, settings.WEBHOOK_PORTS = ["127.0.0.0/8"], True, []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
        "2001:0:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_the_inside_is_out_of_reach(address):
    assert not outgoing.is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_the_outside_is_in_reach(address):
    assert outgoing.is_allowed(address)


def test_an_operator_may_name_a_network(settings):
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert (outgoing.is_allowed("10.20.1.1"), outgoing.is_allowed("10.21.1.1")) == (True, False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://user:word@example.org/", "example.org",
        "https://example.org/#part", "https://example.org:22/", "https://example.org:99999/", "https://[::1/",
        "https://example.org/" + "x" * 300, "https://exa\nmple.org/", "file:///etc/passwd", "https://example.org:80/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url):
    with pytest.raises(outgoing.Refused):
        outgoing.read(url)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_this_machine_are_refused(host):
    with pytest.raises(outgoing.Refused, match="内部网络"):
        outgoing.post(f"https://{host}/", b"", {})


def names(monkeypatch, *answers):
    """Names resolve to these, one after the other; numbers as ever. Returns what was asked."""
    real, asked = socket.getaddrinfo, []

    def look(host, *args, **options):
        if host[0].isdigit():
            return real(host, *args, **options)
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [entry for one in found for entry in real(one, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


def test_one_address_inside_is_enough_to_refuse_a_name(monkeypatch):
    names(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(outgoing.Refused, match="内部网络"):
        outgoing.post("https://two.example.org/", b"", {})


def test_a_name_that_answers_differently_the_second_time_changes_nothing(monkeypatch, here):
    """DNS rebinding: what was checked is what is connected to."""
    with Receiver() as receiver:
        asked = names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        url = receiver.url.replace("127.0.0.1", "turns.example.org")
        assert outgoing.post(url, b"{}", {"Webhook-Id": "a"}) == 200
        [(path, headers, body)] = receiver.heard
    assert asked == ["turns.example.org"]
    assert (path, body, headers["Host"]) == ("/hook", b"{}", url.split("/")[2])


def test_a_redirect_is_an_answer_and_not_followed(here):
    with Receiver() as inside, Receiver(status=302) as receiver:
        receiver.location = inside.url
        assert outgoing.post(receiver.url, b"{}", {}) == 302
        assert inside.heard == []


def test_an_answer_that_never_ends_is_cut_off(monkeypatch, here):
    monkeypatch.setattr(outgoing, "ANSWER_WITHIN", 0.3)
    with Receiver(is_slow=True) as receiver, pytest.raises(outgoing.Refused, match="没有及时回答"):
        outgoing.post(receiver.url, b"{}", {})


def test_whoever_is_not_there_or_speaks_no_tls_is_told_in_words(here):
    with Receiver() as receiver:
        url = receiver.url
        with pytest.raises(outgoing.Refused, match="加密连接"):
            outgoing.post(url.replace("http:", "https:"), b"", {})
    with pytest.raises(outgoing.Refused, match="拒绝连接"):
        outgoing.post(url, b"", {})
