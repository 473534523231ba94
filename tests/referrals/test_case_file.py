"""A case on paper, what was written on it as lines of its time line, and in the person's own copy."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from members.models import AuditEntry
from portal.lib import uploads
from referrals import case_lines, cases_shown, disclosure, own_copies
from referrals.actions.consents import withdraw_consent
from referrals.actions.notes import attach_files, withdraw_note, write_note
from referrals.actions.shares import revoke_share
from referrals.models import Consent, DisclosureLog, Referral
from tests.make.referrals import make_referral
from tests.make.shares import make_share
from tests.make.units import make_organization, make_staff


@pytest.fixture
def case(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    return Referral.objects.get(pk=referral.pk)


def a_file(name="a.pdf"):
    return uploads.check(SimpleUploadedFile(name, b"%PDF-1.4 %%EOF"))


def titles(staff, case):
    permitted = disclosure.permitted(staff, case.person)
    return [line.title for line in case_lines.lines_of(staff, case, cases_shown.steps_of(case), permitted)]


# -- The time line ----------------------------------------------------------------------------------------------------
def test_the_time_line_tells_who_wrote_attached_and_shared_and_never_what(cast, browse, case):
    agent = make_staff(organization=make_organization(kind="hospital", area=cast.county, name="甲区医院"),
                       roles=["partner_agent"])  # fmt: skip
    write_note(cast.bureau_officer, case, "both", "孩子下周手术", [a_file(), a_file("b.pdf")])
    write_note(cast.bureau_officer, case, "own", "家里先不说")
    wrong = write_note(cast.charity_reviewer, case, "all", "写错了人")
    withdraw_note(cast.charity_reviewer, wrong, "写错了")
    attach_files(cast.charity_reviewer, case, [a_file("c.pdf")], question=case.questions.get())
    share = make_share(cast.bureau_officer, case, agent)
    revoke_share(cast.bureau_officer, share, share.version, "不用了")
    shared = ["结束共享：甲区医院（提前收回）", "共享给甲区医院（社工服务）"]
    written = ["给问题附上 1 个文件", "写共同备注 · 已撤回", "给甲区慈善会留言 · 附 2 个文件"]
    assert titles(cast.charity_reviewer, case)[:5] == shared + written
    own = titles(cast.bureau_officer, case)
    assert own[:6] == [*shared, *written[:2], "写本单位备注", written[2]]
    # Whoever only looks on sees that it was shared, and of what was written nothing.
    assert titles(cast.city_supervisor, case)[:3] == [*shared, "退回补充"]
    page = browse(cast.charity_reviewer).get(f"/referrals/{case.code}/steps/").content.decode()
    assert "民政经办" in page
    assert "孩子下周手术" not in page


# -- On paper ---------------------------------------------------------------------------------------------------------
def test_the_whole_file_is_printed_as_far_as_its_reader_sees_it_and_leaves_a_line(cast, browse, case):
    write_note(cast.bureau_officer, case, "both", "孩子下周手术")
    write_note(cast.charity_reviewer, case, "own", "理事会再议")
    url = f"/referrals/{case.code}/file/"
    assert url in browse(cast.charity_reviewer).get(f"/referrals/{case.code}/").content.decode()
    before = DisclosureLog.objects.filter(kind="seen").count()
    page = browse(cast.charity_reviewer).get(url).content.decode()
    phone = case.person.phones[0] if case.person.phones else case.person.name
    for words in ("救助帮扶转介案卷", case.number, case.circumstances, "孩子下周手术", "住在哪里？", phone):
        assert words in page
    assert "理事会再议" not in page
    assert case.person.number not in page
    line = AuditEntry.objects.get(action="referral.print")
    assert (line.actor_name, line.object_code) == (cast.charity_reviewer.name, case.code)
    assert DisclosureLog.objects.filter(kind="seen").count() == before + 1
    looks = browse(cast.charity_reviewer).get(f"/referrals/{case.code}/viewers/").content.decode()
    assert "打印案卷" in looks


def test_without_the_sight_of_the_person_the_file_holds_nothing_of_them(cast, browse, case):
    write_note(cast.bureau_officer, case, "both", "孩子下周手术")
    withdraw_consent(cast.bureau_officer, Consent.objects.get(person=case.person), channel="counter")
    for who in (cast.charity_reviewer, cast.city_supervisor):
        page = browse(who).get(f"/referrals/{case.code}/file/").content.decode()
        assert case.number in page
        for words in (case.person.name, case.circumstances, "孩子下周手术", "住在哪里？"):
            assert words not in page
    assert browse(cast.other_bureau_approver).get(f"/referrals/{case.code}/file/").status_code == 404


# -- In the person's own copy -----------------------------------------------------------------------------------------
def test_the_copy_has_what_several_units_read_and_says_whom_to_ask_for_the_rest(cast, case):
    write_note(cast.bureau_officer, case, "both", "孩子下周手术")
    write_note(cast.bureau_officer, case, "own", "家里先不说")
    write_note(cast.charity_reviewer, case, "all", "已安排志愿者")
    write_note(cast.charity_reviewer, case, "own", "理事会再议")
    wrong = write_note(cast.charity_reviewer, case, "both", "写错了人")
    withdraw_note(cast.charity_reviewer, wrong, "写错了")
    copy = own_copies.as_json(case.person)
    for words in ("孩子下周手术", "家里先不说", "已安排志愿者"):
        assert words in copy
    for words in ("理事会再议", "写错了人"):
        assert words not in copy
    assert "另有 1 条，请向该单位索取" in copy
