"""Invented leads, needs, visits and checks among the families of the demo world: the same ones every time."""

from datetime import datetime, time, timedelta
from io import BytesIO
from itertools import groupby
from operator import attrgetter

from django.utils import timezone
from PIL import Image

from members import audit
from members.calendar import add_working_days
from members.models import Staff
from portal.lib import uploads
from referrals.management.demo.histories import Chronicler, seeded
from referrals.models import EconomicCheck, Lead, Person, VisitRound

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
CHECKS = 8


def write(seed=5):
    draw = seeded(seed)
    found = Staff.objects.filter(username__in=["town", "finder", "bureau", "charity"])
    staff = {one.username: one for one in found.select_related("organization__area")}
    if len(staff) < 4:
        return
    write_leads(draw, staff)
    write_histories(draw, staff["charity"], write_rounds(staff))
    people = Person.objects.filter(is_official=True, relation="head", county=staff["bureau"].organization.area.code)
    adults = [one for one in people.select_related("residence", "keeper").order_by("pk")[:60] if not one.is_minor]
    write_checks(draw, staff, adults[:CHECKS])


def write_histories(draw, finder, rounds):
    """Of every family, in the order in which they were registered."""
    colleagues = {one.organization_id: one for one in Staff.objects.select_related("organization").order_by("-pk")}
    chronicler = Chronicler(draw, lambda keeper: colleagues[keeper.pk], [finder], rounds)
    people = Person.objects.select_related("residence", "keeper").prefetch_related("categories", "government_aid")
    people = people.defer("name_keys").order_by("household", "pk")
    for _household, family in groupby(people, attrgetter("household_id")):
        family = list(family)
        chronicler.tell(family, family[0].government_aid.all(), family[0].categories.all())
    chronicler.told.write()
    told = chronicler.told
    for action, rows in (("lead.file", told.leads), ("visit.record", told.visits), ("need.add", told.needs)):
        audit.record_each(action, ((row, _who_wrote(row)) for row in rows))


def _who_wrote(row):
    return row.filed_by if isinstance(row, Lead) else row.recorded_by


def write_rounds(staff):
    """One that is under way, and two that are over."""
    today, town, county = timezone.localdate(), staff["town"].organization, staff["bureau"].organization
    return [
        VisitRound.objects.create(
            title=title,
            organization=unit,
            area=unit.area,
            since=today + timedelta(days=since),
            until=today + timedelta(days=until),
            note=note,
            begun_by=actor,
            begun_at=at_noon(today, since),
        )  # fmt: skip
        for title, unit, actor, since, until, note in (
            ("入冬前走访", town, staff["town"], -20, 20, "重点看取暖、用药和独居老人。"),
            ("春节前走访慰问", county, staff["bureau"], -320, -285, "每户必到，核对名单。"),
            ("汛期安全走访", county, staff["bureau"], -150, -120, "重点看危房和独居老人。"),
        )
    ]


def at_noon(today, days):
    return timezone.make_aware(datetime.combine(today + timedelta(days=days), time(12)))


def write_leads(draw, staff):
    """Every kind of them in the town of the demo accounts, with one told twice; two that wait in each other town."""
    town = staff["town"]
    rows = [
        _lead(draw, number, town, staff["charity"] if LEADS[number][3].startswith("charity") else staff["finder"], 20)
        for number in range(len(LEADS))
    ]
    others = Staff.objects.filter(organization__kind="town_street").exclude(organization=town.organization_id)
    for one in others.select_related("organization__area").order_by("pk"):
        rows += [_lead(draw, number, one, one, 3) for number in draw.sample(range(len(LEADS) - 2), 2)]
    Lead.objects.bulk_create(rows)
    again = _lead(draw, 0, town, staff["charity"], 0, state="duplicate", duplicate_of=rows[0])
    again.decided_by = again.taken_by = town
    again.decided_at = again.taken_at = timezone.now()
    again.save()
    audit.record_each("lead.file", ((row, row.filed_by) for row in (*rows, again)))


def _lead(draw, number, worker, finder, hours_apart, **values):
    seen, place, urgency, channel, state, closing, answer = LEADS[number]
    filed = timezone.now() - timedelta(hours=draw.randint(2, 20) + hours_apart * number)
    lead = Lead(
        **{
            "key": f"{draw.getrandbits(128):032x}", "filed_by": finder, "organization": finder.organization,
            "filed_at": filed, "area": worker.organization.area, "channel": channel, "urgency": urgency,
            "is_agreed": True, "state": state, "closing": closing,
            "due_on": add_working_days(timezone.localtime(filed).date(), 0 if urgency != "normal" else 3),
            "private": {"seen": seen, "place": place, **({"answer": answer} if answer else {})}, **values,
        }
    )  # fmt: skip
    if state != "new":
        lead.taken_by, lead.taken_at = worker, filed + timedelta(hours=1)
    if closing:
        lead.decided_by, lead.decided_at = worker, min(filed + timedelta(hours=6), timezone.now())
    lead.derive()
    return lead


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
        state = ("asked", "written", "delivered", "asked", "delivered", "asked", "delivered", "written")[number]
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
