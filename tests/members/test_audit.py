"""The audit: one cheap line for every deed, kept by month, known in words."""

import ast
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from members import audit
from members.audit import Origin, origin_of_request
from members.models import AuditEntry
from portal.lib import partitions
from tests.test_architecture import ROOMS, ROOT

TABLE = "members_auditentry"


def test_a_line_says_who_did_what_where_and_to_what(cast):
    token = origin_of_request.set(Origin(ip="10.0.0.7", session="s1", request_id="r1"))
    entry = audit.record(
        cast.bureau_approver, "job.start", cast.charity, organization=cast.charity, changes={"state": ["a", "b"]}
    )
    origin_of_request.reset(token)
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_name) == (cast.bureau_approver.pk, "民政审批")
    assert (entry.actor_organization_name, entry.actor_roles) == ("甲区民政局", "bureau_approver")
    assert (entry.object_type, entry.object_code, entry.object_name) == (
        "organization", cast.charity.code, "甲区慈善会",
    )  # fmt: skip
    assert (entry.organization_id, entry.changes) == (cast.charity.pk, {"state": ["a", "b"]})
    assert (entry.ip, entry.session, entry.request_id) == ("10.0.0.7", "s1", "r1")


def test_a_line_without_a_unit_belongs_to_that_of_its_object_or_of_its_actor(cast):
    of_object = audit.record(cast.bureau_approver, "job.start", cast.charity_reviewer)
    of_unit = audit.record(cast.bureau_approver, "job.start", cast.town)
    of_actor = audit.record(cast.bureau_approver, "job.start")
    of_clock = audit.record(None, "job.start")
    units = [entry.organization_id for entry in (of_object, of_unit, of_actor, of_clock)]
    assert units == [cast.charity.pk, cast.town.pk, cast.bureau.pk, None]


def test_a_line_costs_one_insert(cast, django_assert_num_queries):
    audit.record(cast.bureau_approver, "job.start")  # the roles are read once per person
    with django_assert_num_queries(1):
        audit.record(cast.bureau_approver, "job.start", cast.charity)


def test_reading_and_refusing_leave_lines_too(cast):
    read = audit.record_reading(cast.charity_reviewer, cast.bureau_officer, "核对联系方式")
    refused = audit.record_refusal(None, "access.refused", reason="sign-in")
    assert (read.action, read.reason, read.outcome) == ("personal_data.read", "核对联系方式", "done")
    assert (refused.outcome, refused.actor_id) == ("refused", None)


@pytest.mark.parametrize(
    "statement",
    [
        "update members_auditentry set action = 'x'",
        "delete from members_auditentry",
        "truncate members_auditentry",
        "truncate members_auditentry_default",
        "truncate {part}",
        "delete from {part}",
        "update {part} set action = 'x'",
        "update members_auditseal set sequence = 2",
        "delete from members_auditseal",
        "truncate members_auditseal",
        "delete from members_auditarchive",
    ],
)
def test_the_database_refuses_to_change_or_remove_lines(cast, statement):
    part = partitions.part_of(TABLE, timezone.localdate()).name
    audit.record(None, "job.start")
    with connection.cursor() as cursor:
        cursor.execute("insert into members_auditseal values (1, now(), null, null, 1, 'k', '\\x00')")
        cursor.execute(
            "insert into members_auditarchive (month, file, checksum, rows, seals_digest, key, mac, archived_at)"
            " values ('2001-01-01', '', '', 0, '', '', '', now())"
        )
    refused = pytest.raises(DatabaseError, match="Cannot update or delete|are kept")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(part=part))


def part_holding(entry):
    with connection.cursor() as cursor:
        cursor.execute(f"select tableoid::regclass::text from {TABLE} where id = %s", [entry.pk])
        return cursor.fetchone()[0]


def record_at(moment):
    return AuditEntry.objects.create(at=moment, action="job.start", actor_name="")


def test_lines_lie_in_the_month_of_the_local_clock(db):
    today = timezone.localdate()
    zone = timezone.get_default_timezone()
    first = datetime(today.year, today.month, 1, tzinfo=zone)
    assert part_holding(record_at(first)) == f"{TABLE}_{today:%Y%m}"
    ahead = partitions.next_month(today, 2)
    moment = datetime(ahead.year, ahead.month, 1, tzinfo=zone) - timedelta(microseconds=1)
    assert part_holding(record_at(moment)) == f"{TABLE}_{partitions.next_month(today):%Y%m}"


def test_a_line_of_a_month_that_nobody_made_is_kept_and_moved_when_it_is_made(db):
    far = timezone.now() + timedelta(days=400)
    entry = record_at(far)
    assert part_holding(entry) == f"{TABLE}_default"
    made = partitions.ensure(TABLE)
    assert made == [f"{TABLE}_{timezone.localtime(far):%Y%m}"]
    assert part_holding(entry) == made[0]
    assert partitions.ensure(TABLE) == []
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"truncate {made[0]}")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()


def test_months_run_over_the_year():
    december = datetime(2026, 12, 5).date()
    assert str(partitions.next_month(december)) == "2027-01-01"
    assert str(partitions.next_month(december, -12)) == "2025-12-01"
    assert str(partitions.next_month(december, 13)) == "2028-01-01"


RECORDERS = {"record": 1, "record_refusal": 1}


def calls_in(tree):
    """(call, names of the parameters of the function it stands in) for every call in a module."""
    inside = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [argument.arg for argument in function.args.args]
            inside.update({id(node): (function.name, names) for node in ast.walk(function)})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, *inside.get(id(node), ("", []))


def recorded_deeds(tree):
    """(line, code) of every deed that a module records, through functions that pass the code on too."""
    recorders, known = dict(RECORDERS), {}
    while known != recorders:
        known, found = dict(recorders), []
        for call, function, parameters in calls_in(tree):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            is_timeline = getattr(getattr(call.func, "value", None), "id", "") == "timeline"  # has words of its own
            if is_timeline or name not in known or len(call.args) <= known[name]:
                continue
            argument = call.args[known[name]]
            if isinstance(argument, ast.Name) and argument.id in parameters:
                recorders[function] = parameters.index(argument.id)
                continue
            choices = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            found += [(call.lineno, code_in(choice)) for choice in choices]
    return found


def code_in(node):
    """The code as it is written. One that is put together from a table of moves: its first part and a star."""
    if isinstance(node, ast.JoinedStr):
        return f"{node.values[0].value}*"
    return getattr(node, "value", None)


def is_known(code):
    return code in audit._deeds or str(code).endswith(".*") and any(one.startswith(code[:-1]) for one in audit._deeds)


def test_every_deed_that_is_recorded_has_words():
    found = [
        (f"{path.relative_to(ROOT)}:{line}", code)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path != ROOT / "members" / "audit.py"
        for line, code in recorded_deeds(ast.parse(path.read_text()))
    ]
    assert len(found) > 3
    assert [(place, code) for place, code in found if not is_known(code)] == []


def test_a_code_that_is_passed_on_is_found_where_it_is_written():
    source = """
def withdraw(actor, obj):
    return _change(actor, "policy.withdraw" if obj else "policy.edit", obj)
def _change(actor, deed, obj):
    _tell(deed, actor)
def _tell(deed, actor):
    audit.record(actor, deed)
def other(actor, kind):
    record(actor, f"policy.{kind}")
"""
    codes = {code for _, code in recorded_deeds(ast.parse(source))}
    assert codes == {"policy.withdraw", "policy.edit", "policy.*"}


def test_every_object_with_a_code_is_called_by_its_name():
    nameless = [
        model.__name__
        for model in apps.get_app_config("members").get_models()
        if hasattr(model, "code") and audit.object_words(model._meta.model_name) == model._meta.model_name
    ]
    assert nameless == []
