"""The same programs written for other engines: OpenFisca (arrays of people) and JsonLogic (one person after another).

Both get people whose every fact is known, because neither tells "no" from "not known"; derived facts and codes are
worked out for them beforehand. They are asked for the verdict alone.
"""

from decimal import Decimal

from programs.derived import View
from programs.facts import VOCABULARY
from programs.rules import AllOf, Always, AnyOf, Negation, Test


# -- JsonLogic --------------------------------------------------------------------------------------------------------
def logic_of(condition):
    """A condition in JsonLogic."""
    if isinstance(condition, Always):
        return condition.met
    if isinstance(condition, Negation):
        return {"!": [logic_of(condition.part)]}
    if isinstance(condition, AllOf | AnyOf):
        return {"and" if isinstance(condition, AllOf) else "or": [logic_of(part) for part in condition.parts]}
    return logic_of_test(condition)


def logic_of_test(test):
    var, value = {"var": test.fact}, plain(test.value)
    if test.test == "range":
        ends = [({">" if test.is_low_open else ">=": [var, plain(test.low)]}, test.low),
                ({"<" if test.is_high_open else "<=": [var, plain(test.high)]}, test.high)]  # fmt: skip
        return {"and": [one for one, end in ends if end is not None]}
    return {
        "eq": lambda: {"==": [var, value]},
        "ne": lambda: {"!=": [var, value]},
        "lt": lambda: {"<": [var, value]},
        "lte": lambda: {"<=": [var, value]},
        "gt": lambda: {">": [var, value]},
        "gte": lambda: {">=": [var, value]},
        "in": lambda: {"in": [var, value]},
        "not_in": lambda: {"!": [{"in": [var, value]}]},
        "contains": lambda: {"in": [value, var]},
        "contains_any": lambda: {"or": [{"in": [one, var]} for one in value]},
        "contains_all": lambda: {"and": [{"in": [one, var]} for one in value]},
        "startswith": lambda: {"==": [{"substr": [var, 0, len(value)]}, value]},
        "is_known": lambda: {"!=": [var, None]},
    }[test.test]()


def plain(value):
    if isinstance(value, frozenset):
        return sorted(value)
    return float(value) if isinstance(value, Decimal) else value


def data_of(facts):
    view = View(facts, "", "completed_years")
    return {name: plain(value) for name, value in (facts | {"age_years": view["age_years"]}).items()}


# -- OpenFisca --------------------------------------------------------------------------------------------------------
class Crowd:
    """People as arrays, one for each fact; texts as numbers, lists as an array for each code that is asked for."""

    def __init__(self, numpy, people):
        self.numpy, self.people = numpy, [data_of(facts) for facts in people]
        self.codes = {}

    def code(self, name, text):
        known = self.codes.setdefault(name, {})
        return known.setdefault(text, len(known) + 1)

    def array(self, name, code=None):
        numpy, held = self.numpy, [person[name] for person in self.people]
        if code is not None:
            return numpy.array([code in one for one in held])
        kind = VOCABULARY[name].type
        if kind == "bool":
            return numpy.array(held, dtype=bool)
        if kind == "area":
            return numpy.array([int(one) for one in held], dtype=numpy.int32)
        if isinstance(held[0], str):
            return numpy.array([self.code(name, one) for one in held], dtype=numpy.int32)
        return numpy.array(held, dtype=numpy.float32)


class System:
    """A tax-benefit system with a variable for each fact and for each program."""

    def __init__(self, programs, people, repeat):
        import numpy
        from openfisca_core import entities, periods, taxbenefitsystems

        self.numpy, self.period = numpy, periods.period("2024-09")
        self.person = entities.build_entity("person", "people", "", is_person=True)
        self.system = taxbenefitsystems.TaxBenefitSystem([self.person])
        self.crowd, self.repeat, self.inputs = Crowd(numpy, people), repeat, {}
        self.names = [f"program_{number}" for number in range(len(programs))]
        for name, program in zip(self.names, programs, strict=True):
            self.variable(name, bool, self.formula(program.gate))

    def variable(self, name, value_type, formula=None):
        from openfisca_core import periods, variables

        words = {"value_type": value_type, "entity": self.person, "definition_period": periods.DateUnit.MONTH}
        words |= {"label": name} | ({"formula": formula} if formula else {})
        self.system.add_variable(type(name, (variables.Variable,), words))

    def fact(self, name, code=None):
        """The variable of a fact, or of one code of a list; made when first asked for."""
        key = name if code is None else f"{name}__{code}"
        if key not in self.inputs:
            self.inputs[key] = self.numpy.tile(self.crowd.array(name, code), self.repeat)
            self.variable(key, {"b": bool, "i": int, "f": float}[self.inputs[key].dtype.kind])
        return key

    def formula(self, condition):
        if isinstance(condition, Always):
            return lambda person, period: condition.met
        if isinstance(condition, Negation):
            part = self.formula(condition.part)
            return lambda person, period: ~part(person, period)
        if isinstance(condition, Test):
            return self.test(condition)
        parts = [self.formula(part) for part in condition.parts]
        return joined(parts, isinstance(condition, AllOf))

    def test(self, test):
        kind = VOCABULARY[test.fact].type
        if kind == "choices":
            codes = sorted(test.value) if isinstance(test.value, frozenset) else [test.value]
            parts = [self.asked(self.fact(test.fact, code)) for code in codes]
            return joined(parts, test.test == "contains_all")
        held, value = self.asked(self.fact(test.fact)), test.value
        if kind == "bool":
            is_wanted = value is (test.test == "eq")
            return held if is_wanted else lambda person, period: ~held(person, period)
        if test.test == "is_known":
            return lambda person, period: self.numpy.ones(person.count, dtype=bool)
        if test.test == "startswith":
            low, high = int(value.ljust(6, "0")), int(value.ljust(6, "9"))
            return lambda person, period: between(held(person, period), low, high)
        if test.test == "range":
            return self.between(held, test)
        if test.test in {"in", "not_in"}:
            numbers = [self.number(test.fact, one) for one in value]
            isin = self.numpy.isin
            return lambda person, period: isin(held(person, period), numbers, invert=test.test == "not_in")
        number, compare = self.number(test.fact, value), COMPARE[test.test]
        return lambda person, period: compare(held(person, period), number)

    def between(self, held, test):
        low, high = plain(test.low), plain(test.high)
        above = COMPARE["gt" if test.is_low_open else "gte"]
        below = COMPARE["lt" if test.is_high_open else "lte"]
        if low is None or high is None:
            compare, end = (below, high) if low is None else (above, low)
            return lambda person, period: compare(held(person, period), end)
        return lambda person, period: above(held(person, period), low) & below(held(person, period), high)

    def number(self, name, value):
        if VOCABULARY[name].type == "area":
            return int(value)
        return self.crowd.code(name, value) if isinstance(value, str) else plain(value)

    @staticmethod
    def asked(name):
        return lambda person, period: person(name, period)

    def simulation(self):
        from openfisca_core import simulations

        made = simulations.SimulationBuilder().build_default_simulation(
            self.system, len(self.crowd.people) * self.repeat
        )
        for name, array in self.inputs.items():
            made.set_input(name, self.period, array)
        return made

    def verdicts(self, simulation, name):
        return simulation.calculate(name, self.period)


def between(held, low, high):
    return (held >= low) & (held <= high)


def joined(parts, is_all):
    def work(person, period):
        found = parts[0](person, period)
        for part in parts[1:]:
            found = found & part(person, period) if is_all else found | part(person, period)
        return found

    return work


COMPARE = {
    "eq": lambda held, value: held == value,
    "ne": lambda held, value: held != value,
    "lt": lambda held, value: held < value,
    "lte": lambda held, value: held <= value,
    "gt": lambda held, value: held > value,
    "gte": lambda held, value: held >= value,
}
