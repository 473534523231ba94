"""Contact posts, relations, agreements, joint bodies and the outreach list."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal, Stale
from members.actions.affiliations import add_relation, end_relation
from members.actions.agreements import create_agreement, edit_agreement, end_agreement
from members.actions.contact_posts import create_contact_post, edit_contact_post, end_contact_post
from members.actions.joint_bodies import create_joint_body, end_joint_body, end_seat, take_seat
from members.actions.prospects import create_prospect, edit_prospect
from members.models import Agreement, AuditEntry, ContactPost, JointBody, OrganizationRelation, Prospect, Seat
from portal.lib import uploads
from tests.make.units import (
    make_affiliation,
    make_agreement,
    make_contact_post,
    make_joint_body,
    make_organization,
    make_prospect,
)

TODAY = datetime.date.today()
MOBILE = "139" + "00000000"


# -- Contact posts -----------------------------------------------------------------------------------------------------


def post_values(**values):
    return {"title": "救助股", "phone": "0467-2345678", "hours": "", "address": "", "is_public": True, **values}


def test_a_contact_post_is_kept_in_one_spelling(cast, browse):
    url = reverse("members:create_contact_post", args=[cast.charity.code])
    data = {"title": "救助热线", "phone": "（0467）２３４５６７８", "is_public": "on"}
    assert browse(cast.charity_admin).post(url, data).status_code == 302
    assert ContactPost.objects.get().phone == "0467-2345678"


@pytest.mark.parametrize("phone", [MOBILE, "+86 139 0000 0000", "１３９００００００００", "139-0000-0000"])
def test_a_private_number_is_not_made_public(cast, browse, phone):
    url = reverse("members:create_contact_post", args=[cast.charity.code])
    answer = browse(cast.charity_admin).post(url, {"title": "热线", "phone": phone, "is_public": "on"})
    assert "手机号" in answer.text
    assert not ContactPost.objects.exists()


def test_no_door_leads_a_private_number_into_the_public(cast):
    with pytest.raises(Refusal):
        create_contact_post(cast.charity_admin, cast.charity, post_values(phone=MOBILE))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_contact_post(cast.charity, phone=MOBILE, is_public=True)
    post = make_contact_post(cast.charity, phone=MOBILE, is_public=False)
    with pytest.raises(Refusal):
        edit_contact_post(cast.charity_admin, post, 1, post_values(phone=MOBILE))


@pytest.mark.parametrize(
    "values",
    [
        {"title": ""}, {"title": "岗\x00"}, {"title": "岗" * 61}, {"phone": "电话"}, {"phone": "1" * 99},
        {"hours": "时" * 61}, {"address": "\u202e"}, {"phone": "", "address": ""}, {"version": "x"},
    ],
)  # fmt: skip
def test_a_hostile_contact_post_is_refused(cast, browse, values):
    url = reverse("members:create_contact_post", args=[cast.charity.code])
    data = {"title": "热线", "phone": "12345", "is_public": "on", **values}
    answer = browse(cast.charity_admin).post(url, data)
    assert answer.context["form"].errors
    assert not ContactPost.objects.exists()


def test_the_second_editor_of_a_post_is_told_and_keeps_what_was_typed(cast, browse):
    post = make_contact_post(cast.charity, phone="0467-2345678")
    edit_contact_post(cast.bureau_officer, post, 1, post_values(title="别人改的"))
    url = reverse("members:edit_contact_post", args=[post.code])
    session = browse(cast.charity_admin)
    answer = session.post(url, {"title": "我改的", "version": 1})
    assert {word for word in ("我改的", "别人改的", "刚刚被别人改过") if word in answer.text} == {
        "我改的", "别人改的", "刚刚被别人改过",
    }  # fmt: skip
    assert session.post(url, {"title": "我改的", "version": 2}).status_code == 302
    assert ContactPost.objects.get().title == "我改的"


def test_a_post_is_taken_down_once(cast):
    post = make_contact_post(cast.charity)
    end_contact_post(cast.charity_admin, post)
    with pytest.raises(Refusal):
        end_contact_post(cast.charity_admin, post)
    with pytest.raises(PermissionDenied):
        create_contact_post(cast.other_charity_admin, cast.charity, post_values())


# -- Relations ---------------------------------------------------------------------------------------------------------


def test_a_bureau_says_who_gathers_around_a_hub(cast, browse):
    url = reverse("members:add_relation", args=[cast.charity.code])
    data = {"kind": "hub", "other": "甲区助学会", "from_on": TODAY.isoformat()}
    session = browse(cast.bureau_approver)
    assert session.post(url, data).status_code == 302
    page = reverse("members:show_organization", args=[cast.charity.code])
    assert "甲区助学会" in session.get(page).text
    assert "已经登记过" in session.post(url, data).text
    relation = OrganizationRelation.objects.get()
    end_relation(cast.bureau_approver, relation)
    with pytest.raises(Refusal):
        end_relation(cast.bureau_approver, relation)
    assert AuditEntry.objects.filter(action__in=["organization.relate", "organization.unrelate"]).count() == 2


def test_a_hub_does_not_make_others_its_members(cast):
    with pytest.raises(PermissionDenied):
        add_relation(cast.charity_admin, cast.charity, cast.other_charity, "hub", TODAY)
    with pytest.raises(PermissionDenied):
        add_relation(cast.other_bureau_approver, cast.charity, cast.other_charity, "hub", TODAY)


def test_a_bureau_does_not_open_another_areas_charity_to_its_hub(cast):
    far = make_organization("乙区助老会", "other_charity", cast.other_county)
    with pytest.raises(Refusal, match="不在您的区域"):
        add_relation(cast.bureau_approver, cast.charity, far, "hub", TODAY)
    assert not OrganizationRelation.objects.exists()


@pytest.mark.parametrize(("one", "other"), [("charity", "charity"), ("bureau", "charity"), ("charity", "bureau")])
def test_only_federations_are_hubs_and_only_charities_gather(cast, one, other):
    with pytest.raises(Refusal):
        add_relation(cast.bureau_approver, getattr(cast, one), getattr(cast, other), "hub", TODAY)
    assert not OrganizationRelation.objects.exists()


# -- Agreements --------------------------------------------------------------------------------------------------------


@pytest.fixture
def hospital(cast):
    return make_organization("甲区眼科医院", "hospital", cast.county)


def agreement_values(cast, hospital, **values):
    empty = {
        "title": "光明行合作协议", "party_a": cast.charity, "party_b": hospital, "party_c": None, "signed_on": None,
        "starts_on": None, "ends_on": None, "ceiling": None, "quota": None, "quota_unit": "", "terms": "",
    }  # fmt: skip
    return {**empty, **values}


def test_an_agreement_is_entered_with_parties_term_ceiling_and_quota(cast, hospital, browse):
    data = {
        "title": "光明行合作协议", "party_a": "甲区慈善会", "party_b": "甲区眼科医院", "starts_on": "2026-01-01",
        "ends_on": "2027-12-31", "ceiling": "12万", "quota": "300", "quota_unit": "例",
    }  # fmt: skip
    session = browse(cast.charity_admin)
    answer = session.post(reverse("members:create_agreement"), data, follow=True)
    agreement = Agreement.objects.get()
    assert (agreement.ceiling, agreement.quota, agreement.state) == (Decimal("120000.00"), 300, "current")
    assert "120,000.00" in answer.text


@pytest.mark.parametrize(
    "values",
    [
        {"title": ""}, {"title": "协\x00"}, {"party_a": "没有"}, {"party_b": "甲区慈善会"}, {"party_c": "甲区慈善会"},
        {"starts_on": "2027-01-01", "ends_on": "2026-01-01"}, {"ceiling": "-5"}, {"ceiling": "9" * 20},
        {"ceiling": "NaN"}, {"quota": "-1"}, {"quota": "9" * 30}, {"quota_unit": "例"}, {"terms": "长" * 4001},
        {"party_a": "乙区民政局"},
    ],
)  # fmt: skip
def test_a_hostile_or_impossible_agreement_is_refused(cast, hospital, browse, values):
    data = {"title": "协议", "party_a": "甲区慈善会", "party_b": "甲区眼科医院", **values}
    answer = browse(cast.charity_admin).post(reverse("members:create_agreement"), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Agreement.objects.exists()


PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"


def test_the_signed_paper_is_kept_unreadable_and_replaced(cast, hospital, browse, django_capture_on_commit_callbacks):
    session = browse(cast.charity_admin)
    data = {"title": "协议", "party_a": "甲区慈善会", "party_b": "甲区眼科医院"}
    session.post(reverse("members:create_agreement"), {**data, "file": SimpleUploadedFile("扫描.pdf", PDF)})
    agreement = Agreement.objects.get()
    url = reverse("members:download_agreement", args=[agreement.code])
    assert PDF not in default_storage.open(uploads.path_of(agreement.file_key)).read()
    assert b"".join(session.get(url).streaming_content) == PDF
    edit = reverse("members:edit_agreement", args=[agreement.code])
    assert session.post(edit, {**data, "version": 1}).status_code == 302
    assert b"".join(session.get(url).streaming_content) == PDF
    newer = PDF.replace(b"1 0", b"2 0")
    with django_capture_on_commit_callbacks(execute=True):
        session.post(edit, {**data, "version": 2, "file": SimpleUploadedFile("新.pdf", newer)})
    assert b"".join(session.get(url).streaming_content) == newer
    assert not default_storage.exists(uploads.path_of(agreement.file_key))


@pytest.mark.parametrize("content", [b"<html><script>", b"MZ\x90\x00", b""])
def test_a_paper_that_is_not_what_it_says_is_refused(cast, hospital, browse, content):
    data = {"title": "协议", "party_a": "甲区慈善会", "party_b": "甲区眼科医院"}
    data["file"] = SimpleUploadedFile("扫描.pdf", content)
    answer = browse(cast.charity_admin).post(reverse("members:create_agreement"), data)
    assert "file" in answer.context["form"].errors
    assert not Agreement.objects.exists()


def test_an_agreement_between_strangers_is_not_entered(cast, hospital):
    with pytest.raises(Refusal):
        create_agreement(cast.other_charity_admin, agreement_values(cast, hospital))


def test_the_second_editor_of_an_agreement_is_told(cast, hospital, browse):
    agreement = create_agreement(cast.charity_admin, agreement_values(cast, hospital))
    edit_agreement(cast.bureau_officer, agreement, 1, agreement_values(cast, hospital, terms="别人写的"))
    with pytest.raises(Stale):
        edit_agreement(cast.charity_admin, agreement, 1, agreement_values(cast, hospital, terms="我写的"))
    url = reverse("members:edit_agreement", args=[agreement.code])
    data = {"title": "新名", "party_a": "甲区慈善会", "party_b": "甲区眼科医院", "version": 1}
    answer = browse(cast.charity_admin).post(url, data)
    assert answer.context["form"]["version"].value() == 2
    assert "别人写的" in answer.text


def test_an_ended_agreement_stays_ended(cast, hospital):
    agreement = create_agreement(cast.charity_admin, agreement_values(cast, hospital))
    ended = end_agreement(cast.charity_admin, agreement, "对方退出")
    assert (ended.state, ended.ended_on) == ("ended", TODAY)
    with pytest.raises(Refusal):
        end_agreement(cast.charity_admin, agreement, "再次")
    with pytest.raises(Refusal):
        edit_agreement(cast.charity_admin, agreement, 2, agreement_values(cast, hospital))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "current"),
        ({"starts_on": TODAY + datetime.timedelta(1)}, "not_yet"),
        ({"ends_on": TODAY - datetime.timedelta(1)}, "over"),
        ({"starts_on": TODAY, "ends_on": TODAY}, "current"),
    ],
)
def test_an_agreement_knows_its_state_and_so_does_the_query(cast, values, state):
    agreement = make_agreement(cast.charity, **values)
    assert agreement.state == state
    assert Agreement.objects.current().filter(pk=agreement.pk).exists() == (state == "current")


def test_agreements_are_seen_by_their_parties_and_their_overseers(cast, browse):
    make_agreement(cast.charity, cast.other_charity, title="两会协议")
    make_agreement(cast.other_bureau, title="乙区协议")

    def seen(person):
        rows = browse(cast[person]).get(reverse("members:list_agreements")).context["page"]
        return {row.title for row in rows}

    assert seen("charity_reviewer") == {"两会协议"}
    assert seen("other_charity_admin") == {"两会协议"}
    assert seen("bureau_officer") == {"两会协议"}
    assert seen("other_bureau_approver") == {"乙区协议"}
    assert seen("city_supervisor") == {"两会协议", "乙区协议"}
    assert seen("town_caseworker") == set()
    page = reverse("members:show_organization", args=[cast.charity.code])
    assert "两会协议" not in browse(cast.town_caseworker).get(page).text
    assert "两会协议" in browse(cast.charity_reviewer).get(page).text


# -- Joint bodies ------------------------------------------------------------------------------------------------------


def body_values(cast, **values):
    return {"name": "甲区联合体", "kind": "joint_body", "area": cast.county, "from_on": TODAY, "note": "", **values}


def test_a_county_brings_three_levels_together(cast, browse):
    session = browse(cast.bureau_approver)
    data = {
        "name": "甲区社会救助服务联合体", "kind": "joint_body", "area": "甲区", "lead": "甲区民政局",
        "from_on": TODAY.isoformat(),
    }  # fmt: skip
    session.post(reverse("members:create_joint_body"), data)
    body = JointBody.objects.get()
    url = reverse("members:take_seat", args=[body.code])
    assert session.post(url, {"organization": "甲区一街道办事处", "role": "member"}).status_code == 302
    assert "已经在里面" in session.post(url, {"organization": "甲区一街道办事处", "role": "member"}).text
    assert dict(body.seats.values_list("organization__name", "role")) == {
        "甲区民政局": "lead", "甲区一街道办事处": "member",
    }  # fmt: skip


def test_a_joint_body_is_not_made_where_it_does_not_belong(cast):
    for values, lead in [
        ({"area": cast.other_county}, cast.other_bureau),
        ({}, cast.other_bureau),
    ]:
        with pytest.raises(Refusal):
            create_joint_body(cast.bureau_approver, body_values(cast, **values), lead)
    assert not JointBody.objects.exists()


def test_an_area_has_one_mechanism_at_a_time(cast):
    first = create_joint_body(cast.bureau_approver, body_values(cast, kind="mechanism"), cast.bureau)
    with pytest.raises(Refusal, match="已有"):
        create_joint_body(cast.bureau_approver, body_values(cast, kind="mechanism"), cast.bureau)
    end_joint_body(cast.bureau_approver, first)
    create_joint_body(cast.bureau_approver, body_values(cast, kind="mechanism"), cast.bureau)


def test_strangers_and_suspended_units_take_no_seat(cast):
    body = make_joint_body(cast.bureau)
    with pytest.raises(Refusal, match="范围"):
        take_seat(cast.bureau_approver, body, cast.other_bureau, "member")
    with pytest.raises(Refusal, match="暂停"):
        take_seat(cast.bureau_approver, body, make_organization(area=cast.county, is_suspended=True), "member")
    with pytest.raises(PermissionDenied):
        take_seat(cast.other_bureau_approver, body, cast.charity, "member")


def test_the_last_lead_does_not_leave(cast):
    body = make_joint_body(cast.bureau)
    lead = body.seats.get()
    with pytest.raises(Refusal, match="牵头"):
        end_seat(cast.bureau_approver, lead)
    take_seat(cast.bureau_approver, body, cast.town, "lead")
    end_seat(cast.bureau_approver, lead)
    with pytest.raises(Refusal):
        end_seat(cast.bureau_approver, lead)


def test_the_end_of_a_joint_body_ends_its_seats(cast):
    body = make_joint_body(cast.bureau)
    end_joint_body(cast.bureau_approver, body)
    assert not Seat.objects.filter(until_on=None).exists()
    with pytest.raises(Refusal):
        end_joint_body(cast.bureau_approver, body)
    body.refresh_from_db()
    with pytest.raises(Refusal):
        take_seat(cast.bureau_approver, body, cast.charity, "member")


# -- Outreach ----------------------------------------------------------------------------------------------------------


def prospect_values(cast, **values):
    empty = {"name": "某商会", "kind": "association", "area": cast.county, "offers": "", "state": "found"}
    return {**empty, "next_on": None, "note": "", **values}


def test_a_possible_giver_is_entered_and_followed(cast, browse):
    session = browse(cast.bureau_officer)
    data = {"name": "某商会", "kind": "association", "area": "甲区", "state": "found"}
    session.post(reverse("members:create_prospect"), data)
    prospect = Prospect.objects.get()
    url = reverse("members:edit_prospect", args=[prospect.code])
    session.post(url, {**data, "state": "willing", "version": 1})
    prospect.refresh_from_db()
    assert (prospect.state, prospect.owner, prospect.version) == ("willing", cast.bureau, 2)


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "名\x00"},
        {"kind": "x"},
        {"area": "乙区"},
        {"state": "x"},
        {"next_on": "x"},
        {"note": "长" * 2001},
    ],
)
def test_a_hostile_prospect_is_refused(cast, browse, values):
    data = {"name": "某商会", "kind": "association", "area": "甲区", "state": "found", **values}
    answer = browse(cast.bureau_officer).post(reverse("members:create_prospect"), data)
    assert answer.context["form"].errors
    assert not Prospect.objects.exists()


def test_the_audit_does_not_hear_what_was_written_about_a_possible_giver(cast):
    prospect = create_prospect(cast.bureau_officer, prospect_values(cast))
    values = prospect_values(cast, name="爱心人士甲", note="已与赵先生电话联系", offers="每月助学", state="willing")
    edit_prospect(cast.bureau_officer, prospect, 1, values)
    changes = AuditEntry.objects.get(action="prospect.edit").changes
    assert changes == {
        "name": ["…", "…"], "note": ["…", "…"], "offers": ["…", "…"], "state": ["found", "willing"],
    }  # fmt: skip


@pytest.mark.parametrize("code", ["%00", "a%00b", "%F0%9F%98%80", "x" * 5000])
def test_an_odd_party_in_the_address_is_passed_over(cast, browse, code):
    url = reverse("members:create_agreement")
    assert browse(cast.bureau_approver).get(f"{url}?party_a={code}").status_code == 200


def test_the_second_editor_of_a_prospect_is_told(cast):
    prospect = create_prospect(cast.bureau_officer, prospect_values(cast))
    edit_prospect(cast.bureau_approver, prospect, 1, prospect_values(cast, state="willing"))
    with pytest.raises(Stale):
        edit_prospect(cast.bureau_officer, prospect, 1, prospect_values(cast, state="declined"))
    prospect.refresh_from_db()
    assert prospect.state == "willing"


def test_the_outreach_list_is_seen_within_reach(cast, browse):
    make_prospect(cast.bureau, name="甲区企业")
    make_prospect(cast.other_bureau, name="乙区企业")
    make_prospect(cast.charity, name="慈善会的企业")

    def seen(person, **query):
        return {row.name for row in browse(cast[person]).get(reverse("members:list_prospects"), query).context["page"]}

    assert seen("bureau_officer") == {"甲区企业", "慈善会的企业"}
    assert seen("charity_admin") == {"慈善会的企业"}
    assert seen("city_supervisor") == {"甲区企业", "乙区企业", "慈善会的企业"}
    assert seen("bureau_officer", state="joined") == set()
    assert seen("bureau_officer", state="\x00") == {"甲区企业", "慈善会的企业"}


def test_relations_and_seats_of_the_past_are_not_shown_as_present(cast, browse):
    past = {"from_on": datetime.date(2020, 1, 1), "until_on": timezone.localdate() - datetime.timedelta(1)}
    make_affiliation(cast.charity, cast.other_charity, **past)
    page = reverse("members:show_organization", args=[cast.charity.code])
    assert "甲区助学会" not in browse(cast.bureau_approver).get(page).text
