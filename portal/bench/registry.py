"""What can be measured. A benchmark hands over two works: the one in question, and the floor or peer beside it."""

from collections.abc import Callable
from dataclasses import dataclass

# A work does its thing n times; the clock is outside.
Work = Callable[[int], None]


@dataclass(frozen=True)
class Benchmark:
    name: str
    against: str
    # The subject may cost so many times what the floor costs; None: there is no goal, only the number.
    reach: float | None
    make: Callable[..., tuple[Work, Work]]
    # Takes seconds: done once a round, in few rounds, without being tried before.
    is_long: bool = False
    # What is compared: seconds, or MB by which a process grows.
    unit: str = "s"


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(name, *, against, reach=None, is_long=False, unit="s"):
    """Registers a function (world) -> (work in question, work beside it)."""

    def register(make):
        if name in BENCHMARKS:
            raise ValueError(f"two benchmarks are called {name}")
        BENCHMARKS[name] = Benchmark(name, against, reach, make, is_long, unit)
        return make

    return register


def chosen(words: list[str]) -> list[Benchmark]:
    """Those whose name holds one of the words; all, when there is none."""
    return [found for name, found in BENCHMARKS.items() if not words or any(word in name for word in words)]
