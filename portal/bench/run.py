"""Builds the data, measures what was chosen, shows it as a table and keeps it as JSON."""

import contextlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.utils import timezone

from members.models import Staff
from portal.bench import background, data, matching, pairs, people, referrals, registry, serving, tables, timing
from portal.bench.load import granian
from portal.lib import embedded

MODULES = [serving, background, matching, pairs, people, referrals, tables]  # importing one registers its benchmarks


class World:
    """What a benchmark may ask for: a client, a session, a server, the size of the data."""

    def __init__(self, size, stack, people=None, referrals=None):
        self.size = size
        self.people = people or size
        self.referrals = referrals or size
        self._stack = stack
        self._sockets = {}

    def client(self, is_signed_in=True, username="bench0"):
        client = Client()
        if is_signed_in:
            client.force_login(
                Staff.objects.get(username=username), "allauth.account.auth_backends.AuthenticationBackend"
            )
        return client

    def cookie(self, username="bench0"):
        """The header of somebody signed in."""
        session = self.client(username=username).cookies[settings.SESSION_COOKIE_NAME]
        return f"{settings.SESSION_COOKIE_NAME}={session.value}"

    def socket(self, application) -> Path:
        """Where an application is served; it is started when first asked for and stopped at the end."""
        if application not in self._sockets:
            path = embedded.run_dir() / f"bench{len(self._sockets)}"
            path.unlink(missing_ok=True)
            self._stack.enter_context(granian(application, path))
            self._sockets[application] = path
        return self._sockets[application]


def run(options) -> int:
    settings.ROOT_URLCONF = "portal.bench.urls"
    found = registry.chosen(options.words)
    if not found:
        print(
            f"没有名称含 {'、'.join(options.words)} 的测量；现有：{'；'.join(registry.BENCHMARKS)}。", file=sys.stderr
        )
        return 1
    data.fill(options.size)
    with contextlib.ExitStack() as stack:
        world, results = World(options.size, stack, options.people, options.referrals), []
        for entry in found:
            print(f"… {entry.name}", file=sys.stderr)
            results.append(timing.measure(entry, world, options.rounds))
    print(table(results))
    print(f"结果：{write(results, options.size)}")
    return 0


def table(results) -> str:
    lines = [f"{'measured':<42} {'once':>10}  {'×':>6}  {'reach':>6}     against"]
    for result in results:
        reach = "" if result.reach is None else f"≤{result.reach:g}"
        verdict = {None: "", True: "ok", False: "NO"}[result.is_reached]
        mine, floor = shown(result.seconds, result.unit), shown(result.floor_seconds, result.unit)
        lines.append(
            f"{result.name:<42} {mine:>10}  {result.ratio:>6.2f}  {reach:>6}  {verdict:<2} {result.against} ({floor})"
        )
    return "\n".join(lines)


def shown(seconds: float, unit_of_result="s") -> str:
    if unit_of_result != "s":
        return f"{seconds:.0f} {unit_of_result}"
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def write(results, size) -> Path:
    """One file, the newest run; what ran it stands beside the numbers, for they mean nothing without."""
    path = embedded.var_dir() / "results.json"
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=embedded.BASE_DIR)
    described = {
        "at": timezone.now().isoformat(),
        "size": size,
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "load": os.getloadavg(),
        "results": [{**asdict(result), "is_reached": result.is_reached} for result in results],
    }
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1))
    return path
