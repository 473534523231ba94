"""One condition: what it asks, what a person's facts answer, and why.

A condition is data: a test of one fact, or `all`, `any`, `not` of others. The answer has three values: met (True),
not met (False), not known (None). `all` is not met if any part is not met; `any` is met if any part is met; whatever
else holds an unknown part is not known. This interpreter is the measure; compiled.py and queries.py must agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from programs.facts import READERS, SCALARS, VOCABULARY, Fault, WrongFacts

DEEPEST = 12
MOST_PARTS = 400
MOST_VALUES = 500
NUMBERS = {"int", "money", "decimal"}
TEXTS = {"choice", "country", "area", "text"}
ORDERED = NUMBERS | {"date"}


class WrongCondition(ValueError):
    """What was given as a condition is not; every fault is named with its place."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, eq=False)
class Always:
    """Holds or does not hold for everybody; never written by people, only reckoned with."""

    met: bool
    why: str = ""


@dataclass(frozen=True, eq=False)
class Test:
    """One test of one fact."""

    fact: str
    test: str
    value: object = None
    low: object = None
    high: object = None
    is_low_open: bool = False
    is_high_open: bool = False
    called: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False)
class AllOf:
    """`is_exception`: a way in for a few; it is not named to those whom its first part does not concern."""

    parts: tuple
    why: str = ""
    is_exception: bool = False


@dataclass(frozen=True, eq=False)
class AnyOf:
    parts: tuple
    why: str = ""


@dataclass(frozen=True, eq=False)
class Negation:
    part: object
    why: str = ""


YES, NO = Always(True), Always(False)


@dataclass(frozen=True)
class Kind:
    """A kind of test: which facts it suits, which keys it takes, and how it decides about a known value."""

    suits: frozenset
    takes: str
    decide: object


def months_before(day, months):
    """The same day that many months earlier, or the last day of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def in_range(held, test, facts):
    if test.low is not None and (held < test.low or (test.is_low_open and held == test.low)):
        return False
    return not (test.high is not None and (held > test.high or (test.is_high_open and held == test.high)))


def within_days(held, test, facts):
    today = facts["as_of"]
    return None if today is None else 0 <= (today - held).days <= test.value


def within_months(held, test, facts):
    today = facts["as_of"]
    return None if today is None else months_before(today, test.value) <= held <= today


def kind(suits, takes, decide):
    return Kind(frozenset(suits), takes, decide)


KINDS = {
    "eq": kind(SCALARS, "one", lambda held, test, facts: held == test.value),
    "ne": kind(SCALARS, "one", lambda held, test, facts: held != test.value),
    "in": kind(TEXTS | {"int"}, "many", lambda held, test, facts: held in test.value),
    "not_in": kind(TEXTS | {"int"}, "many", lambda held, test, facts: held not in test.value),
    "lt": kind(ORDERED, "one", lambda held, test, facts: held < test.value),
    "lte": kind(ORDERED, "one", lambda held, test, facts: held <= test.value),
    "gt": kind(ORDERED, "one", lambda held, test, facts: held > test.value),
    "gte": kind(ORDERED, "one", lambda held, test, facts: held >= test.value),
    "range": kind(ORDERED, "range", in_range),
    "startswith": kind({"area", "text"}, "prefix", lambda held, test, facts: held.startswith(test.value)),
    "contains": kind({"choices"}, "one", lambda held, test, facts: test.value in held),
    "contains_any": kind({"choices"}, "many", lambda held, test, facts: not held.isdisjoint(test.value)),
    "contains_all": kind({"choices"}, "many", lambda held, test, facts: held.issuperset(test.value)),
    "within_days": kind({"date"}, "count", within_days),
    "within_months": kind({"date"}, "count", within_months),
    "is_known": kind(SCALARS | {"choices"}, "nothing", None),
}
KEYS = {
    "one": {"value"},
    "many": {"value"},
    "prefix": {"value"},
    "count": {"value"},
    "range": {"low", "high", "low_open", "high_open"},
    "nothing": set(),
}


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What a condition says of one person, with the answers of its parts."""

    condition: object
    met: bool | None
    held: object = None
    parts: tuple = ()


def answer(condition, facts):
    """The oracle: every part is asked, so that every reason can be shown."""
    if isinstance(condition, Test):
        held = facts[condition.fact]
        return Answer(condition, decide(condition, held, facts), held)
    if isinstance(condition, Always):
        return Answer(condition, condition.met)
    if isinstance(condition, Negation):
        part = answer(condition.part, facts)
        return Answer(condition, None if part.met is None else not part.met, None, (part,))
    parts = tuple([answer(part, facts) for part in condition.parts])
    verdicts = [part.met for part in parts]
    settles = isinstance(condition, AnyOf)
    if settles in verdicts:
        return Answer(condition, settles, None, parts)
    return Answer(condition, None if None in verdicts else not settles, None, parts)


def decide(test, held, facts):
    if test.test == "is_known":
        return held is not None
    return None if held is None else KINDS[test.test].decide(held, test, facts)


def tests_of(condition):
    """Every test in a condition, in the order written."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Negation):
        yield from tests_of(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from tests_of(part)


def facts_of(condition):
    """Every fact a condition looks at, once each, in order."""
    names = []
    for test in tests_of(condition):
        names.append(test.fact)
        if test.test.startswith("within_"):
            names.append("as_of")
    return list(dict.fromkeys(names))


def open_tests(given):
    """The tests that leave an answer open; a part that is already settled leaves nothing open."""
    if given.met is not None:
        return
    if isinstance(given.condition, Test):
        yield given
    for part in given.parts:
        yield from open_tests(part)


def open_facts(given):
    names = []
    for one in open_tests(given):
        is_dated = one.condition.test.startswith("within_") and one.held is not None
        names.append("as_of" if is_dated else one.condition.fact)
    return list(dict.fromkeys(names))


def all_of(*parts):
    """`all`, without the parts that change nothing."""
    if any(part is NO for part in parts):
        return NO
    kept = tuple(part for part in parts if part is not YES)
    return YES if not kept else kept[0] if len(kept) == 1 else AllOf(kept)


def any_of(*parts):
    if any(part is YES for part in parts):
        return YES
    kept = tuple(part for part in parts if part is not NO)
    return NO if not kept else kept[0] if len(kept) == 1 else AnyOf(kept)


def negation(part):
    if isinstance(part, Always):
        return NO if part is YES else YES
    return part.part if isinstance(part, Negation) else Negation(part)


@dataclass
class Reader:
    """Reads a condition from data, collecting every fault with its place."""

    vocabulary: Mapping = field(default_factory=lambda: VOCABULARY)
    needs_source: bool = True
    faults: list = field(default_factory=list)
    count: int = 0

    def fault(self, place, message):
        self.faults.append(Fault(place, message))

    def read(self, data, place="condition", depth=0, source=""):
        self.count += 1
        if depth > DEEPEST or self.count > MOST_PARTS:
            if self.count <= MOST_PARTS + 1:
                self.fault(place, _("条件太多或者套得太深"))
            return NO
        if not isinstance(data, Mapping):
            self.fault(place, _("条件应当是一个对象"))
            return NO
        why = self.text_of(data, "why", place) or source
        groups = [key for key in ("all", "any", "not") if key in data]
        if len(groups) + ("fact" in data) != 1:
            self.fault(place, _("一个条件要么查一个事实，要么是“全部”“任一”“不是”之一"))
            return NO
        if groups:
            return self.read_group(data, groups[0], place, depth, why)
        return self.read_test(data, place, why)

    def text_of(self, data, key, place):
        text = data.get(key, "")
        if not isinstance(text, str) or len(text) > 500 or "\x00" in text:
            self.fault(f"{place}.{key}", _("应当是不超过 500 字的文字"))
            return ""
        return text.strip()

    def strays(self, data, allowed, place):
        for key in data:
            if key not in allowed:
                self.fault(f"{place}.{str(key)[:60]}", _("这里不应有这一项"))

    def read_group(self, data, key, place, depth, why):
        self.strays(data, {key, "why", "exception"} if key == "all" else {key, "why"}, place)
        if key == "not":
            return Negation(self.read(data["not"], f"{place}.not", depth + 1, why), why)
        if not isinstance(data[key], list) or not data[key]:
            self.fault(f"{place}.{key}", _("条件组是空的"))
            return NO
        parts = tuple(
            self.read(part, f"{place}.{key}[{number}]", depth + 1, why) for number, part in enumerate(data[key])
        )
        return AllOf(parts, why, data.get("exception") is True) if key == "all" else AnyOf(parts, why)

    def read_test(self, data, place, why):
        fact = self.vocabulary.get(data["fact"]) if isinstance(data["fact"], str) else None
        form = KINDS.get(data.get("test")) if isinstance(data.get("test"), str) else None
        if self.needs_source and not why:
            self.fault(f"{place}.why", _("没有写明出处"))
        if fact is None:
            named = _("没有“%s”这个事实") % str(data["fact"])[:60] if data["fact"] else _("还没有选要查什么")
            self.fault(f"{place}.fact", named)
        if form is None:
            self.fault(f"{place}.test", _("没有“%s”这种判断") % str(data.get("test"))[:60])
        if fact is None or form is None:
            return NO
        if fact.type not in form.suits:
            unsuited = _("“%(fact)s”不能用“%(test)s”判断") % {"fact": fact.label, "test": data["test"]}
            self.fault(f"{place}.test", unsuited)
            return NO
        self.strays(data, {"fact", "test", "why", "called"} | KEYS[form.takes], place)
        called, known = self.text_of(data, "called", place), len(self.faults)
        value = self.read_value(data, fact, form, place)
        # A value that cannot be read compares with nothing: what is checked in half-written drafts must not meet it.
        return Test(fact.name, data["test"], called=called, why=why, **value) if len(self.faults) == known else NO

    def read_value(self, data, fact, form, place):
        if form.takes == "nothing":
            return {}
        if form.takes == "range":
            return self.read_range(data, fact, place)
        given, place = data.get("value"), f"{place}.value"
        if form.takes == "count":
            if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= 1200:
                self.fault(place, _("应当填 1 到 1200 的整数"))
                given = 1
            return {"value": given}
        if form.takes == "prefix":
            if not isinstance(given, str) or not given or len(given) > 200 or "\x00" in given:
                self.fault(place, _("应当填开头的几个字"))
                given = "?"
            return {"value": given}
        if form.takes == "many":
            return {"value": self.read_many(given, fact, place)}
        return {"value": self.read_one(given, fact, place)}

    def read_many(self, given, fact, place):
        if not isinstance(given, list) or not given or len(given) > MOST_VALUES:
            self.fault(place, _("应当填至少一个值的列表"))
            return frozenset({"?"})
        return frozenset(self.read_one(one, fact, f"{place}[{number}]") for number, one in enumerate(given))

    def read_one(self, given, fact, place):
        form = "choice" if fact.type == "choices" else fact.type
        try:
            if given is None:
                raise WrongFacts([Fault("", _("没有填要比较的值"))])
            return READERS[form](fact, given)
        except WrongFacts as wrong:
            self.faults += [Fault(place, inner.message) for inner in wrong.faults]
            return given if isinstance(given, str) else 0

    def read_range(self, data, fact, place):
        ends = {
            end: None if data.get(end) is None else self.read_one(data[end], fact, f"{place}.{end}")
            for end in ("low", "high")
        }
        opens = {end: data.get(f"{end}_open", False) for end in ("low", "high")}
        if not all(isinstance(value, bool) for value in opens.values()):
            self.fault(place, _("区间两端是否含本数只能填 true 或 false"))
        if ends["low"] is None and ends["high"] is None:
            self.fault(place, _("区间至少要有一端"))
        return {**ends, "is_low_open": opens["low"] is True, "is_high_open": opens["high"] is True}


def read_condition(data, vocabulary=VOCABULARY, *, needs_source=True, place="condition"):
    """A condition from data, or WrongCondition with every fault and its place."""
    reader = Reader(vocabulary, needs_source)
    condition = reader.read(data, place)
    if reader.faults:
        raise WrongCondition(reader.faults)
    return condition


def plain(value):
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return value


def written(condition):
    """The condition as data again; read_condition(written(c)) is c."""
    why = {"why": condition.why} if condition.why else {}
    if isinstance(condition, Test):
        return written_test(condition) | why
    if isinstance(condition, Negation):
        return {"not": written(condition.part)} | why
    parts = [written(part) for part in condition.parts]
    if isinstance(condition, AllOf):
        return {"all": parts} | ({"exception": True} if condition.is_exception else {}) | why
    return {"any": parts} | why


def written_test(test):
    data = {"fact": test.fact, "test": test.test}
    takes = KINDS[test.test].takes
    if takes == "range":
        data |= {end: plain(getattr(test, end)) for end in ("low", "high") if getattr(test, end) is not None}
        data |= {f"{end}_open": True for end in ("low", "high") if getattr(test, f"is_{end}_open")}
    elif takes == "many":
        data["value"] = sorted(test.value)
    elif takes != "nothing":
        data["value"] = plain(test.value)
    return data | ({"called": test.called} if test.called else {})
