"""Micro-wishes: no name, one claimer, fulfilled or open again."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from members.access import Refusal
from programs.actions import wishes as actions
from programs.models import Wish
from tests.make.catalogue import make_wish
from tests.make.units import make_area, make_contact_post

TODAY = timezone.localdate()


def values(cast, **more):
    return {"title": "护眼台灯", "area": cast.county, "age_band": "pupil", "cost": 120, **more}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "给 138 0000 1234 送台灯"}, "title"),
        ({"description": "证件 230302200001011234"}, "description"),
        ({"cost": 0}, None),
    ],
)
def test_numbers_of_people_and_wishes_for_nothing_are_refused(more, field, cast):
    with pytest.raises(Refusal) as refused:
        actions.create_wish(cast.charity_reviewer, cast.charity, values(cast, **more))
    assert refused.value.field == field


def test_no_village_and_no_place_elsewhere(cast):
    village = make_area("230302001001", "一村", "village", cast.town_area)
    for area in (village, cast.other_county):
        with pytest.raises(Refusal) as refused:
            actions.create_wish(cast.charity_reviewer, cast.charity, values(cast, area=area))
        assert refused.value.field == "area"


def test_only_a_public_post_of_the_unit_stands_beside_a_wish(cast):
    for post in (make_contact_post(cast.charity), make_contact_post(cast.bureau, is_public=True)):
        with pytest.raises(Refusal):
            actions.create_wish(cast.charity_reviewer, cast.charity, values(cast, contact_post=post))


def test_the_way_of_a_wish(cast, browse):
    wish = actions.create_wish(cast.charity_reviewer, cast.charity, values(cast))
    stranger = browse(None)
    assert "护眼台灯" not in stranger.get("/public/wishes/").content.decode()
    actions.publish_wish(cast.charity_reviewer, wish, 1)
    assert "护眼台灯" in stranger.get("/public/wishes/").content.decode()
    actions.claim_wish(cast.bureau_officer, wish, 2, promised_on=TODAY, donor="爱心企业")
    assert (wish.claimed_by, wish.state) == (cast.bureau, "claimed")
    with pytest.raises(Refusal):
        actions.edit_wish(cast.charity_reviewer, wish, 3, values(cast))
    actions.release_wish(cast.bureau_officer, wish, 3, "企业改期")
    assert (wish.claimed_by, wish.state) == (None, "open")
    actions.claim_wish(cast.town_caseworker, wish, 4, promised_on=TODAY)
    actions.fulfill_wish(cast.charity_reviewer, wish, 5, fulfilled_on=TODAY, spent=118, result="已送到")
    page = stranger.get("/public/wishes/").content.decode()
    assert "最近实现的" in page
    assert cast.town.name not in page
    with pytest.raises(Refusal):
        actions.withdraw_wish(cast.charity_reviewer, wish, 6, "误登")


@pytest.mark.parametrize("days", [-1, 181])
def test_a_promise_is_kept_within_half_a_year(days, cast):
    wish = make_wish(cast.charity)
    with pytest.raises(Refusal) as refused:
        actions.claim_wish(cast.bureau_officer, wish, 1, promised_on=TODAY + timedelta(days=days))
    assert refused.value.field == "promised_on"


def test_only_claimer_and_register_answer_for_a_claimed_wish(cast):
    wish = make_wish(cast.charity, "claimed", claimed_by=cast.bureau)
    for person in (cast.other_charity_admin, cast.town_caseworker, cast.city_supervisor):
        with pytest.raises(PermissionDenied):
            actions.fulfill_wish(person, wish, 1, fulfilled_on=TODAY)
    with pytest.raises(PermissionDenied):
        actions.claim_wish(cast.city_supervisor, make_wish(cast.charity), 1, promised_on=TODAY)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_claim_at_once_one_has_it(cast):
    wish = make_wish(cast.charity)
    start, got = threading.Barrier(2), []

    def claim(person):
        try:
            start.wait()
            actions.claim_wish(person, Wish.objects.get(pk=wish.pk), 1, promised_on=TODAY)
            got.append(person)
        except Refusal:
            pass
        finally:
            connection.close()

    people = (cast.bureau_officer, cast.town_caseworker)
    threads = [threading.Thread(target=claim, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wish.refresh_from_db()
    assert [person.organization for person in got] == [wish.claimed_by]


def test_a_late_wish_is_on_the_desk_of_who_claimed_it(cast, browse):
    make_wish(cast.charity, "claimed", claimed_by=cast.bureau, title="新书包")
    page = browse(cast.bureau_officer).get("/").content.decode()
    assert "认领的微心愿快到承诺日期" in page
    assert "新书包" in browse(cast.bureau_officer).get("/wishes/?show=due").content.decode()
    assert "新书包" not in browse(cast.town_caseworker).get("/wishes/?show=due").content.decode()


def test_forms_refuse_and_accept_in_words(cast, browse):
    session = browse(cast.charity_reviewer)
    answer = {"title": "新书包", "area": cast.county.code, "age_band": "pupil", "cost": "1,20x"}
    assert "金额" in session.post("/wishes/new/", answer).content.decode()
    response = session.post("/wishes/new/", {**answer, "cost": "120"})
    code = response.headers["Location"].split("/")[2]
    assert session.post(f"/wishes/{code}/publish/", {"version": "1"}).status_code == 302
    claim = {"version": "2", "promised_on": TODAY.isoformat()}
    assert browse(cast.bureau_officer).post(f"/wishes/{code}/claim/", claim).status_code == 302
    again = browse(cast.town_caseworker).post(f"/wishes/{code}/claim/", claim)
    assert "已认领" in again.content.decode()
    assert Wish.objects.get().claimed_by == cast.bureau
