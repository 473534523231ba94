"""Two works timed in turns, so that whatever else the machine does slows both."""

import multiprocessing
import resource
import statistics
import time
from dataclasses import dataclass

from django.db import connections

from portal.bench.registry import Benchmark, Work

ROUND = 0.25  # seconds; long enough for the clock, short enough to take turns often
ROUNDS = 9
LONG_ROUNDS = 3
WARM_UP = 8


@dataclass(frozen=True)
class Result:
    name: str
    against: str
    seconds: float  # for one time, median of the rounds
    floor_seconds: float
    ratio: float  # median of the rounds' own ratios
    reach: float | None
    unit: str = "s"
    family: str = ""
    column: str = ""

    @property
    def is_reached(self) -> bool | None:
        return None if self.reach is None else self.ratio <= self.reach


def measure(found: Benchmark, world, rounds=ROUNDS, length=ROUND) -> Result:
    subject, floor = found.make(world)
    if found.unit == "MB":
        pairs = [(peak_of(subject), peak_of(floor))]
    elif found.is_long:
        pairs = [(per_time(subject, 1), per_time(floor, 1)) for _ in range(min(rounds, LONG_ROUNDS))]
    elif found.portion:
        pairs = [(per_time(subject, found.portion), per_time(floor, found.portion)) for _ in range(rounds)]
    else:
        times = times_for(subject, length), times_for(floor, length)
        pairs = [(per_time(subject, times[0]), per_time(floor, times[1])) for _ in range(rounds)]
    return Result(
        found.name,
        found.against,
        statistics.median(seconds for seconds, _ in pairs),
        statistics.median(seconds for _, seconds in pairs),
        statistics.median(seconds / floor_seconds for seconds, floor_seconds in pairs),
        found.reach,
        found.unit,
        found.family,
        found.column,
    )


def times_for(work: Work, length: float) -> int:
    """How often it goes into one round. The first time counts for nothing: it imports, connects and compiles."""
    work(WARM_UP)
    times = 1
    while (spent := per_time(work, times) * times) < length / 4:
        times *= 2
    return max(1, round(times * length / spent))


def per_time(work: Work, times: int) -> float:
    if get_ready := getattr(work, "get_ready", None):
        get_ready(times)
    began = time.perf_counter()
    work(times)
    return (time.perf_counter() - began) / times


def peak_of(work) -> float:
    """By how many MB a process grows that does the work once."""
    connections.close_all()
    told, tells = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_grow, args=(work, tells))
    child.start()
    child.join()
    return told.recv()


def _grow(work, tells):
    before = _resident()
    work(1)
    tells.send(max(0.1, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before))
    connections.close_all()


def _resident():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 1024**2
