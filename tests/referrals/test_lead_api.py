"""Leads over the API: filed once, under the same rules as on the screen; only one's own are told."""

import pytest

from referrals.models import Lead
from tests.make.people import make_lead

pytestmark = pytest.mark.django_db
URL = "/api/v1/leads/"
SAID = {
    "key": "XT-2026-17", "area": "230302001000", "place": "建设路3号", "seen": "卧床无人照顾", "urgency": "urgent",
    "channel": "charity_home_visit",
}  # fmt: skip


def post(session, **more):
    return session.post(URL, {**SAID, **more}, content_type="application/json")


def test_the_same_number_counts_once(cast, browse):
    session = browse(cast.charity_reviewer)
    first, second = post(session), post(session)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["code"] == second.json()["code"] == Lead.objects.get().code
    assert post(session, key="XT-2026-18").status_code == 201


@pytest.mark.parametrize(("wrong", "status"), [
    ({"area": "999999999999"}, 422), ({"channel": "grid_worker"}, 422), ({"urgency": "x"}, 422), ({"who": "x"}, 422),
    ({"phone": "abc"}, 422), ({"seen": ""}, 422), ({"name": "王某"}, 422), ({"key": "中文"}, 422),
])  # fmt: skip
def test_the_rules_of_the_screen_hold(wrong, status, cast, browse):
    response = post(browse(cast.charity_reviewer), **wrong)
    assert response.status_code in (status, 400, 409), response.content
    assert not Lead.objects.exists()


def test_only_ones_own_and_nobodys_words_are_told(cast, browse):
    mine = make_lead(cast.charity_reviewer, cast.town_area, seen="只给镇街看的话", name="王某")
    make_lead(cast.charity_approver, cast.town_area)
    text = browse(cast.charity_reviewer).get(URL)
    assert [row["code"] for row in text.json()["results"]] == [mine.code]
    assert not any(word in text.content.decode() for word in ("只给镇街", "王某"))
