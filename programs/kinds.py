"""The closed lists that activities, offers and wishes are described with. Stored as words, never renamed."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActivityKind(TextChoices):
    FEATURED = "featured", _("特色活动")
    BRAND = "brand", _("品牌项目")
    FESTIVAL = "festival", _("节假日慰问")
    MAJOR_EVENT = "major_event", _("重大活动帮扶")
    DISASTER = "disaster", _("重大灾情帮扶")
    EPIDEMIC = "epidemic", _("重大疫情帮扶")
    FUNDRAISING = "fundraising", _("募捐项目")
    VILLAGE_MUTUAL_AID = "village_mutual_aid", _("幸福家园村社互助")
    COMMUNITY = "community", _("社区慈善服务场景")
    CONTEST = "contest", _("慈善项目大赛参赛项目")
    OTHER = "other", _("其他活动")


# Published at once and shown first; cases that come from them run by the urgent clocks of the region.
URGENT_KINDS = frozenset({ActivityKind.DISASTER, ActivityKind.EPIDEMIC})
# For these, what occasion it is about belongs to the matter.
OCCASION_KINDS = frozenset({ActivityKind.FESTIVAL, ActivityKind.MAJOR_EVENT, *URGENT_KINDS})


class ActivityMode(TextChoices):
    OFFLINE = "offline", _("线下")
    ONLINE = "online", _("线上")
    BOTH = "both", _("线上线下结合")


class Fundraising(TextChoices):
    PUBLIC = "public", _("公募")
    NON_PUBLIC = "non_public", _("非公募")


class RequestKind(TextChoices):
    """What an activity asks of another unit."""

    HELP = "help", _("请民政部门提供帮助和便利")
    JOINT = "joint", _("请共同举办")


class RequestState(TextChoices):
    ASKED = "asked", _("等待答复")
    AGREED = "agreed", _("同意")
    PARTLY = "partly", _("部分同意")
    DECLINED = "declined", _("不同意")
    RETRACTED = "retracted", _("已撤回")


class AidForm(TextChoices):
    """帮扶形式 (5.7): in which form an offer or a grant helps."""

    CASH = "cash", _("资金")
    GOODS = "goods", _("物资")
    SERVICE = "service", _("服务")
    MEDICAL_FEE = "medical_fee_to_hospital", _("拨付医疗机构")
    SURGERY_COPAY_REDUCTION = "surgery_copay_reduction", _("手术费用减免")
    CANTEEN_CREDIT = "canteen_credit", _("食堂卡充值")
    HOUSING_IMPROVEMENT = "housing_improvement", _("居室改善")
    FURNITURE = "furniture", _("家具")
    TRAINING = "training", _("培训")
    JOB_POST = "job_post", _("就业岗位")
    INSURANCE_COVER = "insurance_cover", _("慈善+保险")
    MICRO_WISH = "micro_wish", _("微心愿")
    ONE_TO_ONE = "one_to_one", _("一对一帮扶")
    POINT_TO_POINT = "point_to_point", _("点对点帮扶")
    VOLUNTEER_PAIRING = "volunteer_pairing", _("志愿者结对帮扶")
    RESOURCE_LINK = "resource_link", _("链接资源")
    APPLICATION_HELP = "application_help", _("协助申请")
    SERVICE_POINT = "service_point", _("服务点")


class PointKind(TextChoices):
    """Places where charity can be met."""

    COMMUNITY_CENTRE = "community_centre", _("社区服务中心")
    SHOP = "shop", _("爱心商户")
    LOVE_STATION = "love_station", _("爱心驿站")
    LOTTERY_STATION = "lottery_station", _("福彩公益驿站")
    CHARITY_SUPERMARKET = "charity_supermarket", _("慈善超市")


class AgeBand(TextChoices):
    """Wide enough that nobody is known by it."""

    CHILD = "child", _("学龄前儿童")
    PUPIL = "pupil", _("小学生")
    YOUTH = "youth", _("中学生")
    ADULT = "adult", _("成年人")
    OLDER = "older", _("60–79 岁老人")
    OLD = "old", _("80 岁以上老人")
    FAMILY = "family", _("一户家庭")
