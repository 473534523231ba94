"""Which question comes next, and how many it takes: families of every kind find their programs by few questions."""

import pytest

from programs import interview
from programs.catalogue import units
from programs.facts import VOCABULARY
from programs.interview import BY_FACT, IMPLIED, LATER, PAGES, Interview
from programs.matching import judge
from programs.rules import answer, facts_of, read_condition
from tests.programs.test_vectors import vectors
from tests.programs.visitors import DAY, interviewed, read

LIVES_HERE = {"gender": "male", "residence_code": "230302", "hukou_code": "230302"}
NOTHING_ELSE = {
    "diagnoses": [], "hardship_causes": [], "household_flags": [], "red_cross_roles": [], "categories": [],
    "prior_grants": [], "emergency_care_needed": False, "has_disability_cert": False,
    "junior_high_graduate_this_year": False, "gaokao_candidate_this_year": False,
}  # fmt: skip
POOR = {"hardship_level": "severe", "economic_hardship": True, "categories": ["dibao"]}
# family -> (what is true of them, what fits, most questions)
FAMILIES = {
    "nobody in need": ({"age_years": 35, "hardship_level": "none"}, [], 6),
    "a girl in primary school": (
        {"age_years": 9, "gender": "female", "education_stage": "primary", "enrolled": True, **POOR,
         "good_conduct_and_grades": True},
        ["P11", "P12"], 8,
    ),
    "a baby with a heart disease": (
        {"age_years": 1, "diagnoses": ["congenital_heart_disease"], "needs_surgery": True, "hardship_level": "some",
         "hardship_causes": ["major_illness"], "household_flags": ["major_illness_family"], "disability_kinds": []},
        ["P02", "P03"], 9,
    ),
    "an autistic child from elsewhere": (
        {"age_years": 4, "hukou_code": "110101", "disability_kinds": ["autism"], "rehab_need": True,
         "assessed_by_professional": True, "rehab_indicated": True, "improvement_expected": True,
         "education_stage": "preschool", "enrolled": True, "hardship_level": "none"},
        ["P04"], 8,
    ),
    "an old woman with a cataract": (
        {"age_years": 70, "diagnoses": ["cataract"], "hukou_type": "rural", "hardship_level": "some",
         "categories": ["dibao"], "economic_hardship": True, "self_paid_yuan": 800},
        ["P08-1", "P08-2"], 7,
    ),
    "a freshman with a disabled father": (
        {"age_years": 18, "gaokao_candidate_this_year": True, "admitted_this_year": True, "enrolled": True,
         "education_stage": "undergraduate", "full_time": True, "in_national_plan": True, "parent_disabled": True,
         "art_or_sports_examinee": False, "good_conduct_and_grades": True, "hardship_causes": ["schooling"], **POOR},
        ["P05", "P12"], 11,
    ),
    "a family after an accident": (
        {"age_years": 50, "hardship_level": "severe", "aid_still_insufficient": True,
         "hardship_causes": ["sudden_accident", "accidental_injury"]},
        ["P09"], 7,
    ),
    "a poor graduate of junior high": (
        {"age_years": 15, "junior_high_graduate_this_year": True, "education_stage": "senior_high", "enrolled": True,
         "admitted_this_year": False, "good_conduct_and_grades": True, "art_or_sports_examinee": False, **POOR},
        ["P06-1", "P12"], 10,
    ),
    "people from far away": (
        {"age_years": 50, "residence_code": "110101", "hukou_code": "110101", "hardship_level": "severe"}, [], 6,
    ),
}  # fmt: skip


def fitting(end):
    return [one.code for one in units() if judge(end.facts, one).eligible]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_led_to_its_programs_by_few_questions(family):
    true, fits, most = FAMILIES[family]
    asked, end = interviewed(units(), read(LIVES_HERE | NOTHING_ELSE | true))
    assert fitting(end) == fits
    assert len(asked) <= most, asked
    assert len(asked) == len(set(asked)), "no page is asked twice"


@pytest.mark.parametrize("vector", vectors("matching.json"), ids=lambda one: one["id"])
def test_the_sample_people_end_where_the_full_facts_lead(vector):
    asked, end = interviewed(units(), VOCABULARY.read(vector["facts"]))
    assert fitting(end) == vector["expect"]["eligible_programs"]
    assert len(asked) <= 9, asked


def test_whoever_knows_nothing_is_not_asked_for_details():
    asked, end = interviewed(units(), {"as_of": DAY, "nationality": "CN"})
    assert len(asked) <= 7, asked
    assert fitting(end) == []


def test_it_is_known_from_the_start_how_long_it_can_get():
    for true, _fits, _most in FAMILIES.values():
        bound = len(Interview(units(), {}, VOCABULARY, {"as_of": DAY}).pages)
        asked, _end = interviewed(units(), read(LIVES_HERE | NOTHING_ELSE | true))
        assert len(asked) <= bound


def test_the_number_of_questions_left_never_grows():
    facts, done, left = {"as_of": DAY}, [], None
    answers = {"who": {"age_years": 10, "gender": "female"}, "illness": {"diagnoses": frozenset({"leukemia"})},
               "place": {"residence_code": "230302", "hukou_code": "230302", "nationality": "CN"}}  # fmt: skip
    for name, said in answers.items():
        now = Interview(units(), {}, VOCABULARY, facts, done)
        assert left is None or len(now.pages) < left
        left, facts, done = len(now.pages), facts | said, [*done, name]


def test_only_what_can_still_change_an_answer_is_asked():
    facts = read({"age_years": 70, "gender": "male", "residence_code": "110101", "hukou_code": "110101"})
    names = {page.name for page in Interview(units(), {}, VOCABULARY, facts, ["who", "place"]).pages}
    assert names.isdisjoint({"study", "conduct", "disability", "fact-hukou_type", "next_school"})


def test_no_family_is_asked_what_an_office_or_a_school_settles_on_the_way():
    asked = {name for page in PAGES for name in page.facts}
    assert asked.isdisjoint(LATER)
    for name in ("home_visit_verified", "public_notice_done", "in_spring_festival_gov_list", "quota_used"):
        assert not interview.is_asked(VOCABULARY[name]) or name in LATER
        assert interview.page_named(f"fact-{name}", VOCABULARY) is None


def test_a_fact_that_a_place_added_is_asked_by_its_own_question():
    words = VOCABULARY.extended(
        [{"name": "keeps_bees", "type": "bool", "label": ["养蜂", "Keeps bees"], "question": "家里养蜂吗？"}]
    )
    page = interview.page_named("fact-keeps_bees", words)
    assert page.title == "家里养蜂吗？"


def test_what_is_implied_yields_to_what_was_said():
    condition = {"age_years": 60, "education_stage": "undergraduate"}
    assert interview.implied(condition)["education_stage"] == "undergraduate"
    assert interview.implied({"age_years": 60})["education_stage"] == "none"


def test_what_is_left_of_a_condition_answers_as_the_whole():
    rule = {"all": [{"fact": "gender", "test": "eq", "value": "female"},
                    {"any": [{"fact": "enrolled", "test": "eq", "value": True},
                             {"not": {"fact": "hardship_level", "test": "eq", "value": "none"}}]}]}  # fmt: skip
    whole = read_condition(rule, needs_source=False)
    for gender in ("female", "male", None):
        for enrolled in (True, False, None):
            known = {"gender": gender, "enrolled": enrolled}
            rest = interview.residual(whole, known | {"hardship_level": None})
            for level in ("none", "severe", None):
                facts = known | {"hardship_level": level}
                assert answer(rest, facts).met is answer(whole, facts).met


def test_the_words_of_the_interview_are_whole():
    for page in PAGES:
        assert all(page.titles), page.name
        assert all(page.whys), page.name
        assert all(all(option.labels) for part in page.parts for option in part.options), page.name
    known = set(VOCABULARY)
    assert set(BY_FACT) <= known
    assert known >= LATER
    assert all(set(facts_of(condition)) <= known and set(sets) <= known for condition, sets in IMPLIED)
