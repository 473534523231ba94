"""The planes that are kept must say what the sheets say, whatever was written and whichever day it is."""

import uuid
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from programs import all_pairs, catalogue, fact_table, planes
from programs.actions.fact_sheets import Sheet, drop, put
from programs.actions.fits import count_fits
from programs.catalogue import units
from programs.derived import CONVENTIONS
from programs.facts import VOCABULARY
from programs.matching import judge
from programs.models import FactPlane, FactShare, FactSheet, FactSheetChange, LocalFact, ProgramFit
from programs.reading import Program
from programs.rules import read_condition
from tests.make.catalogue import make_program
from tests.make.units import make_organization
from tests.programs import people
from tests.programs.test_reverse import ASKED_ALONG, HERE, ON, SICK, THERE, readable

pytestmark = pytest.mark.django_db


def sheet(facts, area=HERE, key=None):
    return Sheet(key or uuid.uuid4(), area, {name: facts[name] for name in facts if name not in ASKED_ALONG})


def read(**facts):
    return VOCABULARY.read(facts)


def asking(code="A", **condition):
    return Program(code, ("", ""), gate=read_condition(condition, needs_source=False))


def check(programs, on=ON, words=VOCABULARY):
    """The count by planes against the interpreter, sheet by sheet; returns what was counted."""
    expected = {}
    for row in FactSheet.objects.all():
        facts = fact_table.facts_of(row, on, words)
        for program in programs:
            met = judge(facts, program, words).eligible
            expected.setdefault((program.code, row.county), Counter())[met] += 1
    counts = all_pairs.count_all(programs, on, {}, words)
    found = {(one.program, one.county): (one.eligible, one.could_be, one.not_fitting) for one in counts}
    assert found == {pair: (seen[True], seen[None], seen[False]) for pair, seen in expected.items()}
    assert not FactSheetChange.objects.exists()
    return counts


def kept():
    """Which planes stand in the database, and which version of the row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT share_id, name, ctid::text FROM {planes.PLANES}")  # noqa: S608
        return set(cursor.fetchall())


@pytest.fixture
def patched(monkeypatch):
    """Small shares, and never too many changes to patch them."""
    monkeypatch.setattr(planes, "MOST_PEOPLE", 4)
    monkeypatch.setattr(planes, "MOST_CHANGED", 1000)


@st.composite
def writings(draw):
    """What is written between two counts: sheets by the number of their person, or drops."""
    written = st.tuples(st.integers(0, 11), st.sampled_from([HERE, THERE]), people.person().map(readable))
    return draw(st.lists(st.one_of(st.integers(0, 11), written.filter(lambda one: one[2])), max_size=6))


@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@given(
    nights=st.lists(writings(), min_size=2, max_size=4),
    conditions=st.lists(people.programs(), min_size=2, max_size=4),
    most_changed=st.sampled_from([1000, 30]),
)
def test_whatever_is_written_between_two_nights_is_counted(patched, nights, conditions, most_changed):
    planes.MOST_CHANGED = most_changed
    programs = [*units(), *(Program(f"T{number}", ("", ""), gate=one.gate) for number, one in enumerate(conditions))]
    FactSheet.objects.all().delete()
    for number, night in enumerate(nights):
        on = ON + timedelta(number)
        for one in night:
            if isinstance(one, int):
                drop([uuid.UUID(int=one)])
            elif one[2].get("birth_date", on) <= ON:
                put([sheet(one[2], one[1], uuid.UUID(int=one[0]))])
        check(programs, on)


def test_a_changed_sheet_alters_its_bits_and_nothing_else(patched):
    crowd = [sheet(read(**SICK)) for _ in range(9)]
    put(crowd)
    programs = [asking(fact="gender", test="eq", value="male")]
    check(programs)
    shares = set(FactShare.objects.values_list("pk", flat=True))
    before = kept()
    check(programs)
    assert kept() == before
    put([crowd[0]._replace(facts=read(gender="male")), crowd[1]._replace(area_code=THERE)])
    drop([crowd[2].key])
    (here, there) = check(programs)
    assert (here.eligible, here.total, there.total) == (1, 7, 1)
    put([crowd[2], sheet(read(gender="male"))])
    assert [one.total for one in check(programs)] == [9, 1]
    # Those who were there have kept their places; newcomers and those who moved got a share of their own.
    assert shares < set(FactShare.objects.values_list("pk", flat=True))


def test_who_writes_past_the_actions_is_noticed_too():
    put([sheet(read(**SICK)), sheet(read(**SICK), THERE)])
    programs = [asking(fact="gender", test="eq", value="male")]
    check(programs)
    FactSheet.objects.filter(county="230302").update(gender="male")
    assert [one.eligible for one in check(programs)] == [1, 0]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {fact_table.TABLE}")
    assert check(programs) == []


def test_a_county_of_too_many_shares_is_divided_anew(patched):
    programs = [asking(fact="gender", test="eq", value="male")]
    for _night in range(8):
        put([sheet(read(gender="male"))])
        check(programs)
    assert FactShare.objects.count() <= 2 + 2 * 8 / 4
    drop(FactSheet.objects.values_list("pk", flat=True))
    assert check(programs) == []


def test_a_birthday_that_passes_is_noticed():
    put([sheet(read(birth_date="2006-09-03"))])
    programs = [asking(fact="age_years", test="gte", value=18), asking("B", fact="gender", test="eq", value="male")]
    assert [one.eligible for one in check(programs, date(2024, 9, 2))] == [0, 0]
    assert [one.eligible for one in check(programs, date(2024, 9, 3))] == [1, 0]
    assert [one.eligible for one in check(programs, date(2024, 9, 2))] == [0, 0]


@pytest.mark.parametrize("step", [1, 2, 5, -1, 400])
def test_birthdays_pass_by_every_convention(patched, step):
    born = ["2004-02-28", "2004-02-29", "2004-03-01", "2004-03-02", "2005-12-31", "2006-01-01", "2022-02-27"]
    put(sheet(read(birth_date=day)) for day in born)
    programs = [
        Program(f"{convention}-{years}", ("", ""), age_convention=convention,
                gate=read_condition({"fact": "age_years", "test": "gte", "value": years}, needs_source=False))
        for convention in CONVENTIONS
        for years in (1, 18, 19)
    ]  # fmt: skip
    for start in (date(2023, 2, 26), date(2024, 2, 26), date(2023, 12, 29)):
        for number in range(6):
            check(programs, start + timedelta(number * step))


def test_days_that_pass_are_noticed():
    put([sheet(read(hsct_date="2024-08-31"))])
    programs = [asking(fact="hsct_date", test="within_days", value=3)]
    assert [check(programs, date(2024, 9, day))[0].eligible for day in (2, 3, 4, 3)] == [1, 1, 0, 1]


def test_another_version_gets_the_planes_it_lacks_and_what_nobody_asks_for_goes():
    put([sheet(read(gender="male", self_paid_yuan=500, categories=["dibao"]))])
    first = asking(all=[{"fact": "gender", "test": "eq", "value": "male"},
                        {"fact": "categories", "test": "contains", "value": "dibao"}])  # fmt: skip
    second = asking(all=[{"fact": "gender", "test": "eq", "value": "male"},
                         {"fact": "self_paid_yuan", "test": "gt", "value": 400}])  # fmt: skip
    assert check([first])[0].eligible == 1
    before = kept()
    assert check([second])[0].eligible == 1
    assert before & kept()
    assert before - kept()
    assert check([asking(fact="self_paid_yuan", test="gt", value=500)])[0].eligible == 0


def test_a_fact_that_a_place_adds_gets_planes():
    put([sheet(read(gender="male"))])
    program = asking(fact="gender", test="eq", value="male")
    check([program])
    definition = {"name": "local_pension", "type": "bool", "label": ["本地养老金", "Local pension"]}
    LocalFact.objects.create(name="local_pension", definition=definition, organization=make_organization())
    words = catalogue.vocabulary()
    condition = read_condition({"fact": "local_pension", "test": "eq", "value": True}, words, needs_source=False)
    local = Program("B", ("", ""), gate=condition)
    assert [one.could_be for one in check([program, local], words=words)] == [0, 1]
    put([Sheet(uuid.uuid4(), HERE, words.read({"local_pension": True}))])
    assert [one.eligible for one in check([program, local], words=words)] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_the_nightly_count_sees_one_moment():
    make_program(code="P01", like="P01")
    put([sheet(read(**SICK, prior_grants=[]))])
    assert count_fits() == 1
    put([sheet(read(**SICK, prior_grants=[])), sheet({})])
    assert count_fits() == 1
    assert ProgramFit.objects.get().total == 3
    assert FactPlane.objects.exists()
