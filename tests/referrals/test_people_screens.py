"""The pages of people, as a caseworker meets them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import AuditEntry
from portal.search import search
from referrals.models import GovernmentAid, Guardianship, Person
from tests.make.people import (
    make_category,
    make_fact,
    make_guardianship,
    make_household,
    make_minor_approval,
    make_person,
)
from tests.make.units import a_number, make_relation


def url(name, code=None, *more):
    return reverse(f"referrals:{name}", args=[one for one in (code, *more) if one])


def page(response):
    assert response.status_code == 200
    return response.content.decode()


FILLED = {
    "name": "王小明", "identity_kind": "resident", "nationality": "CN", "relation": "head", "residence": "230302001000",
}  # fmt: skip


# -- Finding --------------------------------------------------------------------------------------------------------
def found_by(session, text, **filters):
    response = session.post(url("find_people"), {"text": text}, follow=True)
    where, _status = response.redirect_chain[-1]
    if filters:
        more = "&".join(f"{name}={value}" for name, value in filters.items())
        response = session.get(f"{where}&{more}")
    assert text not in where or not text
    return {person.name for person in response.context["page"].rows}


@pytest.mark.parametrize(
    "text", ["王", "小明", "王小明", "wxm", "xm", "0467-2345678", "04672345678", "王 小明", "王小明 0467-2345678"]
)
def test_somebody_is_found_by_name_initials_and_telephone(text, cast, browse):
    make_person(cast.town, name="王小明", phone="0467-2345678")
    make_person(cast.town, name="李四")
    make_person(cast.other_bureau, name="王小明", phone="0467-2345678")
    assert found_by(browse(cast.town_caseworker), text) == {"王小明"}


def test_somebody_is_found_by_the_whole_number_however_it_is_typed(cast, browse):
    person = make_person(cast.town, name="王小明")
    session = browse(cast.town_caseworker)
    spaced = f"{person.number[:6]} {person.number[6:14]} {person.number[14:].lower()}"
    assert found_by(session, person.number) == found_by(session, spaced) == found_by(session, person.code) == {"王小明"}
    assert found_by(session, person.number[:17]) == found_by(session, "%") == found_by(session, "*") == set()


def test_filters_narrow_what_was_found(cast, browse):
    make_category(make_person(cast.town, name="王甲", level="severe", causes=["schooling"]))
    make_person(cast.town, name="王乙", died_on=timezone.localdate())
    make_person(cast.bureau, name="王丙")
    session = browse(cast.bureau_officer)
    assert found_by(session, "王") == {"王甲", "王丙"}
    assert found_by(session, "王", category="dibao") == {"王甲"}
    assert found_by(session, "王", level="severe", cause="schooling") == {"王甲"}
    assert found_by(session, "王", area="230302001000") == {"王甲"}
    assert found_by(session, "王", state="all") == {"王甲", "王乙", "王丙"}
    assert found_by(session, "王", state="died") == {"王乙"}


def test_the_link_of_a_search_says_nothing_and_works_for_its_owner_alone(cast, browse):
    make_person(cast.town, name="王小明")
    where = browse(cast.town_caseworker).post(url("find_people"), {"text": "王小明"}).headers["Location"]
    assert "王" not in where
    assert "%E7%8E%8B" not in where
    response = browse(cast.bureau_officer).get(where)
    assert list(response.context["page"].rows) == []
    assert list(browse(cast.bureau_officer).get(url("list_people") + "?found=xxx").context["page"].rows) == []


def test_the_search_box_finds_people_in_one_s_scope(cast):
    person = make_person(cast.town, name="王小明")
    [kind] = search(cast.bureau_officer, "wxm")
    assert [(found.title, found.url) for found in kind["found"]] == [("王小明", url("show_person", person.code))]
    assert person.number not in kind["found"][0].sub
    assert [kind["found"][0].title for kind in search(cast.city_supervisor, "王小明")] == ["王**"]
    assert search(cast.charity_reviewer, person.number) == search(cast.audit_admin, person.number) == []


def test_the_list_shows_names_to_those_who_work_and_leaves_a_line(cast, browse):
    person = make_person(cast.town, name="王小明", phone="0467-2345678")
    text = page(browse(cast.town_caseworker).get(url("list_people")))
    assert "王小明" in text
    assert person.number not in text
    assert AuditEntry.objects.get(action="person.list").changes == {"rows": [None, 1]}
    text = page(browse(cast.city_supervisor).get(url("list_people")))
    assert "王小明" not in text
    assert "王**" in text


def test_stale_records_are_listed_and_wait_on_the_first_page(cast, browse):
    old = timezone.localdate() - timezone.timedelta(days=200)
    make_person(cast.town, name="王旧", last_verified_on=old)
    make_person(cast.town, name="王新")
    session = browse(cast.town_caseworker)
    response = session.get(url("list_people") + "?state=stale")
    assert [person.name for person in response.context["page"].rows] == ["王旧"]
    assert "困难群众资料半年未核实" in page(session.get("/"))
    assert "困难群众资料半年未核实" not in page(browse(cast.city_supervisor).get("/"))


# -- One record --------------------------------------------------------------------------------------------------
def test_the_page_masks_numbers_and_leaves_a_line(cast, browse):
    person = make_person(
        cast.town,
        name="王小明",
        phone="0467-2345678",
        account="6222000011112222",
        address="建设路某号",
        remark="某备注",
    )
    text = page(browse(cast.town_caseworker).get(url("show_person", person.code)))
    for hidden in (person.number, "2345678", "6222000011112222"):
        assert hidden not in text
    for shown in ("王小明", person.masked_number, "建设路某号", "某备注"):
        assert shown in text
    entry = AuditEntry.objects.get(action="person.view")
    assert (entry.object_code, entry.organization_id) == (person.code, cast.town.pk)


def test_a_supervisor_sees_the_surname_and_no_house(cast, browse):
    household = make_household(cast.town)
    person = make_person(cast.town, household, name="王小明", address="建设路某号", remark="某备注")
    make_person(cast.town, household, name="李小花", relation="spouse")
    make_guardianship(person, private={"name": "张大山"})
    text = page(browse(cast.city_supervisor).get(url("show_person", person.code)))
    for hidden in ("王小明", "建设路", "某备注", "李小花", "张大山", person.number):
        assert hidden not in text
    assert "王**" in text


def test_relatives_out_of_sight_are_not_on_the_page(cast, browse):
    household = make_household(cast.bureau)
    person = make_person(cast.bureau, household, relation="head")
    make_person(cast.bureau, household, name="远方人", residence=cast.other_county)
    assert "远方人" not in page(browse(cast.bureau_officer).get(url("show_person", person.code)))


def test_who_is_related_is_told_to_leave_it_to_a_colleague(cast, browse):
    person = make_person(cast.town)
    make_relation(cast.town_caseworker, number=person.number)
    session = browse(cast.town_caseworker)
    assert "回避规定" in page(session.get(url("show_person", person.code)))
    response = session.post(url("verify_person", person.code), follow=True)
    assert "回避规定" in page(response)
    assert not AuditEntry.objects.filter(action="person.verify").exists()


def test_the_numbers_are_shown_once_for_a_reason(cast, browse):
    person = make_person(cast.town, account="6222000011112222")
    session = browse(cast.town_caseworker)
    assert person.number not in page(session.get(url("unmask_person", person.code)))
    assert person.number not in page(session.post(url("unmask_person", person.code), {"reason": ""}))
    response = session.post(url("unmask_person", person.code), {"reason": "核对账户"})
    assert person.number in page(response)
    assert "6222000011112222" in page(response)
    assert "no-store" in response.headers["Cache-Control"]


# -- Registering ---------------------------------------------------------------------------------------------------
def test_register_somebody(cast, browse):
    session = browse(cast.town_caseworker)
    number = a_number("1990-05-06", "male")
    response = session.post(url("register_person"), {**FILLED, "number": number, "phone": "0467 2345678"}, follow=True)
    person = Person.objects.get()
    assert "已登记" in page(response)
    assert (person.name, person.number, person.phone, person.gender) == ("王小明", number, "0467-2345678", "male")


def test_the_likely_same_person_is_shown_before_another_is_made(cast, browse):
    known = make_person(cast.town, name="王小明", born="1990-05-06")
    elsewhere = make_person(cast.charity, name="王小明", born="1990-05-06", phone="0467-7654321")
    session = browse(cast.town_caseworker)
    filled = {**FILLED, "number": a_number("1990-05-06")}
    text = page(session.post(url("register_person"), filled))
    assert url("show_person", known.code) in text
    assert "其他单位已登记，请与该单位联系：甲区 · 慈善会" in re.sub(r"\s+", " ", text)
    for hidden in (elsewhere.code, elsewhere.masked_number, "7654"):
        assert hidden not in text
    assert Person.objects.count() == 2
    session.post(url("register_person"), {**filled, "is_another": "on"})
    assert Person.objects.count() == 3


def test_a_number_that_is_taken_cannot_be_waved_through(cast, browse):
    known = make_person(cast.town)
    text = page(browse(cast.town_caseworker).post(
        url("register_person"), {**FILLED, "number": known.number, "is_another": "on"}
    ))  # fmt: skip
    assert "已经登记过" in text
    assert 'name="is_another"' not in text
    assert Person.objects.count() == 1


def test_nobody_asks_a_list_of_numbers(cast, browse, monkeypatch):
    monkeypatch.setattr("referrals.views.people.ASKING", "2/600")
    session = browse(cast.charity_reviewer)
    known = make_person(cast.bureau)
    for _ in range(2):
        assert "其他单位已登记" in page(session.post(url("register_person"), {**FILLED, "number": known.number}))
    text = page(session.post(url("register_person"), {**FILLED, "number": known.number}))
    assert "次数太多" in text
    assert "其他单位已登记" not in text


def test_a_relative_joins_the_household(cast, browse):
    head = make_person(cast.town)
    where = f"{url('register_person')}?household={head.code}"
    session = browse(cast.town_caseworker)
    assert head.name in page(session.get(where))
    session.post(where, {**FILLED, "number": a_number(), "relation": "child"})
    assert head.household.people.count() == 2
    stranger = make_person(cast.other_bureau)
    assert session.get(f"{url('register_person')}?household={stranger.code}").status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": ""}, "请填写这一项"),
        ({"number": "999999199005060011"}, "校验不通过"),
        ({"number": ""}, "请填写这一项"),
        ({"residence": "没有的地方"}, "没有找到"),
        ({"residence": "230303000000"}, "请联系当地民政部门登记"),
        ({"phone": "12"}, "电话"),
        ({"account": "abc"}, "银行账号只能是数字"),
        ({"name": "王\u202e小明"}, "看不见的控制字符"),
        ({"name": "王" * 61}, "60"),
        ({"identity_kind": "hk_macao_pass", "number": "X1"}, "应为字母 H 或 M"),
    ],
)
def test_what_is_wrong_is_said_in_words(more, words, cast, browse):
    text = page(browse(cast.town_caseworker).post(url("register_person"), {**FILLED, "number": a_number(), **more}))
    assert words in text
    assert not Person.objects.exists()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=1+1", "𠮷田", "O'Neil & Söhne"])
def test_odd_names_are_kept_and_shown_as_they_are(name, cast, browse):
    session = browse(cast.town_caseworker)
    response = session.post(url("register_person"), {**FILLED, "name": name, "number": a_number()}, follow=True)
    assert Person.objects.get().name == name
    assert "<script>alert" not in page(response)


def test_somebody_unknown_is_registered_by_what_is_seen(cast, browse):
    filled = {"is_identity_unknown": "on", "identity_kind": "resident", "relation": "head", "residence": "230302001000",
              "looks": "约七十岁，左手有疤"}  # fmt: skip
    text = page(browse(cast.town_caseworker).post(url("register_person"), filled, follow=True))
    assert "身份不明" in text
    assert "左手有疤" in text


# -- Changing ------------------------------------------------------------------------------------------------------
def form_of(session, person):
    """What the browser would send back unchanged."""
    form = session.get(url("change_person", person.code)).context["form"]
    return {name: form[name].value() if not hasattr(form.initial.get(name), "code") else form.initial[name].code
            for name in form.fields if form[name].value() not in (None, False)}  # fmt: skip


def test_the_form_shows_no_number_and_keeps_what_is_left_blank(cast, browse):
    person = make_person(cast.town, phone="0467-2345678", account="6222000011112222")
    session = browse(cast.town_caseworker)
    text = page(session.get(url("change_person", person.code)))
    for hidden in (person.number, "2345678", "6222000011112222"):
        assert hidden not in text
    session.post(url("change_person", person.code), {**form_of(session, person), "name": "王晓明", "phone": "无"})
    person.refresh_from_db()
    assert (person.name, person.phone, person.account) == ("王晓明", "", "6222000011112222")
    assert person.version == 2


def test_who_comes_second_sees_both(cast, browse):
    person = make_person(cast.town, name="王小明")
    session = browse(cast.town_caseworker)
    filled = form_of(session, person)
    browse(cast.bureau_officer).post(url("change_person", person.code), {**filled, "name": "王先改"})
    text = page(session.post(url("change_person", person.code), {**filled, "name": "王后改"}))
    assert "王先改" in text
    assert "王后改" in text
    person.refresh_from_db()
    assert person.name == "王先改"


def test_who_moves_away_is_handed_on(cast, browse):
    person = make_person(cast.town)
    session = browse(cast.town_caseworker)
    filled = {**form_of(session, person), "residence": "230303000000"}
    assert "不在您的辖区" in page(session.post(url("change_person", person.code), filled, follow=True))


def test_facts_are_asked_by_page_and_unknown_stays_blank(cast, browse):
    person = make_person(cast.town)
    make_fact(person, "hardship_level", "some", source="电话")
    session = browse(cast.town_caseworker)
    where = url("record_facts", person.code, "hardship")
    form = session.get(where).context["form"]
    assert form["hardship_level"].value() == "some"
    session.post(where, {"hardship_level": "severe", "hardship_causes": ["-"], "economic_hardship": "no",
                         "monthly_income_yuan": "1,200", "source": "入户记录"})  # fmt: skip
    known = {fact.name: fact.known for fact in person.facts.standing()}
    assert known == {
        "hardship_level": "severe", "hardship_causes": [], "economic_hardship": False, "monthly_income_yuan": 1200,
    }  # fmt: skip
    text = page(session.get(url("show_person", person.code)))
    assert "1,200.00" in text
    assert "入户记录" in text
    assert session.get(url("record_facts", person.code, "nothing")).status_code == 404
    assert "就不能再选别的" in page(session.post(where, {"hardship_causes": ["-", "schooling"]}))


def test_every_page_of_facts_can_be_opened_filled_and_emptied(cast, browse):
    from referrals.facts import GROUPS

    person = make_person(cast.town)
    session = browse(cast.town_caseworker)
    for group in GROUPS:
        where = url("record_facts", person.code, group)
        form = session.get(where).context["form"]
        filled = {}
        for name in form.names:
            choices = [value for value, _label in getattr(form.fields[name], "choices", ()) if value]
            filled[name] = choices[0] if choices else {"hsct_date": "2024-01-01"}.get(name, "1")
        assert session.post(where, filled).status_code == 302
        page(session.get(where))
        assert session.post(where, {"source": ""}).status_code == 302
    assert list(person.facts.standing()) == []


def test_categories_aid_and_guardians_from_the_page(cast, browse):
    person = make_person(cast.town, born="2019-05-20")
    make_minor_approval(cast.town_caseworker, person)
    mother = make_person(cast.town, name="赵慈母")
    session = browse(cast.town_caseworker)
    today = timezone.localdate().isoformat()
    session.post(url("add_category", person.code), {"category": "dibao", "since": "2024-01-01", "certified_by": "某局"})
    session.post(url("record_aid", person.code), {
        "scheme": "temp_relief", "state": "granted", "decided_on": today, "amount_yuan": "3000", "rhythm": "once"
    })  # fmt: skip
    session.post(url("add_guardian", person.code), {"relation": "mother", "who": "赵慈母"})
    session.post(url("add_guardian", person.code), {"relation": "father", "name": "某父", "number": a_number()})
    text = page(session.get(url("show_person", person.code)))
    for words in ("低保对象", "临时救助对象（近1年内）", "3,000.00", "赵慈母", "某父", "某局"):
        assert words in text
    assert {one.guardian for one in Guardianship.objects.all()} == {mother, None}
    refused = page(session.post(url("add_guardian", person.code), {"relation": "mother", "who": "查无此人"}))
    assert "没有找到" in refused
    held = person.categories.get(category="dibao")
    session.post(url("end_category", held.code), {"last_day": today, "reason": "收入提高"})
    session.post(url("end_guardianship", Guardianship.objects.get(guardian=mother).code), {"reason": "登记有误"})
    aid = GovernmentAid.objects.get()
    session.post(url("change_aid", aid.code), {
        "scheme": "temp_relief", "state": "ended", "reason": "已发完", "decided_on": today, "version": "1"
    })  # fmt: skip
    text = page(session.get(url("show_person", person.code)))
    assert "赵慈母</" not in text.split("一户一条救助链")[0]
    assert "已发完" in text


def test_a_household_is_put_in_order_from_the_page(cast, browse):
    head = make_person(cast.town)
    child = make_person(cast.town, head.household, name="王小孩")
    session = browse(cast.town_caseworker)
    session.post(url("change_head", child.code))
    session.post(url("move_person", head.code), {"relation": "head", "reason": "分户"})
    head.refresh_from_db()
    assert head.household_id != child.household_id
    session.post(url("move_person", head.code), {"who": "王小孩", "relation": "parent", "reason": "合户"})
    head.refresh_from_db()
    assert (head.household_id, head.relation) == (child.household_id, "parent")
    assert "没有找到" in page(
        session.post(url("move_person", head.code), {"who": "无", "relation": "child", "reason": "x"})
    )


def test_what_can_wait_stands_folded_until_something_of_it_is_said(cast, browse):
    session = browse(cast.town_caseworker)
    fresh = session.get(url("register_person"))
    assert [later for _title, _fields, later in fresh.context["form"].groups()] == [False, False, False, True, True]
    assert "可以以后再填" in page(fresh)
    again = session.post(url("register_person"), {**FILLED, "name": "", "bank": "某银行"})
    assert [later for _title, _fields, later in again.context["form"].groups()] == [False, False, False, False, True]
    person = make_person(cast.town)
    assert not any(later for *_rest, later in session.get(url("change_person", person.code)).context["form"].groups())
