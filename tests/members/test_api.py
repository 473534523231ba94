"""The API under /api/v1/: who gets in, one shape for errors, filters, pages, versions."""

import json
import re

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from members.callers import ALWAYS
from members.kinds import SCOPES
from members.models import AuditEntry, Organization
from members.rest import Resource
from portal.lib.pages import encode
from tests.make.units import make_area, make_organization
from tests.members.test_tokens import call, token_for
from tests.test_architecture import patterns

pytestmark = pytest.mark.django_db
AREAS, ORGANIZATIONS, ME = "/api/v1/areas/", "/api/v1/organizations/", "/api/v1/me/"


def api_views():
    return [
        (route, entry)
        for route, entry in patterns()
        if route.startswith("api/v1/") and hasattr(entry.callback, "cls")
    ]  # fmt: skip


# -- who gets in ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", [AREAS, ORGANIZATIONS, ME, "/api/v1/schema/", "/api/v1/nowhere/", "/api/"])
def test_whoever_is_not_signed_in_is_challenged(client, url):
    answer = client.get(url)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="portal"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_a_view_that_names_no_permission_lets_nobody_in(cast, browse, settings):
    class Forgotten(Resource):
        def get(self, request):
            raise AssertionError("nobody gets here")

    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [path("api/v1/x/", Forgotten.as_view())]})
    assert browse(cast.system_admin).get("/api/v1/x/").status_code == 403
    assert Client().get("/api/v1/x/").status_code == 401


def test_every_view_names_a_permission_that_a_token_can_be_given():
    named = set()
    for _route, entry in api_views():
        permission = entry.callback.cls.permission
        named |= set(permission.values()) if isinstance(permission, dict) else {permission}
    assert named - set(SCOPES) - set(ALWAYS) - {"public"} == set()


def test_what_is_not_there_is_not_found_in_the_same_shape(cast, browse):
    session = browse(cast.charity_reviewer)
    for url in (
        "/api/v1/nowhere/",
        "/api/v2/",
        "/api/v1/areas/999999999999/",
        f"{ORGANIZATIONS}nobody/",
        "/api/v1/areas",
    ):
        answer = session.get(url)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_session_needs_the_csrf_token_to_change_anything(cast):
    session = Client(enforce_csrf_checks=True)
    session.force_login(cast.bureau_approver)
    answer = session.post(f"{ORGANIZATIONS}", {}, content_type="application/json")
    assert answer.status_code == 403


# -- errors -----------------------------------------------------------------------------------------------------------
def test_an_error_says_what_happened_and_which_request_it_was(cast, browse):
    answer = browse(cast.charity_reviewer).get(AREAS, {"level": "planet", "colour": "red"}).json()
    assert {name: answer[name] for name in ("type", "title", "status", "code")} == {
        "type": "/api/docs/#invalid", "title": "内容未通过检查", "status": 400, "code": "invalid",
    }  # fmt: skip
    assert answer["instance"].startswith("urn:request:")
    assert {(error["field"], error["code"]) for error in answer["errors"]} == {("colour", "unknown")}


def test_the_language_of_errors_follows_the_caller(cast, browse):
    session = browse(cast.charity_reviewer)
    chinese = session.get(AREAS, {"level": "planet"}, headers={"Accept-Language": "zh-CN"})
    english = session.get(AREAS, {"level": "planet"}, headers={"Accept-Language": "en"})
    assert (chinese.headers["Content-Language"], english.headers["Content-Language"]) == ("zh-hans", "en")
    assert "不是合法选项" in chinese.json()["errors"][0]["message"] or "合法" in chinese.json()["errors"][0]["message"]
    assert "is not a valid choice" in english.json()["errors"][0]["message"]
    assert chinese.json()["code"] == english.json()["code"] == "invalid"


def test_a_method_that_is_not_offered_is_refused_as_such(cast, browse):
    session = browse(cast.charity_reviewer)
    for method in ("post", "put", "patch", "delete", "options"):
        answer = getattr(session, method)(AREAS)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_an_unforeseen_error_tells_nothing_about_the_inside(cast, settings):
    class Broken(Resource):
        permission = "api.view"

        def get(self, request):
            raise RuntimeError("the secret is told")

    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [path("api/v1/x/", Broken.as_view())]})
    session = Client(raise_request_exception=False)
    session.force_login(cast.charity_reviewer)
    answer = session.get("/api/v1/x/")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "secret is told" not in answer.content.decode()
    session.raise_request_exception = True
    with pytest.raises(RuntimeError):
        session.get("/api/v1/x/")


# -- areas and organizations ------------------------------------------------------------------------------------------
def codes(answer):
    return [row["code"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level=town", ["230302001000"]),
        ("parent=230300000000", ["230302000000", "230303000000"]),
        ("q=甲区", ["230302000000", "230302001000"]),
        ("q=230303", ["230303000000"]),
        ("q=" + "9" * 60, []),
        ("parent=999999999999", []),
        ("current=true&level=province", ["230000000000"]),
    ],
)
def test_areas_are_narrowed(cast, browse, query, expected):
    assert codes(browse(cast.charity_reviewer).get(f"{AREAS}?{query}")) == expected


def test_an_area_is_read_by_its_code(cast, browse):
    answer = browse(cast.charity_reviewer).get(f"{AREAS}230302001000/").json()
    assert answer == {
        "code": "230302001000", "name": "甲区一街道", "level": "town", "parent": "230302000000",
        "province": "230000000000", "city": "230300000000", "county": "230302000000", "town": answer["town"],
        "valid_from": None, "valid_to": None, "replaced_by": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=civil_affairs", {"甲区民政局", "乙区民政局", "测试市民政局"}),
        ("area=230302000000", {"甲区民政局", "甲区一街道办事处", "甲区慈善会", "甲区助学会"}),
        ("area=230302001000", {"甲区一街道办事处"}),
        ("area=999999999999", set()),
        ("q=助学", {"甲区助学会"}),
        ("kind=civil_affairs&level=city", {"测试市民政局"}),
        ("need_kind=medical", {"甲区慈善会"}),
        ("is_suspended=true", set()),
    ],
)
def test_organizations_are_narrowed(cast, browse, query, expected):
    cast.charity.need_kinds = ["medical"]
    cast.charity.save()
    answer = browse(cast.town_caseworker).get(f"{ORGANIZATIONS}?{query}").json()
    assert {row["name"] for row in answer["results"]} == expected


def test_an_organization_carries_its_version_as_a_tag(cast, browse):
    session = browse(cast.charity_reviewer)
    first = session.get(f"{ORGANIZATIONS}{cast.charity.code}/")
    assert (first.headers["ETag"], first.json()["version"]) == ('"1"', 1)
    again = session.get(f"{ORGANIZATIONS}{cast.charity.code}/", headers={"If-None-Match": '"1"'})
    assert (again.status_code, again.content) == (304, b"")
    other = session.get(f"{ORGANIZATIONS}{cast.charity.code}/", headers={"If-None-Match": '"0"'})
    assert other.status_code == 200


def test_who_i_am_and_what_i_may_do(cast, browse):
    answer = browse(cast.bureau_approver).get(ME).json()
    assert answer["organization"] == {"code": cast.bureau.code, "name": "甲区民政局"}
    assert answer["roles"] == ["bureau_approver"]
    assert answer["permissions"]["organization.create"] == "area"
    assert answer["token"] is None


# -- pages ------------------------------------------------------------------------------------------------------------
def test_pages_join_without_gap_and_lead_back(cast, browse):
    for number in range(7):
        make_organization(f"机构{number}", area=cast.bureau.area)
    session = browse(cast.charity_reviewer)
    whole = codes(session.get(ORGANIZATIONS))
    found, url, pages = [], f"{ORGANIZATIONS}?limit=4", []
    while url:
        answer = session.get(url)
        found += codes(answer)
        pages.append(answer.json())
        url = answer.json()["next"]
    assert found == whole
    assert pages[0]["previous"] is None
    assert codes(session.get(pages[1]["previous"])) == whole[:4]


def test_filters_stay_in_the_links(cast, browse):
    session = browse(cast.charity_reviewer)
    following = session.get(f"{ORGANIZATIONS}?kind=civil_affairs&limit=1").json()["next"]
    assert "kind=civil_affairs" in following
    assert session.get(following).json()["results"][0]["kind"] == "civil_affairs"


@pytest.mark.parametrize("limit", ["0", "-5", "999999999", "19056808877323825152", "abc", "1e9", "٣", "9" * 20])
def test_a_limit_is_clamped(cast, browse, limit):
    answer = browse(cast.charity_reviewer).get(AREAS, {"limit": limit})
    assert answer.status_code == 200
    assert 1 <= len(answer.json()["results"]) <= 200


@pytest.mark.parametrize(
    "cursor",
    ["x", "null", "W10", "bnVsbA", "WyJhIiwgImIiLCAiYyJd", "e30", "=", "%00", "WzFd" * 50, "中文", "W1sxXSwgWzJdXQ"],
)
def test_a_cursor_that_is_not_ours_is_refused_in_words(cast, browse, cursor):
    for name in ("after", "before"):
        answer = browse(cast.charity_reviewer).get(ORGANIZATIONS, {name: cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_a_cursor_of_ours_with_hostile_values_does_no_harm(cast, browse):
    for value in ("\x00", "\ud800", 2**70, None, True, 1.5, "x" * 700):
        cursor = encode({"name": value, "code": "x"}, ["name", "code"])
        answer = browse(cast.charity_reviewer).get(ORGANIZATIONS, {"after": cursor})
        assert answer.status_code in (200, 400)


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "x" * 61])
def test_hostile_search_text_is_refused_in_words(cast, browse, value):
    for url in (AREAS, ORGANIZATIONS):
        assert browse(cast.charity_reviewer).get(url, {"q": value}).json()["errors"][0]["field"] == "q"


@pytest.mark.parametrize("value", ["%", "_", "'; drop table x; --", "<script>", "\u202e", "𠮷", "=1+1"])
def test_search_text_is_taken_as_it_stands(cast, browse, value):
    for url in (AREAS, ORGANIZATIONS):
        assert codes(browse(cast.charity_reviewer).get(url, {"q": value})) == []


# -- cost and rates ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("url", "make"), [
    (AREAS, lambda n: make_area(f"2303{40 + n}000000", f"新区{n}")),
    (ORGANIZATIONS, lambda n: make_organization(f"新机构{n}")),
])  # fmt: skip
def test_a_list_costs_the_same_for_many_rows_as_for_one(cast, browse, url, make):
    session = browse(cast.charity_reviewer)
    counts = []
    for number in (1, 2, 3):
        make(number)
        with CaptureQueriesContext(connection) as queries:
            session.get(url)
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_who_asks_too_often_waits(cast, browse):
    secret = token_for(cast)
    with override_settings(API_RATES={"token": "3/3600", "staff": "600/60", "anonymous": "120/60"}):
        answers = [call(browse(None), secret) for _ in range(5)]
        other = call(browse(None), token_for(cast, "bureau_officer"))
    assert 429 in {answer.status_code for answer in answers}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert other.status_code == 200


def test_when_the_cache_is_down_everyone_gets_through(cast, browse, settings):
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": "unix:///nowhere/valkey.sock",
        }
    }
    settings.API_RATES = {"token": "1/3600", "staff": "1/3600", "anonymous": "1/3600"}
    session = browse(cast.charity_reviewer)
    assert [session.get(ME).status_code for _ in range(3)] == [200, 200, 200]


# -- the document -----------------------------------------------------------------------------------------------------
def test_the_document_names_every_operation_with_its_errors(cast, browse):
    document = browse(cast.charity_reviewer).get("/api/v1/schema/").json()
    assert set(document["paths"]) == {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route, _entry in api_views() if "schema" not in route
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"400", "401", "403", "429"} <= set(operation["responses"])
            assert all(entry.get("description") for entry in operation.get("parameters", []) if entry["in"] == "query")


def test_every_field_of_the_document_is_explained(cast, browse):
    document = browse(cast.charity_reviewer).get("/api/v1/schema/").json()
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, shape in schema.get("properties", {}).items()
        if not (shape.get("description") or shape.get("title") or "$ref" in str(shape))
    ]
    assert bare == []


def test_the_page_of_the_document_shows_every_operation(cast, browse):
    page = browse(cast.charity_reviewer).get("/api/docs/")
    text = page.content.decode()
    shown = {operation["id"] for _tag, _name, operations in page.context["groups"] for operation in operations}
    assert shown >= {
        "list_areas", "retrieve_area", "list_organizations", "create_organization", "retrieve_organization",
        "edit_organization", "me", "list_programs", "retrieve_program", "hsds_services",
    }  # fmt: skip
    assert len(shown) == sum(map(len, browse(cast.charity_reviewer).get("/api/v1/schema/").json()["paths"].values()))
    for word in ("/api/v1/areas/{code}/", "Authorization: Bearer $TOKEN", "version_mismatch", "Retry-After"):
        assert word in text


# -- writing organizations --------------------------------------------------------------------------------------------
NEW = {"name": "甲区助困中心", "kind": "social_service_org", "level": "county", "area": "230302000000"}


def send(session, method, url, body, **headers):
    return getattr(session, method)(url, json.dumps(body), content_type="application/json", headers=headers)


def test_a_unit_is_registered_by_the_same_rules_as_on_the_page(cast, browse):
    session = browse(cast.bureau_approver)
    answer = send(session, "post", ORGANIZATIONS, NEW | {"need_kinds": ["medical"]}, **{"Idempotency-Key": "n1"})
    made = Organization.objects.get(name="甲区助困中心")
    assert (answer.status_code, answer.json()["code"], answer.headers["ETag"]) == (201, made.code, '"1"')
    assert answer.headers["Location"].endswith(f"{ORGANIZATIONS}{made.code}/")
    assert AuditEntry.objects.get(action="organization.create").object_code == made.code
    again = send(session, "post", ORGANIZATIONS, NEW | {"need_kinds": ["medical"]}, **{"Idempotency-Key": "n1"})
    assert again.json() == answer.json()
    assert Organization.objects.filter(name="甲区助困中心").count() == 1
    twice = send(session, "post", ORGANIZATIONS, NEW)
    assert (twice.status_code, twice.json()["errors"][0]["field"]) == (422, "name")


def test_a_unit_outside_of_ones_area_is_not_registered(cast, browse):
    answer = send(browse(cast.other_bureau_approver), "post", ORGANIZATIONS, NEW)
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    assert send(browse(cast.charity_admin), "post", ORGANIZATIONS, NEW).status_code == 403
    assert not Organization.objects.filter(name="甲区助困中心").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "bakery"}, "kind"),
        ({"area": "999999999999"}, "area"),
        ({"area": 230302000000}, "area"),
        ({"area": "2303\x00"}, "area"),
        ({"parent": {"code": "x"}}, "parent"),
        ({"credit_code": "91230300MA18XXXXXX"}, "credit_code"),
        ({"name": "名" * 121}, "name"),
        ({"name": "甲区\u202e会"}, "name"),
        ({"name": ""}, "name"),
        ({"need_kinds": ["medical"] * 99}, "need_kinds"),
        ({"is_suspended": True}, "is_suspended"),
        ({"version": 7}, "version"),
    ],
)
def test_a_unit_that_cannot_be_is_refused_at_its_field(cast, browse, changes, field):
    answer = send(browse(cast.bureau_approver), "post", ORGANIZATIONS, NEW | changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert not Organization.objects.filter(kind="social_service_org").exists()


def test_a_unit_is_changed_by_who_names_the_version(cast, browse):
    session, url = browse(cast.charity_admin), f"{ORGANIZATIONS}{cast.charity.code}/"
    assert send(session, "patch", url, {"strengths": "助医"}).status_code == 428
    done = send(session, "patch", url, {"strengths": "助医"}, **{"If-Match": '"1"'})
    assert (done.status_code, done.headers["ETag"], done.json()["strengths"]) == (200, '"2"', "助医")
    late = send(session, "patch", url, {"strengths": "助学"}, **{"If-Match": '"1"'})
    stale = send(session, "patch", url, {"strengths": "助学", "version": 1})
    assert (late.status_code, stale.status_code) == (412, 409)
    assert "慈善单位管理" in stale.json()["detail"]
    cast.charity.refresh_from_db()
    assert (cast.charity.strengths, cast.charity.version) == ("助医", 2)


def test_a_unit_does_not_change_through_the_api_what_its_page_does_not_let_it(cast, browse):
    url = f"{ORGANIZATIONS}{cast.charity.code}/"
    assert send(browse(cast.charity_admin), "patch", url, {"kind": "foundation", "version": 1}).status_code == 403
    assert send(browse(cast.other_charity_admin), "patch", url, {"purpose": "x", "version": 1}).status_code == 403
    nobody = send(browse(cast.charity_admin), "patch", f"{ORGANIZATIONS}nobody/", {"purpose": "x", "version": 1})
    assert nobody.status_code == 404
    cast.charity.refresh_from_db()
    assert (cast.charity.kind, cast.charity.version) == ("charity_association", 1)


def test_a_token_without_the_scope_only_reads(cast, browse):
    url = f"{ORGANIZATIONS}{cast.charity.code}/"
    reading = token_for(cast, "charity_admin", ["organization.view"])
    writing = token_for(cast, "charity_admin", ["organization.view", "organization.edit"])
    for secret, status in ((reading, 403), (writing, 200)):
        header = {"Authorization": f"Bearer {secret}", "If-Match": '"1"'}
        assert send(browse(None), "patch", url, {"strengths": "助医"}, **header).status_code == status
    entry = AuditEntry.objects.get(action="organization.edit")
    assert entry.session.startswith("token:")
