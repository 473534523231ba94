"""Verdicts only, fast: one Python function for a whole catalogue, and an index that rules most programs out first.

The function is generated from conditions that have been read and checked, never from text: its source holds names
this module makes up and nothing that anybody wrote; every value is bound as a constant. It answers what
rules.answer(program.gate) answers, without reasons.
"""

from bisect import bisect_left
from datetime import date
from decimal import Decimal
from operator import itemgetter

from programs.derived import RECKONED
from programs.facts import VOCABULARY
from programs.rules import AllOf, Always, Negation, Test, answer, facts_of, months_before, tests_of

MEMORY = 4096  # values remembered for each fact of the index
COMPARISONS = {"lt": ("<", ">="), "lte": ("<=", ">"), "gt": (">", "<="), "gte": (">=", "<")}


class Frame:
    """Where each fact stands in a person's row: plain facts once, derived ones once for each program or convention."""

    def __init__(self, programs, vocabulary=VOCABULARY):
        self.vocabulary = vocabulary
        wanted = {self.slot(name, program) for program in programs for name in facts_of(program.gate)}
        self.plain = sorted(name for name, scope in wanted if not scope)
        self.reckoned = sorted((name, scope) for name, scope in wanted if scope)
        self.places = {(name, ""): place for place, name in enumerate(self.plain)}
        self.places |= {slot: len(self.plain) + place for place, slot in enumerate(self.reckoned)}
        self.blank = dict.fromkeys([*self.plain, ""])
        self.pick = itemgetter(*self.plain, "", "")
        self.by_program = {}
        for place, (name, scope) in enumerate(self.reckoned):
            program = scope.split(" ")[0]
            self.by_program.setdefault(program, []).append((place, name, scope))
        self.without_grants = self.reckon_all({"prior_grants": ()})

    def slot(self, name, program):
        """Derived facts hang on the program, or on its way of counting years, and are told apart by that."""
        fact = self.vocabulary[name]
        if not fact.is_derived:
            return name, ""
        convention = program.age_convention
        return name, f"{program.code if fact.scope == 'program' else '*'} {convention}"

    def place(self, name, program):
        return self.places[self.slot(name, program)]

    def reckon(self, name, scope, facts):
        program, _space, convention = scope.partition(" ")
        return RECKONED[name](facts, program, convention)

    def reckon_all(self, facts):
        return [self.reckon(name, scope, facts) for name, scope in self.reckoned]

    def row(self, facts):
        """A person's facts as a tuple. Only programs that have granted something are reckoned anew."""
        grants = facts.get("prior_grants")
        plain = self.pick(self.blank | facts)[:-2]
        if grants is None:
            return plain + tuple(self.reckon_all(facts))
        values = self.without_grants.copy()
        for program in {"*", *(grant.program for grant in grants)}:
            for place, name, scope in self.by_program.get(program, ()):
                values[place] = self.reckon(name, scope, facts)
        return plain + tuple(values)


class Source:
    """Python source for conditions: what is surely met, and what surely is not."""

    def __init__(self, frame):
        self.frame = frame
        self.constants = {"months_before": months_before}

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def pair(self, condition, program):
        """(surely met, surely not met)."""
        if isinstance(condition, Always):
            return str(condition.met), str(not condition.met)
        if isinstance(condition, Test):
            return self.test(condition, program)
        if isinstance(condition, Negation):
            met, fails = self.pair(condition.part, program)
            return fails, met
        pairs = [self.pair(part, program) for part in condition.parts]
        met, fails = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        if isinstance(condition, AllOf):
            return f"({' and '.join(met)})", f"({' or '.join(fails)})"
        return f"({' or '.join(met)})", f"({' and '.join(fails)})"

    def test(self, test, program):
        v = f"v{self.frame.place(test.fact, program)}"
        if test.test == "is_known":
            return f"{v} is not None", f"{v} is None"
        if test.test in {"eq", "ne"}:
            met, fails = self.equality(test, v)
            return (met, fails) if test.test == "eq" else (fails, met)
        holds, not_holds = self.expression(test, v, program)
        known = f"{v} is not None and "
        if test.test.startswith("within_"):
            known += f"v{self.frame.place('as_of', program)} is not None and "
        return f"({known}{holds})", f"({known}{not_holds})"

    def equality(self, test, v):
        if isinstance(test.value, bool):
            return f"{v} is {test.value}", f"{v} is {not test.value}"
        c = self.constant(test.value)
        return f"{v} == {c}", f"({v} is not None and {v} != {c})"

    def expression(self, test, v, program):
        if test.test == "range":
            return self.between(test, v)
        c = self.constant(test.value)
        if test.test in COMPARISONS:
            holds, fails = COMPARISONS[test.test]
            return f"{v} {holds} {c}", f"{v} {fails} {c}"
        if test.test == "startswith":
            length = len(test.value)
            return f"{v}[:{length}] == {c}", f"{v}[:{length}] != {c}"
        if test.test.startswith("within_"):
            return self.within(test, v, c, f"v{self.frame.place('as_of', program)}")
        return {
            "in": (f"{v} in {c}", f"{v} not in {c}"),
            "not_in": (f"{v} not in {c}", f"{v} in {c}"),
            "contains": (f"{c} in {v}", f"{c} not in {v}"),
            "contains_any": (f"not {v}.isdisjoint({c})", f"{v}.isdisjoint({c})"),
            "contains_all": (f"{v} >= {c}", f"not {v} >= {c}"),
        }[test.test]

    def between(self, test, v):
        parts = []
        if test.low is not None:
            parts.append(f"{self.constant(test.low)} {'<' if test.is_low_open else '<='} {v}")
        if test.high is not None:
            parts.append(f"{v} {'<' if test.is_high_open else '<='} {self.constant(test.high)}")
        holds = " and ".join(parts)
        return holds, f"not ({holds})"

    @staticmethod
    def within(test, v, c, today):
        if test.test == "within_days":
            holds = f"0 <= ({today} - {v}).days <= {c}"
        else:
            holds = f"months_before({today}, {c}) <= {v} <= {today}"
        return holds, f"not ({holds})"

    def verdict(self, program):
        met, fails = self.pair(program.gate, program)
        return f"(False if {fails} else True if {met} else None)"


class Compiled:
    """A catalogue as one function over a row: verdicts(row) is a tuple of True, False, None."""

    def __init__(self, programs, vocabulary=VOCABULARY):
        self.programs = tuple(programs)
        self.frame = Frame(self.programs, vocabulary)
        self.row = self.frame.row
        source = Source(self.frame)
        verdicts = [source.verdict(program) for program in self.programs]
        self.verdicts = self.made(source, "".join(f"{verdict}, " for verdict in verdicts))
        self.singles = [self.made(source, verdict) for verdict in verdicts]

    def made(self, source, expression):
        """Names and constants only: see the module's first lines."""
        used = [f"v{place}" for place in sorted(self.frame.places.values())]
        names = "".join(f"{name}, " for name in used)
        text = f"def verdicts(row):\n    {names}= row\n    return ({expression})\n" if used else NO_FACTS % expression
        namespace = dict(source.constants)
        exec(compile(text, "<catalogue>", "exec"), namespace)  # noqa: S102 - generated from names of our own making
        return namespace["verdicts"]

    def match(self, facts):
        return self.verdicts(self.row(facts))


NO_FACTS = "def verdicts(row):\n    return (%s)\n"


class Index:
    """For each fact and value, the programs it rules out, as bits; what is left is asked one by one.

    A program is ruled out by a value when a part of its gate that must hold, and that looks at this one fact alone,
    fails. Parts that look at several facts, or at earlier grants, are left to the program's own function.
    """

    def __init__(self, compiled):
        self.compiled = compiled
        self.everyone = (1 << len(compiled.programs)) - 1
        needs = {}
        for number, program in enumerate(compiled.programs):
            for part in self.single_needs(program):
                name = facts_of(part)[0]
                needs.setdefault(compiled.frame.place(name, program), []).append((number, part, name))
        self.columns = [(place, Column(parts)) for place, parts in sorted(needs.items())]

    def single_needs(self, program):
        parts = program.gate.parts if isinstance(program.gate, AllOf) else (program.gate,)
        flat = [inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))]
        for part in flat:
            names = facts_of(part)
            if len(names) == 1 and self.compiled.frame.vocabulary[names[0]].scope != "program":
                yield part

    def left(self, row):
        """The programs no single fact rules out, as bits."""
        out = 0
        for place, column in self.columns:
            value = row[place]
            if value is not None:
                out |= column.ruled_out(value)
        return self.everyone & ~out

    def verdicts(self, row):
        """Number of the program to True or None; every other program is False."""
        answers, singles, bits = {}, self.compiled.singles, self.left(row)
        while bits:
            low = bits & -bits
            number = low.bit_length() - 1
            verdict = singles[number](row)
            if verdict is not False:
                answers[number] = verdict
            bits ^= low
        return answers


class Column:
    """One fact's column of the index. Numbers are looked up by the interval they lie in, other values by themselves."""

    def __init__(self, parts):
        self.parts = parts
        self.masks = {}
        bounds = {bound for _number, part, _name in parts for bound in bounds_of(part)}
        self.bounds = sorted(bounds) if bounds else None

    def ruled_out(self, value):
        key = value
        if self.bounds is not None:
            place = bisect_left(self.bounds, value)
            is_on = place < len(self.bounds) and self.bounds[place] == value
            key = 2 * place + is_on
        mask = self.masks.get(key)
        if mask is None:
            mask = self.masks[key] = self.mask_of(value)
            if len(self.masks) > MEMORY:
                self.masks = {key: mask}
        return mask

    def mask_of(self, value):
        mask = 0
        for number, part, name in self.parts:
            if answer(part, {name: value}).met is False:
                mask |= 1 << number
        return mask


def bounds_of(part):
    """The numbers or days at which a condition may change its mind; nothing for words and lists."""
    for test in tests_of(part):
        if test.test.startswith("within_"):
            continue  # counts days; a day looked at against itself has no bound
        values = test.value if isinstance(test.value, frozenset) else (test.low, test.high, test.value)
        yield from (
            value for value in values if isinstance(value, int | Decimal | date) and not isinstance(value, bool)
        )
