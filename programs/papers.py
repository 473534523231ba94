"""Papers: which a program asks for, which are still to come, and which the bureau's check makes needless."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from programs.facts import VOCABULARY, pick
from programs.rules import YES, answer, open_facts

STAGES = ("application", "declaration", "review", "payment", "program")
# What the bureau has verified already need not be brought again under the simplified procedure.
VERIFIABLE = frozenset(
    {
        "hukou_page_self",
        "hukou_page_guardian",
        "hukou_booklet_family",
        "id_card_self",
        "id_card_guardian",
        "dibao_certificate",
        "hardship_certificate",
        "disability_certificate",
        "residence_proof",
        "relationship_proof",
        "home_visit_record",
    }
)
# People whose standing a bureau has certified, so that the simplified procedure is open to them; a place may change it.
CERTIFIED = frozenset(
    {
        "dibao",
        "tekun",
        "dibao_edge",
        "rigid_expenditure",
        "orphan",
        "de_facto_unattended",
        "compatriot_tw",
        "compatriot_hk",
        "compatriot_mo",
    }
)


@dataclass(frozen=True, eq=False)
class Paper:
    code: str
    names: tuple
    kind: str
    originals: int = 0
    copies: int = 0
    is_either: bool = False
    seals: tuple = ()
    refused_seals: tuple = ()
    when: object = YES
    brought_by: str = "applicant"
    stage: str = "application"
    valid_days: int | None = None
    form: str = ""
    fields: tuple = ()  # what stands on that form, where the place has one of its own
    filed: tuple = ()  # who keeps one of the originals each: one for the city, one for the district
    struck: bool | None = None
    note: str = ""
    why: str = ""

    @property
    def name(self):
        return pick(self.names)

    @property
    def is_struck(self):
        """Needless under the simplified procedure: as this program says, or as usual for papers of this kind."""
        return self.kind in VERIFIABLE if self.struck is None else self.struck

    def count_text(self):
        """1 份原件、2 份复印件."""
        if self.is_either:
            return _("原件或复印件均可")
        parts = [_("%s 份原件") % self.originals] if self.originals else []
        parts += [_("%s 份复印件") % self.copies] if self.copies else []
        return "、".join(parts)

    def seal_fault(self, seal):
        """Why this seal does not do, or nothing. A seal nobody has judged is not held against the person."""
        if seal is None or not (self.seals or self.refused_seals):
            return ""
        label = VOCABULARY["document_seals"].label_of(seal)
        if seal in self.refused_seals:
            return _("盖的是%s，不予认可") % label
        if self.seals and seal not in self.seals:
            return _("%s不符合要求") % label if seal != "none" else _("没有盖章")
        return ""


@dataclass(frozen=True)
class Ask:
    """One paper still to come and why; is_certain is False where the need for it is not yet known."""

    paper: Paper
    because: str
    is_certain: bool = True
    open_facts: tuple = ()


def asks(papers, facts, *, stage="application", struck=frozenset()):
    """The papers of a stage that are still to come, in the catalogue's order, but not those whose codes are struck."""
    held, seals = facts["documents_held"] or frozenset(), facts["document_seals"] or {}
    for paper in papers:
        if paper.stage != stage or paper.code in struck:
            continue
        needed = answer(paper.when, facts)
        if needed.met is False:
            continue
        because = _("尚未提交") if paper.code not in held else paper.seal_fault(seals.get(paper.code))
        if because:
            yield Ask(paper, because, needed.met is True, tuple(open_facts(needed)))


def struck_off(papers, facts):
    """Codes of the papers that need not be brought, because the bureau has verified what they prove."""
    categories = facts["categories"] or frozenset()
    if CERTIFIED.isdisjoint(categories):
        return frozenset()
    return frozenset(paper.code for paper in papers if paper.is_struck)
