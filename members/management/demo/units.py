"""The units of one city: the lead, its counties and a few towns, the member units, charities and partners."""

from datetime import timedelta

from django.utils import timezone

from members.kinds import BUREAU_KINDS, CHARITY_KINDS, MEMBER_UNIT_KINDS, Capacity, Direction, NeedKind
from members.models import Area, Organization

CITY = "230300000000"
SOURCE = "演示数据"

# Invented streets and villages, in numbers that the national list does not use.
TOWNS = [
    ("230302901000", "向阳街道", "230302000000"),
    ("230302902000", "红星乡（演示）", "230302000000"),
    ("230303901000", "奋斗街道", "230303000000"),
]
COUNTIES = {
    "230302000000": "鸡冠区", "230303000000": "恒山区", "230304000000": "滴道区", "230305000000": "梨树区",
    "230306000000": "城子河区", "230307000000": "麻山区", "230321000000": "鸡东县", "230381000000": "虎林市",
    "230382000000": "密山市",
}  # fmt: skip

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
]  # fmt: skip


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
    for code, name, _county in TOWNS:
        yield f"{name.removesuffix('（演示）')}办事处", "town_street", code, [], "受理救助申请，入户走访。"
    yield "向阳街道民政服务站", "service_station", TOWNS[0][0], ["daily_service", "affection"], "主动发现，链接资源。"


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
