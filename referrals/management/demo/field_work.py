"""Invented leads, needs, visits and checks among the families of the demo world: the same ones every time."""

import random
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.utils import timezone
from PIL import Image

from members.calendar import add_working_days
from members.models import Staff
from portal.lib import uploads
from referrals.models import EconomicCheck, Lead, Need, NeedStep, Person, Visit, VisitRound

# (what is seen, place, urgency, channel, state, closing, answer)
LEADS = [
    ("独居老人摔伤，卧床三天，没有人照顾。", "建设路 12 号，门口有红灯笼", "critical", "grid_worker", "new", "", ""),
    ("锅炉坏了没有取暖，家里有一个上小学的孩子。", "和平街 40 号后院平房", "urgent", "village_body", "new", "", ""),
    ("夫妻二人都在住院，孩子寄住在邻居家。", "新华街 7 号", "urgent", "charity_home_visit", "taken", "", ""),
    ("一位老人常在集市捡拾旧物，说药费太贵。", "文化路集市东口", "normal", "community_volunteer", "new", "", ""),
    ("外地务工受伤，房租已经欠了两个月。", "林源路 88 号出租房", "normal", "charity_neighbourhood", "new", "", ""),
    ("高中生说可能要退学打工。", "第九高级中学门口", "normal", "school", "taken", "", ""),
    ("邻居反映屋顶漏雨。", "红旗街 5 号", "normal", "grid_worker", "closed", "helped_at_once", "社区当天帮助修好。"),
    ("请人代问低保怎么申请。", "中心大街 30 号", "normal", "hotline", "closed", "informed", "已告知申请办法和地点。"),
]  # fmt: skip
WISHES = {
    "medical": ("手术和复查的自付部分", 8000, "material"), "living": ("冬天的取暖和米面", 1500, "material"),
    "education": ("孩子的学费和路费", 3000, "material"), "care": ("每天有人上门帮忙做饭、擦洗", None, "service"),
    "housing": ("修补屋顶和门窗", 6000, "both"), "affection": ("有人常来说说话", None, "service"),
    "furniture": ("一张床和一个柜子", 1200, "material"), "rehabilitation": ("康复训练和辅具", 4000, "both"),
}  # fmt: skip
NEEDS, VISITS, CHECKS = 90, 70, 4


def write(seed=5):
    draw = random.Random(seed)  # noqa: S311 - the same every time, nothing to guard
    staff = {one.username: one for one in Staff.objects.filter(username__in=["town", "finder", "bureau", "charity"])}
    if len(staff) < 4:
        return
    people = list(Person.objects.filter(is_official=True).select_related("residence", "keeper").order_by("pk")[:600])
    write_leads(draw, staff)
    write_needs(draw, staff["town"], draw.sample(people, min(NEEDS, len(people))))
    write_visits(draw, staff["town"], draw.sample(people, min(VISITS, len(people))))
    adults = [one for one in people if one.relation == "head" and one.county == staff["bureau"].organization.area.code]
    write_checks(draw, staff, adults[:CHECKS])


def write_leads(draw, staff):
    now, town = timezone.now(), staff["town"].organization.area
    rows = []
    for number, (seen, place, urgency, channel, state, closing, answer) in enumerate(LEADS):
        finder = staff["charity"] if channel.startswith("charity") else staff["finder"]
        filed = now - timedelta(hours=draw.randint(2, 20) + 20 * number)
        lead = Lead(
            key=f"{number:032x}", filed_by=finder, organization=finder.organization, filed_at=filed, area=town,
            channel=channel, urgency=urgency, is_agreed=True, state=state, closing=closing,
            due_on=add_working_days(timezone.localtime(filed).date(), 0 if urgency != "normal" else 3),
            private={"seen": seen, "place": place, **({"answer": answer} if answer else {})},
        )  # fmt: skip
        if state != "new":
            lead.taken_by, lead.taken_at = staff["town"], filed + timedelta(hours=1)
        if closing:
            lead.decided_by, lead.decided_at = staff["town"], now - timedelta(hours=number)
        lead.derive()
        rows.append(lead)
    Lead.objects.bulk_create(rows)


def write_needs(draw, actor, people):
    rows = []
    for person in people:
        kind = draw.choice(list(WISHES))
        wish, cost, form = WISHES[kind]
        need = Need(
            person=person, kind=kind, form=form, organization=person.keeper, recorded_by=actor, changed_by=actor,
            weight=draw.choice(["basic", "basic", "general", "bottom_line"]), causes=person.causes,
            urgency=draw.choice(["normal", "normal", "normal", "urgent"]), private={"wish": wish},
            estimated_yuan=cost and Decimal(cost * draw.randint(1, 4)),
            ground=draw.choice(["", "still_in_difficulty", "policy_gap", "not_yet_eligible"]),
            state=draw.choice(["open", "open", "open", "in_help", "eased", "met"]),
        )  # fmt: skip
        need.derive()
        rows.append(need)
    Need.objects.bulk_create(rows)
    NeedStep.objects.bulk_create([NeedStep(need=need, state=need.state, made_by=actor) for need in rows])


def write_visits(draw, actor, people):
    today = timezone.localdate()
    area = actor.organization.area
    one = VisitRound.objects.create(
        title="入冬前走访", organization=actor.organization, area=area, since=today - timedelta(days=20),
        until=today + timedelta(days=20), note="重点看取暖、用药和独居老人。", begun_by=actor,
    )  # fmt: skip
    rows = []
    for person in people:
        day = today - timedelta(days=draw.randint(0, 240))
        is_in_round = person.town == area.code and day >= one.since
        visit = Visit(
            person=person, area=person.residence, occasion=draw.choice(["bureau_round", "charity_home_visit"]),
            visited_on=day, visitors=f"{actor.name}、演示志愿者", organization=person.keeper, recorded_by=actor,
            result=draw.choice(["as_recorded", "as_recorded", "changed", "new_need", "not_met"]),
            round=one if is_in_round else None, private={"findings": "屋内整洁，药品在桌上；说夜里冷。"},
        )  # fmt: skip
        visit.derive()
        rows.append(visit)
    Visit.objects.bulk_create(rows)


def a_paper():
    """A blank sheet in place of a scan."""
    content = BytesIO()
    Image.new("L", (420, 594), 255).save(content, "PNG")
    content.seek(0)
    return uploads.store_stream(content)


def write_checks(draw, staff, people):
    today = timezone.localdate()
    bureau = staff["bureau"].organization
    approver = Staff.objects.filter(username="approver").first()
    for number, person in enumerate(people):
        state = ("asked", "written", "delivered", "asked")[number]
        check = EconomicCheck(
            person=person, organization=person.keeper, bureau=bureau, asked_by=staff["town"], state=state,
            purpose="申请临时应急医疗救助", due_on=add_working_days(today, 10 - 3 * number), signed_on=today,
            file_key=a_paper(), file_name="授权书.png", private={"signed": [person.name]},
        )  # fmt: skip
        if state in ("written", "delivered"):
            check.written_by, check.conclusion, check.checked_on = staff["bureau"], "within", today
            check.valid_until = today + timedelta(days=180)
            check.private = {**check.private, "findings": "演示：各项信息与申报一致。"}
        if state == "delivered":
            check.decided_by, check.decided_at = approver, timezone.now()
        check.save()
