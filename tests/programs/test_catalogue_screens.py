"""The screens of the catalogue: who sees what, the way of a version through two people, differences in words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from programs.actions import grants as grant_actions
from programs.actions import programs as actions
from programs.actions import rounds as round_actions
from programs.models import Program, ProgramGrant, Round
from programs.rounds import match_current, program_state
from tests.make.catalogue import make_program, make_program_grant, make_round, make_version
from tests.make.units import make_agreement, make_organization, make_staff

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def second(cast):
    return make_staff("目录乙", cast.charity, ["catalogue_admin"])


def page(session, url, **data):
    response = session.get(url, data)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_the_list_says_whom_how_much_and_where(cast, browse):
    make_program(cast.charity, "P02")
    html = page(browse(cast.bureau_officer), "/programs/")
    for words in ("天使阳光基金", "国籍：中国", "5,000–30,000 元", "甲区慈善会", "助医", "生效中"):
        assert words in html
    assert "新建项目" not in html


def test_the_list_is_narrowed_by_words_of_the_conditions_kind_unit_and_state(cast, browse):
    make_program(cast.charity, "P01", like="P01")
    make_program(cast.other_charity, "P11", like="P11")
    session = browse(cast.bureau_officer)
    for query, found in {
        "?q=白血病": "P01",
        "?q=p11": "P11",
        "?kind=education_aid": "P11",
        f"?unit={cast.charity.code}": "P01",
    }.items():
        html = page(session, f"/programs/{query}")
        assert [code for code in ("P01", "P11") if f"/programs/{code}/" in html] == [found], query
    assert "没有符合条件的项目" in page(session, "/programs/?state=over")
    assert "/programs/P01/" in page(session, "/programs/?state=nonsense&area=x")


def test_a_program_that_is_only_written_is_seen_by_those_who_work_on_it(cast, browse):
    make_program(cast.charity, "X1", state="draft")
    assert browse(cast.bureau_officer).get("/programs/X1/").status_code == 404
    assert "/programs/X1/" not in page(browse(cast.bureau_officer), "/programs/")
    assert "草稿" in page(browse(cast.catalogue_admin), "/programs/X1/")


def test_a_draft_of_a_program_in_force_stays_with_those_who_work_on_it(cast, browse):
    program = make_program(cast.charity, "P02")
    definition = program.versions.get().definition | {"name": ["秘密的新名称"]}
    make_version(program, definition)
    Program.objects.filter(pk=program.pk).update(name="天使阳光基金")
    session = browse(cast.bureau_officer)
    for url in ("/programs/", "/programs/P02/", "/programs/?q=秘密"):
        html = page(session, url)
        assert "秘密的新名称" not in html
        assert "另有草稿" not in html
    assert session.get("/programs/P02/versions/2/").status_code == 404
    assert session.get("/programs/P02/versions/2/compare/").status_code == 404
    assert "另有草稿" in page(browse(cast.catalogue_admin), "/programs/")


def test_the_notes_on_damaged_passages_are_for_those_who_keep_the_catalogue(cast, browse):
    make_program(cast.charity, "P01", like="P01")
    assert "主管单位一格缺最后一个字" in page(browse(cast.catalogue_admin), "/programs/P01/")
    assert "主管单位一格缺最后一个字" not in page(browse(cast.bureau_officer), "/programs/P01/")


@pytest.mark.parametrize("code", ["P01", "P02", "P03", "P04", "P05", "P06", "P06-1", "P06-2", "P07", "P08-1", "P10"])
def test_every_shipped_program_has_its_page(cast, browse, code):
    make_program(cast.charity, code, like=code, is_container=code == "P06")
    html = page(browse(cast.catalogue_admin), f"/programs/{code}/")
    assert "[" not in html.split("<main")[1].split("</main")[0].replace("[object", "")


def test_from_a_new_version_to_its_release_by_a_second_person(cast, browse, second):
    program = make_program(cast.charity, "P02")
    writer, colleague = browse(cast.catalogue_admin), browse(second)
    assert writer.post("/programs/P02/start/", {"note": "档次调整"}).status_code == 302
    draft = program.versions.get(state="draft")
    definition = draft.definition
    definition["benefit"]["rules"][0]["says"] = "手术资助"
    definition["papers"] = definition["papers"][1:]
    actions.save_draft(cast.catalogue_admin, draft, draft.revision, definition)
    url = "/programs/P02/versions/2/"
    assert "提交待发布" in page(writer, url)
    difference = page(writer, f"{url}compare/")
    assert "手术资助" in difference
    assert "删去" in difference
    assert "{" not in difference.split("differences")[1].split("</table>")[0]
    draft.refresh_from_db()
    assert writer.post(f"{url}submit/", {"revision": draft.revision}).status_code == 302
    assert "要由另一位目录管理员发布" in page(writer, url)
    draft.refresh_from_db()
    assert "项目等您发布" in page(colleague, "/")
    assert "项目等您发布" not in page(writer, "/")
    assert "P02" in page(colleague, "/programs/drafts/", show="release")
    answer = {"revision": draft.revision, "valid_from": TODAY.isoformat()}
    assert "第二个人" in writer.post(f"{url}release/", answer).content.decode()
    assert colleague.post(f"{url}release/", answer).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.released_by) == ("released", second)
    html = page(browse(cast.bureau_officer), "/programs/P02/")
    assert "手术资助" in html
    assert "目录乙" in html
    old = page(browse(cast.bureau_officer), "/programs/P02/", on=(TODAY - timedelta(days=1)).isoformat())
    assert "手术资助" not in old


def test_a_stale_page_is_told_and_nothing_happens(cast, browse):
    program = make_program(cast.charity, "P02")
    version = make_version(program, state="draft")
    answer = browse(cast.catalogue_admin).post("/programs/P02/versions/2/submit/", {"revision": 99})
    assert answer.status_code == 200
    assert "修改过" in answer.content.decode()
    version.refresh_from_db()
    assert version.state == "draft"


def test_withdrawing_asks_for_the_reason(cast, browse):
    make_program(cast.charity, "P02")
    session, url = browse(cast.catalogue_admin), "/programs/P02/versions/1/withdraw/"
    assert session.post(url, {"revision": 1}).status_code == 200
    assert session.post(url, {"revision": 1, "reason": "文件废止"}).status_code == 302
    html = page(browse(cast.bureau_officer), "/programs/P02/")
    assert "没有生效的版本" in html
    assert "文件废止" in html


def test_get_changes_nothing(cast, browse):
    program = make_program(cast.charity, "P02")
    version = make_version(program, state="draft")
    session = browse(cast.catalogue_admin)
    for verb in ("submit", "discard", "return", "release", "withdraw"):
        session.get(f"/programs/P02/versions/2/{verb}/")
    version.refresh_from_db()
    assert (version.state, version.revision) == ("draft", 1)


# -- delegates --------------------------------------------------------------------------------------------------------
def test_a_delegate_writes_one_program_and_no_other(cast, browse):
    program, other = make_program(cast.charity, "P02"), make_program(cast.charity, "P03", like="P03")
    delegate = make_staff("外单位", cast.bureau, ["bureau_officer"])
    make_program_grant(program, delegate, cast.catalogue_admin)
    session = browse(delegate)
    assert session.post("/programs/P02/start/", {}).status_code == 302
    assert session.get(f"/programs/{other.code}/start/").status_code == 403
    version = program.versions.get(state="draft")
    actions.submit_version(delegate, version, version.revision)
    assert session.get("/programs/P02/versions/2/release/").status_code == 403


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_what_has_ended_is_granted_no_longer(cast, browse, ended):
    program = make_program(cast.charity, "P02")
    delegate = make_staff("外单位", cast.bureau, ["bureau_officer"])
    grant = make_program_grant(program, delegate, cast.catalogue_admin)
    if ended == "revoked":
        grant_actions.revoke_program_grant(cast.security_admin, grant)
    else:
        past = timezone.now() - timedelta(days=2)
        ProgramGrant.objects.filter(pk=grant.pk).update(given_at=past, expires_at=past + timedelta(days=1))
    assert browse(delegate).get("/programs/P02/start/").status_code == 403
    assert not delegate.has_perm("programs.edit_program", program)


def test_a_grant_is_given_with_a_reason_until_a_day_and_not_passed_on(cast, browse):
    program = make_program(cast.charity, "P02")
    delegate = make_staff("外单位", cast.bureau, ["bureau_officer"])
    answer = {
        "username": delegate.username, "codenames": ["edit_program"], "reason": "协助",
        "expires_on": (TODAY + timedelta(days=10)).isoformat(),
    }  # fmt: skip
    url = "/programs/P02/grants/give/"
    assert browse(delegate).post(url, answer).status_code == 403
    session = browse(cast.catalogue_admin)
    too_long = answer | {"expires_on": (TODAY + timedelta(days=500)).isoformat()}
    assert "最多授权一年" in session.post(url, too_long).content.decode()
    admin = answer | {"username": cast.system_admin.username}
    assert "不代办业务" in session.post(url, admin).content.decode()
    assert session.post(url, answer).status_code == 302
    assert "请先收回" in session.post(url, answer).content.decode()
    assert browse(delegate).post(url, answer).status_code == 403
    assert delegate.has_perm("programs.edit_program", program)
    assert "外单位" in page(session, "/programs/P02/grants/")


# -- rounds -----------------------------------------------------------------------------------------------------------
def test_a_round_opens_the_campaign_and_counts_its_places(cast, browse):
    program = make_program(cast.charity, "P06-2", like="P06-2")
    assert program_state(program) == {}
    session = browse(cast.catalogue_admin)
    answer = {"label": "2026 年秋季", "opens_on": TODAY.isoformat(), "quota": "2", "term": "2026-1"}
    assert session.post("/programs/P06-2/rounds/open/", answer).status_code == 302
    assert program_state("P06-2") == {
        "campaign_open": True, "campaign": "2026 年秋季", "term": "2026-1", "quota_used": 0,
    }  # fmt: skip
    row = Round.objects.get()
    round_actions.take_place(cast.catalogue_admin, row, 2)
    with pytest.raises(Refusal, match="只剩 0 个"):
        round_actions.take_place(cast.catalogue_admin, row)
    assert program_state(program)["quota_used"] == 2
    round_actions.take_place(cast.catalogue_admin, row, -1)
    assert "已用 1 / 2" in page(browse(cast.bureau_officer), "/programs/P06-2/")
    assert "不能更多" in session.post("/programs/P06-2/rounds/open/", answer | {"quota": "51"}).content.decode()
    assert "同名" in session.post("/programs/P06-2/rounds/open/", answer).content.decode()


def test_outside_its_rounds_a_campaign_is_closed(cast):
    program = make_program(cast.charity, "P03", like="P03")
    make_round(program, TODAY - timedelta(days=9), closes_on=TODAY - timedelta(days=1))
    assert program_state(program) == {"campaign_open": False}


def test_a_round_that_someone_else_changed_is_shown_first(cast, browse):
    row = make_round(make_program(cast.charity, "P03", like="P03"))
    answer = {"label": row.label, "opens_on": "2026-01-01", "version": 1}
    session, url = browse(cast.catalogue_admin), reverse("programs:change_round", args=[row.code])
    assert session.post(url, answer | {"note": "甲"}).status_code == 302
    assert "修改过" in session.post(url, answer | {"note": "乙"}).content.decode()
    row.refresh_from_db()
    assert row.note == "甲"


def test_the_agreement_sets_the_ceiling_while_it_holds(cast, browse):
    program = make_program(cast.charity, "P08-1", like="P08-1")
    agreement = make_agreement(cast.charity, ceiling=1200, ends_on=TODAY)
    session = browse(cast.catalogue_admin)
    assert session.post("/programs/P08-1/agreement/", {"agreement": agreement.code}).status_code == 302
    assert program_state("P08-1", TODAY) == {"agreement_cap_yuan": 1200}
    assert program_state("P08-1", TODAY + timedelta(days=1)) == {}
    foreign = make_agreement(make_organization(), ceiling=1)
    assert session.post("/programs/P08-1/agreement/", {"agreement": foreign.code}).status_code == 200
    with pytest.raises(Refusal, match="不是这份协议的一方"):
        actions.set_agreement(cast.catalogue_admin, program, foreign)


def test_the_bounds_of_a_round_take_the_place_of_the_printed_ones(cast):
    program = make_program(cast.charity, "P12", like="P12")
    facts = {
        "economic_hardship": True, "good_conduct_and_grades": True, "enrolled": True, "prior_grants": (),
        "education_stage": "primary",
    }  # fmt: skip
    (printed,) = match_current(facts)
    make_round(program, TODAY, lowest=3000, highest=4000)
    (moved,) = match_current(facts)
    assert printed.program.benefit.rules != moved.program.benefit.rules
    assert {(rule.pay.low, rule.pay.high) for rule in moved.program.benefit.rules} >= {(3000, 4000)}


def test_who_was_lent_the_pen_does_not_move_the_ceiling(cast, browse):
    """It counts at once, without a second person."""
    program = make_program(cast.charity, "P08-1", like="P08-1")
    guest = make_staff("目录丙", cast.other_charity, ["catalogue_admin"])
    make_program_grant(program, guest, cast.catalogue_admin)
    session = browse(guest)
    assert session.get("/programs/P08-1/").status_code == 200
    assert session.get("/programs/P08-1/agreement/").status_code == 403
    assert session.post("/programs/P08-1/agreement/", {"agreement": ""}).status_code == 403
