"""What the units of the demo world give and undertake: invented, done through the same actions as on the screens."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Area, ContactPost, Organization, Staff
from programs.actions import activities, offers, wishes
from programs.models import Activity, Offer

CITY, COUNTY = "230300000000", "230302000000"

# Account, what is offered, how many days ago it was last confirmed.
OFFERS = [
    ("charity", {
        "title": "康复辅具借用（演示）", "form": "goods", "need_kinds": ["rehabilitation", "care"], "capacity": 40,
        "unit": "件", "target_groups": ["disabled", "dibao", "tekun"],
        "description": "轮椅、助行器、护理床，免费借用一年。",
        "areas": [CITY], "brands": ["民政牵挂·伴在左右"],
    }, 12),
    ("charity", {
        "title": "一对一助学（演示）", "form": "one_to_one", "need_kinds": ["education"], "capacity": 15, "age_to": 24,
        "description": "爱心人士每学年资助一名学生 2,000 元，直到毕业。", "areas": [CITY],
    }, 5),
    ("charity", {
        "title": "惠民保代缴（演示）", "form": "insurance_cover", "need_kinds": ["insurance", "medical"],
        "monthly": 30, "target_groups": ["dibao", "dibao_edge", "tekun"],
        "description": "为困难家庭代缴补充医疗保险一年。",
    }, 130),
    ("charity", {
        "title": "应急物资包（演示）", "form": "goods", "need_kinds": ["emergency", "disaster"], "monthly": 200,
        "unit": "份",
        "description": "米面油、棉被、手电，随时可领。", "is_urgent": True, "areas": [CITY],
    }, 45),
    ("charity", {
        "title": "爱心驿站（演示）", "form": "service_point", "point": "love_station",
        "address": "向阳大街 1 号（虚构）", "need_kinds": ["living"], "description": "热水、避寒、旧衣领取，天天开放。",
    }, 20),
    ("charity", {
        "title": "志愿者结对探访（演示）", "form": "volunteer_pairing", "services": ["companionship"],
        "need_kinds": ["affection", "mental"], "capacity": 60, "unit": "户", "age_from": 60,
        "description": "两名志愿者结对一户，每两周上门一次。", "areas": [CITY],
    }, 30),
    ("town", {
        "title": "代办申请（演示）", "form": "application_help", "need_kinds": ["application_help"],
        "description": "帮行动不便的居民填表、复印、递交。", "is_urgent": True,
    }, 3),
    ("redcross", {
        "title": "急救和护理培训（演示）", "form": "training", "services": ["capability_building", "skill_training"],
        "need_kinds": ["capability", "employment"], "monthly": 25, "description": "每月一期，结业发证。",
        "areas": [CITY],
    }, 260),
    ("hospital", {
        "title": "白内障术前免费检查（演示）", "form": "service", "need_kinds": ["medical"],
        "monthly": 50, "age_from": 50, "description": "凭转介单预约，当天出结果。", "areas": [CITY],
    }, 8),
]  # fmt: skip

# Account, title, area, age band, cost, need, state it has come to.
WISHES = [
    ("town", "一盏护眼台灯", "230302901000", "pupil", 120, "education", "open"),
    ("town", "一件过冬羽绒服（身高 130）", "230302901000", "pupil", 200, "living", "open"),
    ("town", "一台收音机", "230302901000", "old", 90, "affection", "claimed"),
    ("town", "给老伴过一次生日", "230302901000", "older", 150, "affection", "fulfilled"),
    ("charity", "一套课外书", COUNTY, "youth", 160, "education", "open"),
    ("charity", "一个电饭锅", COUNTY, "family", 180, "living", "draft"),
]


def load():
    """Once: the offers tell whether it has been done."""
    if Offer.objects.exists() or Activity.objects.exists():
        return
    people = {one.username: one for one in Staff.objects.select_related("organization__area")}
    posts = {one.organization_id: one for one in ContactPost.objects.filter(is_public=True).order_by("-pk")}
    areas = {one.code: one for one in Area.objects.filter(code__in=[CITY, COUNTY, "230302901000"])}
    _offers(people, posts, areas)
    _wishes(people, posts, areas)
    _activities(people, posts, areas)


def _offers(people, posts, areas):
    today = timezone.localdate()
    for username, values, days in OFFERS:
        person = people[username]
        values = {**values, "areas": [areas[code] for code in values.get("areas", [])]}
        offer = offers.create_offer(
            person, person.organization, {**values, "contact_post": posts.get(person.organization_id)}
        )
        back = timedelta(days=days)
        Offer.objects.filter(pk=offer.pk).update(
            confirmed_on=today - back, confirm_by=offer.confirm_by - back, lapses_on=offer.lapses_on - back
        )
    lent = Offer.objects.get(title="康复辅具借用（演示）")
    for number in (1, 2, 3):
        offers.take(people["bureau"], lent, f"演示-{number:03d}")
    offers.give_back(people["bureau"], lent, "演示-001")


def _wishes(people, posts, areas):
    today = timezone.localdate()
    for username, title, area, age_band, cost, need, state in WISHES:
        person = people[username]
        values = {
            "title": title, "area": areas[area], "age_band": age_band, "cost": Decimal(cost), "need_kind": need,
            "description": "", "contact_post": posts.get(person.organization_id),
            "wanted_by": today + timedelta(days=40),
        }  # fmt: skip
        wish = wishes.create_wish(person, person.organization, values)
        if state == "draft":
            continue
        wishes.publish_wish(person, wish, wish.version)
        if state in ("claimed", "fulfilled"):
            promised = today + timedelta(days=2)
            wishes.claim_wish(people["redcross"], wish, wish.version, promised_on=promised, donor="爱心企业（演示）")
        if state == "fulfilled":
            wishes.fulfill_wish(person, wish, wish.version, fulfilled_on=today, spent=Decimal(148), result="已送到家。")


def _activities(people, posts, areas):
    today = timezone.localdate()
    charity, redcross = people["charity"], people["redcross"]
    common = {"contact_post": posts.get(charity.organization_id), "areas": [areas[CITY]], "level": "city"}

    def enter(person, **values):
        return activities.create_activity(person, person.organization, {**common, **values})

    visit = enter(
        charity, title="春节送温暖（演示）", kind="festival", occasion="春节", starts_on=today - timedelta(days=300),
        ends_on=today - timedelta(days=285), description="走访困难家庭，送米面油和慰问金。",
        target_groups=["dibao", "tekun", "dibao_edge"], whom="低保、特困和低保边缘家庭 300 户。",
        basis="节前入户摸底（演示）。", brands=["民政牵挂·善行龙江"], budget=Decimal("150000.00"),
    )  # fmt: skip
    activities.publish_activity(charity, visit, visit.version)
    result = {
        "ended_on": today - timedelta(days=285), "people_helped": 312, "money_given": Decimal("93600.00"),
        "goods_value": Decimal("46800.00"), "hours_given": Decimal("640.0"),
        "result": "走访 312 户，物资当场交到户主手里。",
    }  # fmt: skip
    activities.end_activity(charity, visit, visit.version, result)

    brand = enter(
        charity, title="救在身边应急帮扶（演示）", kind="brand", starts_on=today - timedelta(days=60),
        ends_on=today + timedelta(days=120), description="对突发急难的家庭 24 小时内响应，先行帮扶。",
        brands=["民政牵挂·救在身边"], target_groups=["other_hardship"],
    )  # fmt: skip
    activities.publish_activity(charity, brand, brand.version)
    activities.start_activity(charity, brand, brand.version)
    bureau = Organization.objects.get(name="鸡冠区民政局")
    wanted = "请协调社区会议室，作每月第一个周五的接待点。"
    activities.ask_for(charity, brand, "help", bureau, wanted, today + timedelta(days=5))

    over = enter(
        charity, title="重阳节敬老（演示）", kind="festival", occasion="重阳节", starts_on=today - timedelta(days=35),
        ends_on=today - timedelta(days=20), description="为 80 岁以上老人拍照、理发、包饺子。",
        whom="80 岁以上独居老人。",
    )  # fmt: skip
    activities.publish_activity(charity, over, over.version)

    flood = enter(
        redcross, title="洪涝灾害家庭应急帮扶（演示）", kind="disaster", occasion="八月洪涝（演示）",
        starts_on=today - timedelta(days=4), description="发放棉被、净水片和家庭箱，消毒服务上门。",
        contact_post=posts.get(redcross.organization_id),
    )  # fmt: skip
    activities.publish_activity(redcross, flood, flood.version)

    collection = enter(
        charity, title="眼疾复明互助募捐（演示）", kind="fundraising", fundraising="non_public",
        goal=Decimal("80000.00"), starts_on=today + timedelta(days=10), ends_on=today + timedelta(days=70),
        description="向会员单位募集，用于困难家庭眼疾手术自付部分。", target_groups=["dibao", "dibao_edge"],
    )  # fmt: skip
    activities.submit_activity(charity, collection, collection.version)

    village = enter(
        charity, title="幸福家园村社互助（演示）", kind="village_mutual_aid", starts_on=today + timedelta(days=20),
        mode="both", description="村民议事、邻里互助、互助基金认捐。", link="https://example.org/xingfujiayuan",
    )  # fmt: skip
    activities.publish_activity(charity, village, village.version)
    enter(
        charity, title="慈善项目大赛参赛：银龄伴读（演示）", kind="contest", contest="第三届慈善项目大赛（演示）",
        starts_on=today + timedelta(days=30), description="老人给低年级学生伴读，两代人互相陪伴。",
    )  # fmt: skip
