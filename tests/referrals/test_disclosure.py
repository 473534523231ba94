"""The one road: what a receiver sees, under what, and how it closes."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from members.access import Refusal
from members.models import AuditEntry, Organization
from referrals import safeguards
from referrals.actions.consents import withdraw_consent
from referrals.actions.provisions import confirm_deletion, end_provision, provide, see_received
from referrals.actions.safeguards import end_data_agreement
from referrals.coverage import Rule
from referrals.disclosure import permitted, project
from referrals.items import ITEMS
from referrals.models import DataAgreement, DisclosureLog, ImpactAssessment, Provision
from tests.make.people import (
    make_assessment,
    make_consent,
    make_data_agreement,
    make_minor_approval,
    make_person,
    make_provision,
    make_safeguards,
)
from tests.make.units import make_relation

ITEMS_SENT = ("name", "phone", "diagnosis")


@pytest.fixture
def actor(cast):
    return cast.bureau_officer


@pytest.fixture
def person(cast):
    return make_person(
        cast.bureau, name="测试甲", phone="0467-5550101", address="幸福小区 3 号楼", account="6222000000001234"
    )


@pytest.fixture
def provision(cast, actor, person):
    return make_provision(actor, person, cast.charity, ITEMS_SENT)


def kinds_logged(person):
    return list(DisclosureLog.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


# -- Seeing -----------------------------------------------------------------------------------------------------------
def test_the_receiver_sees_what_was_agreed_and_sent_and_nothing_else(cast, person, provision):
    seen = permitted(cast.charity_reviewer, person)
    assert seen.items == set(ITEMS_SENT)
    words = str(project(person, seen.items))
    assert "测试甲" in words
    assert "0467-5550101" in words
    for hidden in (person.number, "幸福小区", "6222000000001234"):
        assert hidden not in words


def test_a_consent_alone_shows_nothing_until_something_is_sent(cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    make_consent(person, [cast.charity], actor=actor)
    assert not permitted(cast.charity_reviewer, person)


def test_for_another_purpose_there_is_nothing(cast, person, provision):
    assert not permitted(cast.charity_reviewer, person, "media_story")


def test_the_keeper_sees_its_own_and_a_supervisor_nothing_but_the_mask(cast, person, provision):
    assert permitted(cast.town_caseworker, make_person(cast.town)).items == ITEMS.keys()
    assert permitted(cast.bureau_officer, person).items == ITEMS.keys()
    assert not permitted(cast.city_supervisor, person)


@pytest.mark.parametrize(
    "name",
    [
        "other_charity_admin",
        "other_bureau_approver",
        "catalogue_admin",
        "charity_admin",
        "system_admin",
        "security_admin",
        "audit_admin",
    ],
)
def test_nobody_else_sees_anything(name, cast, person, provision):
    answer = permitted(cast[name], person)
    assert not answer
    assert answer.reason
    with pytest.raises(PermissionDenied):
        see_received(cast[name], provision)


def test_a_stranger_hears_the_same_of_somebody_known_and_of_somebody_new(cast, person, provision):
    """The answer tells nothing of whether others were sent something."""
    stranger = cast.other_bureau_approver
    assert permitted(stranger, person) == permitted(stranger, make_person(cast.bureau))


def test_every_look_leaves_a_line_in_the_log_and_in_the_audit(cast, person, provision):
    see_received(cast.charity_reviewer, provision)
    assert kinds_logged(person) == ["provided", "seen"]
    line = DisclosureLog.objects.get(kind="seen")
    assert (line.actor, line.receiver_name, line.items) == (
        cast.charity_reviewer, cast.charity.name, ["name", "phone", "diagnosis"],
    )  # fmt: skip
    assert len(line.payload_hash) == 64
    audited = AuditEntry.objects.filter(action="person.view").get()
    assert audited.actor_id == cast.charity_reviewer.pk
    assert audited.object_code == person.code


def test_kin_of_the_applicant_at_the_receiver_see_nothing(cast, person, provision):
    make_relation(cast.charity_reviewer, name=person.name, number=person.number)
    assert "回避" in permitted(cast.charity_reviewer, person).reason
    assert permitted(cast.charity_approver, person)


def test_a_suspended_receiver_sees_nothing(cast, person, provision):
    Organization.objects.filter(pk=cast.charity.pk).update(is_suspended=True)
    cast.charity_reviewer.refresh_from_db()
    assert "暂停" in permitted(cast.charity_reviewer, person).reason


def test_a_minor_is_seen_by_the_receiver_with_an_approval_of_its_own(cast, actor):
    child = make_person(cast.bureau, born=f"{date.today().year - 8}-01-01")
    make_minor_approval(actor)
    provision = make_provision(actor, child, cast.charity)
    assert "未成年人" in permitted(cast.charity_reviewer, child).reason
    assert see_received(cast.charity_reviewer, provision)[1] == []
    del cast.charity_reviewer._minors_approved
    make_minor_approval(cast.charity_reviewer, child)
    assert permitted(cast.charity_reviewer, child)


# -- Closing ----------------------------------------------------------------------------------------------------------
def test_a_withdrawal_closes_the_road_at_once(cast, actor, person, provision):
    assert permitted(cast.charity_reviewer, person)
    withdraw_consent(actor, provision.consent, channel="counter")
    answer = permitted(cast.charity_reviewer, person)
    assert not answer
    assert "撤回" in answer.reason
    assert answer.withheld == set(ITEMS_SENT)
    provision.refresh_from_db()
    assert provision.ended == "withdrawn"
    assert kinds_logged(person) == ["provided", "ended"]
    assert see_received(cast.charity_reviewer, provision)[1] == []


def test_one_item_taken_back_disappears_and_the_rest_stays(cast, actor, person, provision):
    withdraw_consent(actor, provision.consent, items=["diagnosis"], channel="counter")
    answer = permitted(cast.charity_reviewer, person)
    assert answer.items == {"name", "phone"}
    assert answer.withheld == {"diagnosis"}
    provision.refresh_from_db()
    assert provision.ended_at is None


def test_taking_back_from_one_receiver_leaves_the_other(cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    make_safeguards(cast.bureau, cast.other_charity)
    consent = make_consent(person, [cast.charity, cast.other_charity], actor=actor)
    for receiver in (cast.charity, cast.other_charity):
        provide(actor, person, receiver, "refer_to_org", ["name"], "请评估")
    withdraw_consent(actor, consent, recipients=[cast.charity], channel="counter")
    assert not permitted(cast.charity_reviewer, person)
    assert list(Provision.objects.open().values_list("receiver", flat=True)) == [cast.other_charity.pk]


def test_after_its_last_day_a_consent_opens_nothing(cast, person, provision, monkeypatch):
    after = provision.consent.valid_until + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *args: after)
    make_data_agreement(cast.bureau, cast.charity)
    make_assessment(cast.bureau)
    assert "不包括" in permitted(cast.charity_reviewer, person).reason


def test_when_the_clauses_on_data_end_the_road_closes(cast, actor, person, provision):
    clauses = DataAgreement.objects.get()
    clauses.agreement.party_a = cast.bureau
    end_data_agreement(actor, clauses, "接收单位违反约定")
    assert "个人信息条款" in permitted(cast.charity_reviewer, person).reason


def test_when_the_agreement_itself_ends_the_road_closes(cast, person, provision):
    agreement = DataAgreement.objects.get().agreement
    type(agreement).objects.filter(pk=agreement.pk).update(ended_on=timezone.localdate(), end_reason="违约")
    assert not permitted(cast.charity_reviewer, person)


def test_the_provider_may_stop_and_only_once(cast, actor, person, provision):
    with pytest.raises(PermissionDenied):
        end_provision(cast.charity_reviewer, provision)
    end_provision(actor, provision)
    assert "停止提供" in permitted(cast.charity_reviewer, person).reason
    with pytest.raises(Refusal):
        end_provision(actor, provision)


def test_the_receiver_confirms_that_its_copies_are_gone(cast, actor, provision):
    with pytest.raises(Refusal):
        confirm_deletion(cast.charity_reviewer, provision)
    withdraw_consent(actor, provision.consent, channel="counter")
    with pytest.raises(PermissionDenied):
        confirm_deletion(cast.other_charity_admin, provision)
    confirm_deletion(cast.charity_reviewer, provision)
    provision.refresh_from_db()
    assert provision.deleted_by == cast.charity_reviewer


# -- Sending ----------------------------------------------------------------------------------------------------------
def test_nothing_leaves_without_a_consent_that_covers_every_item(cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    make_consent(person, [cast.charity], actor=actor, items=["name"])
    with pytest.raises(Refusal, match="联系电话"):
        provide(actor, person, cast.charity, "refer_to_org", ["name", "phone"], "请评估")
    assert not Provision.objects.exists()


@pytest.mark.parametrize("state", ["draft", "refused"])
def test_an_open_or_refused_question_covers_nothing(state, cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    make_consent(person, [cast.charity], actor=actor, state=state)
    with pytest.raises(Refusal, match="没有同意"):
        provide(actor, person, cast.charity, "refer_to_org", ["name"], "请评估")


def test_nothing_leaves_after_a_withdrawal(cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    consent = make_consent(person, [cast.charity], actor=actor)
    withdraw_consent(actor, consent, channel="counter")
    with pytest.raises(Refusal, match="没有同意"):
        provide(actor, person, cast.charity, "refer_to_org", ["name"], "请评估")


def test_nothing_leaves_without_clauses_on_data(cast, actor, person):
    make_assessment(cast.bureau)
    make_consent(person, [cast.charity], actor=actor)
    with pytest.raises(Refusal, match="个人信息条款"):
        provide(actor, person, cast.charity, "refer_to_org", ["name"], "请评估")


@pytest.mark.parametrize(
    "values",
    [
        {"is_acceptable": False},
        {"valid_until": date(2020, 1, 1)},
        {"receiver_kinds": ["foundation"]},
        {"groups": ["contact"]},
        {"purposes": ["publicity"]},
        {"state": "draft", "approved_by": None},
    ],
)
def test_nothing_leaves_without_a_current_assessment_for_just_this(values, cast, actor, person):
    make_data_agreement(cast.bureau, cast.charity)
    make_assessment(cast.bureau, **values)
    make_consent(person, [cast.charity], actor=actor)
    with pytest.raises(Refusal, match="影响评估"):
        provide(actor, person, cast.charity, "refer_to_org", ["name"], "请评估")


def test_the_city_may_make_clauses_and_assessment_for_its_counties(cast):
    make_data_agreement(cast.city_bureau, cast.charity)
    make_assessment(cast.city_bureau)
    assert safeguards.check(cast.bureau, cast.charity, "refer_to_org", ["name"])
    assert not safeguards.check(cast.charity, cast.other_charity, "refer_to_org", ["name"])


def test_another_county_makes_none_for_this_one(cast):
    make_data_agreement(cast.other_bureau, cast.charity)
    make_assessment(cast.other_bureau)
    assert len(safeguards.check(cast.bureau, cast.charity, "refer_to_org", ["name"]).wanting) == 2


def test_a_bureau_receives_without_a_contract(cast):
    make_assessment(cast.charity)
    assert safeguards.check(cast.charity, cast.bureau, "refer_to_org", ["name"])


def test_a_charity_tells_the_bureau_with_consent_as_well(cast):
    person = make_person(cast.charity)
    make_assessment(cast.charity)
    make_consent(person, [cast.bureau], actor=cast.charity_reviewer)
    assert not permitted(cast.bureau_officer, person)
    provide(cast.charity_reviewer, person, cast.bureau, "refer_to_org", ["name"], "可能符合低保条件")
    assert permitted(cast.bureau_officer, person).items == {"name"}


def test_a_class_names_its_recipient_when_something_is_sent(cast, actor, person):
    make_safeguards(cast.bureau, cast.charity)
    make_data_agreement(cast.bureau, cast.other_charity)
    consent = make_consent(person, actor=actor, rule=Rule(frozenset({"charity_association"}), cast.county.code))
    provide(actor, person, cast.charity, "refer_to_org", ["name"], "请评估")
    assert [one.organization for one in consent.namings.all()] == [cast.charity]
    assert permitted(cast.charity_reviewer, person).items == {"name"}
    with pytest.raises(Refusal, match="没有同意"):
        provide(actor, person, cast.other_charity, "refer_to_org", ["name"], "请评估")


def test_a_merged_persons_consents_hold_for_the_one_record_that_stays(cast, actor, person, provision):
    other = make_person(cast.bureau)
    type(person).objects.filter(pk=person.pk).update(merged_into=other)
    assert permitted(cast.charity_reviewer, other).items == set(ITEMS_SENT)


@pytest.mark.parametrize("name", ["charity_reviewer", "bureau_approver", "city_supervisor", "other_bureau_approver"])
def test_only_the_keepers_side_sends(name, cast, person):
    with pytest.raises(PermissionDenied):
        provide(cast[name], person, cast.charity, "refer_to_org", ["name"], "请评估")


# -- Kept -------------------------------------------------------------------------------------------------------------
def test_what_was_provided_is_never_rewritten(provision):
    for change in ({"items": ["name"]}, {"reason": "x"}, {"digest": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Provision.objects.filter(pk=provision.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        provision.delete()


def test_the_log_is_kept_for_three_years_against_everyone(provision):
    connection.check_constraints()
    for statement in (
        "update referrals_disclosurelog set items = '{}'",
        "delete from referrals_disclosurelog",
        "truncate referrals_disclosurelog",
    ):
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert DisclosureLog.objects.count() == 1


def test_lines_older_than_three_years_may_go(provision):
    line = DisclosureLog.objects.get()
    old = DisclosureLog.objects.create(
        at=timezone.now() - timedelta(days=3 * 366), kind="seen", person=line.person, provision=provision,
        receiver=line.receiver, receiver_name="x", items=[],
    )  # fmt: skip
    old.delete()
    assert DisclosureLog.objects.count() == 1


def test_an_approved_assessment_is_kept_as_it_is(cast):
    assessment = make_assessment(cast.bureau)
    with pytest.raises(DatabaseError), transaction.atomic():
        ImpactAssessment.objects.filter(pk=assessment.pk).update(risks="没有风险")
    with pytest.raises(DatabaseError), transaction.atomic():
        assessment.delete()
