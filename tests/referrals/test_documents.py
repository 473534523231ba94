"""Papers: taken in one by one, opened by those who may and by nobody else, put aside and taken back."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from members.access import Refusal, Stale
from members.models import AuditEntry
from portal.lib import uploads
from referrals.actions import documents as actions
from referrals.kinds import PaperKind
from referrals.models import Document, Retention
from tests.make.people import make_document, make_minor_approval, make_person

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def a_pdf(name="诊断.pdf", mark=b""):
    return SimpleUploadedFile(name, PDF + mark)


def a_picture(color="red", name="IMG_1.jpg"):
    target = BytesIO()
    Image.new("RGB", (800, 600), color).save(target, "JPEG")
    return SimpleUploadedFile(name, target.getvalue())


def added(actor, person, file=None, **values):
    return actions.add_document(
        actor, person, {"kind": "diagnosis_certificate", **values}, uploads.check(file or a_pdf())
    )


@pytest.fixture
def person(cast):
    return make_person(cast.town, name="测试甲")


@pytest.fixture
def post(cast, person, browse):
    def send(*files, actor=cast.town_caseworker, headers=None, **values):
        url = reverse("referrals:add_documents", args=[person.code])
        said = {"kind": "diagnosis_certificate", "title": "", "issued_on": "", "valid_until": "", **values}
        return browse(actor).post(url, {**said, "files": files}, headers=headers)

    return send


# -- Taken in ---------------------------------------------------------------------------------------------------------
def test_several_files_come_in_at_once_and_nothing_of_them_lies_readable(cast, person, post):
    assert post(a_pdf(), a_picture(), title="三月出院").status_code == 302
    picture, pdf = person.documents.all()
    assert (pdf.file_kind, pdf.preview_key, pdf.title, pdf.file_name) == ("pdf", "", "三月出院", "诊断.pdf")
    assert (picture.file_kind, bool(picture.preview_key)) == ("jpg", True)
    assert uploads.open_stored(pdf.file_key).read() == PDF
    with default_storage.open(uploads.path_of(pdf.file_key)) as stored:
        assert b"%PDF" not in stored.read()
    assert set(person.timeline.values_list("kind", flat=True)) == {"document_added"}
    assert AuditEntry.objects.filter(action="document.add").count() == 2


def test_one_that_is_refused_leaves_the_others_and_says_why(person, post):
    page = post(a_pdf(), SimpleUploadedFile("病历.pdf", b"MZ not a pdf"), a_picture())
    assert page.status_code == 200
    assert person.documents.count() == 2
    ((name, why),) = page.context["refused"]
    assert (name, "只能上传" in why) == ("病历", True)
    assert "没有收" in page.content.decode()


def test_the_script_gets_an_answer_for_each_file(person, post):
    accept = {"Accept": "application/json"}
    good = post(a_pdf(), headers=accept)
    assert (good.status_code, len(good.json()["kept"])) == (200, 1)
    again = post(a_pdf(), headers=accept)
    assert (again.status_code, again.json()["kept"]) == (422, [])
    assert "已经收存过" in again.json()["refused"][0]
    assert "请选择" in post(a_picture(), headers=accept, kind="").json()["refused"][0]
    assert person.documents.count() == 1


def test_a_description_that_cannot_be_takes_nothing_in(person, post):
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "晚于今天" in post(a_pdf(), issued_on=tomorrow.isoformat()).content.decode()
    assert "请选择文件" in post().content.decode()
    early = {"issued_on": "2026-01-02", "valid_until": "2026-01-01"}
    assert "早于出具日期" in post(a_pdf(), **early).content.decode()
    assert not person.documents.exists()


def test_more_files_than_fit_in_one_go_are_refused_together(person, post):
    files = [a_pdf(mark=b"%d" % number) for number in range(21)]
    assert "一次最多 20 个文件" in post(*files).content.decode()
    assert not person.documents.exists()


def test_the_file_is_gone_again_when_the_row_is_refused(cast, person):
    added(cast.town_caseworker, person)
    before = stored_files()
    with pytest.raises(Refusal, match="已经收存过"):
        added(cast.town_caseworker, person)
    assert stored_files() == before


def stored_files():
    return {
        name
        for folder in default_storage.listdir("sealed")[0]
        for name in default_storage.listdir(f"sealed/{folder}")[1]
    }


@pytest.mark.parametrize("name", ["bureau_approver", "charity_reviewer", "other_bureau_approver", "city_supervisor"])
def test_only_who_edits_the_person_takes_papers_in(name, cast, person):
    with pytest.raises(PermissionDenied):
        added(cast[name], person)


# -- Opened by the keeper's side --------------------------------------------------------------------------------------
def test_each_look_and_each_download_leaves_a_line_about_the_person(cast, person, browse):
    document = added(cast.town_caseworker, person, a_picture())
    session = browse(cast.bureau_officer)
    view = session.get(reverse("referrals:view_document", args=[document.code]))
    assert (view["Content-Type"], view["Content-Disposition"].split(";")[0]) == ("image/jpeg", "inline")
    preview = session.get(reverse("referrals:preview_document", args=[document.code]))
    file = session.get(reverse("referrals:download_document", args=[document.code]))
    assert file["Content-Disposition"].startswith("attachment")
    assert "测试甲" not in file["Content-Disposition"]
    assert len(b"".join(preview.streaming_content)) < len(b"".join(file.streaming_content))
    lines = AuditEntry.objects.filter(object_code=person.code, reason=document.code).order_by("pk")
    assert list(lines.values_list("action", flat=True)) == ["document.view", "document.view", "document.download"]


def test_a_supervisor_sees_that_there_are_papers_and_opens_none(cast, person, browse):
    document = make_document(person, title="张某的诊断")
    session = browse(cast.city_supervisor)
    page = session.get(reverse("referrals:show_person", args=[person.code])).content.decode()
    assert ("诊断证明" in page, "张某的诊断" in page, document.code in page) == (True, False, False)
    assert session.get(reverse("referrals:download_document", args=[document.code])).status_code == 403


def test_a_childs_papers_wait_for_the_approval(cast, browse):
    child = make_person(cast.town, born="2020-01-01")
    document = make_document(child)
    url = reverse("referrals:download_document", args=[document.code])
    make_minor_approval(cast.bureau_officer, child)
    asked_first = browse(cast.town_caseworker).get(url)
    assert asked_first["Location"] == reverse("referrals:ask_minor_access", args=[child.code])
    assert browse(cast.bureau_officer).get(url).status_code == 200


def test_what_expires_says_so_and_stays_readable(cast, person, browse):
    yesterday = timezone.localdate() - timedelta(days=1)
    document = make_document(person, valid_until=yesterday)
    page = browse(cast.town_caseworker).get(reverse("referrals:show_document", args=[document.code])).content.decode()
    assert f"{yesterday.isoformat()} 到期" in page
    assert not person.documents.in_time().exists()
    assert person.documents.standing().exists()


def test_a_file_that_is_lost_is_not_found(cast, person, browse):
    document = make_document(person)
    uploads.delete(document.file_key)
    url = reverse("referrals:download_document", args=[document.code])
    assert browse(cast.town_caseworker).get(url).status_code == 404


# -- Changed, put aside, taken back, erased ---------------------------------------------------------------------------
def test_whoever_comes_second_is_told(cast, person):
    document = make_document(person)
    values = {"kind": "exam_records", "title": "新的说明", "issued_on": None, "valid_until": None}
    changed = actions.change_document(cast.town_caseworker, document, 1, values)
    assert (changed.version, changed.title, changed.file_name) == (2, "新的说明", "scan.pdf")
    with pytest.raises(Stale):
        actions.change_document(cast.bureau_officer, document, 1, {**values, "title": "另一句"})


def test_put_aside_nobody_opens_it_and_for_a_month_it_comes_back(cast, person, browse):
    document = make_document(person)
    session = browse(cast.town_caseworker)
    url = reverse("referrals:put_aside_document", args=[document.code])
    assert session.post(url, {"reason": ""}).status_code == 200
    assert session.post(url, {"reason": "传错了人"}).status_code == 302
    for way in ("view", "download", "show"):
        assert session.get(reverse(f"referrals:{way}_document", args=[document.code])).status_code == 404
    with pytest.raises(Refusal, match="已经移除"):
        actions.put_aside_document(cast.town_caseworker, document, "再来一次")
    page = session.get(reverse("referrals:list_documents", args=[person.code])).content.decode()
    assert ("传错了人" in page, "恢复" in page) == (True, True)
    session.post(reverse("referrals:take_back_document", args=[document.code]))
    assert session.get(reverse("referrals:download_document", args=[document.code])).status_code == 200


def test_the_same_file_again_stands_in_the_way_of_taking_back(cast, person):
    first = added(cast.town_caseworker, person)
    actions.put_aside_document(cast.town_caseworker, first, "看不清")
    added(cast.town_caseworker, person)
    with pytest.raises(Refusal, match="后来又收存过"):
        actions.take_back_document(cast.town_caseworker, first)


def long_aside(person, **values):
    long_ago = timezone.now() - actions.KEPT_ASIDE - timedelta(hours=1)
    return make_document(person, put_aside_at=long_ago, put_aside_reason="传错了", title="谁的诊断", **values)


def test_after_a_month_the_file_is_erased_and_the_trace_stays(cast, person, django_capture_on_commit_callbacks):
    document, fresh = long_aside(person, file_kind="jpg"), make_document(person)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.erase_put_aside() == 1
    gone = Document.objects.get(pk=document.pk)
    assert (gone.file_key, gone.preview_key, gone.title, gone.put_aside_reason) == ("", "", "", "传错了")
    assert not default_storage.exists(uploads.path_of(document.file_key))
    assert not default_storage.exists(uploads.path_of(document.preview_key))
    assert uploads.open_stored(fresh.file_key)
    with pytest.raises(Refusal, match="不能恢复"):
        actions.take_back_document(cast.town_caseworker, gone)
    assert actions.erase_put_aside() == 0


def test_a_legal_hold_keeps_what_was_put_aside(cast, person):
    long_aside(person)
    Retention.objects.create(person=person, hold_reason="诉讼", changed_by=cast.bureau_approver)
    assert actions.erase_put_aside() == 0


def test_every_kind_of_paper_belongs_to_a_certain_item():
    """What is written out here is known; what nobody knows is taken for the most sensitive."""
    unsure = {kind for kind in PaperKind if Document(kind=kind).item.code == "paper_other"}
    assert unsure == {PaperKind.SUPPORTING_PROOF}
