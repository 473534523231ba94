"""What can be measured. A benchmark hands over two works: the one in question, and the floor or peer beside it."""

from collections.abc import Callable
from dataclasses import dataclass

# A work does its thing n times; the clock is outside. One that uses something up has get_ready(n), before the clock.
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
    # What is compared: seconds, or MB by which a process grows; "/s" are seconds told as how many in a second.
    unit: str = "s"
    # So many times are a round, whatever they take; 0 where as many as fill a round.
    portion: int = 0
    # Those of one family stand in one line of the table, each in its column.
    family: str = ""
    column: str = ""
    # Done in the database of each size there is, not in the largest alone.
    at_each_size: bool = False


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(name, *, against, reach=None, **options):
    """Registers a function (world) -> (work in question, work beside it). `options`: the other fields of Benchmark."""

    def register(make):
        if name in BENCHMARKS:
            raise ValueError(f"two benchmarks are called {name}")
        BENCHMARKS[name] = Benchmark(name, against, reach, make, **options)
        return make

    return register


def chosen(words: list[str]) -> list[Benchmark]:
    """Those whose name holds one of the words; all, when there is none."""
    return [found for name, found in BENCHMARKS.items() if not words or any(word in name for word in words)]
