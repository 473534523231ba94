"""Papers at a receiver: open exactly while a consent covers papers of that kind, for that unit, and gone with it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import AuditEntry, Organization
from referrals import disclosure
from referrals.actions.consents import withdraw_consent
from referrals.actions.documents import put_aside_document
from referrals.actions.provisions import end_provision
from referrals.actions.safeguards import end_data_agreement
from referrals.models import DataAgreement, DisclosureLog
from tests.make.people import make_consent, make_document, make_minor_approval, make_person, make_provision
from tests.make.units import make_relation, make_staff

WAYS = ("show_document", "view_document", "download_document", "preview_document")
SENT = ("name", "paper_health")


@pytest.fixture
def person(cast):
    return make_person(cast.bureau, name="测试甲")


@pytest.fixture
def diagnosis(person):
    return make_document(person, "diagnosis_certificate", file_kind="jpg", title="测试甲的诊断", file_name="测试甲.jpg")


@pytest.fixture
def provision(cast, person):
    return make_provision(cast.bureau_officer, person, cast.charity, SENT)


@pytest.fixture
def answers(cast, browse):
    """The statuses of every way to a paper, for somebody who is signed in anew."""

    def of(document, name="charity_reviewer"):
        who = name if not isinstance(name, str) else cast[name]
        session = browse(type(who).objects.get(pk=who.pk))
        return {session.get(reverse(f"referrals:{way}", args=[document.code])).status_code for way in WAYS}

    return of


def test_a_receiver_opens_what_was_agreed_and_sent(cast, diagnosis, provision, answers):
    assert answers(diagnosis) == {200}
    assert answers(diagnosis, "charity_approver") == {200}


def test_each_opening_stands_in_the_log_of_the_family_and_in_the_audit(cast, person, diagnosis, provision, browse):
    session = browse(cast.charity_reviewer)
    session.get(reverse("referrals:view_document", args=[diagnosis.code]))
    session.get(reverse("referrals:download_document", args=[diagnosis.code]))
    lines = DisclosureLog.objects.filter(person=person, kind="seen")
    assert [(one.items, one.receiver, one.provision) for one in lines] == [
        (["paper_health"], cast.charity, provision)
    ] * 2  # fmt: skip
    assert {len(one.payload_hash) for one in lines} == {64}
    audited = AuditEntry.objects.filter(object_code=person.code, reason=diagnosis.code).order_by("pk")
    assert list(audited.values_list("action", flat=True)) == ["document.view", "document.download"]


def test_the_list_that_was_passed_on_names_the_papers_and_not_what_they_are_called(cast, diagnosis, provision, browse):
    make_document(provision.person, "bank_card")
    url = reverse("referrals:show_received", args=[provision.code])
    received = browse(cast.charity_reviewer).get(url).content.decode()
    shown = (
        browse(cast.charity_reviewer).get(reverse("referrals:show_document", args=[diagnosis.code])).content.decode()
    )
    assert ("诊断证明" in received, "银行卡" in received) == (True, False)
    for page in (received, shown):
        assert ("测试甲的诊断" in page, "测试甲.jpg" in page) == (False, False)


def test_part_of_the_kinds_opens_only_these(person, diagnosis, provision, answers):
    card, unknown = make_document(person, "id_card_self"), make_document(person, "supporting_proof")
    assert answers(diagnosis) == {200}
    assert answers(card) == answers(unknown) == {404}


@pytest.mark.parametrize(
    "name", ["other_charity_reviewer", "other_bureau_approver", "catalogue_admin", "system_admin", "charity_finance"]
)
def test_nobody_else_opens_it(name, cast, diagnosis, provision, answers):
    cast.other_charity_reviewer = make_staff("助学会经办", cast.other_charity, ["charity_reviewer"])
    assert answers(diagnosis, name) <= {403, 404}


def test_a_consent_alone_opens_nothing_until_something_is_sent(cast, person, diagnosis, answers):
    make_consent(person, [cast.charity], actor=cast.bureau_officer, sensitive_items=["paper_health"])
    assert answers(diagnosis) == {404}


def test_withdrawal_closes_it_at_once(cast, diagnosis, provision, answers):
    assert answers(diagnosis) == {200}
    withdraw_consent(cast.bureau_officer, provision.consent, channel="in_person")
    assert answers(diagnosis) == {404}


def test_withdrawal_of_these_papers_alone_closes_them_and_leaves_the_rest(cast, person, diagnosis, provision, answers):
    withdraw_consent(cast.bureau_officer, provision.consent, channel="in_person", items=["paper_health"])
    assert answers(diagnosis) == {404}
    assert disclosure.permitted(cast.charity_reviewer, person).items == {"name"}


def test_the_last_day_of_a_consent_is_the_last_on_which_it_opens(cast, person, diagnosis, provision):
    until = provision.consent.valid_until
    assert "paper_health" in disclosure.left_of(provision, until)
    assert not disclosure.left_of(provision, until + timedelta(days=1))


def test_an_expired_consent_opens_nothing(cast, diagnosis, provision, answers, monkeypatch):
    after = provision.consent.valid_until + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: after)
    assert disclosure.opened_by(cast.charity_reviewer, diagnosis) == (None, None)


def test_the_keeper_who_stops_providing_closes_it(cast, diagnosis, provision, answers):
    end_provision(cast.bureau_officer, provision)
    assert answers(diagnosis) == {404}


def test_without_an_agreement_on_data_nothing_opens(cast, diagnosis, provision, answers):
    end_data_agreement(cast.bureau_approver, DataAgreement.objects.get(receiver=cast.charity), "终止")
    assert answers(diagnosis) == {404}


def test_a_suspended_unit_opens_nothing(cast, diagnosis, provision, answers):
    Organization.objects.filter(pk=cast.charity.pk).update(is_suspended=True)
    assert 200 not in answers(diagnosis)


def test_kin_of_the_person_at_the_receiver_open_nothing(cast, person, diagnosis, provision, answers):
    make_relation(cast.charity_reviewer, name=person.name, number=person.number)
    assert answers(diagnosis) == {404}
    assert answers(diagnosis, "charity_approver") == {200}


def test_a_childs_paper_waits_for_the_receivers_own_approval(cast, answers):
    child = make_person(cast.bureau, born="2020-01-01")
    make_minor_approval(cast.bureau_officer, child)
    make_provision(cast.bureau_officer, child, cast.charity, SENT)
    document = make_document(child, file_kind="jpg")
    assert answers(document) == {404}
    make_minor_approval(cast.charity_reviewer, child)
    assert answers(document) == {200}


def test_what_is_put_aside_is_closed_to_the_receiver_too(cast, diagnosis, provision, answers):
    put_aside_document(cast.bureau_officer, diagnosis, "传错了")
    assert answers(diagnosis) == {404}
    assert not disclosure.papers(diagnosis.person, disclosure.permitted(cast.charity_reviewer, diagnosis.person))


def test_a_paper_of_somebody_and_one_of_nobody_sound_the_same(cast, diagnosis, provision, browse):
    session = browse(cast.other_bureau_approver)
    there, nowhere = (
        session.get(reverse("referrals:view_document", args=[code])) for code in (diagnosis.code, "2222222222")
    )
    assert there.status_code == nowhere.status_code == 404
    assert words_of(there, diagnosis.code) == words_of(nowhere, "2222222222")


def words_of(page, code):
    return re.sub(r"[A-Za-z0-9]{64}", "", page.content.decode().replace(code, ""))


def test_after_a_merger_the_receiver_of_either_record_opens_the_papers(cast, person, diagnosis, provision, answers):
    kept = make_person(cast.bureau)
    type(person).objects.filter(pk=person.pk).update(merged_into=kept)
    type(diagnosis).objects.filter(pk=diagnosis.pk).update(person=kept)
    assert answers(diagnosis) == {200}
