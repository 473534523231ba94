"""What somebody holds, and how it moves on when they leave: nobody's queue is orphaned.

Each app names the kinds of work a person may hold; the page that hands over shows them all and moves them in one go.
`register()` is called where the actions of that work are defined.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Holding:
    """One kind of work. `move(actor, staff, successor)` gets a colleague, or None for the queue of the unit."""

    code: str
    label: str
    # What becomes of it, in a sentence the person reads before deciding.
    fate: str
    # function(staff) -> how many
    count: Callable
    move: Callable
    # There is no queue for it: a colleague must be named.
    needs_successor: bool = False


HOLDINGS: dict[str, Holding] = {}


def register(holding):
    if holding.code in HOLDINGS:
        raise ValueError(f"two holdings are called {holding.code}")
    HOLDINGS[holding.code] = holding


def held_by(staff):
    """[(holding, how many)], without those of which there are none."""
    counted = [(holding, holding.count(staff)) for holding in HOLDINGS.values()]
    return [(holding, number) for holding, number in counted if number]


def move_all(actor, staff, successor):
    """Move everything, inside the caller's transaction. Returns {code: how many}."""
    held = held_by(staff)
    for holding, _number in held:
        holding.move(actor, staff, successor)
    return {holding.code: number for holding, number in held}
