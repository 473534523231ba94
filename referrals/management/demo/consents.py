"""What the families of the demo world were asked and said: done through the same actions as on the screens."""

from datetime import timedelta

from django.utils import timezone

from members import audit
from members.actions.agreements import create_agreement
from members.kinds import OrganizationKind
from members.models import Organization, Staff
from referrals.actions import consents, minors, provisions, safeguards
from referrals.coverage import Rule
from referrals.items import Group
from referrals.management.demo.histories import seeded
from referrals.management.demo.past_consents import Asker
from referrals.models import Person

ITEMS = ["name", "gender", "birth_date", "phone", "residence", "household", "category", "circumstances", "needs"]
SENSITIVE = ["diagnosis", "cost", "paper_health"]
REASONS = ["请评估能否资助医疗费。", "请看看能否列入助学。", "家里缺生活物资，请研究。"]
# Of the same level as the county's bureau.
NEAR = ["charity_association", "red_cross"]
MEMBERS = ["dpf", "womens_federation", "youth_league"]
# Who lets whom see cases of children, at the units whose programs are for them.
SEE_MINORS = {
    "charityadmin": ("charity", "charityapprover", "charityapprover2"),
    "redcrossadmin": ("redcross", "redcross2", "redcross3"),
    "disabledadmin": ("disabled", "disabled2", "disabled3"),
}
SPOKEN = [point.value for point in consents.Explained]


def load():
    """Once; False where the demo world has no families or has been asked already."""
    staff = {one.username: one for one in Staff.objects.select_related("organization__area")}
    units = {one.name: one for one in Organization.objects.select_related("area")}
    if not {"town", "bureau", "approver", "charity", "charityapprover", "citybureau"} <= staff.keys():
        return False
    _safeguards(staff, units["鸡西市慈善总会"], units["鸡西市红十字会"])
    _sight_of_minors(staff)
    town = Staff.objects.get(username="town")
    people = Person.objects.visible_to(town, "consent.record").filter(relation="head", died_on=None)
    adults = [one for one in people.select_related("keeper", "residence").order_by("pk")[:60] if not one.is_minor][:12]
    for number, person in enumerate(adults):
        _ask(town, person, number, units["鸡西市慈善总会"], units["鸡西市红十字会"])
    _ask_others({one.pk for one in adults})
    return bool(adults)


def _ask_others(asked):
    """One in three of the other families of civil affairs, over two years."""
    draw = seeded(7)
    colleagues = {one.organization_id: one for one in Staff.objects.select_related("organization").order_by("-pk")}
    asker = Asker(draw, lambda keeper: colleagues[keeper.pk])
    heads = Person.objects.filter(relation="head", died_on=None, is_official=True).exclude(pk__in=asked)
    for person in heads.select_related("keeper__area", "residence").defer("name_keys").order_by("pk"):
        if draw.random() < 0.35 and not person.is_minor:
            asker.ask(person)
    asker.told.write()
    for state, action in (("given", "consent.give"), ("refused", "consent.refuse")):
        rows = [one for one in asker.told.consents if one.state == state]
        audit.record_each(action, ((one, one.recorded_by) for one in rows))


def _safeguards(staff, federation, red_cross):
    today = timezone.localdate()
    members = Organization.objects.filter(kind__in=MEMBERS, level="city").order_by("pk")
    near = Organization.objects.filter(kind__in=NEAR, level="county", area=staff["bureau"].organization.area)
    for receiver in (federation, red_cross, *members, *near.order_by("pk")):
        agreement = create_agreement(
            staff["citybureau"],
            {
                "title": f"政府救助与慈善帮扶衔接合作协议（{receiver}）", "party_a": staff["citybureau"].organization,
                "party_b": receiver, "party_c": None, "signed_on": today - timedelta(days=100),
                "starts_on": today - timedelta(days=100), "ends_on": today + timedelta(days=630), "ceiling": None,
                "quota": None, "quota_unit": "", "terms": "双向转介、信息安全和反馈。",
            },
        )  # fmt: skip
        safeguards.add_data_agreement(
            staff["citybureau"],
            {
                "agreement": agreement, "receiver": receiver, "purposes": ["refer_to_org"],
                "groups": [group.value for group in Group],
                "measures": "只由项目部经授权的人员登录查看，不下载、不转给第三方；人员签保密承诺。",
                "keeping": "帮扶办结后三十日内删除，依法留存的财务凭证除外。",
            },
        )  # fmt: skip
    assess(
        staff["bureau"],
        staff["approver"],
        "转介帮扶个人信息保护影响评估",
        ["charity_federation", *NEAR, *MEMBERS],
    )
    assess(
        staff["charity"], staff["charityapprover"], "向民政部门告知困难家庭的影响评估", ["civil_affairs", "town_street"]
    )


def assess(writer, approver, title, kinds):
    written = safeguards.write_assessment(
        writer,
        {
            "title": title, "purposes": ["refer_to_org"], "groups": [group.value for group in Group],
            "receiver_kinds": [OrganizationKind(kind).value for kind in kinds],
            "necessity": "接收单位要了解困难情形才能判断能否帮扶；逐项勾选，只提供办这件事用得上的。",
            "risks": "病情、账户一旦泄露，可能使本人受歧视或者财产受损。",
            "measures": "单独同意、加密保存、逐次留痕、可随时撤回；接收单位签有个人信息条款。",
            "is_acceptable": True, "valid_until": timezone.localdate() + timedelta(days=300),
        },
    )  # fmt: skip
    safeguards.approve_assessment(approver, written, written.version)


def _sight_of_minors(staff):
    until = timezone.localdate() + timedelta(days=180)
    for name, reason in (("town", "日常办理辖区困难儿童的救助"), ("bureau", "办理孤儿和事实无人抚养儿童保障")):
        asked = minors.ask_minor_access(staff[name], reason=reason, until=until)
        minors.approve_minor_access(staff["approver"], asked, until, "同意，注意保密")
    for approver, names in SEE_MINORS.items():
        for name in names:
            asked = minors.ask_minor_access(staff[name], reason="办理儿童的大病、康复和助学项目", until=until)
            minors.approve_minor_access(staff[approver], asked, until, "同意，注意保密")
    minors.ask_minor_access(staff["women"], reason="办理助学项目的评估", until=until)


def _ask(actor, person, number, federation, red_cross):
    """Of eight: three passed on, one in part withdrawn, one ending soon, one for a class, one refused, one open."""
    kind = number % 8
    consent = consents.begin_consent(actor, person, "refer_to_org")
    days = 12 if kind == 4 else 300
    consent = consents.save_scope(
        actor, consent, consent.version, items=ITEMS, sensitive_items=SENSITIVE if kind != 2 else [],
        recipients=[] if kind == 5 else [federation, red_cross][: 1 + kind % 2],
        rule=Rule(frozenset({"charity_federation", "foundation"}), federation.area.code) if kind == 5 else None,
        until=timezone.localdate() + timedelta(days=days),
    )  # fmt: skip
    if kind == 7:
        return
    if kind == 6:
        consents.refuse_consent(actor, consent, consent.version, "不想让邻居知道")
        return
    consent = consents.give_consent(actor, consent, consent.version, _answer(number))
    if kind < 4:
        items = consent.all_items if kind else consent.items
        provisions.provide(actor, person, federation, "refer_to_org", items, REASONS[number % 3])
    if kind == 3:
        consents.withdraw_consent(actor, consent, items=["diagnosis"], channel="phone", reason="")
    if number == 10:
        consents.withdraw_consent(actor, consent, channel="counter", reason="")


def _answer(number):
    return {
        "form": "oral", "giver": "self", "witness_name": "演示见证人", "witness_post": "楼长",
        "language": "dialect" if number % 3 else "mandarin", "signed_on": timezone.localdate(), "explained": SPOKEN,
    }  # fmt: skip
