"""Offers: confirmed again and again, never given away twice, refused in words."""

import io
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from members import outbox
from members.access import Refusal, Stale
from members.models import AuditEntry, OutboxMessage
from programs import supply
from programs.actions import offers as actions
from programs.facts import VOCABULARY
from programs.listings import EXAMPLE, HEADINGS
from programs.models import Offer, OfferTaking
from tests.make.catalogue import make_offer, make_stale_offer, make_taking
from tests.make.units import make_agreement, make_contact_post, make_organization, make_profile, make_staff

TODAY = timezone.localdate()
VALUES = {"title": "上门理发", "form": "service", "need_kinds": ["daily_service"]}


def enter(staff, **values):
    return actions.create_offer(staff, staff.organization, {**VALUES, **values})


# -- Entering ---------------------------------------------------------------------------------------------------------
def test_what_is_entered_today_is_confirmed_today_and_asks_again_by_the_clock_of_the_region(cast):
    make_profile(cast.county, clocks={"confirm_offer": [1, 0]})
    offer = enter(cast.charity_reviewer)
    assert (offer.confirmed_on, offer.confirmed_by) == (TODAY, cast.charity_reviewer)
    assert TODAY < offer.confirm_by < offer.lapses_on <= TODAY + timedelta(days=15)


def test_what_is_for_emergencies_is_confirmed_more_often(cast):
    assert enter(cast.charity_reviewer, is_urgent=True).confirm_by < enter(cast.charity_reviewer).confirm_by


def test_only_the_unit_itself_enters_edits_and_withdraws(cast):
    with pytest.raises(PermissionDenied):
        actions.create_offer(cast.bureau_officer, cast.charity, VALUES)
    offer = make_offer(cast.charity)
    for act in (
        lambda: actions.edit_offer(cast.bureau_officer, offer, 1, VALUES),
        lambda: actions.withdraw_offer(cast.other_charity_admin, offer, 1, "不对"),
        lambda: actions.take(cast.charity_admin, offer, "甲-1"),
    ):
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"age_from": 60, "age_to": 18}, None),
        ({"form": "service_point", "point": "shop"}, None),
        ({"description": "请打 0467-2345678"}, "description"),
        ({"brands": ["没有的品牌"]}, "brands"),
        ({"form": "gold"}, "form"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(values, field, cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, **values)
    assert refused.value.field == field
    assert Offer.objects.count() == 0


def test_posts_and_agreements_are_those_of_the_unit(cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, contact_post=make_contact_post(cast.bureau))
    assert refused.value.field == "contact_post"
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, agreement=make_agreement(cast.other_charity))
    assert refused.value.field == "agreement"
    assert enter(cast.charity_reviewer, agreement=make_agreement(cast.charity)).agreement


def test_brand_labels_come_from_the_settings_of_the_region(cast):
    make_profile(cast.county, brands=["善满山城"])
    assert enter(cast.charity_reviewer, brands=["善满山城"]).brands == ["善满山城"]


def test_who_edits_what_another_has_changed_hears_of_it(cast):
    offer = make_offer(cast.charity)
    actions.edit_offer(cast.charity_reviewer, offer, 1, {**VALUES, "title": "甲"})
    with pytest.raises(Stale):
        actions.edit_offer(cast.charity_admin, offer, 1, {**VALUES, "title": "乙"})
    offer.refresh_from_db()
    assert offer.title == "甲"


# -- Whom it is for ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "met"),
    [
        ({"age_years": 70, "categories": ["dibao"]}, True),
        ({"age_years": 59, "categories": ["dibao"]}, False),
        ({"age_years": 70, "categories": []}, False),
        ({"categories": ["dibao"]}, None),
        ({"birth_date": "1950-01-01", "as_of": "2026-01-01", "categories": ["dibao"]}, True),
    ],
)
def test_groups_and_ages_become_a_condition_with_three_answers(facts, met, cast):
    offer = enter(cast.charity_reviewer, target_groups=["dibao", "tekun"], age_from=60)
    assert supply.fits(offer, VOCABULARY.read(facts)) is met


def test_a_condition_that_cannot_be_read_is_refused(cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, condition={"fact": "没有", "test": "eq", "value": 1})
    assert refused.value.field == "condition"


def test_who_fits_is_named_before_who_may_fit_and_who_does_not_is_left_out(cast):
    elder = enter(cast.charity_reviewer, title="老人", age_from=60)
    anyone = enter(cast.charity_reviewer, title="所有人")
    enter(cast.charity_reviewer, title="儿童", age_to=14)
    disabled = enter(cast.charity_reviewer, title="残疾人", target_groups=["disabled"])
    found = supply.suggestions(cast.town_area, VOCABULARY.read({"age_years": 70}))
    assert {(offer.title, met) for offer, met in found[:2]} == {(elder.title, True), (anyone.title, True)}
    assert [(offer, met) for offer, met in found[2:]] == [(disabled, None)]


def test_an_offer_serves_its_areas_and_what_lies_in_them(cast):
    own = make_offer(cast.charity)
    elsewhere = make_offer(cast.charity, areas=[cast.other_county])
    city_wide = make_offer(cast.charity, areas=[cast.city])
    assert set(Offer.objects.serving(cast.town_area)) == {own, city_wide}
    assert set(Offer.objects.serving(cast.other_county)) == {elsewhere, city_wide}


def test_what_is_full_stale_too_long_past_or_suspended_is_not_suggested(cast):
    good = make_offer(cast.charity)
    full = make_offer(cast.charity, capacity=1)
    make_taking(full, cast.bureau_officer)
    make_stale_offer(cast.charity, days=100)  # and lapsed ten days ago
    make_offer(cast.charity, valid_until=TODAY - timedelta(days=1))
    make_offer(cast.charity, state="withdrawn", reason="没有人手")
    make_offer(make_organization(area=cast.county, is_suspended=True))
    stale = make_stale_offer(cast.charity)
    assert set(Offer.objects.suggested()) == {good, stale}
    assert {one.standing for one in Offer.objects.select_related("organization")} == {
        "open", "full", "lapsed", "over", "withdrawn", "suspended", "stale",
    }  # fmt: skip


def test_the_form_keeps_a_condition_that_says_more_than_it_asks(cast, browse):
    condition = {"fact": "gender", "test": "eq", "value": "female"}
    offer = enter(cast.charity_reviewer, condition=condition)
    assert "条件另外写过" in browse(cast.charity_admin).get(f"/offers/{offer.code}/edit/").content.decode()
    actions.edit_offer(cast.charity_admin, offer, 1, {**VALUES, "age_from": 60})
    offer.refresh_from_db()
    assert (offer.condition, offer.age_from) == (condition, 60)
    offer = actions.edit_offer(cast.charity_admin, offer, 2, {**VALUES, "condition": None})
    actions.edit_offer(cast.charity_admin, offer, 3, {**VALUES, "age_from": 70})
    offer.refresh_from_db()
    assert offer.condition == {"fact": "age_years", "test": "range", "low": 70}


def test_the_public_finds_places_to_go_and_nothing_else(cast, browse):
    place = {"form": "service_point", "point": "love_station", "address": "一街 1 号"}
    make_offer(cast.charity, title="爱心驿站甲", contact_post=make_contact_post(cast.charity, title="内部岗"), **place)
    make_stale_offer(cast.charity, title="关了的驿站", days=100, **place)
    make_offer(cast.charity, title="上门理发")
    page = browse(None).get("/public/points/?point=love_station&q=一街").content.decode()
    assert "爱心驿站甲" in page
    for hidden in ("关了的驿站", "上门理发", "内部岗"):
        assert hidden not in page


# -- Confirming -------------------------------------------------------------------------------------------------------
def test_confirming_brings_a_lapsed_offer_back(cast):
    offer = make_stale_offer(cast.charity, days=100)
    actions.confirm_offer(cast.charity_admin, offer)
    offer.refresh_from_db()
    assert (offer.standing, offer.confirmed_on, offer.confirmed_by) == ("open", TODAY, cast.charity_admin)
    assert AuditEntry.objects.filter(action="offer.confirm", object_code=offer.code).count() == 1


def test_a_batch_confirms_only_what_is_ones_own_and_still_on_offer(cast):
    mine, theirs = make_stale_offer(cast.charity), make_stale_offer(cast.other_charity)
    gone = make_stale_offer(cast.charity, state="withdrawn", reason="停办")
    assert actions.confirm_offers(cast.charity_reviewer, [mine, theirs, gone]) == 1
    assert set(Offer.objects.filter(confirmed_on=TODAY)) == {mine}
    with pytest.raises(Refusal):
        actions.confirm_offers(cast.charity_reviewer, [theirs])


def test_the_desk_and_the_list_name_what_waits(cast, browse):
    offer = make_stale_offer(cast.charity, title="轮椅借用")
    make_offer(cast.charity, title="理发")
    page = browse(cast.charity_reviewer).get("/").content.decode()
    assert "请确认服务供给仍然有效" in page
    listed = browse(cast.charity_reviewer).get("/offers/?show=stale").content.decode()
    assert "轮椅借用" in listed
    assert "理发" not in listed
    assert browse(cast.charity_reviewer).post("/offers/confirm/", {"all": "yes"}).status_code == 302
    offer.refresh_from_db()
    assert offer.confirmed_on == TODAY
    assert "请确认服务供给仍然有效" not in browse(cast.charity_reviewer).get("/").content.decode()


def test_a_unit_is_reminded_once_a_week_and_only_who_can_confirm_gets_the_mail(cast):
    make_stale_offer(cast.charity)
    cast.charity_admin.email = "admin@demo.invalid"
    cast.charity_admin.save()
    make_staff("财务", cast.charity, ["charity_finance"], email="finance@demo.invalid")
    assert actions.remind_of_stale_offers() == actions.remind_of_stale_offers() == 1
    message = OutboxMessage.objects.get(topic="mail.stale_offers")
    deliver(message)
    assert [sent.to for sent in mail.outbox] == [["admin@demo.invalid"]]
    assert "/offers/?show=stale" in mail.outbox[0].body
    assert actions.remind_of_stale_offers(TODAY + timedelta(days=7)) == 1
    assert OutboxMessage.objects.filter(topic="mail.stale_offers").count() == 2


def deliver(message):
    lease = timezone.now() + timedelta(minutes=5)
    OutboxMessage.objects.filter(pk=message.pk).update(locked_until=lease, available_at=lease)
    assert outbox.deliver([message.pk], lease.isoformat()) == 1


def test_nobody_is_reminded_of_what_has_been_confirmed_meanwhile(cast):
    offer = make_stale_offer(cast.charity)
    actions.remind_of_stale_offers()
    actions.confirm_offer(cast.charity_admin, offer)
    message = OutboxMessage.objects.get(topic="mail.stale_offers")
    lease = timezone.now() + timedelta(minutes=5)
    OutboxMessage.objects.filter(pk=message.pk).update(locked_until=lease, available_at=lease)
    assert outbox.deliver([message.pk], lease.isoformat()) == 0
    assert mail.outbox == []


# -- Withdrawing ------------------------------------------------------------------------------------------------------
def test_withdrawn_with_a_reason_and_offered_again(cast):
    offer = make_offer(cast.charity)
    with pytest.raises(Refusal):
        actions.withdraw_offer(cast.charity_admin, offer, 1, "  ")
    actions.withdraw_offer(cast.charity_admin, offer, 1, "志愿者不够")
    with pytest.raises(Refusal, match="已撤下"):
        actions.withdraw_offer(cast.charity_admin, offer, 2, "再撤")
    actions.reopen_offer(cast.charity_admin, offer, 2)
    offer.refresh_from_db()
    assert (offer.state, offer.reason) == ("open", "")


def test_a_withdrawn_offer_is_out_of_sight_for_others(cast, browse):
    offer = make_offer(cast.charity, state="withdrawn", reason="停办")
    assert browse(cast.bureau_officer).get(f"/offers/{offer.code}/").status_code == 404
    assert browse(cast.charity_reviewer).get(f"/offers/{offer.code}/").status_code == 200


# -- Places -----------------------------------------------------------------------------------------------------------
def test_places_are_taken_and_given_back(cast):
    offer = make_offer(cast.charity, capacity=2)
    actions.take(cast.bureau_officer, offer, "ZJ-1", 2)
    with pytest.raises(Refusal, match="只剩 0"):
        actions.take(cast.town_caseworker, offer, "ZJ-2")
    actions.give_back(cast.bureau_officer, offer, "ZJ-1")
    actions.take(cast.town_caseworker, offer, "ZJ-2")
    offer.refresh_from_db()
    assert offer.taken == 1


def test_asking_twice_for_one_case_takes_once(cast):
    offer = make_offer(cast.charity, capacity=5)
    first = actions.take(cast.bureau_officer, offer, "ZJ-1")
    assert actions.take(cast.bureau_officer, offer, " ZJ-1 ") == first
    with pytest.raises(Refusal):
        actions.take(cast.bureau_officer, offer, "ZJ-1", 2)
    offer.refresh_from_db()
    assert offer.taken == 1


def test_what_was_used_counts_in_its_month_and_what_was_not_does_not(cast):
    offer = make_offer(cast.charity, monthly=2)
    for reference, was_used in (("一", True), ("二", False)):
        actions.take(cast.bureau_officer, offer, reference)
        actions.give_back(cast.bureau_officer, offer, reference, was_used=was_used)
    actions.take(cast.bureau_officer, offer, "三")
    with pytest.raises(Refusal, match="本月只剩 0"):
        actions.take(cast.bureau_officer, offer, "四")
    OfferTaking.objects.update(month=(TODAY.replace(day=1) - timedelta(days=1)).replace(day=1))
    actions.take(cast.bureau_officer, offer, "四")


def test_places_are_given_back_by_who_took_them_or_who_gives(cast):
    offer = make_offer(cast.charity)
    for reference in ("一", "二"):
        actions.take(cast.bureau_officer, offer, reference)
    with pytest.raises(Refusal, match="没有占用"):  # whether others have, a stranger does not hear
        actions.give_back(cast.other_bureau_approver, offer, "一")
    actions.give_back(cast.charity_admin, offer, "一")
    actions.give_back(cast.bureau_approver, offer, "二")
    with pytest.raises(Refusal, match="已经退还"):
        actions.give_back(cast.bureau_approver, offer, "二")


@pytest.mark.parametrize("number", [0, -1])
def test_nothing_less_than_one_place_is_taken(number, cast):
    with pytest.raises(Refusal):
        actions.take(cast.bureau_officer, make_offer(cast.charity), "ZJ-1", number)


@pytest.mark.parametrize(
    "values", [{"state": "withdrawn", "reason": "停办"}, {"valid_until": TODAY - timedelta(days=1)}]
)
def test_nothing_is_taken_of_what_is_not_on_offer(values, cast):
    with pytest.raises(Refusal, match="现在不提供"):
        actions.take(cast.bureau_officer, make_offer(cast.charity, **values), "ZJ-1")


def test_nothing_is_taken_of_what_nobody_has_confirmed_for_long(cast):
    with pytest.raises(Refusal, match="很久没有确认"):
        actions.take(cast.bureau_officer, make_stale_offer(cast.charity, days=100), "ZJ-1")


def test_a_capacity_is_not_made_smaller_than_what_is_taken(cast):
    offer = make_offer(cast.charity, capacity=3)
    actions.take(cast.bureau_officer, offer, "ZJ-1", 2)
    with pytest.raises(Refusal, match="正在帮"):
        actions.edit_offer(cast.charity_admin, offer, 1, {**VALUES, "capacity": 1})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [{"capacity": 3}, {"monthly": 3}])
def test_of_eight_that_ask_at_once_for_three_places_three_get_one(limit, cast):
    offer = make_offer(cast.charity, **limit)
    start, got = threading.Barrier(8), []

    def ask(number):
        try:
            start.wait()
            actions.take(cast.bureau_officer, offer, f"ZJ-{number}")
            got.append(number)
        except Refusal:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    offer.refresh_from_db()
    assert (len(got), offer.taken, offer.takings.count()) == (3, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_two_that_give_back_the_same_place_at_once_give_it_back_once(cast):
    offer = make_offer(cast.charity, capacity=5)
    actions.take(cast.bureau_officer, offer, "ZJ-1")
    actions.take(cast.bureau_officer, offer, "ZJ-2")
    start, done = threading.Barrier(2), []

    def give():
        try:
            start.wait()
            done.append(actions.give_back(cast.bureau_officer, offer, "ZJ-1"))
        except Refusal:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    offer.refresh_from_db()
    assert (len(done), offer.taken) == (1, 1)


# -- Tables -----------------------------------------------------------------------------------------------------------
def table(*rows):
    lines = ["\t".join(HEADINGS), *["\t".join(row) for row in rows]]
    return "\n".join(lines).encode()


def row(**cells):
    return [cells.get(heading, "") for heading in HEADINGS]


def test_the_template_can_be_handed_in_as_it_is(cast):
    assert actions.import_offers(cast.charity_admin, cast.charity, table(EXAMPLE)) == 1
    offer = Offer.objects.get()
    assert (offer.services, offer.target_groups, offer.age_from) == (["visit_care"], ["disabled", "tekun"], 60)
    assert offer.condition is not None


def test_one_wrong_row_keeps_the_whole_table_out_and_every_fault_is_named(cast):
    content = table(
        row(名称="理发", 帮扶形式="服务"),
        row(名称="轮椅", 帮扶形式="借东西", 同时能帮="很多"),
        row(名称="驿站", 帮扶形式="服务点", 服务点类型="爱心驿站"),
    )
    with pytest.raises(actions.FaultyTable) as refused:
        actions.import_offers(cast.charity_admin, cast.charity, content)
    assert set(refused.value.faults) == {3, 4}
    assert "帮扶形式" in refused.value.faults[3]
    assert "同时能帮" in refused.value.faults[3]
    assert Offer.objects.count() == 0


def test_a_faulty_file_comes_back_marked(cast, browse):
    upload = io.BytesIO(table(row(名称="轮椅", 帮扶形式="借东西")))
    upload.name = "a.csv"
    response = browse(cast.charity_admin).post("/offers/import/", {"file": upload, "marked": "yes"})
    book = load_workbook(io.BytesIO(response.content))
    assert any("借东西" in str(cell.value) for cell in book.active[2] if cell.value and "没有" in str(cell.value))


def test_what_is_exported_can_be_imported(cast, browse):
    make_offer(
        cast.charity, title="=1+1", services=["visit_care"], need_kinds=["care"], areas=[cast.county], capacity=3,
        target_groups=["dibao"], age_from=60, valid_until=TODAY,
    )  # fmt: skip
    response = browse(cast.charity_admin).post("/offers/export/")
    upload = io.BytesIO(response.content)
    upload.name = "a.xlsx"
    assert browse(cast.charity_admin).post("/offers/import/", {"file": upload}).status_code == 302
    old, new = Offer.objects.order_by("pk")
    for name in ("title", "services", "need_kinds", "capacity", "target_groups", "age_from", "valid_until"):
        assert getattr(old, name) == getattr(new, name)
    assert list(new.areas.all()) == [cast.county]


# -- Screens ----------------------------------------------------------------------------------------------------------
def test_an_offer_from_the_form_to_the_page(cast, browse):
    session = browse(cast.charity_reviewer)
    answer = {
        "title": "轮椅<b>借用</b>",
        "form": "goods",
        "need_kinds": ["rehabilitation"],
        "unit": "辆",
        "capacity": "4",
    }
    response = session.post("/offers/new/", answer)
    page = session.get(response.headers["Location"]).content.decode()
    assert "轮椅&lt;b&gt;借用&lt;/b&gt;" in page
    assert "4 辆" in page


def test_the_filters_find_what_set_a_calls_by_another_name(cast, browse):
    make_offer(cast.charity, title="探访", services=["visit_care"])
    make_offer(cast.charity, title="陪聊", services=["mental_comfort"])
    page = browse(cast.bureau_officer).get("/offers/?service=care_service").content.decode()
    assert "探访" in page
    assert "陪聊" not in page
    for odd in ("?service=x", "?area=1", "?unit=%00", "?show=zz", "?after=%00"):
        assert browse(cast.bureau_officer).get(f"/offers/{odd}").status_code == 200
