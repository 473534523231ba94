import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.lib import masks

MOBILE = "13" + "0" * 5 + "1234"


def test_numbers_keep_region_and_last_four():
    assert masks.mask_number("999999199001011234") == "999999********1234"
    assert masks.mask_number("USA230085070312") == "USA230******312"
    assert masks.mask_number("H01234567") == "H01****67"
    assert masks.mask_number("1234567") == "*******"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("陈小明", "陈**"),
        ("王明", "王*"),
        ("欧阳娜娜", "欧阳**"),
        ("尉迟恭", "尉迟*"),
        ("欧阳", "欧*"),
        ("陈 小明", "陈**"),
        ("阿依古丽·买买提", "阿***·***"),
        ("Anna Lee", "A*** ***"),
        ("𠮷野", "𠮷*"),
        ("李", "李"),
        ("  ", ""),
    ],
)
def test_names_keep_the_surname(name, masked):
    assert masks.mask_name(name) == masked


def test_phones_accounts_and_addresses():
    assert masks.mask_phone(MOBILE) == "130****1234"
    assert masks.mask_phone("0467-2345678") == "0467-*****78"
    assert masks.mask_account("6222 0000 1111 2222") == "************2222"
    assert masks.mask_account("12") == "**"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("黑龙江省鸡西市鸡冠区和平路1号", "黑龙江省鸡西市鸡冠区***"),
        ("鸡西市密山市裴德镇", "鸡西市密山市***"),
        ("内蒙古自治区呼伦贝尔市鄂温克族自治旗某苏木", "内蒙古自治区呼伦贝尔市鄂温克族自治旗***"),
        ("幸福小区3栋", "***"),
        ("和平路9号", "***"),
        ("", ""),
    ],
)
def test_addresses_end_at_the_county(address, masked):
    assert masks.mask_address(address) == masked


@given(st.text(max_size=40))
@settings(max_examples=80)
def test_no_mask_stumbles_over_any_text(text):
    for mask in masks.MASKS.values():
        assert isinstance(mask(text), str)


@given(st.text("0123456789X", min_size=5, max_size=25))
@settings(max_examples=50)
def test_a_masked_number_never_shows_most_of_it(number):
    assert masks.mask_number(number).count("*") * 3 >= len(number)
