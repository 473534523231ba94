"""Some hundred plainly invented people, as facts without names, spread over the places of the demo world."""

from random import Random

PLACES = (
    "230302901000", "230302902000", "230303901000", "230304000000", "230305000000", "230306000000", "230307000000",
    "230321000000", "230381000000", "230382000000",
)  # fmt: skip
WEIGHTS = (24, 10, 16, 8, 6, 7, 3, 9, 9, 8)
NUMBER = 360
YEAR = 2025


def entries():
    """The same every time, in the shape that load_facts reads."""
    draw = Random(7)  # noqa: S311 - invented people, nothing to guard
    return [_entry(draw, number) for number in range(NUMBER)]


def _entry(draw, number):
    place = draw.choices(PLACES, WEIGHTS)[0]
    make = draw.choices([child, pupil, student, elder, household], [18, 26, 14, 22, 20])[0]
    facts = {"nationality": "CN", "hukou_code": place[:6], "residence_code": place[:6]} | make(draw)
    facts |= {"categories": draw.choice([[], [], ["dibao"], ["dibao_edge"], ["tekun"]])}
    facts |= {"gender": draw.choice(["female", "male"]), "hukou_type": draw.choice(["urban", "rural"])}
    facts |= {"economic_hardship": bool(facts["categories"]) or draw.random() < 0.4}
    # Nobody knows everything: each fact may still be open, most often what only others can tell.
    known = {name: value for name, value in facts.items() if draw.random() > 0.12}
    return {"id": f"demo-{number}", "area": place, "facts": known | {"prior_grants": []}}


def born(draw, youngest, oldest):
    return f"{YEAR - draw.randint(youngest, oldest)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def child(draw):
    """Under school age or little above it, often ill or disabled."""
    facts = {"birth_date": born(draw, 0, 10), "education_stage": draw.choice(["none", "preschool", "primary"])}
    kind = draw.randint(1, 3)
    if kind == 1:
        return facts | {"diagnoses": ["leukemia"], "hsct_done": draw.random() < 0.4}
    if kind == 2:
        surgery = {"needs_surgery": draw.random() < 0.8, "self_paid_yuan": draw.randint(3, 60) * 1000}
        return facts | {"diagnoses": ["congenital_heart_disease"], **surgery}
    told = ("rehab_need", "assessed_by_professional", "rehab_indicated", "improvement_expected")
    disability = {"disability_kinds": [draw.choice(["hearing", "limb", "autism", "intellectual"])]}
    return facts | disability | {name: draw.random() < 0.85 for name in told} | {"hearing_device": "none"}


def pupil(draw):
    stage = draw.choice(["primary", "junior_high", "senior_high"])
    return {
        "birth_date": born(draw, 7, 18), "education_stage": stage, "enrolled": True, "full_time": True,
        "good_conduct_and_grades": draw.random() < 0.6, "art_or_sports_examinee": draw.random() < 0.1,
        "junior_high_graduate_this_year": stage == "senior_high" and draw.random() < 0.4,
        "hardship_level": draw.choice(["some", "severe"]), "home_visit_verified": draw.random() < 0.5,
        "public_notice_done": draw.random() < 0.5, "hardship_causes": draw.choice([["schooling"], []]),
    }  # fmt: skip


def student(draw):
    return {
        "birth_date": born(draw, 17, 24), "education_stage": draw.choice(["junior_college", "undergraduate"]),
        "enrolled": True, "full_time": True, "in_national_plan": True, "good_conduct_and_grades": draw.random() < 0.6,
        "art_or_sports_examinee": draw.random() < 0.15, "gaokao_candidate_this_year": draw.random() < 0.5,
        "admitted_this_year": draw.random() < 0.5, "gaokao_score": draw.randint(300, 640),
        "parent_disabled": draw.random() < 0.4, "same_hukou_as_disabled_parent": True,
    }  # fmt: skip


def elder(draw):
    ill = draw.random() < 0.7
    return {
        "birth_date": born(draw, 48, 92), "diagnoses": ["cataract"] if ill else [],
        "self_paid_yuan": draw.randint(2, 60) * 100, "hardship_level": draw.choice(["none", "some", "severe"]),
        "home_visit_verified": draw.random() < 0.6, "in_spring_festival_gov_list": draw.random() < 0.3,
    }  # fmt: skip


def household(draw):
    return {
        "birth_date": born(draw, 25, 70),
        "hardship_causes": [draw.choice(["major_illness", "major_disaster", "other"])],
        "household_flags": draw.choice([[], ["major_illness_family"], ["organ_donor_family"]]),
        "hardship_level": draw.choice(["some", "severe"]), "home_visit_verified": draw.random() < 0.7,
        "in_spring_festival_gov_list": draw.random() < 0.3, "aid_still_insufficient": draw.random() < 0.6,
        "red_cross_roles": draw.choice([[], [], ["red_cross_volunteer"]]), "emergency_care_needed": False,
    }  # fmt: skip
