"""The interview "what can I apply for?": which question comes next, and what its answers say.

Pure: no database, no request. Questions stand in data/interview.json, several facts on one page where people think of
them together; a fact that no page knows is asked by its own question. Only what can still change an answer is asked.
What is settled by others on the way (a home visit, a public notice) is never asked; it stays open in the answer.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice, product

from programs.benefits import Actual, Periodic, Tiers
from programs.derived import View
from programs.examples import examples
from programs.facts import DATA, READERS, VOCABULARY, Grant, pick
from programs.rules import (
    NO,
    YES,
    AllOf,
    Always,
    Negation,
    Test,
    all_of,
    answer,
    any_of,
    decide,
    facts_of,
    negation,
    read_condition,
    tests_of,
)

MOST_ANSWERS = 48  # combinations of answers tried for one page
MOST_TRIED = 40  # programs on which they are tried
DETAILS = 5  # the turn of pages that name none
ELSEWHERE, ABROAD = "000000", "ZZ"  # a place that no program names; a country that is not China


@dataclass(frozen=True, eq=False)
class Option:
    labels: tuple
    adds: dict
    sets: dict
    ticked_when: object = NO

    @property
    def label(self):
        return pick(self.labels)


@dataclass(frozen=True, eq=False)
class Part:
    """One field of a page. kind: fact, age, one, several, residence, hukou or grants."""

    kind: str
    fact: str = ""
    labels: tuple = ("", "")
    options: tuple = ()
    of: tuple = ()
    otherwise: dict = field(default_factory=dict)

    @property
    def label(self):
        return pick(self.labels)

    @cached_property
    def facts(self):
        """What this part may make known."""
        given = {"age": ("age_years", "birth_date"), "residence": ("residence_code",), "grants": ("prior_grants",),
                 "hukou": ("hukou_code", "nationality"), "fact": (self.fact,)}  # fmt: skip
        named = {name for option in self.options for name in (*option.adds, *option.sets)}
        return frozenset(named.union(self.of, self.otherwise, given.get(self.kind, ())))

    def said(self, chosen):
        """The facts that chosen options (their numbers) make known."""
        options = [self.options[number] for number in chosen]
        facts = {name: frozenset().union(*(option.adds.get(name, ()) for option in options)) for name in self.of}
        facts |= self.otherwise
        for option in options:
            facts |= option.sets
        return facts


@dataclass(frozen=True, eq=False)
class Page:
    name: str
    titles: tuple
    whys: tuple
    parts: tuple
    when: object = YES
    # Pages of an earlier turn come first: what everybody knows, then what the family lives with, then details.
    turn: int = DETAILS

    @property
    def title(self):
        return pick(self.titles)

    @property
    def why(self):
        return pick(self.whys)

    @cached_property
    def facts(self):
        return frozenset().union(*(part.facts for part in self.parts))


def read_facts(data):
    return {name: READERS[VOCABULARY[name].type](VOCABULARY[name], value) for name, value in data.items()}


def read_rule(data):
    return read_condition(data, needs_source=False)


def read_option(data):
    adds = {name: frozenset(codes) for name, codes in data.get("adds", {}).items()}
    ticked = read_rule(data["ticked_when"]) if "ticked_when" in data else NO
    return Option(tuple(data["says"]), read_facts(adds), read_facts(data.get("sets", {})), ticked)


def read_part(data):
    return Part(
        kind=data["kind"],
        fact=data.get("fact", ""),
        labels=tuple(data.get("label", ("", ""))),
        options=tuple(map(read_option, data.get("options", ()))),
        of=tuple(data.get("of", ())),
        otherwise=read_facts(data.get("else", {})),
    )


def read_page(data):
    return Page(
        data["name"],
        tuple(data["title"]),
        tuple(data["why"]),
        tuple(map(read_part, data["parts"])),
        read_rule(data["when"]) if "when" in data else YES,
        data.get("turn", DETAILS),
    )


def load():
    data = json.loads((DATA / "interview.json").read_text(encoding="utf-8"))
    implied = tuple((read_rule(one["when"]), read_facts(one["sets"])) for one in data["implies"])
    return tuple(map(read_page, data["pages"])), frozenset(data["later"]), implied


PAGES, LATER, IMPLIED = load()
BY_FACT = {}
for page in PAGES:
    for fact_name in page.facts:
        BY_FACT.setdefault(fact_name, []).append(page)


def page_of_fact(fact):
    """A fact that no page knows, asked by its own question."""
    question = (fact.question or fact.labels[0], fact.labels[1])
    return Page(f"fact-{fact.name}", question, ("", ""), (Part("fact", fact.name),))


def page_named(name, vocabulary):
    """A page by its name, or None: the name may come from anybody."""
    known = {page.name: page for page in PAGES}
    if name in known:
        return known[name]
    fact = vocabulary.get(name.removeprefix("fact-")) if name.startswith("fact-") else None
    return page_of_fact(fact) if fact and fact.name not in BY_FACT and is_asked(fact) else None


def is_asked(fact):
    """Is this a thing to ask a family? Not the state of a program, not what an office keeps, not what comes later."""
    return fact.is_givable and fact.knows not in {"program", "bureau"} and fact.name not in LATER


def implied(facts):
    """With what goes without saying: nobody of sixty is asked for the entrance examination."""
    facts = dict(facts)
    for condition, sets in IMPLIED:
        if answer(condition, View(facts, "", "completed_years")).met:
            facts |= {name: value for name, value in sets.items() if name not in facts}
    return facts


def residual(condition, facts):
    """What is left of a condition when these facts are known: only tests that are still open."""
    if isinstance(condition, Always):
        return condition
    if isinstance(condition, Test):
        met = decide(condition, facts[condition.fact], facts)
        return condition if met is None else YES if met else NO
    if isinstance(condition, Negation):
        return negation(residual(condition.part, facts))
    parts = [residual(part, facts) for part in condition.parts]
    return all_of(*parts) if isinstance(condition, AllOf) else any_of(*parts)


@lru_cache(maxsize=20_000)
def facts_in(condition):
    return frozenset(facts_of(condition))


def waits_for(benefit):
    """Can a sum of this benefit stay open after the answer is yes?"""
    return any(isinstance(rule.pay, Tiers | Actual | Periodic) for rule in benefit.rules)


@dataclass(frozen=True, eq=False)
class Left:
    """A program whose answer is still open, and what is left of its condition."""

    program: object
    state: dict
    rest: object
    # Facts that somebody could still be asked for.
    wanted: frozenset


class Interview:
    """Where an interview stands after some answers."""

    def __init__(self, programs, states, vocabulary, facts, done=(), unclear=()):
        """`programs` to be judged; `states`: code -> what is known of the program itself; `facts` as answered;
        `done`: names of the pages answered; `unclear`: facts that nobody could tell."""
        self.programs, self.states, self.vocabulary = programs, states, vocabulary
        self.facts, self.done, self.unclear = implied(facts), frozenset(done), frozenset(unclear)

    def view(self, program, more=None):
        facts = self.states.get(program.code, {}) | self.facts | (more or {})
        return View(facts, program.code, program.age_convention)

    @cached_property
    def rests(self):
        """(program, how it sees the facts, what is left of its condition) for every program."""
        found = []
        for program in self.programs:
            view = self.view(program)
            found.append((program, view, residual(program.gate, view)))
        return found

    @cached_property
    def left(self):
        """The programs whose answer is still open."""
        return [
            Left(program, self.states.get(program.code, {}), rest, self.wanted(rest))
            for program, _view, rest in self.rests
            if not isinstance(rest, Always)
        ]

    def wanted(self, rest):
        """What to ask for one program. Where something that decides is unclear, details no longer help."""
        names = facts_of(rest)
        wanted = frozenset(self.askable(names))
        sources = {source for name in names for source in self.vocabulary.asked_for(name)}
        if sources.isdisjoint(self.unclear):
            return wanted
        return frozenset(name for name in wanted if any(page.turn < DETAILS for page in BY_FACT.get(name, ())))

    def askable(self, names):
        """The facts to ask for so that these become known."""
        for name in names:
            sources = (name,) if self.vocabulary[name].is_givable else self.vocabulary.asked_for(name)
            for source in sources:
                if self.facts.get(source) is None and source not in self.unclear:
                    yield source

    @cached_property
    def pending(self):
        """Facts on which only the sum depends, for programs that may still be due."""
        names = set()
        for program, view, rest in self.rests:
            if rest is not NO and waits_for(program.benefit):
                names |= {name for name in program.benefit.grant(view).pending if name in self.vocabulary}
        return frozenset(self.askable(sorted(names)))

    @cached_property
    def pages(self):
        """Every page that could still be asked, each once: no interview gets longer than this."""
        wanted = [name for one in self.left for name in sorted(one.wanted)] + sorted(self.pending)
        found = {}
        for name in dict.fromkeys(wanted):
            page = self.page_for(name)
            if page:
                found[page.name] = page
        return list(found.values())

    def page_for(self, name):
        """The page that asks for this fact now; None where it was asked, or is a matter for others."""
        pages = BY_FACT.get(name)
        if pages is None:
            fact = self.vocabulary[name]
            return page_of_fact(fact) if is_asked(fact) and f"fact-{name}" not in self.done else None
        view = View(self.facts, "", "completed_years")
        for page in pages:
            if page.name not in self.done and answer(page.when, view).met:
                return page
        return None

    @cached_property
    def still_asked(self):
        """Facts that the person could still tell: nobody asked yet, or they were not sure."""
        wanted = frozenset().union(self.pending, *(self.askable(facts_of(one.rest)) for one in self.left))
        return self.unclear | {name for name in wanted if self.page_for(name)}

    def parts(self, page):
        """The parts of a page that still matter: all of it, but what is known or concerns nobody."""
        wanted = self.pending.union(*(one.wanted for one in self.left))
        return [part for part in page.parts if not part.facts.isdisjoint(wanted)] or list(page.parts)

    def tests(self, name):
        """The open tests of a fact, by which its values are told apart."""
        return [test for one in self.left for test in tests_of(one.rest) if test.fact == name]

    def concerns(self, page):
        """The programs for which this page is asked."""
        return [one.program for one in self.left if not page.facts.isdisjoint(one.wanted)] or [
            one for one in self.programs if not page.facts.isdisjoint(self.pending)
        ]

    def next_page(self):
        """The page that settles most programs on average, over the answers that make a difference; None at the end."""
        turn = min((page.turn for page in self.pages), default=None)
        now = [page for page in self.pages if page.turn == turn]
        order = {page.name: number for number, page in enumerate(PAGES)}
        return max(
            now,
            key=lambda page: (self.settles(page), len(self.concerns(page)), -order.get(page.name, len(order))),
            default=None,
        )

    def settles(self, page):
        answers = list(islice(self.answers(page), MOST_ANSWERS))
        concerned = few([one for one in self.left if not page.facts.isdisjoint(one.wanted)])
        settled = 0
        for facts in answers:
            learned = implied(self.facts | facts)
            for one in concerned:
                view = View(one.state | learned, one.program.code, one.program.age_convention)
                settled += answer(one.rest, view).met is not None
        share = sum(not page.facts.isdisjoint(one.wanted) for one in self.left) / len(concerned) if concerned else 0
        return share * settled / len(answers) if answers else 0.0

    def answers(self, page):
        """What people might say on a page: for each part one answer of every sort that makes a difference."""
        for several in product(*(self.answers_of(part) for part in self.parts(page))):
            facts = {}
            for one in several:
                facts |= one
            yield facts

    def answers_of(self, part):
        match part.kind:
            case "one":
                return [option.sets for option in part.options]
            case "several":
                return [part.said([]), *(part.said([number]) for number in range(len(part.options)))]
            case "grants":
                programs = [one.program for one in self.left]
                return [{"prior_grants": ()}, {"prior_grants": granted(one.code for one in programs)}]
            case "residence" | "hukou":
                return self.sorts(f"{part.kind}_code", self.places(f"{part.kind}_code"))
            case "age":
                name = self.age_fact
                return self.sorts(name, examples(self.vocabulary[name], self.tests(name), self.facts["as_of"]))
        return self.sorts(part.fact, self.values(part.fact))

    @property
    def age_fact(self):
        """The age, unless some program looks at the day of birth itself: then that, and the age follows."""
        return "birth_date" if any("birth_date" in facts_in(one.gate) for one in self.programs) else "age_years"

    def values(self, name):
        fact, tests = self.vocabulary[name], self.tests(name)
        if fact.type == "choices":
            return [frozenset(), *(frozenset({code}) for code in self.codes(name))]
        return list(fact.choices) if fact.type == "choice" else examples(fact, tests, self.facts["as_of"])

    def codes(self, name):
        """The members of a list that some open test names, in the vocabulary's order."""
        named = set()
        for test in self.tests(name):
            named |= test.value if isinstance(test.value, frozenset) else {test.value} - {None}
        order = list(self.vocabulary[name].choices)
        return sorted(named, key=lambda code: (order.index(code) if code in order else len(order), str(code)))

    def places(self, name):
        """Areas that open tests name, and one elsewhere."""
        named = [value for test in self.tests(name) for value in sorted(test.value)
                 if isinstance(test.value, frozenset)]  # fmt: skip
        begins = [test.value for test in self.tests(name) if isinstance(test.value, str)]
        return [*named, *(start.ljust(6, "0") for start in begins), ELSEWHERE]

    def sorts(self, name, values):
        """One value of each sort: values that all open tests answer alike are one answer."""
        tests, seen = self.tests(name), {}
        for value in values:
            view = View(self.facts | {name: value}, "", "completed_years")
            seen.setdefault(tuple(decide(test, value, view) for test in tests), {name: value})
        return list(seen.values())


def few(programs):
    """Of many, some from all over the list: enough to tell which question is better."""
    return programs[:: -(-len(programs) // MOST_TRIED)] if programs else programs


def granted(codes):
    """Earlier grants of these programs, of which nothing else is known."""
    return tuple(Grant(code, None, None, None, None) for code in codes)
