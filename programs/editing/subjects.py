"""Facts under headings, so that somebody who is no programmer finds the one they mean."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.facts import VOCABULARY
from programs.rules import KINDS as TESTS

SUBJECTS = (
    (gettext_lazy("个人"), ("birth_date", "age_years", "gender", "nationality", "compatriot_origin", "has_id_card",
        "identity_known", "can_pay_medical_costs", "red_cross_roles")),
    (gettext_lazy("户籍和居住地"), ("hukou_code", "residence_code", "hukou_type")),
    (gettext_lazy("家庭和困难"), ("categories", "household_flags", "economic_hardship", "hardship_causes",
        "hardship_level", "home_visit_verified", "in_spring_festival_gov_list", "aid_still_insufficient")),
    (gettext_lazy("疾病和治疗"), ("diagnoses", "needs_surgery", "surgery_done", "surgery_number", "complex_chd",
        "self_paid_yuan", "hsct_done", "hsct_date", "emergency_care_needed", "hospital_grade",
        "emergency_cost_unpaid_yuan")),
    (gettext_lazy("残疾和康复"), ("disability_kinds", "hearing_device", "has_disability_cert", "rehab_need",
        "assessed_by_professional", "rehab_indicated", "improvement_expected", "first_application",
        "parent_disabled", "same_hukou_as_disabled_parent")),
    (gettext_lazy("就学"), ("education_stage", "enrolled", "full_time", "in_national_plan", "art_or_sports_examinee",
        "good_conduct_and_grades", "junior_high_graduate_this_year", "gaokao_candidate_this_year",
        "admitted_this_year", "gaokao_score", "public_notice_done")),
    (gettext_lazy("以前得到的资助"), ("prior_count", "prior_sum", "prior_same_year", "prior_same_term",
        "prior_same_campaign", "age_at_first_grant", "hsct_after_prior_grant")),
    (gettext_lazy("项目和申请"), ("quota_used", "campaign_open", "campaign", "term", "agreement_cap_yuan", "as_of",
        "applied_by")),
)  # fmt: skip


def is_testable(fact):
    return any(fact.type in kind.suits for kind in TESTS.values())


def grouped(vocabulary, retired=(), suits=is_testable, kept=""):
    """[(heading, [(name, label)])]. Retired facts are offered no longer, unless one is there already (`kept`)."""
    placed, groups = set(), []
    for heading, names in SUBJECTS:
        options = [(name, vocabulary[name].label) for name in names if name in vocabulary and suits(vocabulary[name])]
        placed |= set(names)
        if options:
            groups.append((heading, options))
    for heading, wanted in ((_("其他事实"), True), (_("本地事实"), False)):
        options = [
            (name, fact.label) for name, fact in vocabulary.items()
            if name not in placed and (name in VOCABULARY) is wanted and suits(fact)
            and (name not in retired or name == kept)
        ]  # fmt: skip
        if options:
            groups.append((heading, options))
    return groups
