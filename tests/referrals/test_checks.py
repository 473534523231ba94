"""The economic check: signed by all adults, reckoned by one, signed by another; a conclusion and nothing behind it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.calendar import add_working_days
from portal.lib import uploads
from referrals import check_figures, disclosure
from referrals.actions import checks as actions
from referrals.actions.consents import withdraw_consent
from referrals.models import EconomicCheck
from tests.make.people import make_check, make_consent, make_person, make_provision

pytestmark = pytest.mark.django_db


def paper():
    return uploads.check(SimpleUploadedFile("授权.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"), ("pdf",))


def asked(*people, **more):
    return {
        "purpose": "申请大病救助",
        "signed": [one.code for one in people],
        "signed_on": timezone.localdate(),
        **more,
    }


def report(**more):
    today = timezone.localdate()
    said = {"conclusion": "within", "words": "", "findings": "三家银行合计余额 1200 元", "checked_on": today}
    return {**said, "valid_until": today + timedelta(days=90), **more}


def test_from_the_request_to_the_conclusion(cast, browse):
    person = make_person(cast.town)
    check = actions.ask_check(cast.town_caseworker, person, asked(person), paper())
    assert (check.bureau, check.due_on) == (cast.bureau, add_working_days(timezone.localdate(), 10))
    assert check_figures.count_to_answer(cast.bureau_officer) == 1
    check = actions.write_report(cast.bureau_officer, check, report())
    assert check_figures.count_to_answer(cast.bureau_approver) == 1
    assert check_figures.count_answered(cast.town_caseworker) == 0
    actions.sign_report(cast.bureau_approver, check)
    assert check_figures.count_answered(cast.town_caseworker) == 1
    page = browse(cast.town_caseworker).get(reverse("referrals:show_check", args=[check.code])).content.decode()
    assert "符合困难家庭经济状况标准" in page
    assert "1200" not in page
    assert check_figures.count_answered(cast.town_caseworker) == 0
    kinds = set(person.timeline.values_list("kind", flat=True))
    assert kinds == {"check_asked", "check_delivered"}


def test_every_adult_signs(cast):
    head = make_person(cast.town)
    wife = make_person(household=head.household, relation="spouse")
    make_person(household=head.household, born="2020-01-01")
    with pytest.raises(Refusal, match="还缺：配偶"):
        actions.ask_check(cast.town_caseworker, head, asked(head), paper())
    check = actions.ask_check(cast.town_caseworker, head, asked(head, wife), paper())
    assert len(check.signed) == 2
    with pytest.raises(Refusal, match="已经为这个家庭"):
        actions.ask_check(cast.town_caseworker, head, asked(head, wife), paper())


def test_without_paper_and_consent_nothing_is_asked(cast):
    person = make_person(cast.town)
    with pytest.raises(Refusal, match="授权书"):
        actions.ask_check(cast.town_caseworker, person, asked(person))
    consent = make_consent(person, [cast.bureau], actor=cast.bureau_officer, purpose="economic_check")
    assert actions.ask_check(cast.town_caseworker, person, asked(person)).consent == consent


def test_the_report_is_signed_by_a_second_person_or_sent_back(cast):
    person = make_person(cast.town)
    check = actions.ask_check(cast.town_caseworker, person, asked(person), paper())
    with pytest.raises(Refusal, match="等待核对"):
        actions.sign_report(cast.bureau_approver, check)
    actions.write_report(cast.bureau_officer, check, report())
    with pytest.raises(PermissionDenied):
        actions.sign_report(cast.bureau_officer, check)
    assert actions.return_report(cast.bureau_approver, check, "少了一家银行").state == "asked"
    actions.write_report(cast.bureau_officer, check, report())
    with pytest.raises(PermissionDenied):
        actions.sign_report(cast.other_bureau_approver, check)


def test_a_charity_asks_for_whom_it_received_and_sees_the_conclusion_while_the_consent_stands(cast, browse):
    person = make_person(cast.bureau)
    with pytest.raises(PermissionDenied):
        actions.ask_check(cast.charity_reviewer, person, asked(person), paper())
    provision = make_provision(cast.bureau_officer, person, cast.charity)
    check = actions.ask_check(cast.charity_reviewer, person, asked(person), paper())
    actions.sign_report(cast.bureau_approver, actions.write_report(cast.bureau_officer, check, report()))
    session, url = browse(cast.charity_reviewer), reverse("referrals:show_check", args=[check.code])
    page = session.get(url).content.decode()
    assert [words for words in ("符合困难家庭", "三家银行") if words in page] == ["符合困难家庭"]
    assert "三家银行" in browse(cast.bureau_officer).get(url).content.decode()
    withdraw_consent(cast.bureau_officer, provision.consent, channel="counter")
    page = session.get(url).content.decode()
    assert [words for words in ("符合困难家庭", person.masked_name) if words in page] == []


def test_a_receiver_learns_no_names_from_the_form_nor_who_belongs_to_the_family(cast, browse):
    person = make_person(cast.bureau, name="王小明")
    make_person(household=person.household, relation="spouse", name="李秀英")
    words = ("户主", "配偶", "王小明", "李秀英")
    told = {}
    for items in (("phone",), ("phone", "household")):
        make_provision(cast.bureau_officer, person, cast.charity, items=items)
        session, url = browse(cast.charity_reviewer), reverse("referrals:ask_check", args=[person.code])
        pages = session.get(url).content.decode() + session.post(url, {"signed": person.code}).content.decode()
        told[items] = [one for one in words if one in pages]
        with pytest.raises(Refusal) as refused:
            actions.ask_check(cast.charity_reviewer, person, asked(person), paper())
        assert ("配偶" in str(refused.value)) is ("household" in items)
    assert told == {("phone",): [], ("phone", "household"): ["户主", "配偶"]}


def test_no_account_number_leaves_in_the_words(cast):
    check = make_check(make_person(cast.bureau))
    with pytest.raises(Refusal, match="账号") as refused:
        actions.write_report(cast.bureau_officer, check, report(words="账户 6222020200012345"))
    assert refused.value.field == "words"
    assert actions.write_report(cast.bureau_officer, check, report(words="核对于 2026-11-20 完成")).state == "written"


def test_no_result_is_no_bar(cast):
    person = make_person(cast.town)
    check = actions.ask_check(cast.town_caseworker, person, asked(person), paper())
    assert actions.decline_check(cast.bureau_officer, check, "person_refuses", "配偶不同意").state == "declined"
    again = actions.ask_check(cast.town_caseworker, person, asked(person), paper())
    assert EconomicCheck.objects.count() == 2
    assert again.is_open


def test_contacts_before_help_are_noted_by_both_sides_and_nobody_else(cast):
    check = make_check(make_person(cast.bureau), cast.charity)
    today = timezone.localdate()
    actions.note_contact(cast.charity_reviewer, check, today, "电话商定先核对后帮扶")
    actions.note_contact(cast.bureau_officer, check, today, "同意")
    with pytest.raises(PermissionDenied):
        actions.note_contact(cast.town_caseworker, check, today, "路过")
    assert check.contacts.count() == 2


def test_a_report_lapses(cast):
    person = make_person(cast.bureau)
    check = make_check(person, state="delivered", valid_until=timezone.localdate())
    assert "符合" in disclosure.READERS["check_result"](person)
    later = timezone.localdate() - timedelta(days=1)
    EconomicCheck.objects.filter(pk=check.pk).update(valid_until=later, checked_on=later)
    assert disclosure.READERS["check_result"](person) == ""
    assert EconomicCheck.objects.get().is_expired
