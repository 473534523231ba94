"""How the values of a definition stand in a form, and how they are read back.

Three functions each: `show` (the value as the form holds it), `given` (what was posted, in the same shape; None when
the field was not in the form) and `read` (the value of what was typed). Whoever gives back what was shown gives back
the very value, whatever it was: types, order and nonsense stay as they are.
"""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal

from programs.models.programs import ExactEncoder

NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.][0-9]{1,6})?")
LONGEST = 20_000


class Blank:
    """Nothing was filled in: the key is left out."""


BLANK = Blank()


def as_text(value):
    """Any value in one text; what is no text stands as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, cls=ExactEncoder, ensure_ascii=False)


def one(posted, name):
    value = posted.get(name)
    return None if value is None else as_text(value)[:LONGEST]


@dataclass(frozen=True)
class Text:
    rows: int = 1
    longest: int = 2000
    widget = "text"

    def show(self, value):
        return as_text(value)

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        return given if given.strip() else BLANK


@dataclass(frozen=True)
class Number:
    """Whole numbers and sums: commas may be typed. What is no number stays as it was typed, and is a fault."""

    unit: str = ""
    widget = "number"

    def show(self, value):
        return as_text(value)

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        return number(given)


def number(given):
    plain = given.strip().replace(",", "").replace("，", "")
    if not plain:
        return BLANK
    if not NUMBER.fullmatch(plain):
        return given
    value = Decimal(plain)
    return int(value) if value == value.to_integral_value() else value


@dataclass(frozen=True)
class Flag:
    """A box to tick. A hidden field of the same name says that it was in the form."""

    widget = "flag"

    def show(self, value):
        return value is True

    def given(self, posted, name):
        return "1" in posted.getlist(name) if name in posted else None

    def read(self, given):
        return True if given else BLANK


@dataclass(frozen=True)
class YesNo:
    widget = "select"
    choices = ()
    blank = ""

    def show(self, value):
        return as_text(value)

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        return {"true": True, "false": False, "": BLANK}.get(given, given)


@dataclass(frozen=True)
class Choice:
    """One of a list: [(code, label)], or [(heading, [(code, label)])]. A code that is not on it stays."""

    choices: tuple = ()
    blank: str = ""
    is_searched: bool = False
    refreshes: bool = False
    widget = "select"

    def show(self, value):
        return as_text(value)

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        return given or BLANK


@dataclass(frozen=True)
class Codes:
    """Several of a list, and words of one's own, one a line."""

    choices: tuple = ()
    is_open: bool = False
    is_whole_number: bool = False
    widget = "codes"

    def show(self, value):
        texts = [as_text(entry).strip()[:200] for entry in value] if isinstance(value, list) else []
        return tuple(text for text in texts if text)

    def given(self, posted, name):
        if name not in posted:
            return None
        lines = re.split(r"[\n、]", one(posted, f"{name}.other") or "")
        ticked = [as_text(entry)[:200] for entry in posted.getlist(name)]
        return tuple(dict.fromkeys(entry.strip() for entry in [*ticked, *lines] if entry.strip()))

    def read(self, given):
        values = [number(entry) for entry in given] if self.is_whole_number else list(given)
        return values or BLANK


@dataclass(frozen=True)
class Pair:
    """[Chinese, English]; the English may be left out."""

    rows: int = 1
    longest: int = 2000
    widget = "pair"

    def show(self, value):
        if isinstance(value, str):
            value = [value]
        texts = [as_text(entry) for entry in value[:2]] if isinstance(value, list) else []
        return (*texts, "", "")[:2]

    def given(self, posted, name):
        texts = tuple(one(posted, f"{name}[{index}]") for index in (0, 1))
        return None if None in texts else texts

    def read(self, given):
        if not any(text.strip() for text in given):
            return BLANK
        return list(given) if given[1].strip() else [given[0]]


@dataclass(frozen=True)
class Lines:
    """A list of texts, one a line."""

    rows: int = 3
    widget = "lines"
    longest: int = field(default=LONGEST)

    def show(self, value):
        return "\n".join(as_text(entry).replace("\n", " ") for entry in value) if isinstance(value, list) else ""

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        return [line.strip() for line in given.splitlines() if line.strip()] or BLANK


def same(kind, given, shown):
    return set(given) == set(shown) if isinstance(kind, Codes) else given == shown


def take(posted, name, data, key, kind):
    """Reads one field into a mapping. Whatever was not in the form, or came back as it was shown, stays."""
    given = kind.given(posted, name)
    if given is None or same(kind, given, kind.show(data.get(key))):
        return
    value = kind.read(given)
    if value is BLANK:
        data.pop(key, None)
    else:
        data[key] = value
