"""What is known of the programs themselves on a day: rounds, places taken, the agreement's ceiling.

These are the facts nobody is asked for (knows: program). They belong to one program, so they are laid over a person's
facts program by program.
"""

from dataclasses import replace

from django.utils import timezone

from programs import benefits, catalogue
from programs.facts import VOCABULARY
from programs.matching import judge
from programs.models import Program, Round


def program_state(program, on=None):
    """The facts of one program (a row or a code) on a day: only what is known."""
    code = getattr(program, "code", program)
    return program_states(on, codes=[code]).get(code, {})


def program_states(on=None, codes=None):
    """code -> its facts, for many programs in two queries."""
    on = on or timezone.localdate()
    programs = Program.objects.select_related("agreement")
    rounds = Round.objects.select_related("program").order_by("opens_on", "pk")
    if codes is not None:
        programs, rounds = programs.filter(code__in=codes), rounds.filter(program__code__in=codes)
    by_program = {}
    for one in rounds:
        by_program.setdefault(one.program_id, []).append(one)
    return {program.code: _state(program, by_program.get(program.pk, []), on) for program in programs}


def _state(program, rounds, on):
    facts = {}
    ceiling = _ceiling(program.agreement, on)
    if ceiling is not None:
        facts["agreement_cap_yuan"] = ceiling
    if rounds:
        held = open_round(rounds, on)
        facts["campaign_open"] = held is not None
        if held:
            facts |= _facts_of(held)
    return facts


def _ceiling(agreement, on):
    """Of an agreement that holds on the day; one that ended limits nothing and pays nothing."""
    if agreement is None or (agreement.ended_on and agreement.ended_on <= on):
        return None
    begun = agreement.starts_on is None or agreement.starts_on <= on
    return agreement.ceiling if begun and (agreement.ends_on is None or agreement.ends_on >= on) else None


def _facts_of(held):
    named = {"campaign": held.campaign or held.label, "term": held.term}
    facts = {name: text for name, text in named.items() if text}
    if held.quota is not None:
        facts["quota_used"] = held.quota_used
    return facts


def open_round(rounds, on):
    """The one that takes applications on the day; of several, the one that opened last."""
    held = [one for one in rounds if one.opens_on <= on and (one.closes_on is None or one.closes_on >= on)]
    return max(held, key=lambda one: (one.opens_on, one.pk)) if held else None


def bounded(program, held):
    """The program with the bounds of a round in place of its printed ones (P12: a place or a donor may move them)."""
    if held is None or held.lowest is None or program.benefit is None:
        return program
    rules = tuple(
        replace(rule, pay=replace(rule.pay, low=held.lowest, high=held.highest))
        if isinstance(rule.pay, benefits.Range)
        else rule
        for rule in program.benefit.rules
    )
    return replace(program, benefit=replace(program.benefit, rules=rules))


class InForce:
    """The programs in force on a day, each with what is known of the program itself, ready for many people.

    A container's code stands for the programs in it.
    """

    def __init__(self, on, codes=None):
        self.words = catalogue.vocabulary()
        states, rounds = program_states(on), rounds_with_bounds(on)
        self.programs = [
            (bounded(one, rounds.get(one.code)), states.get(one.code, {}))
            for one in catalogue.current_units(on)
            if codes is None or not codes.isdisjoint({one.code, one.parent})
        ]

    def match(self, facts):
        """One verdict for each program. What the caller gives of its state stays: somebody may ask what would be if
        places were free."""
        return [judge(state | facts, program, self.words) for program, state in self.programs]


def match_current(facts, on=None, *, codes=None):
    """One verdict for each program in force on a day."""
    return InForce(on or timezone.localdate(), None if codes is None else set(codes)).match(facts)


def rounds_with_bounds(on):
    """code -> the open round that moves the bounds."""
    rows = Round.objects.open_on(on).exclude(lowest=None).select_related("program").order_by("opens_on", "pk")
    return {one.program.code: one for one in rows}


PROGRAM_FACTS = tuple(name for name, fact in VOCABULARY.items() if fact.is_program_state)
