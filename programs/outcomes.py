"""What comes out for one person, program by program: fits, may well fit, still open, does not fit; and why."""

from dataclasses import dataclass
from functools import cached_property

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


def programs_today(day):
    """(programs somebody can apply for, what is known of each): those in force, with the bounds of open rounds."""
    rounds = rounds_with_bounds(day)
    programs = [bounded(one, rounds.get(one.code)) for one in catalogue.current_units(day)]
    return programs, program_states(day)


@dataclass(frozen=True)
class Item:
    """Something still to be confirmed: what, by whom, and the paper that proves it."""

    fact: object
    text: str
    who: str
    proof: str

    @property
    def question(self):
        return question_of(self.fact)


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
        return wording.how_much(self.program)

    @cached_property
    def pending(self):
        """What the sum still waits for."""
        return [unknown_text(self.verdict.vocabulary[name]) for name in self.verdict.grant.pending]

    @cached_property
    def items(self):
        words = self.verdict.vocabulary
        return [Item(words[name], unknown_text(words[name]), str(WHO_TELLS[words[name].knows]), words[name].proof)
                for name in self.verdict.open_facts]  # fmt: skip

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
