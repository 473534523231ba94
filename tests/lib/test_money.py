from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.lib import money

AMOUNTS = st.decimals("-999999999999.99", "999999999999.99", places=2)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1,234.5", "1234.50"),
        ("１，２３４．５", "1234.50"),
        ("¥ 1234", "1234.00"),
        ("人民币1234.00元整", "1234.00"),
        ("1.2万元", "12000.00"),
        ("3万", "30000.00"),
        ("0.05", "0.05"),
        ("-5", "-5.00"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_amounts_are_read_as_people_write_them(typed, amount):
    assert money.read(typed) == Decimal(amount)
    assert money.read(typed).as_tuple().exponent == -2


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "1,23.4",
        "12,34",
        "1.2.3",
        "1e5",
        "=1+1",
        "NaN",
        "Infinity",
        "0.001",
        "1.2345678万",
        "1000000000000",
        "9" * 41,
        "١٢٣",
    ],
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(ValidationError):
        money.read(typed)


@given(AMOUNTS)
@settings(max_examples=60)
def test_what_is_shown_is_read_back(amount):
    assert money.read(money.show(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("1001", "壹仟零壹元整"),
        ("10000", "壹万元整"),
        ("20010005.30", "贰仟零壹万零伍元叁角"),
        ("1234.50", "壹仟贰佰叁拾肆元伍角"),
        ("99999999999.99", "玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("-3.20", "负叁元贰角"),
    ],
)
def test_capitals_as_the_bank_wants_them(amount, words):
    assert money.capitals(Decimal(amount)) == words


@given(AMOUNTS)
@settings(max_examples=60)
def test_every_amount_has_capitals_of_its_own(amount):
    assert money.capitals(amount) != money.capitals(amount - 1 if amount > 0 else amount + 1)


def test_a_float_is_never_an_amount():
    with pytest.raises(TypeError):
        money.capitals(0.1)
    with pytest.raises(TypeError):
        money.show(0.1)
