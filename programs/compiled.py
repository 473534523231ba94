"""Verdicts only, fast: one Python function for a whole catalogue, and an index that rules most programs out first.

The function is generated from conditions that have been read and checked, never from text: its source holds names
this module makes up and nothing that anybody wrote; every value is bound as a constant. It answers what
rules.answer(program.gate) answers, without reasons.
"""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import itemgetter

from programs.derived import RECKONED, View
from programs.facts import VOCABULARY
from programs.rules import (
    NO,
    YES,
    AllOf,
    Always,
    AnyOf,
    Negation,
    Test,
    all_of,
    answer,
    any_of,
    facts_of,
    months_before,
    negation,
    tests_of,
)

MEMORY = 4096  # values remembered for each fact of the index
NAME, CONSTANT = re.compile(r"\bv\d+\b"), re.compile(r"\bc\d+\b|\bmonths_before\b")
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
        self.source = Source(self.frame)
        self._singles = [None] * len(self.programs)

    @cached_property
    def verdicts(self):
        return self.made("".join(f"{self.source.verdict(program)}, " for program in self.programs))

    def single(self, number):
        """One program's function, made when it is first needed."""
        function = self._singles[number]
        if function is None:
            function = self._singles[number] = self.made(self.source.verdict(self.programs[number]))
        return function

    def made(self, expression):
        """Names and constants only: see the module's first lines."""
        used = sorted({int(name[1:]) for name in NAME.findall(expression)})
        lines = "".join(f"    v{place} = row[{place}]\n" for place in used)
        namespace = {name: self.source.constants[name] for name in CONSTANT.findall(expression)}
        text = f"def verdicts(row):\n{lines}    return ({expression})\n"
        exec(compile(text, "<catalogue>", "exec"), namespace)  # noqa: S102 - generated from names of our own making
        return namespace["verdicts"]

    def match(self, facts):
        return self.verdicts(self.row(facts))


def without_grants(program):
    """The same program for somebody to whom nothing has been granted, as is the rule: its gate is shorter."""
    facts = View({"prior_grants": ()}, program.code, program.age_convention)
    return replace(program, gate=settled(program.gate, facts))


def settled(condition, facts):
    """A condition in which tests of earlier grants are replaced by what they come to."""
    if isinstance(condition, Test):
        given = answer(condition, facts).met if condition.fact in PROGRAM_FACTS else None
        return condition if given is None else YES if given else NO
    if isinstance(condition, Negation):
        return negation(settled(condition.part, facts))
    if isinstance(condition, AllOf | AnyOf):
        parts = [settled(part, facts) for part in condition.parts]
        return all_of(*parts) if isinstance(condition, AllOf) else any_of(*parts)
    return YES if condition.met else NO


PROGRAM_FACTS = {name for name, fact in VOCABULARY.items() if fact.scope == "program"}


def conjuncts(condition):
    """The parts that must all hold."""
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from conjuncts(part)
    else:
        yield condition


class Index:
    """For each fact and value, the programs it rules out, as bits; what that leaves open is asked one by one.

    A program is ruled out when a part of its gate that must hold fails: a part that looks at one fact, or an `any`
    each of whose ways has such a part, and all fail. Where that is all a gate asks, and the facts are known, a
    program that is not ruled out is met. Parts that hang on earlier grants are left to the program's own function.
    """

    def __init__(self, compiled):
        self.compiled = compiled
        self.everyone = (1 << len(compiled.programs)) - 1
        self.exact = 0
        clauses = {}
        for number, program in enumerate(compiled.programs):
            self.add(number, program, clauses)
        made = [[(place, Column(parts)) for place, parts in columns.items()] for columns in clauses.values()]
        self.columns = [columns[0] for columns in made if len(columns) == 1]
        self.clauses = [columns for columns in made if len(columns) > 1]

    def add(self, number, program, clauses):
        seen, is_exact = Counter(), True
        for part in conjuncts(program.gate):
            need, covers = self.need(part, program)
            is_exact = is_exact and covers
            if not need:
                continue
            key = tuple(sorted(need))
            seen[key] += 1
            # A second need over the same several facts stands by itself: the bits of two would mix.
            turn = seen[key] if len(key) > 1 else 0
            for place in key:
                clauses.setdefault((key, turn), {}).setdefault(place, []).append((number, *need[place]))
        self.exact |= is_exact << number

    def need(self, part, program):
        """Place of a fact -> (what is asked of that fact alone, its name); and whether that is all the part asks."""
        ways = part.parts if isinstance(part, AnyOf) else (part,)
        singles = [self.single_parts(way) for way in ways]
        if not all(singles):
            return {}, False
        # One fact that every way looks at rules out most; else any one fact of each way.
        shared = next((name for name in singles[0] if all(name in single for single in singles)), None)
        chosen = {}
        for single in singles:
            name = shared or next(iter(single))
            chosen[name] = any_of(chosen.get(name, NO), single[name])
        covers = all(len(facts_of(way)) == 1 for way in ways)
        return {self.compiled.frame.place(name, program): (whole, name) for name, whole in chosen.items()}, covers

    def single_parts(self, way):
        """fact -> what a way asks of that fact alone; earlier grants are left out."""
        parts = {}
        for part in conjuncts(way):
            names = facts_of(part)
            if len(names) == 1 and names[0] not in PROGRAM_FACTS:
                parts[names[0]] = all_of(parts.get(names[0], YES), part)
        return parts

    def left(self, row):
        """(programs nothing rules out, programs some fact of which is not known), as bits."""
        out = unsure = 0
        for place, column in self.columns:
            value = row[place]
            if value is None:
                unsure |= column.everyone
            else:
                out |= column.ruled_out(value)
        for columns in self.clauses:
            bits = self.everyone
            for place, column in columns:
                value = row[place]
                if value is None:
                    unsure |= column.everyone
                    bits = 0
                else:
                    bits &= column.ruled_out(value)
            out |= bits
        return self.everyone & ~out, unsure

    def bits(self, row):
        """(programs met, programs not known), as bits; every other program is not met."""
        left, unsure = self.left(row)
        met = left & self.exact & ~unsure
        rest, unknown, single = left & ~met, 0, self.compiled.single
        while rest:
            low = rest & -rest
            verdict = single(low.bit_length() - 1)(row)
            if verdict:
                met |= low
            elif verdict is None:
                unknown |= low
            rest ^= low
        return met, unknown

    def verdicts(self, row):
        """Number of the program to True or None; every other program is False."""
        met, unknown = self.bits(row)
        return dict.fromkeys(numbers_of(unknown)) | dict.fromkeys(numbers_of(met), True)


def numbers_of(bits):
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class Column:
    """One fact's column of the index. Numbers are looked up by the interval they lie in, other values by themselves."""

    def __init__(self, parts):
        self.parts = parts
        self.everyone = sum(1 << number for number in {number for number, _part, _name in parts})
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
