"""The data dictionary: every item of personal data that may be shown to somebody else, under one name.

Consent, its paper, the list of what was passed on, a receiver's screen and the reports all speak of these codes, so
that none of them means more than another. `sensitivity` follows 个人信息保护法 §28; an item that has one is agreed to
separately (§29). No models: a person is read elsewhere (disclosure.py).
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from referrals.facts import VOCABULARY


class Purpose(TextChoices):
    """What a consent is for. One never serves another."""

    COLLECT_SENSITIVE = "collect_sensitive", _("收集敏感个人信息")
    REFER_TO_ORG = "refer_to_org", _("转介给其他单位帮扶")
    PUBLICITY = "publicity", _("公示")
    MEDIA_STORY = "media_story", _("宣传报道")
    ECONOMIC_CHECK = "economic_check", _("家庭经济状况核对")


# Purposes under which data goes to named organizations.
TO_ORGANIZATIONS = frozenset({Purpose.REFER_TO_ORG, Purpose.ECONOMIC_CHECK})


class Group(TextChoices):
    """The categories under which a paper lists the items."""

    IDENTITY = "identity", _("身份")
    CONTACT = "contact", _("联系方式和住址")
    FAMILY = "family", _("家庭成员和监护人")
    STATUS = "status", _("救助情况")
    NEED = "need", _("困难和需求")
    ECONOMY = "economy", _("经济状况")
    HEALTH = "health", _("疾病和治疗")
    DISABILITY = "disability", _("残疾和康复")
    EDUCATION = "education", _("就学")
    PAPERS = "papers", _("证件和材料")


class Sensitivity(TextChoices):
    """Why an item is sensitive (§28); empty when it is not. Whatever is about a child under 14 is sensitive besides."""

    HEALTH = "health", _("医疗健康")
    FINANCE = "finance", _("金融账户")
    IDENTITY = "identity", _("特定身份")


@dataclass(frozen=True)
class Item:
    code: str
    group: Group
    label: str
    sensitivity: str = ""
    is_paper: bool = False

    @property
    def is_sensitive(self):
        return bool(self.sensitivity)

    @property
    def reason(self):
        """Why it is sensitive, in words."""
        return Sensitivity(self.sensitivity).label if self.sensitivity else ""

    def __str__(self):
        return str(self.label)


_HEALTH, _FINANCE, _IDENTITY = Sensitivity.HEALTH, Sensitivity.FINANCE, Sensitivity.IDENTITY
_ALL = (
    Item("name", Group.IDENTITY, _("姓名")),
    Item("gender", Group.IDENTITY, _("性别")),
    Item("birth_date", Group.IDENTITY, _("出生日期")),
    Item("number", Group.IDENTITY, _("证件种类和号码"), _IDENTITY),
    Item("nationality", Group.IDENTITY, _("国籍，是否港澳台同胞")),
    Item("phone", Group.CONTACT, _("联系电话")),
    Item("residence", Group.CONTACT, _("居住在哪个镇街、村居")),
    Item("address", Group.CONTACT, _("详细住址")),
    Item("registration", Group.CONTACT, _("户籍地和户口性质")),
    Item("household", Group.FAMILY, _("家庭成员的称谓和年龄")),
    Item("members", Group.FAMILY, _("家庭成员的姓名")),
    Item("guardian", Group.FAMILY, _("监护人的姓名和电话")),
    Item("category", Group.STATUS, _("救助对象类别")),
    Item("government_aid", Group.STATUS, _("已经得到的政府救助")),
    Item("earlier_grants", Group.STATUS, _("已经得到的慈善帮扶")),
    Item("circumstances", Group.NEED, _("困难情形和程度")),
    Item("needs", Group.NEED, _("需要什么帮助")),
    Item("visit", Group.NEED, _("入户走访的结果")),
    Item("housing", Group.NEED, _("居住条件")),
    Item("work", Group.NEED, _("劳动能力和就业")),
    Item("check_result", Group.ECONOMY, _("家庭经济状况核对结论"), _FINANCE),
    Item("income", Group.ECONOMY, _("家庭收入和支出"), _FINANCE),
    Item("account", Group.ECONOMY, _("收款银行账户"), _FINANCE),
    Item("care", Group.HEALTH, _("自理能力和身体状况"), _HEALTH),
    Item("diagnosis", Group.HEALTH, _("疾病诊断"), _HEALTH),
    Item("treatment", Group.HEALTH, _("治疗和手术情况"), _HEALTH),
    Item("cost", Group.HEALTH, _("医疗费用和自付金额"), _HEALTH),
    Item("donor", Group.HEALTH, _("器官、造血干细胞捐献情况"), _HEALTH),
    Item("disability", Group.DISABILITY, _("残疾类别和残疾人证"), _HEALTH),
    Item("rehabilitation", Group.DISABILITY, _("康复评估"), _HEALTH),
    Item("education", Group.EDUCATION, _("就读学校和阶段")),
    Item("marks", Group.EDUCATION, _("成绩和表现")),
    Item("local_facts", Group.NEED, _("本地另行登记的情况"), _HEALTH),
    Item("paper_identity", Group.PAPERS, _("身份证件、户口簿"), _IDENTITY, is_paper=True),
    Item("paper_status", Group.PAPERS, _("低保证等救助证件、困难证明"), is_paper=True),
    Item("paper_health", Group.PAPERS, _("诊断证明、病历、检查报告、费用单据"), _HEALTH, is_paper=True),
    Item("paper_disability", Group.PAPERS, _("残疾人证、评估报告"), _HEALTH, is_paper=True),
    Item("paper_education", Group.PAPERS, _("录取通知书、学籍和成绩证明"), is_paper=True),
    Item("paper_account", Group.PAPERS, _("银行卡、存折"), _FINANCE, is_paper=True),
    Item("paper_photo", Group.PAPERS, _("本人照片、入户照片"), is_paper=True),
    Item("paper_application", Group.PAPERS, _("申请表、声明、承诺书"), is_paper=True),
    Item("paper_other", Group.PAPERS, _("其他材料"), _HEALTH, is_paper=True),
)
ITEMS = {item.code: item for item in _ALL}

# Each fact of the vocabulary belongs to one item: whoever may see the item may see the fact. Facts that speak of the
# program and not of a person belong to none; what a place added is `local_facts`, as sensitive as it may be.
_FACTS = {
    "birth_date": "birth_date age_years age_at_first_grant",
    "gender": "gender",
    "nationality": "nationality compatriot_origin",
    "number": "has_id_card identity_known",
    "registration": "hukou_code hukou_type",
    "residence": "residence_code",
    "category": "categories in_spring_festival_gov_list",
    "circumstances": "economic_hardship hardship_causes hardship_level aid_still_insufficient",
    "visit": "home_visit_verified",
    "housing": "living_form dwelling dwelling_safety dwelling_lacks",
    "work": "can_work work_state skills work_wishes",
    "income": "monthly_income_yuan can_pay_medical_costs",
    "care": "no_self_care seriously_ill frail",
    "diagnosis": "diagnoses complex_chd household_flags",
    "treatment": "needs_surgery surgery_done surgery_number hsct_done hsct_date hsct_after_prior_grant "
    "emergency_care_needed hospital_grade",
    "cost": "self_paid_yuan medical_cost_left_yuan emergency_cost_unpaid_yuan",
    "donor": "red_cross_roles",
    "disability": "disability_kinds hearing_device has_disability_cert parent_disabled same_hukou_as_disabled_parent",
    "rehabilitation": "rehab_need assessed_by_professional rehab_indicated improvement_expected",
    "education": "education_stage enrolled full_time in_national_plan junior_high_graduate_this_year "
    "gaokao_candidate_this_year admitted_this_year",
    "marks": "art_or_sports_examinee good_conduct_and_grades gaokao_score public_notice_done",
    "earlier_grants": "prior_grants prior_count prior_sum prior_same_year prior_same_term prior_same_campaign "
    "first_application",
    "needs": "applied_by",
}
ITEM_OF_FACT = {fact: item for item, facts in _FACTS.items() for fact in facts.split()}
# About the papers themselves, the day and the state of the program: nothing of the person is told by them.
NOT_PERSONAL = frozenset({"as_of", "documents_held", "document_seals", "campaign", "term"}) | {
    fact.name for fact in VOCABULARY.values() if fact.is_program_state
}

# Kinds of papers by what their codes begin or end with (programs name papers freely); the first that fits.
_PAPERS = (
    ("paper_identity", ("id_card", "hukou", "residence", "relationship", "guardianship", "birth_cert", "passport")),
    ("paper_disability", ("disability", "developmental", "rehab", "assessment")),
    ("paper_health", ("diagnosis", "inpatient", "cardiac", "marrow", "settlement", "medical", "surgery", "invoice")),
    ("paper_status", ("dibao", "hardship", "status", "tekun", "income")),
    ("paper_education", ("admission", "gaokao", "school", "student", "exam", "transcript", "recommendation")),
    ("paper_account", ("bank",)),
    ("paper_photo", ("photo",)),
    (
        "paper_application",
        ("program_form", "application", "declaration", "commitment", "attorney", "receipt", "consent"),
    ),
)  # fmt: skip


def item_of_fact(name):
    """The item a fact belongs to; None when it says nothing of the person."""
    if name in NOT_PERSONAL:
        return None
    return ITEMS[ITEM_OF_FACT.get(name, "local_facts")]


def item_of_paper(kind):
    """The item a kind of paper belongs to; one that nobody knows is as sensitive as it may be."""
    found = next((code for code, parts in _PAPERS if any(part in kind for part in parts)), "paper_other")
    return ITEMS[found]


def in_order(codes):
    """The items of these codes, in the order of the dictionary; unknown codes are left out."""
    wanted = set(codes)
    return [item for item in _ALL if item.code in wanted]


def sensitive(codes):
    return [item for item in in_order(codes) if item.is_sensitive]


def by_group(codes):
    """[(group's words, items)] as a paper lists them."""
    groups = {}
    for item in in_order(codes):
        groups.setdefault(item.group, []).append(item)
    return [(group.label, items) for group, items in groups.items()]


def words_of(codes):
    """姓名、性别、…"""
    return str(_("、")).join(str(item.label) for item in in_order(codes))


def choices(*, is_sensitive):
    """For a form: the items of one kind under their groups."""
    wanted = [item.code for item in _ALL if item.is_sensitive == is_sensitive]
    return [(label, [(item.code, item.label) for item in items]) for label, items in by_group(wanted)]
