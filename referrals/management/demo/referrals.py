"""Referrals of the demo world: in every state, both ways, walked there by the same actions as on the screens.

Each step is made on the day on which it would have happened, so that clocks, delays and durations look as they do at
work.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from members.models import Organization, OutboxMessage, Staff
from programs.models import Program
from referrals import tellings
from referrals.actions import agreed, approvals, consents, decisions, facts, needs, outcomes
from referrals.actions import referrals as writing
from referrals.actions import tellings as telling
from referrals.items import ITEMS as KNOWN
from referrals.management.demo import board, other_aid, shares
from referrals.management.demo.consents import ITEMS, SENSITIVE, SPOKEN
from referrals.models import Person, Referral, ReferralApproval
from referrals.receivers import serves
from referrals.workflow import TO_BUREAU_KINDS

FEDERATION, RED_CROSS = "鸡西市慈善总会", "鸡西市红十字会"
BUREAU, TOWN = "鸡冠区民政局", "向阳街道办事处"
# Who decides at a receiver, and who works there.
WORKS = {FEDERATION: "charity", RED_CROSS: "redcross", BUREAU: "bureau", TOWN: "town"}
DECIDES = {**WORKS, FEDERATION: "charityapprover"}


@dataclass(frozen=True)
class Case:
    """`walk`: (days ago, verb) in turn; what is written in the first days is a draft, submitted and sent."""

    writer: str
    receiver: str
    need: str
    told: str
    sent: int | None
    walk: tuple = ()
    urgency: str = "normal"
    kind: str = "share"
    yuan: int | None = None
    ground: str = "still_in_difficulty"
    # The program it asks for, where the receiver has one for this.
    program: str = ""
    facts: dict = field(default_factory=dict)


NOT_YET, GAP = "not_yet_eligible", "policy_gap"
# What the government did, by the ground that is stated.
GOVERNMENT = {
    "still_in_difficulty": "已按政策给予救助，仍有困难。",
    NOT_YET: "申请过低保，家庭收入略高于标准，没有批准。",
    GAP: "现行政策没有这方面的救助。",
}
_SUDDEN = {"hardship_causes": ["sudden_accident"], "hardship_level": "severe", "aid_still_insufficient": True}
_UNPAID = {"emergency_care_needed": True, "can_pay_medical_costs": False, "hospital_grade": 2,
           "emergency_cost_unpaid_yuan": 12000}  # fmt: skip
CASES = (
    Case("town", FEDERATION, "medical", "白内障手术后自付部分还没有着落，靠捡拾旧物维持。", 0, yuan=6000,
         program="P08-1", facts={"diagnoses": ["cataract"], "self_paid_yuan": 6000}),
    Case("town", FEDERATION, "living", "独居，入冬取暖费不够，邻居时常接济。", 3, urgency="urgent", yuan=1500,
         ground=GAP),
    Case("bureau", FEDERATION, "education", "孩子考上大学，路费和生活费还差一截。", 1, yuan=5000, ground=NOT_YET),
    Case("town", FEDERATION, "medical", "透析每月自付较多，低保金主要用在药费上。", 4, ((2, "sign"),), yuan=9000),
    Case("town", FEDERATION, "medical", "骨折手术，医保报销后仍欠医院费用。", 12, ((11, "sign"),), yuan=12000,
         program="P10", facts=_UNPAID),
    Case("bureau", FEDERATION, "living", "火灾后家具衣物全毁。", 6, ((5, "sign"), (4, "give_back")), yuan=4000,
         ground=GAP, program="P09", facts=_SUDDEN),
    Case("town", FEDERATION, "medical", "等待角膜移植，准备回老家治疗。", 20,
         ((19, "sign"), (16, "accept"), (8, "fail")), yuan=15000),
    Case("town", FEDERATION, "medical", "肿瘤术后复查，往返路费困难。", 9, ((8, "sign"), (3, "accept")), yuan=8000,
         ground=GAP),
    Case("bureau", FEDERATION, "education", "高三学生，父亲工伤后家里没有收入。", 26,
         ((25, "sign"), (22, "accept"), (18, "begin")), kind="handover", yuan=3000, ground=NOT_YET,
         program="P06-1"),
    Case("town", FEDERATION, "medical", "住院等待床位，暂时不能手术。", 30,
         ((29, "sign"), (27, "accept"), (25, "begin"), (10, "hold")), yuan=7000),
    Case("town", FEDERATION, "living", "老人和孙子同住，冬衣和米面不够。", 34,
         ((33, "sign"), (30, "accept"), (28, "begin"), (5, "report")), yuan=1200, program="P07"),
    Case("bureau", FEDERATION, "medical", "脑卒中后康复，辅具费用不足。", 70,
         ((69, "sign"), (66, "accept"), (60, "begin"), (40, "report"), (36, "confirm")), yuan=4000, ground=GAP),
    Case("town", FEDERATION, "living", "煤气中毒出院后，生活没有来源。", 45, ((44, "sign"), (41, "reject")),
         ground=NOT_YET, program="P09", facts=_SUDDEN),
    Case("town", FEDERATION, "education", "技校学生的实习路费。", 18, ((15, "cancel"),), ground=GAP),
    Case("town", RED_CROSS, "living", "腿脚不便，冬天没有厚被褥。", 1, yuan=600, program="P03"),
    Case("bureau", RED_CROSS, "medical", "孩子先天性心脏病，准备手术。", 5, ((4, "sign"),),
         urgency="urgent", yuan=20000, program="P02"),
    Case("town", RED_CROSS, "living", "水灾后房屋受潮，缺少生活用品。", 33,
         ((32, "sign"), (29, "accept"), (26, "begin"), (20, "report"), (12, "confirm")), yuan=2000,
         ground=GAP, program="P03"),
    Case("town", FEDERATION, "living", "想请人帮忙修补门窗。", None, ground=GAP),
    Case("charity", TOWN, "living", "慰问时看到老人独居，没有低保，药费很高。", 2, kind="lead"),
    Case("charity", BUREAU, "living", "愿意申请低保，已帮助备齐材料。", 6, ((5, "sign"),), kind="assist_apply"),
    Case("charity", BUREAU, "medical", "救灾时走访的家庭，可能符合医疗救助。", 25,
         ((24, "sign"), (22, "accept"), (12, "report")), kind="lead"),
)  # fmt: skip


def load():
    """Once; False where the demo world lacks its people."""
    staff = {one.username: one for one in Staff.objects.select_related("organization__area")}
    units = {one.name: one for one in Organization.objects.select_related("area")}
    if not set(DECIDES.values()) <= staff.keys():
        return False
    families = {name: _families(staff[name]) for name in {case.writer for case in CASES}}
    taken = set()
    for case in CASES:
        receiver = units[case.receiver]
        person = next(one for one in families[case.writer] if one.pk not in taken and serves(receiver, one.residence))
        taken.add(person.pk)
        Walk(staff, case, person, receiver).go()
    board.load(staff)
    other_aid.load(staff)
    shares.load(staff)
    # Nobody is told today of what happened weeks ago.
    OutboxMessage.objects.filter(topic__in=["referral.moved", "referral.shared", "share.given"]).delete()
    return True


def _families(staff):
    """Adults this person may write for and who were asked nothing yet, heads of households first."""
    rows = Person.objects.visible_to(staff, "consent.record").filter(died_on=None, consents=None)
    adults = [one for one in rows.select_related("keeper", "residence").order_by("pk") if not one.is_minor]
    return sorted(adults, key=lambda one: one.relation != "head")


class Walk:
    """One case on its way through the days."""

    def __init__(self, staff, case, person, receiver):
        self.staff, self.case, self.person, self.receiver = staff, case, person, receiver
        self.writer = staff[case.writer]

    def go(self):
        since = self.case.sent if self.case.sent is not None else 1
        with days_ago(since, 9):
            self.referral = self._write()
        if self.case.sent is None:
            return
        with days_ago(since, 10):
            self._send()
        for day, verb in self.case.walk:
            self.referral = Referral.objects.get(pk=self.referral.pk)
            with days_ago(day, 14):
                getattr(self, verb)()

    def _write(self):
        case, writer = self.case, self.writer
        values = {
            "kind": case.need,
            "form": "material",
            "weight": "bottom_line",
            "wish": case.told,
            "urgency": case.urgency,
        }
        need = needs.add_need(
            writer, self.person, {**values, "estimated_yuan": case.yuan, "ground": case.ground, "causes": []}
        )
        self._ask()
        if case.kind in TO_BUREAU_KINDS:
            return self._tell(need)
        if case.facts:
            facts.record_facts(writer, self.person, case.facts, source="入户核实")
        told = {"circumstances": case.told, "government": GOVERNMENT[case.ground], "gap": "自付部分仍没有着落。"}
        return writing.draft_referral(
            writer, self.person, self.receiver,
            {"needs": [need], "kind": case.kind, "ground": case.ground, "urgency": case.urgency,
             "program": Program.objects.filter(code=case.program).first(),
             "gap_yuan": case.yuan, "items": self._items(), "receiver_choice": "同级单位没有这类项目。", **told},
        )  # fmt: skip

    def _tell(self, need):
        """A charity's word to the government, or an application written with the family."""
        said = {"kind": self.case.kind, "needs": [need], "circumstances": self.case.told, "urgency": self.case.urgency}
        applying = {"papers": []}
        if self.case.kind == "assist_apply":
            words = "年纪大了干不了重活，没有固定收入，药费每月要几百元，请求给予低保。"
            applying = {
                "scheme": "dibao", "application": words, "helper": "演示志愿者",
                "papers": ["id_card_self", "hukou_booklet_family", "commitment_letter", "diagnosis_certificate"],
            }  # fmt: skip
        return telling.tell_bureau(self.writer, self.person, self.receiver, {**said, **applying})

    def _items(self):
        if self.case.kind not in TO_BUREAU_KINDS:
            return ITEMS
        listed = tellings.least_items(self.case.kind)
        return [code for code in listed if not KNOWN[code].is_sensitive]

    def _sensitive(self):
        listed = tellings.least_items(self.case.kind) if self.case.kind in TO_BUREAU_KINDS else ()
        return [code for code in listed if KNOWN[code].is_sensitive] or SENSITIVE

    def _ask(self):
        consent = consents.begin_consent(self.writer, self.person, "refer_to_org")
        consent = consents.save_scope(
            self.writer, consent, consent.version, recipients=[self.receiver], items=self._items(),
            sensitive_items=self._sensitive(), until=timezone.localdate() + timedelta(days=300),
        )  # fmt: skip
        answer = {
            "form": "oral", "giver": "self", "witness_name": "演示见证人", "witness_post": "楼长",
            "language": "mandarin", "signed_on": timezone.localdate(), "explained": SPOKEN,
        }  # fmt: skip
        consents.give_consent(self.writer, consent, consent.version, answer)

    def _send(self):
        writer, referral = self.writer, self.referral
        if "referral.send" in writer.permissions:
            writing.send_referral(writer, referral, referral.version)
            return
        referral = writing.submit_referral(writer, referral, referral.version)
        approver = {TOWN: "bureau", FEDERATION: "charityapprover"}.get(writer.organization.name, "approver")
        writing.approve_sending(self.staff[approver], referral, referral.version)

    @property
    def seen(self):
        return self.referral, self.referral.version

    @property
    def works(self):
        return self.staff[WORKS[self.receiver.name]]

    @property
    def decides(self):
        return self.staff[DECIDES[self.receiver.name]]

    def give_back(self):
        decisions.return_referral(self.works, *self.seen, questions=["家里现在住在哪里？", "保险公司赔付了没有？"])

    def sign(self):
        decisions.sign_referral(self.works, *self.seen)

    def fail(self):
        outcomes.fail_referral(self.decides, *self.seen, "moved.moved", "已随子女迁往外地。")

    def accept(self):
        decisions.accept_referral(self.decides, *self.seen, note="情况属实，同意帮扶。")
        self._agree()

    def _agree(self):
        """What looked like a duplicate waits for a second person of the receiver."""
        for asked in ReferralApproval.objects.filter(referral=self.referral, state="asked"):
            second = next(
                one for one in self.staff.values()
                if one.organization_id == asked.organization_id and approvals.waiting_for(one).filter(pk=asked.pk)
            )  # fmt: skip
            agreed.agree(second, asked)

    def begin(self):
        outcomes.begin_help(self.works, *self.seen, "contact")

    def hold(self):
        day = timezone.localdate() + timedelta(days=15)
        decisions.hold_referral(self.works, *self.seen, day, "等待医院安排床位")

    def reject(self):
        decisions.reject_referral(self.decides, *self.seen, "no_capacity.no_funds", "本年度资金已经用完。")

    def cancel(self):
        outcomes.cancel_referral(self.writer, *self.seen, "declined.no_longer_needed", "学校已经解决")

    def confirm(self):
        confirming = self.writer if self.writer.permissions.get("referral.write") else self.staff["bureau"]
        outcomes.confirm_outcome(confirming, *self.seen, satisfaction=5)

    def report(self):
        outcomes.report_outcome(self.works, *self.seen, self._outcome())

    def _outcome(self):
        if self.case.kind in TO_BUREAU_KINDS:
            return {
                "decision": "aid_granted",
                "scheme": "medical",
                "decided_on": timezone.localdate(),
                "summary": "已审批。",
            }
        effects = dict.fromkeys(self.referral.needs.all(), "eased")
        return {
            "effects": effects,
            "summary": "已链接社区志愿服务。",
            "no_aid_reason": "由志愿者上门服务，没有发放资金。",
        }


@contextmanager
def days_ago(days, hour):
    """Everything inside happens then: the clock of timezone.now() stands on that day."""
    day = timezone.localdate() - timedelta(days=days)
    moment = min(timezone.make_aware(datetime(day.year, day.month, day.day, hour)), timezone.now())
    clock = type("Then", (datetime,), {"now": classmethod(lambda _cls, tz=None: moment.astimezone(tz))})
    timezone.datetime, before = clock, timezone.datetime
    try:
        yield
    finally:
        timezone.datetime = before
