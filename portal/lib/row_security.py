"""Row-level security: the database's own answer to a scope that somebody forgot.

What a request reads of a protected table it reads as `portal_reader`, a role that may only read and that of these
tables sees what the policies show the unit named in `portal.unit`. Role and unit are said in the same message as the
statement and hold for this statement alone: no round trip more, nothing that stays on a connection, nothing a pooler
could hand to the next client. Nobody signed in means no unit, and no unit means no row.

Three things read as the owner, on purpose: background work and commands; whatever stands in a transaction that began
in the request, because there an action decides, for all parties, after its gate was asked; and `widely("…")`, for the
few readings of a page that go beyond its unit, each by a name that is listed.
"""

import re
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from django.db import connections, transaction

ROLE, SETTING = "portal_reader", "portal.unit"
# function() -> the unit of whoever reads, or None for nobody; without one, everything is read as the owner.
_reader = ContextVar("reader", default=None)
_tables, _pattern, _reasons = set(), re.compile(r"(?!)"), {}
_READS = ("select", "with", "(")


def protect(tables, reasons):
    """Called once by the room that has them: which tables have policies, and why some readings go beyond them."""
    global _pattern
    _tables.update(tables)
    _reasons.update(reasons)
    _pattern = re.compile(rf"\b(?:{'|'.join(sorted(_tables))})\b")


@contextmanager
def reading_for(unit):
    """Until the block ends, this request reads for the unit that `unit()` names at that moment."""
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(_Scope(connection)))
        token = _reader.set(unit)
        try:
            yield
        finally:
            _reader.reset(token)


@contextmanager
def widely(why):
    """Read beyond the unit. `why` is one of the reasons that are written down with the policies."""
    if why not in _reasons:
        raise KeyError(f"nobody wrote down why {why} is read widely")
    token = _reader.set(None)
    try:
        yield
    finally:
        _reader.reset(token)


class _Scope:
    """Goes around each statement of a request, on one connection."""

    def __init__(self, connection):
        # A transaction that was there before the request is a test's.
        self.connection, self.depth = connection, len(connection.atomic_blocks)

    def __call__(self, execute, sql, params, many, context):
        unit = _reader.get()
        if unit is None or many or not self._is_read_for_show(sql):
            return execute(sql, params, many, context)
        begin, end = _begin(unit()), _END if self.connection.in_atomic_block else ""
        if getattr(context["cursor"].cursor, "name", None):
            return self._declared(begin, execute, sql, params, context)
        result = execute(f"{begin}{sql}{end}", params, many, context)
        context["cursor"].cursor.nextset()
        return result

    def _is_read_for_show(self, sql):
        if len(self.connection.atomic_blocks) > self.depth or not isinstance(sql, str):
            return False
        return sql.lstrip()[:6].lower().startswith(_READS) and _pattern.search(sql) is not None

    def _declared(self, begin, execute, sql, params, context):
        """A cursor on the server is one statement alone; so a transaction of its own goes around it."""
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute(begin)
            result = execute(sql, params, False, context)
            # The unit is asked for when the first row is; the role was asked for already.
            cursor.execute("SELECT set_config('role', 'none', true)")
        return result


_END = f"; SELECT set_config('role', 'none', true), set_config('{SETTING}', '', true)"


def _begin(unit):
    named = "" if unit is None else int(unit)
    return f"SELECT set_config('role', '{ROLE}', true), set_config('{SETTING}', '{named}', true); "
