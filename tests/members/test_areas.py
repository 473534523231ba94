import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from members.access import Refusal
from members.actions.areas import apply_areas, load_areas, preview_areas, rename_area, replace_area, upload_areas
from members.models import Area, AreaChange, AreaImport, AuditEntry
from members.models.areas import level_of, parent_codes
from tests.make.units import make_area, make_area_import, make_organization

TODAY = datetime.date.today()
LONG_AGO = datetime.date(2020, 1, 1)


@pytest.fixture
def shipped(db):
    call_command("load_areas", stdout=io.StringIO())


# -- The shipped list --------------------------------------------------------------------------------------------------


def test_the_shipped_list_knows_its_country(shipped):
    known = dict(Area.objects.filter(code__startswith="2303").values_list("code", "name"))
    assert known == {
        "230300000000": "鸡西市", "230302000000": "鸡冠区", "230303000000": "恒山区", "230304000000": "滴道区",
        "230305000000": "梨树区", "230306000000": "城子河区", "230307000000": "麻山区", "230321000000": "鸡东县",
        "230381000000": "虎林市", "230382000000": "密山市",
    }  # fmt: skip
    assert Area.objects.filter(level="province").current().count() == 34
    assert Area.objects.filter(level="city").current().count() == 333


def test_divisions_hang_where_they_belong(shipped):
    for code, name, level, parent, city in [
        ("230381000000", "虎林市", "county", "230300000000", "230300000000"),
        ("110101000000", "东城区", "county", "110000000000", ""),  # a municipality has no cities
        ("500235000000", "云阳县", "county", "500000000000", ""),
        ("429004000000", "仙桃市", "county", "420000000000", ""),  # 省直辖县级
        ("659001000000", "石河子市", "county", "650000000000", ""),
        ("441900000000", "东莞市", "city", "440000000000", "441900000000"),  # a city without districts
        ("810002000000", "湾仔区", "county", "810000000000", ""),
    ]:
        area = Area.objects.get(code=code)
        assert (area.name, area.level, area.parent.code, area.city) == (name, level, parent, city)


def test_loading_again_changes_nothing(shipped):
    before = list(Area.objects.values_list("pk", "code", "name", "valid_to"))
    audits = AuditEntry.objects.count()
    call_command("load_areas", stdout=io.StringIO())
    assert list(Area.objects.values_list("pk", "code", "name", "valid_to")) == before
    assert AuditEntry.objects.count() == audits


def test_loading_again_leaves_what_people_renamed_or_ended(shipped, cast):
    jidong, mashan = Area.objects.get(code="230321000000"), Area.objects.get(code="230307000000")
    rename_area(cast.system_admin, jidong, "鸡东区", TODAY)
    replace_area(cast.system_admin, mashan, Area.objects.get(code="230306000000"), TODAY)
    call_command("load_areas", stdout=io.StringIO())
    mashan.refresh_from_db()
    assert Area.objects.get(code="230321000000").name == "鸡东区"
    assert mashan.replaced_by.name == "城子河区"


def test_a_merged_district_of_the_past_resolves_to_its_heir(shipped):
    assert Area.objects.resolve("330103000000").name == "拱墅区"
    assert not Area.objects.current().filter(code="330103000000").exists()
    assert Area.objects.resolve("330105000000").name == "拱墅区"
    assert Area.objects.resolve("999999000000") is None


def test_a_shipped_list_with_a_fault_is_not_loaded(db):
    with pytest.raises(Refusal):
        load_areas([("230000000000", "某省"), ("230302000000", "无父区")], [], "x")
    assert not Area.objects.exists()


# -- Form and place ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "level", "parents"),
    [
        ("230000000000", "province", []),
        ("230300000000", "city", ["230000000000"]),
        ("230302000000", "county", ["230300000000"]),
        ("429004000000", "county", ["429000000000", "420000000000"]),
        ("230302001000", "town", ["230302000000"]),
        ("441900003000", "town", ["441900000000"]),
        ("230302001001", "village", ["230302001000"]),
    ],
)
def test_the_code_tells_level_and_parent(code, level, parents):
    assert (level_of(code), parent_codes(code)) == (level, parents)


@pytest.mark.parametrize(
    "values",
    [
        {"code": "23030200000", "level": "county"},
        {"code": "23030200000a", "level": "county"},
        {"code": "230302000000", "level": "city"},
        {"code": "230302000000", "level": "county", "city": "230400000000"},
        {"code": "230302001001", "level": "village", "town": ""},
        {"code": "230302000000", "level": "county", "valid_from": TODAY, "valid_to": LONG_AGO},
    ],
)
def test_the_database_refuses_a_division_that_contradicts_its_code(db, values):
    ancestors = {"province": "230000000000", "city": "230300000000", "county": "230302000000"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.create(**{"name": "某地", "source": "x", **ancestors, **values})


def test_below_is_what_lies_under_and_not_the_area_itself(cast):
    assert set(Area.objects.below(cast.city)) == {cast.county, cast.other_county, cast.town_area}
    assert set(Area.objects.below(cast.county)) == {cast.town_area}
    assert not Area.objects.below(cast.town_area).exists()


# -- Renamed, replaced -------------------------------------------------------------------------------------------------


def test_a_renamed_division_keeps_its_code_and_its_history(cast):
    rename_area(cast.system_admin, cast.county, "甲新区", TODAY, "某函〔2026〕1号")
    change = AreaChange.objects.get()
    assert (change.old_name, change.new_name, change.recorded_by) == ("甲区", "甲新区", cast.system_admin)
    assert Area.objects.resolve("230302000000").name == "甲新区"
    assert AuditEntry.objects.get(action="area.rename").changes == {"name": ["甲区", "甲新区"]}


def test_two_people_rename_at_once_and_the_second_is_told(cast):
    seen_by_second = Area.objects.get(pk=cast.county.pk)
    rename_area(cast.system_admin, cast.county, "甲新区", TODAY)
    with pytest.raises(Refusal):
        rename_area(cast.system_admin, seen_by_second, "甲老区", TODAY)
    assert Area.objects.get(pk=cast.county.pk).name == "甲新区"


def test_a_replaced_division_hands_its_organizations_on(cast):
    replace_area(cast.system_admin, cast.other_county, cast.county, TODAY)
    cast.other_bureau.refresh_from_db()
    assert cast.other_bureau.area == cast.county
    assert Area.objects.resolve(cast.other_county.code) == cast.county
    assert AuditEntry.objects.get(action="organization.move").object_code == cast.other_bureau.code


def test_a_division_replaced_twice_resolves_to_the_last(cast):
    third = make_area("230304000000", "丙区", "county", cast.city)
    replace_area(cast.system_admin, cast.other_county, cast.county, TODAY)
    replace_area(cast.system_admin, cast.county, third, TODAY)
    assert Area.objects.resolve(cast.other_county.code) == third


@pytest.mark.parametrize(
    ("successor", "day"),
    [("city", TODAY), ("county", TODAY), ("other_county", TODAY + datetime.timedelta(days=1))],
)
def test_a_replacement_that_makes_no_sense_is_refused(cast, successor, day):
    with pytest.raises(Refusal):
        replace_area(cast.system_admin, cast.county, getattr(cast, successor), day)
    assert Area.objects.get(pk=cast.county.pk).valid_to is None


def test_divisions_do_not_replace_each_other_in_a_circle(cast):
    replace_area(cast.system_admin, cast.county, cast.other_county, TODAY)
    with pytest.raises(Refusal):
        replace_area(cast.system_admin, cast.other_county, Area.objects.get(pk=cast.county.pk), TODAY)


def test_the_history_of_a_division_cannot_be_rewritten(cast):
    rename_area(cast.system_admin, cast.county, "甲新区", TODAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        AreaChange.objects.update(old_name="别的")
    with pytest.raises(DatabaseError), transaction.atomic():
        AreaChange.objects.all().delete()


# -- Import ------------------------------------------------------------------------------------------------------------


def csv_of(*rows, encoding="utf-8"):
    return "\n".join(["区划代码,名称,上级区划代码", *rows]).encode(encoding)


def xlsx_of(*rows):
    book = Workbook()
    book.active.append(["区划代码", "名称", "上级区划代码"])
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def verdicts(cast, *rows):
    lines = preview_areas(make_area_import(cast.system_admin, rows))
    return [(line.verdict, line.reason) for line in lines]


def test_a_row_is_new_same_changed_or_wrong(cast):
    found = verdicts(
        cast,
        ("230302002000", "甲区二街道", ""),
        ("230302001000", "甲区一街道", "230302000000"),
        ("230303000000", "乙新区", ""),
        ("230302002001", "某社区", ""),
    )
    assert found == [("new", ""), ("same", ""), ("changed", ""), ("new", "")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "某街道", ""), "没有区划代码。"),
        (("23030200200", "某街道", ""), "区划代码应为 12 位，这里是 11 位。"),
        (("2303020020000", "某街道", ""), "区划代码应为 12 位，这里是 13 位。"),
        (("23030200200O", "某街道", ""), "区划代码只能是数字。"),
        (("２３０３０２００２０００", "某街道", ""), "区划代码只能是数字。"),
        (("030302002000", "某街道", ""), "区划代码不能以 0 开头。"),
        (("230302002000", "", ""), "没有名称。"),
        (("230302002000", "镇" * 61, ""), "名称超过 60 个字。"),
        (("230302002000", "=HYPERLINK(镇)", ""), "名称应为汉字，不含公式或标记。"),
        (("230302002000", "<b>镇</b>", ""), "名称应为汉字，不含公式或标记。"),
        (("230302002000", "某\u202e镇", ""), "含有看不见的控制字符，请重新输入。"),
        (("230302002000", "某街道", "230303000000"), "上级区划代码与本级代码不符，按代码应为 230302000000。"),
        (("230399001000", "某街道", ""), "上级区划 230399000000 不存在，文件里也没有可以导入的一行。"),
    ],
)
def test_a_wrong_row_says_why(cast, row, reason):
    assert verdicts(cast, row) == [("wrong", reason)]


def test_a_code_that_comes_twice_is_wrong_the_second_time(cast):
    found = verdicts(cast, ("230302002000", "二街道", ""), ("230302002000", "三街道", ""))
    assert found == [("new", ""), ("wrong", "与第 2 行的区划代码重复。")]


def test_a_village_falls_with_its_town(cast):
    found = verdicts(cast, ("230302002001", "某村", ""), ("230302002000", "", ""))
    assert [verdict for verdict, _ in found] == ["wrong", "wrong"]


def test_a_division_that_has_ended_is_not_brought_back(cast):
    replace_area(cast.system_admin, cast.other_county, cast.county, TODAY - datetime.timedelta(days=3))
    assert verdicts(cast, ("230303000000", "乙区", "")) == [("wrong", "这个区划已停用，由 甲区 接替。")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_in_either_encoding_is_read(cast, encoding):
    content = csv_of("230302002000,二街道,", encoding=encoding)
    area_import = upload_areas(cast.system_admin, "x.csv", content, "市民政局")
    assert area_import.rows == [(2, ["230302002000", "二街道", ""])]


def test_a_code_that_excel_made_a_number_is_read_as_its_digits(cast):
    content = xlsx_of([230302002000, "二街道", None])
    assert upload_areas(cast.system_admin, "x.xlsx", content, "来源").rows == [(2, ["230302002000", "二街道", ""])]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04 broken",
        "没有表头".encode(),
        csv_of(),
        b"\xff" * 100,
        b"a" * (5 * 1024 * 1024 + 1),
    ],
    ids=["empty", "binary", "broken zip", "no headings", "no rows", "no text", "too big"],
)
def test_what_is_no_table_is_refused_with_a_sentence(cast, content):
    with pytest.raises(Refusal) as refusal:
        upload_areas(cast.system_admin, "x", content, "来源")
    assert refusal.value.field == "file"
    assert not AreaImport.objects.exists()


def test_a_null_byte_is_refused_with_a_sentence_not_a_crash(cast):
    with pytest.raises(Refusal):
        upload_areas(cast.system_admin, "x.csv", csv_of("230302002000,二\x00街道,"), "来源")
    assert not AreaImport.objects.exists()


def test_nothing_is_written_before_apply_and_all_of_it_after(cast, browse):
    session = browse(cast.system_admin)
    file = SimpleUploadedFile(
        "乡镇.csv", csv_of("230302002001,二街道一社区,", "230302002000,二街道,", "230303000000,乙新区,")
    )
    answer = session.post(reverse("members:import_areas"), {"file": file, "source": "市民政局"}, follow=True)
    assert "写入以上全部变动" in answer.text
    assert Area.objects.filter(code__startswith="230302002").count() == 0
    area_import = AreaImport.objects.get()
    session.post(reverse("members:apply_area_import", args=[area_import.code]))
    village = Area.objects.get(code="230302002001")
    assert (village.level, village.parent.name, village.town, village.county, village.city) == (
        "village", "二街道", "230302002000", "230302000000", "230300000000",
    )  # fmt: skip
    assert Area.objects.get(code="230303000000").name == "乙新区"
    assert {change.kind for change in AreaChange.objects.all()} == {"added", "renamed"}
    assert AuditEntry.objects.get(action="area.import").changes["rows"][1]["new"] == 2


def test_one_wrong_row_keeps_all_rows_out(cast):
    area_import = make_area_import(cast.system_admin, [("230302002000", "二街道", ""), ("1", "x", "")])
    with pytest.raises(Refusal):
        apply_areas(cast.system_admin, area_import)
    assert not Area.objects.filter(code="230302002000").exists()


def test_the_same_file_is_not_applied_twice(cast):
    area_import = make_area_import(cast.system_admin)
    apply_areas(cast.system_admin, area_import)
    with pytest.raises(Refusal):
        apply_areas(cast.system_admin, area_import)
    assert Area.objects.filter(code="230302002000").count() == 1


def test_what_aged_between_preview_and_apply_is_judged_again(cast):
    area_import = make_area_import(
        cast.system_admin, [("230303001000", "乙区一街道", ""), ("230303000000", "乙区", "")]
    )
    assert {line.verdict for line in preview_areas(area_import)} == {"new", "same"}
    replace_area(cast.system_admin, cast.other_county, cast.county, TODAY - datetime.timedelta(days=3))
    with pytest.raises(Refusal):
        apply_areas(cast.system_admin, area_import)


def test_a_refused_file_comes_back_with_its_errors_marked(cast, browse):
    content = xlsx_of(["230302002000", "二街道", None], ["12", "=1+1", None])
    area_import = upload_areas(cast.system_admin, "x.xlsx", content, "来源")
    answer = browse(cast.system_admin).get(reverse("members:mark_area_import", args=[area_import.code]))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet["A2"].value == "230302002000"
    assert (sheet["D2"].value, sheet["D3"].value) == (None, "区划代码应为 12 位，这里是 2 位。")
    assert sheet["A3"].fill.fgColor.rgb == "00FBE9E7"


def test_a_refused_csv_comes_back_as_a_workbook_without_live_formulas(cast, browse):
    area_import = upload_areas(cast.system_admin, "x.csv", csv_of("12,=1+1,"), "来源")
    answer = browse(cast.system_admin).get(reverse("members:mark_area_import", args=[area_import.code]))
    cell = load_workbook(io.BytesIO(answer.content)).active["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_template_can_be_filled_in_and_handed_in(cast, browse):
    content = browse(cast.system_admin).get(reverse("members:area_template")).content
    area_import = upload_areas(cast.system_admin, "t.xlsx", content, "来源")
    assert [row[1][0] for row in area_import.rows] == ["999999001000", "999999001001"]


# -- Screens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "found"), [("甲区", {"甲区", "甲区一街道"}), ("230303", {"乙区"}), ("没有", set())])
def test_divisions_are_found_by_name_or_code(cast, browse, words, found):
    page = browse(cast.town_caseworker).get(reverse("members:list_areas"), {"q": words}).context["page"]
    assert {area.name for area in page} == found


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "%", "\x00", "a" * 5000, "𠮷", "'; drop table"])
def test_a_hostile_search_finds_nothing_and_breaks_nothing(cast, browse, words):
    answer = browse(cast.town_caseworker).get(reverse("members:list_areas"), {"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_page_of_a_division_shows_where_it_lies_and_what_is_in_it(cast, browse):
    make_organization("甲区<b>学校</b>", "school", cast.county)
    text = browse(cast.charity_reviewer).get(reverse("members:show_area", args=[cast.county.code])).text
    for word in ("测试省", "测试市", "甲区一街道"):
        assert word in text
    assert "甲区&lt;b&gt;学校" in text
    assert "登记撤并" not in text


def test_renaming_and_replacing_on_screen(cast, browse):
    session = browse(cast.system_admin)
    rename = reverse("members:rename_area", args=[cast.county.code])
    session.post(rename, {"name": "甲新区", "happened_on": TODAY.isoformat()})
    assert Area.objects.get(pk=cast.county.pk).name == "甲新区"
    assert "新名称与现在的名称相同" in session.post(rename, {"name": "甲新区", "happened_on": TODAY}).text
    replace = reverse("members:replace_area", args=[cast.county.code])
    assert "没有找到" in session.post(replace, {"successor": "239999", "happened_on": TODAY}).text
    session.post(replace, {"successor": "230303", "happened_on": TODAY.isoformat()})
    assert Area.objects.get(pk=cast.county.pk).replaced_by == cast.other_county
    assert session.get(replace).status_code == 404


@pytest.mark.parametrize("name", ["", "区" * 61, "甲\x00区", "甲\u202e区"])
def test_a_hostile_new_name_is_refused(cast, browse, name):
    url = reverse("members:rename_area", args=[cast.county.code])
    answer = browse(cast.system_admin).post(url, {"name": name, "happened_on": TODAY.isoformat()})
    assert answer.status_code == 200
    assert Area.objects.get(pk=cast.county.pk).name == "甲区"
