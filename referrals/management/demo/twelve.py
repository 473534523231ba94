"""One family for each of the twelve programs, from the need to the closed loop: asked, referred, helped, reported back.

Facts, sums and papers are such as the programs ask for; the people are invented like all others of the demo world.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Area, Staff
from portal.lib.identity import check_digit
from programs.models import Fund, Program
from referrals import instalments
from referrals.actions import (
    aid,
    categories,
    consents,
    decisions,
    facts,
    guardianships,
    needs,
    outcomes,
    people,
    schedules,
)
from referrals.actions import referrals as writing
from referrals.management.demo.consents import ITEMS, SENSITIVE, SPOKEN
from referrals.management.demo.families import BOTH, FEMALE, MALE, SURNAMES
from referrals.management.demo.histories import seeded
from referrals.management.demo.lists import decide_list, put_on_list
from referrals.management.demo.referrals import days_ago
from referrals.models import AidLine, Referral

DPF, WOMEN, LEAGUE = "鸡西市残疾人联合会", "鸡西市妇女联合会", "共青团鸡西市委"
FEDERATION, RED_CROSS = "鸡西市慈善总会", "鸡西市红十字会"
# At each unit: who works on the case, who approves, who pays.
CREWS = {
    FEDERATION: ("charity", ("charityapprover", "charityapprover2"), "finance"),
    RED_CROSS: ("redcross", ("redcross2", "redcross3"), "redcrossfinance"),
    DPF: ("disabled", ("disabled2", "disabled3"), "disabledfinance"),
    WOMEN: ("women", ("women2", "women3"), "womenfinance"),
    LEAGUE: ("league", ("league2", "league3"), "leaguefinance"),
}
EXCEPTION = "项目没有印出标准，按集体研究的金额给付。"


@dataclass(frozen=True)
class Story:
    """`age` and `gender` of the one it is for; `sum` in yuan, or what goods are worth, or hours of service."""

    program: str
    age: int
    gender: str
    need: str
    told: str
    facts: dict
    form: str
    sum: int
    fund: str = ""
    categories: tuple = ()
    payee: dict = field(default_factory=dict)
    days: int = 60


_SCHOOL = {"enrolled": True, "economic_hardship": True}
_GRAVE = {"hardship_level": "severe", "hardship_causes": ["major_illness"], "home_visit_verified": True}
STORIES = (
    Story("P01", 18, "male", "medical", "白血病化疗，自付部分负担不起。",
          {"diagnoses": ["leukemia"], "hsct_done": False}, "cash", 30000, "caipiao-dabing"),
    Story("P02", 8, "female", "medical", "先天性心脏病手术，家里凑不齐自付部分。",
          {"diagnoses": ["congenital_heart_disease"], "needs_surgery": True, "surgery_done": True, "surgery_number": 1,
           "complex_chd": False, "self_paid_yuan": 12000}, "cash", 10000, "caipiao-dabing"),
    Story("P03", 67, "male", "living", "患病多年，冬天缺米面和棉被。",
          {"hardship_causes": ["major_illness"]}, "goods", 300),
    Story("P04", 5, "male", "rehabilitation", "戴助听器，需要言语康复训练。",
          {"disability_kinds": ["hearing"], "hearing_device": "hearing_aid", "rehab_need": True,
           "assessed_by_professional": True, "rehab_indicated": True, "improvement_expected": True,
           "has_disability_cert": True}, "cash", 18000, "kangfu"),
    Story("P05", 18, "female", "education", "考上大学，学费和路费没有着落。",
          {"gaokao_candidate_this_year": True, "admitted_this_year": True, "gaokao_score": 512}, "cash", 3000, "kangfu",
          categories=("disabled",)),
    Story("P06-1", 18, "male", "education", "高中住校，生活费靠亲戚接济。",
          {**_SCHOOL, "education_stage": "senior_high"}, "cash", 2500, "ai-xunhuan"),
    Story("P06-2", 15, "female", "education", "初中毕业考上高中，家里供不起。",
          {"junior_high_graduate_this_year": True, "hardship_level": "severe", "home_visit_verified": True,
           "good_conduct_and_grades": True}, "cash", 12000,
          "federation-assistance"),
    Story("P07", 58, "male", "living", "大病以后没有劳动能力，过年没有着落。",
          {**_GRAVE, "in_spring_festival_gov_list": False}, "cash", 1000,
          "federation-assistance"),
    Story("P08-1", 72, "female", "medical", "白内障，等着做手术。",
          {"diagnoses": ["cataract"], "self_paid_yuan": 2600}, "cash", 1500, "federation-assistance",
          categories=("dibao",)),
    Story("P08-2", 70, "male", "medical", "白内障，看不清路。", {"diagnoses": ["cataract"], "hukou_type": "rural"},
          "service", 3),
    Story("P09", 46, "male", "living", "车祸受伤，家里断了收入。",
          {"hardship_causes": ["sudden_accident"], "hardship_level": "severe", "aid_still_insufficient": True}, "cash",
          2000, "jjn"),
    Story("P10", 39, "male", "medical", "急诊抢救，无力支付费用。",
          {"emergency_care_needed": True, "can_pay_medical_costs": False, "hospital_grade": 2,
           "emergency_cost_unpaid_yuan": 36500}, "medical_fee_to_hospital", 36500, "disease-emergency",
          payee={"kind": "hospital", "holder": "演示医院"}),
    Story("P11", 20, "female", "education", "大学二年级，家里供不起生活费。",
          {**_SCHOOL, "education_stage": "undergraduate"}, "cash", 3000, "chunlei"),
    Story("P12", 19, "male", "education", "大学一年级，品学兼优，学费靠贷款。",
          {"economic_hardship": True, "good_conduct_and_grades": True, "art_or_sports_examinee": False,
           "education_stage": "undergraduate", "full_time": True, "in_national_plan": True}, "cash", 3000, "xiwang"),
)  # fmt: skip


def load():
    staff = {one.username: one for one in Staff.objects.select_related("organization__area")}
    crews = {name for work, approvers, pays in CREWS.values() for name in (work, *approvers, pays)}
    if not crews <= staff.keys() or Referral.objects.filter(program__code="P12", state="closed").exists():
        return False
    draw = seeded(12)
    for number, story in enumerate(STORIES):
        Telling(staff, story, draw, number).tell()
    return True


class Telling:
    """One story on its way through the days."""

    def __init__(self, staff, story, draw, number):
        self.staff, self.story, self.draw, self.number = staff, story, draw, number
        self.program = Program.objects.select_related("organization__area").get(code=story.program)
        self.town, self.bureau = staff["town"], staff["bureau"]
        self.works, self.approvers, self.pays = self._crew()

    def _crew(self):
        work, approvers, pays = CREWS[self.program.organization.name]
        return self.staff[work], [self.staff[name] for name in approvers], self.staff[pays]

    def tell(self):
        days = self.story.days
        with days_ago(days, 9):
            self.person = self._register()
            self._write()
        with days_ago(days - 1, 14):
            referral = writing.submit_referral(self.town, self.referral, self.referral.version)
            writing.approve_sending(self.bureau, referral, referral.version)
        with days_ago(days - 2, 10):
            decisions.sign_referral(self.works, *self._seen())
        with days_ago(days - 4, 15):
            decisions.accept_referral(self.works, *self._seen(), note="情况属实，符合项目条件。")
            outcomes.begin_help(self.works, *self._seen(), "visit")
        self._help(days)
        with days_ago(days - 24, 16):
            effects = dict.fromkeys(self.referral.needs.all(), "met")
            outcomes.report_outcome(self.works, *self._seen(), {"effects": effects, "summary": "帮扶已经到位。"})
        with days_ago(days - 27, 9):
            outcomes.confirm_outcome(self.bureau, *self._seen(), satisfaction=5)

    def _seen(self):
        self.referral = Referral.objects.get(pk=self.referral.pk)
        return self.referral, self.referral.version

    # -- The family ---------------------------------------------------------------------------------------------------
    def _register(self):
        story, town = self.story, self.town.organization.area
        born = date(timezone.localdate().year - story.age, 1, 1 + self.number)
        head = None
        if story.age < 18:
            grown = date(born.year - 30, 3, 1 + self.number)
            head = people.register_person(self.town, self._values("female", grown, town, "head"), is_another=True)
        relation = "child" if head else "head"
        household = head.household if head else None
        values = self._values(story.gender, born, town, relation)
        person = people.register_person(self.town, values, household=household, is_another=True)
        if head:
            guardianships.add_guardian(self.town, person, {"relation": "mother"}, guardian=head)
        facts.record_facts(self.town, person, story.facts, source="入户核实")
        for category in story.categories:
            categories.add_category(
                self.town, person, {"category": category, "since": born, "certified_by": str(self.bureau.organization)}
            )
        return person

    def _values(self, gender, born, area, relation):
        order = self.number * 20 + (gender == "male") + (relation == "head") * 10
        first = f"999999{born:%Y%m%d}{900 - order:03d}"
        first = (
            first if (int(first[-1]) % 2 == 1) == (gender == "male") else first[:-1] + str((int(first[-1]) + 1) % 10)
        )
        given = "".join(self.draw.choice((MALE if gender == "male" else FEMALE) + BOTH) for _ in range(2))
        return {
            "name": self.draw.choice(SURNAMES) + given, "number": first + check_digit(first),
            "identity_kind": "resident",
            "gender": gender, "birth_date": born, "nationality": "CN", "residence": area,
            "registration": Area.objects.get(code=area.county),
            "relation": relation, "phone": f"0467-555{9000 + self.number:04d}",
            "address": f"{area.name}演示路{self.number + 1}号",
        }  # fmt: skip

    # -- The referral -------------------------------------------------------------------------------------------------
    def _write(self):
        story, receiver = self.story, self.program.organization
        need = needs.add_need(
            self.town, self.person,
            {"kind": story.need, "form": "service" if story.form == "service" else "material", "weight": "bottom_line",
             "wish": story.told, "urgency": "normal", "estimated_yuan": self._cost(), "ground": "policy_gap",
             "causes": []},
        )  # fmt: skip
        consent = consents.begin_consent(self.town, self.person, "refer_to_org")
        consent = consents.save_scope(
            self.town, consent, consent.version, recipients=[receiver], items=ITEMS, sensitive_items=SENSITIVE,
            until=timezone.localdate() + timedelta(days=300),
        )  # fmt: skip
        consents.give_consent(self.town, consent, consent.version, self._answer())
        self.referral = writing.draft_referral(
            self.town, self.person, receiver,
            {"needs": [need], "program": self.program, "ground": "policy_gap", "urgency": "normal",
             "items": [*ITEMS, *SENSITIVE], "circumstances": story.told, "gap_yuan": self._cost(),
             "government": "已申请，现有政策不包括这部分。", "receiver_choice": "这个项目由市级单位办理。"},
        )  # fmt: skip

    def _cost(self):
        return None if self.story.form == "service" else Decimal(self.story.sum) * 2

    def _answer(self):
        answer = {
            "form": "oral", "giver": "self", "witness_name": "演示见证人", "witness_post": "楼长",
            "language": "mandarin", "signed_on": timezone.localdate(), "explained": SPOKEN,
        }  # fmt: skip
        if self.story.age >= 18:
            return answer
        guardian = self.person.guardianships.select_related("guardian").first().guardian
        return {
            **answer, "giver": "guardian", "giver_name": guardian.name, "relation": "mother",
            "is_signed_by_minor": True,
        }  # fmt: skip

    # -- The help -----------------------------------------------------------------------------------------------------
    def _help(self, days):
        with days_ago(days - 8, 10):
            line = aid.propose_aid(self.works, self.person, self._line(), referral=self.referral)
            batch = put_on_list(self.works, self.approvers[0], line)
        for step, approver in enumerate(self.approvers):
            line = AidLine.objects.get(pk=line.pk)
            if line.state in ("proposed", "second"):
                with days_ago(days - 9 - step, 11):
                    if batch is not None and step == 0:
                        decide_list(self.works, approver, batch)
                        continue
                    line = aid.approve_aid(approver, line, line.version, note="集体研究同意。")
        line = AidLine.objects.get(pk=line.pk)
        with days_ago(days - 15, 15):
            if line.fund_id:
                self._pay(line)
            else:
                aid.deliver_aid(
                    self.works, line, line.version, day=timezone.localdate(), receipt=f"QS-YS-{self.number + 1:03d}"
                )

    def _pay(self, line):
        """At once; or what the donor pays first of a schedule, and the months that were signed for since."""
        rows = instalments.to_pay(line)
        numbers = [one.number for one in rows if one.due_on <= max(rows[0].due_on, timezone.localdate())] or None
        paid = aid.pay_aid(
            self.pays, line, line.version, day=timezone.localdate(), reference=f"FK-YS-{self.number + 1:03d}",
            numbers=numbers,
        )  # fmt: skip
        line = aid.settle_aid(self.approvers[0], paid, paid.version)
        for one in instalments.to_sign(line)[:2]:
            line = schedules.sign_aid(
                self.works, AidLine.objects.get(pk=line.pk), line.version, [one.number], day=timezone.localdate(),
                receipt=f"QS-YS-{one.month:%Y%m}",
            )  # fmt: skip

    def _line(self):
        story = self.story
        measure = {"goods": "value", "service": "hours"}.get(story.form, "amount")
        return {
            "form": story.form, measure: Decimal(story.sum), "need": self.referral.needs.first(),
            "fund": Fund.objects.get(code=story.fund) if story.fund else None, "description": story.told,
            "exception_reason": EXCEPTION,
            "payee": story.payee or {"kind": "self", "holder": self.person.name, "account": "6222" + "0" * 11 + "0001"},
        }  # fmt: skip
