"""The settings of an area: whose hold, from when, who changes them, and how a change reads."""

import dataclasses
import io
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from members import profiles
from members.access import Refusal, Stale
from members.actions import profiles as actions
from members.models import AuditEntry, RegionalProfile
from members.profile_words import groups_of, lines_of
from tests.make.units import make_area, make_profile
from tests.members.test_policies import make_areas_of_the_texts

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


def form_of(session, area):
    """The edit page as a browser would send it back."""
    form = session.get(f"/profiles/{area.code}/edit/").context["form"]
    sent = {}
    for bound in form:
        value = bound.field.prepare_value(bound.value()) if hasattr(bound.field, "prepare_value") else bound.value()
        if value is True:
            sent[bound.html_name] = "on"
        elif value is not None and value is not False and value != "":
            sent[bound.html_name] = value
    return sent


# -- whose settings hold ----------------------------------------------------------------------------------------------
def test_where_nobody_said_anything_the_built_in_settings_hold(cast):
    profile = profiles.profile_of(cast.town.area)
    assert profile.is_built_in
    assert (profile.days("sign"), profile.days("sign", is_urgent=True), profile.days("decide")) == (1, 0, 5)


def test_the_nearest_area_upward_decides(cast):
    make_profile(cast.city_bureau.area, notify_duty="should")
    assert profiles.profile_of(cast.town.area).area_name == "测试市"
    make_profile(cast.bureau.area, notify_duty="shall")
    assert profiles.profile_of(cast.town.area).notify_duty == "shall"
    assert profiles.profile_of(cast.other_bureau.area).notify_duty == "should"


def test_a_case_is_judged_by_the_settings_of_its_day(cast):
    area = cast.bureau.area
    make_profile(area, "2024-01-01", valid_to="2024-06-30", notify_duty="may")
    make_profile(area, "2024-07-01", notify_duty="shall")
    assert profiles.profile_of(area, date(2024, 6, 30)).notify_duty == "may"
    assert profiles.profile_of(area, date(2024, 7, 1)).notify_duty == "shall"
    assert profiles.profile_of(area, date(2023, 12, 31)).is_built_in


def test_settings_that_are_switched_off_give_way_to_those_above(cast):
    make_profile(cast.city_bureau.area, notify_duty="should")
    make_profile(cast.bureau.area, notify_duty="shall", is_on=False)
    assert profiles.profile_of(cast.bureau.area).notify_duty == "should"


def test_a_cancelled_version_never_holds(cast):
    make_profile(cast.bureau.area, cancelled_at=timezone.now())
    assert profiles.profile_of(cast.bureau.area).is_built_in


def test_many_areas_cost_one_query(cast, django_assert_num_queries):
    make_profile(cast.city_bureau.area)
    make_profile(cast.bureau.area)
    areas = [cast.town.area, cast.bureau.area, cast.other_bureau.area, cast.city_bureau.area]
    with django_assert_num_queries(1):
        found = profiles.profiles_of(areas)
    assert [found[area.code].area_name for area in areas] == ["甲区", "甲区", "测试市", "测试市"]


def test_within_one_block_the_settings_are_looked_up_once(cast, django_assert_num_queries):
    with profiles.remembering(), django_assert_num_queries(1):
        assert profiles.profile_of(cast.bureau.area) == profiles.profile_of(cast.bureau.area)
    with django_assert_num_queries(2):
        profiles.profile_of(cast.bureau.area)
        profiles.profile_of(cast.bureau.area)


def test_a_change_is_seen_at_once_even_within_the_block(cast):
    with profiles.remembering():
        assert profiles.profile_of(cast.bureau.area).notify_duty == "may"
        set_notify(cast, "shall", on=TODAY)
        assert profiles.profile_of(cast.bureau.area).notify_duty == "shall"


def test_a_profile_cannot_be_changed_by_its_readers(cast):
    make_profile(cast.bureau.area, meeting_rhythms={"joint_meeting": "monthly"})
    profile = profiles.profile_of(cast.bureau.area)
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.notify_duty = "may"
    with pytest.raises(TypeError):
        profile.clocks["sign"] = (9, 9)
    with pytest.raises(TypeError):
        profile.meeting_rhythms["joint_meeting"] = "yearly"


def test_a_clock_added_later_has_its_built_in_days(cast):
    make_profile(cast.bureau.area, clocks={"sign": [2, 1]})
    profile = profiles.profile_of(cast.bureau.area)
    assert (profile.days("sign"), profile.days("decide")) == (2, 5)


@pytest.mark.parametrize(
    ("simplified_for", "is_referred", "categories", "procedure"),
    [
        ("referral", True, [], "simplified_by_referral"),
        ("referral", False, ["dibao"], "normal"),
        ("category", True, [], "normal"),
        ("category", False, ["dibao"], "simplified_by_category"),
        ("category", True, ["disabled"], "normal"),
        ("both", True, ["dibao"], "simplified_by_referral"),
        ("both", False, ["dibao"], "simplified_by_category"),
    ],
)
def test_who_gets_the_simplified_procedure(cast, simplified_for, is_referred, categories, procedure):
    make_profile(cast.bureau.area, simplified_for=simplified_for, simplified_categories=["dibao", "tekun"])
    profile = profiles.profile_of(cast.bureau.area)
    assert profile.procedure_for(is_referred=is_referred, categories=categories) == procedure


def test_a_closed_list_keeps_others_out(cast):
    make_profile(cast.bureau.area, scope_categories=["dibao"], is_scope_open=False)
    profile = profiles.profile_of(cast.bureau.area)
    assert (profile.takes(["dibao", "disabled"]), profile.takes(["disabled"]), profile.takes([])) == (
        True,
        False,
        False,
    )


# -- what the database holds ------------------------------------------------------------------------------------------
def test_two_versions_of_an_area_never_overlap(cast):
    make_profile(cast.bureau.area, "2024-01-01", valid_to="2024-06-30")
    make_profile(cast.bureau.area, "2024-07-01")
    make_profile(cast.other_bureau.area, "2024-01-01")
    for day in ("2024-06-30", "2025-01-01"):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_profile(cast.bureau.area, day, valid_to=day)


def test_a_version_does_not_end_before_it_begins(cast):
    # PostgreSQL refuses the range itself before it comes to the check.
    with pytest.raises(Exception, match="range lower bound|profile_ends_after_it_begins"), transaction.atomic():
        make_profile(cast.bureau.area, "2024-02-01", valid_to="2024-01-01")


# -- changing them ----------------------------------------------------------------------------------------------------
def set_notify(cast, duty, *, on, actor=None, seen=None, area=None):
    area = area or cast.bureau.area
    newest = actions.newest_of(area)
    seen = seen if seen is not None else (newest.code if newest else "")
    return actions.set_profile(actor or cast.bureau_approver, area, on, {"notify_duty": duty}, seen=seen)


def test_a_new_version_ends_the_one_before(cast):
    old = make_profile(cast.bureau.area, "2024-01-01", notify_duty="may")
    set_notify(cast, "shall", on=TOMORROW)
    old.refresh_from_db()
    assert old.valid_to == TODAY
    assert profiles.profile_of(cast.bureau.area).notify_duty == "may"
    assert profiles.profile_of(cast.bureau.area, TOMORROW).notify_duty == "shall"
    line = AuditEntry.objects.get(action="profile.set")
    assert list(line.changes) == ["慈善组织告知政府"]


def test_the_past_is_not_changed(cast):
    with pytest.raises(Refusal) as refusal:
        set_notify(cast, "shall", on=TODAY - timedelta(days=1))
    assert refusal.value.field == "valid_from"
    assert not RegionalProfile.objects.exists()


def test_a_version_begins_after_the_newest_one(cast):
    set_notify(cast, "shall", on=TOMORROW)
    with pytest.raises(Refusal):
        set_notify(cast, "should", on=TOMORROW)
    with pytest.raises(Refusal):
        set_notify(cast, "should", on=TODAY)
    assert RegionalProfile.objects.count() == 1


def test_a_version_that_changes_nothing_is_refused(cast):
    make_profile(cast.bureau.area, notify_duty="shall")
    with pytest.raises(Refusal):
        set_notify(cast, "shall", on=TOMORROW)


def test_who_saw_an_older_version_is_told_by_whom_it_was_changed(cast):
    first = make_profile(cast.bureau.area)
    set_notify(cast, "shall", on=TOMORROW)
    with pytest.raises(Stale) as refusal:
        set_notify(cast, "should", on=TOMORROW + timedelta(days=1), seen=first.code)
    assert "民政审批" in refusal.value.message
    assert RegionalProfile.objects.count() == 2


def test_only_the_bureau_of_the_area_may_set_it(cast):
    for actor in (cast.other_bureau_approver, cast.bureau_officer, cast.system_admin, cast.charity_admin):
        with pytest.raises(PermissionDenied):
            set_notify(cast, "shall", on=TOMORROW, actor=actor)
    with pytest.raises(PermissionDenied):
        set_notify(cast, "shall", on=TOMORROW, area=cast.city_bureau.area)
    set_notify(cast, "shall", on=TOMORROW, area=cast.town.area)


def test_a_planned_version_is_called_off_and_the_old_one_goes_on(cast, browse):
    old = make_profile(cast.bureau.area, "2024-01-01", notify_duty="may")
    planned = set_notify(cast, "shall", on=TOMORROW)
    browse(cast.bureau_approver).post(f"/profiles/versions/{planned.code}/cancel/")
    old.refresh_from_db()
    assert old.valid_to is None
    assert profiles.profile_of(cast.bureau.area, TOMORROW).notify_duty == "may"
    set_notify(cast, "should", on=TOMORROW)


def test_what_is_in_force_is_not_called_off(cast):
    held = make_profile(cast.bureau.area, "2024-01-01")
    with pytest.raises(Refusal):
        actions.cancel_profile(cast.bureau_approver, held)


def test_only_the_newest_plan_is_called_off(cast):
    planned = set_notify(cast, "shall", on=TOMORROW)
    set_notify(cast, "should", on=TOMORROW + timedelta(days=9))
    with pytest.raises(Refusal):
        actions.cancel_profile(cast.bureau_approver, planned)


# -- the screens ------------------------------------------------------------------------------------------------------
def test_a_change_is_shown_in_words_and_takes_a_second_look(cast, browse):
    area, approver = cast.bureau.area, browse(cast.bureau_approver)
    sent = form_of(approver, area) | {"notify_duty": "shall", "clock_sign_0": "2"}
    page = approver.post(f"/profiles/{area.code}/edit/", sent)
    assert not RegionalProfile.objects.exists()
    assert [(label, new) for label, _old, new in page.context["changes"]] == [
        ("本地区自己的参数", "启用"),
        ("慈善组织告知政府", "发现可能符合政府救助条件而未获救助的家庭，必须主动联系民政部门并协助申请。"),
        ("签收", "2 个工作日内；加急 当天"),
    ]
    kept = {}
    for name, value in page.context["kept"]:
        kept.setdefault(name, []).append(value)
    again = approver.post(f"/profiles/{area.code}/edit/", kept | {"again": "1"})
    assert again.context["form"]["notify_duty"].value() == "shall"
    approver.post(f"/profiles/{area.code}/edit/", kept | {"confirmed": "1"})
    row = RegionalProfile.objects.get()
    assert (row.valid_from, row.notify_duty, row.clocks["sign"]) == (TOMORROW, "shall", [2, 0])
    assert row.created_by == cast.bureau_approver


def test_what_the_form_does_not_touch_stays_as_it_was(cast, browse):
    old = make_profile(
        cast.bureau.area, platforms=["平台甲", "平台乙"], dates=[["慈善周", "09-01", "09-07"], ["慈善月", "", ""]],
        meeting_rhythms={"joint_meeting": "quarterly"}, sources={"simplified_for": "二（二）"}, awards=["commendation"],
        scope_categories=["dibao", "tekun"], feedback_every_months=3,
    )  # fmt: skip
    approver = browse(cast.bureau_approver)
    sent = form_of(approver, cast.bureau.area) | {"same_level_only": "on", "confirmed": "1"}
    approver.post(f"/profiles/{cast.bureau.area.code}/edit/", sent)
    new = actions.newest_of(cast.bureau.area)
    assert new.pk != old.pk
    untouched = [name for name in profiles.SETTINGS if name != "same_level_only"]
    assert {name: getattr(new, name) for name in untouched} == {name: getattr(old, name) for name in untouched}
    assert new.sources == old.sources


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"clock_sign_0": "-1"}, "clock_sign_0"),
        ({"clock_sign_0": "99999999999999999999"}, "clock_sign_0"),
        ({"clock_sign_1": "9"}, "clock_sign_1"),
        ({"clock_sign_0": ""}, "clock_sign_0"),
        ({"valid_from": "2020-01-01", "confirmed": "1"}, "valid_from"),
        ({"valid_from": "昨天"}, "valid_from"),
        ({"dates": "慈善日 13-45"}, "dates"),
        ({"sources": "没有这一项：一"}, "sources"),
        ({"platforms": "台" * 41}, "platforms"),
        ({"platforms": "平\u202e台"}, "platforms"),
        ({"simplified_for": "category"}, "simplified_categories"),
        ({"scope_categories": ["nonsense"]}, "scope_categories"),
        ({"meeting_joint_meeting": "hourly"}, "meeting_joint_meeting"),
        ({"publish_minimum": "0"}, "publish_minimum"),
        ({"note": "说明\x00"}, "note"),
        ({"policy": "999999999999999999999"}, "policy"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_word(cast, browse, changes, field):
    approver = browse(cast.bureau_approver)
    page = approver.post(f"/profiles/{cast.bureau.area.code}/edit/", form_of(approver, cast.bureau.area) | changes)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert not RegionalProfile.objects.exists()


def test_everyone_reads_the_settings_of_their_area_and_sees_where_they_come_from(cast, browse):
    make_profile(cast.city_bureau.area, notify_duty="shall", sources={"notify_duty": "二（二）"})
    text = browse(cast.town_caseworker).get("/profiles/mine/").content.decode()
    assert "沿用上级 测试市 的参数" in text
    assert "必须主动联系" in text
    assert "二（二）" in text


def test_the_settings_of_a_past_day_can_be_read(cast, browse):
    make_profile(cast.bureau.area, "2024-01-01", valid_to="2024-06-30", same_level_only=True)
    reader = browse(cast.town_caseworker)
    old = reader.get(f"/profiles/{cast.bureau.area.code}/?on=2024-03-01").context["profile"]
    assert old.same_level_only
    for hostile in ("2024-13-45", "x", "\x00", "9" * 99):
        assert reader.get(f"/profiles/{cast.bureau.area.code}/", {"on": hostile}).context["profile"].is_built_in


def test_every_setting_has_a_sentence_and_stands_on_the_page(cast):
    profile = profiles.built_in()
    lines = lines_of(profile)
    spoken = {line.setting for line in lines}
    within_another = {"is_scope_open", "simplified_categories", "notify_whom", "feedback_every_months"}
    assert spoken == set(profiles.SETTINGS) - within_another
    assert [line.label for line in lines if not line.text] == []
    shown = [line for _heading, found in groups_of(profile) for line in found]
    assert sorted(line.label for line in shown) == sorted(line.label for line in lines)


# -- what is shipped --------------------------------------------------------------------------------------------------
def load():
    out = io.StringIO()
    call_command("load_policies", stdout=out)
    call_command("load_profiles", stdout=out)
    return out.getvalue()


def test_the_five_regions_differ_as_their_texts_do(db):
    make_areas_of_the_texts()
    load()
    found = {code: profiles.profile_of(make_area(code)) for code in (
        "230300000000", "410400000000", "230000000000", "350000000000", "500105000000",
    )}  # fmt: skip
    assert [profile.notify_duty for profile in found.values()] == ["may", "should", "may", "should", "shall"]
    assert [profile.simplified_for for profile in found.values()] == ["referral"] * 3 + ["category", "referral"]
    assert [profile.service_set for profile in found.values()] == ["A", "B", "A", "B", "A"]
    assert [profile.same_level_only for profile in found.values()] == [True, False, False, False, False]
    assert [profile.check_required_before_aid for profile in found.values()] == [False, True, False, False, False]
    assert [profile.policy.shipped_as for profile in found.values()] == [
        "jixi", "pingdingshan", "heilongjiang", "fujian", "jiangbei",
    ]  # fmt: skip
    assert found["230300000000"].valid_from == date(2024, 7, 12)
    assert found["350000000000"].valid_from == date(2024, 9, 1)
    jixi = make_area("230300000000")
    assert profiles.profile_of(jixi, date(2024, 7, 11)).area_code == "230000000000"


def test_loading_twice_changes_nothing_and_a_missing_area_is_named(db):
    make_area("350000000000", "福建省", "province")
    assert "跳过 230300000000" in load()
    assert "新装入 0 个地区" in load()
    assert RegionalProfile.objects.count() == 1


def test_the_draft_of_pingdingshan_is_marked_and_can_be_switched_off(cast, browse):
    make_areas_of_the_texts()
    load()
    city = make_area("410400000000")
    text = browse(cast.charity_reviewer).get(f"/profiles/{city.code}/").content.decode()
    assert "试行（征求意见稿）" in text
    newest = actions.newest_of(city)
    cast.bureau_approver.organization.area = city
    settings = {name: getattr(newest, name) for name in actions.WRITABLE}
    actions.set_profile(cast.bureau_approver, city, TOMORROW, settings | {"is_on": False}, seen=newest.code)
    assert not profiles.profile_of(city).is_built_in
    assert profiles.profile_of(city, TOMORROW).is_built_in


def test_the_versions_of_an_area_are_found_through_an_index(cast):
    with connection.cursor() as cursor:
        cursor.execute("select indexdef from pg_indexes where tablename = 'members_regionalprofile'")
        assert any("gist (area_id, daterange" in row[0] for row in cursor.fetchall())
