"""Charity to bureau: told, verified, answered; and back to the charity after a no."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from members.access import Refusal
from referrals.actions import decisions, outcomes
from referrals.actions.loops import refer_back
from referrals.actions.referrals import AlreadyReferred, send_referral
from referrals.actions.tellings import tell_bureau
from referrals.items import ITEMS
from referrals.models import GovernmentAid, Need, PersonCategory, Referral, Visit
from tests.make.catalogue import make_program
from tests.make.people import make_assessment, make_check, make_consent, make_lead, make_need, make_person
from tests.make.referrals import make_receiver, make_telling


@pytest.fixture
def person(cast):
    return make_person(cast.charity, residence=cast.town_area, phone="138" + "0" * 8)


def act(client, referral, verb, **said):
    referral.refresh_from_db()
    url = f"/referrals/{referral.code}/{verb}/"
    return client.post(url, {"version": referral.version, "note": "", **said}, follow=True).content.decode()


def answer(cast, referral, **values):
    said = {"decided_on": timezone.localdate(), "summary": "", **values}
    outcomes.report_outcome(cast.town_caseworker, referral, referral.version, said)
    return Referral.objects.get(pk=referral.pk)


def test_a_charity_helps_a_family_apply_and_reads_the_answer(cast, browse, person):
    """Each on their own screen; what was granted stands in the record that the charity keeps."""
    charity, town = browse(cast.charity_reviewer), browse(cast.town_caseworker)
    page = charity.get(f"/people/{person.code}/tell/?scheme=dibao").content.decode()
    assert page.index("甲区一街道办事处") < page.index("甲区民政局")
    said = {
        "kind": "assist_apply", "receiver": cast.town.code, "circumstances": "药费很高", "urgency": "normal",
        "scheme": "temp_relief", "application": "我家没有收入。", "helper": "某社工", "papers": ["id_card_self"],
    }  # fmt: skip
    url = charity.post(f"/people/{person.code}/tell/", said).headers["Location"]
    referral = Referral.objects.get()
    assert (referral.direction, referral.needs.get().kind) == ("charity_to_bureau", "application_help")
    assert "本人还没有同意提供" in charity.get(url).content.decode()
    agree_to(cast, referral)
    act(charity, referral, "send")
    act(town, referral, "sign")
    page = act(town, referral, "accept", extent="whole")
    assert "我家没有收入。" in page
    assert "在告知单位" in page
    granted = {
        "decision": "aid_granted", "scheme": "temp_relief", "decided_on": timezone.localdate().isoformat(),
        "amount_yuan": "2000", "rhythm": "once",
    }  # fmt: skip
    act(town, referral, "report", **granted)
    assert "决定给予“临时救助”，2,000.00 元（一次性）" in charity.get(f"/referrals/{referral.code}/").content.decode()
    aid = GovernmentAid.objects.get()
    assert (aid.person, aid.state, aid.decided_by) == (person, "granted", cast.town.name)
    assert PersonCategory.objects.get(person=person).category == "temp_relief_1y"
    act(charity, referral, "confirm", satisfaction="5")
    assert Need.objects.get().state == "met"


def agree_to(cast, referral):
    """The family agrees to everything that is listed, and the papers between the two stand."""
    make_assessment(cast.charity)
    sensitive = [code for code in referral.items if ITEMS[code].is_sensitive]
    make_consent(
        referral.person, [referral.receiver], actor=cast.charity_reviewer, sensitive_items=sensitive,
        items=[code for code in referral.items if code not in sensitive],
    )  # fmt: skip


def test_a_lead_ends_when_the_family_is_told_of_formally(cast, person):
    lead, from_another = (
        make_lead(cast.charity_reviewer, cast.town_area),
        make_lead(cast.bureau_officer, cast.town_area),
    )
    said = {"kind": "lead", "circumstances": "独居", "urgency": "normal", "papers": []}
    with pytest.raises(Refusal, match="不是本单位报的"):
        tell_bureau(cast.charity_reviewer, person, cast.bureau, said, from_another)
    draft = tell_bureau(cast.charity_reviewer, person, cast.town, said, lead)
    lead.refresh_from_db()
    assert lead.is_open
    agree_to(cast, draft)
    send_referral(cast.charity_reviewer, draft, draft.version)
    lead.refresh_from_db()
    assert (lead.state, lead.closing, lead.referral) == ("closed", "referred", draft)


def test_only_the_bureaus_of_the_residence_are_told_and_only_once(cast, person):
    said = {"kind": "lead", "circumstances": "独居", "urgency": "normal", "papers": []}
    with pytest.raises(Refusal, match="居住地"):
        tell_bureau(cast.charity_reviewer, person, cast.other_bureau, said)
    with pytest.raises(Refusal) as refused:
        tell_bureau(cast.charity_reviewer, person, cast.town, {**said, "kind": "assist_apply"})
    assert refused.value.field == "scheme"
    with pytest.raises(PermissionDenied):
        tell_bureau(cast.bureau_officer, make_person(cast.bureau), cast.town, said)
    make_telling(cast.charity_reviewer, cast.town, person=person)
    again = tell_bureau(cast.charity_reviewer, person, cast.bureau, said)
    with pytest.raises(AlreadyReferred, match="已经告知过民政部门"):
        send_referral(cast.charity_reviewer, again, again.version)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"decision": ""}, "decision"),
        ({"decision": "aid_granted"}, "scheme"),
        ({"decision": "not_eligible", "scheme": "dibao"}, "why_not"),
        ({"decision": "already_aided", "scheme": "dibao"}, "since"),
        ({"decision": "cannot_reach"}, "summary"),
        ({"decision": "handed_to_town", "summary": "已交"}, "decision"),
        (
            {"decision": "aid_granted", "scheme": "dibao", "decided_on": timezone.localdate() + timedelta(1)},
            "decided_on",
        ),
    ],
)
def test_an_answer_without_what_it_needs_is_refused_at_its_field(values, field, cast, person):
    referral = make_telling(cast.charity_reviewer, cast.town, person=person, state="accepted", by=cast.town_caseworker)
    with pytest.raises(Refusal) as refused:
        answer(cast, referral, **values)
    assert refused.value.field == field
    assert Referral.objects.get().state == "accepted"


def test_an_application_that_was_opened_gets_its_decision_in_the_same_record(cast, person):
    referral = make_telling(
        cast.charity_reviewer, cast.town, person=person, kind="assist_apply", state="accepted", by=cast.town_caseworker
    )
    opened = answer(cast, referral, decision="application_opened", scheme="dibao")
    outcomes.dispute_outcome(cast.charity_reviewer, opened, opened.version, "家庭还没有收到决定")
    again = answer(cast, Referral.objects.get(), decision="not_eligible", scheme="dibao", why_not="income")
    aid = GovernmentAid.objects.get()
    assert (aid.state, aid.reason, aid.version) == ("refused", "经济状况不符", 2)
    assert again.reports.first().government_aid == aid


def test_the_bureau_verifies_what_it_was_told(cast, browse, person):
    person.private = {**person.private, "phone": "138" + "0" * 8}
    person.save()
    own = make_person(cast.town, name=person.name, number=person.number, residence=cast.town_area)
    items = ["name", "number", "phone", "circumstances"]
    referral = make_telling(cast.charity_reviewer, cast.town, person=person, items=items)
    town, charity = browse(cast.town_caseworker), browse(cast.charity_reviewer)
    assert town.get(f"/referrals/{referral.code}/verify/visit/").status_code == 404
    act(town, referral, "sign")
    page = town.get(f"/referrals/{referral.code}/").content.decode()
    assert "记录入户核实" in page
    assert f"/people/{own.code}/" in page
    said = {
        "result": "as_recorded", "visited_on": timezone.localdate().isoformat(), "visitors": "某甲", "occasion": "lead",
        "findings": "屋里很冷",
    }  # fmt: skip
    assert town.post(f"/referrals/{referral.code}/verify/visit/", said).status_code == 302
    assert Visit.objects.get().referral == referral
    shown = charity.get(f"/referrals/{referral.code}/").content.decode()
    assert "情况属实" in shown
    assert "屋里很冷" not in shown
    assert charity.get(f"/referrals/{referral.code}/verify/visit/").status_code == 404


def test_after_a_no_one_press_brings_the_person_back(cast, browse, person):
    program = make_program(cast.charity)
    make_need(person)
    make_receiver(cast.charity)
    referral = make_telling(cast.charity_reviewer, cast.bureau, person=person, state="accepted", by=cast.bureau_officer)
    outcomes.report_outcome(
        cast.bureau_officer, referral, referral.version,
        {"decision": "not_eligible", "scheme": "dibao", "why_not": "income", "decided_on": timezone.localdate()},
    )  # fmt: skip
    for one in (cast.bureau_officer, cast.charity_reviewer):
        assert "改由慈善帮扶" in browse(one).get(f"/referrals/{referral.code}/").content.decode()
    bureau = browse(cast.bureau_officer)
    assert bureau.post(f"/referrals/{referral.code}/refer-back/", {"program": ""}, follow=True).status_code == 200
    back = Referral.objects.get(follows=referral)
    assert (back.state, back.receiver, back.ground, back.procedure) == (
        "sent", cast.charity, "not_yet_eligible", "simplified_by_referral",
    )  # fmt: skip
    assert "经济状况不符" in back.private["government"]
    assert not back.manifests.get().provisions.exists()
    with pytest.raises(Refusal, match="已经转回"):
        refer_back(cast.bureau_officer, Referral.objects.get(pk=referral.pk), program=program)
    decisions.sign_referral(cast.charity_reviewer, back, back.version)
    back.refresh_from_db()
    decisions.accept_referral(cast.charity_reviewer, back, back.version)
    assert Referral.objects.get(pk=back.pk).state == "accepted"


def test_nobody_refers_back_what_was_granted_or_is_not_theirs(cast, person):
    referral = make_telling(cast.charity_reviewer, cast.town, person=person, state="accepted", by=cast.town_caseworker)
    granted = answer(cast, referral, decision="aid_granted", scheme="dibao")
    with pytest.raises(Refusal, match="不符合条件"):
        refer_back(cast.town_caseworker, granted)
    with pytest.raises(PermissionDenied):
        refer_back(cast.charity_reviewer, granted)


def test_help_that_fails_opens_the_need_again(cast, person):
    need = make_need(person)
    referral = make_telling(
        cast.charity_reviewer, cast.town, person=person, state="accepted", by=cast.town_caseworker, needs=[need]
    )
    need.refresh_from_db()
    assert need.state == "in_help"
    outcomes.fail_referral(cast.town_caseworker, referral, referral.version, "moved.moved", "全家搬走")
    need.refresh_from_db()
    assert need.state == "open"


def test_a_bureau_says_no_before_its_own_check_is_answered_only_on_purpose(cast, browse, person):
    referral = make_telling(cast.charity_reviewer, cast.town, state="accepted", by=cast.town_caseworker, person=person)
    make_check(person, cast.town, bureau=cast.bureau, referral=referral)
    town, said = browse(cast.town_caseworker), {"decision": "not_eligible", "scheme": "dibao", "why_not": "income"}
    said["decided_on"] = timezone.localdate().isoformat()
    assert "核对还没有结论，期限" in town.get(f"/referrals/{referral.code}/report/").content.decode()
    assert "勾选“不等核对结论”" in act(town, referral, "report", **said)
    assert Referral.objects.get().state == "accepted"
    act(town, referral, "report", **said, despite_check="on")
    assert Referral.objects.get().state == "reported"


def test_what_a_bureau_pauses_for_its_town_the_town_resumes(cast, person):
    referral = make_telling(cast.charity_reviewer, cast.town, state="accepted", by=cast.town_caseworker, person=person)
    later = timezone.localdate() + timedelta(days=9)
    decisions.hold_referral(cast.bureau_officer, referral, referral.version, later, "街道人手不够")
    held = Referral.objects.get()
    assert held.turn == cast.town
    decisions.resume_referral(cast.town_caseworker, held, held.version)
    assert Referral.objects.get().state == "accepted"
