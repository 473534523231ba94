"""Long work: done by a worker, watched, stopped and begun again."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from members import jobs, outbox
from members.audit import Origin, origin_of_request
from members.models import AuditEntry, Job, OutboxMessage
from portal.lib import uploads


@pytest.fixture
def work(monkeypatch):
    """work(function) makes it the runner of the kind "test.work"."""

    def becomes(function, permission=None):
        kind = jobs.Kind("test.work", function, "试验作业", permission)
        monkeypatch.setitem(jobs._runners, "test.work", kind)

    becomes(lambda job, progress: jobs.Result("完成"))
    return becomes


def test_a_job_is_written_with_its_message_and_its_audit_line(cast, work):
    job = jobs.start(cast.bureau_officer, "test.work", {"area": "230302000000"})
    assert (job.state, job.organization) == (Job.State.WAITING, cast.bureau)
    message = OutboxMessage.objects.get()
    assert (message.topic, message.payload) == ("job.run", {"job": job.code})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_code, entry.reason) == ("job.start", job.code, "试验作业")


def test_a_kind_that_nobody_does_is_refused_at_once(cast):
    with pytest.raises(LookupError):
        jobs.start(cast.bureau_officer, "nobody.does")
    assert Job.objects.count() == 0


def test_a_job_is_done_and_its_file_kept_for_a_week(cast, work):
    def export(job, progress):
        path = progress.folder / "out.csv"
        path.write_text("甲,乙")
        progress.step(2, 2, "写入完毕")
        return jobs.Result("共 2 行。", path, "结果.csv")

    work(export)
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, job.message, job.done, job.total) == (Job.State.DONE, "共 2 行。", 2, 2)
    assert (job.file_name, job.file_size) == ("结果.csv", 7)
    assert timedelta(days=6, hours=23) < job.expires_at - timezone.now() < timedelta(days=7)
    assert job.has_file
    assert uploads.open_stored(job.file).read().decode() == "甲,乙"
    assert "甲".encode() not in default_storage.open(uploads.path_of(job.file)).read()
    Job.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert jobs.prune() == 1
    with pytest.raises(FileNotFoundError):
        uploads.open_stored(job.file)
    assert not Job.objects.get().has_file


def test_a_job_runs_once_however_often_it_is_announced(cast, work):
    runs = []
    work(lambda job, progress: runs.append(job.code))
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    jobs.run(job.code)
    assert runs == [job.code]


def test_what_the_work_does_is_recorded_as_coming_from_where_it_was_asked(cast, work):
    seen = []
    work(lambda job, progress: seen.append(origin_of_request.get()))
    origin = Origin(ip="10.1.2.3", session="abc", request_id="r1")
    token = origin_of_request.set(origin)
    job = jobs.start(cast.bureau_officer, "test.work")
    origin_of_request.reset(token)
    jobs.run(job.code)
    assert seen == [origin]
    assert origin_of_request.get() != origin


def test_a_refusal_of_the_work_is_told_in_its_own_words(cast, work):
    def refuse(job, progress):
        raise jobs.Failed("文件里没有“姓名”一列。")

    work(refuse)
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "文件里没有“姓名”一列。")


def test_an_error_of_the_program_is_told_without_its_insides(cast, work):
    work(lambda job, progress: {}["somebody@example.org"])
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.code in job.error
    assert "example.org" not in job.error


def test_a_job_that_is_to_stop_stops_at_its_next_step(cast, work):
    steps = []

    def walk(job, progress):
        progress.PAUSE = 0
        for number in range(1, 10):
            if number == 3:
                Job.objects.update(cancel_requested_at=timezone.now())
            progress.step(number, 10)
            steps.append(number)

    work(walk)
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert steps == [1, 2]
    assert (job.state, job.done) == (Job.State.CANCELLED, 2)


def test_progress_is_written_twice_a_second_at_most(cast, work, django_assert_max_num_queries):
    def walk(job, progress):
        progress.step(0, 5000)
        with django_assert_max_num_queries(1):
            for number in range(1, 2000):
                progress.step(number)
        progress.step(5000, 5000)

    work(walk)
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.DONE, 5000, 5000)


def test_rights_that_ended_meanwhile_end_the_job(cast, work):
    runs = []
    work(lambda job, progress: runs.append(1), permission="audit.export")
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, runs) == (Job.State.FAILED, [])
    assert job.error == "您的权限已变更，这项作业没有执行。"


def make_silent(state=Job.State.RUNNING, **values):
    long_ago = timezone.now() - jobs.SILENCE - timedelta(seconds=1)
    Job.objects.update(state=state, created_at=long_ago, heartbeat_at=long_ago, **values)


def test_a_job_whose_worker_died_is_begun_again_once_and_then_given_up(cast, work):
    job = jobs.start(cast.bureau_officer, "test.work")
    make_silent(attempts=1)
    assert jobs.reap() == 1
    assert Job.objects.get().state == Job.State.WAITING
    assert OutboxMessage.objects.count() == 2
    make_silent(attempts=2)
    assert jobs.reap() == 1
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "处理中断且重试未成功。请稍后重新发起，或联系系统管理员。")


def test_a_silent_job_that_was_to_stop_is_stopped(cast, work):
    job = jobs.start(cast.bureau_officer, "test.work")
    make_silent(attempts=1, cancel_requested_at=timezone.now())
    jobs.reap()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_a_job_that_no_worker_heard_of_is_announced_again_but_not_every_minute(cast, work):
    jobs.start(cast.bureau_officer, "test.work")
    make_silent(state=Job.State.WAITING)
    jobs.reap()
    jobs.reap()
    assert OutboxMessage.objects.count() == 2


def test_a_job_at_work_is_left_alone(cast, work):
    jobs.start(cast.bureau_officer, "test.work")
    Job.objects.update(state=Job.State.RUNNING, attempts=1, heartbeat_at=timezone.now())
    assert jobs.reap() == 0


def test_a_worker_that_lost_its_job_to_another_writes_nothing_more(cast, work):
    def walk(job, progress):
        Job.objects.update(attempts=2)
        progress.step(1, 2)

    work(walk)
    job = jobs.start(cast.bureau_officer, "test.work")
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.RUNNING, 0)


def test_a_finished_job_is_news_until_it_is_looked_at(cast, work):
    job = jobs.start(cast.bureau_officer, "test.work")
    assert jobs.unseen_count(cast.bureau_officer) == 0
    jobs.run(job.code)
    assert jobs.unseen_count(cast.bureau_officer) == 1
    assert jobs.unseen_count(cast.bureau_approver) == 0


def test_the_outbox_brings_a_job_to_the_workers(cast, work, monkeypatch):
    handed = []
    monkeypatch.setattr(jobs, "hand_over", handed.append)
    job = jobs.start(cast.bureau_officer, "test.work")
    outbox.sweep(send=lambda ids, lease: outbox.deliver(ids, lease))
    assert handed == [job.code]
