"""A place adds facts by data: they are offered at once, worded better, retired, and never taken away."""

import pytest
from django.utils import timezone

from members.access import Refusal, without_grants
from members.models import AuditEntry
from programs import access, catalogue
from programs.actions import local_facts as actions
from programs.actions import programs
from programs.models import LocalFact, ProgramVersion
from tests.make.catalogue import definition_of, make_local_fact, make_program, make_program_grant, make_version
from tests.make.units import make_staff
from tests.programs.test_editor import page, save

pytestmark = pytest.mark.django_db
ALONE = {"label": "是否独居", "type": "bool", "knows": "family", "question": "您一个人住吗？"}
CLASS = {"label": "参保档次", "type": "choice", "knows": "bureau", "choices": "一档\r\n二档 | second\r\nthree = 三档"}


def test_a_fact_added_on_the_page_is_offered_matched_and_told(cast, browse):
    session = browse(cast.catalogue_admin)
    assert session.post("/programs/facts/add/", ALONE).status_code == 302
    assert session.post("/programs/facts/add/", CLASS).status_code == 302
    alone, grade = LocalFact.objects.get(definition__type="bool"), LocalFact.objects.get(definition__type="choice")
    assert grade.definition["choices"] == {
        "yi_dang": ["一档", ""],
        "er_dang": ["二档", "second"],
        "three": ["三档", ""],
    }
    words = catalogue.vocabulary()
    assert (words[alone.name].label, words[grade.name].label_of("er_dang")) == ("是否独居", "二档")
    assert words.read({alone.name: True, grade.name: "three"}) == {alone.name: True, grade.name: "three"}
    draft = make_version(make_program(cast.charity, "P02"), written_by=cast.catalogue_admin)
    save(session, draft, "condition", do="add:condition.all")
    html = page(session, draft, "condition")
    assert '<optgroup label="本地事实">' in html
    save(session, draft, "condition", **{"condition.all[4].fact": alone.name})
    save(session, draft, "condition", **{"condition.all[4].value": "true", "condition.all[4].why": "本地办法"})
    assert draft.definition["condition"]["all"][4]["value"] is True
    assert "是否独居：是" in page(session, draft, "condition")
    assert [line.action for line in AuditEntry.objects.filter(action__startswith="local_fact")] == [
        "local_fact.add"
    ] * 2


def test_words_and_choices_grow_but_none_is_lost(cast, browse):
    fact = make_local_fact(cast.charity, "grade", type="choice", choices={"a": ["甲", ""], "b": ["乙", ""]})
    session, url = browse(cast.catalogue_admin), "/programs/facts/grade/change/"
    said = {"label": "等级", "knows": "bureau", "version": 1}
    lost = session.post(url, {**said, "choices": "a = 甲等"})
    assert "不能去掉已有的选项：乙" in lost.content.decode()
    assert session.post(url, {**said, "choices": "b = 乙等\na = 甲等\n丙等"}).status_code == 302
    fact.refresh_from_db()
    assert fact.definition["choices"] == {"b": ["乙等", ""], "a": ["甲等", ""], "bing_deng": ["丙等", ""]}
    assert fact.definition["type"] == "choice"
    stale = session.post(url, {**said, "choices": "b = 乙等\na = 甲等\n丙等"})
    assert "修改过" in stale.content.decode()


def test_a_retired_fact_is_offered_no_longer_but_still_decides(cast, browse):
    fact = make_local_fact(cast.charity, "alone")
    program = make_program(cast.charity, "P02")
    draft = make_version(program, written_by=cast.catalogue_admin)
    draft.definition["condition"]["all"].append({"fact": "alone", "test": "eq", "value": True, "why": "甲"})
    draft.save()
    session = browse(cast.catalogue_admin)
    assert session.post("/programs/facts/alone/retire/", {"version": 1}).status_code == 302
    fact.refresh_from_db()
    assert fact.retired_at
    html = page(session, draft, "condition")
    assert html.count('<option value="alone"') == 1
    assert '<option value="alone" selected>' in html
    assert "还有" not in html
    with pytest.raises(Refusal, match="已经停用"):
        actions.retire_local_fact(cast.catalogue_admin, fact, 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "birth_date"}, "已经有了"),
        ({"name": "Bad-Name"}, "小写字母"),
        ({"type": "grants"}, "选项"),
        ({"type": "choice", "choices": ""}, "至少写一个选项"),
        ({"label": "\u202e甲"}, "控制字符"),
        ({"label": ""}, "填"),
        ({"type": "int", "min": "9", "max": "3"}, "最小值大于最大值"),
        ({"type": "choice", "choices": "a = 甲\na = 乙"}, "选项重复"),
    ],
)
def test_what_the_vocabulary_would_not_take_is_refused(cast, browse, values, words):
    response = browse(cast.catalogue_admin).post("/programs/facts/add/", ALONE | values)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not LocalFact.objects.exists()


def test_each_unit_keeps_its_own_facts(cast, browse):
    make_local_fact(cast.other_charity, "theirs")
    session = browse(cast.catalogue_admin)
    assert "本地事实theirs" in session.get("/programs/facts/").content.decode()
    for verb in ("change", "retire"):
        assert session.get(f"/programs/facts/theirs/{verb}/").status_code == 403
        assert session.post(f"/programs/facts/theirs/{verb}/").status_code == 403
    assert browse(cast.bureau_officer).get("/programs/facts/").status_code == 403


def test_what_comes_in_through_a_token_has_no_program_granted(cast):
    program = make_program(cast.charity, "P02")
    delegate = make_staff("代办", cast.other_charity, ["charity_reviewer"])
    make_program_grant(program, delegate, cast.catalogue_admin)
    assert access.granted(delegate)["program.edit"] == {program.pk}
    caller = type(delegate).objects.get(pk=delegate.pk)
    without_grants(caller)
    assert access.granted(caller) == {}
    assert not access.may(caller, "program.edit", program)
    assert list(access.working_on(caller)) == []


def test_a_unit_is_no_markup(cast, browse):
    """It stands below its field as a help text; ten letters are enough to comment out the rest of a page."""
    fact = make_local_fact(cast.charity, "flat_size")
    fact.definition |= {"type": "decimal", "unit": ["<!--", ""], "choices": {}}
    fact.version = 2
    fact.save()
    said = definition_of("P02") | {"condition": {"fact": "flat_size", "test": "gt", "value": 3, "why": "x"}}
    version = make_program(cast.charity, "P02", state="draft").versions.get()
    programs.save_draft(cast.catalogue_admin, version, 1, said)
    ProgramVersion.objects.update(state="released", valid_from="2024-01-01", released_at=timezone.now())
    page = browse(cast.charity_reviewer).get("/programs/match/").content.decode()
    assert "单位：&lt;!--" in page
    assert "<!--" not in page


def test_one_unit_does_not_take_all_the_places(cast, monkeypatch):
    monkeypatch.setattr(actions, "MOST_OF_ONE", 1)
    make_local_fact(cast.charity)
    made = {"label": ["是否独居", ""], "type": "bool", "knows": "family"}
    with pytest.raises(Refusal, match="一个单位最多 1 个"):
        actions.add_local_fact(cast.catalogue_admin, made)
    make_local_fact(cast.other_charity)
