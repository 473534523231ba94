"""The chain over the audit, against those who own the database: they can do anything but go unseen."""

import gzip
import io
import json
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from members import archives, audit, seals
from members.access import Refusal
from members.models import AuditArchive, AuditEntry, AuditSeal
from portal.lib import partitions, uploads


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Anchors and archives of one test are not those of another."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


@pytest.fixture
def lines(db):
    """Five sealed lines."""
    made = [audit.record(None, "job.start", reason=f"第 {number} 条", changes={"n": [1, 1.5]}) for number in range(5)]
    assert seals.seal() == 5
    return made


def as_owner_of_the_database(statement, *values):
    """What a superuser can do: switch the triggers off and write."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("set local session_replication_role = origin")


def finding():
    found = seals.verify().finding
    return found and (found.kind, found.sequence)


def test_an_untouched_chain_holds(lines):
    verdict = seals.verify()
    assert verdict.finding is None
    assert (verdict.links, verdict.entries, verdict.archived) == (5, 5, 0)


def test_an_empty_audit_holds(db):
    assert seals.verify().finding is None


@pytest.mark.parametrize(
    "change",
    [
        "reason = '别的'",
        "actor_name = '别人'",
        "outcome = 'refused'",
        "ip = '10.9.9.9'",
        "object_code = 'x'",
        "changes = '{\"n\": [1, 2]}'",
        "organization_id = 7",
        "actor_roles = 'x'",
        "session = 'x'",
        "action = 'job.cancel'",
        "request_id = 'x'",
        "actor_id = 5",
        "object_name = 'x'",
        "object_type = 'x'",
        "actor_organization_id = 9",
        "actor_organization_name = 'x'",
    ],
)
def test_a_changed_line_is_named(lines, change):
    as_owner_of_the_database(f"update members_auditentry set {change} where id = %s", lines[2].pk)
    found = seals.verify().finding
    assert (found.kind, found.sequence) == ("changed", 3)
    assert f"的记录 {lines[2].pk}" in found.words


def test_every_column_of_a_line_is_under_the_seal():
    columns = {field.column for field in AuditEntry._meta.fields}
    assert {name.removeprefix("host(").removesuffix(")") for name in seals.COLUMNS} == columns


def test_a_moved_time_is_named(lines):
    as_owner_of_the_database("update members_auditentry set at = at - interval '1 second' where id = %s", lines[1].pk)
    assert finding() == ("removed", 2)


def test_a_removed_line_is_named(lines):
    as_owner_of_the_database("delete from members_auditentry where id = %s", lines[3].pk)
    assert finding() == ("removed", 4)


def test_a_removed_line_with_its_link_is_named(lines):
    as_owner_of_the_database("delete from members_auditentry where id = %s", lines[3].pk)
    as_owner_of_the_database("delete from members_auditseal where entry_id = %s", lines[3].pk)
    assert finding() == ("gap", 4)


def test_links_that_close_ranks_are_named(lines):
    as_owner_of_the_database("delete from members_auditentry where id = %s", lines[1].pk)
    as_owner_of_the_database("delete from members_auditseal where entry_id = %s", lines[1].pk)
    as_owner_of_the_database("update members_auditseal set sequence = sequence - 1 where sequence > 2")
    assert finding() == ("changed", 2)


def test_two_lines_that_change_places_are_named(lines):
    as_owner_of_the_database(
        "update members_auditentry set reason = case id when %s then '第 1 条' else '第 0 条' end where id in (%s, %s)",
        lines[0].pk, lines[0].pk, lines[1].pk,
    )  # fmt: skip
    assert finding() == ("changed", 1)


def test_links_without_a_key_are_worth_nothing(lines):
    """Rebuilding the whole chain without the key: the first link is already wrong."""
    as_owner_of_the_database("update members_auditentry set reason = '别的'")
    for link in AuditSeal.objects.all():
        as_owner_of_the_database("update members_auditseal set mac = sha256(mac) where sequence = %s", link.sequence)
    assert finding() == ("changed", 1)


def test_a_genuine_link_of_another_past_does_not_fit(lines):
    """Cut the end off, let something else be sealed in its place, then put the old line with its old link back."""
    with connection.cursor() as cursor:
        for table, condition in (("members_auditentry", f"id = {lines[3].pk}"), ("members_auditseal", "sequence = 4")):
            cursor.execute(f"create temporary table old_{table} as select * from {table} where {condition}")
    as_owner_of_the_database("delete from members_auditentry where id in (%s, %s)", lines[3].pk, lines[4].pk)
    as_owner_of_the_database("delete from members_auditseal where sequence > 3")
    other = [audit.record(None, "job.cancel") for _ in range(2)]
    seals.seal()
    assert finding() is None
    as_owner_of_the_database("delete from members_auditentry where id = %s", other[0].pk)
    as_owner_of_the_database("delete from members_auditseal where sequence = 4")
    for table in ("members_auditentry", "members_auditseal"):
        as_owner_of_the_database(f"insert into {table} select * from old_{table}")
    assert finding() == ("changed", 5)


def test_a_line_slipped_in_behind_the_sealing_is_named_and_never_sealed(lines):
    earlier = timezone.now() - timedelta(hours=2)
    slipped = AuditEntry.objects.create(at=earlier, action="job.start", actor_name="")
    seals.seal()
    found = seals.verify().finding
    assert found.kind == "inserted"
    assert f"的记录 {slipped.pk}" in found.words


def test_the_sealing_shows_that_it_was_awake_so_a_quiet_night_hides_nothing(lines, monkeypatch):
    monkeypatch.setattr(seals, "TICK", timedelta(0))
    assert seals.seal() == 0
    newest = AuditSeal.objects.order_by("-sequence").first()
    assert (newest.sequence, newest.entry_id) == (6, None)
    assert finding() is None


def test_no_link_at_all_is_named_after_an_hour(db):
    audit.record(None, "job.start")
    assert finding() is None
    AuditEntry.objects.create(at=timezone.now() - timedelta(hours=2), action="job.start", actor_name="")
    assert finding() == ("unsealed", 0)


def test_an_end_that_was_cut_off_shows_by_the_anchor(lines):
    kept = seals.anchor()
    assert seals.verify().anchors == 1
    as_owner_of_the_database("delete from members_auditentry where id in (%s, %s)", lines[3].pk, lines[4].pk)
    as_owner_of_the_database("delete from members_auditseal where sequence > 3")
    assert finding() == ("cut", 4)
    assert "锚点记到第 5 号" in seals.verify().finding.words
    for name in default_storage.listdir(seals.ANCHORS)[1]:
        default_storage.delete(f"{seals.ANCHORS}/{name}")
    assert finding() is None  # without an anchor outside, nobody can know
    with pytest.raises(CommandError, match="末尾被截去"):
        call_command("verify_audit", "--anchor", f"{kept['sequence']}:{kept['mac']}", stdout=io.StringIO())


def test_a_chain_begun_anew_shows_by_the_anchor(lines):
    seals.anchor()
    as_owner_of_the_database("delete from members_auditseal")
    as_owner_of_the_database("update members_auditentry set reason = '别的' where id = %s", lines[4].pk)
    seals.seal()
    assert finding() == ("anchor", 5)


def test_a_forged_anchor_shows(lines):
    seals.anchor()
    (name,) = default_storage.listdir(seals.ANCHORS)[1]
    path = f"{seals.ANCHORS}/{name}"
    values = json.loads(default_storage.open(path).read())
    default_storage.delete(path)
    with default_storage.open(path, "w") as file:
        file.write(json.dumps({**values, "sequence": 4}))
    found = seals.verify().finding
    assert (found.kind, name in found.words) == ("anchor", True)


def test_an_anchor_is_renewed_within_the_day(lines):
    seals.anchor()
    audit.record(None, "job.start")
    seals.seal()
    assert seals.anchor()["sequence"] == 6
    assert len(default_storage.listdir(seals.ANCHORS)[1]) == 1
    assert seals.read_anchors()[0].keys() == {6}


def test_another_key_does_not_open_the_chain(lines, settings):
    ring = settings.KEY_RING
    newer = {"current": "other", "keys": {**ring["keys"], "other": "A" * 43 + "="}}
    settings.KEY_RING = newer
    audit.record(None, "job.start")
    seals.seal()
    assert AuditSeal.objects.get(sequence=6).key == "other"
    assert finding() is None  # old links by the old key, new ones by the new key
    settings.KEY_RING = {**newer, "keys": {"other": newer["keys"]["other"]}}
    assert finding() == ("key", 1)


def test_the_command_says_where_it_breaks_and_fails(lines):
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert "封条 5，记录 5" in out.getvalue()
    assert "链条完整" in out.getvalue()
    as_owner_of_the_database("update members_auditentry set reason = '别的' where id = %s", lines[0].pk)
    with pytest.raises(CommandError, match="链条断裂：第 1 号封条") as broken:
        call_command("verify_audit", stdout=io.StringIO())
    assert broken.value.returncode == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_line_committed_late_is_sealed_later_and_two_sealings_do_not_meet():
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "insert into members_auditentry (at, action, outcome, actor_name, actor_organization_name, actor_roles,"
                " object_type, object_code, object_name, reason, changes, session, request_id)"
                " values (now(), 'job.start', 'done', '', '', '', '', '', '', 'late', '{}', '', '')"
            )
        audit.record(None, "job.start", reason="early")
        assert seals.seal() == 1
        other.commit()
        with other.cursor() as cursor:  # another beat is at it
            cursor.execute("select pg_advisory_xact_lock(%s)", [seals.LOCK])
        assert seals.seal() == 0
        other.commit()
        assert seals.seal() == 1
        assert finding() is None
        assert AuditSeal.objects.count() == 2
    finally:
        other.close()


def test_more_lines_than_a_batch_are_sealed_in_one_go(db):
    now = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now - timedelta(microseconds=number % 7), action="job.start", actor_name="")
        for number in range(2 * seals.BATCH + 5)
    )
    assert seals.seal() == 2 * seals.BATCH + 5
    assert seals.seal() == 0
    steps = []
    assert seals.verify(step=lambda *step: steps.append(step)).finding is None
    assert [done for done, _, _ in steps] == [2000, 4000, 4005]


def test_a_sealing_that_slept_for_days_catches_up_even_when_it_is_interrupted(db, monkeypatch):
    then = timezone.now() - timedelta(days=3)
    AuditEntry.objects.bulk_create(
        AuditEntry(at=then + timedelta(hours=number), action="job.start", actor_name="") for number in range(70)
    )
    monkeypatch.setattr(seals, "BATCH", 20)
    with transaction.atomic():
        assert seals._seal_page(None)[0] == 20  # and then it is killed
    assert finding() is None
    assert seals.seal() == 50
    assert finding() is None
    newest = AuditSeal.objects.order_by("-sequence").first()
    assert timezone.now() - newest.sealed_at < timedelta(minutes=1)


# -- Archives ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def old_lines(db):
    """Three lines of four years ago, two of eight months ago, one of today; all sealed."""
    today = timezone.localdate()
    months = [partitions.next_month(today, -number) for number in (48, 48, 48, 8, 8)]
    for number, month in enumerate(months):
        at = datetime(month.year, month.month, 2, 8, number, tzinfo=timezone.get_default_timezone())
        AuditEntry.objects.create(at=at, action="job.start", actor_name="", reason=f"旧 {number}")
    audit.record(None, "job.start")
    partitions.ensure("members_auditentry")
    seals.seal()
    return months


def archive(before=None):
    return archives.archive_before(before or timezone.localdate())


def test_old_months_become_files_and_leave_only_beyond_the_retention(old_lines):
    done = archive()
    assert [(month.rows, month.is_dropped) for month in done] == [(3, True), (2, False)]
    assert [part.month for part in partitions.parts("members_auditentry")][0] == old_lines[3]
    assert AuditEntry.objects.filter(reason__startswith="旧").count() == 2
    assert archives.read_back(done[1].file) == 2
    seals.seal()
    verdict = seals.verify()
    assert verdict.finding is None
    assert verdict.archived == 3
    out = io.StringIO()
    call_command("verify_audit", "--archives", stdout=out)
    assert "归档文件 3 行相符" in out.getvalue()
    assert AuditEntry.objects.filter(action="audit.archive").count() == 2


def test_a_month_before_the_day_that_is_not_over_stays(old_lines):
    assert archive(old_lines[0].replace(day=15)) == []


def test_a_broken_chain_is_not_archived(old_lines):
    as_owner_of_the_database("update members_auditentry set reason = '别的' where reason = '旧 1'")
    with pytest.raises(Refusal, match="被改动"):
        archive()
    assert AuditEntry.objects.filter(reason__startswith="旧").count() == 4


def test_less_than_six_months_is_refused(old_lines, settings):
    settings.AUDIT_RETENTION_MONTHS = 5
    with pytest.raises(Exception, match="AUDIT_RETENTION_MONTHS"):
        archive()


def test_claiming_that_lines_were_archived_hides_nothing(lines):
    """Somebody deletes lines and writes a voucher for the month: it is not signed."""
    month, key = timezone.localdate().replace(day=1), seals.current_key()
    AuditArchive.objects.create(month=month, file="x", checksum="x", rows=5, seals_digest="x", key=key, mac=b"x")
    as_owner_of_the_database("delete from members_auditentry")
    assert finding() == ("archive", 0)


def test_links_of_an_archived_month_cannot_be_altered(old_lines):
    archive()
    seals.seal()
    as_owner_of_the_database("update members_auditseal set mac = sha256(mac) where sequence = 2")
    assert finding() == ("archive", 0)


def test_an_archive_that_was_altered_shows(old_lines):
    (month, _) = archive()
    path = uploads.path_of(month.file)
    content = default_storage.open(path).read()
    default_storage.delete(path)
    with default_storage.open(path, "wb") as file:
        file.write(content[:-50] + bytes([content[-50] ^ 1]) + content[-49:])
    with pytest.raises(CommandError, match="归档文件不符"):
        call_command("verify_audit", "--archives", stdout=io.StringIO())


def test_an_archive_that_was_replaced_by_an_honest_looking_one_shows(old_lines):
    (month, _) = archive()
    content = uploads.open_stored(month.file).read()
    other = uploads.store_stream(io.BytesIO(gzip.compress(gzip.decompress(content).replace("旧 1".encode(), b"new"))))
    assert archives.read_back(month.file) == 3
    with pytest.raises(Refusal, match="校验和不符"):
        archives.read_back(other, month.checksum)
    with pytest.raises(Refusal, match="与记录不符"):
        archives.read_back(other)


def test_an_unsealed_month_is_not_archived(old_lines):
    seals.seal()
    at = datetime(old_lines[0].year, old_lines[0].month, 5, tzinfo=timezone.get_default_timezone())
    with transaction.atomic():
        AuditEntry.objects.create(at=at, action="job.start", actor_name="")
    with pytest.raises(Refusal, match="没有封条"):
        archive()
