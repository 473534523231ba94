"""The database's own answer, where a scope was forgotten: every statement of a request sees the rows of one unit."""

import json
import re
from dataclasses import astuple
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import JsonResponse
from django.test import RequestFactory

from members.middleware import own_rows
from portal.lib import row_security
from referrals import paces
from referrals.actions.notes import write_note
from referrals.models import (
    AidLine,
    AidPaper,
    CaseNote,
    NeedOutcome,
    OutcomeReport,
    Pairing,
    PairingVisit,
    Referral,
    ReferralAccess,
    ReferralManifest,
    ReferralQuestion,
    ReferralStep,
)
from referrals.row_policies import POLICIES, READ_WIDELY
from tests.cast import Cast
from tests.make.board import make_pairing, make_pairing_visit
from tests.make.people import make_person
from tests.make.referrals import make_aid, make_aid_paper, make_referral

CASES = (
    Referral,
    ReferralAccess,
    ReferralStep,
    ReferralManifest,
    ReferralQuestion,
    OutcomeReport,
    NeedOutcome,
    AidLine,
)


def everything(model):
    """Without any scope, as somebody who forgot it would write it."""
    return model.objects.count()


def as_unit(staff, read):
    """What a view reads that asks for everything, called as this person calls it."""
    request = RequestFactory().get("/")
    request.user = staff
    answer = own_rows(lambda _request: JsonResponse({"read": read()}))(request)
    return json.loads(answer.content)["read"]


@pytest.fixture
def cases(cast):
    """One between the bureau and a charity that ran to its report, one with another charity, of another bureau."""
    make_referral(cast.bureau_officer, cast.charity, state="reported", by=cast.charity_reviewer)
    returned = make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    make_referral(cast.bureau_officer, cast.other_charity)
    return returned


def test_a_forgotten_scope_shows_a_unit_its_own_rows_and_nobody_any(cast, cases):
    seen = {
        name: {model.__name__: as_unit(cast[name], lambda model=model: everything(model)) for model in CASES}
        for name in ("charity_reviewer", "other_charity_admin", "bureau_officer", "other_bureau_approver")
    }
    seen["nobody"] = {model.__name__: as_unit(None, lambda model=model: everything(model)) for model in CASES}
    nothing = dict.fromkeys([model.__name__ for model in CASES], 0)
    assert seen["nobody"] == seen["other_bureau_approver"] == nothing
    assert seen["other_charity_admin"] == {
        **nothing,
        "Referral": 1,
        "ReferralAccess": 1,
        "ReferralStep": 1,
        "ReferralManifest": 1,
    }
    assert seen["charity_reviewer"] == {
        "Referral": 2, "ReferralAccess": 2, "ReferralStep": 7, "ReferralManifest": 2, "ReferralQuestion": 1,
        "OutcomeReport": 1, "NeedOutcome": 1, "AidLine": 1,
    }  # fmt: skip
    assert seen["bureau_officer"]["Referral"] == Referral.objects.count() == 3


def test_words_and_papers_of_one_side_are_hidden_from_the_other_where_a_scope_is_forgotten(cast):
    pairing = make_pairing(cast.bureau_officer, cast.charity_reviewer)
    make_pairing_visit(pairing, cast.charity_reviewer)
    referral = pairing.referral
    for audience in ("own", "both", "all"):
        write_note(cast.charity_reviewer, referral, audience, "打过电话")
    line = make_aid(referral, cast.charity_reviewer)
    make_aid_paper(line)
    person = make_person(cast.other_charity)
    told = make_aid(referral, cast.charity_reviewer)
    AidLine.objects.filter(pk=told.pk).update(referral=None, person=person, is_told=True)

    def seen_by(name):
        rows = (CaseNote, AidLine, AidPaper, Pairing, PairingVisit)
        return [as_unit(cast[name], lambda model=model: everything(model)) for model in rows]

    assert seen_by("charity_reviewer") == [3, 2, 1, 1, 1]
    assert seen_by("bureau_officer") == [2, 2, 1, 1, 1]
    # Of somebody this unit keeps.
    assert seen_by("other_charity_admin") == [0, 1, 0, 0, 0]
    assert seen_by("other_bureau_approver") == [0, 1, 0, 0, 0]


def test_raw_statements_lists_and_cursors_on_the_server_too(cast, cases):
    def by_hand():
        with connection.cursor() as cursor:
            cursor.execute(
                "\n  WITH found AS (SELECT * FROM referrals_referral) SELECT code FROM found WHERE code <> %s",
                ["x"],
            )
            return [code for (code,) in cursor.fetchall()]

    own = sorted(Referral.objects.filter(receiver=cast.other_charity).values_list("code", flat=True))
    assert as_unit(cast.other_charity_admin, by_hand) == own
    assert as_unit(cast.other_charity_admin, lambda: [one.code for one in Referral.objects.iterator()]) == own
    assert as_unit(cast.other_charity_admin, lambda: [one.code for one in Referral.objects.all()]) == own
    assert as_unit(cast.other_charity_admin, lambda: Referral.objects.filter(code=cases.code).exists()) is False


def test_nothing_of_it_stays_on_the_connection(cast, cases):
    def role():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('portal.unit', true)")
            return cursor.fetchone()

    before = role()[0]
    as_unit(cast.charity_reviewer, lambda: everything(Referral))
    assert (role()[0], role()[1] or "") == (before, "")
    assert as_unit(cast.other_charity_admin, lambda: everything(Referral)) == 1
    assert Referral.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_on_a_persistent_connection_one_request_leaves_nothing_to_the_next(transactional_db):
    """As in the server: no transaction around the requests, one connection for all of them, also after an error."""
    cast = Cast.assemble()
    make_referral(cast.bureau_officer, cast.charity)
    backend = connection.connection.info.backend_pid

    def broken():
        with pytest.raises(DatabaseError):
            list(Referral.objects.extra(where=["1 / 0 = 1"]))
        return everything(Referral)

    for staff, found in (
        (cast.charity_reviewer, 1),
        (None, 0),
        (cast.other_charity_admin, 0),
        (cast.bureau_officer, 1),
    ):
        assert as_unit(staff, broken) == found
        assert Referral.objects.count() == 1
    assert connection.connection.info.backend_pid == backend


def test_an_action_decides_over_all_rows_and_a_page_reads_widely_only_by_name(cast, cases):
    def in_a_transaction():
        with transaction.atomic():
            return everything(Referral)

    def named():
        with row_security.widely("duplicates and ceilings"):
            return everything(Referral)

    assert as_unit(cast.other_charity_admin, in_a_transaction) == 3
    assert as_unit(cast.other_charity_admin, named) == 3
    with pytest.raises(KeyError, match="curiosity"), row_security.widely("curiosity"):
        pass


def test_how_fast_a_unit_answers_is_told_alike_to_whoever_chooses_it(cast, cases):
    """Of other units' cases, to a bureau that none of them concerns: two numbers and a median."""

    def told():
        return astuple(paces.paces_of([cast.charity.pk])[cast.charity.pk])

    assert as_unit(cast.other_bureau_approver, lambda: everything(Referral)) == 0
    assert as_unit(cast.other_bureau_approver, told) == as_unit(cast.bureau_officer, told) == [2, 2, 0]


def test_the_reader_may_not_write(cast, cases):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(row_security._begin(cast.charity.pk))
        for statement in ("UPDATE referrals_referral SET state = 'closed'", "DELETE FROM members_staff"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
        cursor.execute("RESET ROLE")


def test_what_hangs_on_a_referral_is_under_a_policy_and_the_database_has_the_words_of_the_code(cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, cmd, roles::text[] FROM pg_policies WHERE policyname = 'seen_by_unit'")
        assert {(table, command, *roles) for table, command, roles in cursor.fetchall()} == {
            (table, "SELECT", "portal_reader") for table in POLICIES
        }
        for table, rows in POLICIES.items():
            cursor.execute("SELECT qual FROM pg_policies WHERE tablename = %s", [table])
            (kept,) = cursor.fetchone()
            cursor.execute(f"ALTER POLICY seen_by_unit ON {table} USING ({rows})")
            cursor.execute("SELECT qual FROM pg_policies WHERE tablename = %s", [table])
            assert cursor.fetchone() == (kept,)
    hanging = {relation.related_model._meta.db_table for relation in Referral._meta.related_objects}
    assert hanging - POLICIES.keys() == ELSEWHERE


# These have scopes of their own: a person's, a unit's.
ELSEWHERE = {
    "referrals_batchrow",
    "referrals_economiccheck",
    "referrals_lead",
    "referrals_visit",
}


def test_every_reason_to_read_widely_is_given_somewhere_and_no_other():
    room = Path(__file__).resolve().parents[2] / "referrals"
    given = {
        why for path in room.rglob("*.py") for why in re.findall(r'row_security\.widely\("([^"]+)"\)', path.read_text())
    }
    assert given == set(READ_WIDELY)
