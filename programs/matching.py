"""Which programs fit a person, and why.

match(facts, programs) is pure: no database, no request, no clock. Facts are what Vocabulary.read returns.
"""

from functools import cached_property, lru_cache

from django.utils.translation import gettext as _

from programs.benefits import Grant
from programs.compiled import Compiled, Index, without_grants
from programs.derived import View
from programs.facts import VOCABULARY
from programs.papers import asks
from programs.rules import answer, open_facts, open_tests
from programs.sentences import number, reasons, unknown_text, with_source

FEW = 50  # below so many programs the index does not pay


def sum_text(amount, unit="money"):
    """What is due, in words; a sum nobody has fixed is never shown as zero."""
    if amount is None:
        return _("金额未定")
    if isinstance(amount, tuple):
        words = {"low": number(amount[0]), "high": number(amount[1])}
        return (_("价值 %(low)s–%(high)s 元的物资") if unit == "goods" else _("%(low)s–%(high)s 元")) % words
    return _("%s 元") % number(amount)


class Verdict:
    """What one program answers one person. `eligible` is None while a fact that decides is not known.

    Everything but the verdict itself is worked out when somebody asks for it.
    """

    def __init__(self, program, person, eligible, vocabulary=VOCABULARY):
        self.program = program
        self.person = person
        self.eligible = eligible
        self.vocabulary = vocabulary

    @cached_property
    def facts(self):
        return View(self.person, self.program.code, self.program.age_convention)

    @cached_property
    def answer(self):
        return answer(self.program.condition, self.facts)

    @cached_property
    def grant(self):
        return self.program.benefit.grant(self.facts) if self.eligible else Grant("nothing")

    @property
    def amount(self):
        return self.grant.amount if self.eligible else None if self.eligible is None else 0

    @property
    def copay(self):
        return self.grant.copay if self.eligible else None

    @cached_property
    def asks(self):
        """Papers of the application still to come, those included whose need is not yet known."""
        return tuple(asks(self.program.papers, self.facts)) if self.eligible else ()

    @property
    def missing(self):
        return [ask.paper.code for ask in self.asks if ask.is_certain]

    @cached_property
    def unknown(self):
        """The facts to ask for next: those of the conditions, then those the benefit waits for."""
        if self.eligible is not None:
            return []
        if self.answer.met is None:
            return once_each(open_facts(self.answer), self.facts, self.vocabulary)
        return once_each(self.program.benefit.grant(self.facts).open_facts, self.facts, self.vocabulary)

    @cached_property
    def open_facts(self):
        """Every fact that can still change the answer."""
        return once_each(open_facts(answer(self.program.gate, self.facts)), self.facts, self.vocabulary)

    @property
    def route_ok(self):
        """False: right program, wrong applicant. Who applies is no question where nothing is due."""
        by = self.facts["applied_by"]
        return self.eligible is False or by is None or by in self.program.applicants

    def reasons(self):
        """Sentences, the decisive ones first."""
        if self.eligible is None:
            return self.open_reasons()
        lines = reasons(self.answer, self.vocabulary)
        if self.eligible is False:
            return self.refusal() if self.answer.met is not False else lines
        return lines + [self.due_text(line) for line in self.grant.lines] + self.remarks()

    def open_reasons(self):
        """One sentence for each fact to ask for, with the source that asks for it."""
        sources = {one.condition.fact: one.condition.why for one in reversed(list(open_tests(self.answer)))}
        return [with_source(unknown_text(self.vocabulary[name]), sources.get(name, "")) for name in self.unknown]

    def refusal(self):
        """The person fits, but nothing is due (used up, below the least sum, ceiling reached)."""
        grant = self.program.benefit.grant(self.facts)
        return [with_source(line.says, line.why) for line in grant.lines] or [_("按待遇规定，没有可发放的金额")]

    def due_text(self, line):
        if line.copay is not None:
            says = _("%(says)s：自付 %(copay)s 元") % {"says": line.says, "copay": number(line.copay)}
        else:
            amount = None if line.low is None else line.low if line.low == line.high else (line.low, line.high)
            says = _("%(says)s：%(sum)s") % {"says": line.says, "sum": sum_text(amount, self.program.benefit.unit)}
        return with_source(says, line.why)

    def remarks(self):
        """What is still to be done though the answer is yes."""
        lines = [_("%s，金额待定") % unknown_text(self.vocabulary[name]) for name in self.grant.pending]
        for ask in self.asks:
            if ask.is_certain:
                lines.append(
                    _("缺少材料：%(paper)s（%(because)s）") % {"paper": ask.paper.name, "because": ask.because}
                )
        if not self.route_ok:
            by = self.vocabulary["applied_by"]
            who = "、".join(by.label_of(code) for code in by.choices if code in self.program.applicants)
            lines.append(_("申请途径不对：应由%s提出") % who)
        return lines

    def as_json(self):
        return {
            "program": self.program.code,
            "eligible": self.eligible,
            "amount": plain_sum(self.amount),
            "copay": plain_sum(self.copay),
            "missing": self.missing,
            "unknown": self.unknown,
            "route_ok": self.route_ok,
            "reasons": self.reasons(),
        }


def plain_sum(amount):
    """Decimals as JSON numbers; two places stay exact in a double far beyond any sum here."""
    if isinstance(amount, tuple):
        return [plain_sum(end) for end in amount]
    if amount is None:
        return None
    return int(amount) if amount == int(amount) else float(amount)


def once_each(names, facts, vocabulary):
    """One entry for each thing to ask: of facts reckoned from the same unknown one, the first."""
    kept, asked = [], set()
    for name in names:
        sources = {source for source in vocabulary.asked_for(name) if facts.get(source) is None}
        if not sources or not sources <= asked:
            kept.append(name)
            asked |= sources
    return kept


class Matcher:
    """A catalogue made ready to be asked often: verdicts by the compiled function, reasons by the interpreter."""

    def __init__(self, programs, vocabulary=VOCABULARY):
        self.programs, self.vocabulary = tuple(programs), vocabulary
        self.is_large = len(self.programs) >= FEW

    @cached_property
    def general(self):
        return self.made(self.programs)

    @cached_property
    def fresh(self):
        """For people to whom nothing has been granted yet."""
        return self.made([without_grants(program) for program in self.programs])

    def made(self, programs):
        compiled = Compiled(programs, self.vocabulary)
        return Index(compiled) if self.is_large else compiled

    def side(self, facts):
        return self.fresh if facts.get("prior_grants") == () else self.general

    def verdicts(self, facts):
        """True, False or None for each program, in order."""
        side = self.side(facts)
        if not self.is_large:
            return side.match(facts)
        verdicts = [False] * len(self.programs)
        for place, verdict in side.verdicts(side.compiled.row(facts)).items():
            verdicts[place] = verdict
        return verdicts

    def match(self, facts):
        vocabulary = self.vocabulary
        pairs = zip(self.programs, self.verdicts(facts), strict=True)
        return [Verdict(program, facts, eligible, vocabulary) for program, eligible in pairs]


@lru_cache(maxsize=16)
def matcher_for(programs, vocabulary):
    return Matcher(programs, vocabulary)


def match(facts, programs, vocabulary=VOCABULARY):
    """One verdict for each program, in the programs' order."""
    return matcher_for(tuple(programs), vocabulary).match(facts)


def judge(facts, program, vocabulary=VOCABULARY):
    """One verdict by the interpreter alone."""
    view = View(facts, program.code, program.age_convention)
    return Verdict(program, facts, answer(program.gate, view).met, vocabulary)
