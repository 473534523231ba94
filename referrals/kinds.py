"""The closed lists that people and households are described with. Stored as words, never renamed after release."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from members.kinds import Category
from portal.lib.identity import Gender, IdentityKind
from programs.kinds import AidForm

__all__ = ["Category", "Gender", "IdentityKind"]


class FamilyRelation(TextChoices):
    """What somebody is to the head of the household (与户主关系)."""

    HEAD = "head", _("户主")
    SPOUSE = "spouse", _("配偶")
    CHILD = "child", _("子女")
    CHILD_IN_LAW = "child_in_law", _("儿媳、女婿")
    PARENT = "parent", _("父母")
    PARENT_IN_LAW = "parent_in_law", _("配偶的父母")
    GRANDPARENT = "grandparent", _("祖父母、外祖父母")
    GRANDCHILD = "grandchild", _("孙子女、外孙子女")
    SIBLING = "sibling", _("兄弟姐妹")
    OTHER_KIN = "other_kin", _("其他亲属")
    NOT_KIN = "not_kin", _("非亲属")


class GuardianRelation(TextChoices):
    """What the guardian is to the one who is looked after."""

    FATHER = "father", _("父亲")
    MOTHER = "mother", _("母亲")
    SPOUSE = "spouse", _("配偶")
    ADULT_CHILD = "adult_child", _("成年子女")
    GRANDPARENT = "grandparent", _("祖父母、外祖父母")
    SIBLING = "sibling", _("成年兄姐")
    OTHER_KIN = "other_kin", _("其他近亲属")
    VILLAGE_BODY = "village_body", _("村（居）民委员会")
    CIVIL_AFFAIRS = "civil_affairs", _("民政部门")
    INSTITUTION = "institution", _("养育、供养机构")
    OTHER = "other", _("其他个人或组织")


class CompatriotOrigin(TextChoices):
    HK = "HK", _("香港同胞")
    MO = "MO", _("澳门同胞")
    TW = "TW", _("台湾同胞")


class PersonFlag(TextChoices):
    """What a person of staff saw or a paper says; age and disability are not flags, they are known otherwise."""

    NO_SELF_CARE = "no_self_care", _("生活不能自理")
    SERIOUSLY_ILL = "seriously_ill", _("重病患者")
    FRAIL = "frail", _("体弱")


class HardshipCause(TextChoices):
    """致困原因."""

    MAJOR_ILLNESS = "major_illness", _("重特大疾病")
    MAJOR_DISASTER = "major_disaster", _("重大灾害事故")
    SUDDEN_ACCIDENT = "sudden_accident", _("突发意外事件")
    ACCIDENTAL_INJURY = "accidental_injury", _("意外伤害")
    SCHOOLING = "schooling", _("子女就学")
    RIGID_SPENDING = "rigid_spending", _("其他刚性支出")
    INCOME_DROP = "income_drop", _("收入大幅缩减")
    SPECIAL = "special", _("其他特殊原因")
    OTHER = "other", _("其他")


class HardshipLevel(TextChoices):
    """困难程度."""

    NONE = "none", _("不困难")
    SOME = "some", _("有困难")
    SEVERE = "severe", _("生活非常困难")


# Of these levels a family is in difficulty.
HARD = (HardshipLevel.SOME, HardshipLevel.SEVERE)
# Numbers of these kinds are not of a citizen of the mainland.
FOREIGN_KINDS = frozenset({IdentityKind.PERMANENT_RESIDENCE, IdentityKind.PASSPORT})
SCHOOL_AGE = 6
WORKING_AGE = 16
ADULT_AGE = 18
ELDERLY_AGE = 60


def compatriot_origin(kind, number):
    """Derived from the document: the region of a residence permit, the letter of a pass."""
    if kind == IdentityKind.TAIWAN_PASS:
        return CompatriotOrigin.TW
    if kind == IdentityKind.HK_MACAO_PASS:
        return {"H": CompatriotOrigin.HK, "M": CompatriotOrigin.MO}.get(number[:1], "")
    if kind == IdentityKind.RESIDENCE_PERMIT:
        by_region = {"81": CompatriotOrigin.HK, "82": CompatriotOrigin.MO, "83": CompatriotOrigin.TW}
        return by_region.get(number[:2], "")
    return ""


class SupportForm(TextChoices):
    """How somebody destitute is supported (特困供养形式)."""

    DISPERSED = "dispersed", _("分散供养")
    INSTITUTION = "institution", _("集中供养")


class Scheme(TextChoices):
    """Government aid (政府救助): who applied for what."""

    DIBAO = "dibao", _("最低生活保障")
    TEKUN = "tekun", _("特困人员救助供养")
    TEMP_RELIEF = "temp_relief", _("临时救助")
    MEDICAL = "medical", _("医疗救助")
    EDUCATION = "education", _("教育救助")
    HOUSING = "housing", _("住房救助")
    EMPLOYMENT = "employment", _("就业救助")
    DISASTER = "disaster", _("受灾人员救助")
    ORPHAN = "orphan", _("孤儿和事实无人抚养儿童基本生活保障")
    DISABILITY = "disability", _("残疾人两项补贴")
    HEATING = "heating", _("取暖、水电等专项补助")
    OTHER = "other", _("其他政府救助")


class AidState(TextChoices):
    """How an application for government aid stands."""

    APPLIED = "applied", _("已申请，未决定")
    GRANTED = "granted", _("已批准")
    REFUSED = "refused", _("未批准")
    ENDED = "ended", _("已停止")
    NONE_APPLIES = "none_applies", _("无适用的政策，未申请")


class AidRhythm(TextChoices):
    ONCE = "once", _("一次性")
    MONTHLY = "monthly", _("每月")
    YEARLY = "yearly", _("每年")


# So long a record counts as fresh after somebody verified it.
VERIFIED_FOR = timedelta(days=180)
# 001 三: temporary relief counts for one year.
LAPSES_AFTER_A_YEAR = frozenset({Category.TEMP_RELIEF_1Y})
LOW_INCOME = frozenset(
    {
        Category.DIBAO, Category.TEKUN, Category.DIBAO_EDGE, Category.RIGID_EXPENDITURE, Category.TEMP_RELIEF_1Y,
        Category.ORPHAN, Category.DE_FACTO_UNATTENDED, Category.LOW_INCOME_FAMILY,
    }
)  # fmt: skip
# Who is on the rolls of government assistance (在册), as against those who are watched (监测对象).
ROLLS = LOW_INCOME - {Category.LOW_INCOME_FAMILY}
# 003 （二）, "and the like": where the place has set no list of its own.
CERTIFIED = frozenset(
    {
        Category.DIBAO, Category.TEKUN, Category.DIBAO_EDGE, Category.RIGID_EXPENDITURE, Category.ORPHAN,
        Category.DE_FACTO_UNATTENDED, Category.COMPATRIOT_TW, Category.COMPATRIOT_HK, Category.COMPATRIOT_MO,
    }
)  # fmt: skip


def years_before(years, day):
    """Whoever was born on this day or before is at least so old on that day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def a_year_after(day):
    """The last day of a year that began with this one: the same date, or 28 February after a 29th (民法典 202)."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


# -- How people are found, and what they need ---------------------------------------------------------------------
class DiscoveryChannel(TextChoices):
    """发现渠道: how somebody in difficulty was found (R47–R49)."""

    SERVICE_STATION = "service_station", _("民政服务站")
    VILLAGE_BODY = "village_body", _("村级组织")
    COMMUNITY_ORG = "community_org", _("社区社会组织")
    COMMUNITY_WORKER = "community_worker", _("社区工作者")
    COMMUNITY_VOLUNTEER = "community_volunteer", _("社区志愿者")
    GRID_WORKER = "grid_worker", _("网格员")
    ASSISTANT = "assistant", _("协理员")
    SOCIAL_WORK_AGENCY = "social_work_agency", _("专业社会工作机构")
    BUREAU_ROUND = "bureau_round", _("走访摸排")
    APPLICATION_HANDLING = "application_handling", _("受理救助申请")
    CHARITY_HOME_VISIT = "charity_home_visit", _("入户走访")
    CHARITY_FESTIVAL_VISIT = "charity_festival_visit", _("节日慰问")
    CHARITY_NEIGHBOURHOOD = "charity_neighbourhood", _("邻里调研")
    MEMBER_UNIT_PUSH = "member_unit_push", _("成员单位推送")
    MONITORING_SYSTEM = "monitoring_system", _("动态监测平台")
    SELF = "self", _("本人求助")
    HOTLINE = "hotline", _("热线")
    HOSPITAL = "hospital", _("医疗机构")
    SCHOOL = "school", _("学校")


_ASKED = ("self", "hotline")
# group of the unit (members.kinds.group_of) -> the channels its finders choose from, the usual one first.
CHANNELS_OF = {
    "bureau": ("bureau_round", "application_handling", "monitoring_system", *_ASKED),
    "field": (
        "grid_worker", "village_body", "service_station", "community_worker", "community_volunteer", "assistant",
        "community_org", "bureau_round", "application_handling", *_ASKED,
    ),
    "member": ("member_unit_push", "charity_home_visit", "charity_festival_visit", *_ASKED),
    "charity": (
        "charity_home_visit", "charity_festival_visit", "charity_neighbourhood", "social_work_agency",
        "community_org", "community_volunteer", *_ASKED,
    ),
    "partner": ("hospital", "school", *_ASKED),
}  # fmt: skip


class Urgency(TextChoices):
    NORMAL = "normal", _("一般")
    URGENT = "urgent", _("紧急")
    CRITICAL = "critical", _("危急")


# In lists the most urgent stand first.
RANKS = {Urgency.CRITICAL: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}


class LeadState(TextChoices):
    NEW = "new", _("待处理")
    TAKEN = "taken", _("处理中")
    REGISTERED = "registered", _("已建档")
    DUPLICATE = "duplicate", _("重复线索")
    CLOSED = "closed", _("已了结")


OPEN_LEADS = (LeadState.NEW, LeadState.TAKEN)


class LeadClosing(TextChoices):
    """Why a lead led to no record."""

    HELPED_AT_ONCE = "helped_at_once", _("已当场解决")
    INFORMED = "informed", _("已告知政策，由本人自行申请")
    NOT_IN_DIFFICULTY = "not_in_difficulty", _("核实后不属于困难情形")
    DECLINED = "declined", _("本人或家庭不愿接受帮扶")
    NOT_FOUND = "not_found", _("多次走访、联系没有找到")
    MOVED = "moved", _("已离开本辖区")
    DIED = "died", _("本人已去世")
    REFERRED = "referred", _("已征得同意，改由正式告知办理")
    WRONG = "wrong", _("所报情况不实")
    OTHER = "other", _("其他原因")


class NeedForm(TextChoices):
    MATERIAL = "material", _("物质")
    SERVICE = "service", _("服务")
    BOTH = "both", _("物质和服务")


class NeedWeight(TextChoices):
    BASIC = "basic", _("基础性")
    GENERAL = "general", _("普惠性")
    BOTTOM_LINE = "bottom_line", _("兜底性")


# In lists the safety net stands first.
WEIGHTS = {NeedWeight.BOTTOM_LINE: 0, NeedWeight.BASIC: 1, NeedWeight.GENERAL: 2}


class NeedState(TextChoices):
    OPEN = "open", _("待帮扶")
    IN_HELP = "in_help", _("帮扶中")
    EASED = "eased", _("部分解决")
    MET = "met", _("已解决")
    DROPPED = "dropped", _("不再需要")


OPEN_NEEDS = (NeedState.OPEN, NeedState.IN_HELP, NeedState.EASED)


class Ground(TextChoices):
    """转介事由 (R32)."""

    NOT_YET_ELIGIBLE = "not_yet_eligible", _("暂不符合政府救助条件")
    STILL_IN_DIFFICULTY = "still_in_difficulty", _("政府救助后生活仍有困难")
    POLICY_GAP = "policy_gap", _("现行政策难以覆盖的个性化需求")
    POSSIBLY_ELIGIBLE = "possibly_eligible_unaided", _("可能符合条件但未获救助")


class VisitOccasion(TextChoices):
    """What a visit was for; the first three are the charities' ways of finding (R48), the next two the bureau's."""

    HOME = "charity_home_visit", _("入户走访")
    FESTIVAL = "charity_festival_visit", _("节日慰问")
    NEIGHBOURHOOD = "charity_neighbourhood", _("邻里调研")
    ROUND = "bureau_round", _("走访摸排")
    APPLICATION = "application_handling", _("受理救助申请")
    LEAD = "lead", _("核实线索")
    FOLLOW_UP = "follow_up", _("帮扶后回访")


class VisitResult(TextChoices):
    AS_RECORDED = "as_recorded", _("情况属实，资料没有变化")
    CHANGED = "changed", _("情况有变化")
    NEW_NEED = "new_need", _("发现新的需求")
    NOT_MET = "not_met", _("没有见到本人")
    NOTHING_FOUND = "nothing_found", _("未发现新的困难")


# What somebody saw with their own eyes.
MET_RESULTS = frozenset({VisitResult.AS_RECORDED, VisitResult.CHANGED, VisitResult.NEW_NEED})


# -- Screening, and the check of a family's means -------------------------------------------------------------------
class ScreeningList(TextChoices):
    STILL_IN_DIFFICULTY = "still_in_difficulty", _("政府救助后仍有困难")
    UNAIDED = "unaided", _("符合项目条件但没有救助")
    NOT_VERIFIED = "not_verified", _("半年未核实")
    NOT_VISITED = "not_visited", _("半年未走访")
    # Of one program; worked off on that program's own page.
    FITS = "fits", _("符合项目条件的人")


class ScreeningOutcome(TextChoices):
    """What came of looking at an entry of a screening list."""

    HELP_ARRANGED = "help_arranged", _("已安排进一步帮扶")
    APPLYING = "applying", _("已协助申请")
    RECORDED = "recorded", _("已核实，资料已更新")
    NO_NEED = "no_need", _("核实后不需要帮扶")
    NOT_ELIGIBLE = "not_eligible", _("核实后不符合条件")
    DECLINED = "declined", _("本人不愿意")
    CANNOT_REACH = "cannot_reach", _("联系不上")
    OTHER = "other", _("其他")


class CheckState(TextChoices):
    ASKED = "asked", _("等待核对")
    WRITTEN = "written", _("等待审签")
    DELIVERED = "delivered", _("已出具")
    DECLINED = "declined", _("未能核对")


class CheckConclusion(TextChoices):
    """All that whoever asked is told; what it rests on stays with the bureau."""

    WITHIN = "within", _("符合困难家庭经济状况标准")
    ABOVE = "above", _("超过困难家庭经济状况标准")
    DIFFERS = "differs", _("与申报情况不一致")
    INCOMPLETE = "incomplete", _("信息不全，无法得出结论")


class CheckDeclining(TextChoices):
    PERSON_REFUSES = "person_refuses", _("家庭成员不同意核对")
    NOT_AUTHORIZED = "not_authorized", _("授权不完整")
    NOT_HERE = "not_here", _("不属于本单位核对范围")
    OTHER = "other", _("其他原因")


# -- Papers ---------------------------------------------------------------------------------------------------------
class PaperKind(TextChoices):
    """What a paper is. Those that programs ask for bear the same codes there (programs.words.PAPERS)."""

    ID_CARD_SELF = "id_card_self", _("本人身份证")
    ID_CARD_GUARDIAN = "id_card_guardian", _("监护人身份证")
    PASSPORT = "passport", _("护照、通行证、居住证")
    BIRTH_CERTIFICATE = "birth_certificate", _("出生医学证明")
    HUKOU_PAGE_SELF = "hukou_page_self", _("户口簿本人页")
    HUKOU_PAGE_GUARDIAN = "hukou_page_guardian", _("户口簿监护人页")
    HUKOU_BOOKLET_FAMILY = "hukou_booklet_family", _("全家户口簿")
    RESIDENCE_PROOF = "residence_proof", _("居住证明")
    RELATIONSHIP_PROOF = "relationship_proof", _("关系证明")
    GUARDIANSHIP_PROOF = "guardianship_proof", _("监护关系证明")
    DIBAO_CERTIFICATE = "dibao_certificate", _("低保证等困难身份证件")
    HARDSHIP_CERTIFICATE = "hardship_certificate", _("困难证明")
    STATUS_PROOF = "status_proof", _("人员身份证明")
    INCOME_PROOF = "income_proof", _("收入证明")
    DISABILITY_CERTIFICATE = "disability_certificate", _("残疾人证")
    DEVELOPMENTAL_SCALE = "developmental_scale", _("发育量表")
    DIAGNOSIS_CERTIFICATE = "diagnosis_certificate", _("诊断证明")
    EXAM_RECORDS = "exam_records", _("检查病历")
    INPATIENT_RECORD_FRONT = "inpatient_record_front", _("住院病案首页")
    BONE_MARROW_REPORT = "bone_marrow_report", _("骨髓检查报告")
    CARDIAC_ULTRASOUND_REPORT = "cardiac_ultrasound_report", _("心脏超声报告")
    SETTLEMENT_RECEIPT = "settlement_receipt", _("结算收据")
    ADMISSION_LETTER = "admission_letter", _("录取通知书")
    GAOKAO_TICKET = "gaokao_ticket", _("高考准考证")
    RECOMMENDATION = "recommendation", _("推荐材料")
    BANK_CARD = "bank_card", _("银行卡")
    BANK_ACCOUNT = "bank_account", _("银行账户")
    PHOTO_1INCH = "photo_1inch", _("一寸照片")
    PROGRAM_FORM = "program_form", _("项目申请表")
    DECLARATION_FORM = "declaration_form", _("申报表")
    COMMITMENT_LETTER = "commitment_letter", _("承诺书")
    POWER_OF_ATTORNEY = "power_of_attorney", _("委托书")
    SUPPORTING_PROOF = "supporting_proof", _("其他证明材料")


# Written for one program, or saying nothing definite: one of these is never taken for what another program asks for.
OF_ONE_PROGRAM = frozenset(
    {
        PaperKind.PROGRAM_FORM, PaperKind.DECLARATION_FORM, PaperKind.COMMITMENT_LETTER, PaperKind.RECOMMENDATION,
        PaperKind.POWER_OF_ATTORNEY, PaperKind.SUPPORTING_PROOF,
    }
)  # fmt: skip


# -- Aid --------------------------------------------------------------------------------------------------------------
# What is money, what is goods, what is work; the rest may be any.
MONEY_FORMS = frozenset(
    {
        AidForm.CASH,
        AidForm.MEDICAL_FEE,
        AidForm.SURGERY_COPAY_REDUCTION,
        AidForm.CANTEEN_CREDIT,
        AidForm.INSURANCE_COVER,
    }
)
GOODS_FORMS = frozenset({AidForm.GOODS, AidForm.FURNITURE, AidForm.HOUSING_IMPROVEMENT, AidForm.MICRO_WISH})


# Paid in money by the unit itself: out of a fund, and by two people.
FUNDED_FORMS = MONEY_FORMS - {AidForm.SURGERY_COPAY_REDUCTION}


# A place where charity can be met is no help that somebody was given.
AID_FORMS = [(one.value, one.label) for one in AidForm if one != AidForm.SERVICE_POINT]


class AidLineState(TextChoices):
    PROPOSED = "proposed", _("待审批")
    # A first one agreed; what was flagged or is not the rules' sum asks for another.
    SECOND = "second", _("待第二人审批")
    APPROVED = "approved", _("已批准")
    PAYING = "paying", _("支付待复核")
    PART_PAID = "part_paid", _("已支付一部分")
    PAID = "paid", _("已支付")
    DELIVERED = "delivered", _("已交付")
    DECLINED = "declined", _("未批准")
    CANCELLED = "cancelled", _("已取消")


_LINE = AidLineState
# Decided on: it stands against every ceiling from then on.
COUNTED_AID = frozenset({_LINE.APPROVED, _LINE.PAYING, _LINE.PART_PAID, _LINE.PAID, _LINE.DELIVERED})
WAITING_AID = frozenset({_LINE.PROPOSED, _LINE.SECOND})
# Over, and nothing came of it.
DROPPED_AID = frozenset({_LINE.DECLINED, _LINE.CANCELLED})


class InstalmentState(TextChoices):
    """Where one month of a payment schedule stands; reckoned, not stored."""

    PLANNED = "planned", _("未到期")
    DUE = "due", _("待支付")
    PAYING = "paying", _("支付待复核")
    PAID = "paid", _("待签收")
    SIGNED = "signed", _("已签收")
    SKIPPED = "skipped", _("不发放")


class SkipCause(TextChoices):
    """Why a month of a schedule is not paid."""

    LEFT_SCHOOL = "left_school", _("离校")
    SUSPENDED = "suspended", _("休学")
    MOVED = "moved", _("转学或迁出")
    AIDED = "aided", _("已有其他保障")
    DECEASED = "deceased", _("去世")
    ENDED = "ended", _("帮扶终止")
    RETURNED = "returned", _("款项退回")
    OTHER = "other", _("其他")


# What somebody chooses; the others follow from what happened to the whole.
SKIP_CHOICES = [(one.value, one.label) for one in SkipCause if one not in (SkipCause.ENDED, SkipCause.RETURNED)]


class PayeeKind(TextChoices):
    """To whom money goes."""

    SELF = "self", _("本人")
    FAMILY = "family", _("家庭成员或监护人")
    HOSPITAL = "hospital", _("医院")
    SCHOOL = "school", _("学校")
    OTHER = "other", _("其他单位")


class AidPaperKind(TextChoices):
    """What shows that help arrived."""

    RECEIPT = "receipt", _("回单")
    SIGNATURE = "signature", _("签收单")
    PHOTO = "photo", _("照片")
    OTHER = "other", _("其他凭证")


# -- Cases shared with one more party -------------------------------------------------------------------------------
class ShareTask(TextChoices):
    """What somebody of a third unit is asked to do with what they are shown."""

    TREATMENT = "treatment", _("就医和治疗")
    FEES = "fees", _("医疗费用结算和减免")
    SCHOOLING = "schooling", _("就学帮助")
    SOCIAL_WORK = "social_work", _("社工服务")
    CARE = "care", _("照护和上门服务")
    OTHER = "other", _("其他")
