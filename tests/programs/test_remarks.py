"""What does not stop a release and yet is to be looked at."""

import pytest

from members.models import RegionalProfile
from programs import catalogue
from programs.facts import VOCABULARY
from programs.reading import read_program
from programs.remarks import ages_in, findings_of, strange_numbers, sums_in
from tests.make.catalogue import definition_of, make_fund, make_program, make_version


def said(code="P02", **changes):
    return list(strange_numbers(read_program({**definition_of(code), **changes})))


@pytest.mark.parametrize("code", [program.code for program in catalogue.units()])
def test_the_shipped_texts_agree_with_their_rules(code):
    assert said(code) == []


def test_an_age_that_no_rule_has_is_told():
    assert said(public_text=["帮助 0–15 周岁的孩子，最多 3 万元。"]) == [
        "公开说明里写着 15 岁，条件和待遇里没有这个年龄"
    ]


def test_under_an_age_is_the_year_before_it():
    assert said(public_text=["帮助不满 15 周岁的孩子。"]) == []
    assert said(public_text=["帮助不满 14 周岁的孩子。"]) == ["公开说明里写着 13 岁，条件和待遇里没有这个年龄"]


def test_a_sum_that_no_rule_has_is_told_in_both_languages():
    chinese = said(public_text=["最多 5 万元。"])
    assert chinese == said(public_text=["", "up to 50,000 yuan"])
    assert chinese == ["公开说明里写着 50,000 元，条件和待遇里没有这个金额"]


def test_no_age_is_asked_for_where_the_day_of_birth_itself_decides():
    condition = {"fact": "birth_date", "test": "gte", "value": "2010-01-01", "why": "通知"}
    assert said("P12", condition=condition, public_text=["2010 年后出生、16 岁以下的孩子。"]) == []


@pytest.mark.parametrize(
    ("text", "ages", "sums"),
    [
        ("0至6岁、60 周岁以上", [0, 6, 60], []),
        ("aged 7 to 16", [7, 16], []),
        ("200–400 元，一共 1.5 万元", [], [200, 400, 15000]),
        ("1-3万元", [], [10000, 30000]),
        ("50 名，三年六个学期，第 2 次", [], []),
    ],
)
def test_numbers_are_read_as_people_write_them(text, ages, sums):
    assert (ages_in(text), sums_in(text)) == (ages, sums)


def messages(definition):
    return [(one.place, one.message) for one in findings_of(definition, VOCABULARY) if not one.is_grave]


def test_a_fund_that_the_register_does_not_know_is_told(db):
    fund = make_fund()
    definition = definition_of() | {"fund_codes": [fund.code, "NOWHERE"]}
    assert messages(definition) == [("fund_codes", "基金编号 NOWHERE 还没有登记在“基金与台账”里")]


def test_whoever_writes_and_whoever_releases_see_the_remarks(cast, browse):
    definition = definition_of() | {"public_text": ["帮助 0–15 周岁的孩子。"]}
    version = make_version(make_program(cast.charity, "P02"), definition, state="submitted")
    pages, address = browse(cast.catalogue_admin), f"/programs/P02/versions/{version.number}/"
    assert "公开说明里写着 15 岁" in pages.get(address).content.decode()
    type(version).objects.filter(pk=version.pk).update(state="draft")
    assert "公开说明里写着 15 岁" in pages.get(f"{address}edit/").content.decode()


def test_the_classification_of_the_region_stands_first_in_the_editor(cast, browse):
    make_version(make_program(cast.charity, "P02"))
    pages = browse(cast.catalogue_admin)
    shown = pages.get("/programs/P02/versions/2/edit/").content.decode()
    assert shown.index("助居、助学、助医、助业") < shown.index("扶老、济困、助残")
    RegionalProfile.objects.create(area=cast.city, valid_from="2024-01-01", project_kind_set="seven_fields")
    shown = pages.get("/programs/P02/versions/2/edit/").content.decode()
    assert shown.index("扶老、济困、助残") < shown.index("助居、助学、助医、助业")


def test_a_new_draft_says_what_is_still_to_be_written(cast, browse):
    """Nobody may read of it that it is for everybody and needs no papers."""
    client = browse(cast.catalogue_admin)
    client.post("/programs/new/", {"code": "P13", "name": "冬衣行动", "kind": "hardship_relief"})
    shown = client.get("/programs/P13/versions/1/edit/").content.decode()
    for says in ("还没有填写条件。", "还没有填写材料。", "还没有填写待遇。"):
        assert says in shown
    for says in ("人人可以申请", "不需要材料", "<b>……</b>"):
        assert says not in shown


def test_what_is_chosen_of_a_folded_list_stands_beside_its_name(cast, browse):
    definition = definition_of() | {"kinds": ["medical", "本地分类"], "groups": []}
    make_version(make_program(cast.charity, "P02"), definition)
    shown = browse(cast.catalogue_admin).get("/programs/P02/versions/2/edit/").content.decode()
    assert "助医、本地分类" in shown
    assert "没有选" in shown


def test_faults_stand_in_words_where_a_draft_is_read_and_handed_in(cast, browse):
    client = browse(cast.catalogue_admin)
    client.post("/programs/new/", {"code": "P13", "name": "冬衣行动", "kind": "hardship_relief"})
    shown = client.get("/programs/P13/versions/1/").content.decode()
    refused = client.post("/programs/P13/versions/1/submit/", {"revision": 1}).content.decode()
    for page in (shown, refused):
        assert "出处：还没有填写" in page
        assert "benefit.rules" not in page
        assert "condition.all" not in page
