"""What stands around every page: language, search, help, menu, unread messages."""

import pytest
from django.urls import reverse

from members.models import AuditEntry
from portal import help as helping
from portal import search, unread
from tests.test_architecture import ROOMS, ROOT

pytestmark = pytest.mark.django_db


def test_a_person_keeps_the_language_they_chose(cast, browse):
    client = browse(cast.bureau_officer)
    response = client.post("/language/", {"language": "en", "next": "/help/"})
    assert response.headers["Location"] == "/help/"
    cast.bureau_officer.refresh_from_db()
    assert cast.bureau_officer.language == "en"
    assert AuditEntry.objects.filter(action="language.choose").count() == 1
    for page in (client, browse(cast.bureau_officer)):
        response = page.get("/help/")
        assert response.headers["Content-Language"] == "en"
        assert '<html lang="en">' in response.content.decode()


def test_before_signing_in_the_cookie_remembers_the_language(db, browse):
    client = browse(None)
    assert client.get("/accounts/login/").headers["Content-Language"] == "zh-hans"
    client.post("/language/", {"language": "en"})
    assert client.get("/accounts/login/").headers["Content-Language"] == "en"


def test_a_browser_in_english_does_not_decide(db, browse):
    response = browse(None).get("/accounts/login/", headers={"Accept-Language": "en-US,en"})
    assert response.headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("language", ["fr", "", "zh-hans; drop table", "en\x00"])
def test_a_language_nobody_speaks_changes_nothing(language, cast, browse):
    assert browse(cast.bureau_officer).post("/language/", {"language": language}).status_code == 302
    cast.bureau_officer.refresh_from_db()
    assert cast.bureau_officer.language == "zh-hans"


AWAY = ["https://example.org/", "//example.org", "javascript:alert(1)", "\\\\example.org", ""]


@pytest.mark.parametrize("away", AWAY)
def test_the_language_switch_sends_nobody_away(away, browse, db):
    response = browse(None).post("/language/", {"language": "en", "next": away})
    assert response.headers["Location"] == "/"


@pytest.fixture
def findable(monkeypatch):
    """One kind that everyone may look for, one that needs a permission."""

    def find(staff, text, limit):
        return [search.Found(f"{text} {number}", str(staff.organization), "/") for number in range(limit)]

    kinds = [search.Kind("单位", "organization.view", find), search.Kind("审计", "audit.view", find)]
    monkeypatch.setattr(search, "KINDS", kinds)


def test_search_shows_each_kind_up_to_a_cap(findable, cast, browse):
    response = browse(cast.bureau_officer).post("/search/", {"text": "甲区"})
    results = response.context["results"]
    assert [(kind["label"], len(kind["found"]), kind["has_more"]) for kind in results] == [("单位", search.CAP, True)]
    assert response.context["search_hint"] == "查找单位"


def test_search_finds_only_kinds_that_the_person_may_see(findable, cast, browse):
    response = browse(cast.audit_admin).post("/search/", {"text": "甲区"})
    assert [kind["label"] for kind in response.context["results"]] == ["单位", "审计"]


@pytest.mark.parametrize("text", ["", "甲", "字" * 61, "甲\x00区", "甲\u202e区"])
def test_search_refuses_what_it_cannot_look_for(text, findable, cast, browse):
    response = browse(cast.bureau_officer).post("/search/", {"text": text})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert response.context["results"] is None


def test_search_words_in_a_url_are_not_read(findable, cast, browse):
    assert browse(cast.bureau_officer).get("/search/?text=甲区").context["results"] is None


def test_what_was_typed_is_shown_inertly(cast, browse):
    page = browse(cast.bureau_officer).post("/search/", {"text": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_every_topic_of_help_has_its_text(cast, browse):
    client = browse(cast.bureau_officer)
    for topic in helping.TOPICS:
        assert client.get(reverse("help_topic", kwargs={"topic": topic})).status_code == 200
    assert client.get("/help/nothing-of-the-kind/").status_code == 404


def test_help_speaks_of_pages_that_exist():
    assert helping.trouble() == []


def test_a_page_leads_to_its_own_help(cast, browse):
    client = browse(cast.bureau_officer)
    assert client.get("/").context["help_url"] == "/help/start/"
    assert client.get("/areas/").context["help_url"] == "/help/areas/"
    assert client.get("/styleguide/").context["help_url"] == "/help/"
    assert client.get("/nothing/").context["help_url"] == "/help/"


def test_unread_messages_are_counted_only_where_there_is_a_source(cast, browse, monkeypatch):
    client = browse(cast.bureau_officer)
    assert client.get("/").context["unread"] == {"url": "/jobs/", "count": 0}
    monkeypatch.setattr(unread, "SOURCE", None)
    assert client.get("/").context["unread"] is None
    monkeypatch.setattr(unread, "SOURCE", ("help", lambda staff: 3))
    assert client.get("/").context["unread"] == {"url": "/help/", "count": 3}
    assert '消息 <b class="num">3</b>' in client.get("/").content.decode()


def test_every_screen_has_its_help():
    """A new noun among the views needs an entry in portal.help.TOPICS and a text in templates/help."""
    explained = set().union(*(modules for _title, modules in helping.TOPICS.values()))
    views = [path for room in ROOMS for path in (ROOT / room / "views").glob("[a-z]*.py")]
    screens = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in views}
    assert screens - explained == set()


def test_a_public_page_shows_strangers_the_way_in_and_no_empty_menu(db, browse):
    page = browse(None).get("/public/policies/").content.decode()
    assert 'class="rail"' not in page
    assert 'href="/accounts/login/"' in page
    assert ">English</span>" in page
