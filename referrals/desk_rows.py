"""Fifty rows of a desk, and how many lie on it, each in one statement.

The access table has every list in its order, for one reason (and one state) at a time: so each of these ranges is asked
for its first rows, and the first of all of them are what is shown. A page costs the same at ten thousand referrals and
at a million, on page 1 and on page 1000, and for a unit whose cases are all old. What a row shows is fetched by key.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from portal.lib.prepared import Prepared
from referrals.kinds import RANKS
from referrals.models import Referral, ReferralAccess
from referrals.models.referral_access import NO_DAY
from referrals.workflow import ENDS, LIVE, State

# How a list may run, and the columns by which a page begins after another.
CLOCK, NEWEST = ("rank", "by", "pk"), ("-created_at", "-pk")
_KEYS = {"rank": "rank", "by": "due_on", "pk": "referral_id", "created_at": "created_at"}
_CASTS = {"rank": "int", "by": "date", "pk": "bigint", "created_at": "timestamptz"}
_READ = {"rank": int, "by": date.fromisoformat, "pk": int, "created_at": datetime.fromisoformat}
# What is shared with one person by name lies on no desk of the unit.
ALL_REASONS = tuple(reason for reason in ReferralAccess.Reason.values if reason != ReferralAccess.Reason.SHARED)
# What a row shows: name -> column.
SHOWN = {
    "pk": "r.id", "created_at": "r.created_at", "rank": "r.rank", "by": f"COALESCE(r.due_on, DATE '{NO_DAY}')",
    "code": "r.code",
    "number": "r.number", "sender_id": "r.sender_id", "receiver_id": "r.receiver_id", "ground": "r.ground",
    "urgency": "r.urgency", "program_id": "r.program_id", "state": "r.state", "due_on": "r.due_on",
    "version": "r.version", "kind": "r.kind", "paused_in": "r.paused_in",
    "handler_id": "r.handler_id", "sender_handler_id": "r.sender_handler_id",
    "state_since": "r.state_since", "ended_at": "r.ended_at", "paused_by_id": "r.paused_by_id",
    "person_id": "r.person_id", "name": "p.name", "birth_date": "p.birth_date", "gender": "p.gender",
    "residence_id": "p.residence_id", "died_on": "p.died_on",
    "keeper_id": "p.keeper_id", "is_official": "p.is_official",
}  # fmt: skip
_SELECT = ", ".join(f"{column} AS {name}" for name, column in SHOWN.items())
_KEY_COLUMNS = ", ".join(_KEYS.values())


@dataclass(frozen=True)
class Asked:
    """Which rows of the access table: a unit's, lying there for these reasons, in these states, perhaps by a day."""

    unit: int
    reasons: tuple
    states: tuple
    # None: both what is open and what ended.
    is_open: bool | None = True
    # late or today
    due: str = ""
    today: object = None
    # A queryset of referrals that narrows further; or the few keys there are.
    among: object = None
    keys: tuple | None = None


@dataclass
class Row:
    """One row, as plain values. What it says in words of units, programs and people is put in by desks.shown()."""

    __slots__ = (*SHOWN, "sender", "receiver", "program", "kinds", "about", "is_own_turn", "is_late", "unread")


def fetch(asked, order, key, size):
    """The first rows behind a key, in this order."""
    names = [name.lstrip("-") for name in order]
    runs, beyond = ("DESC", "<") if order[0].startswith("-") else ("ASC", ">")
    by, outer = (", ".join(f"{of}{_KEYS[name]} {runs}" for name in names) for of in ("", "a."))
    is_by_clock = "rank" in names
    ranges, given = _ranges(asked, is_by_clock)
    where, values = _where(asked, is_by_clock)
    if key is not None:
        columns = ", ".join(_KEYS[name] for name in names)
        where += f" AND ({columns}) {beyond} ({', '.join(f'%s::{_CASTS[name]}' for name in names)})"
        values += _read(key, names)
    one = f"""
        SELECT {_KEY_COLUMNS} FROM referrals_referralaccess access WHERE {where} ORDER BY {by} LIMIT %s
    """  # noqa: S608 - names of our own columns
    first = f"{ranges} LATERAL ({one}) a" if ranges else f"({one}) a"
    # As an array, because a range of keys is walked through an index once and not gone down into for each of them.
    statement = f"""
        SELECT {_SELECT} FROM referrals_referral r JOIN referrals_person p ON p.id = r.person_id
        WHERE r.id = ANY (ARRAY(SELECT a.referral_id FROM {first} ORDER BY {outer} LIMIT %s))
        ORDER BY {", ".join(f"{SHOWN[name]} {runs}" for name in names)}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, *values, size, size])
        return [row_of(found) for found in cursor.fetchall()]


def _read(key, names):
    """What stood in an address, as the columns have it; ValueError for what was made up."""
    values = [_READ[name](value) for name, value in zip(names, key, strict=True)]
    if any(isinstance(value, int) and not 0 <= value < 2**31 for value in values):
        raise ValueError(key)
    return values


def row_of(values):
    row = Row()
    for name, value in zip(SHOWN, values, strict=True):
        setattr(row, name, value)
    return row


def _ranges(asked, is_by_clock):
    """The ranges an index has in order: every reason, by clock also every state; with a day, every urgency."""
    if asked.reasons == ALL_REASONS and not is_by_clock:
        return "", []
    axes, given = ["unnest(%s::text[]) AS of(reason)"], [list(asked.reasons)]
    if is_by_clock:
        axes.append("unnest(%s::text[]) AS at(state)")
        given.append(list(asked.states))
    if asked.due:
        axes.append("unnest(%s::int[]) AS as_urgent(rank)")
        given.append(sorted(RANKS.values()))
    return f"{', '.join(axes)},", given


def _where(asked, is_by_clock):
    """Of one range. `is_open` stands there as a word, so that the partial indexes are found."""
    parts, values = ["organization_id = %s"], [asked.unit]
    if asked.is_open is not None:
        parts.append("is_open" if asked.is_open else "NOT is_open")
    is_any = asked.reasons == ALL_REASONS and not is_by_clock
    parts.append("reason <> 'shared'" if is_any else "access.reason = of.reason")
    if is_by_clock:
        parts.append("access.state = at.state")
    elif states := _some_of(asked):
        parts.append(f"access.state {states[0]}(%s)")
        values.append(states[1])
    if asked.due:
        parts.append(f"access.rank = as_urgent.rank AND due_on {_DUE[asked.due]} %s")
        values.append(asked.today)
    if asked.keys is not None:
        parts.append("referral_id = ANY(%s)")
        values.append(list(asked.keys))
    if asked.among is not None:
        statement, given = _narrowed(asked.among)
        parts.append(f"EXISTS ({statement})")
        values += given
    return " AND ".join(parts), values


def _some_of(asked):
    """A condition on the state, as short as can be. Named one by one, all that is open looks like little to the
    database, and it would read and sort all of it for the newest fifty."""
    possible = {True: LIVE, False: ENDS, None: set(State)}[asked.is_open]
    others = possible - set(asked.states)
    if len(others) < len(asked.states):
        return ("<> ALL", sorted(others)) if others else None
    return "= ANY", list(asked.states)


_DUE = {"late": "<", "today": "="}


def _narrowed(rows):
    """A condition on referrals, asked of each row in its turn: not of all referrals there are."""
    here = rows.order_by().extra(where=['"referrals_referral"."id" = access.referral_id']).values("pk")  # noqa: S610
    return here.query.sql_with_params()


# -- Counting ---------------------------------------------------------------------------------------------------------
MOST_COUNTED = 1000
_COUNT = f"""
    SELECT of.reason, at.state, sum(c.found), sum(c.late), sum(c.today)
    FROM unnest(%s::text[]) AS of(reason), unnest(%s::text[]) AS at(state), unnest(%s::int[]) AS as_urgent(rank),
    LATERAL (
        SELECT count(*) AS found, count(*) FILTER (WHERE due_on < %s) AS late,
            count(*) FILTER (WHERE due_on = %s) AS today
        FROM (
            SELECT due_on FROM referrals_referralaccess access
            WHERE organization_id = %s AND access.reason = of.reason AND access.state = at.state
                AND access.rank = as_urgent.rank AND is_open
            ORDER BY due_on LIMIT {MOST_COUNTED + 1}
        ) first
    ) c GROUP BY of.reason, at.state
"""  # noqa: S608 - a number of ours


def number(asked):
    """How many rows there are, up to the cap: for the few tabs that are more than reasons and states."""
    ranges, given = _ranges(asked, False)
    where, values = _where(asked, False)
    one = f"SELECT FROM referrals_referralaccess access WHERE {where} LIMIT %s"  # noqa: S608 - names of our own columns
    most = MOST_COUNTED + 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM {ranges} LATERAL ({one}) a LIMIT %s) found",  # noqa: S608
            [*given, *values, most, most],
        )
        return cursor.fetchone()[0]


def count(unit, reasons, states, today):
    """{(reason, state): (how many, how many late, how many today)} of what is open: each counted up to the cap, in the
    order of its days, so that what is late is counted first."""
    with connection.cursor() as cursor:
        ranks = sorted(RANKS.values())
        cursor.execute(_COUNT, [list(reasons), list(states), ranks, today, today, unit])
        return {(reason, state): (int(n), int(late), int(due)) for reason, state, n, late, due in cursor.fetchall()}


def _kinds(referrals):
    among = {"where": ['"referrals_referral_needs"."referral_id" = ANY(%s)'], "params": [referrals]}
    rows = Referral.needs.through.objects.extra(**among).order_by("pk")  # noqa: S610
    return rows.values_list("referral", "need__kind")


_kinds_of = Prepared(_kinds, referrals=list)


def kinds_of(keys):
    """{referral: kinds of its needs} for the rows of a page."""
    found = {}
    for key, kind in _kinds_of(referrals=list(keys)):
        found.setdefault(key, []).append(kind)
    return found
