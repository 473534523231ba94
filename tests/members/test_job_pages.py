"""My jobs on the screen: seen, stopped and taken along by their owner only."""

import pytest
from django.utils import timezone

from members import jobs
from members.models import AuditEntry, Job
from tests.make.units import make_job


@pytest.fixture
def officer(cast, browse):
    return browse(cast.bureau_officer)


def test_a_page_of_a_running_job_asks_for_its_moving_part_without_keeping_the_session_awake(cast, officer):
    job = make_job(cast.bureau_officer, state="running", attempts=1, done=3, total=10, message="已写 3 行")
    text = officer.get(f"/jobs/{job.code}/").content.decode()
    assert '<progress max="10" value="3"' in text
    assert 'hx-trigger="every 1s"' in text
    assert """hx-headers='{"X-Background": "1"}'""" in text
    assert "已写 3 行" in text
    assert "可离开本页" in text
    assert f'<a href="/jobs/{job.code}/">刷新进度</a>' in text


def test_the_moving_part_comes_alone_and_stops_asking_when_the_job_is_done(cast, officer):
    job = make_job(cast.bureau_officer, result="x", message="共 1 行。")
    text = officer.get(f"/jobs/{job.code}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "hx-trigger" not in text
    assert f"/jobs/{job.code}/result/" in text


def test_a_failed_job_says_why(cast, officer):
    job = make_job(cast.bureau_officer, state="failed", error="文件里没有“姓名”一列。", finished_at=timezone.now())
    assert "文件里没有“姓名”一列。" in officer.get(f"/jobs/{job.code}/").content.decode()


def test_a_finished_job_is_news_in_the_header_until_it_is_opened(cast, officer):
    job = make_job(cast.bureau_officer, result="x")
    assert '消息 <b class="num">1</b>' in officer.get("/").content.decode()
    officer.get(f"/jobs/{job.code}/")
    assert '消息 <b class="num">' not in officer.get("/").content.decode()


def test_the_owner_takes_the_result_along_and_it_leaves_a_line(cast, officer):
    job = make_job(cast.bureau_officer, "styleguide.count", result="甲,乙")
    response = officer.get(f"/jobs/{job.code}/result/")
    assert b"".join(response.streaming_content).decode() == "甲,乙"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "%E7%BB%93%E6%9E%9C.csv" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]
    assert AuditEntry.objects.filter(action="job.download", object_code=job.code).count() == 1


def test_who_lost_the_right_to_the_work_fetches_no_result(cast, officer):
    """An export of the audit, made while one was its administrator."""
    job = make_job(cast.bureau_officer, "audit.export", result="甲,乙")
    response = officer.get(f"/jobs/{job.code}/result/", follow=True)
    assert "您的权限已变更，不能再下载这份结果。" in response.content.decode()
    assert not AuditEntry.objects.filter(action="job.download").exists()


def test_an_expired_result_is_refused_with_a_word(cast, officer):
    job = make_job(cast.bureau_officer, result="x", expires_at=timezone.now())
    response = officer.get(f"/jobs/{job.code}/result/", follow=True)
    assert "结果文件已过期删除，请重新发起。" in response.content.decode()
    assert not AuditEntry.objects.filter(action="job.download").exists()


def test_others_see_none_of_it_be_they_chief_or_colleague(cast, browse):
    job = make_job(cast.bureau_officer, result="x")
    for person in ("bureau_approver", "system_admin", "audit_admin"):
        session = browse(cast[person])
        assert job.code not in session.get("/jobs/").content.decode()
        assert [session.get(f"/jobs/{job.code}/{path}").status_code for path in ("", "result/")] == [404, 404]
        assert session.post(f"/jobs/{job.code}/cancel/").status_code == 404


def test_a_waiting_job_is_stopped_at_once(cast, officer):
    job = make_job(cast.bureau_officer)
    officer.post(f"/jobs/{job.code}/cancel/")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    jobs.run(job.code)
    assert Job.objects.get().state == Job.State.CANCELLED
    assert AuditEntry.objects.filter(action="job.cancel").count() == 1


def test_a_running_job_is_asked_to_stop_once(cast, officer):
    job = make_job(cast.bureau_officer, state="running", attempts=1)
    officer.post(f"/jobs/{job.code}/cancel/")
    job.refresh_from_db()
    assert (job.state, job.cancel_requested_at is not None) == (Job.State.RUNNING, True)
    assert "正在停止" in officer.get(f"/jobs/{job.code}/").content.decode()
    assert "不需要再取消" in officer.post(f"/jobs/{job.code}/cancel/", follow=True).content.decode()
    assert AuditEntry.objects.filter(action="job.cancel").count() == 1


def test_looking_never_stops_a_job(cast, officer):
    job = make_job(cast.bureau_officer)
    assert officer.get(f"/jobs/{job.code}/cancel/").status_code == 405
    assert Job.objects.get().state == Job.State.WAITING
