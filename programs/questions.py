"""The order in which programs are shown to one person, and the one question that would decide most."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from programs.derived import View
from programs.examples import TODAY, examples
from programs.facts import VOCABULARY, Grant
from programs.matching import judge
from programs.rules import answer, tests_of

MOST_ANSWERS = 24


def ranked(verdicts):
    """Eligible first; then what fewest open facts keep from an answer; refusals last, the nearest first."""
    return sorted(verdicts, key=nearness)


def nearness(verdict):
    if verdict.eligible:
        return 0, 0 if verdict.route_ok else 1
    if verdict.eligible is None:
        return 1, len(verdict.open_facts)
    return 2, len(verdict.reasons())


@dataclass(frozen=True)
class Question:
    """`decides`: how many open programs the answer settles on average; `concerns`: how many it bears on."""

    fact: object
    decides: float
    concerns: int

    @property
    def text(self):
        return self.fact.question


def next_question(facts, programs, vocabulary=VOCABULARY):
    """The single question that would decide most among the programs still open; None when nothing is open.

    Every answer counts as equally likely: whoever asks knows nothing about the person yet. The state of a program
    (places taken, campaign open) is nobody's answer, so it is never asked.
    """
    waiting = [verdict for verdict in (judge(facts, one, vocabulary) for one in programs) if verdict.eligible is None]
    asked = Counter(name for verdict in waiting for name in askable(verdict, facts, vocabulary))
    questions = [
        Question(vocabulary[name], decided_by(name, facts, waiting, vocabulary), count) for name, count in asked.items()
    ]
    order = vocabulary.position
    return max(questions, key=lambda one: (one.decides, one.concerns, -order[one.fact.name]), default=None)


def askable(verdict, facts, vocabulary):
    """What somebody could be asked so that this program's open facts become known."""
    names = []
    for name in verdict.open_facts:
        sources = (name,) if vocabulary[name].is_givable else vocabulary.asked_for(name)
        names += [source for source in sources if facts.get(source) is None]
    return [name for name in dict.fromkeys(names) if not vocabulary[name].is_program_state]


def decided_by(name, facts, waiting, vocabulary):
    """Programs settled by knowing this fact, averaged over the answers that make a difference."""
    programs = [verdict.program for verdict in waiting]
    answers = answers_for(name, facts, programs, vocabulary)[:MOST_ANSWERS]
    settled = 0
    for value in answers:
        learned = facts | {name: value}
        for program in programs:
            view = View(learned, program.code, program.age_convention)
            settled += answer(program.gate, view).met is not None
    return settled / len(answers) if answers else 0.0


def answers_for(name, facts, programs, vocabulary):
    fact = vocabulary[name]
    if fact.type == "grants":
        return [(), tuple(Grant(one.code, Decimal(0), facts.get("as_of"), None, None) for one in programs)]
    tests = [test for program in programs for test in tests_of(program.gate) if test.fact == name]
    if fact.type == "choices":
        named = sorted({code for test in tests for code in codes_of(test)})
        return [frozenset(), *(frozenset({code}) for code in named)]
    if fact.type == "choice":
        return list(fact.choices)
    return examples(fact, tests, facts.get("as_of") or TODAY)


def codes_of(test):
    return test.value if isinstance(test.value, frozenset) else {test.value} - {None}
