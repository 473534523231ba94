"""Notes of one unit, messages between the two, files on them: who reads what, and nothing is edited."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from members.access import Refusal
from members.models import AuditEntry, OutboxMessage
from portal.lib import uploads
from referrals import case_notes, disclosure
from referrals.actions.consents import withdraw_consent
from referrals.actions.notes import attach_files, withdraw_note, write_note
from referrals.models import CaseFile, CaseNote, CaseNoteReading, Consent, DisclosureLog, Referral
from tests.make.referrals import make_referral
from tests.make.units import make_relation, make_staff

PEOPLE = ("bureau_officer", "bureau_approver", "charity_reviewer", "charity_approver", "city_supervisor")


@pytest.fixture
def case(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    return Referral.objects.get(pk=referral.pk)


def a_file(name="a.pdf"):
    return uploads.check(SimpleUploadedFile(name, b"%PDF-1.4 %%EOF"))


def readers(cast, case):
    """Who reads the notes of a case at this moment."""
    seen = {}
    for name in PEOPLE:
        staff = cast[name]
        permitted = disclosure.permitted(staff, case.person)
        for note in case_notes.visible(staff, case, permitted):
            seen.setdefault(note.text, set()).add(name)
    return seen


def test_each_note_is_read_by_those_it_was_written_for(cast, case):
    write_note(cast.bureau_officer, case, "own", "家里先不说")
    write_note(cast.charity_reviewer, case, "own", "理事会再议")
    write_note(cast.bureau_officer, case, "both", "请先联系街道")
    bureau, charity = {"bureau_officer", "bureau_approver"}, {"charity_reviewer", "charity_approver"}
    assert readers(cast, case) == {"家里先不说": bureau, "理事会再议": charity, "请先联系街道": bureau | charity}


def test_a_message_is_told_by_number_and_link_and_marked_until_it_is_read(cast, browse, case):
    write_note(cast.bureau_officer, case, "both", "孩子下周手术")
    told = OutboxMessage.objects.filter(topic="referral.noted")
    assert [set(row.payload) for row in told] == [{"referral", "staff"}]
    assert "孩子下周手术" not in str(AuditEntry.objects.filter(action="referral.note").values())
    assert case_notes.count_unread(cast.charity_reviewer) == 1
    charity = browse(cast.charity_reviewer)
    assert "1 条新留言" in charity.get("/referrals/received/").content.decode()
    assert "孩子下周手术" not in charity.get("/referrals/messages/").content.decode()
    assert "孩子下周手术" in charity.get(f"/referrals/{case.code}/").content.decode()
    assert case_notes.count_unread(cast.charity_reviewer) == 0
    assert "条新留言" not in charity.get("/referrals/received/").content.decode()
    charity.get(f"/referrals/{case.code}/")
    assert CaseNoteReading.objects.get().staff == cast.charity_reviewer
    assert "慈善经办" in browse(cast.bureau_officer).get(f"/referrals/{case.code}/").content.decode()


def test_what_was_written_is_withdrawn_with_a_reason_and_never_edited(cast, case):
    note = write_note(cast.bureau_officer, case, "both", "写错了人", [a_file()])
    with pytest.raises(PermissionDenied):
        withdraw_note(cast.bureau_approver, note, "不是我写的")
    with pytest.raises(Refusal, match="原因"):
        withdraw_note(cast.bureau_officer, note, " ")
    withdraw_note(cast.bureau_officer, note, "写错了")
    with pytest.raises(Refusal, match="已经撤回"):
        withdraw_note(cast.bureau_officer, note, "再撤一次")
    file = CaseFile.objects.get()
    permitted = disclosure.permitted(cast.charity_reviewer, case.person)
    assert not case_notes.opens(cast.charity_reviewer, permitted, file)
    for change in (
        lambda: CaseNote.objects.update(audience="own", to=None), note.delete, file.delete,
        lambda: CaseNoteReading.objects.create(note=note, staff=cast.charity_reviewer).delete(),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_withdrawn_note_says_that_it_was_there_and_why_it_went(cast, browse, case):
    note = write_note(cast.bureau_officer, case, "both", "写错了人")
    client = browse(cast.bureau_officer)
    url = f"/referrals/{case.code}/notes/{note.code}/withdraw/"
    assert client.post(url, {"reason": "写到别的个案去了"}).status_code == 302
    page = browse(cast.charity_reviewer).get(f"/referrals/{case.code}/").content.decode()
    assert "写错了人" not in page
    assert "写到别的个案去了" in page


def test_a_file_with_something_of_the_person_goes_under_the_consent(cast, browse, case):
    with pytest.raises(Refusal, match="没有同意向甲区慈善会提供"):
        write_note(cast.bureau_officer, case, "both", "见附件", [a_file()], "diagnosis")
    own = write_note(cast.bureau_officer, case, "own", "见附件", [a_file()], "diagnosis")
    url = f"/referrals/{case.code}/files/{own.files.get().code}/"
    assert browse(cast.bureau_officer).get(url).status_code == 200
    assert browse(cast.charity_reviewer).get(url).status_code == 404
    back = write_note(cast.charity_reviewer, case, "both", "收据", [a_file("收据.pdf")], "diagnosis")
    answer = browse(cast.bureau_officer).get(f"/referrals/{case.code}/files/{back.files.get().code}/")
    assert answer.status_code == 200
    assert case.number in answer.headers["Content-Disposition"]
    assert AuditEntry.objects.filter(action="referral.open_file").count() == 2
    assert not DisclosureLog.objects.filter(kind="seen").exists()


def test_a_plain_file_on_a_question_is_for_both_and_for_nobody_else(cast, browse):
    case = make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    client, url = browse(cast.bureau_officer), f"/referrals/{case.code}/files/attach/"
    to = f"?to=question:{case.questions.get().code}"
    assert client.get(url).status_code == 404
    upload = SimpleUploadedFile("a.exe", b"MZ")
    assert "只能上传" in client.post(url + to, {"files": upload, "paper": ""}).content.decode()
    assert not CaseFile.objects.exists()
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4 %%EOF")
    assert client.post(url + to, {"files": upload, "paper": ""}).status_code == 302
    file = f"/referrals/{case.code}/files/{CaseFile.objects.get().code}/"
    opened = {name: browse(cast[name]).get(file).status_code for name in (*PEOPLE, "other_bureau_approver")}
    assert opened == {**dict.fromkeys(PEOPLE, 200), "city_supervisor": 404, "other_bureau_approver": 404}


def test_in_a_case_that_is_over_everything_is_read_and_nothing_is_written(cast, browse):
    case = make_referral(cast.bureau_officer, cast.charity, state="reported", by=cast.charity_reviewer)
    note = write_note(cast.bureau_officer, case, "both", "辛苦了")
    browse(cast.bureau_officer).post(f"/referrals/{case.code}/confirm/", {"version": case.version, "note": ""})
    case = Referral.objects.get(pk=case.pk)
    assert case.state == "closed"
    with pytest.raises(Refusal, match="已经办结"):
        write_note(cast.charity_reviewer, case, "own", "补记")
    with pytest.raises(Refusal, match="已经办结"):
        withdraw_note(cast.bureau_officer, CaseNote.objects.get(pk=note.pk), "不要了")
    with pytest.raises(Refusal, match="已经办结"):
        attach_files(cast.charity_reviewer, case, [a_file()], report=case.reports.get())
    assert "辛苦了" in browse(cast.charity_reviewer).get(f"/referrals/{case.code}/").content.decode()


def test_with_the_consent_goes_the_sight_of_what_others_wrote(cast, case):
    write_note(cast.bureau_officer, case, "both", "孩子下周手术")
    write_note(cast.charity_reviewer, case, "own", "理事会再议")
    withdraw_consent(cast.bureau_officer, Consent.objects.get(), channel="counter")
    assert readers(cast, case)["孩子下周手术"] == {"bureau_officer", "bureau_approver"}
    assert readers(cast, case)["理事会再议"] == {"charity_reviewer", "charity_approver"}


def test_kin_and_onlookers_write_nothing(cast, browse, case):
    make_relation(cast.charity_reviewer, name=case.person.name, number=case.person.number)
    with pytest.raises(Refusal, match="回避"):
        write_note(cast.charity_reviewer, case, "own", "认识的人")
    with pytest.raises(PermissionDenied):
        write_note(cast.city_supervisor, case, "own", "督办")
    permitted = disclosure.permitted(cast.charity_reviewer, case.person)
    write_note(cast.charity_approver, case, "own", "由我办")
    assert not case_notes.visible(cast.charity_reviewer, case, permitted).exists()
    stranger = make_staff(organization=cast.other_charity, roles=["charity_reviewer"])
    assert browse(stranger).get(f"/referrals/{case.code}/notes/").status_code == 404


def test_notes_are_written_on_the_page_and_read_in_pages(cast, browse, case):
    client = browse(cast.bureau_officer)
    said = {"text": "请先\n联系街道", "audience": "both", "paper": ""}
    answer = client.post(f"/referrals/{case.code}/notes/write/", said)
    assert answer.headers["Location"] == f"/referrals/{case.code}/#notes"
    empty = client.post(f"/referrals/{case.code}/notes/write/", {**said, "text": ""})
    assert "请填写这一项" in empty.content.decode()
    for number in range(11):
        write_note(cast.bureau_officer, case, "own", f"第{number}条")
    assert "全部 12 条" in client.get(f"/referrals/{case.code}/").content.decode()
    assert "联系街道" in client.get(f"/referrals/{case.code}/notes/").content.decode()
