"""Which open cases a program holds. Casework stands above this room and registers a function that tells."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Touched:
    """So many open cases of one kind, and some of them to go to: (label, address)."""

    words: str
    count: int
    some: tuple = field(default=())


_sources: list[Callable] = []


def source(function):
    """Registers function(program, staff) -> Touched: the open cases of a program that this person may know of."""
    _sources.append(function)
    return function


def open_cases(program, staff):
    """[Touched], those left out of which there are none."""
    return [found for tell in _sources if (found := tell(program, staff)).count]
