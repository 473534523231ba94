"""The sample job of the styleguide is a real one."""

import pytest

from members import jobs
from members.models import Job
from portal import tasks

pytestmark = pytest.mark.django_db


def test_counting_ends_with_a_word(cast, browse, monkeypatch):
    monkeypatch.setattr(tasks, "PAUSE", 0)
    response = browse(cast.bureau_officer).post("/styleguide/count/")
    job = Job.objects.get()
    assert response.headers["Location"] == f"/jobs/{job.code}/"
    jobs.run(job.code)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.message) == (Job.State.DONE, 60, 60, "数完了。")
