"""Random people and random rules for property tests: mostly at the edges, often with facts that are not known."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from programs.facts import VOCABULARY
from programs.reading import Program
from programs.rules import KINDS, read_condition

EDGES = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2023, 2, 28), date(2023, 3, 1), date(2024, 8, 31)]
BIRTHS = [
    *(date(year, 2, 29) for year in (2004, 2008, 2012, 2016, 2020)),
    *(date(year, month, day) for year in (1963, 1964, 2005, 2006, 2017) for month, day in ((2, 28), (3, 1), (8, 31))),
    date(1927, 12, 31),
    date(1986, 5, 4),
    date(1991, 4, 14),
]
MONEY = [Decimal(text) for text in ("0", "0.01", "4999.99", "5000", "5000.01", "10000", "30000", "30000.01", "1500")]
INTS = [0, 1, 2, 3, 4, 6, 7, 14, 15, 18, 19, 20, 49, 50, 59, 60]
AREAS = ["230302", "230304", "230381", "230102", "230300"]
TEXTS = ["2024-autumn", "2024-spring", "2024", "2025-spring-festival", "100%_\\"]
NAMES = [
    *("as_of", "birth_date", "gender", "hukou_code", "residence_code", "categories", "diagnoses", "hsct_done"),
    *("hsct_date", "self_paid_yuan", "hospital_grade", "education_stage", "enrolled", "hardship_level", "term"),
    *("campaign", "prior_grants", "quota_used", "gaokao_score", "nationality", "needs_surgery", "complex_chd"),
    *("surgery_number", "surgery_done", "disability_kinds", "hearing_device", "economic_hardship", "hukou_type"),
    *("hardship_causes", "agreement_cap_yuan", "age_years", "rehab_need", "full_time", "in_national_plan"),
]
TESTED = [name for name in NAMES if name != "prior_grants"]
DERIVED = [fact.name for fact in VOCABULARY.values() if fact.is_derived and fact.name != "age_years"]


def some(values):
    return st.lists(st.sampled_from(sorted(values)), max_size=3, unique=True)


def days():
    near = st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(EDGES), st.integers(-2, 2))
    return near.map(date.isoformat)


def births():
    near = st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(BIRTHS), st.integers(-1, 1))
    return near.map(date.isoformat)


def grants():
    one = st.fixed_dictionaries(
        {"program": st.sampled_from(["P01", "P02", "T"])},
        optional={
            "amount_yuan": st.sampled_from([Decimal(30000), Decimal(10000), Decimal("0.5"), None]),
            "date": st.one_of(days(), st.none()),
            "term": st.sampled_from([*TEXTS, None]),
            "campaign": st.sampled_from([*TEXTS, None]),
        },
    )
    return st.lists(one, max_size=3)


def value_of(name):
    fact = VOCABULARY[name]
    if name == "prior_grants":
        return grants()
    if name == "birth_date":
        return births()
    return {
        "date": days(),
        "bool": st.booleans(),
        "int": st.sampled_from([n for n in INTS if (fact.minimum or 0) <= n <= (fact.maximum or 60)]),
        "money": st.sampled_from(MONEY),
        "decimal": st.sampled_from([Decimal("0"), Decimal("511.5"), Decimal("512"), Decimal("1000")]),
        "choice": st.sampled_from(sorted(fact.choices) or ["x"]),
        "country": st.sampled_from(["CN", "MN"]),
        "area": st.sampled_from(AREAS),
        "text": st.sampled_from(TEXTS),
        "choices": some(fact.choices),
    }[fact.type]


def person():
    """Facts as given; a quarter is not known."""
    return st.fixed_dictionaries({name: st.one_of(st.none(), *[value_of(name)] * 3) for name in NAMES})


def compared(name, test):
    fact = VOCABULARY[name]
    single = st.sampled_from(sorted(fact.choices)) if fact.type == "choices" else value_of(name)
    takes = KINDS[test].takes
    if takes == "nothing":
        return st.just({})
    if takes == "count":
        return st.fixed_dictionaries({"value": st.integers(1, 400 if test == "within_days" else 13)})
    if takes == "prefix":
        return st.fixed_dictionaries({"value": st.sampled_from(["2303", "23", "2024", "100%_\\", "_"])})
    if takes == "many":
        return st.fixed_dictionaries({"value": st.lists(single, min_size=1, max_size=3, unique=True)})
    if takes == "range":
        ends = {"low": single, "high": single, "low_open": st.booleans(), "high_open": st.booleans()}
        one = {"low": single, "low_open": st.booleans()}
        return st.one_of(st.fixed_dictionaries(ends), st.fixed_dictionaries(one))
    return st.fixed_dictionaries({"value": single})


@st.composite
def tests(draw):
    name = draw(st.sampled_from([*TESTED, *DERIVED, *["age_years", "quota_used", "self_paid_yuan"] * 3]))
    suits = [test for test, kind in KINDS.items() if VOCABULARY[name].type in kind.suits]
    test = draw(st.sampled_from(sorted(suits)))
    return {"fact": name, "test": test, **draw(compared(name, test))}


def rules():
    """Conditions as data."""
    groups = st.sampled_from(["all", "any"])
    return st.recursive(
        tests(),
        lambda inner: st.one_of(
            st.builds(lambda key, parts: {key: parts}, groups, st.lists(inner, min_size=1, max_size=4)),
            st.builds(lambda part: {"not": part}, inner),
        ),
        max_leaves=8,
    )


@st.composite
def programs(draw):
    """A program that is nothing but its gate."""
    condition = read_condition(draw(rules()), needs_source=False)
    convention = draw(st.sampled_from(["completed_years", "day_after_birthday", "until_birthday"]))
    code = draw(st.sampled_from(["P01", "P02", "T"]))
    return Program(code=code, names=("", ""), age_convention=convention, condition=condition, gate=condition)
