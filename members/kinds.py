"""The closed lists that organizations and staff are described with. Stored as words, never renamed after release.

Needs, categories and grounds are asked for here too, because an organization says which of them it takes.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AreaTag(TextChoices):
    """重点帮扶地区: whom others help one to one. Which divisions these are is printed in lists of the provinces."""

    RURAL_KEY = "rural_key", _("乡村振兴重点县")
    OLD_BASE = "old_base", _("欠发达老区县")
    WEAK = "weak", _("其他薄弱地区")


class Level(TextChoices):
    """行政层级, L1 to L5."""

    PROVINCE = "province", _("省")
    CITY = "city", _("市（地）")
    COUNTY = "county", _("县（市、区）")
    TOWN = "town", _("乡镇（街道）")
    VILLAGE = "village", _("村（社区）")


class OrganizationKind(TextChoices):
    CIVIL_AFFAIRS = "civil_affairs", _("民政部门")
    TOWN_STREET = "town_street", _("乡镇政府（街道办事处）")
    SERVICE_STATION = "service_station", _("民政服务站")
    ASSISTANCE_STATION = "assistance_station", _("基层社会救助服务站")
    VILLAGE_BODY = "village_body", _("村级组织")
    YOUTH_LEAGUE = "youth_league", _("团委")
    TRADE_UNION = "trade_union", _("总工会")
    WOMENS_FEDERATION = "womens_federation", _("妇联")
    DPF = "dpf", _("残联")
    RED_CROSS = "red_cross", _("红十字会")
    CHARITY_FEDERATION = "charity_federation", _("慈善总会")
    CHARITY_ASSOCIATION = "charity_association", _("慈善会")
    FOUNDATION = "foundation", _("基金会")
    SOCIAL_SERVICE_ORG = "social_service_org", _("社会服务机构")
    HUB_CHARITY = "hub_charity", _("枢纽型慈善组织")
    SECTOR_BODY = "sector_body", _("行业性组织")
    OTHER_CHARITY = "other_charity", _("其他慈善组织")
    SOCIAL_ORG_UNRECOGNISED = "social_org_unrecognised", _("未认定的社会组织")
    SOCIAL_WORK_AGENCY = "social_work_agency", _("专业社工机构")
    COMMUNITY_ORG = "community_org", _("社区社会组织")
    HOSPITAL = "hospital", _("医疗机构")
    SCHOOL = "school", _("学校")
    COMPANY = "company", _("企业")
    ASSOCIATION = "association", _("协会")
    BANK = "bank", _("银行")
    GOVERNMENT_OTHER = "government_other", _("其他政府部门")
    NATIONAL_FUND = "national_fund", _("全国性基金会")
    VOLUNTEER_GROUP = "volunteer_group", _("志愿服务组织")
    LEGAL_PERSON = "legal_person", _("其他法人")
    UNINCORPORATED = "unincorporated", _("非法人组织")
    INDIVIDUAL = "individual", _("自然人（爱心人士、同胞、侨胞）")


# 民政牵头 and its field: those who hold government cases.
BUREAU_KINDS = frozenset({"civil_affairs", "town_street", "service_station", "assistance_station", "village_body"})
# 成员单位 beside the lead.
MEMBER_UNIT_KINDS = frozenset({"youth_league", "trade_union", "womens_federation", "dpf", "red_cross"})
CHARITY_KINDS = frozenset(
    {
        "charity_federation", "charity_association", "foundation", "social_service_org", "hub_charity", "sector_body",
        "other_charity", "social_org_unrecognised", "social_work_agency", "community_org", "national_fund",
        "volunteer_group",
    }
)  # fmt: skip
PARTNER_KINDS = frozenset({"hospital", "school", "company", "association", "bank", "government_other"})
# Others who take part (社会力量): they give and help, and take no referrals of their own.
PARTICIPANT_KINDS = frozenset({"legal_person", "unincorporated", "individual"})
# 联合会、枢纽型、行业性: those who may gather other charities around them.
HUB_KINDS = frozenset({"charity_federation", "charity_association", "hub_charity", "sector_body"})
# The set that a county copies from its city: the lead and the member units.
MECHANISM_KINDS = ("civil_affairs", "youth_league", "trade_union", "womens_federation", "dpf", "red_cross")


class RelationKind(TextChoices):
    """What one organization is to another."""

    HUB = "hub", _("枢纽")
    LEAD = "lead", _("牵头")
    COOPERATING = "cooperating", _("协同")
    PARTICIPANT = "participant", _("参与")


class SeatRole(TextChoices):
    """What a unit is in a joint body."""

    LEAD = "lead", _("牵头")
    MEMBER = "member", _("成员")
    COOPERATING = "cooperating", _("协同")
    PARTICIPANT = "participant", _("参与")


class JointBodyKind(TextChoices):
    MECHANISM = "mechanism", _("衔接工作机制")
    JOINT_BODY = "joint_body", _("社会救助服务联合体")


class ProspectState(TextChoices):
    """How far the winning of a possible giver has come."""

    FOUND = "found", _("待联系")
    CONTACTED = "contacted", _("已联系")
    WILLING = "willing", _("有意向")
    JOINED = "joined", _("已加入")
    DECLINED = "declined", _("暂无意向")


def group_of(kind):
    """The group of organizations in which a role makes sense (members.roles.GROUPS_OF_ROLE)."""
    if kind == OrganizationKind.CIVIL_AFFAIRS:
        return "bureau"
    if kind == OrganizationKind.GOVERNMENT_OTHER:
        return "government"
    groups = {
        "field": BUREAU_KINDS, "member": MEMBER_UNIT_KINDS, "charity": CHARITY_KINDS, "partner": PARTNER_KINDS,
        "participant": PARTICIPANT_KINDS,
    }  # fmt: skip
    return next(name for name, kinds in groups.items() if kind in kinds)


class Direction(TextChoices):
    BUREAU_TO_CHARITY = "bureau_to_charity", _("政府转慈善")
    CHARITY_TO_BUREAU = "charity_to_bureau", _("慈善转政府")
    CHARITY_TO_CHARITY = "charity_to_charity", _("慈善之间")
    BUREAU_TO_BUREAU = "bureau_to_bureau", _("政府之间")


class NeedKind(TextChoices):
    LIVING = "living", _("基本生活")
    MEDICAL = "medical", _("医疗")
    EDUCATION = "education", _("教育")
    EMPLOYMENT = "employment", _("就业")
    EMERGENCY = "emergency", _("急难")
    HOUSING = "housing", _("住房")
    FURNITURE = "furniture", _("家具")
    REHABILITATION = "rehabilitation", _("康复")
    CARE = "care", _("照护")
    DAILY_SERVICE = "daily_service", _("生活服务")
    AFFECTION = "affection", _("关爱陪伴")
    MENTAL = "mental", _("心理")
    CAPABILITY = "capability", _("能力提升")
    DISASTER = "disaster", _("受灾")
    MICRO_WISH = "micro_wish", _("微心愿")
    INSURANCE = "insurance", _("保险")
    APPLICATION_HELP = "application_help", _("协助申请")
    OTHER = "other", _("其他")


class Category(TextChoices):
    """对象类别."""

    DIBAO = "dibao", _("低保对象")
    TEKUN = "tekun", _("特困人员")
    DIBAO_EDGE = "dibao_edge", _("低保边缘家庭")
    RIGID_EXPENDITURE = "rigid_expenditure", _("刚性支出困难家庭")
    TEMP_RELIEF_1Y = "temp_relief_1y", _("临时救助对象（近1年内）")
    ORPHAN = "orphan", _("孤儿")
    DE_FACTO_UNATTENDED = "de_facto_unattended", _("事实无人抚养儿童")
    DISABLED = "disabled", _("残疾人")
    COMPATRIOT_TW = "compatriot_tw", _("台湾同胞")
    COMPATRIOT_HK = "compatriot_hk", _("香港同胞")
    COMPATRIOT_MO = "compatriot_mo", _("澳门同胞")
    MONITORED = "monitored", _("监测对象")
    LOW_INCOME_FAMILY = "low_income_family", _("低收入家庭")
    GIRL_IN_DIFFICULTY = "girl_in_difficulty", _("困境女童")
    DISABLED_FAMILY = "disabled_family", _("困难残疾人家庭")
    OTHER_HARDSHIP = "other_hardship", _("其他困难群众")


class Grantable(TextChoices):
    """What someone of another unit may be granted to do for a unit. Nothing about people, roles or grants."""

    EDIT = "organization.edit", _("修改单位资料和联系岗位")
    CONFIRM_CAPACITY = "organization.confirm_capacity", _("确认接收能力")
    AGREEMENTS = "agreement.edit", _("登记和修改合作协议")

    @property
    def codename(self):
        """What guardian calls it."""
        return self.value.replace(".", "_")

    @property
    def implied(self):
        return ("agreement.view",) if self == Grantable.AGREEMENTS else ()


class Capacity(TextChoices):
    OPEN = "open", _("可接收")
    LIMITED = "limited", _("名额有限")
    FULL = "full", _("已满")


class PolicyStatus(TextChoices):
    """How far a policy document holds. Empty where the sources do not say."""

    IN_FORCE = "in_force", _("现行有效")
    TRIAL = "trial", _("试行")
    TRIAL_DRAFT = "trial_draft", _("试行（征求意见稿）")
    DRAFT = "draft_for_comment", _("征求意见稿")
    REPEALED = "repealed", _("已废止")


# -- The regional profile: how the same portal works differently in different places ---------------------------------
class ConsentWords(TextChoices):
    CONSENT = "consent", _("征得同意")
    INFORMED = "informed", _("充分知情并同意")
    PERSON = "person", _("征得本人同意")


class SimplifiedFor(TextChoices):
    """Who gets the simplified procedure."""

    REFERRAL = "referral", _("转介来的对象")
    CATEGORY = "category", _("经认定的特殊困难群体")
    BOTH = "both", _("转介来的对象，以及经认定的特殊困难群体")


class NotifyDuty(TextChoices):
    """How strongly a charity is bound to tell the government of a family that may qualify for aid."""

    MAY = "may", _("可以告知")
    SHOULD = "should", _("应当及时告知")
    SHALL = "shall", _("必须主动联系并协助")


class NotifyWhom(TextChoices):
    BUREAU = "bureau", _("同级民政部门")
    COUNTY_BUREAU = "county_bureau", _("县（市、区）民政局")
    TOWN = "town", _("乡镇人民政府（街道办事处）")


class ServiceKind(TextChoices):
    VISIT_CARE = "visit_care", _("访视照料")
    MENTAL_COMFORT = "mental_comfort", _("心理慰藉")
    REHAB_TRAINING = "rehab_training", _("康复训练")
    CAPABILITY_BUILDING = "capability_building", _("能力提升")
    CARE_SERVICE = "care_service", _("照护服务类")
    LIVING_SERVICE = "living_service", _("生活服务类")
    AFFECTION_SERVICE = "affection_service", _("关爱服务类")
    # Beside both sets: what volunteers give, and what helps to work.
    COMPANIONSHIP = "companionship", _("关爱陪伴")
    SKILL_TRAINING = "skill_training", _("技能培训")
    PUBLIC_POST = "public_post", _("公益岗位推荐")
    RESOURCE_LINK = "resource_link", _("资源链接")


class ServiceSet(TextChoices):
    A = "A", _("访视照料、心理慰藉、康复训练、能力提升")
    B = "B", _("照护服务类、生活服务类、关爱服务类")


# What a place that counts in set B understands by a service of set A.
SERVICE_IN_SET_B = {
    "visit_care": "care_service",
    "rehab_training": "care_service",
    "mental_comfort": "affection_service",
    "capability_building": "living_service",
}


class ProjectKind(TextChoices):
    HOUSING = "housing", _("助居")
    STUDY = "study", _("助学")
    MEDICAL = "medical", _("助医")
    WORK = "work", _("助业")
    MEDICAL_FIELD = "medical_field", _("医疗")
    EDUCATION = "education", _("教育")
    EMPLOYMENT = "employment", _("就业")
    EMERGENCY = "emergency", _("急难")
    ELDERLY = "elderly", _("扶老")
    HARDSHIP = "hardship", _("济困")
    DISABLED = "disabled", _("助残")
    CHILDREN = "children", _("护幼")
    RURAL = "rural", _("乡村振兴")


class ProjectKindSet(TextChoices):
    BY_CAUSE = "by_cause", _("按致困原因")
    FOUR_AIDS = "four_aids", _("助居、助学、助医、助业")
    FOUR_FIELDS = "four_fields", _("医疗、教育、就业、急难")
    SEVEN_FIELDS = "seven_fields", _("扶老、济困、助残、护幼、助学、助医、乡村振兴")


PROJECT_KINDS_OF = {
    "by_cause": (),
    "four_aids": ("housing", "study", "medical", "work"),
    "four_fields": ("medical_field", "education", "employment", "emergency"),
    "seven_fields": ("elderly", "hardship", "disabled", "children", "study", "medical", "rural"),
    "": (),
}


class Award(TextChoices):
    CHINA_CHARITY_AWARD = "china_charity_award", _("中华慈善奖")
    FUJIAN_CHARITY_AWARD = "fujian_charity_award", _("福建慈善奖")
    CHONGQING_CHARITY_AWARD = "chongqing_charity_award", _("重庆慈善奖")
    OTHER_CHARITY_AWARD = "other_charity_award", _("慈善奖（级别未写明）")
    ADVANCED_GROUP = "advanced_group", _("社会救助先进集体")
    ADVANCED_PERSON = "advanced_person", _("社会救助先进个人")
    COMMENDATION = "commendation", _("通报表扬")


class Purchase(TextChoices):
    YES = "yes", _("可以向慈善组织购买服务")
    PREFERENCE = "preference", _("同等条件下优先向慈善组织购买服务")


class FeedbackWay(TextChoices):
    SHARED_SYSTEM = "shared_system", _("通过共享的信息系统反馈")
    REGULAR = "regular", _("慈善组织定期反馈")
    CYCLE = "cycle", _("作为会商、研判、跟进、帮扶、反馈的一环")
    DOCKING_PLATFORM = "docking_platform", _("通过信息对接平台反馈")


class MeetingKind(TextChoices):
    JOINT_MEETING = "joint_meeting", _("联席会议")
    LIAISON_CONSULTATION = "liaison_consultation", _("联络员定期会商")
    URGENT_CONSULTATION = "urgent_consultation", _("工作紧急会商")
    COMMUNICATION_CONSULTATION = "communication_consultation", _("沟通会商")
    STATISTICAL_REPORT = "statistical_report", _("数据统计报告")


class Rhythm(TextChoices):
    """How often. `unset`: there is such a meeting, its rhythm is nowhere printed."""

    UNSET = "unset", _("周期未定")
    ON_CALL = "on_call", _("按需召开")
    MONTHLY = "monthly", _("每月")
    QUARTERLY = "quarterly", _("每季度")
    HALF_YEARLY = "half_yearly", _("每半年")
    YEARLY = "yearly", _("每年")


# What is due within how many working days: code -> (words, normal, urgent). Zero is the same day.
CLOCKS = {
    "sign": (_("签收"), 1, 0),
    "decide": (_("作出接收决定"), 5, 1),
    "decide_simplified": (_("简化程序下作出接收决定"), 3, 1),
    "answer_return": (_("退回后补充材料"), 10, 10),
    "first_contact": (_("首次联系当事人"), 5, 1),
    "report": (_("未约定日期时反馈结果"), 20, 5),
    "confirm_report": (_("确认反馈"), 10, 10),
    "check_report": (_("出具核对报告"), 10, 3),
    # Urgent: what is offered for emergencies. After the same time again it is no longer suggested.
    "confirm_offer": (_("重新确认服务供给"), 60, 20),
    "lead": (_("处理线索"), 3, 0),
    # Where the region binds charities to tell of families that may qualify (R85).
    "tell": (_("慈善组织告知民政"), 5, 1),
    # Where the program does not say for how many days a list hangs.
    "notice": (_("名册公示"), 5, 5),
}

# What a token of the API may be given: permission -> words. Nothing else can be done through the API.
SCOPES = {
    "program.match": _("判定一个人符合哪些项目"),
    "area.view": _("读取行政区划"),
    "organization.view": _("读取单位资料"),
    "organization.edit": _("修改单位资料"),
    "organization.register": _("修改单位的类型、层级、区划和资格"),
    "organization.create": _("登记新单位"),
    "fund.view": _("读取基金和余额"),
    "fund.record": _("登记基金收入"),
    "offer.view": _("读取服务供给"),
    "offer.edit": _("登记、修改和确认服务供给"),
    "offer.take": _("占用和退还服务名额"),
    "lead.file": _("报送线索，读取自己报的"),
    "person.import": _("成批送来困难群众名单"),
    "person.view": _("读取困难群众的资料、情况和需求，号码遮盖"),
    "person.register": _("登记困难群众"),
    "person.edit": _("修改困难群众的资料、情况和需求，记录走访"),
    "document.view": _("读取困难群众的材料"),
    "visit.view": _("读取走访记录"),
    "check.view": _("读取经济状况核对的结论"),
    "check.ask": _("申请经济状况核对"),
    "consent.view": _("读取本人的同意"),
    "consent.record": _("征求和登记同意"),
    "consent.withdraw": _("登记撤回同意"),
    "received.view": _("读取按本人同意提供给本单位的信息"),
    "referral.view": _("读取转介"),
    "referral.write": _("起草转介、答复退回、确认反馈"),
    "referral.send": _("发送和审核转出的转介"),
    "referral.receive": _("签收、退回、办理和反馈转来的个案"),
    "referral.decide": _("决定是否接收"),
    "referral.withdraw": _("按本人意愿终止转介"),
    "referral.reopen": _("重新办理已闭环的转介"),
    "referral.consult": _("记录工作紧急会商的结论"),
    "referral.reassign": _("改派经办人"),
    "disclosure.provide": _("随转介提供本人同意提供的信息"),
    "batch.view": _("读取名册"),
    "batch.edit": _("建立、封存和上报名册"),
    "batch.approve": _("批准或者不批准名册"),
    "batch.export": _("读取名册的用表，含个人信息"),
    "aid.view": _("读取帮扶台账"),
    "aid.propose": _("提出帮扶，登记其他帮扶"),
    "aid.approve": _("审批帮扶"),
    "aid.pay": _("登记支付"),
    "aid.deliver": _("登记签收"),
    "fund.approve": _("复核支付"),
}
