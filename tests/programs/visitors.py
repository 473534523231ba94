"""Visitors who answer the interview from what is true of them, page by page."""

from datetime import date

from programs.facts import VOCABULARY
from programs.interview import Interview

DAY = date(2024, 9, 2)
LONGEST = 40


def read(facts):
    return VOCABULARY.read({"as_of": DAY} | facts)


def say(part, true):
    """What this person would answer to one part of a page; nothing where they do not know."""
    match part.kind:
        case "age":
            return {"age_years": true["age_years"]} if "age_years" in true else {}
        case "one":
            fitting = [one.sets for one in part.options if all(true.get(k) == v for k, v in one.sets.items())]
            return max(fitting, key=len, default={})
        case "several":
            return part.said([n for n, one in enumerate(part.options) if (one.adds or one.sets) and is_true(one, true)])
    return {name: true[name] for name in part.facts if name in true}


def is_true(option, true):
    return all(codes <= true.get(name, frozenset()) for name, codes in option.adds.items()) and all(
        true.get(name) == value for name, value in option.sets.items()
    )


def interviewed(programs, true, states=None):
    """(the pages asked, the interview at its end)."""
    true, facts, asked, unclear = dict(true), {"as_of": true["as_of"]}, [], set()
    if "age_years" not in true and "birth_date" in true:
        true["age_years"] = true["as_of"].year - true["birth_date"].year - (
            (true["as_of"].month, true["as_of"].day) < (true["birth_date"].month, true["birth_date"].day)
        )  # fmt: skip
    true.setdefault("nationality", "CN")
    while len(asked) < LONGEST:
        interview = Interview(programs, states or {}, VOCABULARY, facts, asked, unclear)
        page = interview.next_page()
        if page is None:
            return asked, interview
        said = {}
        for part in interview.parts(page):
            said |= say(part, true)
        facts |= said
        unclear |= page.facts if not said else set()
        asked.append(page.name)
    raise AssertionError(f"the interview does not end: {asked}")
