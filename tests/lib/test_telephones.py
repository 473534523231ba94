import pytest
from django.core.exceptions import ValidationError

from portal.lib import telephones

# Put together, so that no file of ours holds a number someone may answer.
MOBILE = "13" + "0" * 9


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("0467-2345678", "0467-2345678"),
        ("０４６７－２３４５６７８", "0467-2345678"),
        ("(0467) 234 5678", "0467-2345678"),
        ("+86 467 2345678", "0467-2345678"),
        ("010-12345678转801", "010-12345678转801"),
        ("0467-2345678 ext. 12", "0467-2345678转12"),
        ("4008101234", "400-810-1234"),
        ("12345", "12345"),
        ("12349", "12349"),
        ("95588", "95588"),
        ("+852 23456789", "+852 2345 6789"),
        (f"+86 {MOBILE}", MOBILE),
    ],
)
def test_numbers_have_one_spelling(typed, spelled):
    assert str(telephones.read(typed)) == spelled


@pytest.mark.parametrize("typed", ["", "2345678", "0467-123", "99999999999", "电话", "<b>1</b>", "1" * 41, "+999 1"])
def test_what_nobody_can_dial_is_refused(typed):
    with pytest.raises(ValidationError):
        telephones.read(typed)


def test_a_number_without_area_code_is_asked_for_one():
    with pytest.raises(ValidationError, match="区号"):
        telephones.read("2345678")


def test_a_mobile_number_is_no_public_contact():
    assert telephones.is_mobile(MOBILE)
    with pytest.raises(ValidationError, match="手机"):
        telephones.refuse_mobile(MOBILE)
    telephones.refuse_mobile("0467-2345678")
    assert not telephones.is_mobile("12345")
