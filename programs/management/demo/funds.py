"""Six invented funds with a year of lines, written through the same actions as on the screens."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Organization, Staff
from programs.actions import fund_budgets, fund_register, funds
from programs.models import Fund

FEDERATION, RED_CROSS = "鸡西市慈善总会", "鸡西市红十字会"
PLAIN = {
    "joint_bureau": None, "founder_naming": "real", "causes": [], "gaps": [], "recipients": [],
    "reserve": Decimal("0.00"), "warn_below": None, "is_public": True,
}  # fmt: skip
STANDARD = "低保、特困家庭每户每年不超过 3,000.00 元，其他困难家庭不超过 2,000.00 元；有剩余时按户均匀提高。"
PROCEDURE = "本人或村（社区）申请，慈善会入户核实，集体研究确定，公示 5 个工作日，10 个工作日内拨付。"
RUNNING = "专户管理，一人登记、一人复核；每季度公示一次收支，每年审计一次。"


def load():
    """Once: the first fund tells whether it has been done."""
    people = {person.username: person for person in Staff.objects.select_related("organization__area")}
    units = {unit.name: unit for unit in Organization.objects.select_related("area")}
    if Fund.objects.exists() or not {"finance", "charityapprover", "redcrossfinance"} <= people.keys():
        return
    keepers = people["finance"], people["charityapprover"]
    _assistance(*keepers, _found(people, units, FEDERATION, "federation-assistance", **ASSISTANCE))
    _emergency(*keepers, _found(people, units, FEDERATION, "jjn", joint_bureau=units["鸡西市民政局"], **EMERGENCY))
    _simple(*keepers, _found(people, units, FEDERATION, "disease-emergency", **DISEASE), "fiscal", "260000.00")
    _study(*keepers, _found(people, units, FEDERATION, "ai-xunhuan", **STUDY))
    _simple(*keepers, _found(people, units, FEDERATION, "xiangyang-shequ", **COMMUNITY), "given", "18600.00")
    for source, planned, spent in (("fiscal", "60000.00", "41200.00"), ("own", "20000.00", "3150.00")):
        values = {"year": timezone.localdate().year, "source": source, "note": "宣传、入户走访和培训"}
        values |= {"planned": Decimal(planned), "spent": Decimal(spent)}
        fund_budgets.set_budget(people["finance"], units[FEDERATION], values)
    officers = people["redcrossfinance"], people["redcross"]
    _simple(*officers, _found(people, units, RED_CROSS, "caipiao-dabing", **LOTTERY), "lottery", "400000.00")
    for name, host, code, purpose in OF_MEMBERS:
        keepers = people[f"{name}finance"], people[name]
        fund = _found(people, units, host, code, name=f"{purpose}资金（演示）", purpose=f"{purpose}项目。", **OF_MEMBER)
        _simple(*keepers, fund, "fiscal", "200000.00")


ASSISTANCE = {
    "name": "慈善总会社会救助资金（演示）",
    "kind": "federation_assistance",
    "founder_kind": "other_org",
    "founder_name": FEDERATION,
    "purpose": "春节济困、临时困难家庭救助，捐赠人另有限定的按其意愿使用。",
    "fit": "章程规定的济困业务。",
    "reserve": Decimal("20000.00"),
}
EMERGENCY = {
    "name": "困难群众救急难慈善专项基金（演示）",
    "kind": "emergency",
    "founder_kind": "bureau",
    "founder_name": "鸡西市民政局",
    "purpose": "因突发事件、意外伤害、重大疾病陷入急难，其他救助一时无法覆盖或救助后仍有严重困难的个人和家庭。",
    "fit": "章程规定的应急帮扶业务。",
    "causes": ["sudden_event", "accident", "grave_illness", "other_special"],
    "gaps": ["not_reached", "still_grave"],
    "recipients": ["person", "household"],
    "warn_below": Decimal("50000.00"),
}
DISEASE = {
    "name": "鸡西市疾病应急救助基金（演示）",
    "kind": "disease_emergency",
    "founder_kind": "bureau",
    "founder_name": "鸡西市民政局",
    "purpose": "身份不明或无力支付的急危重伤病患者的应急医疗费用。",
    "fit": "",
}
STUDY = {
    "name": "“爱循环”助学冠名基金（演示）",
    "kind": "named",
    "founder_kind": "large_company",
    "founder_name": "某再生资源企业（演示）",
    "purpose": "资助家庭困难的中小学生完成学业。",
    "fit": "章程规定的助学业务。",
}
COMMUNITY = {
    "name": "向阳社区慈善基金（演示）",
    "kind": "community",
    "founder_kind": "citizen",
    "founder_naming": "anonymous",
    "founder_name": "",
    "purpose": "社区内独居老人和困境儿童的日常关爱。",
    "fit": "章程规定的扶老、救孤业务。",
}
LOTTERY = {
    "name": "大病儿童救助资金（演示）",
    "kind": "lottery",
    "founder_kind": "other_org",
    "founder_name": "中央专项彩票公益金",
    "purpose": "白血病、先天性心脏病患儿的治疗资助。",
    "fit": "",
}


OF_MEMBER = {"kind": "undirected", "founder_kind": "other_org", "founder_name": "社会各界", "fit": "章程规定的业务。"}
# (who signs in there, unit, code of the fund, what it is for)
OF_MEMBERS = (
    ("disabled", "鸡西市残疾人联合会", "kangfu", "残疾儿童康复和助学"),
    ("women", "鸡西市妇女联合会", "chunlei", "春蕾计划"),
    ("league", "共青团鸡西市委", "xiwang", "希望工程助学"),
)  # fmt: skip
KEEPERS = {FEDERATION: "finance", RED_CROSS: "redcrossfinance"} | {
    host: f"{name}finance" for name, host, _code, _purpose in OF_MEMBERS
}


def _found(people, units, host, code, **values):
    unit = units[host]
    keeper = people[KEEPERS[host]]
    today = timezone.localdate()
    values = {**PLAIN, "area": unit.area, "opened_on": today - timedelta(days=400), **values}
    fund = fund_register.create_fund(keeper, unit, values, code)
    rules = {"standard": STANDARD, "procedure": PROCEDURE, "running": RUNNING, "note": "首次登记"}
    fund_register.set_rules(keeper, fund, rules | {"valid_from": today - timedelta(days=390)})
    if code != "xiangyang-shequ":
        fund_register.confirm_fund(keeper, fund)
    return fund


def _income(actor, fund, number, amount, channel, days, restriction=None, naming="anonymous", name="", kind=None):
    donor = {"donor_kind": kind or "legal_person", "donor_naming": naming, "donor_name": name}
    return funds.record_income(
        actor, fund, amount=Decimal(amount), channel=channel, reference=f"SJ-{fund.code}-{number:03d}",
        day=timezone.localdate() - timedelta(days=days), restriction=restriction, donor=donor,
    )  # fmt: skip


def _pay(finance, approver, commitment, amount, number):
    reference = f"FK-{commitment.fund.code}-{number:03d}"
    order = funds.pay(finance, commitment, Decimal(amount), reference=reference)
    return funds.approve_order(approver, order)


def _assistance(finance, approver, fund):
    today = timezone.localdate()
    _income(finance, fund, 1, "120000.00", "public_raising", 340)
    _income(finance, fund, 2, "56320.50", "charity_day", 76)
    _income(finance, fund, 3, "30000.00", "given", 60, {"kinds": ["education_aid"]}, "real", "某商贸公司（演示）")
    ends = {"programs": ["P07"], "until": today + timedelta(days=120)}
    _income(finance, fund, 4, "20000.00", "given", 45, ends, "alias", "一位老党员", "citizen")
    _income(finance, fund, 5, "812.36", "interest", 30)
    spring = funds.commit(approver, fund, Decimal("36000.00"), reference="CJ-2026-PC01", program="P07")
    _pay(finance, approver, spring, "24000.00", 1)
    funds.pay(finance, spring, Decimal("6000.00"), reference="FK-federation-assistance-002")
    study = funds.commit(approver, fund, Decimal("8000.00"), reference="ZX-2026-0012", kind="education_aid")
    _pay(finance, approver, study, "5000.00", 3)
    funds.release(approver, study, Decimal("1000.00"), reason="两名学生已获学校资助")


def _emergency(finance, approver, fund):
    _income(finance, fund, 1, "80000.00", "fiscal", 300)
    _income(finance, fund, 2, "15000.00", "given", 90, {"groups": ["dibao", "tekun"]}, "real", "某食品企业（演示）")
    first = funds.commit(approver, fund, Decimal("40000.00"), reference="JJN-2026-0003")
    _pay(finance, approver, first, "40000.00", 1)
    funds.commit(approver, fund, Decimal("18000.00"), reference="JJN-2026-0007", groups=["dibao"])


def _study(finance, approver, fund):
    _income(finance, fund, 1, "100000.00", "agreement", 200, {"programs": ["P06-1"]}, "real", "某再生资源企业（演示）")
    _income(finance, fund, 2, "3600.00", "internet", 20, {"kinds": ["education_aid"]})
    term = funds.commit(approver, fund, Decimal("45000.00"), reference="AXH-2026-QIU", program="P06-1")
    line = _pay(finance, approver, term, "45000.00", 1).lines.get()
    funds.correct(
        finance,
        line,
        "payee_return",
        Decimal("1500.00"),
        reference="TH-ai-xunhuan-001",
        reason="一名学生转学，学校退回",
    )


def _simple(finance, approver, fund, channel, amount):
    _income(finance, fund, 1, amount, channel, 150)
    used = funds.commit(approver, fund, Decimal(amount) / 5, reference=f"{fund.code}-2026-01")
    _pay(finance, approver, used, Decimal(amount) / 10, 1)
