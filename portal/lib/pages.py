"""Pages by key: page 1000 costs what page 1 costs, and a row that arrives meanwhile shifts nothing.

A page is asked for by the key of the last row of the one before (`?after=`) or of the first row of the one behind
(`?before=`). Keys are the ordering columns, as URL-safe JSON: nothing personal may be ordered by.
"""

import base64
import binascii
import json
import math
from dataclasses import dataclass, field
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Q

PAGE_SIZE = 50
COUNT_CAP = 1000


@dataclass
class Page:
    rows: list
    after: str = ""
    before: str = ""
    # The filters of the request, to be kept in the links.
    query: str = ""
    has_filters: bool = field(default=False)

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def page_of(request, queryset, order, size=PAGE_SIZE):
    """One page of a queryset. `order` names its columns, "-" for descending; the last one must be unique."""
    return page_by(request, partial(_rows, queryset), order, size)


def page_by(request, fetch, order, size=PAGE_SIZE):
    """The same of rows from elsewhere: fetch(order, key, size) hands over the first of them behind a key."""
    key, backwards = _asked_for(request, order)
    wanted = _reversed(order) if backwards else order
    try:
        rows = fetch(wanted, key, size + 1)
    except (ValidationError, ValueError, TypeError):
        key, backwards = None, False
        rows = fetch(order, None, size + 1)
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    page = Page(rows, query=query.urlencode(), has_filters=any(query.values()))
    if rows and (has_more if not backwards else True):
        page.after = encode(rows[-1], order)
    if rows and (has_more if backwards else key is not None):
        page.before = encode(rows[0], order)
    return page


def capped_count(queryset, cap=COUNT_CAP):
    """How many, up to a cap: (number, whether there are more)."""
    number = queryset.order_by()[: cap + 1].count()
    return min(number, cap), number > cap


def encode(row, order):
    values = [_value(row, name.lstrip("-")) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode(text, order):
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(order):
        return None
    return None if any(_cannot_be_asked(value) for value in values) else values


def _cannot_be_asked(value):
    """What the database would refuse with an error of its own."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, list | dict)


def _asked_for(request, order):
    for name in ("after", "before"):
        if text := request.GET.get(name):
            return decode(text, order), name == "before"
    return None, False


def _reversed(order):
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def _rows(queryset, order, key, size):
    """The first rows beyond the key. Asked range by range: each begins in an index where the key stands, while all of
    them in one condition would make the database walk there from the beginning."""
    queryset = queryset.order_by(*order)
    rows = []
    for beyond in _ranges(order, key):
        rows += queryset.filter(beyond)[: size - len(rows)]
        if len(rows) == size:
            break
    return rows


def _ranges(order, key):
    """(a, b) > (x, y) as its parts, the nearest first: a = x and b > y, then a > x. Each column may run its own way."""
    if key is None:
        yield Q()
        return
    columns = [name.lstrip("-") for name in order]
    for place in reversed(range(len(order))):
        test = "lt" if order[place].startswith("-") else "gt"
        equal = Q(**dict(zip(columns[:place], key[:place], strict=True)))
        yield equal & Q(**{f"{columns[place]}__{test}": key[place]})


def _value(row, name):
    for part in name.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row
