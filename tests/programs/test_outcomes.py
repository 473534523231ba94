"""What comes out of an interview: which group a program belongs to, and what a family has to bring itself."""

import pytest
from django.utils import timezone

from programs import catalogue
from programs.outcomes import FITS, LIKELY, NOT, OPEN, grouped, outcomes, programs_today
from programs.places import with_places
from tests.make.catalogue import make_round
from tests.programs.test_find import annex  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
DAY = timezone.localdate()


def found(facts, still_asked=frozenset()):
    programs, states = programs_today(DAY)
    words = with_places(catalogue.vocabulary(), programs)
    given = words.read({"as_of": DAY, "prior_grants": [], **facts})
    return {one.program.code: one for one in outcomes(programs, states, given, words, still_asked=still_asked)}


STRUCK = {"residence_code": "230302", "hukou_code": "230302", "hardship_causes": ["major_illness"],
          "hardship_level": "severe", "aid_still_insufficient": True}  # fmt: skip


def test_what_others_confirm_is_likely_and_what_the_family_could_tell_is_open(annex):  # noqa: F811
    one = found(STRUCK)["P07"]
    assert one.group == LIKELY
    assert [(item.fact.name, item.who) for item in one.items][0][1] == "由民政部门或主管单位核实"
    asked = found({**STRUCK, "hardship_level": None}, {"hardship_level"})["P09"]
    assert asked.group == OPEN
    assert found(STRUCK)["P09"].group == FITS
    assert found({**STRUCK, "hardship_level": "none"})["P09"].group == NOT


def test_a_round_that_is_over_closes_a_program(annex):  # noqa: F811
    make_round(annex["P07"], opens_on="2025-01-01", closes_on="2025-02-01")
    assert found(STRUCK)["P07"].group == NOT


def test_the_family_brings_its_own_papers_and_others_theirs(annex):  # noqa: F811
    one = found(STRUCK)["P07"]
    assert one.own_papers == []
    assert one.papers_of_others[0][0] == "区慈善会"
    assert one.route_text.startswith("不是自己递交：由区慈善会提出申请")
    assert [row.paper.code for row, _certain, _struck in found(STRUCK)["P09"].own_papers] == ["P09-D1"]


def test_those_whose_standing_is_certified_may_leave_papers_out(annex):  # noqa: F811
    child = {"birth_date": DAY.replace(year=DAY.year - 6, day=1), "nationality": "CN", "diagnoses": ["leukemia"],
             "hsct_done": False}  # fmt: skip
    certified = found({**child, "categories": ["dibao"]})["P01"]
    struck = {row.paper.code for row, _certain, is_struck in certified.papers if is_struck}
    assert struck == {"P01-D2a", "P01-D2b", "P01-D3"}
    assert not any(is_struck for _row, _certain, is_struck in found({**child, "categories": []})["P01"].papers)


def test_what_the_family_can_apply_for_itself_comes_first(annex):  # noqa: F811
    facts = {"birth_date": "1950-01-01", "hukou_code": "230302", "diagnoses": ["cataract"], "categories": ["dibao"]}
    groups = grouped(found({**facts, "self_paid_yuan": 800, "hukou_type": "rural"}).values())
    assert [one.program.code for one in groups[FITS]] == ["P08-2", "P08-1"]


def test_who_has_not_had_the_operation_yet_is_still_sent_to_the_program(annex):  # noqa: F811
    facts = {"birth_date": "1950-01-01", "hukou_code": "230302", "diagnoses": ["cataract"], "categories": ["tekun"]}
    groups = grouped(found(facts, {"self_paid_yuan", "hukou_type"}).values())
    assert {"P08-1", "P08-2"} <= {one.program.code for one in groups[LIKELY]}


GIRL = {"gender": "female", "hukou_code": "230302", "enrolled": True, "economic_hardship": True}


def sums(facts, code):
    """What the result says of the sum, while it is not known whether there was a grant this year."""
    return found({**facts, "prior_grants": None})[code].how_much


def test_only_sums_that_may_still_come_out_are_named(annex):  # noqa: F811
    assert sums(GIRL, "P11") == "每年 · 500–3,000 元"
    assert sums({**GIRL, "education_stage": "junior_high"}, "P11") == "每年 · 800 元"


def test_a_sum_by_steps_narrows_with_what_was_paid(annex):  # noqa: F811
    child = {"birth_date": DAY.replace(year=DAY.year - 6, day=1), "nationality": "CN", "needs_surgery": True,
             "diagnoses": ["congenital_heart_disease"]}  # fmt: skip
    assert sums(child, "P02").endswith("5,000–30,000 元")
    assert sums({**child, "self_paid_yuan": 10_000}, "P02").endswith(" 5,000 元")


def test_of_several_kinds_of_disability_only_the_own_ones_count(annex):  # noqa: F811
    child = {"birth_date": DAY.replace(year=DAY.year - 4, day=1), "residence_code": "230302"}
    assert sums({**child, "disability_kinds": ["intellectual"]}, "P04") == "每年 · 18,000 元；部分金额未定"
    assert sums({**child, "disability_kinds": ["vision"]}, "P04") == "每年 · 部分金额未定"
