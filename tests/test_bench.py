"""The frame of measuring: no time is asserted here, only that what is measured is what it says."""

import contextlib
import dataclasses
import time

import pytest

from portal.bench import moves, referral_data, registry, report, run, timing
from portal.bench.load import Client, granian
from referrals.models import Referral
from tests.make.people import make_wording
from tests.make.units import make_area


def test_a_benchmark_is_found_by_a_word_of_its_name():
    assert [found.name for found in registry.chosen(["home"])] == [
        "home page, in process",
        "home page, through granian",
    ]
    assert registry.chosen(["nothing of the kind"]) == []
    assert len(registry.chosen([])) == len(registry.BENCHMARKS)


def test_two_benchmarks_of_one_name_are_refused():
    with pytest.raises(ValueError, match="home page, in process"):
        registry.benchmark("home page, in process", against="x")(lambda world: None)


def test_both_works_are_done_equally_long_and_compared():
    done = {"slow": 0, "fast": 0}

    def make(world):
        def slow(times):
            done["slow"] += times
            sum(range(times * 20_000))

        def fast(times):
            done["fast"] += times
            sum(range(times * 1_000))

        return slow, fast

    found = registry.Benchmark("slow", "fast", 5.0, make)
    result = timing.measure(found, None, rounds=3, length=0.02)
    assert done["fast"] > done["slow"] > 3
    assert result.ratio > 1
    assert result.seconds > result.floor_seconds


def test_the_first_time_is_not_what_is_measured():
    slept = []

    def work(times):
        if not slept:
            slept.append(time.sleep(0.1))
        sum(range(times * 1_000))

    assert timing.times_for(work, 0.02) > 10


def test_the_table_says_what_was_reached():
    results = [
        timing.Result("page", "empty view", 0.0021, 0.001, 2.1, 2.5),
        timing.Result("list", "empty view", 0.004, 0.001, 4.0, 2.5),
        timing.Result("call", "nothing", 2e-7, 1e-7, 2.0, None),
    ]
    lines = report.table(results).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["page", "list", "call"]
    assert ["ok" in lines[1], "NO" in lines[2], "≤" in lines[3]] == [True, True, False]
    assert "2.10 ms" in lines[1]
    assert "200 ns" in lines[3]


@pytest.mark.slow
def test_the_load_generator_reads_as_many_answers_as_it_is_told(tmp_path):
    with granian("portal.bench.bare:application", tmp_path / "socket"):
        client = Client(tmp_path / "socket", "/")
        client(1)
        client(50)


# -- At a tiny size, everything that is measured of referrals ----------------------------------------------------------
SIZE = 60


@pytest.fixture
def small_world(db):
    """A city with two counties, and as many referrals as a quiet morning brings."""
    province = make_area("230000000000", "某省", "province")
    city = make_area("230300000000", "某市", "city", province)
    for code in ("230302000000", "230303000000"):
        make_area(code, "某区", "county", city)
    with contextlib.ExitStack() as stack:
        stack.callback(referral_data.world_of.cache_clear)
        stack.callback(moves.supplies.cache_clear)
        yield run.World(SIZE, stack, referrals=[SIZE])


def test_lists_and_moves_are_measured_for_everyone_and_told_in_one_table(small_world):
    wanted = [entry for entry in registry.BENCHMARKS.values() if entry.family or entry.portion]
    wanted = [dataclasses.replace(one, portion=min(one.portion, 1)) for one in wanted if "granian" not in one.name]
    make_wording()
    results = [timing.measure(entry, small_world, rounds=1, length=0.001) for entry in wanted]
    assert Referral.objects.filter(state="accepted").exists()
    told = report.table(results)
    for entry in wanted:
        assert (entry.family or entry.name) in told
        assert not entry.column or entry.column in told
    assert all(result.seconds > 0 and result.floor_seconds > 0 for result in results)
