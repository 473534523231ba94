"""The papers of a referral's program: which are there, which are wanting, which the simplified procedure leaves out."""

from dataclasses import dataclass

from programs import outcomes
from programs.facts import pick
from referrals import case_verdicts
from referrals.workflow import Procedure


@dataclass(frozen=True)
class PaperRow:
    name: str
    kind: str
    count: str
    who: str
    when: str
    is_held: bool
    is_struck: bool

    @property
    def is_wanting(self):
        return not self.is_held and not self.is_struck and not self.when


def papers_of(referral, verdicts=None):
    """For the programs of the referral's code, by what is known of the person today; nothing without a program."""
    verdicts = case_verdicts.judge(referral) if verdicts is None else verdicts
    rows = outcomes.rows_of([one.program.code for one in verdicts])
    found = [outcomes.Outcome(one, rows.get(one.program.code), frozenset()) for one in verdicts]
    return [row for outcome in found for row in _rows(referral, outcome)]


def _rows(referral, outcome):
    wanting = {row.paper.code for row, _certain, _struck in outcome.papers}
    is_simplified = referral.procedure != Procedure.NORMAL
    for row, is_certain, is_struck in outcome.all_papers:
        yield PaperRow(
            name=str(row.paper.name), kind=row.paper.kind, count=row.paper.count_text(), who=str(row.who),
            when="" if is_certain else str(row.when), is_held=row.paper.code not in wanting,
            is_struck=is_simplified and is_struck,
        )  # fmt: skip


def papers_asked(referral):
    """[(code, words)] of the papers of its program's version, by which somebody names what is missing."""
    if referral.program_version is None:
        return []
    listed = referral.program_version.definition.get("papers", [])
    return [(paper["code"], pick(paper.get("name") or [paper["code"], ""])) for paper in listed]


def paper_name(referral, code):
    return dict(papers_asked(referral)).get(code, code)
