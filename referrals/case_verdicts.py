"""What the rules say of a case, line by line: on the day it was sent, and today; told to each as far as they may see.

A line rests on facts, and facts belong to items. A receiver reads only the lines whose items were passed on; of the
others it learns how many there are, and that the sending side has looked at them. So a verdict tells nobody what the
person did not agree to tell.
"""

import json
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language

from programs import catalogue, questions, rounds
from programs.matching import sum_text
from programs.previews import asked_of
from programs.rules import AllOf, facts_of
from programs.sentences import told
from referrals import matching
from referrals.items import item_of_fact

STATES = {True: "met", False: "not", None: "ask"}


@dataclass(frozen=True)
class Line:
    """One condition as it is met, or a sum that is due: met, not, ask or due."""

    state: str
    words: str
    source: str
    items: frozenset

    def as_data(self):
        return [self.state, self.words, self.source, sorted(self.items)]

    @classmethod
    def read(cls, data):
        state, words, source, items = data
        return cls(state, words, source, frozenset(items))


@dataclass(frozen=True)
class Told:
    """A verdict as one viewer may read it. `hidden`: how many lines rest on what was not passed on."""

    eligible: bool | None
    sum: str
    lines: tuple
    hidden: int
    # In which its sentences are written: those of two languages are not compared.
    language: str = ""


def judge(referral):
    """The verdicts on the person today, the best first: one, or one for each part of a program that has parts."""
    if referral.program is None:
        return []
    facts = matching.readable(matching.facts_of(referral.person), catalogue.vocabulary())
    return list(questions.ranked(rounds.match_current(facts, codes={referral.program.code})))


def snapshot_of(referral):
    """Verdict, lines and sum of the program for this person today; nothing where it is for no program."""
    found = judge(referral)
    return snapshot(found[0]) if found else {}


def snapshot(verdict):
    lines = [line.as_data() for line in lines_of(verdict)]
    said = {**verdict.as_json(), "sum": _sum_of(verdict), "lines": lines, "language": get_language()}
    return json.loads(json.dumps(said, cls=DjangoJSONEncoder))


def lines_of(verdict):
    """Condition by condition, then what is due."""
    found = [line for part in _parts(verdict.answer) for line in _lines_of_part(part, verdict.vocabulary)]
    if verdict.eligible and verdict.grant.lines:
        rests_on = _items(asked_of(verdict.program))
        found += [Line("due", verdict.due_text(line), "", rests_on) for line in verdict.grant.lines]
    return found


def _parts(answer):
    """The conditions that all have to hold, each for itself; an exception is one condition."""
    if isinstance(answer.condition, AllOf) and not answer.condition.is_exception:
        for part in answer.parts:
            yield from _parts(part)
    else:
        yield answer


def _lines_of_part(part, vocabulary):
    items = _items(facts_of(part.condition))
    return [Line(STATES[part.met], words, why, items) for words, why in told(part, vocabulary, True)]


def _items(facts):
    return frozenset(item.code for item in map(item_of_fact, facts) if item)


def _sum_of(verdict):
    return str(sum_text(verdict.amount, verdict.program.benefit.unit)) if verdict.eligible else ""


# -- Told -------------------------------------------------------------------------------------------------------------
def as_told(snapshot, items):
    """To somebody who may see these items. The verdict itself is what a referral is about: it is told always."""
    lines = [Line.read(data) for data in snapshot.get("lines", ())]
    shown = tuple(line for line in lines if line.items <= items)
    tells_sum = all(line.items <= items for line in lines if line.state == "due")
    return Told(
        snapshot.get("eligible"), snapshot.get("sum", "") if tells_sum else "", shown, len(lines) - len(shown),
        snapshot.get("language", ""),
    )  # fmt: skip


def changes_between(then, now):
    """(lines of the day of sending that do not hold any more, lines that are new since)."""
    if then.language != now.language:
        return [], []
    before, after = {line.words for line in then.lines}, {line.words for line in now.lines}
    gone = [line for line in then.lines if line.words not in after]
    return gone, [line for line in now.lines if line.words not in before]
