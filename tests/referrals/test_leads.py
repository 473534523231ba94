"""Leads: filed once, seen where they lie, triaged, answered."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from members import handover, outbox
from members.access import Refusal
from members.calendar import add_working_days
from members.models import AuditEntry, OutboxMessage
from members.roles import CASE_ROLES, ROLES
from portal import home
from portal.search import search
from referrals import timeline
from referrals.actions import leads as actions
from referrals.models import Lead, Person
from tests.make.people import make_lead, make_person
from tests.make.units import a_number, make_area, make_organization, make_relation, make_staff

pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef" * 2


def values(area, **more):
    told = {"seen": "独居老人卧床无人照顾", "place": "建设路3号", "channel": "grid_worker", "urgency": "normal"}
    return {**told, "area": area, "is_agreed": False, **more}


def a_picture():
    content = BytesIO()
    Image.new("RGB", (20, 10), "white").save(content, "JPEG")
    return SimpleUploadedFile("a.jpg", content.getvalue(), "image/jpeg")


@pytest.fixture
def finder(cast):
    return make_staff("网格员", cast.town, ["finder"])


def post(session, cast, **more):
    said = {**values(cast.town_area.code), "key": KEY, **more}
    said = {name: value for name, value in said.items() if value is not False}
    return session.post(reverse("referrals:file_lead"), said, follow=True)


# -- Filing -------------------------------------------------------------------------------------------------------
def test_a_lead_that_is_sent_again_counts_once(cast, browse, finder):
    session = browse(finder)
    first, second = (post(session, cast, photos=[a_picture()]) for _ in range(2))
    lead = Lead.objects.get()
    assert lead.photos.count() == 1
    assert first.redirect_chain[-1][0] == second.redirect_chain[-1][0] == f"/leads/{lead.code}/"
    assert "已经报送过" in second.content.decode()
    assert AuditEntry.objects.filter(action="lead.file").count() == 1


def test_the_database_holds_that_too(cast, finder):
    make_lead(finder, key=KEY)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_lead(finder, key=KEY)
    make_lead(cast.town_caseworker, key=KEY)


def test_the_form_knows_the_place_and_the_channel_of_the_last_time(cast, browse, finder):
    make_lead(finder, channel="assistant")
    form = browse(finder).get(reverse("referrals:file_lead")).context["form"]
    assert (form["area"].value(), form["channel"].value()) == ("230302001000 甲区一街道", "assistant")
    assert len(form["key"].value()) == 32


def test_what_is_told_lies_sealed(cast, finder):
    lead, _new = actions.file_lead(finder, KEY, values(cast.town_area, name="王某", phone="0467-5550001"))
    with connection.cursor() as cursor:
        cursor.execute("select * from referrals_lead where id = %s", [lead.pk])
        row = b" ".join(v.tobytes() if isinstance(v, memoryview) else str(v).encode() for v in cursor.fetchone())
    assert [told for told in ("建设路", "王某", "5550001") if told.encode() in row] == []


@pytest.mark.parametrize(("wrong", "field"), [
    ({"seen": ""}, "seen"), ({"area": "没有这个地方"}, "area"), ({"urgency": "x"}, "urgency"),
    ({"phone": "abc"}, "phone"),
    ({"channel": "charity_home_visit"}, "channel"), ({"key": "x"}, "key"), ({"place": "a\u202eb"}, "place"),
])  # fmt: skip
def test_a_wrong_form_says_where(wrong, field, cast, browse, finder):
    response = post(browse(finder), cast, **wrong)
    assert field in response.context["form"].errors
    assert not Lead.objects.exists()


def test_a_picture_that_is_none_and_too_many_are_refused(cast, browse, finder):
    fake = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff not a picture", "image/jpeg")
    for photos in ([fake], [a_picture() for _ in range(4)]):
        assert "photos" in post(browse(finder), cast, photos=photos).context["form"].errors
    assert not Lead.objects.exists()


def test_who_tells_from_outside_asks_the_family_before_naming_it(cast):
    for more in ({"name": "王某"}, {"phone": "0467-5550001"}):
        with pytest.raises(Refusal, match="征得家庭同意"):
            actions.file_lead(cast.charity_reviewer, KEY, values(cast.town_area, **more))
    actions.file_lead(cast.charity_reviewer, KEY, values(cast.town_area))
    actions.file_lead(cast.charity_reviewer, KEY[::-1], values(cast.town_area, name="王某", is_agreed=True))
    assert Lead.objects.count() == 2


def test_the_clock_counts_working_days_and_the_urgent_are_due_today(cast, finder):
    today = timezone.localdate()
    normal, _new = actions.file_lead(finder, KEY, values(cast.town_area))
    urgent, _new = actions.file_lead(finder, KEY[::-1], values(cast.town_area, urgency="critical"))
    assert normal.due_on == add_working_days(today, 3)
    assert urgent.due_on == add_working_days(today, 0)


def test_an_urgent_one_is_told_to_the_town_and_the_county_and_nobody_else(cast, finder):
    for name, one in (
        ("town", cast.town_caseworker),
        ("bureau", cast.bureau_officer),
        ("charity", cast.charity_reviewer),
    ):
        one.email = f"{name}@demo.invalid"
        one.save()
    other = make_staff(None, cast.other_bureau, ["bureau_officer"], email="other@demo.invalid")
    assert other.email
    actions.file_lead(finder, KEY, values(cast.town_area, urgency="critical"))
    deliver()
    assert sorted(message.to[0] for message in mail.outbox) == ["bureau@demo.invalid", "town@demo.invalid"]
    assert "卧床" not in mail.outbox[0].body
    assert "/leads/" in mail.outbox[0].body


def deliver():
    lease = timezone.now() + timedelta(minutes=1)
    ids = [pk for pk, _topic in outbox._lease(100, lease)]
    outbox.deliver(ids, lease.isoformat())
    assert not OutboxMessage.objects.exclude(delivered_at__isnull=False).exists()


# -- Who sees it --------------------------------------------------------------------------------------------------
def test_a_lead_is_seen_where_it_lies_and_by_its_own_unit(cast, finder):
    lead = make_lead(cast.charity_reviewer, cast.town_area)
    village = make_organization("一村", "village_body", make_area("230302001001", "一村", "village", cast.town_area))
    seen = {
        name: Lead.objects.visible_to(one).filter(pk=lead.pk).exists()
        for name, one in {
            "town": cast.town_caseworker, "bureau": cast.bureau_officer, "charity": cast.charity_approver,
            "finder": finder, "other bureau": cast.other_bureau_approver, "supervisor": cast.city_supervisor,
            "village": make_staff(None, village, ["town_caseworker"]),
            "other charity": make_staff(None, cast.other_charity, ["charity_reviewer"]),
            "admin": cast.system_admin,
        }.items()
    }  # fmt: skip
    assert {name for name, is_seen in seen.items() if is_seen} == {"town", "bureau", "charity"}


def test_a_lead_of_the_county_is_not_the_towns(cast):
    lead = make_lead(cast.charity_reviewer, cast.county)
    assert not Lead.objects.visible_to(cast.town_caseworker).filter(pk=lead.pk).exists()
    assert Lead.objects.for_triage(cast.bureau_officer).filter(pk=lead.pk).exists()


def test_a_finder_sees_their_own_and_no_colleagues(cast, browse, finder):
    mine, colleagues = make_lead(finder), make_lead(cast.town_caseworker)
    session = browse(finder)
    assert [lead.pk for lead in session.get(reverse("referrals:list_my_leads")).context["page"]] == [mine.pk]
    assert session.get(reverse("referrals:show_lead", args=[colleagues.code])).status_code == 404
    finder.organization = cast.charity
    finder.save()
    assert not Lead.objects.visible_to(type(finder).objects.get(pk=finder.pk)).exists()


def test_the_most_urgent_stand_first(cast, browse, finder):
    late = make_lead(finder, due_on=timezone.localdate() - timedelta(days=9))
    normal, urgent = make_lead(finder), make_lead(finder, urgency="urgent")
    critical = make_lead(finder, urgency="critical")
    page = browse(cast.town_caseworker).get(reverse("referrals:list_leads")).context["page"]
    assert [lead.pk for lead in page] == [critical.pk, urgent.pk, late.pk, normal.pk]


# -- Triage -------------------------------------------------------------------------------------------------------
def test_from_a_lead_to_a_record(cast, browse, finder):
    lead = make_lead(finder, name="王小明", phone="0467-5550001")
    session = browse(cast.town_caseworker)
    session.post(reverse("referrals:take_lead", args=[lead.code]))
    url = reverse("referrals:register_from_lead", args=[lead.code])
    form = session.get(url).context["form"]
    assert (form["name"].value(), form["address"].value()) == ("王小明", "建设路3号")
    said = {
        "name": "王小明",
        "identity_kind": "resident",
        "number": a_number(),
        "nationality": "CN",
        "relation": "head",
    }
    assert session.post(url, {**said, "residence": "230302001000"}).status_code == 302
    lead.refresh_from_db()
    person = Person.objects.get()
    assert (lead.state, lead.person, lead.taken_by) == ("registered", person, cast.town_caseworker)
    kinds = set(person.timeline.values_list("kind", flat=True))
    assert kinds == {"person_registered", "lead_received", "lead_linked"}
    assert any("报送线索" in line.title for line in timeline.lines_of(person.household, person))


def test_no_record_without_its_lead(cast, finder):
    lead = make_lead(finder, state="closed", closing="moved")
    said = {"name": "王小明", "identity_kind": "none", "number": "", "residence": cast.town_area}
    with pytest.raises(Refusal, match="处理完毕"):
        actions.register_from_lead(cast.town_caseworker, lead, said)
    assert not Person.objects.exists()


def test_a_lead_leads_to_somebody_known(cast, browse, finder):
    person, lead = make_person(cast.town, name="王小明"), make_lead(finder)
    response = browse(cast.town_caseworker).post(
        reverse("referrals:link_lead", args=[lead.code]), {"who": "王小明", "answer": "已在册"}
    )
    assert response.url == f"/people/{person.code}/"
    lead.refresh_from_db()
    assert (lead.person, lead.answer) == (person, "已在册")


def test_somebody_alike_is_joined_in_one_press(cast, browse, finder):
    person, lead = make_person(cast.town, name="王小明", number=a_number()), make_lead(finder)
    session, said = browse(cast.town_caseworker), {"name": "王小明", "identity_kind": "resident", "number": a_number()}
    said |= {"nationality": "CN", "relation": "head", "residence": "230302001000"}
    warned = session.post(reverse("referrals:register_from_lead", args=[lead.code]), said).content.decode()
    link = reverse("referrals:link_lead", args=[lead.code]) + f"?who={person.code}"
    assert f'href="{link}"' in warned
    assert session.get(link).context["form"]["who"].value() == person.code
    stranger = make_person(cast.charity)
    assert session.get(link.replace(person.code, stranger.code)).context["form"]["who"].value() is None


def test_nobody_links_a_lead_to_kin_or_to_somebody_elsewhere(cast, finder):
    person, lead = make_person(cast.town), make_lead(finder)
    make_relation(cast.town_caseworker, number=person.number)
    with pytest.raises(Refusal, match="回避"):
        actions.link_lead(cast.town_caseworker, lead, person)
    with pytest.raises(PermissionDenied):
        actions.link_lead(cast.bureau_officer, lead, make_person(cast.charity))


def test_a_duplicate_points_to_the_first_and_no_chain_grows(cast, finder):
    first, second, third = (make_lead(finder) for _ in range(3))
    actions.mark_duplicate(cast.town_caseworker, third, second)
    actions.mark_duplicate(cast.town_caseworker, second, first)
    assert set(first.duplicates.values_list("pk", flat=True)) == {second.pk, third.pk}
    with pytest.raises(Refusal, match="自己"):
        actions.mark_duplicate(cast.town_caseworker, first, Lead.objects.get(pk=third.pk))


def test_a_duplicate_of_another_county_is_not_known_here(cast, browse, finder):
    elsewhere, lead = make_lead(finder, cast.other_county), make_lead(finder)
    url = reverse("referrals:mark_duplicate", args=[lead.code])
    answers = [browse(cast.town_caseworker).post(url, {"first": code}) for code in (elsewhere.code, "zzzzzzzzzz")]
    assert [one.context["form"].errors["first"] for one in answers] == [["在您能处理的范围内没有这条线索。"]] * 2


def test_closing_asks_for_the_reason_and_reopening_begins_anew(cast, finder):
    lead = make_lead(finder)
    with pytest.raises(Refusal, match="写明"):
        actions.close_lead(cast.town_caseworker, lead, "other", " ")
    actions.close_lead(cast.town_caseworker, lead, "not_found", "三次上门无人")
    with pytest.raises(Refusal, match="街道经办"):
        actions.take_lead(cast.bureau_officer, lead)
    again = actions.reopen_lead(cast.bureau_officer, lead, "有了新消息")
    assert (again.state, again.taken_by, again.closing, again.decided_at) == ("taken", cast.bureau_officer, "", None)


def test_a_lead_is_passed_on_within_the_county_and_no_farther(cast, finder):
    lead = make_lead(finder)
    town = make_area("230302002000", "甲区二街道", "town", cast.county)
    with pytest.raises(Refusal, match="本县"):
        actions.pass_lead(cast.town_caseworker, lead, cast.other_county, "在乙区")
    actions.take_lead(cast.town_caseworker, lead)
    passed = actions.pass_lead(cast.town_caseworker, lead, town, "住在二街道")
    assert (passed.state, passed.taken_by, passed.town) == ("new", None, town.code)
    with pytest.raises(PermissionDenied):
        actions.take_lead(cast.town_caseworker, lead)


def test_only_civil_affairs_works_on_leads(cast, finder):
    lead = make_lead(cast.charity_reviewer, cast.town_area)
    for somebody in (finder, cast.charity_reviewer, cast.bureau_approver, cast.city_supervisor):
        with pytest.raises(PermissionDenied):
            actions.close_lead(somebody, lead, "moved", "")


def test_the_same_telephone_and_the_same_place_are_shown_beside(cast, browse, finder):
    lead = make_lead(finder, phone="0467-5550001")
    same_phone = make_lead(finder, cast.county, phone="0467-5550001", filed_at=timezone.now() - timedelta(days=90))
    same_place = make_lead(finder, place="建设路 3号")
    make_lead(finder, place="文化路集市东口")
    make_lead(finder, cast.county)
    page = browse(cast.bureau_officer).get(reverse("referrals:show_lead", args=[lead.code]))
    assert {one.pk for one in page.context["similar"]} == {same_phone.pk, same_place.pk}
    page = browse(cast.town_caseworker).get(reverse("referrals:show_lead", args=[lead.code]))
    assert {one.pk for one in page.context["similar"]} == {same_place.pk}


# -- The answer ---------------------------------------------------------------------------------------------------
def cards_of(staff):
    return {card["title"]: card["count"] for group in home.waiting_for(staff) for card in group["cards"]}


def test_the_finder_hears_what_became_of_it(cast, browse, finder):
    finder.email = "finder@demo.invalid"
    finder.save()
    lead = make_lead(finder)
    assert cards_of(cast.town_caseworker)["线索待处理"] == 1
    actions.close_lead(cast.town_caseworker, lead, "informed", "已告知低保申请办法")
    deliver()
    assert [message.to for message in mail.outbox] == [["finder@demo.invalid"]]
    assert "低保" not in mail.outbox[0].body
    assert cards_of(finder)["您报的线索有了结果"] == 1
    page = browse(finder).get(reverse("referrals:show_lead", args=[lead.code])).content.decode()
    assert [words for words in ("已告知政策", "已告知低保申请办法") if words not in page] == []
    assert "您报的线索有了结果" not in cards_of(finder)


def test_the_finder_is_not_shown_whom_it_led_to(cast, browse, finder):
    lead = make_lead(finder)
    actions.link_lead(cast.town_caseworker, lead, make_person(cast.town, name="张三丰"))
    page = browse(finder).get(reverse("referrals:show_lead", args=[lead.code])).content.decode()
    assert [words for words in ("已建档", "张三丰", "/people/") if words in page] == ["已建档"]


def test_whoever_leaves_hands_on_what_they_took_up(cast, finder):
    lead = actions.take_lead(cast.town_caseworker, make_lead(finder))
    with transaction.atomic():
        assert handover.move_all(cast.bureau_officer, cast.town_caseworker, None)["leads"] == 1
    lead.refresh_from_db()
    assert (lead.state, lead.taken_by) == ("new", None)


def test_credit_goes_to_whoever_found(cast, browse, finder):
    make_lead(finder)
    make_lead(finder, state="registered", person=make_person(cast.town))
    rows = browse(cast.bureau_officer).get(reverse("referrals:count_finders")).context["rows"]
    assert [(row["filed_by__name"], row["filed"], row["registered"], row["open"]) for row in rows] == [
        ("网格员", 2, 1, 1)
    ]


def test_a_lead_is_found_by_its_number(cast, finder):
    lead = make_lead(finder)
    found = [one for group in search(cast.town_caseworker, lead.code) for one in group["found"]]
    assert [one.url for one in found] == [f"/leads/{lead.code}/"]
    assert search(cast.city_supervisor, lead.code) == []


def test_every_role_in_casework_may_file(cast):
    without = {"liaison_officer", "charity_finance"}
    assert {role for role in CASE_ROLES if "lead.file" not in ROLES[role]} == without
