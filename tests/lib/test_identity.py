"""Identity numbers: who exists is let in, what cannot be is refused, what is doubtful is noted."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.lib import identity
from portal.lib.identity import Gender, IdentityKind, read

TODAY = datetime.date(2026, 11, 20)
LIVING = st.dates(datetime.date(1900, 1, 1), TODAY)


def number(region="999999", born="19900101", order="123"):
    first = f"{region}{born}{order}"
    return first + identity.check_digit(first)


def refused(text, kind="", today=TODAY):
    with pytest.raises(ValidationError) as caught:
        read(text, kind, today)
    return caught.value.code


@given(LIVING, st.integers(0, 999))
@settings(max_examples=60)
def test_every_well_formed_number_is_read_with_its_birth_date_and_gender(born, order):
    found = read(number(born=f"{born:%Y%m%d}", order=f"{order:03}"), today=TODAY)
    assert (found.birth_date, found.gender) == (born, Gender.MALE if order % 2 else Gender.FEMALE)


@given(LIVING, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
@settings(max_examples=60)
def test_one_wrong_digit_is_always_noticed(born, order, place, shift):
    right = number(born=f"{born:%Y%m%d}", order=f"{order:03}")
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert refused(wrong, IdentityKind.RESIDENT) in {"checksum", "birth_date", "kind"}


@given(st.text(max_size=45))
@settings(max_examples=100)
def test_any_text_is_read_or_refused_with_words(text):
    try:
        said = [read(text, today=TODAY).number]
    except ValidationError as error:
        said = error.messages
    assert all(said)


def test_the_checksum_of_the_standard_itself():
    """GB 11643-1999, annex: 11010519491231002X and 440524188001010014."""
    assert read("11010519491231002X", today=TODAY).birth_date == datetime.date(1949, 12, 31)
    assert read("440524188001010014", today=TODAY).gender == Gender.MALE


def test_full_width_digits_inner_spaces_and_a_small_x_are_one_number():
    typed = ["11010519491231002x", "110105 19491231 002X", " 110105-19491231-002X "]
    typed.append("１１０１０５１９４９１２３１００２Ｘ")
    assert {read(text, today=TODAY).number for text in typed} == {"11010519491231002X"}


def test_digits_of_other_scripts_are_not_digits():
    assert refused("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X") in {"length", "format"}


def test_a_birth_in_the_future_is_refused_and_today_is_not():
    assert refused(number(born="20261121")) == "birth_date"
    assert read(number(born="20261120"), today=TODAY).birth_date == TODAY


@pytest.mark.parametrize("born", ["19900230", "19901301", "19900000", "18000101"])
def test_a_day_that_never_was_is_refused(born):
    assert refused(number(born=born)) == "birth_date"


def test_a_holder_older_than_her_county_is_read_without_a_note():
    """230381 became 虎林市 in 1996; the library refuses everyone born before."""
    assert read(number("230381", "19601007"), today=TODAY).notes == ()


def test_an_unknown_region_and_a_region_abolished_before_birth_are_noted_not_refused():
    assert len(read(number("999999"), today=TODAY).notes) == 1
    assert len(read(number("110103", "20150101"), today=TODAY).notes) == 1
    assert read(number("110103", "19800101"), today=TODAY).notes == ()


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
@pytest.mark.parametrize("born", ["19650412", "20200101"])
def test_residence_permits_are_read_whatever_the_year_of_birth(region, born):
    found = read(number(region, born), today=TODAY)
    assert (found.kind, found.notes) == (IdentityKind.RESIDENCE_PERMIT, ())


def test_both_cards_of_foreigners_are_read():
    new = read(number("923840", "19850703", "012"), today=TODAY)
    assert (new.kind, new.birth_date, new.notes) == (
        IdentityKind.PERMANENT_RESIDENCE,
        datetime.date(1985, 7, 3),
        (),
    )
    old = read("USA230085070312", today=TODAY)
    assert (old.kind, old.birth_date) == (IdentityKind.PERMANENT_RESIDENCE, datetime.date(1985, 7, 3))
    assert len(old.notes) == 1


def test_a_fifteen_digit_number_is_turned_into_eighteen_with_a_note():
    found = read("110105491231002", today=TODAY)
    assert found.number == "11010519491231002X"
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("H01234567", IdentityKind.HK_MACAO_PASS),
        ("m0123456789", IdentityKind.HK_MACAO_PASS),
        ("01234567", IdentityKind.TAIWAN_PASS),
        ("E01234567", IdentityKind.PASSPORT),
        ("PE1234567", IdentityKind.PASSPORT),
        ("P123456789", IdentityKind.BIRTH_CERTIFICATE),
    ],
)
def test_other_documents_are_told_by_their_form(text, kind):
    assert read(text, today=TODAY).kind == kind


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("H1234567", IdentityKind.HK_MACAO_PASS, "format"),
        ("123456789", IdentityKind.TAIWAN_PASS, "format"),
        ("12", IdentityKind.PASSPORT, "format"),
        ("护照", IdentityKind.PASSPORT, "format"),
        ("", IdentityKind.RESIDENT, "empty"),
        ("123", IdentityKind.NONE, "not_empty"),
        ("1234567890123456", "", "length"),
        ("9" * 41, "", "length"),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(text, kind, code):
    assert refused(text, kind) == code


def test_a_number_of_another_kind_is_named_as_such():
    permit = number("810000", "19650412")
    assert refused(permit, IdentityKind.RESIDENT) == "kind"
    assert refused(number("230302"), IdentityKind.RESIDENCE_PERMIT) == "kind"


def test_no_document_needs_no_number():
    assert read("", IdentityKind.NONE).number == ""


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ((2019, 5, 20), (2026, 5, 19), 6),
        ((2019, 5, 20), (2026, 5, 20), 7),
        ((2008, 2, 29), (2026, 2, 28), 17),
        ((2008, 2, 29), (2026, 3, 1), 18),
    ],
)
def test_age_is_counted_in_full_years(born, day, age):
    assert identity.age_on(datetime.date(*born), datetime.date(*day)) == age
