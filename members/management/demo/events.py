"""What happened in the demo world before you came: done through the same actions as on the screens."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members.actions.affiliations import add_relation
from members.actions.agreements import create_agreement
from members.actions.contact_posts import create_contact_post
from members.actions.deputies import set_deputy
from members.actions.invitations import invite_staff
from members.actions.joint_bodies import create_joint_body, take_seat
from members.actions.organizations import suspend_organization
from members.actions.policies import publish_policy
from members.actions.prospects import create_prospect
from members.actions.relations import declare_relation
from members.actions.roles import propose_role
from members.models import ContactPost, Organization, PolicyDocument, Staff


def load(units: dict[str, Organization]):
    """Once: the contact posts tell whether it has been done."""
    if ContactPost.objects.exists():
        return
    people = {person.username: person for person in Staff.objects.select_related("organization__area")}
    _contact_posts(people["system"], units)
    _publish(people["citybureau"])
    _partners(people["citybureau"], units)
    _mechanism(people["citybureau"], units)
    _people(people, units)


def _contact_posts(actor, units):
    for number, unit in enumerate(units.values(), start=1):
        values = {
            "title": "救助服务岗" if unit.kind in {"civil_affairs", "town_street"} else "项目服务岗",
            # 0467 is the area code; 555 numbers belong to nobody.
            "phone": f"0467-5550{number:03d}",
            "hours": "工作日 8:30–11:30，13:30–17:00",
            "address": "办事大厅",
            "is_public": True,
        }
        create_contact_post(actor, unit, values)


def _publish(actor):
    """The notice on which the programs of the city rest."""
    for policy in PolicyDocument.objects.filter(shipped_as="jixi", is_public=False):
        publish_policy(actor, policy, policy.version)


def _partners(actor, units):
    federation = units["鸡西市慈善总会"]
    today = timezone.localdate()
    for name, title, ceiling in (
        ("鸡西爱心眼科医院（演示）", "光明行眼疾医疗慈善合作协议", Decimal("1500.00")),
        ("鸡西市第九高级中学（演示）", "阳光班三方合作协议", None),
    ):
        create_agreement(
            actor,
            {
                "title": title,
                "party_a": federation,
                "party_b": units[name],
                "party_c": None,
                "signed_on": today - timedelta(days=205),
                "starts_on": today - timedelta(days=200),
                "ends_on": today + timedelta(days=165),
                "ceiling": ceiling,
                "quota": None if ceiling else 50,
                "quota_unit": "" if ceiling else "人",
                "terms": "每人每次手术资助不超过上限。" if ceiling else "每学期资助 2,000.00 元，分月发放。",
            },
        )
    for name in ("鸡西市阳光助学会（演示）", "鸡西市益家社工服务中心（演示）"):
        add_relation(actor, federation, units[name], "hub", today - timedelta(days=400))
    create_prospect(
        actor,
        {
            "name": "某食品企业（演示）",
            "kind": "company",
            "area": actor.organization.area,
            "offers": "米面油等生活物资",
            "state": "contacted",
            "next_on": today + timedelta(days=10),
            "note": "",
        },
    )


def _mechanism(actor, units):
    values = {"name": "鸡西市政慈衔接联席会议", "kind": "mechanism", "area": actor.organization.area}
    body = create_joint_body(actor, values, units["鸡西市民政局"])
    for name in (
        "鸡西市红十字会", "鸡西市残疾人联合会", "鸡西市妇女联合会", "共青团鸡西市委", "鸡西市总工会", "鸡西市慈善总会",
    ):  # fmt: skip
        take_seat(actor, body, units[name], "member")


def _people(people, units):
    today = timezone.localdate()
    set_deputy(
        people["charity"],
        people["charity"],
        people["charityapprover"],
        since=today + timedelta(days=7),
        until=today + timedelta(days=14),
        reason="外出培训",
    )
    declare_relation(people["charity"], relation="sibling", name="演示亲属")
    propose_role(people["bureauadmin"], people["bureau"], "bureau_approver")
    invite_staff(people["charityadmin"], units["鸡西市慈善总会"], label="新来的项目专员", roles=["charity_reviewer"])
    suspend_organization(
        people["citybureau"], units["鸡西市益家社工服务中心（演示）"], "年度检查未完成，整改期间暂停接收转介。"
    )
