import pytest

from portal.lib import pinyin


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("单小明", "shan xiao ming"),
        ("曾小明", "zeng xiao ming"),
        ("仇英", "qiu ying"),
        ("解缙", "xie jin"),
        ("查良", "zha liang"),
        ("区小明", "ou xiao ming"),
        ("尉迟恭", "yu chi gong"),
        ("万俟明", "mo qi ming"),
        ("单于明", "chan yu ming"),
        ("尉明", "wei ming"),
    ],
)
def test_surnames_are_read_as_surnames(name, sounds):
    assert " ".join(pinyin.syllables(name)) == sounds


def test_the_reading_of_a_surname_stays_with_surnames():
    """解 in a given name is jie, and 单 is dan."""
    assert pinyin.syllables("王解")[1] == "jie"


def test_a_register_is_sorted_by_sound():
    names = ["张三", "李四", "王五", "赵六", "陈七", "单八", "欧阳九"]
    assert sorted(names, key=pinyin.sort_key) == ["陈七", "李四", "欧阳九", "单八", "王五", "张三", "赵六"]


def test_initials_are_found_by_either_reading():
    assert pinyin.initials("单小明") == "sxm"
    assert pinyin.initial_variants("单小明")[0] == "sxm"
    assert "dxm" in pinyin.initial_variants("单小明")
    assert pinyin.initials("欧阳小明") == "oyxm"


def test_names_in_letters_and_with_dots():
    assert pinyin.initials("阿依古丽·买买提") == "ayglmmt"
    assert pinyin.initials("Anna Lee") == "al"
    assert pinyin.initials("") == ""


def test_variants_are_capped():
    assert len(pinyin.initial_variants("行重长乐" * 5)) <= pinyin.MAX_VARIANTS + 1
