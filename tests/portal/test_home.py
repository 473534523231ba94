"""今天: what waits for a person, most pressing first, each number a link to the list behind it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import jobs
from members.models import Job, OutboxMessage
from members.roles import ROLES, permissions_of
from portal import home
from portal.home import ANSWERED, LATE, NEW, Card
from programs.models import ProgramGrant
from tests.make.catalogue import make_program, make_program_grant, make_version
from tests.make.units import make_staff

pytestmark = pytest.mark.django_db
STARTERS = {"town_caseworker": ["/people/new/", "/leads/new/"], "audit_admin": []}


@pytest.fixture
def cards(monkeypatch):
    def given(*cards):
        monkeypatch.setattr(home, "CARDS", list(cards))

    return given


def card(title, kind, number, permission="home.view", **values):
    return Card(title, kind, permission, "help", lambda staff: number, **values)


def test_the_most_pressing_stands_first(cards, cast, browse):
    cards(card("新", NEW, 3), card("有结果", ANSWERED, 1), card("迟", LATE, 2, query="is_late=1", hint="去看"))
    waiting = browse(cast.bureau_officer).get("/").context["waiting"]
    assert [(group["kind"], [shown["title"] for shown in group["cards"]]) for group in waiting] == [
        (LATE, ["迟"]), (NEW, ["新"]), (ANSWERED, ["有结果"]),
    ]  # fmt: skip
    assert waiting[0]["cards"][0]["url"] == "/help/?is_late=1"


def test_what_nobody_waits_for_is_left_out(cards, cast, browse):
    cards(card("空", LATE, 0), card("不归我管", LATE, 5, permission="audit.view"))
    response = browse(cast.bureau_officer).get("/")
    assert response.context["waiting"] == []
    assert "现在没有等您处理的事" in response.content.decode()


def test_a_card_is_not_counted_for_those_who_may_not_see_it(cards, cast, browse):
    asked = []
    cards(Card("审计", NEW, "audit.view", "help", lambda staff: asked.append(staff) or 1))
    browse(cast.bureau_officer).get("/")
    assert asked == []
    assert [g["kind"] for g in browse(cast.audit_admin).get("/").context["waiting"]] == [NEW]


def test_every_card_leads_somewhere_and_its_permission_exists():
    known = {permission for role in ROLES for permission in permissions_of([role])}
    for one in home.CARDS:
        assert home._shown(one, 1)["url"]
        assert one.permission in known


def titles(response):
    """Of the cards that speak of programs."""
    cards = [one for group in response.context["waiting"] for one in group["cards"]]
    return {one["title"]: one["count"] for one in cards if "项目" in one["title"]}


def test_whoever_is_lent_a_program_is_told_and_sees_what_waits_there(cast, browse):
    program = make_program(cast.charity, "LENT")
    assert titles(browse(cast.bureau_officer).get("/")) == {}
    for codename in ("edit_program", "release_program"):
        make_program_grant(program, cast.bureau_officer, cast.catalogue_admin, codename)
    make_version(program, state="submitted", submitted_by=cast.catalogue_admin)
    assert titles(browse(cast.bureau_officer).get("/")) == {"别的单位授权您办理的项目": 1, "项目等您发布": 1}
    page = browse(cast.bureau_officer).get("/programs/drafts/").content.decode()
    assert "别的单位授权您办理的" in page
    assert "/programs/LENT/" in page


def test_what_was_lent_long_ago_or_taken_back_is_no_news(cast, browse):
    long_ago = timezone.now() - timedelta(days=15)
    grants = [make_program_grant(make_program(cast.charity), cast.bureau_officer, cast.catalogue_admin) for _ in "ab"]
    ProgramGrant.objects.filter(pk=grants[0].pk).update(given_at=long_ago)
    ProgramGrant.objects.filter(pk=grants[1].pk).update(revoked_at=timezone.now(), revoked_by=cast.catalogue_admin)
    assert titles(browse(cast.bureau_officer).get("/")) == {}
    page = browse(cast.bureau_officer).get("/programs/drafts/").content.decode()
    assert str(grants[0].program.code) in page
    assert str(grants[1].program.code) not in page


def test_the_page_says_who_one_is(cast, browse):
    page = browse(cast.bureau_officer).get("/").content.decode()
    assert "甲区民政局 · 民政局经办" in page


def addresses(client):
    """Where the cards of the page lead to."""
    return [card["url"] for group in client.get("/").context["waiting"] for card in group["cards"]]


def test_messages_that_were_given_up_wait_for_the_system_admin(cast, browse):
    OutboxMessage.objects.create(topic="mail", dead_at=timezone.now())
    assert "/outbox/?state=dead" in addresses(browse(cast.system_admin))
    assert "/outbox/?state=dead" not in addresses(browse(cast.security_admin))


def test_a_finished_job_waits_until_its_owner_has_looked(cast, browse):
    job = jobs.start(cast.bureau_officer, "styleguide.count")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=timezone.now())
    client = browse(cast.bureau_officer)
    assert "/jobs/" in addresses(client)
    assert "/jobs/" not in addresses(browse(cast.bureau_approver))
    client.get(f"/jobs/{job.code}/")
    assert "/jobs/" not in addresses(client)


def test_everybody_begins_with_what_they_do_most(cast, browse):
    begun = {name: [url for _words, url in browse(cast[name]).get("/").context["starts"]] for name in STARTERS}
    assert begun == STARTERS
    finder = browse(make_staff("网格员", cast.town, ["finder"])).get("/")
    assert [url for _words, url in finder.context["starts"]] == ["/leads/new/"]
    assert 'data-unsent="' in finder.content.decode()
