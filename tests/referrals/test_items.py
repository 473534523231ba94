"""The data dictionary: nothing of a person is without a name, and what is sensitive says why."""

import pytest

from referrals import items
from referrals.disclosure import READERS
from referrals.facts import SENSITIVE, VOCABULARY
from referrals.items import ITEMS, Group, item_of_fact, item_of_paper
from referrals.models.people import PRIVATE


def test_every_fact_belongs_to_one_item_or_is_not_about_the_person():
    homeless = [name for name in VOCABULARY if name not in items.ITEM_OF_FACT and name not in items.NOT_PERSONAL]
    assert homeless == []
    assert set(items.ITEM_OF_FACT.values()) <= ITEMS.keys()
    assert items.ITEM_OF_FACT.keys().isdisjoint(items.NOT_PERSONAL)


def test_a_fact_that_a_place_added_is_as_sensitive_as_it_may_be():
    assert item_of_fact("our_own_fact").sensitivity == "health"
    assert item_of_fact("as_of") is None


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("id_card_guardian", "paper_identity"),
        ("hukou_booklet_family", "paper_identity"),
        ("diagnosis_certificate", "paper_health"),
        ("bone_marrow_report", "paper_health"),
        ("disability_certificate", "paper_disability"),
        ("bank_card", "paper_account"),
        ("photo_1inch", "paper_photo"),
        ("admission_letter", "paper_education"),
        ("something_new", "paper_other"),
    ],
)
def test_every_kind_of_paper_belongs_to_an_item(kind, item):
    assert item_of_paper(kind).code == item


def test_an_unknown_paper_is_taken_for_sensitive():
    assert item_of_paper("something_new").is_sensitive


def test_health_account_and_number_are_agreed_to_separately():
    assert {"number", "account", "diagnosis", "disability"} <= {item.code for item in items.sensitive(ITEMS)}
    assert not ITEMS["name"].is_sensitive


def test_whatever_is_sealed_as_sensitive_is_agreed_to_separately():
    assert [name for name in SENSITIVE if not item_of_fact(name).is_sensitive] == []


def test_every_group_has_items_and_every_reader_reads_one():
    assert {item.group for item in ITEMS.values()} == set(Group)
    assert READERS.keys() <= {item.code for item in ITEMS.values() if not item.is_paper}


def test_the_choices_of_the_counter_are_the_whole_dictionary_once():
    groups = [*items.choices(is_sensitive=True), *items.choices(is_sensitive=False)]
    offered = [code for _group, pairs in groups for code, _label in pairs]
    assert sorted(offered) == sorted(ITEMS)


def test_what_a_persons_envelope_holds_is_known_to_the_dictionary():
    """A new private field must say which item shows it, or that none does."""
    shown = {"number", "phone", "second_phone", "address", "bank", "bank_code", "account", "account_holder"}
    never_shown = {"looks", "health_note", "remark"}
    assert set(PRIVATE) == shown | never_shown
