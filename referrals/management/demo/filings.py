"""A hospital of the demo world files two of its patients with the federation, which has still to set their sums."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Area, Staff
from portal.lib.identity import check_digit
from programs.models import Program
from referrals.actions import batch_stations, batches, categories, consents, facts, filings, people
from referrals.batch_routes import program_of
from referrals.items import ITEMS, Group
from referrals.management.demo.consents import SPOKEN
from referrals.management.demo.referrals import days_ago
from referrals.models import Batch, ImpactAssessment

# Given name, year of birth, bill, own share.
PATIENTS = (("演示患者甲", 1951, "male", 6800, 1650), ("演示患者乙", 1956, "female", 5200, 980))


def load():
    staff = {one.username: one for one in Staff.objects.select_related("organization__area")}
    program = Program.objects.filter(code="P08-1").first()
    if not {"hospital", "charity", "citybureau", "approver"} <= staff.keys() or program is None:
        return False
    agent, decider = staff["hospital"], program.organization
    with days_ago(9, 10):
        _assess(staff["citybureau"], staff["approver"])
    with days_ago(8, 10):
        patients = [_register(agent, number, *told[:3]) for number, told in enumerate(PATIENTS)]
        batch = batches.make_batch(agent, program, {"label": "本季度第一批"})
        batch = Batch.objects.as_held().get(pk=batch.pk)
        for person in patients:
            _ask(agent, person, decider, filings.items_of(program_of(batch)))
    with days_ago(6, 15):
        for person, (_name, _year, _gender, bill, own) in zip(patients, PATIENTS, strict=True):
            said = {"bill": Decimal(bill), "own_share": Decimal(own), "treated_on": timezone.localdate()}
            filings.file_row(agent, batch, _now(batch).version, person, said)
        batches.freeze_batch(agent, batch, _now(batch).version)
        said = {"done_on": timezone.localdate(), "to": None, "to_words": "", "note": ""}
        record = batch_stations.hand_on(agent, batch, _now(batch).version, said)
    with days_ago(4, 9):
        batch_stations.answer_station(
            staff["charity"], record, is_taken=True, answered_on=timezone.localdate(), receipt="SD-YS-001"
        )
    return True


def _assess(writer, approver):
    """For what hospitals of the city pass on to the federation."""
    ImpactAssessment.objects.create(
        organization=writer.organization, title="医院申报慈善医疗救助的影响评估", purposes=["refer_to_org"],
        groups=[group.value for group in Group], receiver_kinds=["charity_federation"],
        necessity="慈善总会要按自付费用核定金额、把钱打到本人卡上。", risks="病情、账户泄露会使本人受损。",
        measures="单独同意、加密保存、逐次留痕。", is_acceptable=True, state="approved", written_by=writer,
        valid_until=timezone.localdate() + timedelta(days=300), approved_by=approver, approved_at=timezone.now(),
    )  # fmt: skip


def _now(batch):
    return Batch.objects.get(pk=batch.pk)


def _register(agent, number, name, year, gender):
    area = Area.objects.filter(code__startswith="2303", level="town").order_by("code").first()
    born = date(year, 4, 2 + number)
    first = f"999999{born:%Y%m%d}{730 + 2 * number + (gender == 'male'):03d}"
    values = {
        "name": name, "number": first + check_digit(first), "identity_kind": "resident", "gender": gender,
        "birth_date": born, "nationality": "CN", "residence": area, "registration": Area.objects.get(code=area.county),
        "relation": "head", "phone": f"0467-555{8800 + number:04d}", "address": f"{area.name}演示路{number + 80}号",
        "account": "6222" + "0" * 11 + f"{8800 + number:04d}", "bank": "龙江银行（演示）",
    }  # fmt: skip
    person = people.register_person(agent, values, is_another=True)
    facts.record_facts(agent, person, {"diagnoses": ["cataract"]}, source="出院小结")
    categories.add_category(agent, person, {"category": "dibao", "since": born, "certified_by": "低保证"})
    return person


def _ask(agent, person, decider, items):
    sensitive = [code for code in items if ITEMS[code].is_sensitive]
    consent = consents.begin_consent(agent, person, "refer_to_org")
    consent = consents.save_scope(
        agent, consent, consent.version, recipients=[decider], items=[one for one in items if one not in sensitive],
        sensitive_items=sensitive, until=timezone.localdate().replace(year=timezone.localdate().year + 1, day=1),
    )  # fmt: skip
    consents.give_consent(
        agent, consent, consent.version,
        {"form": "oral", "giver": "self", "witness_name": "演示见证人", "witness_post": "护士", "language": "mandarin",
         "signed_on": timezone.localdate(), "explained": SPOKEN},
    )  # fmt: skip
