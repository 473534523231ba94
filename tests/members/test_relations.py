"""Declared relations: each person's own, unreadable in the database, found by the number."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.actions.relations import declare_relation, end_relation, state_relations
from members.models import AuditEntry, DeclaredRelation, RelationStatement
from members.relations import closeness, declared_numbers, is_related, is_statement_due, staff_related_to, summary_of
from portal.lib.identity import check_digit
from tests.make.units import make_deputy

# An area that does not exist: nobody's number.
NUMBER = "99999919800101001"
NUMBER += check_digit(NUMBER)
OTHER = "99999919900202002"
OTHER += check_digit(OTHER)
VALUES = {"name": "王某某", "relation": "sibling", "number": NUMBER, "note": "住同一小区"}


@pytest.fixture
def me(cast):
    return cast.charity_reviewer


def test_who_declared_is_related_and_nobody_else(cast, me):
    declare_relation(me, **VALUES)
    assert is_related(me, NUMBER)
    assert is_related(me, f" {NUMBER.lower()} ")
    assert not is_related(me, OTHER)
    assert not is_related(cast.charity_approver, NUMBER)
    assert list(staff_related_to(NUMBER)) == [me.pk]
    assert declared_numbers(me) == [NUMBER]


def test_the_name_alone_makes_a_question(me):
    declare_relation(me, **{**VALUES, "number": ""})
    assert closeness(me, NUMBER, "王某某") == "maybe"
    assert closeness(me, "", "王某某") == "maybe"
    assert closeness(me, NUMBER, "李某某") == ""


def test_a_namesake_with_another_number_is_no_question(me):
    declare_relation(me, **VALUES)
    assert closeness(me, OTHER, "王某某") == ""
    assert closeness(me, "", "王某某") == "maybe"


def test_the_database_holds_no_name_and_no_number(me):
    declare_relation(me, **VALUES)
    with connection.cursor() as cursor:
        cursor.execute("select t::text from members_declaredrelation t")
        row = cursor.fetchone()[0]
    for secret in ("王某某", NUMBER, "小区"):
        assert secret not in row
        assert secret.encode().hex() not in row


def test_the_audit_names_nobody(me):
    declare_relation(me, **VALUES)
    entry = AuditEntry.objects.get(action="relation.declare")
    assert "王某某" not in str(entry.__dict__)
    assert NUMBER not in str(entry.__dict__)


def test_an_ended_relation_no_longer_holds_but_stays_on_record(me):
    made = declare_relation(me, **VALUES)
    end_relation(me, made, reason="已离婚")
    assert not is_related(me, NUMBER)
    assert DeclaredRelation.objects.count() == 1
    with pytest.raises(Refusal):
        end_relation(me, made, reason="x")


def test_the_same_person_is_declared_once(me):
    declare_relation(me, **VALUES)
    with pytest.raises(Refusal):
        declare_relation(me, **{**VALUES, "relation": "business"})


def test_from_my_account(me, browse):
    session = browse(me)
    response = session.post(reverse("members:declare_relation"), VALUES, follow=True)
    text = response.content.decode()
    assert "王某某" in text
    assert NUMBER not in text
    code = DeclaredRelation.objects.get().code
    session.post(reverse("members:end_relation", args=[code]), {"reason": "不再往来"})
    assert not me.relations.open().exists()


def test_nobody_sees_or_ends_the_relations_of_another(cast, me, browse):
    made = declare_relation(me, **VALUES)
    for person in ("charity_admin", "city_supervisor", "system_admin", "security_admin", "audit_admin"):
        session = browse(cast[person])
        assert session.get(reverse("members:end_relation", args=[made.code])).status_code == 404
        assert "王某某" not in session.get(reverse("members:show_staff", args=[me.code])).content.decode()
        assert "王某某" not in session.get(reverse("members:list_relations")).content.decode()


def test_superiors_see_that_and_how_much(cast, me, browse):
    declare_relation(me, **VALUES)
    text = browse(cast.charity_admin).get(reverse("members:show_staff", args=[me.code])).content.decode()
    assert "1 项" in text
    assert "还没有年度确认" in text
    colleague = browse(cast.charity_approver).get(reverse("members:show_staff", args=[me.code])).content.decode()
    assert "1 项" not in colleague
    assert summary_of(me) == {"count": 1, "year": None}


def test_once_a_year_who_does_casework_says_the_list_is_complete(cast, me, browse):
    assert is_statement_due(me)
    assert not is_statement_due(cast.system_admin)
    page = browse(me).get(reverse("members:list_relations")).content.decode()
    assert "年度无应申报事项" in page
    assert "年度关系申报待确认" in browse(me).get("/").content.decode()
    browse(me).post(reverse("members:state_relations"), {"count": "0"})
    assert not is_statement_due(me)
    assert is_statement_due(me, date(timezone.localdate().year + 1, 1, 1))
    assert RelationStatement.objects.get().count == 0


def test_a_list_that_changed_meanwhile_is_not_stated(me):
    declare_relation(me, **VALUES)
    with pytest.raises(Refusal):
        state_relations(me, count=0)
    state_relations(me, count=1)
    with pytest.raises(Refusal):
        state_relations(me, count=1)


def test_a_deputy_in_casework_states_too(cast):
    assert not is_statement_due(cast.charity_admin)
    make_deputy(cast.charity_reviewer, cast.charity_admin, until=timezone.localdate() + timedelta(days=3))
    admin = type(cast.charity_admin).objects.get(pk=cast.charity_admin.pk)
    assert is_statement_due(admin)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 41),
        ("name", "\u202e王"),
        ("name", "a\x00"),
        ("relation", "enemy"),
        ("relation", ""),
        ("number", "123"),
        ("number", NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")),
        ("number", "x" * 500),
        ("note", "x" * 201),
    ],
)
def test_wrong_and_hostile_input_is_answered(me, browse, field, value):
    response = browse(me).post(reverse("members:declare_relation"), {**VALUES, field: value})
    assert response.status_code == 200
    assert not DeclaredRelation.objects.exists()


@pytest.mark.parametrize("count", ["", "-1", "x", "１", "9" * 40])
def test_an_odd_count_states_nothing(me, browse, count):
    assert browse(me).post(reverse("members:state_relations"), {"count": count}).status_code == 302
    assert not RelationStatement.objects.exists()


def test_odd_names_are_shown_inertly(me, browse):
    declare_relation(me, **{**VALUES, "name": "<script>x</script>", "note": "=1+1"})
    text = browse(me).get(reverse("members:list_relations")).content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text
