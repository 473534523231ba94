"""What lies on whose desk, and in which tab."""

import pytest

from members import handover
from portal.home import waiting_for
from referrals import desks
from referrals.actions.outcomes import reopen_referral
from referrals.actions.referrals import submit_referral
from referrals.models import Referral, SavedList
from tests.make.referrals import make_draft, make_referral
from tests.make.units import make_relation

pytestmark = pytest.mark.django_db


def on_desk(staff, desk, tab="open"):
    tab = desks.tab_of(staff, desk, tab)
    rows = desks.fetch_rows(staff, desk, tab)(list(tab.order), None, 50)
    return [Referral.objects.get(pk=row.pk) for row in rows]


def cards(staff):
    return {str(card["title"]): card["count"] for group in waiting_for(staff) for card in group["cards"]}


def test_each_side_has_it_on_its_own_desk_and_those_above_on_the_third(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    assert on_desk(cast.charity_reviewer, desks.RECEIVED, "to_sign") == [referral]
    assert on_desk(cast.bureau_officer, desks.SENT, "waiting") == [referral]
    assert on_desk(cast.bureau_officer, desks.RECEIVED) == []
    assert on_desk(cast.bureau_officer, desks.AREA) == [referral]
    assert on_desk(cast.city_supervisor, desks.AREA, "to_sign") == [referral]
    assert on_desk(cast.charity_reviewer, desks.AREA) == []
    assert on_desk(cast.other_bureau_approver, desks.AREA) == []


def test_what_is_shared_with_one_person_lies_on_no_desk_of_their_unit(cast):
    unit = cast.other_bureau_approver.organization
    make_referral(cast.bureau_officer, cast.charity).access.create(organization=unit, reason="shared")
    assert [on_desk(cast.other_bureau_approver, desks.AREA, tab) for tab in ("open", "to_sign")] == [[], []]


def test_the_county_reviews_what_its_town_wrote_and_the_city_does_not(cast):
    draft = make_draft(cast.town_caseworker, cast.charity)
    submit_referral(cast.town_caseworker, draft, draft.version)
    assert on_desk(cast.bureau_officer, desks.SENT, "review") == [draft]
    assert on_desk(cast.town_caseworker, desks.SENT, "review") == [draft]
    assert on_desk(cast.charity_reviewer, desks.RECEIVED) == []
    assert on_desk(cast.city_supervisor, desks.SENT, "review") == []
    assert cards(cast.bureau_officer)["转介待审核"] == 1
    assert "转介待审核" not in cards(cast.town_caseworker)


def test_what_a_colleague_asked_waits_for_a_second_person(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="closed", by=cast.charity_reviewer)
    reopen_referral(cast.bureau_officer, referral, referral.version, "又有困难")
    assert on_desk(cast.bureau_approver, desks.SENT, "to_agree") == [referral]
    assert on_desk(cast.bureau_officer, desks.SENT, "to_agree") == []
    assert cards(cast.bureau_approver)["同事提请您同意"] == 1


# -- Filters, lists under a name, many at once --------------------------------------------------------------------
def shown(client, url):
    return [row.code for row in client.get(url).context["page"].rows]


def test_filters_narrow_and_what_is_asked_wrongly_is_not_asked(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    charity, url = browse(cast.charity_reviewer), "/referrals/received/?"
    mine, approvers = f"handler={cast.charity_reviewer.code}", f"handler={cast.charity_approver.code}"
    for asked in ("mine=on", mine, f"area={cast.county.code}", "due=week", "due=nonsense", "sort=newest"):
        assert shown(charity, url + asked) == [referral.code], asked
    for asked in ("handler=nobody", approvers, "due=late", "urgent=on", "need=education"):
        assert shown(charity, url + asked) == [], asked


def test_a_list_is_kept_under_a_name_shared_renamed_and_deleted(cast, browse):
    reviewer, approver = browse(cast.charity_reviewer), browse(cast.charity_approver)
    said = {"desk": "received", "name": "加急的", "query": "tab=to_sign&urgent=on&after=x&evil=1&unit="}
    kept = reviewer.post("/referrals/lists/save/", said).headers["Location"]
    assert kept == "/referrals/received/?urgent=on&tab=to_sign"
    row = SavedList.objects.get()
    assert "加急的" in reviewer.get("/referrals/received/").content.decode()
    assert "加急的" not in approver.get("/referrals/received/").content.decode()
    again = reviewer.post("/referrals/lists/save/", said, follow=True).content.decode()
    assert "同名" in again
    reviewer.post(f"/referrals/lists/{row.code}/change/", {"name": "急的", "is_shared": "on"})
    assert "急的" in approver.get("/referrals/lists/").content.decode()
    assert approver.post(f"/referrals/lists/{row.code}/delete/").status_code == 403
    assert browse(cast.bureau_officer).get(f"/referrals/lists/{row.code}/change/").status_code == 404
    reviewer.post(f"/referrals/lists/{row.code}/delete/")
    assert not SavedList.objects.exists()


def test_chosen_cases_go_into_other_hands_and_each_says_what_became_of_it(cast, browse):
    first, second = (
        make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer) for _time in "ab"
    )
    said = {"do": "reassign", "code": [first.code, second.code], "handler": cast.charity_approver.code}
    refused = browse(cast.charity_reviewer).post("/referrals/many/", said).content.decode()
    assert "改派给慈善审批：0 件" in refused
    page = browse(cast.charity_approver).post("/referrals/many/", said).content.decode()
    assert "改派给慈善审批：2 件" in page
    assert {one.handler for one in Referral.objects.all()} == {cast.charity_approver}
    strange = said | {"handler": cast.bureau_officer.code}
    assert browse(cast.charity_approver).post("/referrals/many/", strange).status_code == 404


def test_the_admin_hands_on_everything_without_seeing_a_case(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    admin = browse(cast.charity_admin)
    page = admin.get("/referrals/handlers/").content.decode()
    assert "慈善经办" in page
    assert referral.person.name not in page
    url = f"/referrals/handlers/{cast.charity_reviewer.code}/"
    assert "改派给慈善审批：1 件" in admin.post(url, {"successor": cast.charity_approver.code}).content.decode()
    referral.refresh_from_db()
    assert referral.handler == cast.charity_approver
    assert referral.steps.last().verb == "reassign"


def test_what_a_leaver_holds_goes_on_and_never_to_somebody_too_close(cast):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    holding = handover.HOLDINGS["referrals"]
    assert (holding.count(cast.charity_reviewer), holding.count(cast.bureau_officer)) == (1, 1)
    holding.move(cast.charity_admin, cast.charity_reviewer, cast.charity_approver)
    referral.refresh_from_db()
    assert (referral.handler, referral.sender_handler) == (cast.charity_approver, cast.bureau_officer)
    make_relation(cast.bureau_approver, name=referral.person.name, number=referral.person.number)
    holding.move(cast.system_admin, cast.bureau_officer, cast.bureau_approver)
    referral.refresh_from_db()
    assert referral.sender_handler is None
    assert holding.count(cast.bureau_officer) == 0


def test_the_filters_offer_the_other_side_of_the_newest_cases(cast, browse):
    """A unit that came up just now is found by its address at once, and offered to everybody before long."""
    make_referral(cast.bureau_officer, cast.charity)
    bureau, url = browse(cast.bureau_officer), "/referrals/sent/"
    page = bureau.get(url).content.decode()
    assert f'<option value="{cast.charity.code}">' in page
    assert f'<option value="{cast.other_charity.code}">' not in page
    late = make_referral(cast.bureau_officer, cast.other_charity)
    assert shown(bureau, f"{url}?unit={cast.other_charity.code}") == [late.code]
    assert shown(bureau, f"{url}?unit=unknown&program=unknown") != []
    assert (
        f'<option value="{cast.bureau.code}">'
        in browse(cast.charity_reviewer).get("/referrals/received/").content.decode()
    )


def test_what_the_menu_tells_of_the_desks_is_what_lies_there(cast, browse):
    make_referral(cast.bureau_officer, cast.charity)
    make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    for url in ("/referrals/received/", "/areas/"):
        assert '收到的 <span class="n">1</span>' in browse(cast.charity_reviewer).get(url).content.decode()
    for url in ("/referrals/sent/", "/areas/"):
        assert '发出的 <span class="n">1</span>' in browse(cast.bureau_officer).get(url).content.decode()
