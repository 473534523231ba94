"""A program as a family reads it: for whom, how much, what to bring, how it goes on. Without codes, without notes."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from programs import wording
from programs.benefits import Nothing
from programs.papers import VERIFIABLE
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


@dataclass(frozen=True)
class Leaflet:
    program: object
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
    rows = list(wording.benefit_rows(program.benefit, vocabulary))
    empty = {rule.says for rule in program.benefit.rules if isinstance(rule.pay, Nothing)}
    papers = [paper_row(paper, vocabulary) for paper in program.papers]
    return Leaflet(
        program=program,
        whom=tuple(wording.Line("", "", requirement(wording.plainer(part), vocabulary), part.why)
                   for part in wording.conditions_of(program)),
        exceptions=tuple(exceptions(program, vocabulary)),
        how_much=tuple(row for row in rows if row.says not in empty),
        not_again=tuple(row for row in rows if row.says in empty),
        facts=tuple(text for _key, text in wording.benefit_facts(program.benefit)),
        papers=tuple(row for row in papers if row.paper.stage == "application"),
        later_papers=tuple(row for row in papers if row.paper.stage != "application"),
        steps=tuple(wording.step_text(step) for step in program.steps),
        applicants=wording.applicants_text(program, vocabulary),
        is_for_family=not FAMILY.isdisjoint(program.applicants),
    )  # fmt: skip


def exceptions(program, vocabulary):
    """The ways in for a few, which plainer() leaves out of the condition."""
    for part in wording.conditions_of(program):
        for way in part.parts if isinstance(part, AnyOf) else ():
            if isinstance(way, AllOf) and way.is_exception:
                yield wording.Line("", "", requirement(way, vocabulary), way.why)


def paper_row(paper, vocabulary):
    seals = vocabulary["document_seals"]
    return PaperRow(
        paper=paper,
        seals=_("或").join(seals.label_of(code) for code in paper.seals),
        refused=_("、").join(seals.label_of(code) for code in paper.refused_seals),
        when="" if isinstance(paper.when, Always) else requirement(paper.when, vocabulary),
        who=say(PARTIES, paper.brought_by),
        stage=say(STAGES, paper.stage),
        is_struck_off=paper.kind in VERIFIABLE,
    )
