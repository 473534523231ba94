"""What comes out for one person, program by program: fits, may well fit, still open, does not fit; and why."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db.models import Prefetch
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from members.models import ContactPost
from programs import catalogue, wording
from programs.derived import View
from programs.leaflets import leaflet
from programs.matching import judge, sum_text
from programs.models import Program
from programs.papers import asks, struck_off
from programs.questions import ranked
from programs.rounds import bounded, program_states, rounds_with_bounds
from programs.sentences import reasons, unknown_text

FITS, LIKELY, OPEN, NOT = "fits", "likely", "open", "not"
FAMILY_PARTIES = frozenset({"applicant", "beneficiary", "guardian", "patient", "student"})
WHO_TELLS = {
    "family": gettext_lazy("请您自己问清楚"),
    "hospital": gettext_lazy("由医院证明"),
    "school": gettext_lazy("由学校证明"),
    "bureau": gettext_lazy("由民政部门或主管单位核实"),
    "program": gettext_lazy("问主管单位"),
}


class Bounds(NamedTuple):
    lowest: object
    highest: object


@lru_cache(maxsize=500)
def moved(program, bounds):
    """The same program object for the same bounds, so that what is made of it is made once."""
    return bounded(program, bounds)


def programs_today(day):
    """(programs somebody can apply for, what is known of each): those in force, with the bounds of open rounds."""
    rounds = {code: Bounds(one.lowest, one.highest) for code, one in rounds_with_bounds(day).items()}
    programs = [moved(one, rounds[one.code]) if one.code in rounds else one for one in catalogue.current_units(day)]
    return programs, program_states(day)


@dataclass(frozen=True)
class Item:
    """Something still to be confirmed: what, by whom, and the paper that proves it."""

    fact: object
    label: str
    who: str
    proof: str

    @property
    def question(self):
        return question_of(self.fact)


def item_of(fact):
    """In a family's words: what a program keeps of itself is one thing to ask its unit, not five."""
    if fact.is_program_state:
        return Item(fact, _("现在收不收申请、有没有名额"), str(WHO_TELLS["program"]), "")
    if fact.is_derived and fact.scope == "program":
        return Item(fact, _("以前得到这个项目资助的情况"), _("主管单位可以查"), "")
    label = _("是否%s") % fact.label if fact.type == "bool" else fact.label
    return Item(fact, label, str(WHO_TELLS[fact.knows]), fact.proof)


def question_of(fact):
    """As one would ask a family; the vocabulary has its questions in Chinese only."""
    return unknown_text(fact) if (get_language() or "").startswith("en") else fact.question or unknown_text(fact)


class Outcome:
    """One program for one person."""

    def __init__(self, verdict, row, still_asked):
        self.verdict, self.program, self.row = verdict, verdict.program, row
        self._still_asked = still_asked

    @cached_property
    def group(self):
        if self.verdict.eligible is not None:
            return FITS if self.verdict.eligible else NOT
        if self.verdict.answer.met:
            return LIKELY  # Only the sum waits: before an operation nobody knows what it will cost.
        asked = self.verdict.vocabulary.asked_for
        is_open = any(not self._still_asked.isdisjoint(asked(name)) for name in self.verdict.open_facts)
        return OPEN if is_open else LIKELY

    @cached_property
    def leaflet(self):
        return leaflet(self.program, self.verdict.vocabulary)

    @cached_property
    def sums(self):
        """Line by line what is due; where the answer is open, what the program gives at all."""
        grant = self.verdict.grant
        return [(line, self.line_sum(line)) for line in grant.lines] if self.verdict.eligible else []

    def line_sum(self, line):
        if line.copay is not None:
            return _("自付 %s 元") % wording.number(line.copay) if line.copay else _("免费，不用自付")
        amount = None if line.low is None else line.low if line.low == line.high else (line.low, line.high)
        return sum_text(amount, self.program.benefit.unit)

    @property
    def how_much(self):
        return wording.how_much(self.program, self.verdict.facts)

    @cached_property
    def pending(self):
        """What the sum still waits for."""
        return [unknown_text(self.verdict.vocabulary[name]) for name in self.verdict.grant.pending]

    @cached_property
    def items(self):
        """What is open, each thing once."""
        found = {}
        for name in self.verdict.open_facts:
            item = item_of(self.verdict.vocabulary[name])
            found.setdefault(item.label, item)
        return list(found.values())

    @property
    def asked_items(self):
        """What the person could still tell; the rest is for others."""
        asked = self.verdict.vocabulary.asked_for
        return [item for item in self.items if not self._still_asked.isdisjoint(asked(item.fact.name))]

    @cached_property
    def papers(self):
        """(row of the leaflet, is it certainly needed, may it be left out), those held already left out."""
        return self.papers_for(self.verdict.facts)

    def papers_for(self, facts):
        rows = {row.paper.code: row for row in self.leaflet.papers}
        struck = struck_off(self.program.papers, facts)
        return [(rows[ask.paper.code], ask.is_certain, ask.paper.code in struck)
                for ask in asks(self.program.papers, facts)]  # fmt: skip

    @property
    def own_papers(self):
        """What the family brings itself."""
        return [found for found in self.papers if found[0].paper.brought_by in FAMILY_PARTIES]

    @property
    def papers_of_others(self):
        """(who, what they prepare) of the rest."""
        by_party = {}
        for row, _is_certain, _is_struck in self.papers:
            if row.paper.brought_by not in FAMILY_PARTIES:
                by_party.setdefault(row.who, []).append(row.paper.name)
        return [(who, _("、").join(names)) for who, names in by_party.items()]

    @cached_property
    def all_papers(self):
        """The same with the papers that are there already."""
        facts = View(
            self.verdict.facts | {"documents_held": frozenset()}, self.program.code, self.program.age_convention
        )
        return self.papers_for(facts)

    @property
    def reasons(self):
        return self.verdict.reasons()

    @property
    def met_reasons(self):
        """The conditions that hold, without sums and papers."""
        return reasons(self.verdict.answer, self.verdict.vocabulary)

    @property
    def route_text(self):
        return (
            ""
            if self.leaflet.is_for_family
            else _("不是自己递交：由%s提出申请，请告诉他们您需要。") % self.leaflet.applicants
        )


def outcomes(programs, states, facts, vocabulary, *, still_asked=frozenset()):
    """One outcome for each program, the best first. `still_asked`: facts that somebody could still tell."""
    verdicts = [judge(states.get(one.code, {}) | facts, one, vocabulary) for one in programs]
    rows = rows_of([verdict.program.code for verdict in verdicts if verdict.eligible is not False])
    found = [Outcome(verdict, rows.get(verdict.program.code), still_asked) for verdict in ranked(verdicts)]
    return sorted(found, key=lambda one: one.group == FITS and not one.leaflet.is_for_family)


def grouped(found):
    groups = {FITS: [], LIKELY: [], OPEN: [], NOT: []}
    for one in found:
        groups[one.group].append(one)
    return groups


def rows_of(codes):
    """code -> the program with its unit and the unit's public posts, for those that may be due; two queries."""
    posts = ContactPost.objects.filter(is_public=True, ended_at=None)
    rows = Program.objects.filter(code__in=codes).select_related("organization").prefetch_related(
        Prefetch("organization__contact_posts", posts, to_attr="public_posts")
    )  # fmt: skip
    return {row.code: row for row in rows}


EASE = ("family", "school", "hospital", "bureau")
WHERE = {
    "family": gettext_lazy("家里看一看：%s"),
    "school": gettext_lazy("问学校：%s"),
    "hospital": gettext_lazy("问医院：%s"),
    "bureau": gettext_lazy("问村（社区）、街道（乡镇）或民政部门：%s"),
}


@dataclass(frozen=True)
class Clue:
    """A question nobody could answer: where the answer is to be found, and how many programs wait for it."""

    page: object
    where: tuple
    count: int


def clues(pages, waiting, vocabulary):
    """What to find out, the easiest first; of equals what most programs wait for."""
    found = []
    for page in pages:
        concerned = [one for one in waiting if any(item.fact.name in page.facts for item in one.asked_items)]
        facts = [vocabulary[name] for name in sorted(page.facts, key=vocabulary.position.get)]
        asked = [fact for fact in facts if any(fact.name == item.fact.name for one in concerned for item in one.items)]
        if concerned:
            found.append(Clue(page, tuple(where_to_ask(asked)), len(concerned)))
    return sorted(found, key=lambda clue: (ease_of(clue.page, vocabulary), -clue.count))


def ease_of(page, vocabulary):
    return min(EASE.index(vocabulary[name].knows) for name in page.facts if vocabulary[name].knows in EASE)


def where_to_ask(facts):
    """One line for each who knows, with the papers to look at."""
    for knows in EASE:
        proofs = dict.fromkeys(fact.proof for fact in facts if fact.knows == knows and fact.proof)
        if proofs:
            yield WHERE[knows] % _("、").join(proofs)
