"""One REDIS_URL, told to Django's cache and to Celery in the way each understands.

redis://:password@host:6379/0     rediss://… over TLS     unix:///path/to/socket
sentinel://:password@host1:26379,host2:26379,host3:26379/NAME     the master NAME, wherever the sentinels say it is
"""

from urllib.parse import unquote


def is_sentinel(url: str) -> bool:
    return url.startswith("sentinel://")


def sentinels(url: str):
    """(password or None, [(host, port), …], name of the master)"""
    place, _, name = url.removeprefix("sentinel://").partition("/")
    secret, _, hosts = place.rpartition("@")
    found = [(host, int(port or 26379)) for host, _, port in (part.strip().partition(":") for part in hosts.split(","))]
    return unquote(secret.partition(":")[2]) or None, found, name.partition("?")[0] or "mymaster"


def broker(url: str) -> tuple[str, dict]:
    """Celery's broker URL, and its transport options."""
    if url.startswith("unix://"):
        url = url.replace("unix://", "redis+socket://", 1)
        return url.replace("?db=", "?virtual_host=").replace("&db=", "&virtual_host="), {}
    if not is_sentinel(url):
        return url, {}
    _, hosts, name = sentinels(url)
    secret = url.removeprefix("sentinel://").rpartition("@")[0]
    before = f"sentinel://{secret}@" if secret else "sentinel://"
    return ";".join(f"{before}{host}:{port}" for host, port in hosts), {"master_name": name}


def cache(url: str) -> dict:
    """Django's cache: a page is slower without it, never broken."""
    options = {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 2}
    if is_sentinel(url):
        password, hosts, name = sentinels(url)
        url = f"redis://{name}/0"
        options |= {
            "CLIENT_CLASS": "django_redis.client.SentinelClient",
            "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
            "SENTINELS": hosts,
            **({"PASSWORD": password} if password else {}),
        }
    return {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url, "KEY_PREFIX": "portal", "OPTIONS": options}
