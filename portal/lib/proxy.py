"""Who asks, when a proxy stands in between: believed only from the proxies that were named.

Anybody may send X-Forwarded-For or X-Forwarded-Proto. From an address that is not in PORTAL_PROXIES both are thrown
away; from one that is, the client is the last address in the chain that is not itself a proxy of ours.
"""

import ipaddress

from django.conf import settings


def real_address(get_response):
    """Middleware, the first of all: REMOTE_ADDR becomes the person's, for the audit, the lock-out and the throttles."""
    trusted = [ipaddress.ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES]

    def is_ours(text):
        address = as_address(text)
        return address is not None and any(address in network for network in trusted)

    def middleware(request):
        chain = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if not is_ours(request.META.get("REMOTE_ADDR", "")):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
            return get_response(request)
        hops = [part.strip() for part in chain.split(",")]
        client = next((hop for hop in reversed(hops) if hop and not is_ours(hop)), "")
        if address := as_address(client):
            request.META["REMOTE_ADDR"] = str(address)
        return get_response(request)

    return middleware


def as_address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
