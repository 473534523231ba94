"""The audit on the screen: who sees which lines, how they read, how they are narrowed and taken along."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members import audit, exports, jobs, seals
from members.audit import Origin, origin_of_request
from members.kinds import Capacity
from members.models import AuditEntry, Job, Organization
from portal.lib import uploads
from portal.lib.tables import read_rows


def codes_on(response):
    return [row[0].pk for row in response.context["rows"]]


@pytest.fixture
def lines(cast):
    """One line by each of some people, in their own unit."""
    people = ("bureau_officer", "charity_reviewer", "other_bureau_approver", "system_admin")
    return {name: audit.record(cast[name], "job.start", reason=f"由 {name}") for name in people}


def test_a_supervisor_sees_the_own_area_and_below_and_the_audit_admin_everything(cast, browse, lines):
    province = audit.record(None, "job.start", reason="别处")
    everything = [province.pk, *(lines[name].pk for name in reversed(lines))]
    assert codes_on(browse(cast.audit_admin).get("/audit/")) == everything
    assert codes_on(browse(cast.city_supervisor).get("/audit/")) == everything[1:]


def test_a_supervisor_of_a_county_sees_no_other_county(cast, browse, lines):
    cast.city_supervisor.organization = cast.bureau
    cast.city_supervisor.save(update_fields=["organization"])
    session = browse(cast.city_supervisor)
    assert codes_on(session.get("/audit/")) == [lines["charity_reviewer"].pk, lines["bureau_officer"].pk]
    assert session.get(f"/audit/{lines['bureau_officer'].code}/").status_code == 200
    assert session.get(f"/audit/{lines['other_bureau_approver'].code}/").status_code == 404


def test_a_change_named_like_what_points_at_its_object_is_shown(cast, browse):
    name = Organization._meta.related_objects[0].name
    entry = audit.record(cast.bureau_officer, "organization.edit", cast.bureau, changes={name: [None, 3]})
    assert browse(cast.audit_admin).get(f"/audit/{entry.code}/").status_code == 200


def test_what_outsiders_did_to_a_unit_of_the_area_is_seen_too(cast, browse):
    cast.city_supervisor.organization = cast.bureau
    cast.city_supervisor.save(update_fields=["organization"])
    entry = audit.record(cast.other_bureau_approver, "personal_data.read", cast.bureau, reason="核对")
    assert codes_on(browse(cast.city_supervisor).get("/audit/")) == [entry.pk]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actor={bureau_officer.code}", ["bureau_officer"]),
        ("unit={charity.code}", ["charity_reviewer"]),
        ("unit=nobody", []),
        ("outcome=refused", []),
        ("outcome=done", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
        ("action=job.cancel", []),
        ("action=job.start&actor={system_admin.code}", ["system_admin"]),
        (
            "since={today}&until={today}",
            ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"],
        ),
        ("until={yesterday}", []),
        ("since={tomorrow}", []),
        # What makes no sense narrows nothing.
        ("since=31-31-31", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
        ("actor=%3Cb%3E", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
        ("actor=%00", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
        ("action=no.such", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
        ("after=garbage", ["system_admin", "other_bureau_approver", "charity_reviewer", "bureau_officer"]),
    ],
)
def test_lines_are_narrowed(cast, browse, lines, query, expected):
    today = timezone.localdate()
    days = {"today": today, "yesterday": today - timedelta(days=1), "tomorrow": today + timedelta(days=1)}
    query = query.format(**vars(cast), **days)
    assert codes_on(browse(cast.audit_admin).get(f"/audit/?{query}")) == [lines[name].pk for name in expected]


def test_lines_about_one_thing_stand_together(cast, browse):
    about = [audit.record(cast.bureau_officer, "job.start", cast.charity) for _ in range(2)]
    audit.record(cast.bureau_officer, "job.start", cast.town)
    found = codes_on(browse(cast.audit_admin).get(f"/audit/?object={cast.charity.code}"))
    assert found == [entry.pk for entry in reversed(about)]


def test_pages_follow_each_other_without_gap_or_repetition_though_lines_arrive(cast, browse):
    for number in range(120):
        audit.record(None, "job.start", reason=str(number))
    session = browse(cast.audit_admin)
    first = session.get("/audit/?outcome=done")
    audit.record(None, "job.start", reason="其间")
    second = session.get(f"/audit/?outcome=done&after={first.context['page'].after}")
    third = session.get(f"/audit/?outcome=done&after={second.context['page'].after}")
    reasons = [row[0].reason for response in (first, second, third) for row in response.context["rows"]]
    assert reasons == [str(number) for number in reversed(range(120))]
    assert not third.context["page"].after


def test_a_line_is_read_in_words_with_its_changes_and_its_link(cast, browse):
    token = origin_of_request.set(Origin(ip="10.0.0.7", session="s1", request_id="r1"))
    changes = {"short_name": ["甲", "<b>乙</b>"], "capacity": ["open", "full"], "unknown": "x"}
    entry = audit.record(cast.bureau_approver, "access.refused", cast.charity, outcome="refused", changes=changes)
    origin_of_request.reset(token)
    session = browse(cast.audit_admin)
    text = session.get(f"/audit/{entry.code}/").content.decode()
    for words in (
        "访问被拒绝",
        "被拒绝",
        "民政审批",
        "甲区民政局",
        "民政局审批",
        "单位 甲区慈善会",
        "10.0.0.7",
        "简称",
        "等待加封",
    ):
        assert words in text
    assert "&lt;b&gt;乙&lt;/b&gt;" in text
    assert str(Capacity.FULL.label) in text
    assert ">full<" not in text
    seals.seal()
    assert "第 1 号" in session.get(f"/audit/{entry.code}/").content.decode()


@pytest.mark.parametrize("code", ["zz-zz", "1-1", "f" * 40 + "-1", "-", "1"])
def test_an_address_that_names_no_line_is_not_found(cast, browse, code):
    assert browse(cast.audit_admin).get(f"/audit/{code}/").status_code == 404


def test_whoever_was_not_let_through_leaves_a_line(cast, browse):
    browse(cast.bureau_officer).get("/audit/")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.actor_id) == ("access.refused", "refused", cast.bureau_officer.pk)
    assert entry.reason == "audit.view GET members:list_audit"


# -- Jobs over the audit ----------------------------------------------------------------------------------------------
def run_latest():
    job = Job.objects.latest("pk")
    jobs.run(job.code)
    job.refresh_from_db()
    return job


def read_result(job):
    return [["" if cell is None else cell for cell in row] for row in read_rows(uploads.open_stored(job.file))]


def test_an_export_reads_back_equal(cast, browse, lines):
    seals.seal()
    odd = ["=1+1", "+86", "@x", "行\n行", '引"号', "，", "𠮷", "139" + "0" * 8]
    for reason in odd:
        audit.record(cast.bureau_officer, "job.cancel", cast.charity, reason=reason, changes={"name": ["甲", "乙"]})
    session = browse(cast.audit_admin)
    response = session.post("/audit/export/", {"action": "job.cancel"})
    job = run_latest()
    assert response.url == f"/jobs/{job.code}/"
    assert (job.state, job.message, job.done) == (Job.State.DONE, "共 8 条审计记录。", 8)
    heading, *rows = read_result(job)
    assert heading[:6] == ["时间", "人员", "单位", "当时的角色", "操作", "操作代码"]
    entries = AuditEntry.objects.filter(action="job.cancel").order_by("at", "id")
    assert [row[0] for row in rows] == [
        timezone.localtime(entry.at).isoformat(sep=" ", timespec="microseconds") for entry in entries
    ]
    reasons = ["=1+1", "+86", "@x", "行\n行", '引"号', "，", "𠮷", "139******00"]
    assert [row[10] for row in rows] == reasons
    assert {tuple(row[1:3] + row[4:9:1]) for row in rows} == {
        ("民政经办", "甲区民政局", "取消后台作业", "job.cancel", "完成", "单位", cast.charity.code)
    }
    assert {row[11] for row in rows} == {"名称：甲 → 乙"}


def test_an_export_holds_the_links_and_more_than_one_batch(cast, browse, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 7)
    moment = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=moment + timedelta(microseconds=n // 3), action="job.cancel", actor_name="", reason=str(n))
        for n in range(30)
    )
    seals.seal()
    browse(cast.audit_admin).post("/audit/export/", {"action": "job.cancel"})
    _heading, *rows = read_result(run_latest())
    assert [row[10] for row in rows] == [str(number) for number in range(30)]
    assert [row[15] for row in rows] == list(range(1, 31))


def test_an_export_leaves_lines_itself(cast, browse):
    session = browse(cast.audit_admin)
    session.post("/audit/export/", {"action": "job.start", "since": "2026-01-01", "actor": "<script>"})
    assert Job.objects.get().parameters == {"action": "job.start", "since": "2026-01-01"}
    job = run_latest()
    session.get(f"/jobs/{job.code}/result/")
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"job.start", "audit.export", "job.download"}
    assert AuditEntry.objects.get(action="audit.export").reason == "since=2026-01-01&action=job.start"


def test_an_export_that_is_too_large_says_how_to_go_on(cast, browse, lines, monkeypatch):
    monkeypatch.setattr(exports, "LIMIT", 3)
    browse(cast.audit_admin).post("/audit/export/")
    job = run_latest()
    assert (job.state, job.error) == (Job.State.FAILED, "符合条件的记录超过 3 条，请按时间分几次导出。")


def test_a_verification_is_a_job_and_a_broken_chain_its_failure(cast, browse, lines):
    session = browse(cast.audit_admin)
    session.post("/audit/verify/")
    seals.seal()
    job = run_latest()
    assert job.state == Job.State.DONE
    assert job.message.startswith("链条完整：封条 6，记录 6")
    assert job.message in session.get("/audit/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update members_auditentry set reason = 'x' where id = %s", [lines["bureau_officer"].pk])
        cursor.execute("set local session_replication_role = origin")
    session.post("/audit/verify/")
    broken = run_latest()
    assert broken.state == Job.State.FAILED
    assert broken.error.startswith("链条断裂：第 1 号封条")
    assert broken.error in session.get("/audit/").content.decode()
