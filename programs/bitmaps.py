"""All people against all programs at once: a string of bits for each distinct test, one bit a person.

Each fact is sorted into classes, so that every test of every program says the same of all values of a class; which
class says what is asked of the interpreter's own tests (rules.decide). The database turns the classes of a county's
people into planes, strings of bits, in one pass over them; everything above the planes is a network of "and" and "or"
over such strings, in which what several programs share stands once. A condition has two strings: those who surely meet
it and those who surely do not.

Earlier grants are reckoned as if nobody had any: almost nobody has one of a given program. all_pairs.py puts right
the few who do.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from programs.derived import RECKONED
from programs.facts import VOCABULARY
from programs.queries import Sql
from programs.rules import AllOf, Always, Negation, Test, decide, months_before, tests_of

AREA = re.compile(r"[0-9]{6}\x01|[0-9]{0,5}[0-9:]")
CENT, DAY = Decimal("0.01"), timedelta(days=1)
NUMBERS = {"int": "bigint", "money": "numeric", "decimal": "numeric", "date": "date", "area": "integer"}
NOBODY, EVERYBODY = -2_000_000_000, -1_000_000_000


# -- classes of values ------------------------------------------------------------------------------------------------
def after(value):
    """The next value of its kind; a text is followed by itself with the least of all characters behind it."""
    if isinstance(value, str):
        return value + "\x01"
    return value + (DAY if isinstance(value, date) else CENT if isinstance(value, Decimal) else 1)


def before(value):
    if isinstance(value, str):
        return ""
    return value - (DAY if isinstance(value, date) else 1)


def beyond(prefix):
    """The first text behind all that begin so, in the order of code points."""
    last = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)


def bounds_of(test, on, kind):
    """Where a test may change its mind: it says the same of all values from one bound up to the next."""
    if test.test == "startswith":
        return {test.value, beyond(test.value)} if test.value else set()
    if test.test == "within_days":
        return {on - timedelta(days=test.value), after(on)}
    if test.test == "within_months":
        return {months_before(on, test.value), after(on)}
    values = test.value if isinstance(test.value, frozenset) else {test.value, test.low, test.high} - {None}
    exact = Decimal if kind in {"money", "decimal"} else lambda value: value
    return {bound for value in map(exact, values) for bound in (value, after(value))}


@dataclass
class Column:
    """One fact of every person, sorted into classes by all the tests that look at it. `sql` is its expression."""

    sql: Sql
    type: str
    tests: dict = field(default_factory=dict)
    first: int = 0

    def prepare(self, on):
        """Number the classes: 0 is "not known"; classes of which all tests say the same get one number."""
        bounds = sorted({bound for test in self.tests.values() for bound in bounds_of(test, on, self.type)})
        if self.type == "area":
            bounds = [bound for bound in bounds if AREA.fullmatch(bound)]
        samples, facts = ([before(bounds[0]), *bounds] if bounds else [""]), {"as_of": on}
        said = [tuple(decide(test, value, facts) for test in self.tests.values()) for value in samples]
        self.bounds = bounds
        classes = list(dict.fromkeys(said))
        self.numbers = [classes.index(one) + 1 for one in said]
        self.answers = {key: [None, *(one[place] for one in classes)] for place, key in enumerate(self.tests)}
        self.width = len(classes).bit_length()

    def code(self):
        """The number of a person's class as SQL; NULL while the fact is not known."""
        text, parameters = self.sql
        if len(set(self.numbers)) == 1:
            return Sql(f"CASE WHEN {text} IS NOT NULL THEN 1 END", parameters)
        numbers = ",".join(map(str, self.numbers))
        kind, value = NUMBERS.get(self.type, "text"), f"({text})"
        bounds = self.bounds
        if self.type == "area":
            # Six digits; a beginning of them is bounded by numbers as well as by texts.
            value, bounds = f"({text})::integer", [as_number(bound) for bound in bounds]
        elif kind == "text":
            value += ' COLLATE "C"'
        return Sql(f"('{{{numbers}}}'::smallint[])[1 + width_bucket({value}, %s::{kind}[])]", (*parameters, bounds))


def as_number(bound):
    """The least area code that is not before this text: "2303" is 230300, what follows 230302 is 230303."""
    digits = bound.rstrip("\x01:")
    if bound.endswith(":"):  # what follows "9"
        return int(digits.ljust(6, "9")) + 1 if digits else 1_000_000
    return int(digits.ljust(6, "0")) + (len(digits) == 6 and bound != digits)


@dataclass
class Flag:
    """A fact that is yes or no: a plane for each."""

    sql: Sql
    first: int = 0

    def code(self):
        return self.sql


@dataclass
class Members:
    """A fact that is a list: one plane for each code that a test names, and one for "is known"."""

    sql: Sql
    codes: list = field(default_factory=list)
    first: int = 0

    def code(self):
        return self.sql

    def place(self, code):
        return self.first + 1 + self.codes.index(code)


# -- the network ------------------------------------------------------------------------------------------------------
class Network:
    """Planes by number, their opposites by numbers below zero, and nodes: each an "and" or "or" of others."""

    def __init__(self, programs, columns_for, looked, on, states=None, vocabulary=VOCABULARY):
        """columns_for(program) -> expression for each fact; states: program code -> facts of the program itself."""
        self.programs, self.on, self.vocabulary, self.states = programs, on, vocabulary, states or {}
        # The first plane says of whom earlier grants are known.
        self.columns = {"looked": Members(looked)}
        for program in programs:
            found = None
            for test in tests_of(program.gate):
                if self.constant(test, program) is None:
                    found = found or columns_for(program)
                    self.collect(test, program, found)
        self.planes = []
        self.number_planes()
        self.nodes, self.levels, self.tested = {}, {}, {}
        self.roots = [self.pair(program.gate, program) for program in programs]

    # -- what is asked of people --------------------------------------------------------------------------------------
    def constant(self, test, program):
        """(value,) where everybody has the same: the day, the state of the program, grants that nobody has."""
        fact = self.vocabulary[test.fact]
        if test.fact == "as_of":
            return (self.on,)
        if fact.is_program_state:
            return (self.states.get(program.code, {}).get(test.fact),)
        if fact.scope == "program":
            return (RECKONED[test.fact]({"prior_grants": (), "as_of": self.on}, program.code, program.age_convention),)
        return None

    def slot(self, test, program):
        return (test.fact, program.age_convention if test.fact == "age_years" else "")

    def collect(self, test, program, columns):
        slot, fact = self.slot(test, program), self.vocabulary[test.fact]
        if fact.type == "choices":
            column = self.columns.setdefault(slot, Members(columns[test.fact]))
            column.codes += [code for code in codes_of(test) if code not in column.codes]
        elif fact.type == "bool":
            self.columns.setdefault(slot, Flag(columns[test.fact]))
        else:
            column = self.columns.setdefault(slot, Column(columns[test.fact], fact.type))
            column.tests.setdefault(signature(test), test)

    def number_planes(self):
        """[(column, its bit or member)] in the order of the planes."""
        for column in self.columns.values():
            column.first = len(self.planes)
            if isinstance(column, Flag):
                self.planes += [(column, True), (column, False)]
            elif isinstance(column, Members):
                self.planes += [(column, None), *((column, code) for code in column.codes)]
            else:
                column.prepare(self.on)
                self.planes += [(column, bit) for bit in range(column.width)]

    # -- nodes --------------------------------------------------------------------------------------------------------
    def plane(self, number, is_set=True):
        return number if is_set else -number - 1

    def join(self, kind, parts):
        """The node that is the "and" or "or" of these, made once."""
        settles, changes_nothing = (NOBODY, EVERYBODY) if kind == "and" else (EVERYBODY, NOBODY)
        parts = frozenset(parts) - {changes_nothing}
        if settles in parts:
            return settles
        if len(parts) < 2:
            return next(iter(parts), changes_nothing)
        key = (kind, parts)
        if key not in self.nodes:
            self.nodes[key] = node = f"n{len(self.nodes)}"
            self.levels[node] = 1 + max(self.levels.get(part, 0) for part in parts)
        return self.nodes[key]

    def pair(self, condition, program):
        """(those who surely meet it, those who surely do not)."""
        if isinstance(condition, Always):
            return (EVERYBODY, NOBODY) if condition.met else (NOBODY, EVERYBODY)
        if isinstance(condition, Test):
            held = self.constant(condition, program)
            if held is not None:
                return self.fixed(condition, held[0])
            slot = self.slot(condition, program)
            asked = (slot, signature(condition))
            if asked not in self.tested:
                self.tested[asked] = self.test(condition, self.columns[slot])
            return self.tested[asked]
        if isinstance(condition, Negation):
            return self.pair(condition.part, program)[::-1]
        pairs = [self.pair(part, program) for part in condition.parts]
        kinds = ("and", "or") if isinstance(condition, AllOf) else ("or", "and")
        return tuple(self.join(kind, [pair[side] for pair in pairs]) for side, kind in enumerate(kinds))

    def test(self, test, column):
        if isinstance(column, Flag):
            return self.flag(test, column)
        if isinstance(column, Members):
            return self.members(test, column)
        answers = column.answers[signature(test)]
        if test.test == "is_known":
            answers = [False, *answers[1:]]
        return tuple(self.those(column, [number for number, said in enumerate(answers) if said is wanted])
                     for wanted in (True, False))  # fmt: skip

    def fixed(self, test, held):
        """The same for everybody; of earlier grants nothing is known while nobody has looked."""
        met = decide(test, held, {"as_of": self.on})
        sides = tuple(EVERYBODY if met is wanted else NOBODY for wanted in (True, False))
        if self.vocabulary[test.fact].scope != "program":
            return sides
        looked, not_looked = self.looked()
        if test.test != "is_known":
            return tuple(self.join("and", [side, looked]) for side in sides)
        return self.join("and", [sides[0], looked]), self.join("or", [sides[1], not_looked])

    def looked(self):
        return self.plane(0), self.plane(0, False)

    def flag(self, test, column):
        yes, no = column.first, column.first + 1
        if test.test == "is_known":
            return self.join("or", [yes, no]), self.join("and", [self.plane(yes, False), self.plane(no, False)])
        return (yes, no) if test.value is (test.test == "eq") else (no, yes)

    def members(self, test, column):
        known, unknown = self.plane(column.first), self.plane(column.first, False)
        if test.test == "is_known":
            return known, unknown
        kinds = ("and", "or") if test.test == "contains_all" else ("or", "and")
        places = [column.place(code) for code in codes_of(test)]
        met = self.join(kinds[0], [self.plane(place) for place in places])
        lacking = self.join(kinds[1], [self.plane(place, False) for place in places])
        return self.join("and", [met, known]), self.join("and", [lacking, known])

    def those(self, column, numbers):
        """Those whose class has one of these numbers. Numbers that no class has may fall on either side."""
        unused = range(max(column.numbers) + 1, 1 << column.width)
        return self.cover(column, frozenset(numbers), frozenset(unused), column.width, 0)

    def cover(self, column, wanted, unused, width, start):
        """The numbers from start to start + 2**width as blocks of halves, as large as may be."""
        block = frozenset(range(start, start + (1 << width)))
        if not block & wanted:
            return NOBODY
        if block <= wanted | unused:
            return self.block(column, width, start)
        halves = (start, start + (1 << (width - 1)))
        return self.join("or", [self.cover(column, wanted, unused, width - 1, half) for half in halves])

    def block(self, column, width, start):
        """The planes above the block's own bits say which block it is."""
        if width == column.width:
            return EVERYBODY
        above = self.block(column, width + 1, start & ~((2 << width) - 1))
        return self.join("and", [above, self.plane(column.first + width, bool(start >> width & 1))])

    def needed(self):
        """level -> {node: ("and" or "or", its parts)}: all that the roots rest on, lowest first."""
        made = {node: key for key, node in self.nodes.items()}
        needed, waiting = {}, [node for pair in self.roots for node in pair]
        while waiting:
            node = waiting.pop()
            if node in made and node not in needed:
                needed[node] = made[node]
                waiting += made[node][1]
        levels = defaultdict(dict)
        for node in sorted(needed, key=lambda node: (self.levels[node], node)):
            levels[self.levels[node]][node] = needed[node]
        return levels


def codes_of(test):
    return sorted(test.value) if isinstance(test.value, frozenset) else [test.value] if test.value is not None else []


def signature(test):
    """Tests with the same signature ask the same."""
    return test.test, test.value, test.low, test.high, test.is_low_open, test.is_high_open
