"""The public catalogue: only what is public, for people who never sign in, and for caches."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programs.hsds import service_id
from programs.models import ProgramVersion
from tests.make.catalogue import make_program, make_version
from tests.make.units import make_contact_post, make_organization, make_policy

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def text(client, url):
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def codes(html):
    return [code for code in ("P01", "P02", "P11") if f"/public/programs/{code}/" in html]


@pytest.fixture
def three(cast):
    other = make_organization("妇联", area=cast.county)
    return [make_program(unit, code, like=code)
            for code, unit in (("P01", cast.charity), ("P02", cast.charity), ("P11", other))]  # fmt: skip


def test_a_visitor_finds_a_program_by_words_sound_kind_unit_and_area(three, client, cast):
    for query, found in {
        "": ["P01", "P02", "P11"],
        "?q=白血病": ["P01"],
        "?q=xts": ["P01"],
        "?q=chunlei": ["P11"],
        "?q=p11": ["P11"],
        "?group=child_with_leukaemia": ["P01"],
        "?kind=education_aid": ["P11"],
        f"?unit={three[2].organization.code}": ["P11"],
        f"?unit={cast.charity.code}": ["P01", "P02"],
        f"?area={cast.county.code}&kind=medical_aid": ["P01", "P02"],
        "?area=nonsense&kind=nonsense": ["P01", "P02", "P11"],
    }.items():
        assert codes(text(client, f"/public/programs/{query}")) == found, query
    empty = text(client, "/public/programs/?q=没有这种病")
    assert "没有符合条件的项目" in empty
    assert "0 个项目" in empty


def test_one_program_says_all_a_family_needs(cast, client):
    program = make_program(cast.charity, "P02", like="P02")
    make_contact_post(cast.charity, title="项目咨询岗", phone="0467-2345678", is_public=True)
    policy = make_policy(area=cast.county, title="衔接办法", is_public=True)
    hidden = make_policy(area=cast.county, title="内部纪要", number="")
    numbered = make_policy(area=cast.county, title="衔接工作方案", number="鸡民规〔2024〕5号")
    program.versions.get().policies.set([policy, hidden, numbered])
    html = text(client, "/public/programs/P02/")
    for words in (
        "帮助 0–14 周岁、需要手术的先天性心脏病孩子",
        "手术前交材料",
        "年龄：0–14 周岁",
        "首次资助时年龄：0–14 周岁",
        "10,000 元",
        "法定监护人双方身份证复印件",
        "2 份复印件",
        "可以免交",
        "可以由监护人提出申请",
        "项目咨询岗",
        "0467-2345678",
        "衔接办法",
        "2024-07-12",
        "第 1 版",
        "/api/v1/programs/P02/",
        f"/api/v1/hsds/services/{service_id('P02')}/",
    ):
        assert words in html, words
    assert "内部纪要" not in html
    assert "衔接工作方案" in html
    assert f"/public/policies/{policy.code}/" in html
    assert f"/public/policies/{numbered.code}/" not in html, "its text is not open"


def test_nothing_that_is_not_public_is_shown(cast, client):
    program = make_program(cast.charity, "P02", like="P02")
    draft = program.versions.get().definition | {"name": ["还没有发布的名称"]}
    make_version(program, draft)
    make_contact_post(cast.charity, title="内部值班岗", phone="0467-1111111")
    make_contact_post(cast.charity, title="撤销了的岗", phone="0467-2222222", is_public=True, ended_at=timezone.now())
    make_program(cast.charity, "X1", state="draft")
    html = text(client, "/public/programs/P02/")
    assert "已发布" not in text(client, "/public/programs/")
    for words in ("还没有发布的名称", "内部值班岗", "撤销了的岗", "缺最后一个字", cast.catalogue_admin.name):
        assert words not in html, words
    assert "备注第1条" not in html, "notes to the keepers stay with them"
    assert client.get("/public/programs/X1/").status_code == 404
    assert client.get("/public/programs/P02/versions/2/").status_code == 404
    assert client.get("/public/programs/nothing/").status_code == 404


def test_what_has_ended_says_so(cast, client):
    program = make_program(cast.charity, "P02", like="P02")
    ProgramVersion.objects.filter(program=program).update(valid_to=TODAY)
    assert "停止，现在不能申请" in text(client, "/public/programs/P02/")
    assert codes(text(client, "/public/programs/")) == []
    ProgramVersion.objects.filter(program=program).update(
        state="withdrawn", withdrawn_at=timezone.now(), reason="内部原因"
    )
    html = text(client, "/public/programs/P02/")
    assert "撤回，现在不能申请" in html
    assert "内部原因" not in html


def test_an_earlier_version_leads_to_the_present_one(cast, client):
    program = make_program(cast.charity, "P02", like="P02")
    ProgramVersion.objects.filter(program=program).update(valid_to=TODAY)
    make_version(program, state="released", valid_from=TODAY.isoformat())
    assert "不是现在执行的内容" in text(client, "/public/programs/P02/versions/1/")
    now = text(client, "/public/programs/P02/")
    assert "第 2 版" in now
    assert "不是现在执行的内容" not in now


def test_a_version_to_come_is_announced(cast, client):
    program = make_program(cast.charity, "P02", like="P02")
    tomorrow = TODAY + timedelta(days=1)
    ProgramVersion.objects.filter(program=program).update(valid_to=tomorrow)
    make_version(program, state="released", valid_from=tomorrow.isoformat())
    assert f"{tomorrow} 起改按新版本执行" in text(client, "/public/programs/P02/")


def test_a_page_for_everyone_may_be_kept_and_a_page_for_staff_may_not(cast, client, browse):
    make_program(cast.charity, "P02", like="P02")
    for url in ("/public/programs/", "/public/programs/P02/", "/public/programs/P02/versions/1/"):
        response = client.get(url)
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert "Cookie" in response.headers["Vary"]
        assert not response.cookies, "a cookie would keep every cache from keeping the page"
        assert browse(cast.bureau_officer).get(url).headers["Cache-Control"] == "no-store, private"
    assert "Cache-Control" not in client.get("/public/programs/nothing/").headers


def test_one_program_costs_the_same_with_more_versions_and_posts(cast, client):
    program = make_program(cast.charity, "P02", like="P02")

    def cost():
        client.get("/public/programs/P02/")
        with CaptureQueriesContext(connection) as captured:
            text(client, "/public/programs/P02/")
        return len(captured)

    before = cost()
    ProgramVersion.objects.filter(program=program).update(valid_to=TODAY)
    make_version(program, state="released", valid_from=TODAY.isoformat()).policies.set(
        [make_policy(area=cast.county, is_public=True) for _ in range(3)]
    )
    for number in range(3):
        make_contact_post(cast.charity, title=f"岗位{number}", is_public=True)
    assert cost() == before


def test_the_sign_in_page_leads_visitors_to_what_is_open(client):
    assert "/public/programs/" in client.get("/", follow=True).content.decode()


def test_the_language_is_chosen_on_a_page_of_its_own(cast, client):
    html = text(client, "/public/programs/")
    assert 'href="/language/?next=/public/programs/"' in html
    assert 'name="next" value="/public/programs/"' in text(client, "/language/?next=/public/programs/")
    chosen = client.post("/language/", {"language": "en", "next": "/public/programs/"})
    assert chosen.url == "/public/programs/"
    assert client.post("/language/", {"language": "en", "next": "//evil.example/"}).url == "/"
