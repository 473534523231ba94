"""A case shared with one more party: by name, for a task, until a day, as far as the person agreed."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members import handover
from members.access import Refusal
from members.models import OutboxMessage
from referrals import case_notes, disclosure, shares, tasks
from referrals.actions.consents import withdraw_consent
from referrals.actions.outcomes import cancel_referral
from referrals.actions.provisions import end_provision
from referrals.actions.shares import confirm_share_deletion, end_expired, revoke_share, write_share_note
from referrals.coverage import Rule
from referrals.models import (
    CaseNote,
    Consent,
    DisclosureLog,
    Document,
    Provision,
    Referral,
    ReferralAccess,
    ReferralGrant,
    ReferralShare,
    TimelineEntry,
)
from tests.make.people import (
    make_consent,
    make_document,
    make_minor_approval,
    make_need,
    make_person,
    make_safeguards,
)
from tests.make.referrals import make_referral
from tests.make.shares import agree_to, make_share
from tests.make.units import make_organization, make_relation, make_staff
from tests.referrals.test_row_security import as_unit


@pytest.fixture
def hospital(cast):
    return make_organization(kind="hospital", area=cast.county, name="甲区医院")


@pytest.fixture
def doctor(hospital):
    return make_staff(organization=hospital, roles=["partner_agent"], name="医院社工")


@pytest.fixture
def colleague(hospital):
    return make_staff(organization=hospital, roles=["partner_agent"], name="医院同事")


def a_case(cast, **values):
    referral = make_referral(cast.bureau_officer, cast.charity, **values)
    return Referral.objects.get(pk=referral.pk)


@pytest.fixture
def case(cast):
    return a_case(cast)


def seen_by(staff, share):
    fresh = type(staff).objects.get(pk=staff.pk)
    return disclosure.permitted_by_share(fresh, ReferralShare.objects.get(pk=share.pk))


# -- Who sees what ----------------------------------------------------------------------------------------------------
def test_whoever_is_named_sees_the_items_and_a_colleague_of_the_same_unit_sees_nothing(
    cast, browse, case, doctor, colleague
):
    share = make_share(cast.bureau_officer, case, doctor, items=["name", "phone", "needs"])
    page = f"/shares/{share.code}/"
    make_need(case.person, wish="别的单位在帮的事")
    answer = browse(doctor).get(page)
    assert case.person.name in answer.content.decode()
    assert "请上门看一看" in answer.content.decode()
    assert case.needs.get().private["wish"] in answer.content.decode()
    assert "别的单位在帮的事" not in answer.content.decode()
    assert answer.context["permitted"].items == {"name", "phone", "needs"}
    assert browse(colleague).get(page).status_code == 404
    assert not seen_by(colleague, share)
    assert not seen_by(cast.charity_reviewer, share)
    seen = DisclosureLog.objects.get(kind="seen", receiver=doctor.organization)
    assert (seen.actor, set(seen.items)) == (doctor, {"name", "phone", "needs"})
    # By no other road: neither the unit's list of what it received, nor the page of the case, nor its desks.
    for who in (doctor, colleague):
        client = browse(who)
        assert client.get(f"/referrals/{case.code}/").status_code == 404
        assert client.get("/received/").context["page"].rows == []
        assert client.get(f"/received/{share.provisions.get().code}/").status_code == 404
        assert client.get("/referrals/received/").context["page"].rows == []
        assert not disclosure.permitted(who, case.person)
        assert disclosure.count_unseen(who) == 0
    assert [one.code for one in browse(doctor).get("/shares/").context["page"].rows] == [share.code]
    assert browse(colleague).get("/shares/").context["page"].rows == []
    assert (shares.count_held(doctor), shares.count_held(colleague)) == (1, 0)
    assert doctor.has_perm("referrals.read_shared_referral", case)
    assert not colleague.has_perm("referrals.read_shared_referral", case)


def test_a_paper_is_opened_by_whoever_it_was_shared_with_and_by_nobody_else_there(
    cast, browse, case, doctor, colleague
):
    paper, other = make_document(case.person), make_document(case.person, "id_card_self")
    make_share(cast.bureau_officer, case, doctor, items=["name", "paper_health"])
    client = browse(doctor)
    assert paper.code in client.get(f"/shares/{ReferralShare.objects.get().code}/").content.decode()
    assert client.get(f"/documents/{paper.code}/").status_code == 200
    assert client.get(f"/documents/{paper.code}/file/").status_code == 200
    assert client.get(f"/documents/{other.code}/").status_code == 404
    assert browse(colleague).get(f"/documents/{paper.code}/").status_code == 404
    assert DisclosureLog.objects.filter(kind="seen", actor=doctor, items=["paper_health"]).exists()
    assert not Document.objects.near(colleague).exists()


def test_the_rows_of_the_database_come_into_the_party_s_sight_with_the_share_and_leave_with_it(cast, case, doctor):
    assert as_unit(doctor, Referral.objects.count) == 0
    share = make_share(cast.bureau_officer, case, doctor)
    assert ReferralAccess.objects.get(organization=doctor.organization).reason == "shared"
    assert as_unit(doctor, Referral.objects.count) == as_unit(doctor, ReferralGrant.objects.count) == 1
    assert as_unit(cast.other_charity_admin, ReferralShare.objects.count) == 0
    revoke_share(cast.bureau_officer, share, share.version, "办完了")
    assert as_unit(doctor, Referral.objects.count) == 0
    # That it was, and how it ended, stays with them.
    assert as_unit(doctor, ReferralShare.objects.count) == as_unit(doctor, ReferralGrant.objects.count) == 1


def test_a_child_s_case_waits_for_the_party_s_own_approval(cast, browse, doctor):
    child = make_person(cast.bureau, born=f"{timezone.localdate().year - 9}-01-01")
    make_minor_approval(cast.bureau_officer)
    share = make_share(cast.bureau_officer, a_case(cast, person=child), doctor, items=["name", "education"])
    client = browse(doctor)
    page = client.get(f"/shares/{share.code}/")
    assert child.name not in page.content.decode()
    assert page.context["asks_for_minor"]
    assert client.get(f"/people/{child.code}/minor-access/").status_code == 200
    make_minor_approval(doctor, child)
    assert child.name in browse(doctor).get(f"/shares/{share.code}/").content.decode()


def test_kin_the_switched_off_and_whoever_moved_away_see_nothing(cast, case, doctor, hospital):
    share = make_share(cast.bureau_officer, case, doctor)
    assert seen_by(doctor, share)
    make_relation(doctor, number=case.person.number)
    assert "回避" in seen_by(doctor, share).reason
    doctor.relations.all().delete()
    for change in ({"is_active": False}, {"is_active": True, "organization": cast.charity}):
        type(doctor).objects.filter(pk=doctor.pk).update(**change)
        assert not seen_by(doctor, share)
    type(doctor).objects.filter(pk=doctor.pk).update(organization=hospital)
    assert seen_by(doctor, share)
    handover.HOLDINGS["shares"].move(cast.system_admin, doctor, None)
    assert not seen_by(doctor, share)
    assert ReferralShare.objects.get().ended == "left"


def test_the_list_of_what_is_shared_costs_the_same_for_three_as_for_one(cast, browse, doctor):
    client, counts = browse(doctor), []
    for more in (1, 2):
        for _time in range(more):
            make_share(cast.bureau_officer, a_case(cast), doctor)
        client.get("/shares/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/shares/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


# -- What may be shared -----------------------------------------------------------------------------------------------
def test_only_what_the_person_agreed_to_for_that_unit_and_no_longer_than_that(cast, case, doctor):
    agree_to(
        case, doctor.organization, ["name", "needs"], actor=cast.bureau_officer,
        until=timezone.localdate() + timedelta(days=10),
    )  # fmt: skip
    give = {"is_agreed": True, "task": "other"}
    with pytest.raises(Refusal, match="没有同意向甲区医院提供：联系电话"):
        make_share(cast.bureau_officer, case, doctor, items=["name", "phone"], **give)
    with pytest.raises(Refusal, match="不能共享得更久"):
        make_share(cast.bureau_officer, case, doctor, items=["name"], **give)
    with pytest.raises(Refusal, match="已经过去"):
        make_share(cast.bureau_officer, case, doctor, expires_on=timezone.localdate() - timedelta(days=1), **give)
    assert not Provision.objects.filter(receiver=doctor.organization).exists()
    assert not ReferralShare.objects.exists()
    assert not ReferralGrant.objects.exists()
    share = make_share(cast.bureau_officer, case, doctor, expires_on=timezone.localdate() + timedelta(days=10), **give)
    assert set(share.items) == {"name", "needs"}


def test_what_the_task_does_not_need_wants_a_reason_for_each_item(cast, case, doctor):
    agree_to(case, doctor.organization, ["name", "needs", "income", "visit"], actor=cast.bureau_officer)
    more = {"items": ["name", "income", "visit"], "is_agreed": True, "task": "other"}
    with pytest.raises(Refusal, match="“入户走访的结果”超出其他最少要的内容"):
        make_share(cast.bureau_officer, case, doctor, reasons={"income": "算减免"}, **more)
    share = make_share(cast.bureau_officer, case, doctor, reasons={"income": "算减免", "visit": "看护理"}, **more)
    assert share.reasons == {"income": "算减免", "visit": "看护理"}


def test_it_goes_to_people_on_duty_of_a_third_unit_and_is_given_by_the_side_that_keeps_the_record(
    cast, case, doctor, colleague
):
    agree_to(case, doctor.organization, ["name", "needs"], actor=cast.bureau_officer)
    give = {"is_agreed": True, "task": "other"}
    with pytest.raises(PermissionDenied):
        make_share(cast.charity_reviewer, case, doctor, **give)
    with pytest.raises(Refusal, match="本来就在办理"):
        make_share(cast.bureau_officer, case, cast.charity_reviewer, **give)
    with pytest.raises(Refusal, match="按辖区查看"):
        make_share(cast.bureau_officer, case, cast.town_caseworker, **give)
    finance = make_staff(organization=doctor.organization, roles=["unit_admin"])
    for holders, words in (([], "指定"), ([finance], "在岗人员"), ([doctor, cast.charity_reviewer], "在岗人员")):
        with pytest.raises(Refusal, match=words):
            make_share(cast.bureau_officer, case, doctor, holders=holders, **give)
    make_relation(colleague, number=case.person.number)
    with pytest.raises(Refusal, match="回避"):
        make_share(cast.bureau_officer, case, doctor, holders=[doctor, colleague], **give)
    make_share(cast.bureau_officer, case, doctor, **give)
    with pytest.raises(Refusal, match="要改内容请先收回"):
        make_share(cast.bureau_officer, case, doctor, **give)
    cancel_referral(cast.bureau_officer, case, case.version, "declined.refuses")
    with pytest.raises(Refusal, match="办结以前"):
        make_share(cast.bureau_officer, Referral.objects.get(pk=case.pk), doctor, **give)


def test_a_class_of_units_is_named_by_the_share(cast, case, doctor):
    make_safeguards(case.person.keeper, doctor.organization)
    rule = Rule(frozenset({"hospital"}), cast.county.code)
    make_consent(case.person, actor=cast.bureau_officer, items=["name", "needs"], rule=rule)
    assert list(shares.parties_for(case)) == [doctor.organization.code]
    share = make_share(cast.bureau_officer, case, doctor, task="other", is_agreed=True)
    assert seen_by(doctor, share).items == {"name", "needs"}


# -- The end ----------------------------------------------------------------------------------------------------------
def _by_hand(cast, share, case):
    revoke_share(cast.bureau_officer, share, share.version, "不用了")


def _by_the_person(cast, share, case):
    consent = Consent.objects.get(provisions__share=share)
    withdraw_consent(cast.bureau_officer, consent, channel="counter")


def _by_the_paper(cast, share, case):
    withdraw_consent(None, Consent.objects.get(provisions__share=share), channel="online")


def _by_the_case(cast, share, case):
    cancel_referral(cast.bureau_officer, case, case.version, "declined.refuses")


def _by_the_list(cast, share, case):
    end_provision(cast.bureau_officer, share.provisions.get())


@pytest.mark.parametrize(
    ("act", "how"),
    [
        (_by_hand, "revoked"), (_by_the_person, "consent"), (_by_the_paper, "consent"), (_by_the_case, "case_over"),
        (_by_the_list, "revoked"),
    ],
)  # fmt: skip
def test_it_ends_at_once_and_whoever_had_it_confirms_that_copies_are_gone(cast, browse, case, doctor, act, how):
    share = make_share(cast.bureau_officer, case, doctor)
    assert seen_by(doctor, share)
    act(cast, share, case)
    share.refresh_from_db()
    assert share.ended == how
    assert share.version == 2
    assert not seen_by(doctor, share)
    assert not Provision.objects.open().filter(share=share).exists()
    assert not ReferralGrant.objects.live().exists()
    assert not ReferralAccess.objects.filter(organization=doctor.organization).exists()
    client = browse(doctor)
    page = client.get(f"/shares/{share.code}/").content.decode()
    assert "共享已经结束" in page
    assert case.person.name not in page
    assert shares.count_to_confirm(doctor) == 1
    client.post(f"/shares/{share.code}/deleted/")
    assert shares.count_to_confirm(doctor) == 0
    with pytest.raises(Refusal, match="已经确认过"):
        confirm_share_deletion(doctor, share)
    with pytest.raises(Refusal, match="已经结束"):
        revoke_share(cast.bureau_officer, share, share.version, "再收回")


def test_after_its_last_day_nothing_is_seen_and_the_clock_writes_the_end_down(cast, case, doctor):
    share = make_share(cast.bureau_officer, case, doctor, expires_on=timezone.localdate())
    assert seen_by(doctor, share)
    assert end_expired() == 0
    tomorrow = timezone.localdate() + timedelta(days=1)
    ReferralGrant.objects.update(given_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    assert "没有共享给您" in seen_by(doctor, share).reason
    assert end_expired(tomorrow) == 1
    share.refresh_from_db()
    assert (share.ended, share.ended_by) == ("expired", None)
    assert not ReferralAccess.objects.filter(organization=doctor.organization).exists()
    tasks.end_expired_provisions()


def test_one_item_taken_back_goes_and_the_rest_stays(cast, case, doctor):
    share = make_share(cast.bureau_officer, case, doctor, items=["name", "phone", "needs"])
    consent = Consent.objects.get(provisions__share=share)
    withdraw_consent(cast.bureau_officer, consent, items=["phone"], channel="counter")
    assert seen_by(doctor, share).items == {"name", "needs"}


def test_two_shares_of_one_case_with_one_unit_end_by_themselves(cast, case, doctor, colleague):
    first = make_share(cast.bureau_officer, case, doctor)
    second = make_share(cast.bureau_officer, case, colleague, is_agreed=True)
    revoke_share(cast.bureau_officer, first, first.version, "不用了")
    assert not seen_by(doctor, first)
    assert seen_by(colleague, second)
    assert ReferralAccess.objects.filter(organization=doctor.organization, reason="shared").exists()


def test_only_the_side_that_gave_it_takes_it_back_with_a_reason_and_over_the_version_it_saw(cast, case, doctor):
    share = make_share(cast.bureau_officer, case, doctor)
    for who in (cast.charity_reviewer, doctor):
        with pytest.raises(PermissionDenied):
            revoke_share(who, share, share.version, "不用了")
    with pytest.raises(Refusal, match="为什么收回"):
        revoke_share(cast.bureau_officer, share, share.version, " ")
    with pytest.raises(Refusal, match="对照"):
        revoke_share(cast.bureau_officer, share, 7, "不用了")
    for change in (lambda: ReferralShare.objects.update(items=["name", "number"]), share.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# -- Around it --------------------------------------------------------------------------------------------------------
def test_who_can_see_this_names_the_person_the_items_and_the_day(cast, browse, case, doctor):
    share = make_share(cast.bureau_officer, case, doctor, items=["name", "phone"])
    for who in (cast.bureau_officer, cast.charity_reviewer):
        page = browse(who).get(f"/referrals/{case.code}/viewers/").content.decode()
        assert doctor.name in page
        assert doctor.organization.name in page
        assert "姓名、联系电话" in page
        assert share.expires_on.isoformat() in page
    assert f"/shares/{share.code}/revoke/" not in page
    assert (
        f"/shares/{share.code}/revoke/"
        in browse(cast.bureau_officer).get(f"/referrals/{case.code}/viewers/").content.decode()
    )
    assert browse(cast.charity_reviewer).get(f"/shares/{share.code}/").status_code == 200
    assert browse(cast.other_bureau_approver).get(f"/shares/{share.code}/").status_code == 404


def test_those_it_was_given_to_and_the_two_sides_write_to_each_other_and_nothing_else_moves(
    cast, browse, case, doctor, colleague
):
    share = make_share(cast.bureau_officer, case, doctor)
    write_share_note(doctor, share, "已联系本人，周五上门")
    write_share_note(cast.charity_reviewer, share, "请带上评估表")
    page = browse(doctor).get(f"/shares/{share.code}/").content.decode()
    assert "周五上门" in page
    assert "请带上评估表" in page
    assert "周五上门" in browse(cast.bureau_officer).get(f"/referrals/{case.code}/").content.decode()
    with pytest.raises((Refusal, PermissionDenied)):
        write_share_note(colleague, share, "我也看看")
    with pytest.raises(Refusal, match="写下内容"):
        write_share_note(doctor, share, " ")
    assert {note.audience for note in CaseNote.objects.all()} == {"share"}
    assert case_notes.audiences_of(doctor, case) == []
    topics = list(OutboxMessage.objects.filter(topic__startswith="share.").values_list("topic", flat=True))
    assert sorted(topics) == ["share.given", "share.noted"]
    revoke_share(cast.bureau_officer, share, share.version, "不用了")
    with pytest.raises(Refusal, match="已经结束"):
        write_share_note(doctor, share, "还有一句")
    assert client_refuses(browse(doctor), case)


def client_refuses(client, case):
    """Nobody of the party stands on a side of the case."""
    return {client.post(f"/referrals/{case.code}/{verb}/").status_code for verb in ("sign", "reject", "cancel")} == {
        404
    }


def test_both_sides_and_the_family_s_time_line_hear_of_it(cast, case, doctor):
    make_share(cast.bureau_officer, case, doctor)
    told = OutboxMessage.objects.filter(topic="referral.shared")
    assert told.count() >= 1
    assert all(set(row.payload) == {"referral", "staff"} for row in told)
    assert TimelineEntry.objects.filter(kind="referral_shared", person=case.person).exists()
    assert DisclosureLog.objects.filter(kind="provided", receiver=doctor.organization).exists()


def test_on_the_screen_the_items_are_chosen_seen_as_they_will_be_and_then_given(cast, browse, case, doctor):
    agree_to(case, doctor.organization, ["name", "needs", "phone"], actor=cast.bureau_officer)
    client, url = browse(cast.bureau_officer), f"/referrals/{case.code}/share/"
    assert doctor.organization.name in client.get(url).content.decode()
    url += f"?to={doctor.organization.code}&task=other"
    assert client.get(url).context["form"]["items"].value() == ["name", "needs"]
    said = {
        "holders": [doctor.code], "words": "请核对费用", "items": ["name", "needs", "phone"],
        "expires_on": (timezone.localdate() + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    preview = client.post(url, said)
    assert case.person.name in preview.content.decode()
    assert not ReferralShare.objects.exists()
    refused = client.post(url, {**said, "confirm": "1"})
    assert "“联系电话”超出其他最少要的内容" in refused.content.decode()
    assert not ReferralShare.objects.exists()
    assert "请核对费用" in client.post(url, {**said, "change": "1"}).content.decode()
    client.post(url, {**said, "why_phone": "约时间", "confirm": "1"})
    share = ReferralShare.objects.get()
    assert (share.words, share.reasons, [one.user for one in share.grants.all()]) == (
        "请核对费用", {"phone": "约时间"}, [doctor],
    )  # fmt: skip
    client.post(f"/shares/{share.code}/revoke/", {"reason": "办完了", "version": share.version})
    assert ReferralShare.objects.get().ended == "revoked"


def test_without_a_consent_for_anybody_else_the_page_leads_to_asking(cast, browse, case):
    page = browse(cast.bureau_officer).get(f"/referrals/{case.code}/share/").content.decode()
    assert "还没有同意提供给其他单位" in page
    assert f"/people/{case.person.code}/consents/begin/" in page


# -- For other systems ------------------------------------------------------------------------------------------------
def test_other_systems_give_list_and_take_back_by_the_same_rules(cast, browse, case, doctor):
    agree_to(case, doctor.organization, ["name", "needs", "phone"], actor=cast.bureau_officer)
    client, url = browse(cast.bureau_officer), f"/api/v1/referrals/{case.code}/shares/"

    def send(session, address, body, **headers):
        return session.post(address, body, content_type="application/json", headers=headers)

    said = {
        "party": doctor.organization.code, "people": [doctor.code], "task": "other", "words": "请核对费用",
        "items": ["name", "phone"], "expires_on": (timezone.localdate() + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    assert send(client, url, said).status_code == 422
    said["reasons"] = {"phone": "约时间"}
    first, again = (send(client, url, said, **{"Idempotency-Key": "once"}) for _time in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert ReferralShare.objects.count() == 1
    row = client.get(url).json()["results"][0]
    assert (row["people"], row["items"], row["is_over"]) == ([doctor.name], ["name", "phone"], False)
    end = f"/api/v1/shares/{row['code']}/revoke/"
    assert send(client, end, {"reason": "办完了"}).status_code == 428
    assert send(client, end, {"reason": "办完了", "version": 9}).status_code == 409
    done = send(client, end, {"reason": "办完了", "version": row["version"]})
    assert (done.status_code, done.json()["ended"]) == (200, "revoked")
    assert send(browse(cast.charity_reviewer), url, said).status_code == 403
    assert send(browse(doctor), url, said).status_code == 404
