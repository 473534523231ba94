"""The units of one city: the lead, its counties and a few towns, the member units, charities and partners."""

from datetime import timedelta

from django.utils import timezone

from members.kinds import BUREAU_KINDS, CHARITY_KINDS, MEMBER_UNIT_KINDS, Capacity, Direction, NeedKind
from members.models import Area, Organization

CITY = "230300000000"
SOURCE = "演示数据"

COUNTIES = {
    "230302000000": "鸡冠区", "230303000000": "恒山区", "230304000000": "滴道区", "230305000000": "梨树区",
    "230306000000": "城子河区", "230307000000": "麻山区", "230321000000": "鸡东县", "230381000000": "虎林市",
    "230382000000": "密山市",
}  # fmt: skip
# Invented streets, towns and townships of each county, in numbers that the national list does not use. The first two
# have an office among the units; the families of the others are kept by the bureau of their county.
TOWNS_OF = {
    "230302000000": "向阳街道 红星乡（演示） 东风街道 兴盛街道 和顺街道 永康街道 西苑街道 柳河镇",
    "230303000000": "奋斗街道 石桥街道 安居街道 南岭街道 长兴镇 青松乡 小河镇",
    "230304000000": "同心街道 双泉镇 河湾街道 新风街道 北岗乡 兰桥镇",
    "230305000000": "团结街道 石磨镇 果园街道 平安街道 清水乡 梨花镇",
    "230306000000": "朝晖街道 长青镇 城西街道 杨林街道 丰收乡 小桥镇",
    "230307000000": "翠屏街道 石岭镇 林场街道 花山乡 泉眼镇",
    "230321000000": "平川镇 明德镇 东兴镇 永和镇 下江镇 银峰镇 兴农镇 向荣乡",
    "230381000000": "江畔街道 迎新镇 东方镇 伟光乡 月牙镇 珠山镇 柳毛乡",
    "230382000000": "湖滨街道 二岭镇 中心街道 连山镇 富源镇 太平乡 和平乡",
}
# (code, name, county)
TOWNS = [
    (f"{county[:6]}{901 + number}000", name, county)
    for county, names in TOWNS_OF.items()
    for number, name in enumerate(names.split())
]
OFFICES = [town for town in TOWNS if town[0][6:9] in ("901", "902")]

# name, kind, area, need kinds, purpose
CITY_UNITS = [
    ("鸡西市民政局", "civil_affairs", CITY, [], "牵头政府救助与慈善帮扶衔接。"),
    ("鸡西市红十字会", "red_cross", CITY, ["medical", "disaster", "living"], "人道救助、博爱送万家、大病儿童救助。"),
    ("鸡西市残疾人联合会", "dpf", CITY, ["rehabilitation", "education"], "残疾人康复、助学与权益维护。"),
    ("鸡西市妇女联合会", "womens_federation", CITY, ["education", "affection"], "困难妇女儿童帮扶，春蕾计划。"),
    ("共青团鸡西市委", "youth_league", CITY, ["education", "affection"], "希望工程助学，青年志愿服务。"),
    ("鸡西市总工会", "trade_union", CITY, ["employment", "living"], "困难职工帮扶。"),
    (
        "鸡西市慈善总会", "charity_federation", CITY, ["medical", "education", "living", "emergency"],
        "扶老、助残、救孤、济困、助学、助医。",
    ),
    ("鸡西市阳光助学会（演示）", "other_charity", CITY, ["education", "micro_wish"], "资助家庭困难学生。"),
    ("鸡西市益家社工服务中心（演示）", "social_work_agency", CITY, ["care", "mental", "daily_service"], "入户照护。"),
    ("鸡西爱心眼科医院（演示）", "hospital", CITY, [], "眼病诊疗，光明行合作医院。"),
    ("鸡西市第九高级中学（演示）", "school", CITY, [], "合作学校。"),
    ("鸡西市暖阳医疗救助基金会（演示）", "foundation", CITY, ["medical", "emergency"], "大病医疗费用资助。"),
    ("鸡西市邻里志愿服务队（演示）", "volunteer_group", CITY, ["affection", "daily_service"], "结对陪伴，代办代购。"),
    ("鸡西市北方医院（演示）", "hospital", CITY, [], "大病救治合作医院。"),
]  # fmt: skip
# Not every county has them.
COUNTY_UNITS = [
    ("鸡冠区红十字会", "red_cross", "230302000000", ["medical", "disaster"], "人道救助。"),
    ("虎林市红十字会", "red_cross", "230381000000", ["medical", "disaster"], "人道救助。"),
    ("密山市红十字会", "red_cross", "230382000000", ["medical", "disaster"], "人道救助。"),
    ("鸡东县残疾人联合会", "dpf", "230321000000", ["rehabilitation"], "残疾人康复与辅具适配。"),
    ("虎林市妇女联合会", "womens_federation", "230381000000", ["education", "affection"], "困难妇女儿童帮扶。"),
    ("恒山区总工会", "trade_union", "230303000000", ["employment", "living"], "困难职工帮扶。"),
    ("密山市助残服务中心（演示）", "social_service_org", "230382000000", ["rehabilitation", "care"], "居家康复指导。"),
    ("鸡东县互助会（演示）", "community_org", "230321000000", ["living", "daily_service"], "邻里互助。"),
]
STATIONS = [("向阳街道民政服务站", "230302901000"), ("江畔街道民政服务站", "230381901000")]


def load() -> dict[str, Organization]:
    """Every unit of the demo world by its name."""
    for code, name, county in TOWNS:
        _town(code, name, county)
    made = {}
    for name, kind, area, needs, purpose in [*CITY_UNITS, *_county_units()]:
        made[name] = _unit(name, kind, area, needs, purpose, len(made))
    return made


def _town(code, name, county):
    parent = Area.objects.get(code=county)
    Area.objects.get_or_create(
        code=code,
        defaults={
            "name": name, "level": "town", "parent": parent, "province": parent.province, "city": parent.city,
            "county": parent.code, "town": code, "source": SOURCE,
        },
    )  # fmt: skip


def _county_units():
    for code, name in COUNTIES.items():
        yield f"{name}民政局", "civil_affairs", code, [], "社会救助、慈善监管与转介。"
        yield f"{name}慈善会", "charity_association", code, ["living", "emergency", "medical"], "济困、应急帮扶。"
    yield from COUNTY_UNITS
    for code, name, _county in OFFICES:
        office = "办事处" if "街道" in name else "人民政府"
        yield f"{name.removesuffix('（演示）')}{office}", "town_street", code, [], "受理救助申请，入户走访。"
    for name, code in STATIONS:
        yield name, "service_station", code, ["daily_service", "affection"], "主动发现，链接资源。"


def _unit(name, kind, area_code, needs, purpose, number):
    area = Area.objects.get(code=area_code)
    if kind in CHARITY_KINDS | MEMBER_UNIT_KINDS:
        directions = [Direction.BUREAU_TO_CHARITY, Direction.CHARITY_TO_CHARITY]
    elif kind in BUREAU_KINDS:
        directions = [Direction.CHARITY_TO_BUREAU, Direction.BUREAU_TO_BUREAU]
    else:
        directions = []
    unit, _ = Organization.objects.get_or_create(
        name=name,
        area=area,
        defaults={
            "kind": kind,
            "level": area.level,
            "purpose": purpose,
            "business_scope": purpose,
            "need_kinds": [NeedKind(need).value for need in needs],
            "directions": [direction.value for direction in directions],
            "capacity": Capacity.LIMITED if number % 7 == 6 else Capacity.OPEN,
            # Some have not been asked for long, so that the list of stale ones is not empty.
            "capacity_confirmed_on": timezone.localdate() - timedelta(days=(number * 11) % 120),
        },
    )
    return unit
