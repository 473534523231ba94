"""存档: which papers of a program are on file for a list: those of each person, the picture of the notice, the list
itself. Of papers that are not open to the viewer nothing is told."""

from dataclasses import dataclass

from programs.blank_forms import LISTS, RECEIPTS
from programs.rules import YES
from referrals import disclosure
from referrals.batch_routes import program_of
from referrals.items import item_of_paper
from referrals.models import Document

NOTICE = "public_notice_evidence"


@dataclass(frozen=True)
class KeptPaper:
    name: str
    # Of the whole list, or of each person on it.
    is_of_list: bool
    have: int
    of: int
    missing: tuple = ()
    # Needed of some of them only, as the program says.
    is_sometimes: bool = False

    @property
    def is_whole(self):
        return self.have >= self.of


def papers_kept(staff, progress):
    """The papers of the program in their order, without those that come with the payment."""
    papers = [paper for paper in program_of(progress.batch).papers if paper.kind not in RECEIPTS]
    held, permitted = _held(staff, progress, papers)
    return [_kept(progress, paper, held, permitted) for paper in papers]


def _held(staff, progress, papers):
    """({(person, kind)} on file, what is open of each), as far as the viewer may know."""
    people = [row.person for row in progress.listed]
    permitted = disclosure.permitted_each(staff, people)
    documents = Document.objects.near(staff).in_time().filter(person__in=people)
    held = documents.filter(kind__in={paper.kind for paper in papers}).values_list("person", "kind")
    return set(held), permitted


def _kept(progress, paper, held, permitted):
    if paper.kind == NOTICE:
        return KeptPaper(paper.name, True, int("notice_proof" in progress.paper_kinds), 1)
    if paper.kind in LISTS:
        return KeptPaper(paper.name, True, int(bool(progress.batch.digest)), 1)
    item = item_of_paper(paper.kind).code
    rows = [row for row in progress.listed if item in permitted[row.person_id].items]
    missing = tuple(row.number for row in rows if (row.person_id, paper.kind) not in held)
    return KeptPaper(paper.name, False, len(rows) - len(missing), len(rows), missing, paper.when is not YES)
