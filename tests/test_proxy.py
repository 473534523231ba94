"""Behind a proxy the audit names the person's address; nobody else may claim one, or claim to come by TLS."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.lib.proxy import real_address


def seen_as(settings, remote, chain=None):
    """(address, protocol header) as the application sees them."""
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.1.0.0/16"]
    found = {}

    def view(request):
        found.update(request.META)
        return HttpResponse()

    headers = {"HTTP_X_FORWARDED_PROTO": "https", **({"HTTP_X_FORWARDED_FOR": chain} if chain else {})}
    real_address(view)(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))
    return found["REMOTE_ADDR"], found.get("HTTP_X_FORWARDED_PROTO")


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        (None, "127.0.0.1"),
        ("10.1.0.1", "127.0.0.1"),
        ("<script>", "127.0.0.1"),
    ],
)
def test_a_named_proxy_is_believed(settings, chain, address):
    assert seen_as(settings, "127.0.0.1", chain) == (address, "https")


@pytest.mark.parametrize("remote", ["203.0.113.9", "10.2.0.1", ""])
def test_anybody_else_is_not(settings, remote):
    assert seen_as(settings, remote, "198.51.100.1") == (remote, None)
