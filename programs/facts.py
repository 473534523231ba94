"""The vocabulary of facts: what may be known about a person, in which form, and who knows it.

Matching does not know applicants. It knows these facts, and nothing else. The words stand in data/facts.json; a
place may add facts of its own to a Vocabulary without any code. A missing key and null both mean "not known",
while false, 0 and [] are answers.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

DATA = Path(__file__).parent / "data"
SCALARS = {"date", "bool", "int", "money", "decimal", "choice", "country", "area", "text"}
TYPES = SCALARS | {"choices", "grants", "papers", "seals"}
KNOWERS = {"family", "hospital", "school", "bureau", "program"}
MOST_MONEY = Decimal(10) ** 12
MOST_DIGITS = 40  # of a number; far more than any sum, far less than fills a memory
LONGEST_TEXT = 200
LONGEST_LIST = 1000
EARLIEST, LATEST = date(1850, 1, 1), date(2200, 12, 31)
OLDEST = 130
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
SHAPES = {"area": re.compile(r"[0-9]{6}"), "country": re.compile(r"[A-Z]{2}")}
GRANT_KEYS = {"program", "amount_yuan", "date", "term", "campaign"}


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    place: str
    message: str

    def __str__(self):
        return f"{self.place}：{self.message}" if self.place else self.message


class WrongFacts(ValueError):
    """What was given as facts is not; every fault is named, not only the first."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Grant(NamedTuple):
    """A grant paid or committed earlier; what is not known of it is None."""

    program: str
    amount: Decimal | None
    day: date | None
    term: str | None
    campaign: str | None


def pick(pair):
    """The Chinese or the English of a pair, by the language of the page."""
    return pair[1] if (get_language() or "").startswith("en") and pair[1] else pair[0]


@dataclass(frozen=True)
class Fact:
    name: str
    type: str
    labels: tuple[str, str]
    units: tuple[str, str] = ("", "")
    question: str = ""
    knows: str = "family"
    proof: str = ""
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_open: bool = False
    minimum: int | None = None
    maximum: int | None = None
    sources: tuple[str, ...] = ()
    scope: str = ""
    is_givable: bool = True

    @property
    def label(self):
        return pick(self.labels)

    @property
    def unit(self):
        return pick(self.units)

    @property
    def is_number(self):
        return self.type in {"int", "money", "decimal"}

    @property
    def is_derived(self):
        return bool(self.sources)

    @property
    def is_program_state(self):
        """Not a matter of the person: places taken, campaign open. Nobody is asked for these."""
        return self.knows == "program"

    def label_of(self, code):
        pair = self.choices.get(code)
        return pick(pair) if pair else str(code)


def fact_from(data):
    """A fact as it stands in data; wrong data is a ValueError with the fact's name."""
    name, kind = data.get("name"), data.get("type")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise ValueError(_("事实的名称只用小写字母、数字和下划线：%(name)s") % {"name": name})
    if kind not in TYPES or data.get("knows", "family") not in KNOWERS:
        raise ValueError(_("%(name)s：类型或知情人写错了") % {"name": name})
    if kind == "choice" and not data.get("choices"):
        raise ValueError(_("%(name)s：没有列出可选的值") % {"name": name})
    return Fact(
        name=name,
        type=kind,
        labels=tuple(data["label"]),
        units=tuple(data.get("unit", ("", ""))),
        question=data.get("question", ""),
        knows=data.get("knows", "family"),
        proof=data.get("proof", ""),
        choices={code: tuple(pair) for code, pair in data.get("choices", {}).items()},
        is_open=bool(data.get("open")),
        minimum=data.get("min"),
        maximum=data.get("max"),
        sources=tuple(data.get("from", ())),
        scope=data.get("scope", ""),
        is_givable=bool(data.get("givable")) if data.get("from") else True,
    )


class Vocabulary(Mapping):
    """The facts by name. It is never changed; extended() gives a larger one."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, facts):
        self._facts = {fact.name: fact for fact in facts}

    def __getitem__(self, name):
        return self._facts[name]

    def __iter__(self):
        return iter(self._facts)

    def __len__(self):
        return len(self._facts)

    def extended(self, data):
        """With facts of a place added. A local fact cannot take the name of a known one, nor compute anything."""
        added = [fact_from(entry) for entry in data]
        for fact in added:
            if fact.name in self._facts or fact.is_derived:
                raise ValueError(_("%(name)s：这个名称已经有了，或者不是可以直接填写的事实") % {"name": fact.name})
        return Vocabulary([*self._facts.values(), *added])

    def with_choices(self, name, choices):
        """With more values to choose from, for lists that a place may lengthen."""
        fact = self._facts[name]
        longer = replace(fact, choices={**fact.choices, **{code: tuple(pair) for code, pair in choices.items()}})
        return Vocabulary([longer if known.name == name else known for known in self._facts.values()])

    @cached_property
    def position(self):
        return {name: number for number, name in enumerate(self._facts)}

    def asked_for(self, name):
        """The facts somebody can be asked for so that this one becomes known."""
        fact = self._facts[name]
        return fact.sources if fact.is_derived else (name,)

    def read(self, given):
        """Facts as given (JSON or Python) to facts as reckoned with; raises WrongFacts naming every fault."""
        if not isinstance(given, Mapping):
            raise WrongFacts([Fault("", _("一个人的事实应当是一个 JSON 对象"))])
        facts, faults = {}, []
        for name, value in given.items():
            fact = self._facts.get(name) if isinstance(name, str) else None
            if fact is None:
                faults.append(Fault(str(name)[:60], _("没有这个事实，请核对名称")))
            elif not fact.is_givable:
                faults.append(Fault(name, _("这一项由别的事实算出来，请改填：%s") % "、".join(fact.sources)))
            elif value is not None:
                facts[name] = self._read_one(fact, value, faults)
        faults += wrong_together(facts) if not faults else []
        if faults:
            raise WrongFacts(faults)
        return facts

    @staticmethod
    def _read_one(fact, value, faults):
        try:
            return READERS[fact.type](fact, value)
        except WrongFacts as wrong:
            faults += [Fault(f"{fact.name}{inner.place}", inner.message) for inner in wrong.faults]


def refuse(message, place=""):
    raise WrongFacts([Fault(place, message)])


def wrong_together(facts):
    """Facts that are each in order but cannot all be true."""
    born, day = facts.get("birth_date"), facts.get("as_of")
    if not (born and day):
        return []
    if born > day:
        return [Fault("birth_date", _("出生日期 %(born)s 晚于认定日期 %(day)s") % {"born": born, "day": day})]
    if day.year - born.year > OLDEST:
        return [Fault("birth_date", _("出生日期 %(born)s 太早，请核对") % {"born": born})]
    return []


def read_bool(fact, value):
    if not isinstance(value, bool):
        refuse(_("应当填 true 或 false"))
    return value


def within_limits(fact, value):
    if (fact.minimum is not None and value < fact.minimum) or (fact.maximum is not None and value > fact.maximum):
        limits = "–".join("" if end is None else str(end) for end in (fact.minimum, fact.maximum))
        refuse(_("%(value)s 不在 %(limits)s 之内") % {"value": value, "limits": limits})
    return value


def read_int(fact, value):
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(_("应当填整数"))
    if abs(value) > MOST_MONEY:
        refuse(_("数字太大"))
    return within_limits(fact, value)


def number_from(text):
    """A number as JSON writes it, with all its digits. One that is beyond all bounds is infinite, which no fact is:
    1e999999999 is ten letters, and a thousand million digits to whoever makes a whole number of it."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")
    return value if value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS else Decimal("Infinity")


def exact(value):
    """A Decimal from a JSON number or Decimal. Binary fractions are refused: 0.1 would no longer be 0.1."""
    if isinstance(value, float):
        refuse(_("金额和分数按十进制计算，不接受二进制小数"))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        refuse(_("应当填数字，不要加引号"))
    try:
        number = Decimal(value)
        if not number.is_finite() or number.copy_abs() > MOST_MONEY:
            refuse(_("数字太大"))
        if number != number.quantize(Decimal("0.01")):
            refuse(_("最多两位小数"))
    except InvalidOperation:
        refuse(_("数字太长"))
    return number


def read_decimal(fact, value):
    return within_limits(fact, exact(value))


def read_money(fact, value):
    amount = exact(value)
    if amount < 0:
        refuse(_("金额不能是负数"))
    return within_limits(fact, amount)


def read_date(fact, value):
    if type(value) is date:
        day = value
    elif isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            refuse(_("没有 %(value)s 这一天") % {"value": value})
    else:
        refuse(_("日期应当写成 2024-09-02 这样"))
    if not EARLIEST <= day <= LATEST:
        refuse(_("%(value)s 不在合理的年份之内") % {"value": value})
    return day


def read_text(fact, value):
    if not isinstance(value, str) or not value.strip():
        refuse(_("应当填文字"))
    if len(value) > LONGEST_TEXT or "\x00" in value:
        refuse(_("文字太长，或者含有不能用的字符"))
    return value


def read_shaped(fact, value):
    """Area codes and countries: text of one exact shape."""
    if not isinstance(value, str) or not SHAPES[fact.type].fullmatch(value):
        refuse(_("应当填六位行政区划代码") if fact.type == "area" else _("应当填两个大写字母的国家代码，例如 CN"))
    return value


def read_choice(fact, value):
    if not isinstance(value, str):
        refuse(_("应当填文字代码"))
    if value not in fact.choices and not (fact.is_open and CODE.fullmatch(value)):
        known = "、".join(fact.choices)
        refuse(_("没有“%(value)s”这个选项，可以填：%(known)s") % {"value": value[:60], "known": known})
    return value


def each(value, read, longest=LONGEST_LIST):
    """Reads every member of a list; faults carry the member's number."""
    if not isinstance(value, list | tuple | set | frozenset):
        refuse(_("应当填列表，用方括号"))
    if len(value) > longest:
        refuse(_("列表太长"))
    members, faults = [], []
    for number, member in enumerate(value):
        try:
            members.append(read(member))
        except WrongFacts as wrong:
            faults += [Fault(f"[{number}]{inner.place}", inner.message) for inner in wrong.faults]
    if faults:
        raise WrongFacts(faults)
    return members


def read_choices(fact, value):
    return frozenset(each(value, lambda member: read_choice(fact, member)))


def read_code(value):
    if not isinstance(value, str) or not CODE.fullmatch(value):
        refuse(_("应当填材料或项目的代码"))
    return value


def read_papers(fact, value):
    return frozenset(each(value, read_code))


def read_seals(fact, value):
    """Paper code to seal. A paper that is not in here has not been looked at; null says the same."""
    if not isinstance(value, Mapping) or len(value) > LONGEST_LIST:
        refuse(_("应当填“材料代码: 印章”的对象"))
    return {read_code(code): read_choice(fact, seal) for code, seal in value.items() if seal is not None}


AMOUNT = Fact("amount_yuan", "money", ("金额", "amount"))
DAY = Fact("date", "date", ("日期", "date"))
ROUND = Fact("round", "text", ("批次", "round"))


def read_grant(value):
    if not isinstance(value, Mapping):
        refuse(_("每一笔资助应当是一个对象"))
    readers = {"amount_yuan": (AMOUNT, read_money), "date": (DAY, read_date)}
    known, faults = {}, [Fault(f".{str(key)[:60]}", _("没有这一项")) for key in value if key not in GRANT_KEYS]
    for key in GRANT_KEYS - {"program"}:
        fact, read = readers.get(key, (ROUND, read_text))
        try:
            known[key] = read(fact, value[key]) if value.get(key) is not None else None
        except WrongFacts as wrong:
            faults += [Fault(f".{key}", inner.message) for inner in wrong.faults]
    if not isinstance(value.get("program"), str) or not CODE.fullmatch(value["program"]):
        faults.append(Fault(".program", _("没有写明是哪个项目")))
    if faults:
        raise WrongFacts(faults)
    return Grant(value["program"], known["amount_yuan"], known["date"], known["term"], known["campaign"])


def read_grants(fact, value):
    return tuple(each(value, read_grant))


READERS = {
    "bool": read_bool,
    "int": read_int,
    "money": read_money,
    "decimal": read_decimal,
    "date": read_date,
    "text": read_text,
    "area": read_shaped,
    "country": read_shaped,
    "choice": read_choice,
    "choices": read_choices,
    "papers": read_papers,
    "seals": read_seals,
    "grants": read_grants,
}


def load():
    data = json.loads((DATA / "facts.json").read_text(encoding="utf-8"))
    return Vocabulary(fact_from(entry) for entry in data["facts"])


VOCABULARY = load()
