"""A list goes up and its receipts come back; other bodies sign; the papers of the whole."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from referrals.actions import batch_stations as actions
from referrals.actions import batches, notices
from referrals.batch_routes import Progress, station_now, stations_of
from referrals.models import Batch
from tests.make.batches import a_notice, make_frozen, make_paper, make_row, make_sampled, past
from tests.make.units import make_staff

pytestmark = pytest.mark.django_db
BODIES = ["health_bureau", "public_security", "civil_affairs", "medical_insurance", "human_resources"]


def fresh(batch):
    return Batch.objects.get(pk=batch.pk)


def handed(actor, batch, **more):
    batch = fresh(batch)
    said = {"done_on": timezone.localdate(), "to": None, "to_words": "", "note": "", **more}
    return actions.hand_on(actor, batch, batch.version, said)


def answered(actor, record, **more):
    said = {"is_taken": True, "answered_on": timezone.localdate(), "receipt": "HZ-1", **more}
    return actions.answer_station(actor, record, **said)


def signed(actor, batch, body, codes=None, **more):
    codes = codes or list(batch.rows.values_list("code", flat=True))
    said = {"body": body, "agrees": True, "signed_on": timezone.localdate(), "signer": "", "note": "", **more}
    return actions.sign_rows(actor, fresh(batch), codes, said)


def test_up_the_chain_and_the_receipts_come_back_to_each_case(cast):
    """P11: county, city, province."""
    batch = make_frozen(cast.charity_reviewer, like="P11", people=2)
    for number in range(3):
        record = handed(cast.charity_reviewer, batch)
        assert f"已交 {record.receiver}，等待回执" in station_now(Progress.of(fresh(batch))).wanting
        with pytest.raises(Refusal, match="现在没有可以上报"):
            handed(cast.charity_reviewer, batch)
        answered(cast.charity_reviewer, record, receipt=f"HZ-{number}")
    assert station_now(Progress.of(fresh(batch))).step.kind == "approve"
    assert list(batch.stations.values_list("to_words", flat=True)) == ["市妇联", "省基金会", "资助方"]
    person = make_row(batch, 2).person
    kinds = list(person.timeline.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["batch_listed", *["batch_handed_on", "batch_receipt"] * 3]


def test_returned_it_may_go_up_again_and_the_reason_is_kept(cast):
    batch = make_frozen(cast.charity_reviewer, like="P11", people=1)
    record = handed(cast.charity_reviewer, batch)
    with pytest.raises(Refusal, match="为什么退回"):
        answered(cast.charity_reviewer, record, is_taken=False)
    answered(cast.charity_reviewer, record, is_taken=False, note="少一枚印章")
    with pytest.raises(Refusal, match="已经有回执"):
        answered(cast.charity_reviewer, record)
    again = handed(cast.charity_reviewer, batch)
    with pytest.raises(Refusal, match="不能早于上报"):
        answered(cast.charity_reviewer, again, answered_on=timezone.localdate() - timedelta(days=1))
    assert fresh(batch).stations.count() == 2


def test_a_unit_that_works_here_sees_it_then_and_gives_the_receipt_itself(cast, browse):
    batch = make_frozen(cast.charity_reviewer, like="P11", people=1)
    officer = make_staff(organization=cast.other_charity, roles=["charity_reviewer"])
    url = reverse("referrals:show_batch", args=[batch.code])
    assert browse(officer).get(url).status_code == 404
    record = handed(cast.charity_reviewer, batch, to=cast.other_charity)
    page = browse(officer).get(url).content.decode()
    assert make_row(batch).person.name not in page
    assert reverse("referrals:answer_station", args=[batch.code, record.code]) in page
    with pytest.raises(PermissionDenied):
        answered(cast.charity_reviewer, record)
    url = reverse("referrals:answer_station", args=[batch.code, record.code])
    said = {"answer": "taken", "answered_on": f"{timezone.localdate()}", "receipt": "HZ-9", "note": ""}
    assert browse(officer).post(url, said).status_code == 302
    assert fresh(batch).stations.get().receipt == "HZ-9"
    with pytest.raises(PermissionDenied):
        batches.strike_row(officer, make_row(batch), fresh(batch).version, "不行")


def test_a_list_for_the_bank_goes_up_sealed(cast, browse):
    """P07: the district charity's seal is on it."""
    batch = make_frozen(cast.charity_reviewer, like="P07", people=1)
    with pytest.raises(Refusal, match="盖章"):
        handed(cast.charity_reviewer, batch)
    session = browse(cast.charity_reviewer)
    file = SimpleUploadedFile("sealed.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
    url = reverse("referrals:add_batch_paper", args=[batch.code])
    assert session.post(url, {"kind": "sealed_list", "file": file}).status_code == 302
    handed(cast.charity_reviewer, batch)
    paper = batch.papers.get()
    url = reverse("referrals:download_batch_paper", args=[batch.code, paper.code])
    response = session.get(url)
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert "sealed" not in response.headers["Content-Disposition"]
    assert browse(cast.bureau_officer).get(url).status_code == 403


def test_all_five_bodies_say_yes_of_everybody_before_it_goes_on(cast, browse):
    """P10: health, public security, civil affairs, insurance, human resources."""
    batch = make_frozen(cast.charity_reviewer, like="P10", people=2)
    for body in BODIES[:4]:
        signed(cast.charity_reviewer, batch, body)
    assert station_now(Progress.of(fresh(batch))).counted.done == 8
    codes = [make_row(batch).code]
    with pytest.raises(Refusal, match="不同意的理由"):
        signed(cast.charity_reviewer, batch, BODIES[4], codes, agrees=False)
    signed(cast.charity_reviewer, batch, BODIES[4], codes, agrees=False, note="身份不符")
    with pytest.raises(Refusal, match="还没有会签的人"):
        signed(cast.charity_reviewer, batch, BODIES[4], codes)
    url = reverse("referrals:sign_rows", args=[batch.code])
    session = browse(cast.charity_reviewer)
    assert make_row(batch, 2).person.name in session.get(url).content.decode()
    said = {"body": BODIES[4], "agrees": "yes", "signed_on": f"{timezone.localdate()}", "row": make_row(batch, 2).code}
    assert session.post(url, said).status_code == 302
    assert "序号 1 有部门不同意" in station_now(Progress.of(fresh(batch))).wanting
    page = session.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    assert "身份不符" in page
    batches.strike_row(cast.charity_reviewer, make_row(batch), fresh(batch).version, "身份不符")
    assert station_now(Progress.of(fresh(batch))).step.kind == "forward"
    with pytest.raises(Refusal, match="不要求这个部门"):
        signed(cast.charity_reviewer, batch, "school")


def test_the_picture_of_the_notice_is_on_file_before_the_decision(cast):
    batch = make_sampled(cast.charity_reviewer)
    notice = notices.publish_notice(cast.charity_reviewer, batch, batch.version, a_notice())
    past(notice)
    assert "公示照片" in station_now(Progress.of(fresh(batch))).wanting
    make_paper(batch, cast.charity_reviewer, "notice_proof")
    assert station_now(Progress.of(fresh(batch))).step.kind == "approve"


def test_the_page_hands_it_on(cast, browse):
    batch = make_frozen(cast.charity_reviewer, like="P11", people=1)
    url, session = reverse("referrals:hand_on", args=[batch.code]), browse(cast.charity_reviewer)
    assert url in session.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    said = {"done_on": f"{timezone.localdate()}", "to": "", "to_words": "市妇联", "note": "", "version": batch.version}
    assert session.get(url).status_code == 200
    assert session.post(url, said).status_code == 302
    assert [one.is_done for one in stations_of(Progress.of(fresh(batch)))][:2] == [True, False]
    assert session.get(url).status_code == 302
