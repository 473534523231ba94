"""The editor: what is typed is kept, right or wrong; faults stand at their places; two people lose nothing."""

import copy

import pytest

from members.models import AuditEntry
from programs import catalogue
from programs.editing.sections import SECTIONS
from tests.depth import DEPTH
from tests.make.catalogue import make_program, make_program_grant, make_version
from tests.make.units import make_policy, make_staff
from tests.programs.posting import fields_of, send

pytestmark = pytest.mark.django_db
ENTRIES = {entry["code"]: entry for entry in catalogue.written()["programs"]}
UNITS = [code for code, entry in ENTRIES.items() if not entry.get("container")]


@pytest.fixture
def draft(cast):
    program = make_program(cast.charity, "P02")
    return make_version(program, written_by=cast.catalogue_admin)


def address(version, section="basics"):
    return f"/programs/{version.program.code}/versions/{version.number}/edit/?section={section}"


def page(session, version, section="basics"):
    response = session.get(address(version, section))
    assert response.status_code == 200
    return response.content.decode()


def save(session, version, section="basics", do="save", **changes):
    """The section as it is drawn, some fields typed over, and sent."""
    pairs = fields_of(page(session, version, section))
    response = send(session, address(version, section), [*pairs, ("do", do)], **changes)
    version.refresh_from_db()
    return response


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", UNITS)
def test_what_is_drawn_comes_back_as_it_was(cast, browse, code, section):
    program = make_program(cast.charity, code, like=code, state="draft")
    version = program.versions.get()
    before = copy.deepcopy(version.definition)
    response = save(browse(cast.catalogue_admin), version, section)
    assert response.status_code == 302
    assert version.definition == before
    assert version.revision == 1


def test_what_is_typed_is_what_is_kept(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    save(session, draft, "basics", **{
        "name[0]": "天使阳光（试）", "quota": "1,200", "kinds": ["", "medical", "rural"], "kinds.other": "助行\r\n助浴",
        "public_text[0]": "第一行\r\n第二行", "sponsor": "  两头空格  ",
    })  # fmt: skip
    said = draft.definition
    assert said["name"] == ["天使阳光（试）", ENTRIES["P02"]["name"][1]]
    assert (said["quota"], said["kinds"]) == (1200, ["medical", "rural", "助行", "助浴"])
    assert said["public_text"][0] == "第一行\n第二行"
    assert said["sponsor"] == "  两头空格  "
    assert draft.kinds == ["medical", "rural", "助行", "助浴"]
    assert draft.revision == 2


def test_what_is_wrong_is_kept_too_and_told_at_its_field(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    save(session, draft, "basics", quota="很多", **{"deadlines[0].from": "三月"})
    assert draft.definition["quota"] == "很多"
    html = page(session, draft, "basics")
    assert 'value="很多"' in html
    assert 'id="f-quota-error"' in html
    assert 'href="#f-deadlines-0-from"' in html
    assert 'href="/programs/P02/versions/2/edit/?section=basics#f-quota"' in page(session, draft, "notes")
    assert "提交待发布" not in html
    assert session.post("/programs/P02/versions/2/submit/", {"revision": draft.revision}).status_code == 200
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_condition_is_written_with_buttons_and_fields(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    save(session, draft, "condition", do="add:condition.all")
    place = f"condition.all[{len(draft.definition['condition']['all']) - 1}]"
    save(session, draft, "condition", **{f"{place}.fact": "categories"})
    assert draft.definition["condition"]["all"][-1] == {"fact": "categories", "test": "contains_any"}
    save(session, draft, "condition", **{f"{place}.value": ["", "dibao", "orphan"], f"{place}.why": "试"})
    wanted = {"fact": "categories", "test": "contains_any", "value": ["dibao", "orphan"], "why": "试"}
    assert draft.definition["condition"]["all"][-1] == wanted
    assert "救助对象类别包括最低生活保障对象或孤儿" in page(session, draft, "condition")
    save(session, draft, "condition", do=f"in:condition.all:{len(draft.definition['condition']['all']) - 1}")
    assert draft.definition["condition"]["all"][-1] == {"any": [wanted]}
    save(session, draft, "condition", **{f"{place}.group": "not"})
    assert draft.definition["condition"]["all"][-1] == {"not": wanted}
    save(session, draft, "condition", do=f"remove:condition.all:{len(draft.definition['condition']['all']) - 1}")
    assert draft.definition["condition"] == ENTRIES["P02"]["condition"]


def test_another_test_of_the_same_fact_keeps_its_values(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    place = "condition.all[1].any[0]"
    save(session, draft, "condition", **{f"{place}.test": "gte"})
    part = draft.definition["condition"]["all"][1]["any"][0]
    assert (part["test"], part["value"]) == ("gte", 0)
    save(session, draft, "condition", **{f"{place}.fact": "gender"})
    part = draft.definition["condition"]["all"][1]["any"][0]
    assert (part["test"], part.get("value"), part["why"]) == ("eq", None, "附件第2项·受助对象：0–14 周岁")


def test_two_people_lose_nothing(cast, browse, draft):
    first, second = browse(cast.catalogue_admin), browse(make_staff("目录乙", cast.charity, ["catalogue_admin"]))
    mine = fields_of(page(second, draft, "notes"))
    save(first, draft, "notes", do="remove:notes:0", **{"notes[1]": "甲的说法"})
    revision = draft.revision
    pairs = [(name, "乙的说法" if name == "notes[8]" else value) for name, value in mine]
    response = send(second, address(draft, "notes"), [*pairs, ("do", "save")])
    assert response.status_code == 409
    html = response.content.decode()
    assert "乙的说法" in html
    assert "甲的说法" in html
    draft.refresh_from_db()
    assert draft.revision == revision
    again = fields_of(html)
    assert ("notes[8]", "乙的说法") in again
    assert send(second, address(draft, "notes"), [*again, ("do", "save")]).status_code == 302
    draft.refresh_from_db()
    assert draft.definition["notes"][8] == "乙的说法"
    assert len(draft.definition["notes"]) == len(ENTRIES["P02"]["notes"])


def test_one_person_at_work_leaves_one_line(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    for text in ("甲", "乙", "丙"):
        save(session, draft, "basics", sponsor=text)
    save(session, draft, "notes", do="add:notes")
    told = [line.changes["parts"][1] for line in AuditEntry.objects.filter(action="program.edit").order_by("pk")]
    assert told == [["sponsor"], ["notes"]]


JUNK = [
    "", "\x00", "<script>alert(1)</script>", "=1+1", "\u202e倒", "𠮷" * 50, "长" * 6_000, "1e999999", "-5", "NaN",
    '{"a": [1]}', "condition.all[0]", "[" * 500, "true", "2024-02-30",
]  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_junk_in_every_field_breaks_nothing(cast, browse, draft, section):
    session = browse(cast.catalogue_admin)
    names = dict.fromkeys(name for name, _value in fields_of(page(session, draft, section)))
    kept = {"revision", "csrfmiddlewaretoken"}
    for number, junk in list(enumerate(JUNK))[:: max(1, 3 // DEPTH)]:
        draft.refresh_from_db()
        data = {name: JUNK[(number + at) % len(JUNK)] if at % 2 else junk for at, name in enumerate(names)}
        data |= {"revision": draft.revision, "do": junk} | {name: data[name] for name in kept & {"x"}}
        response = session.post(address(draft, section), data)
        assert response.status_code in {302, 422}, junk
        assert "<script>alert" not in page(session, draft, section)


@pytest.mark.parametrize(
    "do",
    ["remove:papers:99999999", "add:condition", "add:nonsense.all", "up:condition.all:-1", "in:condition.all:x",
     "out:condition.all:0", "clear:condition.all[99]", "wrap:", "wrap:condition[3]", "add:papers[3000].x", "remove::",
     "add:benefit.rules", "eval:condition", "copy:condition:0", "group:condition.all[0]", "add:" + "a." * 400],
)  # fmt: skip
def test_buttons_that_make_no_sense_change_nothing(cast, browse, draft, do):
    before = copy.deepcopy(draft.definition)
    response = save(browse(cast.catalogue_admin), draft, "condition", do=do)
    assert response.status_code == 302
    assert draft.definition == before


def test_only_who_may_edit_this_program_gets_there(cast, browse, draft):
    assert browse(cast.bureau_officer).get(address(draft)).status_code == 403
    stranger = make_staff("目录丙", cast.other_charity, ["catalogue_admin"])
    assert browse(stranger).get(address(draft)).status_code == 403
    delegate = make_staff("代办", cast.other_charity, ["charity_reviewer"])
    make_program_grant(draft.program, delegate, cast.catalogue_admin)
    assert save(browse(delegate), draft, "notes", do="add:notes").status_code == 302
    other = make_version(make_program(cast.charity, "P11", like="P11"))
    assert browse(delegate).get(address(other)).status_code in {403, 404}
    assert browse(cast.catalogue_admin).get("/programs/P02/versions/9/edit/").status_code == 404


def test_what_is_in_force_is_not_edited(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    for ask in (session.get, session.post):
        assert ask("/programs/P02/versions/1/edit/").url == "/programs/P02/versions/1/"


def test_policies_and_the_reason_are_saved_with_the_version(cast, browse, draft):
    policy = make_policy(title="样例办法")
    session = browse(cast.catalogue_admin)
    save(session, draft, "basics", **{"version.note": "按新文件", "version.policies": ["", policy.code]})
    assert draft.note == "按新文件"
    assert list(draft.policies.all()) == [policy]
    save(session, draft, "basics", **{"version.policies": [""]})
    assert list(draft.policies.all()) == []


def test_areas_are_typed_by_name_or_code_and_shown_with_both(cast, browse):
    draft = make_version(make_program(cast.charity, "P07", like="P07"))
    session = browse(cast.catalogue_admin)
    html = page(session, draft, "condition")
    assert "230302 甲区" in html
    place = "condition.all[0]"
    save(session, draft, "condition", **{f"{place}.value.other": "230302 甲区\r\n230303\r\n不知道县"})
    assert draft.definition["condition"]["all"][0]["value"] == ["230302", "230303", "不知道县"]
    assert "六位行政区划代码" in page(session, draft, "condition")
    save(session, draft, "condition", **{f"{place}.value.other": cast.county.name})
    assert draft.definition["condition"]["all"][0]["value"] == ["230302"]
    save(session, draft, "condition", **{f"{place}.test": "startswith"})
    save(session, draft, "condition", **{f"{place}.value": cast.city.name})
    assert draft.definition["condition"]["all"][0]["value"] == "2303"


def test_what_was_tried_stays_beside_the_form(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    before = copy.deepcopy(draft.definition)
    response = save(session, draft, "benefit", **{"preview.self_paid_yuan": "10000.01"})
    assert draft.definition == before
    html = session.get(response.url).content.decode()
    assert 'value="10000.01"' in html
    assert "<b>10,000.00 元</b>" in html
    assert "出处：附件第2项·资助标准" in html


def test_a_gap_between_tiers_is_marked_at_its_row_and_mended(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    place = "benefit.rules[0].pay.tiers[1]"
    save(session, draft, "benefit", **{f"{place}.low": "11,000"})
    html = page(session, draft, "benefit")
    assert 'id="f-benefit-rules-0-pay-tiers-1-state" data-live><span>与前一档之间有空档</span>' in html
    assert "待遇 · 规定 1 · 金额 · 档次 2" in html
    save(session, draft, "benefit", **{f"{place}.low": "10000"})
    assert "空档" not in page(session, draft, "benefit")
    assert draft.definition["benefit"] == ENTRIES["P02"]["benefit"]


def test_rows_are_added_moved_copied_and_removed_in_every_list(cast, browse, draft):
    session = browse(cast.catalogue_admin)
    for section, place, number in (("papers", "papers", 5), ("steps", "steps", 6), ("benefit", "benefit.rules", 3)):
        before = copy.deepcopy(draft.definition)
        save(session, draft, section, do=f"add:{place}")
        save(session, draft, section, do=f"up:{place}:{number}")
        save(session, draft, section, do=f"remove:{place}:{number - 1}")
        assert draft.definition == before
    save(session, draft, "benefit", do="copy:benefit.rules[0].pay.tiers:0")
    html = page(session, draft, "benefit")
    assert "与前一档重叠" in html
    save(session, draft, "papers", do="wrap:papers[0].when")
    assert draft.definition["papers"][0]["when"] == {"all": [{"fact": "", "test": "eq"}]}
    save(session, draft, "papers", do="clear:papers[0].when")
    assert "when" not in draft.definition["papers"][0]
