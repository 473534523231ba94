"""People one unit files together and another decides on: patients of a hospital, households of a district charity."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from referrals import batch_lists
from referrals.actions import aid, batch_decisions, batch_stations, batches, filings
from referrals.batch_routes import Progress, program_of, station_now, stations_of
from referrals.items import ITEMS
from referrals.models import AidLine, Batch, PersonFact, Provision
from tests.make.batches import make_paper
from tests.make.catalogue import make_fund, make_income, make_program
from tests.make.people import make_category, make_consent, make_fact, make_person, make_safeguards
from tests.make.units import make_organization, make_staff

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def fresh(batch):
    return Batch.objects.as_held().get(pk=batch.pk)


def a_bill(**more):
    return {"listed": None, "bill": Decimal(5200), "own_share": Decimal(1200), "treated_on": TODAY(), **more}


@pytest.fixture
def hospital(cast):
    """An agent of a hospital, its patient, and a program of the charity for which it may file."""
    agent = make_staff(organization=make_organization(kind="hospital", area=cast.county), roles=["partner_agent"])
    make_safeguards(agent.organization, cast.charity)
    return agent, make_program(cast.charity, like="P08-1")


def consented(agent, batch, **values):
    """Kept by the unit that files, and agreed that the unit that decides learns what it must."""
    person = make_person(agent.organization, **values)
    make_category(person)
    make_fact(person, "diagnoses", ["cataract"])
    items = filings.items_of(program_of(batch))
    sensitive = [code for code in items if ITEMS[code].is_sensitive]
    plain = [one for one in items if one not in sensitive]
    decider = batch.program.organization
    make_consent(person, [decider], actor=agent, items=plain, sensitive_items=sensitive)
    return person


def make_filing(agent, program, people=1, **values):
    """A closed list with so many people who agreed."""
    batch = fresh(batches.make_batch(agent, program, {"label": "2026 年第四季度"}))
    values = values or a_bill()
    for _number in range(people):
        filings.file_row(agent, fresh(batch), fresh(batch).version, consented(agent, batch), values)
    return fresh(batches.freeze_batch(agent, batch, fresh(batch).version))


def hand_in(agent, batch):
    said = {"done_on": TODAY(), "to": None, "to_words": "", "note": ""}
    return batch_stations.hand_on(agent, batch, batch.version, said)


def take(cast, record):
    return batch_stations.answer_station(
        cast.charity_reviewer, record, is_taken=True, answered_on=TODAY(), receipt="SD-1"
    )


def test_a_hospital_files_patients_with_their_bills_and_only_its_own(cast, hospital):
    agent, program = hospital
    batch = fresh(batches.make_batch(agent, program, {"label": "第四季度"}))
    assert [station.step.kind for station in stations_of(Progress.of(batch))] == ["forward", "approve", "pay"]
    person = consented(agent, batch)

    def file(who=person, **more):
        return filings.file_row(agent, fresh(batch), fresh(batch).version, who, a_bill(**more))

    for wrong, words in (
        ({"own_share": Decimal(6000)}, "不能多于费用总额"),
        ({"listed": Decimal(1300)}, "不能多于自付"),
        ({"bill": None}, "费用总额和本人自付"),
        ({"who": make_person(cast.charity)}, "本单位登记"),
    ):
        with pytest.raises(Refusal, match=words):
            file(**wrong)
    row = file(listed=Decimal(1000))
    assert (row.number, row.bill, row.listed) == (1, 5200, 1000)
    assert PersonFact.objects.standing().get(person=person, name="self_paid_yuan").known == 1200
    with pytest.raises(Refusal, match="不在名册上"):
        file()
    batches.freeze_batch(agent, batch, fresh(batch).version)
    with pytest.raises(DatabaseError), transaction.atomic():
        batch.rows.update(own_share=1)
    own = batches.make_batch(cast.charity_reviewer, program, {"label": "自办"})
    with pytest.raises(Refusal, match="不由别的单位申报"):
        filings.file_row(cast.charity_reviewer, own, own.version, make_person(cast.charity), a_bill())


def test_handed_in_it_lies_with_whoever_decides_who_sees_what_each_agreed_to(cast, hospital):
    agent, program = hospital
    batch = make_filing(agent, program, people=2)
    assert not Batch.objects.visible_to(cast.charity_reviewer).filter(pk=batch.pk).exists()
    record = hand_in(agent, batch)
    assert (record.to, Provision.objects.filter(receiver=cast.charity).count()) == (cast.charity, 2)
    assert fresh(batch).holder == agent.organization
    take(cast, record)
    assert (fresh(batch).holder, station_now(Progress.of(fresh(batch))).step.kind) == (cast.charity, "approve")
    with pytest.raises(PermissionDenied):
        batches.cancel_batch(agent, batch, fresh(batch).version, "不报了")


def test_without_the_consent_of_each_nothing_is_handed_in(cast, hospital):
    agent, program = hospital
    batch = fresh(batches.make_batch(agent, program, {"label": "第四季度"}))
    for person in (consented(agent, batch), make_person(agent.organization)):
        filings.file_row(agent, fresh(batch), fresh(batch).version, person, a_bill())
    batch = fresh(batches.freeze_batch(agent, batch, fresh(batch).version))
    with pytest.raises(Refusal, match="有 1 人的信息不能提供给审批单位.*序号 2"):
        hand_in(agent, batch)
    assert not Provision.objects.exists()


def test_the_charity_sets_the_sums_approves_and_the_hospital_sees_how_far_it_came(cast, hospital, browse):
    agent, program = hospital
    fund = make_fund(cast.charity, name="救助资金")
    make_income(fund)
    batch = make_filing(agent, program, people=2)
    take(cast, hand_in(agent, batch))
    reviewer = browse(cast.charity_reviewer)
    page = reverse("referrals:show_batch", args=[batch.code])
    url = reverse("referrals:set_sums", args=[batch.code])
    assert url in reviewer.get(page).content.decode()
    shown = reviewer.get(url).content.decode()
    rows = list(batch.rows.select_related("person"))
    assert all(words in shown for words in (rows[0].person.name, "5,200.00", 'value="1200.00"'))
    said = {f"sum_{row.code}": "1200" for row in rows}
    said |= {"fund": fund.code, "reason": "协议病人，情况已核实", "version": fresh(batch).version}
    assert reviewer.post(url, said).status_code == 302
    assert [(line.amount, line.organization) for line in AidLine.objects.all()] == [(1200, cast.charity)] * 2
    batch_decisions.approve_batch(
        cast.charity_approver, fresh(batch), fresh(batch).version, decided_on=TODAY(), note="同意"
    )
    assert fresh(batch).state == "approved"
    line = AidLine.objects.filter(state="approved").first()
    line = aid.pay_aid(cast.charity_finance, line, line.version, day=TODAY(), reference="YY-1")
    aid.settle_aid(cast.charity_approver, line, line.version)
    shown = browse(agent).get(page).content.decode()
    assert all(words in shown for words in ("已支付", "已批准", rows[0].person.name))


def test_the_form_of_a_filing_is_printed_with_bill_own_share_and_sum(cast, hospital, browse):
    agent, program = hospital
    batch = make_filing(
        agent, program, listed=Decimal(800), bill=Decimal(5200), own_share=Decimal(1200), treated_on=TODAY()
    )
    wanted = [(one.title, one.sheets) for one in batch_lists.lists_of(batch)]
    assert wanted == [("救助审批表", 1)]
    code = batch_lists.lists_of(batch)[0].code
    page = browse(agent).get(reverse("referrals:print_list", args=[batch.code, code])).content.decode()
    person = batch.rows.get().person
    assert all(words in page for words in (person.name, person.number, "5,200.00", "1,200.00", "800.00"))


def test_a_district_charity_files_households_and_the_federation_decides(cast):
    """P07: the approval form of the year in two copies, one for each side; the sealed list goes along."""
    district = make_staff(organization=make_organization(kind="charity_association"), roles=["charity_reviewer"])
    make_safeguards(district.organization, cast.charity)
    batch = make_filing(district, make_program(cast.charity, like="P07"), listed=None)
    forms = {one.title: one.sheets for one in batch_lists.lists_of(batch)}
    assert forms == {"救助人员名单": 1, f"{TODAY().year} 年春节“慈心济困”救助项目审批表": 2}
    with pytest.raises(Refusal, match="请先上传盖章的名册"):
        hand_in(district, batch)
    make_paper(batch, district, "sealed_list")
    take(cast, hand_in(district, batch))
    assert fresh(batch).holder == cast.charity
    row = filings.rows_to_set(fresh(batch)).get()
    assert (row.bill, filings.suggested(row)) == (None, None)


def test_the_agent_files_on_the_page(cast, hospital, browse):
    agent, program = hospital
    batch = fresh(batches.make_batch(agent, program, {"label": "第四季度"}))
    person, session = consented(agent, batch), browse(agent)
    url = reverse("referrals:file_row", args=[batch.code])
    assert url in session.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    assert person.name in session.get(url).content.decode()
    said = {"person": person.code, "treated_on": f"{TODAY()}", "bill": "3,000", "own_share": "900", "listed": ""}
    assert session.post(url, {**said, "version": batch.version}).status_code == 302
    assert batch.rows.get().own_share == 900
    assert "自付 900.00 元" in session.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
