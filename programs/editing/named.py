"""More values of a form: codes that are shown by their words, shares, ends of a tier, sums by name, months by term."""

from dataclasses import dataclass
from decimal import Decimal

from programs.editing.values import BLANK, NUMBER, Number, YesNo, as_text, number, one

COMMA = "、"


@dataclass(frozen=True)
class Named:
    """A code that stands in the form as its words; whoever is on no list is written out."""

    words: dict
    rows: int = 1
    longest: int = 200
    widget = "text"

    @property
    def suggestions(self):
        return sorted({str(label) for label in self.words.values()})

    def show(self, value):
        text = as_text(value)
        return str(self.words.get(text, text))

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        given = given.strip()
        return code_of(given, self.words) if given else BLANK


def code_of(text, words):
    return next((code for code, label in words.items() if str(label) == text), text)


@dataclass(frozen=True)
class NamedSeveral(Named):
    """Several of them in one line: 卫健部门、公安部门."""

    def show(self, value):
        entries = value if isinstance(value, list) else []
        return COMMA.join(super(NamedSeveral, self).show(entry) for entry in entries)

    def read(self, given):
        texts = given.replace(",", COMMA).replace("，", COMMA).split(COMMA)
        return [code_of(text.strip(), self.words) for text in texts if text.strip()] or BLANK


@dataclass(frozen=True)
class Percent(Number):
    """A share, typed as a percentage: 10 is 0.10."""

    unit: str = "%"

    def show(self, value):
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return as_text(value)
        text = f"{value * 100:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def read(self, given):
        value = number(given.replace("%", "").replace("％", ""))
        return Decimal(value) / 100 if isinstance(value, int | Decimal) else value


@dataclass(frozen=True)
class Maybe(YesNo):
    """Yes, no, or as usual: the key is left out then."""

    choices: tuple = ()
    blank: str = ""
    refreshes: bool = False


@dataclass(frozen=True)
class Open(Maybe):
    """Whether an end of a tier is left out of it; nothing said is closed."""

    def show(self, value):
        return "true" if value is True else ""


@dataclass(frozen=True)
class Two:
    """The least and the most, two fields side by side."""

    unit: str = ""
    widget = "two"
    ends = ("least", "most")

    def show(self, value):
        texts = [as_text(entry) for entry in value[:2]] if isinstance(value, list) else [as_text(value)]
        return (*texts, "", "")[:2]

    def given(self, posted, name):
        texts = tuple(one(posted, f"{name}.{end}") for end in self.ends)
        return None if None in texts else texts

    def read(self, given):
        return [number(text) if text.strip() else "" for text in given] if any(map(str.strip, given)) else BLANK


@dataclass(frozen=True)
class Ticked:
    """A key that is there or not, with a value to begin with."""

    begun: object
    choices: tuple = ()
    blank: str = ""
    refreshes: bool = True
    widget = "select"

    def show(self, value):
        return "" if value is None else "on"

    def given(self, posted, name):
        return one(posted, f"{name}.on")

    def read(self, given):
        return dict(self.begun) if given == "on" else BLANK


@dataclass(frozen=True)
class Sums:
    """Sums by name, one a line: 充入饭卡 300."""

    words: dict
    rows: int = 2
    longest: int = 2000
    widget = "text"

    def show(self, value):
        if not isinstance(value, dict):
            return as_text(value)
        return "\n".join(f"{self.words.get(name, name)} {as_text(amount)}" for name, amount in value.items())

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        lines = [line.strip() for line in given.splitlines() if line.strip()]
        pairs = [line.rsplit(maxsplit=1) for line in lines]
        if not all(len(pair) == 2 and NUMBER.fullmatch(pair[1].replace(",", "")) for pair in pairs):
            return given
        return {code_of(name.strip(), self.words): number(amount) for name, amount in pairs} or BLANK


@dataclass(frozen=True)
class Months:
    """The months of each term, one term a line: 9、10、11、12、1."""

    rows: int = 2
    longest: int = 500
    widget = "text"

    def show(self, value):
        if not isinstance(value, list) or not all(isinstance(term, list) for term in value):
            return as_text(value)
        return "\n".join(COMMA.join(as_text(month) for month in term) for term in value)

    def given(self, posted, name):
        return one(posted, name)

    def read(self, given):
        lines = [line.strip() for line in given.splitlines() if line.strip()]
        lines = [line.replace(",", COMMA).replace("，", COMMA) for line in lines]
        terms = [[part.strip() for part in line.split(COMMA)] for line in lines]
        if not all(part.isdecimal() and len(part) < 5 for term in terms for part in term):
            return given
        return [[int(part) for part in term] for term in terms] or BLANK
