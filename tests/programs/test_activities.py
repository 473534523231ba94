"""Activities: published, checked by a second person where money is collected, run, ended with a result."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from openpyxl import load_workbook

from members.access import Refusal, Stale
from programs.actions import activities as actions
from programs.models import Activity
from tests.make.catalogue import make_activity, make_request
from tests.make.units import make_contact_post, make_organization, make_profile, make_staff

TODAY = timezone.localdate()
MOBILE = "138" + "0" * 8
VALUES = {
    "title": "冬日送暖", "kind": "featured", "level": "county", "starts_on": TODAY, "description": "走访慰问困难家庭。",
}  # fmt: skip
COLLECTION = {**VALUES, "title": "爱心助医募捐", "kind": "fundraising", "fundraising": "public", "mode": "offline"}


def enter(staff, **values):
    return actions.create_activity(staff, staff.organization, {**VALUES, **values})


def collection(staff, **values):
    return actions.create_activity(staff, staff.organization, {**COLLECTION, **values})


# -- The way ----------------------------------------------------------------------------------------------------------
def test_from_draft_to_result(cast, browse):
    activity = enter(cast.charity_reviewer, ends_on=TODAY)
    address, stranger = f"/public/activities/{activity.code}/", browse(None)
    assert stranger.get(address).status_code == 404
    assert browse(cast.bureau_officer).get(f"/activities/{activity.code}/").status_code == 404
    actions.publish_activity(cast.charity_reviewer, activity, 1)
    assert stranger.get(address).status_code == 200
    actions.start_activity(cast.charity_reviewer, activity, 2)
    result = {
        "ended_on": TODAY,
        "people_helped": 30,
        "money_given": 6000,
        "hours_given": "12.5",
        "result": "走访 30 户。",
    }
    with pytest.raises(Refusal, match="结果"):
        actions.end_activity(cast.charity_reviewer, activity, 3, {**result, "result": " "})
    actions.end_activity(cast.charity_reviewer, activity, 3, result)
    page = stranger.get(address).content.decode()
    assert "走访 30 户。" in page
    assert "6,000.00 元" in page
    for act in (
        lambda: actions.cancel_activity(cast.charity_reviewer, activity, 4, "不办了"),
        lambda: actions.edit_activity(cast.charity_reviewer, activity, 4, VALUES),
    ):
        with pytest.raises(Refusal, match="已结束"):
            act()


def test_who_moves_what_another_has_moved_hears_of_it(cast):
    activity = make_activity(cast.charity, "draft")
    actions.edit_activity(cast.charity_admin, activity, 1, VALUES)
    with pytest.raises(Stale):
        actions.publish_activity(cast.charity_reviewer, activity, 1)


def test_cancelled_with_a_reason_that_the_public_reads(cast, browse):
    activity = make_activity(cast.charity)
    with pytest.raises(Refusal):
        actions.cancel_activity(cast.charity_admin, activity, 1, "")
    actions.cancel_activity(cast.charity_admin, activity, 1, "场地停电")
    assert "场地停电" in browse(None).get(f"/public/activities/{activity.code}/").content.decode()


def test_what_was_cancelled_before_it_was_published_is_nobodys_business(cast, browse):
    activity = make_activity(cast.charity, "submitted", kind="fundraising")
    actions.cancel_activity(cast.charity_admin, activity, 1, "不办了")
    assert browse(None).get(f"/public/activities/{activity.code}/").status_code == 404
    assert browse(cast.bureau_officer).get(f"/activities/{activity.code}/").status_code == 404


def test_the_clock_starts_what_begins(cast):
    due = make_activity(cast.charity)
    later = make_activity(cast.charity, starts_on=TODAY + timedelta(days=1))
    draft = make_activity(cast.charity, "draft")
    assert (actions.start_what_begins(), actions.start_what_begins()) == (1, 0)
    states = {one.pk: one.state for one in Activity.objects.all()}
    assert states == {due.pk: "running", later.pk: "published", draft.pk: "draft"}


def test_only_the_leading_unit_writes(cast):
    activity = make_activity(cast.charity)
    for person in (cast.bureau_approver, cast.other_charity_admin, cast.catalogue_admin):
        with pytest.raises(PermissionDenied):
            actions.edit_activity(person, activity, 1, VALUES)
        with pytest.raises(PermissionDenied):
            actions.end_activity(person, activity, 1, {})


# -- What kind it is --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["festival", "major_event", "disaster", "epidemic"])
def test_an_occasion_is_named(kind, cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, kind=kind)
    assert refused.value.field == "occasion"
    assert enter(cast.charity_reviewer, kind=kind, occasion="春节").occasion == "春节"


def test_a_disaster_stands_first_in_public_with_the_urgent_clocks(cast, browse):
    make_profile(cast.county, clocks={"sign": [1, 0], "decide": [5, 2]})
    activity = enter(cast.charity_reviewer, kind="disaster", occasion="洪涝", title="抗洪救助")
    actions.publish_activity(cast.charity_reviewer, activity, 1)
    assert "正在进行的灾情、疫情帮扶" in browse(None).get("/public/activities/").content.decode()
    page = browse(cast.bureau_officer).get(f"/activities/{activity.code}/").content.decode()
    assert "签收 0 个工作日、决定 2 个工作日" in page


def test_brands_are_those_of_the_region_and_stay_when_it_drops_them(cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, brands=["民政牵挂·救在身边"])
    assert refused.value.field == "brands"
    profile = make_profile(cast.county, brands=["民政牵挂·救在身边"])
    activity = enter(cast.charity_reviewer, brands=["民政牵挂·救在身边"])
    type(profile).objects.update(brands=[])
    actions.edit_activity(cast.charity_reviewer, activity, 1, {**VALUES, "brands": ["民政牵挂·救在身边"]})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": TODAY - timedelta(days=1)}, None),
        ({"description": f"电话 {MOBILE}"}, "description"),
        ({"kind": "fundraising"}, None),
        ({"kind": "", "title": "无"}, "kind"),
        ({"description": ""}, "description"),
    ],
)
def test_what_cannot_be_is_refused(values, field, cast):
    with pytest.raises(Refusal) as refused:
        enter(cast.charity_reviewer, **values)
    assert refused.value.field == field


def test_a_post_is_one_of_the_unit(cast):
    with pytest.raises(Refusal):
        enter(cast.charity_reviewer, contact_post=make_contact_post(cast.bureau))


def test_last_years_activity_is_copied_without_its_days_filing_and_result(cast):
    activity = make_activity(
        cast.charity, "ended", kind="fundraising", fundraising="public", filing_number="备-1", people_helped=9
    )
    activity.areas.set([cast.county])
    copy = actions.copy_activity(cast.charity_admin, activity, title="今年", starts_on=TODAY)
    assert (copy.state, copy.filing_number, copy.people_helped, copy.result) == ("draft", "", None, "")
    assert (copy.description, list(copy.areas.all())) == (activity.description, [cast.county])


def test_only_a_draft_is_discarded(cast):
    with pytest.raises(Refusal):
        actions.discard_activity(cast.charity_admin, make_activity(cast.charity), 1)
    draft = make_activity(cast.charity, "draft")
    actions.discard_activity(cast.charity_admin, draft, 1)
    assert not Activity.objects.filter(pk=draft.pk).exists()


# -- Collections ------------------------------------------------------------------------------------------------------
def test_a_collection_is_checked_by_a_second_person(cast):
    activity = collection(cast.charity_approver, fundraising="non_public")
    with pytest.raises(Refusal, match="第二个人"):
        actions.publish_activity(cast.charity_approver, activity, 1)
    actions.submit_activity(cast.charity_approver, activity, 1)
    with pytest.raises(Refusal, match="第二个人"):
        actions.check_activity(cast.charity_approver, activity, 2)
    with pytest.raises(PermissionDenied):
        actions.check_activity(cast.charity_reviewer, activity, 2)
    actions.return_activity(cast.bureau_approver, activity, 2, "用途不清")
    assert (activity.state, activity.reason) == ("draft", "用途不清")
    actions.submit_activity(cast.charity_approver, activity, 3)
    actions.check_activity(cast.bureau_approver, activity, 4)
    assert (activity.state, activity.checked_by) == ("published", cast.bureau_approver)


def test_the_federation_of_the_area_checks_the_collections_of_its_charities(cast):
    federation = make_organization("测试市慈善总会", "charity_federation", cast.city)
    checker = make_staff("总会审批", federation, ["charity_approver"])
    elsewhere = make_staff(
        "别处", make_organization("乙区慈善会", "charity_federation", cast.other_county), ["charity_approver"]
    )
    activity = make_activity(cast.other_charity, "submitted", kind="fundraising", submitted_by=cast.other_charity_admin)
    with pytest.raises(PermissionDenied):
        actions.check_activity(elsewhere, activity, 1)
    actions.check_activity(checker, activity, 1)
    assert activity.state == "published"


@pytest.mark.parametrize(
    ("qualified", "values", "refusal"),
    [
        (False, {"filing_number": "备-1"}, "没有公开募捐资格"),
        (True, {}, "备案编号"),
        (True, {"filing_number": "备-1", "mode": "online"}, "指定的平台"),
        (True, {"filing_number": "备-1", "mode": "both", "platform": "随便筹"}, "指定的平台"),
    ],
)
def test_public_collections_keep_to_the_law(qualified, values, refusal, cast):
    cast.charity.has_public_fundraising = qualified
    cast.charity.save()
    activity = collection(cast.charity_reviewer, **values)
    with pytest.raises(Refusal, match=refusal):
        actions.submit_activity(cast.charity_reviewer, activity, 1)


def test_a_lawful_public_collection_is_submitted_and_waits_on_the_desk(cast, browse):
    cast.charity.has_public_fundraising = True
    cast.charity.save()
    activity = collection(cast.charity_reviewer, filing_number="备-1", mode="online", platform="腾讯公益")
    actions.submit_activity(cast.charity_reviewer, activity, 1)
    assert "募捐项目等您审核" in browse(cast.bureau_approver).get("/").content.decode()
    assert "爱心助医募捐" in browse(cast.bureau_approver).get("/activities/?state=check").content.decode()
    assert "爱心助医募捐" not in browse(cast.other_bureau_approver).get("/activities/").content.decode()


def test_what_was_checked_is_not_changed_afterwards(cast):
    activity = make_activity(cast.charity, kind="fundraising")
    with pytest.raises(Refusal, match="募捐信息"):
        actions.edit_activity(cast.charity_admin, activity, 1, {**COLLECTION, "fundraising": "public"})
    assert Activity.objects.get().fundraising == "non_public"


# -- Asking others ----------------------------------------------------------------------------------------------------
def test_a_bureau_is_asked_and_answers(cast, browse):
    activity = make_activity(cast.charity, "draft")
    asked = actions.ask_for(cast.charity_reviewer, activity, "help", cast.bureau, "请提供场地")
    with pytest.raises(Refusal, match="正在等待"):
        actions.ask_for(cast.charity_reviewer, activity, "help", cast.bureau, "请提供车辆")
    session = browse(cast.bureau_officer)
    assert session.get(f"/activities/{activity.code}/").status_code == 200  # it is asked about it
    assert "别的单位请您提供帮助" in session.get("/").content.decode()
    with pytest.raises(PermissionDenied):
        actions.answer_request(cast.other_bureau_approver, asked, "agreed", "好")
    actions.answer_request(cast.bureau_officer, asked, "partly", "可借会议室半天")
    with pytest.raises(Refusal, match="已经答复"):
        actions.retract_request(cast.charity_reviewer, asked)


def test_help_is_asked_of_bureaus_and_never_of_oneself(cast):
    activity = make_activity(cast.charity)
    for unit in (cast.other_charity, cast.charity):
        with pytest.raises(Refusal) as refused:
            actions.ask_for(cast.charity_reviewer, activity, "help", unit, "请帮忙")
        assert refused.value.field == "organization"


def test_partners_that_agreed_stand_on_the_public_page(cast, browse):
    activity = make_activity(cast.charity)
    actions.answer_request(cast.bureau_officer, make_request(activity, cast.bureau, "joint"), "agreed", "参加")
    declined = make_request(activity, cast.town, "joint")
    actions.answer_request(cast.town_caseworker, declined, "declined", "人手不够")
    page = browse(None).get(f"/public/activities/{activity.code}/").content.decode()
    assert cast.bureau.name in page
    assert cast.town.name not in page


# -- Lists and files --------------------------------------------------------------------------------------------------
def test_filters_narrow_and_odd_ones_do_not_break(cast, browse):
    make_activity(cast.charity, title="品牌一", kind="brand", brands=["善满山城"])
    make_activity(cast.charity, title="中秋", kind="festival", occasion="中秋节", starts_on=TODAY - timedelta(days=400))
    session = browse(cast.bureau_officer)
    page = session.get("/activities/?brand=善满山城").content.decode()
    assert "品牌一" in page
    assert "中秋" not in page
    assert "品牌一" not in session.get(f"/activities/?year={TODAY.year - 2}").content.decode()
    for odd in ("?kind=x", "?year=abc", "?area=1", "?unit=%00", "?state=zz", "?after=xx"):
        for address in ("/activities/", "/public/activities/"):
            assert session.get(address + odd).status_code == 200


def test_a_draft_never_slips_into_the_public_list_or_an_export(cast, browse):
    make_activity(cast.charity, "draft", title="还没想好")
    make_activity(cast.charity, title="=HYPERLINK(1)")
    assert "还没想好" not in browse(None).get("/public/activities/?state=draft").content.decode()
    book = load_workbook(io.BytesIO(browse(cast.bureau_officer).post("/activities/export/").content))
    titles = [row[0].value for row in book.active.iter_rows(min_row=2)]
    assert titles == ["=HYPERLINK(1)"]
    assert book.active["A2"].data_type == "s"


def test_an_overdue_activity_asks_for_its_result(cast, browse):
    make_activity(cast.charity, "running", starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1))
    assert "活动已到期，请登记结果" in browse(cast.charity_reviewer).get("/").content.decode()
    assert "活动已到期，请登记结果" not in browse(cast.bureau_officer).get("/").content.decode()


def test_the_form_enters_and_publishes(cast, browse):
    session = browse(cast.charity_reviewer)
    answer = {**VALUES, "starts_on": TODAY.isoformat(), "mode": "online", "link": "http://example.org/"}
    assert "https://" in session.post("/activities/new/", answer).content.decode()
    response = session.post("/activities/new/", {**answer, "link": "https://example.org/"})
    address = response.headers["Location"]
    assert session.post(f"{address}publish/", {"version": "1"}).status_code == 302
    assert Activity.objects.get().state == "published"
    result = {"version": "2", "ended_on": TODAY.isoformat(), "people_helped": "3", "result": "完成"}
    assert session.post(f"{address}end/", result).status_code == 302
    assert Activity.objects.get().people_helped == 3


# -- What was checked stays -------------------------------------------------------------------------------------------
def checked(cast, **values):
    activity = collection(cast.charity_reviewer, fundraising="non_public", **values)
    actions.submit_activity(cast.charity_reviewer, activity, activity.version)
    return actions.check_activity(cast.charity_approver, activity, activity.version)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "别的"), ("description", "请转到个人账户"), ("link", "https://example.org/"), ("mode", "online")],
)
def test_what_the_second_person_looked_at_stays(field, value, cast):
    activity = checked(cast)
    with pytest.raises(Refusal, match="审核以后"):
        actions.edit_activity(cast.charity_reviewer, activity, activity.version, {field: value})
    actions.edit_activity(cast.charity_reviewer, activity, activity.version, {"place": "文化广场"})
    activity.refresh_from_db()
    assert (activity.place, getattr(activity, field)) == ("文化广场", COLLECTION.get(field, ""))


def test_an_activity_does_not_become_a_collection_while_it_is_published(cast):
    """Whoever foresees the next version has a collection written under a publication that looked at a visit."""
    seen = enter(cast.charity_reviewer)
    actions.edit_activity(cast.charity_reviewer, seen, 1, {"kind": "fundraising", "fundraising": "non_public"})
    with pytest.raises(Stale):
        actions.publish_activity(cast.charity_reviewer, seen, 2)
    assert Activity.objects.get().state == "draft"


def test_why_it_was_called_off_names_no_number(cast):
    activity = enter(cast.charity_reviewer)
    with pytest.raises(Refusal, match="号码"):
        actions.cancel_activity(cast.charity_reviewer, activity, 1, f"请打 {MOBILE}")
