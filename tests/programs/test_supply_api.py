"""Offers, activities and wishes for other systems: the same rules as on the screens, each deed counted once."""

import pytest
from django.utils import timezone

from programs.models import Offer, OfferTaking
from tests.make.catalogue import make_activity, make_offer, make_stale_offer, make_taking, make_wish
from tests.make.units import make_contact_post

pytestmark = pytest.mark.django_db
OFFERS = "/api/v1/offers/"
TODAY = timezone.localdate()
NEW = {"title": "上门理发", "form": "service", "need_kinds": ["daily_service"]}


def post(session, url, body, **headers):
    return session.post(url, body, content_type="application/json", headers=headers)


def test_an_offer_is_entered_once_however_often_it_is_sent(cast, browse):
    session = browse(cast.charity_reviewer)
    body = {**NEW, "areas": [cast.county.code], "contact_post": make_contact_post(cast.charity).code, "age_from": 60}
    first = post(session, OFFERS, body, **{"Idempotency-Key": "a-1"})
    again = post(session, OFFERS, body, **{"Idempotency-Key": "a-1"})
    assert (first.status_code, again.json()) == (201, first.json())
    assert Offer.objects.count() == 1
    row = session.get(first.headers["Location"]).json()
    assert (row["standing"], row["organization"]["code"]) == ("open", cast.charity.code)
    assert row["condition"] == {"fact": "age_years", "test": "range", "low": 60}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"form": "gold"}, "form"),
        ({"nothing": 1}, "nothing"),
        ({"areas": ["\u0000"]}, "areas"),
        ({"contact_post": "x y"}, "contact_post"),
        ({"description": "电话 0467-2345678"}, "description"),
        ({"condition": {"fact": "age_years", "test": "like", "value": 1}}, "condition"),
        ({"condition": {"fact": "age_years", "test": "range", "low": 1, "why": "a\u0000b"}}, "condition"),
        ({"capacity": 0}, "capacity"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(body, field, cast, browse):
    answer = post(browse(cast.charity_reviewer), OFFERS, {**NEW, **body})
    assert answer.status_code in (400, 409, 422)
    assert field in [error["field"].split(".")[0] for error in answer.json()["errors"]]
    assert Offer.objects.count() == 0


def test_an_offer_is_edited_only_as_it_was_seen(cast, browse):
    offer = make_offer(cast.charity)
    session, url = browse(cast.charity_admin), f"{OFFERS}{offer.code}/"

    def patch(body, **headers):
        return session.patch(url, body, content_type="application/json", headers=headers)

    assert patch({"title": "新"}).json()["code"] == "version_required"
    assert patch({"title": "新"}, **{"If-Match": '"1"'}).json()["title"] == "新"
    assert patch({"title": "旧"}, **{"If-Match": '"1"'}).json()["code"] == "version_mismatch"


def test_confirming_through_the_api(cast, browse):
    offer = make_stale_offer(cast.charity)
    answer = post(browse(cast.charity_admin), f"{OFFERS}{offer.code}/confirm/", {})
    assert (answer.status_code, answer.json()["confirmed_on"]) == (200, TODAY.isoformat())


def test_places_are_taken_and_given_back_through_the_api(cast, browse):
    offer = make_offer(cast.charity, capacity=1)
    session, url = browse(cast.bureau_officer), f"{OFFERS}{offer.code}/"
    first = post(session, f"{url}takings/", {"reference": "ZJ-1"})
    assert (first.status_code, first.json()["number"]) == (201, 1)
    assert post(session, f"{url}takings/", {"reference": "ZJ-1"}).json() == first.json()
    refused = post(session, f"{url}takings/", {"reference": "ZJ-2"})
    assert (refused.json()["code"], "只剩 0" in refused.json()["detail"]) == ("refused", True)
    assert post(session, f"{url}give-back/", {"reference": "ZJ-1", "was_used": False}).json()["was_used"] is False
    assert OfferTaking.objects.filter(given_back_at=None).count() == 0


def test_suggestions_keep_nothing_and_name_who_fits_first(cast, browse):
    make_offer(cast.charity, title="老人", condition={"fact": "age_years", "test": "range", "low": 60})
    make_offer(cast.charity, title="女性", condition={"fact": "gender", "test": "eq", "value": "female"})
    session, url = browse(cast.bureau_officer), f"{OFFERS}suggest/"
    asked = {"area": cast.town_area.code, "facts": {"age_years": 70}}
    rows = post(session, url, asked).json()["results"]
    assert [(row["offer"]["title"], row["fits"]) for row in rows] == [("老人", True), ("女性", None)]
    wrong = post(session, url, {**asked, "facts": {"age_years": "老", "名字": 1}}).json()
    assert {error["field"] for error in wrong["errors"]} == {"facts.age_years", "facts.名字"}
    assert post(session, url, {"area": "999999999999"}).json()["code"] == "refused"


def test_the_list_is_narrowed(cast, browse):
    make_offer(cast.charity, title="轮椅", need_kinds=["care"], areas=[cast.other_county])
    make_stale_offer(cast.charity, title="理发")
    make_offer(cast.other_charity, state="withdrawn", reason="停办")
    session = browse(cast.bureau_officer)
    for query, titles in (
        ("", ["理发", "轮椅"]), ("?need=care", ["轮椅"]), ("?show=stale", ["理发"]), ("?q=轮", ["轮椅"]),
        (f"?area={cast.other_county.code}", ["轮椅"]), (f"?organization={cast.charity.code}&limit=1", ["理发"]),
    ):  # fmt: skip
        assert [row["title"] for row in session.get(OFFERS + query).json()["results"]] == titles
    assert session.get(f"{OFFERS}?need=x").status_code == 400


def test_everyone_reads_what_is_published_and_nothing_else(cast, client):
    shown = make_activity(cast.charity, title="走访", brands=["善满山城"])
    hidden = make_activity(cast.charity, "draft")
    rows = client.get("/api/v1/activities/?brand=善满山城").json()["results"]
    assert [row["code"] for row in rows] == [shown.code]
    assert client.get(f"/api/v1/activities/{hidden.code}/").status_code == 404
    wish = make_wish(cast.charity)
    make_wish(cast.charity, "claimed")
    make_wish(cast.charity, "draft")
    answer = client.get("/api/v1/wishes/")
    assert [row["code"] for row in answer.json()["results"]] == [wish.code]
    assert "public" in answer.headers["Cache-Control"]


def test_nobody_unknown_reads_offers(client):
    assert client.get(OFFERS).status_code == 401


def test_whether_a_case_of_another_unit_is_helped_is_not_told(cast, browse):
    offer = make_offer(cast.bureau)
    make_taking(offer, cast.town_caseworker, "ZJ-2026-1")
    stranger, url = browse(cast.charity_reviewer), f"{OFFERS}{offer.code}/"
    answers = [post(stranger, f"{url}give-back/", {"reference": f"ZJ-2026-{number}"}) for number in (1, 2)]
    assert [(one.status_code, one.json()["detail"].replace("2026-2", "2026-1")) for one in answers] == [
        (422, "编号 ZJ-2026-1 没有占用这里的名额，或已经退还。")
    ] * 2
    refused = post(stranger, f"{url}takings/", {"reference": "ZJ-2026-1", "number": 3}).json()
    assert "1 个" not in refused["detail"]
    assert post(browse(cast.bureau_officer), f"{url}give-back/", {"reference": "ZJ-2026-1"}).status_code == 200


@pytest.mark.parametrize("reference", ["138" + "0" * 8, "个案 999999198001010011"])
def test_a_reference_is_no_number_of_a_person(reference, cast, browse):
    offer = make_offer(cast.bureau)
    answer = post(browse(cast.charity_reviewer), f"{OFFERS}{offer.code}/takings/", {"reference": reference})
    assert answer.json()["errors"][0]["field"] == "reference"
    assert not OfferTaking.objects.exists()
