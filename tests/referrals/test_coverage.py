"""What a consent covers, without any database."""

from dataclasses import replace
from datetime import date

import pytest

from referrals.coverage import Rule, Terms, Withdrawn, cover

DAY = date(2026, 11, 20)
A, B, C = 1, 2, 3
TERMS = Terms(
    code="c1",
    purpose="refer_to_org",
    items=frozenset({"name", "phone", "diagnosis"}),
    recipients=frozenset({A, B}),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)


def taken(*withdrawn):
    return replace(TERMS, withdrawn=withdrawn)


def test_a_recipient_gets_what_was_agreed_and_a_stranger_nothing():
    assert TERMS.items_for(A, DAY) == {"name", "phone", "diagnosis"}
    assert TERMS.items_for(C, DAY) == frozenset()


@pytest.mark.parametrize(
    ("day", "is_covered"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_consent_holds_from_its_first_to_its_last_day(day, is_covered):
    assert bool(TERMS.items_for(A, day)) is is_covered


def test_one_recipient_is_taken_back_and_the_other_keeps():
    terms = taken(Withdrawn(A))
    assert terms.items_for(A, DAY) == frozenset()
    assert terms.items_for(B, DAY) == TERMS.items
    assert terms.state(DAY) == "reduced"


def test_one_item_is_taken_back_from_all():
    terms = taken(Withdrawn(None, frozenset({"diagnosis"})))
    assert terms.items_for(A, DAY) == terms.items_for(B, DAY) == {"name", "phone"}


def test_one_item_is_taken_back_from_one():
    terms = taken(Withdrawn(A, frozenset({"phone"})))
    assert terms.items_for(A, DAY) == {"name", "diagnosis"}
    assert terms.items_for(B, DAY) == TERMS.items


@pytest.mark.parametrize(
    "withdrawn",
    [
        (Withdrawn(),),
        (Withdrawn(A), Withdrawn(B)),
        (Withdrawn(None, frozenset({"name", "phone", "diagnosis"})),),
        (Withdrawn(A), Withdrawn(B, frozenset({"name", "phone", "diagnosis"}))),
    ],
)
def test_when_nothing_is_left_for_anybody_it_is_withdrawn(withdrawn):
    assert taken(*withdrawn).state(DAY) == "withdrawn"
    assert not taken(*withdrawn).recipients_left(DAY)


def test_states_by_the_day():
    assert TERMS.state(DAY) == "in_force"
    assert TERMS.state(date(2027, 1, 1)) == "expired"
    assert TERMS.state(date(2025, 1, 1)) == "planned"
    assert taken(Withdrawn()).state(date(2027, 1, 1)) == "withdrawn"


def test_each_wanted_item_names_the_consent_that_covers_it_and_the_rest_is_missing():
    older = replace(TERMS, code="c0", items=frozenset({"address", "name"}))
    coverage = cover([TERMS, older], A, "refer_to_org", ["name", "address", "account"], DAY)
    assert coverage.by_item == {"name": "c1", "address": "c0"}
    assert coverage.missing == ("account",)
    assert not coverage.is_complete


def test_a_consent_for_one_purpose_never_serves_another():
    assert cover([TERMS], A, "economic_check", ["name"], DAY).missing == ("name",)


def test_a_class_names_units_by_kind_and_area():
    rule = Rule.read({"kinds": ["charity_federation"], "area": "230300000000"})
    assert rule.names("charity_federation", {"230302000000", "230300000000", "230000000000"})
    assert not rule.names("charity_federation", {"230400000000"})
    assert not rule.names("foundation", {"230300000000"})
    assert Rule.read(rule.as_data()) == rule
    assert Rule.read(None) is None
