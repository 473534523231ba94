"""What a person may ask for, how long a record stays, its end by two people, and whom an incident touched."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from django.utils import timezone

from members import calendar, jobs
from members.access import Refusal, Stale
from members.models import AuditEntry, Job
from portal.lib import uploads
from referrals import affected, held
from referrals.actions import purges
from referrals.actions.consents import withdraw_consent
from referrals.actions.incidents import edit_incident
from referrals.actions.people import change_person
from referrals.actions.provisions import see_received
from referrals.actions.purges import call_off_purge, confirm_purge, order_purge, set_retention
from referrals.actions.subject_requests import answer_request, receive_request
from referrals.models import Person, PersonFact, PurgeOrder, SubjectRequest
from tests.make.people import (
    make_category,
    make_check,
    make_fact,
    make_government_aid,
    make_guardianship,
    make_incident,
    make_lead,
    make_minor_approval,
    make_need,
    make_person,
    make_provision,
    make_visit,
)
from tests.make.units import make_staff


@pytest.fixture
def actor(cast):
    return cast.bureau_officer


@pytest.fixture
def person(cast):
    person = make_person(
        cast.town, name="测试甲乙丙", phone="0467-5550101", address="独有路 77 号", remark="独有的备注"
    )
    make_fact(person, "diagnoses", ["leukemia"])
    make_category(person)
    make_guardianship(person, private={"name": "某监护人甲", "phone": "0467-5550102"})
    return person


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


def a_request(actor, person, **values):
    values = {
        "kind": "correct", "applicant": "self", "identity_check": "当面核对身份证", "name": "测试甲乙丙",
        "wish": "电话写错了", "received_on": timezone.localdate(), **values,
    }  # fmt: skip
    return receive_request(actor, person, values)


# -- Requests ---------------------------------------------------------------------------------------------------------
def test_a_request_is_due_within_fifteen_working_days(actor, person):
    asked = a_request(actor, person)
    assert asked.due_on == calendar.add_working_days(timezone.localdate(), 15)
    assert "电话写错了" not in str(AuditEntry.objects.filter(action="subject_request.receive").values())


def test_a_refusal_says_why_and_an_answer_stands(cast, actor, person):
    asked = a_request(actor, person)
    with pytest.raises(Refusal) as refused:
        answer_request(actor, asked, "refused", "不能更正")
    assert refused.value.field == "reason"
    answer_request(actor, asked, "partly", "电话已更正", "出生日期以公安登记为准")
    with pytest.raises(Refusal, match="已经答复"):
        answer_request(actor, asked, "granted", "好")
    with pytest.raises(DatabaseError), transaction.atomic():
        asked.delete()


def test_next_of_kin_ask_only_for_the_dead(actor, person):
    with pytest.raises(Refusal):
        a_request(actor, person, applicant="near_kin")
    Person.objects.filter(pk=person.pk).update(died_on=timezone.localdate())
    person.refresh_from_db()
    assert a_request(actor, person, applicant="near_kin").applicant == "near_kin"


@pytest.mark.parametrize("name", ["charity_reviewer", "other_bureau_approver", "system_admin", "city_supervisor"])
def test_nobody_else_receives_or_answers(name, cast, actor, person):
    with pytest.raises(PermissionDenied):
        a_request(cast[name], person)
    with pytest.raises(PermissionDenied):
        answer_request(cast[name], a_request(actor, person), "granted", "好")


# -- The copy ---------------------------------------------------------------------------------------------------------
def test_the_copy_tells_everything_held_and_everyone_who_saw_it(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity)
    see_received(cast.charity_reviewer, provision)
    browse(cast.town_caseworker).get(url("show_person", person.code))
    page = browse(actor).get(url("show_copy", person.code)).content.decode()
    for words in (
        person.name, person.number, "0467-5550101", "独有路 77 号", "独有的备注", "白血病", "某监护人甲", "低保对象",
        cast.charity.name, cast.charity_reviewer.name, cast.town_caseworker.name,
    ):  # fmt: skip
        assert words in page


def test_the_copy_tells_what_every_table_holds(cast, actor, person, browse):
    make_need(person, wish="独有的愿望")
    make_visit(person, findings="独有的所见")
    make_check(person, state="delivered", purpose="独有的核对")
    make_lead(cast.charity_reviewer, cast.town_area, seen="独有的线索", state="registered", person=person)
    make_government_aid(person, decided_by="独有的决定单位")
    a_request(actor, person, wish="独有的请求")
    make_fact(person, "hardship_level", "some", source="独有的旧依据", superseded_at=timezone.now())
    make_minor_approval(cast.town_caseworker, person, reason="独有的查看理由")
    change_person(actor, person, person.version, {"remark": "独有的新备注"})
    page = browse(actor).get(url("show_copy", person.code)).content.decode()
    for words in ("愿望", "所见", "核对", "线索", "决定单位", "请求", "旧依据", "查看理由", "新备注"):
        assert f"独有的{words}" in page, words
    assert "存款余额" not in page


def test_every_table_that_points_at_a_person_is_told_or_left_out_for_a_reason():
    assert tables_of_people() == held.TOLD.keys() | held.ELSEWHERE | held.LEFT_OUT


def test_the_same_copy_leaves_as_json_by_a_job(cast, actor, person, browse):
    browse(actor).post(url("export_copy", person.code))
    job = Job.objects.get()
    jobs.run(job.code)
    job.refresh_from_db()
    assert job.state == "done", job.error
    with uploads.open_stored(job.file) as file:
        told = json.load(file)
    assert told["code"] == person.code
    assert person.number in json.dumps(told, ensure_ascii=False)


def test_who_lost_the_right_meanwhile_gets_no_copy(cast, actor, person):
    job = jobs.start(actor, "person.copy", {"person": make_person(cast.other_bureau).code})
    jobs.run(job.code)
    job.refresh_from_db()
    assert job.state == "failed"


# -- Kept, held, purged -----------------------------------------------------------------------------------------------
def test_a_term_needs_its_basis_and_two_editors_do_not_overwrite_each_other(cast, person):
    approver = cast.bureau_approver
    later = timezone.localdate() + timedelta(days=100)
    with pytest.raises(Refusal):
        set_retention(approver, person, 0, until=later, basis="", hold_reason="")
    set_retention(approver, person, 0, until=later, basis="社会救助档案管理办法", hold_reason="")
    with pytest.raises(Stale):
        set_retention(approver, person, 0, until=None, basis="", hold_reason="")


def test_what_is_held_or_running_is_not_purged(cast, actor, person):
    approver = cast.bureau_approver
    set_retention(approver, person, 0, until=None, basis="", hold_reason="审计中")
    with pytest.raises(Refusal, match="审计中"):
        order_purge(actor, person, "保存期满")
    later = timezone.localdate() + timedelta(days=1)
    set_retention(approver, person, 1, until=later, basis="档案规定", hold_reason="")
    with pytest.raises(Refusal, match="没有到期"):
        order_purge(actor, person, "保存期满")
    set_retention(approver, person, 2, until=None, basis="", hold_reason="")
    provision = make_provision(actor, person, cast.charity)
    with pytest.raises(Refusal, match="停止提供"):
        order_purge(actor, person, "保存期满")
    withdraw_consent(actor, provision.consent, channel="counter")
    assert order_purge(actor, person, "保存期满").state == "ordered"


def test_a_record_is_wiped_by_two_people_and_a_shell_stays(cast, actor, person):
    provision = make_provision(actor, person, cast.charity)
    withdraw_consent(actor, provision.consent, channel="counter")
    a_request(actor, person, kind="erase")
    order = order_purge(actor, person, "本人要求删除")
    with pytest.raises(Refusal, match="第二个人"):
        confirm_purge(actor, order)
    number = person.number
    confirm_purge(cast.bureau_approver, order)
    person = Person.objects.get(pk=person.pk)
    assert (person.name, person.number, person.phone, person.birth_date) == ("已清除", "", "", None)
    assert not PersonFact.objects.filter(person=person).exists()
    assert person.guardianships.get().name == ""
    assert person.consents.get().private == {}
    assert person.subject_requests.get().wish == ""
    assert all(entry.details == {} for entry in person.timeline.all())
    assert not Person.objects.with_number(number).exists()
    assert person.disclosures.count() == 2
    order.refresh_from_db()
    assert order.counts["facts"] == 1
    assert number not in str(order.counts)


def test_an_order_is_called_off_or_carried_out_once(cast, actor, person):
    order = order_purge(actor, person, "登记错了")
    with pytest.raises(Refusal, match="等第二个人"):
        order_purge(cast.bureau_approver, person, "登记错了")
    call_off_purge(cast.bureau_approver, order)
    with pytest.raises(Refusal, match="已经有人办理"):
        confirm_purge(cast.bureau_approver, order)
    assert Person.objects.get(pk=person.pk).name == "测试甲乙丙"
    assert PurgeOrder.objects.get().state == "called_off"


def tables_of_people():
    pointing = {
        field.get_accessor_name()
        for field in Person._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete and field.related_model._meta.app_label == "referrals"
    }
    return {name for name in pointing if name and not name.endswith("+")}


def test_every_table_that_points_at_a_person_says_whether_it_is_wiped():
    """A new model with a person in it must be named in referrals.actions.purges."""
    named = tables_of_people()
    assert named - purges.WIPED.keys() - purges.KEPT == set()
    assert purges.WIPED.keys() - named == set()
    assert all(apps.get_models())


# -- Incidents --------------------------------------------------------------------------------------------------------
def test_an_incident_at_a_receiver_touches_whoever_was_with_it_then(cast, actor, person):
    provision = make_provision(actor, person, cast.charity)
    untouched = make_person(cast.town)
    now = timezone.now()
    during = make_incident(cast.bureau_approver, receiver=cast.charity, until=now + timedelta(hours=1))
    before = make_incident(
        cast.bureau_approver, receiver=cast.charity, since=now - timedelta(days=9), until=now - timedelta(days=8)
    )
    assert affected.people_of(during) == {person.pk}
    assert affected.people_of(before) == set()
    withdraw_consent(actor, provision.consent, channel="counter")
    after = make_incident(
        cast.bureau_approver, receiver=cast.charity, since=timezone.now() + timedelta(hours=1),
        until=timezone.now() + timedelta(hours=2),
    )  # fmt: skip
    assert affected.people_of(after) == set()
    assert untouched.pk not in affected.people_of(during)


def test_an_incident_with_an_account_touches_whoever_it_opened(cast, actor, person, browse):
    browse(cast.town_caseworker).get(url("show_person", person.code))
    incident = make_incident(
        cast.bureau_approver, staff=cast.town_caseworker, until=timezone.now() + timedelta(hours=1)
    )
    people, number = affected.visible_people_of(incident, cast.bureau_approver)
    assert (list(people), number) == ([person], 1)
    seen, number = affected.visible_people_of(incident, cast.other_bureau_approver)
    assert (list(seen), number) == ([], 1)


def test_an_incident_closes_only_when_it_says_who_was_told(cast):
    incident = make_incident(cast.bureau_approver, receiver=cast.charity)
    values = {name: getattr(incident, name) for name in (
        "kind", "title", "found_at", "since", "until", "receiver", "staff", "harm", "measures", "reported_to",
        "reported_at", "notified_at", "notice",
    )}  # fmt: skip
    with pytest.raises(Refusal) as refused:
        edit_incident(cast.bureau_approver, incident, incident.version, values, closes=True)
    assert refused.value.field == "notice"
    closed = edit_incident(
        cast.bureau_approver, incident, incident.version, {**values, "notice": "逐户上门告知"}, closes=True
    )
    with pytest.raises(Refusal, match="已经办结"):
        edit_incident(cast.bureau_approver, closed, closed.version, values)
    with pytest.raises(PermissionDenied):
        edit_incident(cast.charity_approver, incident, incident.version, values)


def test_an_incident_names_a_unit_or_an_account(cast):
    with pytest.raises(Refusal):
        make_incident(cast.bureau_approver)


def test_the_screens_of_rights_and_incidents_work_through(cast, actor, person, browse):
    session = browse(actor)
    session.post(
        url("receive_request", person.code),
        {
            "kind": "erase",
            "applicant": "self",
            "identity_check": "当面",
            "received_on": timezone.localdate().isoformat(),
        },
    )
    asked = SubjectRequest.objects.get()
    assert "个人信息请求待答复" in session.get("/").content.decode()
    session.post(url("answer_request", asked.code), {"state": "granted", "reply": "已提出清除"})
    session.post(url("order_purge", person.code), {"reason": "本人要求"})
    order = PurgeOrder.objects.get()
    page = session.get(url("show_rights", person.code)).content.decode()
    assert url("confirm_purge", order.code) not in page
    second = browse(make_staff(None, cast.bureau, ["bureau_officer"]))
    assert url("confirm_purge", order.code) in second.get(url("show_rights", person.code)).content.decode()
    second.post(url("confirm_purge", order.code))
    assert Person.objects.get(pk=person.pk).name == "已清除"
    approver = browse(cast.bureau_approver)
    moment = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    done = approver.post(
        url("record_incident"),
        {"kind": "lost", "title": "丢了一份名单", "found_at": moment, "since": moment, "until": moment,
         "receiver": cast.charity.name, "harm": "可能泄露", "measures": "已找回"},
    )  # fmt: skip
    assert "受影响的人：0 人" in approver.get(done.url).content.decode()
