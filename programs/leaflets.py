"""A program as a family reads it: for whom, how much, what to bring, how it goes on. Without codes, without notes."""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from programs import wording
from programs.benefits import Nothing
from programs.facts import pick
from programs.rules import AllOf, Always, AnyOf
from programs.sentences import requirement
from programs.words import PARTIES, STAGES, say

# Who may apply without an office or a school in between.
FAMILY = frozenset({"self", "guardian"})


@dataclass(frozen=True)
class PaperRow:
    paper: object
    seals: str
    refused: str
    when: str
    who: str
    stage: str
    # May be left out under the simplified procedure.
    is_struck_off: bool
    # Of a printed form: its number, under which it can be printed empty.
    form_number: int = 0


@dataclass(frozen=True)
class Case:
    """One rule of the benefit: `rows` are its (step, sum); a rule with one sum has one row without a step."""

    says: str
    when: str
    rows: tuple


@dataclass(frozen=True)
class Leaflet:
    program: object
    # In plain words, as the catalogue has them; empty where nobody has written any.
    says: str
    groups: str
    deadlines: tuple
    whom: tuple
    # Ways in for a few: (sentence, source).
    exceptions: tuple
    how_much: tuple
    not_again: tuple
    facts: tuple
    papers: tuple
    later_papers: tuple
    steps: tuple
    applicants: str
    is_for_family: bool

    @property
    def has_struck_off(self):
        return any(row.is_struck_off for row in self.papers)


def leaflet(program, vocabulary):
    """Made once for each version and language: a released version never changes."""
    return _made(program, vocabulary, get_language())


@lru_cache(maxsize=2000)
def _made(program, vocabulary, language):
    papers = [paper_row(paper, vocabulary, number) for number, paper in enumerate(program.papers, start=1)]
    return Leaflet(
        program=program,
        says=pick(program.public_texts),
        groups=wording.groups_text(program),
        deadlines=tuple(wording.deadline_text(one) for one in program.deadlines),
        whom=tuple(wording.Line("", "", requirement(wording.plainer(part), vocabulary), part.why)
                   for part in wording.conditions_of(program)),
        exceptions=tuple(exceptions(program, vocabulary)),
        how_much=tuple(case(rule, program, vocabulary) for rule in program.benefit.rules if not is_empty(rule)),
        not_again=tuple(rule.says for rule in program.benefit.rules if is_empty(rule)),
        facts=(
            *(text for _key, text in wording.benefit_facts(program.benefit)),
            *wording.limits_for_all(program.limits),
        ),
        papers=tuple(row for row in papers if row.paper.stage == "application"),
        later_papers=tuple(row for row in papers if row.paper.stage != "application"),
        steps=tuple(wording.step_text(step) for step in program.steps),
        applicants=wording.applicants_text(program, vocabulary),
        is_for_family=not FAMILY.isdisjoint(program.applicants),
    )  # fmt: skip


def is_empty(rule):
    return isinstance(rule.pay, Nothing)


def case(rule, program, vocabulary):
    """Its steps without the words they share."""
    found = [
        (says.removeprefix(rule.says).removeprefix("："), total)
        for says, total in wording.pay_rows(rule.pay, rule.says, vocabulary, program.benefit.unit)
    ]
    when = "" if isinstance(rule.when, Always) else requirement(rule.when, vocabulary)
    return Case(rule.says, when, tuple(found))


def brief(program, vocabulary):
    """Whom it helps, in one sentence: the first of its plain words, or else its first conditions."""
    says = pick(program.public_texts)
    first = re.match(r".+?(?:。|[.] |$)", says)
    return first.group().strip() if first else wording.whom(program, vocabulary)


def exceptions(program, vocabulary):
    """The ways in for a few, which plainer() leaves out of the condition."""
    for part in wording.conditions_of(program):
        for way in part.parts if isinstance(part, AnyOf) else ():
            if isinstance(way, AllOf) and way.is_exception:
                yield wording.Line("", "", requirement(way, vocabulary), way.why)


def paper_row(paper, vocabulary, number=0):
    seals = vocabulary["document_seals"]
    return PaperRow(
        paper=paper,
        seals=_("或").join(seals.label_of(code) for code in paper.seals),
        refused=_("、").join(seals.label_of(code) for code in paper.refused_seals),
        when="" if isinstance(paper.when, Always) else requirement(paper.when, vocabulary),
        who=say(PARTIES, paper.brought_by),
        stage=say(STAGES, paper.stage),
        is_struck_off=paper.is_struck,
        form_number=number if paper.form else 0,
    )
