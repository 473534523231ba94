"""Lists of a program: who stands on them, closing them, and drawing by lot who is visited."""

import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from portal.lib import draws
from referrals import aid_shown, aid_turns
from referrals.actions import aid, batch_draws, batches
from referrals.batch_routes import Progress, stations_of, wanting_before, why_not_approve, why_not_pay
from referrals.models import AidLine, Batch, BatchDraw, BatchRow
from referrals.papers_kept import papers_kept
from tests.make.batches import a_check, make_batch, make_frozen, make_hung, make_line, make_row, make_sampled
from tests.make.catalogue import make_program
from tests.make.people import make_document, make_person, make_provision
from tests.make.units import make_staff

pytestmark = pytest.mark.django_db


def fresh(batch):
    return Batch.objects.get(pk=batch.pk)


def test_the_papers_of_the_program_are_counted_for_the_list_and_say_who_lacks_one(cast, browse):
    batch = make_hung(cast.charity_reviewer, people=2)
    row = make_row(batch, 2)
    make_document(row.person, kind="id_card_self")
    kept = {one.name: one for one in papers_kept(cast.charity_reviewer, Progress.of(batch))}
    assert len(kept) == 7
    told = [(kept[name].have, kept[name].of, kept[name].missing) for name in ("身份证复印件", "公示图片", "学生汇总表")]
    assert told == [(1, 2, (1,)), (1, 1, ()), (1, 1, ())]
    page = browse(cast.charity_reviewer).get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    assert "存档材料" in page
    assert {one.of for one in papers_kept(cast.city_supervisor, Progress.of(batch)) if not one.is_of_list} <= {0, 2}


def test_a_list_takes_whom_its_unit_proposed_for_its_program_and_nobody_twice(cast):
    program = make_program(cast.charity, like="P12")
    mine, colleague = make_line(program, cast.charity), make_line(program, cast.charity)
    make_line(make_program(cast.charity, like="P12"), cast.charity)
    make_line(program, cast.other_charity)
    make_line(program, cast.charity, state="cancelled")
    batch = make_batch(cast.charity_reviewer, program=program, lines=[mine])
    assert list(batches.candidates_of(batch)) == [colleague]
    with pytest.raises(Refusal, match="已经列入别的名册"):
        batches.add_lines(cast.charity_reviewer, batch, batch.version, [mine])
    twice = make_line(program, cast.charity, mine.person)
    with pytest.raises(Refusal, match="已经在名册上"):
        batches.add_lines(cast.charity_reviewer, batch, batch.version, [twice])
    batch = batches.add_lines(cast.charity_reviewer, batch, batch.version, [colleague])
    batch = batches.remove_row(cast.charity_reviewer, make_row(batch), batch.version)
    assert list(batch.rows.values_list("number", "line")) == [(1, colleague.pk)]


def test_only_the_holders_own_people_write_on_it_and_an_old_page_writes_nothing(cast):
    batch = make_batch(cast.charity_reviewer)
    for stranger in (cast.charity_approver, cast.bureau_officer, make_staff(organization=cast.other_charity)):
        with pytest.raises(PermissionDenied):
            batches.freeze_batch(stranger, batch, batch.version)
    with pytest.raises(Stale):
        batches.freeze_batch(cast.charity_reviewer, batch, batch.version - 1)
    assert fresh(batch).state == "draft"


def test_a_closed_list_stays_as_it_is_also_in_the_database(cast):
    batch = make_frozen(cast.charity_reviewer)
    with pytest.raises(Refusal, match="已封存"):
        batches.add_lines(cast.charity_reviewer, batch, batch.version, [make_line(batch.program, cast.charity)])
    with pytest.raises(Refusal, match="已封存"):
        batches.remove_row(cast.charity_reviewer, make_row(batch), batch.version)
    other = make_line(batch.program, cast.charity)
    values = {"number": 9, "person": other.person, "added_by": cast.charity_reviewer}
    for attempt in (
        lambda: BatchRow.objects.create(batch=batch, line=other, **values),
        lambda: BatchRow.objects.filter(batch=batch).update(person=other.person_id),
        lambda: BatchRow.objects.filter(batch=batch).update(listed=1),
        lambda: BatchRow.objects.filter(batch=batch, number=1).delete(),
        lambda: Batch.objects.filter(pk=batch.pk).update(text="x"),
        lambda: Batch.objects.filter(pk=batch.pk).update(commitments={}),
        lambda: Batch.objects.filter(pk=batch.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert draws.digest(fresh(batch).text) == batch.digest
    line = AuditEntry.objects.get(action="batch.freeze")
    assert line.changes["digest"] == [None, batch.digest]


def test_somebody_struck_off_stays_crossed_out_and_nobody_takes_their_place(cast):
    batch = make_frozen(cast.charity_reviewer)
    row = make_row(batch)
    batch = batches.strike_row(cast.charity_reviewer, row, batch.version, "已搬走")
    assert [one.number for one in Progress.of(batch).listed] == [2, 3]
    with pytest.raises(Refusal, match="已经剔除"):
        batches.strike_row(cast.charity_reviewer, row, batch.version, "再来")
    assert list(batches.candidates_of(batch)) == [row.line]
    assert row.person.timeline.filter(kind="batch_struck").count() == 1


def test_an_empty_list_is_not_closed_nor_one_whose_aid_went_another_way(cast):
    batch = make_batch(cast.charity_reviewer, people=0)
    with pytest.raises(Refusal, match="还没有人"):
        batches.freeze_batch(cast.charity_reviewer, batch, batch.version)
    batch = make_batch(cast.charity_reviewer)
    AidLine.objects.filter(pk=make_row(batch, 2).line_id).update(state="cancelled")
    with pytest.raises(Refusal, match="序号 2"):
        batches.freeze_batch(cast.charity_reviewer, batch, batch.version)


# -- The draw ---------------------------------------------------------------------------------------------------------
def test_what_is_drawn_was_promised_before_and_anybody_can_reckon_it_again(cast, browse):
    batch = make_batch(cast.charity_reviewer, people=21)
    promised = AuditEntry.objects.get(action="batch.make").changes["commitments"][1]["sample"]
    batch = batches.freeze_batch(cast.charity_reviewer, batch, batch.version)
    draw = batch_draws.draw_sample(cast.charity_reviewer, batch, batch.version)
    sha = hashlib.sha256
    assert sha(draw.secret.encode()).hexdigest() == promised
    text = browse(cast.bureau_officer).get(reverse("referrals:download_text", args=[batch.code])).content
    seed = sha(f"{draw.secret}:{sha(text).hexdigest()}".encode()).hexdigest()
    keys = [line.split("\t")[1] for line in text.decode().splitlines()[2:]]
    assert sorted(keys, key=lambda key: sha(f"{seed}:{key}".encode()).hexdigest())[:3] == draw.drawn
    assert len(draw.drawn) == 3  # a tenth of 21, rounded up
    assert not any(row.person.name in text.decode() for row in batch.rows.select_related("person"))
    assert [one.code for one in batch_draws.verify(draw) if not one.is_right] == []
    page = (
        browse(cast.charity_approver).get(reverse("referrals:show_draw", args=[batch.code, "sample"])).content.decode()
    )
    assert "完全一致" in page
    assert draw.seed in page


def test_before_the_draw_nobody_is_shown_the_secret(cast, browse):
    batch = make_frozen(cast.charity_reviewer)
    secret = batch.private["secrets"]["sample"]
    session = browse(cast.charity_reviewer)
    page = session.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    assert (secret in page, batch.commitments["sample"] in page) == (False, True)
    assert secret not in "".join(str(line.changes) for line in AuditEntry.objects.all())


def test_it_is_drawn_once_from_a_closed_list_of_a_program_that_asks_for_it(cast):
    draft = make_batch(cast.charity_reviewer)
    with pytest.raises(Refusal, match="草稿"):
        batch_draws.draw_sample(cast.charity_reviewer, draft, draft.version)
    batch = make_sampled(cast.charity_reviewer, is_checked=False)
    with pytest.raises(Refusal, match="不能重抽"):
        batch_draws.draw_sample(cast.charity_reviewer, batch, batch.version)
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchDraw.objects.update(drawn=[])
    other = make_frozen(cast.charity_reviewer, like="P07")
    with pytest.raises(Refusal, match="不要求抽样"):
        batch_draws.draw_sample(cast.charity_reviewer, other, other.version)


def test_a_list_goes_on_only_when_everybody_drawn_was_visited_by_somebody_else(cast):
    batch = make_sampled(cast.charity_reviewer, is_checked=False, people=12)
    drawn = list(batch.rows.filter(is_drawn=True).select_related("batch", "person", "line").order_by("number"))
    assert "2 人还没有走访" in wanting_before(Progress.of(batch), "notice")
    AidLine.objects.filter(pk=drawn[0].line_id).update(proposed_by=cast.charity_reviewer)
    with pytest.raises(Refusal, match="没有经办"):
        batch_draws.check_row(cast.charity_reviewer, drawn[0], a_check())
    not_drawn = batch.rows.filter(is_drawn=False).select_related("batch").first()
    colleague = make_staff(organization=cast.charity, roles=["charity_reviewer"])
    with pytest.raises(Refusal, match="没有被抽中"):
        batch_draws.check_row(colleague, not_drawn, a_check())
    batch_draws.check_row(colleague, drawn[0], a_check(result="differs"))
    with pytest.raises(Refusal, match="不能再改"):
        batch_draws.check_row(colleague, drawn[0], a_check())
    batch_draws.check_row(colleague, drawn[1], a_check())
    assert f"序号 {drawn[0].number} 抽查结果与申报不符" in wanting_before(Progress.of(fresh(batch)), "notice")
    batches.strike_row(colleague, drawn[0], fresh(batch).version, "与申报不符")
    assert wanting_before(Progress.of(fresh(batch)), "notice") == ""


def test_a_list_given_up_does_not_rid_anybody_of_the_visit(cast):
    batch = make_sampled(cast.charity_reviewer, is_checked=False, people=4)
    drawn = batch.rows.get(is_drawn=True)
    lines = [row.line for row in batch.rows.select_related("line")]
    batches.cancel_batch(cast.charity_reviewer, batch, batch.version, "重做")
    for _attempt in range(3):
        again = make_frozen(cast.charity_reviewer, program=batch.program, lines=lines)
        draw = batch_draws.draw_sample(cast.charity_reviewer, again, again.version)
        must = again.rows.get(line=drawn.line_id)
        assert must.code in [*draw.drawn, *draw.owed]
        assert must.is_drawn
        batches.cancel_batch(cast.charity_reviewer, fresh(again), fresh(again).version, "再重做")


# -- What the program asks --------------------------------------------------------------------------------------------
def test_the_stations_are_those_of_the_program(cast):
    kinds = {
        "P12": ["select", "check", "sample", "notice", "approve", "pay"],
        "P07": ["visit", "forward", "approve", "pay"],
        "P03": ["select", "approve", "provide"],
        "P11": ["apply", "forward", "forward", "forward", "approve", "pay", "receive"],
    }
    for like, wanted in kinds.items():
        stations = stations_of(Progress.of(make_batch(cast.charity_reviewer, like=like, people=0)))
        assert [station.step.kind for station in stations] == wanted, like


def test_aid_of_such_a_program_is_neither_approved_nor_paid_beside_its_list(cast):
    line = make_line(make_program(cast.charity, like="P12"), cast.charity)
    assert "先列入名册" in why_not_approve(line)
    batch = make_batch(cast.charity_reviewer, program=line.program, lines=[line])
    assert "随名册审批" in why_not_approve(line)
    batches.freeze_batch(cast.charity_reviewer, batch, batch.version)
    assert "随名册审批" in str(aid_turns.why_not(cast.charity_approver, line, "approve"))
    with pytest.raises(Refusal, match="随名册审批"):
        aid.approve_aid(cast.charity_approver, line, line.version)
    assert "还没有批准" in why_not_pay(line)
    free = make_line(make_program(cast.charity, like="P09"), cast.charity)
    assert (why_not_approve(free), why_not_pay(free)) == ("", "")


def test_a_line_that_waits_for_a_list_leads_to_it_and_is_nobody_elses_work(cast):
    line = make_line(make_program(cast.charity, like="P12"), cast.charity)
    officer, approver = cast.charity_reviewer, cast.charity_approver
    begins = f"{reverse('referrals:make_batch')}?program={line.program.code}"
    assert aid_shown.page_of_line(officer, line)["lists"][0] == begins
    assert aid_shown.counts_of(approver)["to_approve"] == 1
    batch = make_batch(officer, program=line.program, lines=[line])
    assert aid_shown.page_of_line(approver, line)["lists"][0] == reverse("referrals:show_batch", args=[batch.code])
    assert aid_shown.counts_of(approver)["to_approve"] == 0
    free = make_line(make_program(cast.charity, like="P09"), cast.charity)
    assert aid_shown.page_of_line(officer, free)["lists"] is None


# -- Who reads what ---------------------------------------------------------------------------------------------------
def test_names_are_shown_to_whom_they_are_open_and_to_nobody_else(cast, browse):
    program = make_program(cast.charity, like="P12")
    kept, referred, gone = make_person(cast.charity), make_person(cast.bureau), make_person(cast.bureau)
    make_provision(cast.bureau_officer, referred, cast.charity)
    provision = make_provision(cast.bureau_officer, gone, cast.charity)
    lines = [make_line(program, cast.charity, person) for person in (kept, referred, gone)]
    batch = make_batch(cast.charity_reviewer, program=program, lines=lines)
    provision.ended_at, provision.ended = provision.provided_at, "by_provider"
    provision.save(update_fields=["ended_at", "ended"])
    seen = {}
    for who in ("charity_reviewer", "charity_approver", "charity_finance", "bureau_officer", "city_supervisor"):
        page = browse(cast[who]).get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
        seen[who] = [
            name for name, person in (("kept", kept), ("referred", referred), ("gone", gone)) if person.name in page
        ]
    assert seen == {
        "charity_reviewer": ["kept", "referred"], "charity_approver": ["kept", "referred"], "charity_finance": [],
        "bureau_officer": ["referred", "gone"], "city_supervisor": [],
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="batch.view", object_code=batch.code).count() == 5


def test_a_list_is_made_through_the_pages(cast, browse):
    program = make_program(cast.charity, like="P12")
    line = make_line(program, cast.charity)
    session = browse(cast.charity_reviewer)
    response = session.post(reverse("referrals:make_batch"), {"program": program.code, "label": "第一批"})
    batch = Batch.objects.get()
    assert response.headers["Location"] == reverse("referrals:add_lines", args=[batch.code])
    assert line.person.name in session.get(response.headers["Location"]).content.decode()
    session.post(response.headers["Location"], {"line": line.code, "version": batch.version})
    page = reverse("referrals:show_batch", args=[batch.code])
    for name in ("freeze_batch", "draw_sample"):
        url = reverse(f"referrals:{name}", args=[batch.code])
        assert url in session.get(page).content.decode()
        assert session.get(url).status_code == 200
        assert session.post(url, {"version": fresh(batch).version}).status_code == 302
    row = make_row(batch)
    said = {"checked_on": "", "result": "confirmed", "findings": ""}
    url = reverse("referrals:check_row", args=[batch.code, row.code])
    assert session.post(url, said).status_code == 200
    said["checked_on"] = f"{timezone.localdate(fresh(batch).frozen_at):%Y-%m-%d}"
    assert session.post(url, said).status_code == 302
    assert "抽查：" in session.get(page).content.decode()
    listed = session.get(reverse("referrals:list_batches")).content.decode()
    assert "第一批" in listed
    assert (
        "第一批" not in browse(cast.other_charity_admin).get(reverse("referrals:list_public_notices")).content.decode()
    )
