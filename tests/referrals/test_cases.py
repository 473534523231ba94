"""The page of a case: each side sees what it may, the rules then and now, and everything that happened."""

import pytest
from django.utils import timezone

from members.models import AuditEntry
from referrals import case_lines, cases_shown, disclosure
from referrals.actions import decisions, outcomes
from referrals.actions.referrals import draft_referral, send_referral
from referrals.items import ITEMS
from referrals.models import DisclosureLog, Referral, ReferralStep
from tests.make.catalogue import make_program
from tests.make.people import (
    make_consent,
    make_fact,
    make_minor_approval,
    make_need,
    make_person,
    make_safeguards,
)
from tests.make.referrals import make_receiver, make_referral


@pytest.fixture
def case(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    return Referral.objects.get(pk=referral.pk)


def a_sick_child(cast):
    child = make_person(cast.town, born=f"{timezone.localdate().year - 7}-01-01")
    make_fact(child, "diagnoses", ["congenital_heart_disease"])
    make_fact(child, "needs_surgery", True)
    for staff in (cast.bureau_officer, cast.charity_reviewer):
        make_minor_approval(staff, child)
    return child


def refer(cast, person, items):
    """For a program of the charity, under a consent for these items."""
    make_receiver(cast.charity)
    make_safeguards(person.keeper, cast.charity)
    is_sensitive = {True: [], False: []}
    for item in items:
        is_sensitive[ITEMS[item].is_sensitive].append(item)
    make_consent(
        person, [cast.charity], actor=cast.bureau_officer, items=is_sensitive[False], sensitive_items=is_sensitive[True]
    )
    values = {
        "needs": [make_need(person)],
        "ground": "policy_gap",
        "items": items,
        "program": make_program(cast.charity),
    }
    draft = draft_referral(cast.bureau_officer, person, cast.charity, values)
    return Referral.objects.get(pk=send_referral(cast.bureau_officer, draft, draft.version).pk)


def judged(staff, referral):
    permitted = disclosure.permitted(staff, referral.person)
    return cases_shown.judgement_of(referral, permitted, cases_shown.case_verdicts.judge(referral))


def test_a_receiver_reads_of_the_verdict_only_what_rests_on_what_it_was_given(cast):
    referral = refer(cast, a_sick_child(cast), ["name", "diagnosis"])
    keeper, receiver = judged(cast.bureau_officer, referral).now, judged(cast.charity_reviewer, referral).now
    assert keeper.hidden == 0
    assert any("需要手术" in line.words for line in keeper.lines)
    assert any("先天性心脏病" in line.words for line in receiver.lines)
    assert not any("需要手术" in line.words for line in receiver.lines)
    assert (receiver.hidden > 0, receiver.eligible) == (True, keeper.eligible)


def test_a_receiver_reads_the_needs_it_was_asked_for_and_not_the_others(cast, browse):
    referral = refer(cast, make_person(cast.town), ["name", "needs"])
    (meant,) = referral.needs.all()
    make_need(referral.person, wish="另一家单位在帮的事")
    page = browse(cast.charity_reviewer)
    listed = referral.manifests.get().provisions.get()
    for url in (f"/referrals/{referral.code}/", f"/received/{listed.code}/", f"/referrals/{referral.code}/file/"):
        told = page.get(url).content.decode()
        assert meant.wish in told, url
        assert "另一家单位在帮的事" not in told, url


def test_what_changed_since_the_day_of_sending_is_told(cast):
    child = a_sick_child(cast)
    referral = refer(cast, child, ["name", "diagnosis", "treatment"])
    child.facts.filter(name="needs_surgery").update(superseded_at=timezone.now())
    make_fact(child, "needs_surgery", False)
    found = judged(cast.charity_reviewer, referral)
    assert found.now.eligible is False
    assert found.is_other
    assert [line.words for line in found.gone] == ["需要手术：是，符合"]
    assert any("需要手术：否" in words for words in found.new)
    assert judged(cast.charity_reviewer, referral).then.lines


def test_long_numbers_are_covered_and_asked_for_by_themselves(cast, browse):
    person = make_person(cast.town)
    referral = refer(cast, person, ["name", "number"])
    for staff, way in ((cast.charity_reviewer, "/received/"), (cast.bureau_officer, f"/people/{person.code}/unmask/")):
        page = browse(staff).get(f"/referrals/{referral.code}/").content.decode()
        assert person.number not in page
        assert person.masked_number in page
        assert way in page
    assert DisclosureLog.objects.filter(kind="seen", person=person).count() == 1


def test_who_only_oversees_reads_states_and_no_words_of_people(cast, browse, case):
    decisions.return_referral(
        cast.charity_reviewer, case, case.version, questions=["陈家住在哪里？"], note="陈家地址不清"
    )
    page = browse(cast.city_supervisor).get(f"/referrals/{case.code}/").content.decode()
    assert "退回补充" in page
    assert "陈家" not in page
    assert "陈家住在哪里" in browse(cast.charity_reviewer).get(f"/referrals/{case.code}/").content.decode()
    assert "陈家" not in browse(cast.city_supervisor).get(f"/referrals/{case.code}/steps/").content.decode()


def test_everything_that_happened_stands_there_with_who_and_how_long(cast, case):
    asked = outcomes.void_referral(cast.bureau_officer, case, case.version, "录错了人")
    permitted = disclosure.permitted(cast.bureau_officer, case.person)
    lines = case_lines.lines_of(cast.bureau_officer, case, cases_shown.steps_of(case), permitted)
    assert [(line.title, line.who) for line in lines] == [
        ("提请第二人审核：作废", "民政经办"), ("签收", "慈善经办"), ("转介给甲区慈善会", "民政经办"),
    ]  # fmt: skip
    assert lines[1].took == case.steps.get(verb="sign").took
    assert (lines[0].note, lines[2].took) == (asked.note, None)


def test_a_long_story_is_told_in_pages(cast, browse, case):
    now, step = timezone.now(), {"referral": case, "verb": "reassign", "from_state": "received", "to_state": "received"}
    ReferralStep.objects.bulk_create(
        ReferralStep(**step, version=100 + number, actor=cast.charity_reviewer, at=now, took=now - now)
        for number in range(40)
    )
    client, url = browse(cast.bureau_officer), f"/referrals/{case.code}/steps/"
    assert "全部 42 条" in client.get(f"/referrals/{case.code}/").content.decode()
    first = client.get(url).context["page"]
    assert (len(first.rows), first.after, first.before) == (30, "30", "")
    second = client.get(url, {"after": first.after}).context["page"]
    assert ([line.title for line in second.rows][-2:], second.before) == (["签收", "转介给甲区慈善会"], "0")
    assert client.get(url, {"after": "-1"}).status_code == 200


def test_a_road_that_was_left_ends_with_how_it_ended(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="rejected", by=cast.charity_reviewer)
    path = case_lines.path_of(referral, cases_shown.steps_of(referral))
    assert [(str(station.label), station.is_done) for station in path] == [("发出", True), ("不予接收", False)]
    assert path[-1].is_end


def test_a_paused_case_stands_where_it_was_paused(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="on_hold", by=cast.charity_reviewer)
    path = case_lines.path_of(referral, cases_shown.steps_of(referral))
    assert [str(station.label) for station in path if station.is_now] == ["接收"]
    assert next(station for station in path if station.is_now).words.startswith("暂停")


def test_the_page_names_whose_turn_it_is_and_the_one_thing_to_do(cast, browse, case):
    url = f"/referrals/{case.code}/"
    receiver, sender = browse(cast.charity_reviewer).get(url), browse(cast.bureau_officer).get(url)
    assert "现在请您决定" in receiver.content.decode()
    assert receiver.context["deeds"].first.verb == "accept"
    assert "等甲区慈善会决定" in sender.content.decode()
    assert sender.context["deeds"].first is None
    assert AuditEntry.objects.filter(action="referral.view", object_code=case.code).count() == 2


def test_a_refused_case_leads_on_to_other_receivers(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="rejected", by=cast.charity_reviewer)
    page = browse(cast.bureau_officer).get(f"/referrals/{referral.code}/").content.decode()
    assert f"/people/{referral.person.code}/refer/" in page
    assert "/refer/" not in browse(cast.charity_reviewer).get(f"/referrals/{referral.code}/").content.decode()


def test_it_is_written_who_can_see_a_case_and_who_has_looked(cast, browse, case):
    charity, bureau = browse(cast.charity_approver), browse(cast.bureau_officer)
    charity.get(f"/referrals/{case.code}/")
    bureau.get(f"/referrals/{case.code}/")
    url = f"/referrals/{case.code}/viewers/"
    kept, received = bureau.get(url).context, charity.get(url).context
    reasons = [(str(one.organization), str(one.reason)) for one in kept["units"]]
    assert reasons[:2] == [("甲区民政局", "转出"), ("甲区慈善会", "接收")]
    assert ("测试市民政局", "上级") in reasons
    assert [bool(one.people) for one in kept["units"]][:2] == [True, False]
    assert {line.actor_name for line in kept["page"]} == {"慈善审批", "民政经办"}
    assert {line.actor_name for line in received["page"]} == {"慈善审批"}
    (provision, items), *others = received["provisions"]
    assert (provision.receiver, len(items), others) == (cast.charity, 3, [])
