"""Builds the data and measures what was chosen."""

import contextlib
import dataclasses
import sys
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client

from members.models import Staff
from portal.bench import (
    background,
    data,
    databases,
    matching,
    moves,
    pairs,
    people,
    referrals,
    registry,
    report,
    serving,
    tables,
    timing,
)
from portal.bench.load import granian
from portal.lib import embedded

MODULES = [
    serving,
    background,
    matching,
    pairs,
    people,
    referrals,
    moves,
    tables,
]  # importing one registers its benchmarks


class World:
    """What a benchmark may ask for: a client, a session, a server, the size of the data."""

    def __init__(self, size, stack, people=None, referrals=()):
        self.size = size
        self.people = people or size
        self.sizes = sorted(referrals) or [size]
        self.referrals = self.sizes[-1]
        self._stack = stack
        self._sockets = {}
        self._connections = {self.referrals: connections[DEFAULT_DB_ALIAS]}

    @contextlib.contextmanager
    def at(self, referrals):
        """In here the database is the one with so many referrals, on a connection that is kept to be taken up again."""
        usual = self.referrals
        if referrals not in self._connections:
            self._connections[referrals] = self._connect(referrals)
        self._turn_to(referrals)
        try:
            yield
        finally:
            self._turn_to(usual)

    def _connect(self, referrals):
        found = connections.create_connection(DEFAULT_DB_ALIAS)
        found.settings_dict = {**found.settings_dict, "NAME": databases.name_of(self.size, referrals)}
        self._stack.callback(found.close)
        return found

    def _turn_to(self, referrals):
        self.referrals = referrals
        connections[DEFAULT_DB_ALIAS] = self._connections[referrals]

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
    with contextlib.ExitStack() as stack:
        world, results = World(options.size, stack, options.people, filter(None, options.referrals)), []
        for size in world.sizes:
            with world.at(size):
                data.fill(options.size)
        for entry in found:
            print(f"… {entry.name}", file=sys.stderr)
            results += measured(entry, world, options.rounds)
    print(report.table(results))
    print(f"结果：{report.write(results, options)}")
    return 0


def measured(entry, world, rounds):
    """What was measured, once; or in the database of each size there is."""
    if not entry.at_each_size or len(world.sizes) == 1:
        return [timing.measure(entry, world, rounds)]
    found = []
    for size in world.sizes:
        with world.at(size):
            words = {name: f"{getattr(entry, name)} · {size:,}" for name in ("name", "family")}
            found.append(timing.measure(dataclasses.replace(entry, **words), world, rounds))
    return found
