"""The policy library: who may change it, what it refuses, what the public sees."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction

from members.access import Refusal
from members.actions import policies as actions
from members.models import AuditEntry, PolicyDocument
from portal.lib import uploads
from tests.make.units import make_area, make_policy

pytestmark = pytest.mark.django_db


def form_of(policy=None, **changes):
    values = {
        "title": "关于转介的通知", "short_name": "", "number": "测民〔2026〕1号", "issuers": "甲区民政局\n甲区残联",
        "issued_on": "2026-01-05", "effective_on": "2026-02-01", "status": "in_force", "summary": "摘要", "source": "",
        "replaced_by": "",
    }  # fmt: skip
    if policy:
        values |= {"version": policy.version, "area": policy.area_id}
    return values | changes


def test_an_officer_enters_a_document_and_the_audit_knows(cast, browse):
    page = browse(cast.bureau_officer).post("/policies/new/", form_of(area=cast.bureau.area_id))
    policy = PolicyDocument.objects.get()
    assert page.headers["Location"] == f"/policies/{policy.code}/"
    assert policy.issuers == ["甲区民政局", "甲区残联"]
    assert not policy.is_public
    line = AuditEntry.objects.get(action="policy.create")
    assert (line.actor_name, line.object_code) == ("民政经办", policy.code)
    assert line.changes["number"] == ["", "测民〔2026〕1号"]


def test_a_document_of_another_district_is_seen_but_not_changed(cast, browse):
    policy = make_policy(area=cast.other_bureau.area)
    officer = browse(cast.bureau_officer)
    assert officer.get(f"/policies/{policy.code}/").status_code == 200
    assert officer.post(f"/policies/{policy.code}/edit/", form_of(policy)).status_code == 403
    assert officer.post(f"/policies/{policy.code}/publish/").status_code == 403
    policy.refresh_from_db()
    assert (policy.version, policy.is_public) == (1, False)


def test_nobody_moves_a_document_into_an_area_out_of_reach(cast, browse):
    policy = make_policy(area=cast.bureau.area)
    page = browse(cast.bureau_officer).post(
        f"/policies/{policy.code}/edit/", form_of(policy, area=cast.other_bureau.area_id)
    )
    assert page.status_code == 200
    assert "area" in page.context["form"].errors
    with pytest.raises(PermissionDenied):
        actions.edit_policy(cast.bureau_officer, policy, 1, {"area": cast.other_bureau.area})
    with pytest.raises(PermissionDenied):
        actions.edit_policy(cast.bureau_officer, policy, 1, {"area": None})


def test_the_second_of_two_editors_is_told_and_sees_both(cast, browse):
    policy = make_policy(area=cast.bureau.area, title="旧标题")
    first, second = browse(cast.bureau_approver), browse(cast.bureau_officer)
    form = form_of(policy)
    first.post(f"/policies/{policy.code}/edit/", form | {"title": "先到的标题"})
    page = second.post(f"/policies/{policy.code}/edit/", form | {"title": "后到的标题"})
    policy.refresh_from_db()
    assert policy.title == "先到的标题"
    text = page.content.decode()
    assert "民政审批" in text
    assert ("标题", "先到的标题", "后到的标题") in page.context["differences"]
    again = form | {"title": "后到的标题", "version": page.context["form"]["version"].value()}
    second.post(f"/policies/{policy.code}/edit/", again)
    policy.refresh_from_db()
    assert (policy.title, policy.version) == ("后到的标题", 3)


def test_published_means_everyone_can_read_it_and_withdrawn_means_nobody(cast, browse):
    policy = make_policy(area=cast.bureau.area)
    outside = browse(None)
    assert outside.get(f"/public/policies/{policy.code}/").status_code == 404
    assert policy.title not in outside.get("/public/policies/").content.decode()
    officer = browse(cast.bureau_officer)
    assert officer.get(f"/policies/{policy.code}/publish/").status_code == 200
    officer.post(f"/policies/{policy.code}/publish/")
    assert policy.title in outside.get("/public/policies/").content.decode()
    assert policy.title in outside.get(f"/public/policies/{policy.code}/").content.decode()
    officer.post(f"/policies/{policy.code}/withdraw/")
    assert outside.get(f"/public/policies/{policy.code}/").status_code == 404
    actions_done = AuditEntry.objects.filter(object_code=policy.code).order_by("pk").values_list("action", flat=True)
    assert list(actions_done) == ["policy.publish", "policy.withdraw"]


def test_asking_to_publish_changes_nothing(cast, browse):
    policy = make_policy(area=cast.bureau.area)
    browse(cast.bureau_officer).get(f"/policies/{policy.code}/publish/")
    policy.refresh_from_db()
    assert not policy.is_public


def test_a_public_page_does_not_name_a_successor_that_is_not_public(cast, browse):
    successor = make_policy(area=cast.bureau.area, title="尚未公开的新文件")
    policy = make_policy(area=cast.bureau.area, is_public=True, replaced_by=successor)
    assert "尚未公开的新文件" not in browse(None).get(f"/public/policies/{policy.code}/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "", "short_name": "", "number": ""}, "__all__"),
        ({"title": "标" * 201}, "title"),
        ({"title": "标题\u202e文"}, "title"),
        ({"title": "标题\x00"}, "title"),
        ({"issuers": "\n".join(["机关"] + [f"机关{n}" for n in range(20)])}, "issuers"),
        ({"issuers": "机" * 61}, "issuers"),
        ({"issuers": "甲区\u200b民政局"}, "issuers"),
        ({"effective_on": "2025-01-01"}, "effective_on"),
        ({"issued_on": "2026-13-45"}, "issued_on"),
        ({"status": "whatever"}, "status"),
        ({"area": "99999999999999999999"}, "area"),
        ({"replaced_by": "不是编号"}, "replaced_by"),
    ],
)
def test_what_cannot_be_is_refused_with_a_word(cast, browse, changes, field):
    page = browse(cast.bureau_officer).post("/policies/new/", form_of(area=cast.bureau.area_id) | changes)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert PolicyDocument.objects.count() == 0


def test_hostile_text_is_shown_inertly(cast, browse):
    title = '<script>alert(1)</script>=HYPERLINK("x") 𠮷'
    browse(cast.bureau_officer).post("/policies/new/", form_of(area=cast.bureau.area_id, title=title))
    text = browse(cast.charity_reviewer).get("/policies/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "𠮷" in text


def test_one_number_stands_once(cast, browse):
    make_policy(area=cast.other_bureau.area, number="测民〔2026〕1号")
    page = browse(cast.bureau_officer).post("/policies/new/", form_of(area=cast.bureau.area_id))
    assert "已有这个文号" in page.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_policy(area=cast.bureau.area, number="测民〔2026〕1号")


def test_what_is_public_is_not_published_twice(cast):
    policy = make_policy(area=cast.bureau.area, is_public=True)
    with pytest.raises(Refusal):
        actions.publish_policy(cast.bureau_officer, policy, policy.version)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"省级意见", "区级通知", "无日期"}),
        ("q=省级", {"省级意见"}),
        ("q=丙厅", {"省级意见"}),
        ("status=trial", {"区级通知"}),
        ("year=2024", {"省级意见"}),
        ("public=yes", {"区级通知"}),
        ("area=230000000000", {"省级意见", "无日期"}),
        ("year=abc&status=nonsense&area=1%00", {"省级意见", "区级通知", "无日期"}),
        ("after=bm9uc2Vuc2U&q=", {"省级意见", "区级通知", "无日期"}),
    ],
)
def test_the_library_is_narrowed(cast, browse, query, expected):
    province = make_area("230000000000", "测试省", "province")
    make_policy(
        area=province, title="省级意见", issued_on="2024-03-01", issuers=["丙厅"], status="in_force",
    )  # fmt: skip
    make_policy(area=cast.bureau.area, title="区级通知", issued_on="2026-03-01", status="trial", is_public=True)
    make_policy(area=province, title="无日期", issued_on=None)
    page = browse(cast.charity_reviewer).get(f"/policies/?{query}")
    assert {policy.title for policy in page.context["page"]} == expected


def test_documents_without_a_day_come_last_and_pages_join_without_gap(cast, browse):
    for number in range(60):
        make_policy(area=cast.bureau.area, title=f"文件{number}", issued_on=None if number % 2 else "2024-01-01")
    reader = browse(cast.charity_reviewer)
    first = reader.get("/policies/").context["page"]
    second = reader.get(f"/policies/?after={first.after}").context["page"]
    titles = [policy.title for policy in [*first, *second]]
    assert len(titles) == len(set(titles)) == 60
    assert [policy.issued_on is None for policy in [*first, *second]] == [False] * 30 + [True] * 30


def load():
    out = io.StringIO()
    call_command("load_policies", stdout=out)
    return out.getvalue()


def make_areas_of_the_texts():
    make_area("230000000000", "黑龙江省", "province")
    make_area("230300000000", "鸡西市", "city")
    make_area("410000000000", "河南省", "province")
    make_area("410400000000", "平顶山市", "city")
    make_area("350000000000", "福建省", "province")
    make_area("500105000000", "江北区", "county")


def test_the_shipped_library_holds_the_references_and_the_five_texts(db):
    make_areas_of_the_texts()
    assert "新装入 12 份" in load()
    numbers = set(PolicyDocument.objects.exclude(number="").values_list("number", flat=True))
    assert numbers == {
        "鸡民规〔2024〕5号", "黑民规〔2024〕1号", "民发〔2023〕46号", "豫民文〔2024〕235号", "平办〔2021〕16号",
        "闽民救〔2024〕117号", "黑民发〔2021〕3号",
    }  # fmt: skip
    assert PolicyDocument.objects.get(shipped_as="pingdingshan").get_status_display() == "试行（征求意见稿）"
    fujian = PolicyDocument.objects.get(shipped_as="fujian")
    assert (fujian.is_public, str(fujian.issued_on), str(fujian.effective_on)) == (True, "2024-08-30", "2024-09-01")


def test_loading_again_adds_nothing_and_leaves_what_people_changed(db):
    make_areas_of_the_texts()
    load()
    PolicyDocument.objects.filter(shipped_as="jixi").update(title="人工补录的标题")
    assert "新装入 0 份" in load()
    assert PolicyDocument.objects.get(shipped_as="jixi").title == "人工补录的标题"


def test_loading_says_which_area_is_missing(db):
    assert "跳过 鸡民规〔2024〕5号：区划表中没有 230300000000" in load()
    assert list(PolicyDocument.objects.values_list("number", flat=True)) == ["民发〔2023〕46号"]


# -- files ------------------------------------------------------------------------------------------------------------
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"


def upload(content=PDF, name="通知.pdf"):
    return SimpleUploadedFile(name, content)


def test_a_file_is_kept_unreadable_and_handed_out_under_the_name_of_the_document(cast, browse):
    officer = browse(cast.bureau_officer)
    officer.post("/policies/new/", form_of(area=cast.bureau.area_id, file=upload()))
    policy = PolicyDocument.objects.get()
    stored = default_storage.open(uploads.path_of(policy.file_key)).read()
    assert PDF not in stored
    answer = browse(cast.charity_reviewer).get(f"/policies/{policy.code}/file/")
    assert b"".join(answer.streaming_content) == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    assert browse(None).get(f"/public/policies/{policy.code}/file/").status_code == 404
    officer.post(f"/policies/{policy.code}/publish/")
    assert b"".join(browse(None).get(f"/public/policies/{policy.code}/file/").streaming_content) == PDF


@pytest.mark.parametrize("content", [b"<html><script>", b"MZ\x90\x00", b"%PDF-1.4 cut off", b"", b"a,b\n1,2\n"])
def test_a_file_that_is_not_what_it_says_is_refused(cast, browse, content):
    page = browse(cast.bureau_officer).post("/policies/new/", form_of(area=cast.bureau.area_id, file=upload(content)))
    assert "file" in page.context["form"].errors
    assert not PolicyDocument.objects.exists()


def test_a_new_file_takes_the_place_of_the_old_one(cast, browse, django_capture_on_commit_callbacks):
    officer = browse(cast.bureau_officer)
    officer.post("/policies/new/", form_of(area=cast.bureau.area_id, file=upload()))
    policy = PolicyDocument.objects.get()
    newer = PDF.replace(b"1 0", b"2 0")
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(f"/policies/{policy.code}/edit/", form_of(policy, file=upload(newer)))
    assert not default_storage.exists(uploads.path_of(policy.file_key))
    assert b"".join(officer.get(f"/policies/{policy.code}/file/").streaming_content) == newer
    policy.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(f"/policies/{policy.code}/edit/", form_of(policy, without_file="on"))
    assert officer.get(f"/policies/{policy.code}/file/").status_code == 404


def test_an_edit_that_names_no_file_keeps_the_one_there_is(cast, browse):
    officer = browse(cast.bureau_officer)
    officer.post("/policies/new/", form_of(area=cast.bureau.area_id, file=upload()))
    policy = PolicyDocument.objects.get()
    officer.post(f"/policies/{policy.code}/edit/", form_of(policy, title="改了标题"))
    policy.refresh_from_db()
    assert (policy.title, bool(policy.file_key)) == ("改了标题", True)


def test_what_was_refused_leaves_no_file_behind(cast, browse):
    policy = make_policy(area=cast.bureau.area)
    before = files_kept()
    officer = browse(cast.bureau_officer)
    page = officer.post(f"/policies/{policy.code}/edit/", form_of(policy, version=99, file=upload()))
    assert page.status_code == 200
    with pytest.raises(PermissionDenied):
        actions.create_policy(cast.bureau_officer, {"title": "x", "area": None}, uploads.check(upload()))
    assert files_kept() == before


def files_kept():
    return (
        {
            name
            for folder in default_storage.listdir(uploads.FOLDER)[0]
            for name in default_storage.listdir(f"{uploads.FOLDER}/{folder}")[1]
        }
        if default_storage.exists(uploads.FOLDER)
        else set()
    )
