"""What a consent for one program would have to name: its unit, and the items that its conditions look at.

A proposal for the counter, to be read out and changed. What is sensitive is named, never ticked: it is asked item by
item.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from programs import catalogue, outcomes
from programs.rules import facts_of
from referrals.items import in_order, item_of_fact, words_of

# Without these nobody can answer at all.
ALWAYS = frozenset({"name", "phone", "residence", "circumstances", "needs"})


@dataclass(frozen=True)
class Proposal:
    program: str
    unit: object
    items: tuple

    @property
    def common(self):
        return [item.code for item in in_order(self.items) if not item.is_sensitive]

    @property
    def sensitive_words(self):
        return words_of(item.code for item in in_order(self.items) if item.is_sensitive)


def for_program(code):
    """None for a program that is not in force."""
    program = next((one for one in catalogue.current_units() if one.code == code), None)
    row = outcomes.rows_of([code]).get(code) if program else None
    if row is None:
        return None
    asked = {item.code for item in map(item_of_fact, facts_of(program.condition)) if item}
    return Proposal(program.name, row.organization, tuple(ALWAYS | asked))


def for_referral(referral, missing):
    """For one referral that is being written: its receiver, and exactly what nobody has agreed to yet."""
    name = referral.program.name if referral.program else _("这次转介")
    return Proposal(name, referral.receiver, tuple(missing))
