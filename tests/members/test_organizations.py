import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from members.access import Refusal, Stale
from members.actions.organizations import (
    changed_since,
    clone_member_units,
    confirm_capacity,
    create_organization,
    edit_organization,
    member_units,
    name_in,
    resume_organization,
    suspend_organization,
)
from members.forms.organizations import OrganizationForm
from members.models import (
    AuditEntry,
    JointBody,
    Organization,
    OrganizationChange,
    OrganizationStateChange,
    Seat,
)
from tests.make.units import (
    make_affiliation,
    make_area,
    make_contact_post,
    make_joint_body,
    make_organization,
    make_staff,
)

TODAY = datetime.date.today()
# 51230000MJ00000000 with its right check character; belongs to nobody.
CREDIT_CODE = "51230000MJ00000005"


def new_values(cast, **values):
    empty = {"name": "甲区助医会", "kind": "other_charity", "level": "county", "area": cast.county}
    return {**empty, **values}


def form_of(organization, **values):
    """What a browser would send from the edit page."""
    form = OrganizationForm(
        actor=organization.staff.first() or make_staff(organization=organization),
        initial=OrganizationForm.initial_of(organization),
    )
    data = {}
    for name in form.fields:
        value = form[name].value()
        data[name] = "" if value is None else value
    data = {name: value for name, value in data.items() if value not in (False, [])}
    return {**data, **values}


def url(name, organization):
    return reverse(f"members:{name}", args=[organization.code])


# -- Registering -------------------------------------------------------------------------------------------------------


def test_a_bureau_registers_a_unit_of_its_area(cast):
    made = create_organization(cast.bureau_approver, new_values(cast, service_areas=[cast.county, cast.town_area]))
    assert set(made.service_areas.all()) == {cast.county, cast.town_area}
    assert AuditEntry.objects.get(action="organization.create").object_code == made.code


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"area": "other_county"}, "area"),
        ({"area": "city", "level": "city"}, "area"),
        ({"kind": "womens_federation", "level": "city"}, "level"),
        ({"name": "甲区慈善会"}, "name"),
        ({"kind": "individual", "credit_code": CREDIT_CODE}, "credit_code"),
    ],
)
def test_a_unit_that_cannot_be_is_refused_at_its_field(cast, values, field):
    if "area" in values:
        values = {**values, "area": getattr(cast, values["area"])}
    with pytest.raises(Refusal) as refusal:
        create_organization(cast.bureau_approver, new_values(cast, **values))
    assert refusal.value.field == field


def test_two_units_do_not_share_a_credit_code(cast):
    create_organization(cast.bureau_approver, new_values(cast, credit_code=CREDIT_CODE))
    with pytest.raises(Refusal, match="统一社会信用代码"):
        create_organization(cast.bureau_approver, new_values(cast, name="另一个", credit_code=CREDIT_CODE))


@pytest.mark.parametrize(
    "values",
    [
        {"is_recognized_charity": True, "is_recognition_candidate": True},
        {"recognized_on": TODAY},
        {"fundraising_from": TODAY},
        {"has_public_fundraising": True, "fundraising_from": TODAY, "fundraising_until": datetime.date(2020, 1, 1)},
    ],
)
def test_contradictions_are_refused_by_the_database_too(cast, values):
    with pytest.raises(Refusal):
        create_organization(cast.bureau_approver, new_values(cast, **values))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organization(area=cast.county, **values)


def test_registering_on_screen_by_names_instead_of_codes(cast, browse):
    session = browse(cast.bureau_approver)
    data = {
        "name": "甲区助医会", "kind": "other_charity", "level": "county", "area": "甲区", "parent": "甲区民政局",
        "credit_code": CREDIT_CODE, "service_areas": "甲区一街道\n230302", "directions": ["bureau_to_charity"],
        "need_kinds": ["medical"],
    }  # fmt: skip
    assert session.post(reverse("members:create_organization"), data).status_code == 302
    made = Organization.objects.get(name="甲区助医会")
    assert (made.area, made.parent, made.credit_code) == (cast.county, cast.bureau, CREDIT_CODE)
    assert made.service_areas.count() == 2
    assert "政府转慈善" in session.get(url("show_organization", made)).text


HOSTILE = [
    {"name": "甲\x00会"},
    {"name": "甲\u202e会"},
    {"name": "会" * 121},
    {"name": ""},
    {"kind": "king"},
    {"level": "moon"},
    {"area": "没有这个区"},
    {"area": "99"},
    {"area": "<script>"},
    {"parent": "没有这个单位"},
    {"credit_code": "51230000MJ0000000X"},
    {"credit_code": "123"},
    {"purpose": "宗" * 2001},
    {"service_areas": "甲区\n没有的镇"},
    {"service_areas": "\n".join(["230302"] * 61)},
    {"directions": ["sideways"]},
    {"need_kinds": ["living", "x"]},
    {"recognized_on": "昨天"},
    {"recognized_on": "2024-13-40"},
]


@pytest.mark.parametrize("values", HOSTILE, ids=lambda values: str(list(values)[0]))
def test_hostile_input_is_refused_with_a_word_and_nothing_is_made(cast, browse, values):
    before = Organization.objects.count()
    data = {"name": "甲区助医会", "kind": "other_charity", "level": "county", "area": "230302", **values}
    answer = browse(cast.bureau_approver).post(reverse("members:create_organization"), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Organization.objects.count() == before


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "=HYPERLINK(1)", "𠮷🙂", "'; drop table x; --", "{{ 7*7 }}"]
)
def test_strange_but_lawful_text_is_kept_and_shown_inertly(cast, browse, text):
    session = browse(cast.charity_admin)
    data = form_of(cast.charity, purpose=text)
    assert session.post(url("edit_organization", cast.charity), data).status_code == 302
    cast.charity.refresh_from_db()
    assert cast.charity.purpose == text
    page = session.get(url("show_organization", cast.charity)).text
    assert "<script>alert" not in page
    assert "49" not in page.split("宗旨")[1][:60]


# -- Changing ----------------------------------------------------------------------------------------------------------


def test_what_a_save_changed_is_kept_as_a_version(cast):
    edit_organization(cast.charity_admin, cast.charity, 1, {"purpose": "扶危济困", "need_kinds": ["medical"]})
    change = OrganizationChange.objects.get(organization=cast.charity)
    assert (change.version, change.made_by) == (2, cast.charity_admin)
    assert change.changes == {"purpose": ["", "扶危济困"], "need_kinds": [[], ["medical"]]}
    assert AuditEntry.objects.get(action="organization.edit").changes == change.changes


def test_a_save_that_changes_nothing_makes_no_version(cast):
    edit_organization(cast.charity_admin, cast.charity, 1, {"purpose": ""})
    assert not OrganizationChange.objects.filter(organization=cast.charity).exists()


def test_the_history_of_a_unit_cannot_be_rewritten(cast):
    edit_organization(cast.charity_admin, cast.charity, 1, {"purpose": "扶危济困"})
    with pytest.raises(DatabaseError), transaction.atomic():
        OrganizationChange.objects.update(changes={})


def test_the_second_of_two_editors_is_told_who_was_faster(cast):
    edit_organization(cast.bureau_officer, cast.charity, 1, {"strengths": "助学"})
    with pytest.raises(Stale) as stale:
        edit_organization(cast.charity_admin, cast.charity, 1, {"strengths": "助医"})
    assert "民政经办" in stale.value.message
    cast.charity.refresh_from_db()
    assert cast.charity.strengths == "助学"


def test_the_second_of_two_editors_loses_nothing(cast, browse):
    """The other's field is taken over, the own one stays, and where both wrote both stand side by side."""
    typed = form_of(cast.charity, purpose="我写的宗旨", strengths="我写的专长")
    edit_organization(
        cast.bureau_officer, cast.charity, 1, {"strengths": "别人写的专长", "business_scope": "别人写的范围"}
    )
    session = browse(cast.charity_admin)
    answer = session.post(url("edit_organization", cast.charity), typed)
    assert answer.status_code == 409
    form = answer.context["form"]
    shown = {name: form[name].value() for name in ("purpose", "strengths", "business_scope", "version")}
    assert shown == {
        "purpose": "我写的宗旨", "strengths": "我写的专长", "business_scope": "别人写的范围", "version": 2,
    }  # fmt: skip
    differences = {line["label"]: (line["then"], line["now"], line["mine"]) for line in answer.context["differences"]}
    assert differences == {"专长优势": ("—", "别人写的专长", "我写的专长"), "业务范围": ("—", "别人写的范围", "")}
    assert "别人写的专长" in answer.text
    second = {**typed, "business_scope": "别人写的范围", "version": 2}
    assert session.post(url("edit_organization", cast.charity), second).status_code == 302
    cast.charity.refresh_from_db()
    assert (cast.charity.purpose, cast.charity.strengths, cast.charity.business_scope) == (
        "我写的宗旨", "我写的专长", "别人写的范围",
    )  # fmt: skip


@pytest.mark.parametrize("version", ["", "0", "99", "x", "-1"])
def test_a_forged_version_does_not_overwrite(cast, browse, version):
    edit_organization(cast.bureau_officer, cast.charity, 1, {"strengths": "助学"})
    data = form_of(cast.charity, strengths="偷改", version=version)
    assert browse(cast.charity_admin).post(url("edit_organization", cast.charity), data).status_code in {200, 409}
    cast.charity.refresh_from_db()
    assert cast.charity.strengths == "助学"


def test_changes_of_several_saves_are_told_as_one(cast):
    edit_organization(cast.bureau_officer, cast.charity, 1, {"strengths": "一"})
    edit_organization(cast.bureau_officer, cast.charity, 2, {"strengths": "二"})
    then, now, by, _at = changed_since(cast.charity, 1)["strengths"]
    assert (then, now, by) == ("", "二", cast.bureau_officer)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "civil_affairs"}, {"level": "city"}, {"name": "改名"}, {"is_recognized_charity": True},
        {"has_public_fundraising": True}, {"credit_code": CREDIT_CODE},
    ],
)  # fmt: skip
def test_a_unit_does_not_say_of_itself_what_it_is(cast, browse, values):
    """Kind, level and area decide how far its people reach: changing them would be a way up."""
    with pytest.raises(PermissionDenied):
        edit_organization(cast.charity_admin, cast.charity, 1, values)
    data = form_of(cast.charity, **values)
    browse(cast.charity_admin).post(url("edit_organization", cast.charity), data)
    fresh = Organization.objects.get(pk=cast.charity.pk)
    assert {name: getattr(fresh, name) for name in values} == {name: getattr(cast.charity, name) for name in values}


def test_a_bureau_does_not_lift_itself_into_a_larger_area(cast):
    with pytest.raises(Refusal):
        edit_organization(cast.bureau_approver, cast.bureau, 1, {"area": cast.city, "level": "city"})
    with pytest.raises(Refusal):
        edit_organization(cast.bureau_approver, cast.charity, 1, {"area": cast.other_county})


def test_a_unit_whose_people_hold_roles_does_not_become_another_sort_of_unit(cast):
    with pytest.raises(Refusal, match="角色"):
        edit_organization(cast.bureau_approver, cast.charity, 1, {"kind": "hospital"})
    edit_organization(cast.bureau_approver, cast.charity, 1, {"kind": "foundation"})


def test_a_unit_does_not_stand_above_itself(cast):
    edit_organization(cast.bureau_approver, cast.other_charity, 1, {"parent": cast.charity})
    with pytest.raises(Refusal):
        edit_organization(cast.bureau_approver, cast.charity, 1, {"parent": cast.other_charity})


def test_an_officer_of_the_bureau_keeps_profiles_but_not_the_register(cast):
    edit_organization(cast.bureau_officer, cast.charity, 1, {"strengths": "助学"})
    with pytest.raises(PermissionDenied):
        edit_organization(cast.bureau_officer, cast.charity, 2, {"name": "改名"})
    with pytest.raises(PermissionDenied):
        edit_organization(cast.other_bureau_approver, cast.charity, 2, {"strengths": "助老"})


# -- Capacity, suspension ----------------------------------------------------------------------------------------------


def test_capacity_is_confirmed_with_day_and_person(cast):
    assert cast.charity.is_capacity_stale
    confirm_capacity(cast.charity_reviewer, cast.charity, "open", "limited")
    assert (cast.charity.capacity, cast.charity.capacity_confirmed_on) == ("limited", TODAY)
    assert not cast.charity.is_capacity_stale


def test_a_confirmation_grows_old(cast):
    edge = TODAY - datetime.timedelta(days=30)
    Organization.objects.filter(pk=cast.charity.pk).update(capacity_confirmed_on=edge)
    Organization.objects.filter(pk=cast.other_charity.pk).update(capacity_confirmed_on=edge - datetime.timedelta(1))
    awaiting = set(Organization.objects.awaiting_confirmation())
    assert cast.charity not in awaiting
    assert cast.other_charity in awaiting


def test_a_confirmation_of_what_is_no_longer_so_is_refused(cast):
    confirm_capacity(cast.charity_reviewer, cast.charity, "open", "full")
    with pytest.raises(Refusal, match="已满"):
        confirm_capacity(cast.charity_admin, cast.charity, "open", "open")
    assert cast.charity.capacity == "full"


@pytest.mark.parametrize("values", [{}, {"seen": "open"}, {"seen": "open", "capacity": "endless"}, {"seen": "x\x00"}])
def test_a_confirmation_that_says_nothing_changes_nothing(cast, browse, values):
    answer = browse(cast.charity_reviewer).post(url("confirm_capacity", cast.charity), values, follow=True)
    assert "请选择现在的接收能力" in answer.text
    assert Organization.objects.get(pk=cast.charity.pk).capacity_confirmed_on is None


def test_a_unit_is_suspended_and_resumed_with_reasons(cast, browse):
    session = browse(cast.bureau_approver)
    session.post(url("suspend_organization", cast.charity), {"reason": "年检未通过"})
    assert Organization.objects.get(pk=cast.charity.pk).is_suspended
    assert "年检未通过" in session.get(url("show_organization", cast.charity)).text
    session.post(url("resume_organization", cast.charity), {"reason": "已补办"})
    assert not Organization.objects.get(pk=cast.charity.pk).is_suspended
    assert list(OrganizationStateChange.objects.values_list("is_suspended", "reason")) == [
        (False, "已补办"), (True, "年检未通过"),
    ]  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        OrganizationStateChange.objects.all().delete()


@pytest.mark.parametrize("reason", ["", "因\x00", "因" * 501])
def test_no_suspension_without_a_proper_reason(cast, browse, reason):
    assert (
        browse(cast.bureau_approver).post(url("suspend_organization", cast.charity), {"reason": reason}).status_code
        == 200
    )
    assert not Organization.objects.get(pk=cast.charity.pk).is_suspended


def test_suspending_twice_or_oneself_is_refused(cast):
    suspend_organization(cast.bureau_approver, cast.charity, "年检")
    with pytest.raises(Refusal, match="已经暂停"):
        suspend_organization(cast.bureau_approver, cast.charity, "年检")
    with pytest.raises(Refusal):
        suspend_organization(cast.bureau_approver, cast.bureau, "年检")
    with pytest.raises(PermissionDenied):
        resume_organization(cast.charity_admin, cast.charity, "我们自己恢复")


# -- Finding -----------------------------------------------------------------------------------------------------------


def test_bureau_and_charities_of_the_same_level_are_found(cast):
    city_charity = make_organization("测试市慈善总会", "charity_federation", cast.city)
    suspended = make_organization("停了的", "foundation", cast.county, is_suspended=True)
    sits_here = make_organization("市属基金会", "foundation", cast.county, level="city")
    same = set(Organization.objects.same_level(cast.county).charities())
    assert same == {cast.charity, cast.other_charity}
    assert set(Organization.objects.same_level(cast.city).charities()) == {city_charity}
    assert not same & {suspended, sits_here}
    assert Organization.objects.nearest_bureau(cast.county) == cast.bureau
    assert Organization.objects.nearest_bureau(cast.town_area) == cast.bureau
    assert Organization.objects.nearest_bureau(cast.city) == cast.city_bureau
    assert Organization.objects.nearest_bureau(cast.province) is None


def found(session, **filters):
    return {row.name for row in session.get(reverse("members:list_organizations"), filters).context["page"]}


def test_the_register_is_narrowed_by_each_filter(cast, browse):
    session = browse(cast.town_caseworker)
    Organization.objects.filter(pk=cast.charity.pk).update(
        directions=["bureau_to_charity"], need_kinds=["medical", "living"], capacity="full"
    )
    Organization.objects.filter(pk=cast.other_charity.pk).update(is_suspended=True)
    assert found(session, q="慈善") == {"甲区慈善会"}
    assert found(session, area="230303") == {"乙区民政局"}
    assert found(session, area="甲区一街道") == {"甲区一街道办事处"}
    assert found(session, kind="civil_affairs") == {"甲区民政局", "乙区民政局", "测试市民政局"}
    assert found(session, kind="group:2") == {"甲区慈善会", "甲区助学会"}
    assert found(session, level="town") == {"甲区一街道办事处"}
    assert found(session, direction="bureau_to_charity") == {"甲区慈善会"}
    assert found(session, need="living") == {"甲区慈善会"}
    assert found(session, show="full") == {"甲区慈善会"}
    assert found(session, show="suspended") == {"甲区助学会"}
    assert found(session, area="230302", kind="group:2", show="full") == {"甲区慈善会"}
    assert found(session, q="没有") == set()


def test_the_tabs_count_what_stands_behind_them(cast, browse):
    Organization.objects.filter(pk=cast.charity.pk).update(capacity="full", capacity_confirmed_on=TODAY)
    session = browse(cast.town_caseworker)
    tabs = {key: count for key, _label, count in session.get(reverse("members:list_organizations")).context["tabs"]}
    assert tabs == {"": 6, "open": 5, "limited": 0, "full": 1, "unconfirmed": 5, "suspended": 0}
    for key, count in tabs.items():
        assert len(found(session, show=key)) == count


@pytest.mark.parametrize(
    "query", ["kind=group:9", "kind=x", "level=%00", "need='", "area=%00", "q=%E2%80%AE", "after=zzz", "show=x"]
)
def test_a_hostile_filter_narrows_nothing_and_breaks_nothing(cast, browse, query):
    answer = browse(cast.town_caseworker).get(reverse("members:list_organizations") + "?" + query)
    assert answer.status_code == 200
    assert len(answer.context["page"]) == 6


def test_page_after_page_shows_every_unit_once(cast, browse):
    for number in range(120):
        make_organization(f"测试单位{number % 7}", area=cast.county)
    session, seen, query = browse(cast.town_caseworker), [], ""
    while True:
        page = session.get(reverse("members:list_organizations") + query).context["page"]
        seen += [row.pk for row in page]
        if not page.after:
            break
        query = f"?after={page.after}"
    assert len(seen) == len(set(seen)) == 126


def test_the_page_shows_what_each_person_may_do(cast, browse):
    page = url("show_organization", cast.charity)
    words = {"修改资料", "暂停这个单位", "确认接收能力", "登记关系"}

    def shown(person):
        text = browse(cast[person]).get(page).text
        return {word for word in words if word in text}

    assert shown("town_caseworker") == set()
    assert shown("charity_reviewer") == {"确认接收能力"}
    assert shown("charity_admin") == {"修改资料", "确认接收能力"}
    assert shown("bureau_approver") == {"修改资料", "暂停这个单位", "登记关系"}
    assert shown("other_bureau_approver") == set()


def test_members_of_a_hub_are_those_that_gather_today(cast):
    make_affiliation(cast.charity, cast.other_charity)
    gone = make_organization(area=cast.county)
    make_affiliation(cast.charity, gone, from_on=datetime.date(2020, 1, 1), until_on=datetime.date(2021, 1, 1))
    assert set(Organization.objects.members_of(cast.charity)) == {cast.other_charity}


def test_the_list_leaves_as_a_workbook_of_what_it_shows(cast, browse):
    make_contact_post(cast.charity, phone="0467-2345678", is_public=True)
    make_contact_post(cast.charity, title="内部", phone="0467-7654321")
    Organization.objects.filter(pk=cast.charity.pk).update(short_name="=1+1", need_kinds=["medical"])
    url = reverse("members:export_organizations") + "?area=230302&kind=group:2"
    answer = browse(cast.bureau_officer).post(url)
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["甲区助学会", "甲区慈善会"]
    assert (rows[2][1], rows[2][12], rows[2][16]) == ("=1+1", "医疗", "社会救助股 0467-2345678")
    assert AuditEntry.objects.get(action="organization.export").changes == {"rows": [None, 2]}


def test_the_first_page_asks_for_the_capacity_until_it_is_confirmed(cast, browse):
    session = browse(cast.charity_reviewer)
    assert "请确认本单位的接收能力" not in session.get(reverse("home")).text  # it takes nothing yet
    Organization.objects.filter(pk=cast.charity.pk).update(directions=["bureau_to_charity"])
    assert "请确认本单位的接收能力" in session.get(reverse("home")).text
    answer = session.get(reverse("members:show_my_organization"), follow=True)
    assert "现在请您确认接收能力" in answer.text
    confirm_capacity(cast.charity_reviewer, cast.charity, "open", "open")
    assert "请确认本单位的接收能力" not in session.get(reverse("home")).text


def test_a_unit_is_found_from_every_page(cast, browse):
    answer = browse(cast.town_caseworker).post(reverse("search"), {"text": "慈善会"})
    assert reverse("members:show_organization", args=[cast.charity.code]) in answer.text


# -- Copying a city's set ----------------------------------------------------------------------------------------------


@pytest.fixture
def city_units(cast):
    kinds = {"团委": "youth_league", "妇女联合会": "womens_federation", "残疾人联合会": "dpf"}
    return {
        kind: make_organization(
            f"测试市{name}", kind, cast.city, need_kinds=["living"], directions=["bureau_to_charity"]
        )
        for name, kind in kinds.items()
    }


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("测试市妇女联合会", "甲区妇女联合会"),
        ("测试市红十字会", "甲区红十字会"),
        ("共青团测试市委", "共青团甲区委"),
        ("测试妇联", "甲区妇联"),
    ],
)
def test_the_name_of_a_copy_speaks_of_the_county(cast, name, copy):
    assert name_in(cast.county, make_organization(name, area=cast.city), cast.city) == copy


def test_a_county_takes_over_the_set_of_its_city(cast, city_units):
    names = {unit.code: name_in(cast.county, unit, cast.city) for unit in city_units.values()}
    made = clone_member_units(cast.bureau_approver, cast.city, cast.county, names)
    assert {unit.name for unit in made} == {"甲区团委", "甲区妇女联合会", "甲区残疾人联合会"}
    copy = Organization.objects.get(name="甲区妇女联合会")
    model = city_units["womens_federation"]
    assert (copy.level, copy.area, copy.parent, copy.need_kinds, copy.credit_code) == (
        "county", cast.county, model, ["living"], "",
    )  # fmt: skip
    mechanism = JointBody.objects.get(area=cast.county, kind="mechanism")
    seats = dict(mechanism.seats.values_list("organization__name", "role"))
    assert seats == {
        "甲区民政局": "lead",
        "甲区团委": "member",
        "甲区妇女联合会": "member",
        "甲区残疾人联合会": "member",
    }


def test_copying_leaves_alone_what_is_there_and_what_was_unticked(cast, city_units):
    present = make_organization("甲区妇联", "womens_federation", cast.county)
    names = {city_units["womens_federation"].code: "甲区妇女联合会", city_units["dpf"].code: "甲区残联"}
    made = clone_member_units(cast.bureau_approver, cast.city, cast.county, names)
    assert [unit.name for unit in made] == ["甲区残联"]
    assert list(Organization.objects.filter(kind="womens_federation", area=cast.county)) == [present]
    assert not Organization.objects.filter(kind="youth_league", area=cast.county).exists()
    with pytest.raises(Refusal):
        clone_member_units(cast.bureau_approver, cast.city, cast.county, names)


def test_the_seats_of_the_citys_mechanism_say_who_belongs_to_the_set(cast, city_units):
    mechanism = make_joint_body(cast.city_bureau, kind="mechanism")
    Seat.objects.create(joint_body=mechanism, organization=city_units["dpf"], role="cooperating")
    assert member_units(cast.city) == [cast.city_bureau, city_units["dpf"]]
    clone_member_units(cast.bureau_approver, cast.city, cast.county, {city_units["dpf"].code: "甲区残联"})
    assert Seat.objects.get(organization__name="甲区残联").role == "cooperating"


def test_nobody_copies_into_another_area(cast, city_units):
    names = {city_units["dpf"].code: "残联"}
    with pytest.raises(Refusal):
        clone_member_units(cast.bureau_approver, cast.city, cast.other_county, names)
    with pytest.raises(Refusal):
        clone_member_units(cast.system_admin, cast.province, cast.county, names)
    stranger = make_area("230402000000", "外区", "county", make_area("230400000000", "外市", "city"))
    with pytest.raises(Refusal):
        clone_member_units(cast.system_admin, cast.city, stranger, names)


def test_copying_on_screen_previews_then_makes(cast, city_units, browse):
    session = browse(cast.bureau_approver)
    page = session.get(reverse("members:clone_organizations"), {"county": "230302"})
    assert "甲区妇女联合会" in page.text
    assert Organization.objects.filter(area=cast.county, kind="dpf").count() == 0
    unit = city_units["dpf"]
    data = {"unit": [unit.code], f"name_{unit.code}": "甲区残联"}
    session.post(reverse("members:create_clones", args=[cast.county.code]), data)
    assert Organization.objects.get(kind="dpf", area=cast.county).name == "甲区残联"


@pytest.mark.parametrize("name", ["", "残\x00联", "残" * 121, "残\u202e联"])
def test_a_copy_with_a_hostile_name_is_refused(cast, city_units, browse, name):
    unit = city_units["dpf"]
    data = {"unit": [unit.code], f"name_{unit.code}": name}
    answer = browse(cast.bureau_approver).post(
        reverse("members:create_clones", args=[cast.county.code]), data, follow=True
    )
    assert answer.status_code == 200
    assert not Organization.objects.filter(kind="dpf", area=cast.county).exists()


def test_the_wrong_county_is_refused_in_words(cast, browse):
    answer = browse(cast.bureau_approver).get(reverse("members:clone_organizations"), {"county": "230303"})
    assert "只能选本区域内" in answer.text


def test_a_complete_set_offers_nothing_to_make(cast, city_units, browse):
    names = {unit.code: name_in(cast.county, unit, cast.city) for unit in city_units.values()}
    clone_member_units(cast.bureau_approver, cast.city, cast.county, names)
    page = browse(cast.bureau_approver).get(reverse("members:clone_organizations"), {"county": cast.county.code})
    assert "已经齐全" in page.text
    assert "新建所选单位" not in page.text


def test_the_exported_list_has_a_name_in_chinese(cast, browse):
    answer = browse(cast.bureau_officer).post(reverse("members:export_organizations"))
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%8D%95%E4%BD%8D")
