"""The facts a person's record may hold: those of the programs, and some that only casework asks for.

The groups below are the pages on which they are asked. What a number, a division or a category says already is not
asked again: referrals.matching takes it from there.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from portal.lib import money
from programs.facts import VOCABULARY as OF_PROGRAMS

_OWN = [
    {
        "name": "no_self_care", "type": "bool", "label": ["生活不能自理", "Cannot look after themselves"],
        "knows": "bureau", "proof": "自理能力评估或入户调查记录",
    },
    {"name": "seriously_ill", "type": "bool", "label": ["重病患者", "Seriously ill"], "proof": "诊断证明"},
    {"name": "frail", "type": "bool", "label": ["体弱", "Frail"], "knows": "bureau", "proof": "入户调查记录"},
    {
        "name": "living_form", "type": "choice", "label": ["居住形式", "Way of living"], "knows": "bureau",
        "choices": {
            "with_family": ["与家人同住", "With family"], "alone": ["独居", "Alone"],
            "dispersed": ["分散供养", "Supported at home"], "institution": ["集中供养或寄宿", "In an institution"],
        },
    },
    {
        "name": "dwelling", "type": "choice", "label": ["住房来源", "Dwelling"],
        "choices": {
            "own": ["自有住房", "Own"], "public_rental": ["公租房", "Public rental"], "rented": ["租住", "Rented"],
            "borrowed": ["借住", "Borrowed"], "none": ["无固定住所", "None"],
        },
    },
    {
        "name": "dwelling_safety", "type": "choice", "label": ["住房安全", "Safety of the dwelling"],
        "knows": "bureau", "proof": "房屋鉴定或入户调查记录",
        "choices": {
            "safe": ["安全", "Safe"], "grade_c": ["局部危险（C 级）", "Partly unsafe (grade C)"],
            "grade_d": ["整幢危险（D 级）", "Unsafe (grade D)"],
        },
    },
    {
        "name": "dwelling_lacks", "type": "choices", "label": ["居住条件缺什么", "What the dwelling lacks"],
        "choices": {
            "rooms": ["居室破旧，需要修缮", "Rooms in need of repair"],
            "sanitation": ["缺卫生设施", "Sanitation"], "furniture": ["缺家具", "Furniture"],
            "barrier_free": ["需要无障碍改造", "Barrier-free access"], "heating": ["缺取暖设施", "Heating"],
        },
    },
    {
        "name": "medical_cost_left_yuan", "type": "money", "unit": ["元", "CNY"],
        "label": ["三重保障后仍需自付的医疗费", "Medical cost left after the three insurances"],
        "proof": "医疗费用结算单",
    },
    {"name": "monthly_income_yuan", "type": "money", "unit": ["元", "CNY"], "label": ["家庭月收入", "Monthly income"]},
    {
        "name": "can_work", "type": "choice", "label": ["劳动能力", "Ability to work"], "knows": "bureau",
        "choices": {
            "full": ["能正常劳动", "Full"], "partial": ["部分劳动能力", "Partial"], "none": ["无劳动能力", "None"],
        },
    },
    {
        "name": "work_state", "type": "choice", "label": ["就业状态", "Work"],
        "choices": {
            "employed": ["稳定就业", "Employed"], "flexible": ["灵活就业", "Flexible work"],
            "unemployed": ["失业", "Unemployed"], "student": ["在校", "In school"], "retired": ["退休", "Retired"],
            "at_home": ["未就业", "Not working"],
        },
    },
    {"name": "skills", "type": "text", "label": ["技能和工作经历", "Skills and experience"]},
    {
        "name": "work_wishes", "type": "choices", "label": ["就业意愿", "Wishes for work"],
        "choices": {
            "skill_training": ["技能培训", "Training"], "public_post": ["公益岗位", "Public-welfare post"],
            "near_home": ["就近就业", "Work near home"], "flexible": ["灵活就业", "Flexible work"],
            "own_business": ["自主创业", "Own business"],
        },
    },
]  # fmt: skip

VOCABULARY = OF_PROGRAMS.extended(_OWN)

GROUPS = {
    "hardship": (
        _("困难情况"),
        (
            "hardship_causes", "hardship_level", "economic_hardship", "monthly_income_yuan", "household_flags",
            "home_visit_verified", "in_spring_festival_gov_list", "aid_still_insufficient",
            "prior_grants",
        ),
    ),
    "health": (
        _("健康和照护"),
        (
            "no_self_care", "seriously_ill", "frail", "diagnoses", "medical_cost_left_yuan", "needs_surgery",
            "surgery_done", "surgery_number", "complex_chd", "self_paid_yuan", "hsct_done", "hsct_date",
            "emergency_care_needed", "emergency_cost_unpaid_yuan", "can_pay_medical_costs", "hospital_grade",
        ),
    ),
    "disability": (
        _("残疾和康复"),
        (
            "has_disability_cert", "disability_kinds", "hearing_device", "rehab_need", "assessed_by_professional",
            "rehab_indicated", "improvement_expected", "parent_disabled", "same_hukou_as_disabled_parent",
        ),
    ),
    "education": (
        _("就学"),
        (
            "education_stage", "enrolled", "full_time", "in_national_plan", "art_or_sports_examinee",
            "good_conduct_and_grades", "junior_high_graduate_this_year", "gaokao_candidate_this_year",
            "admitted_this_year", "gaokao_score",
        ),
    ),
    "housing": (_("住房"), ("hukou_type", "living_form", "dwelling", "dwelling_safety", "dwelling_lacks")),
    "work": (_("就业"), ("can_work", "work_state", "skills", "work_wishes", "red_cross_roles")),
}  # fmt: skip

# Health, disability and means: sealed in the database, agreed to separately in a consent.
SENSITIVE = frozenset(
    {*GROUPS["health"][1], *GROUPS["disability"][1], "household_flags", "monthly_income_yuan"}
)  # fmt: skip
# R44: what people are searched by.
HOUSING = ("living_form", "dwelling", "dwelling_safety", "dwelling_lacks")
# R42: the five steps of study aid, from the stages that programs tell apart.
STEPS = {
    "preschool": (_("学前教育"), {"preschool"}),
    "compulsory": (_("义务教育"), {"primary", "junior_high"}),
    "secondary_vocational": (_("中等职业教育"), {"secondary_vocational"}),
    "general_senior": (_("普通高中教育"), {"senior_high"}),
    "higher": (_("高等教育"), {"higher_vocational", "junior_college", "undergraduate", "graduate"}),
}


def step_of(stage):
    """The step in words, or "" where there is none."""
    return next((words for words, stages in STEPS.values() if stage in stages), "")


def is_sensitive(name):
    """What a place has added may speak of anything, and is sealed."""
    return name in SENSITIVE or name not in VOCABULARY


def to_stored(value):
    """As it stands in JSON: amounts and days as text."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal | date) else value


def tagged(value):
    """For facts that no list here knows: amounts and days say themselves what they are."""
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    return to_stored(value)


def from_stored(name, value):
    """As programs reckon with it."""
    fact = VOCABULARY.get(name)
    if fact is None and isinstance(value, dict):
        kind, text = next(iter(value.items()))
        return Decimal(text) if kind == "Decimal" else date.fromisoformat(text)
    if value is None or fact is None:
        return value
    if fact.type in {"money", "decimal"}:
        return Decimal(value)
    return date.fromisoformat(value) if fact.type == "date" else value


def words_of(name, value, vocabulary=VOCABULARY):
    """A value as people read it."""
    fact = vocabulary.get(name)
    if fact is None or value is None:
        return "" if value is None else str(value)
    if fact.type == "bool":
        return _g("是") if value else _g("否")
    if fact.type == "grants":
        return _g("没有得到过") if not value else _g("得到过")
    if fact.type == "choices":
        return _g("、").join(fact.label_of(code) for code in value) or _g("没有")
    if fact.type == "choice":
        return fact.label_of(value)
    return money.show(value) if fact.type == "money" else str(value)
